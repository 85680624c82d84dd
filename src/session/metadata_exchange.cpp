#include "session/metadata_exchange.hpp"

#include <algorithm>
#include <string>
#include <variant>

#include "base/version.hpp"
#include "hash/sha256.hpp"

namespace shoal {
namespace {

constexpr std::uint32_t kPiece = wire::kMetadataPiece;
constexpr std::size_t kMostOpen = 4;  // requests on their way

}  // namespace

MetadataExchange::MetadataExchange(const InfoHash& wanted, bool fast) : wanted_(wanted) {
  wire::ExtendedHandshake hello;
  hello.metadata_id = wire::kOurMetadataId;
  hello.client = "Shoal " + std::string(version());
  const Bytes payload = wire::encode(hello);
  send(wire::Extended{wire::kExtendedHandshakeId, payload});
  if (fast) send(wire::HaveNone{});
}

Result<void> MetadataExchange::handle(const wire::Message& message) {
  const auto* extended = std::get_if<wire::Extended>(&message);
  if (extended == nullptr || complete_) return {};
  if (extended->id == wire::kExtendedHandshakeId) return on_handshake(extended->payload);
  if (extended->id == wire::kOurMetadataId) return on_metadata(extended->payload);
  return {};
}

Result<void> MetadataExchange::on_handshake(BytesView payload) {
  const auto hello = wire::decode_extended_handshake(payload);
  if (!hello) return std::unexpected(hello.error());
  if (size_ != 0) return {};  // said before
  if (hello->metadata_id == 0 || !hello->metadata_size) {
    return fail(Errc::not_found, "has no metadata to give");
  }
  if (*hello->metadata_size > kMostBytes) {
    return fail(Errc::bad_input, "offers " + std::to_string(*hello->metadata_size) +
                                     " bytes of metadata; the most is " +
                                     std::to_string(kMostBytes));
  }
  size_ = *hello->metadata_size;
  their_id_ = hello->metadata_id;
  left_ = (size_ + kPiece - 1) / kPiece;
  ask();
  return {};
}

/// Keeps a few requests open. Memory grows with what was asked for, not with what was promised.
void MetadataExchange::ask() {
  const std::size_t pieces = (size_ + kPiece - 1) / kPiece;
  while (received_.size() < pieces &&
         static_cast<std::size_t>(std::ranges::count(received_, false)) < kMostOpen) {
    const auto piece = static_cast<std::uint32_t>(received_.size());
    const Bytes payload = wire::encode(wire::MetadataMessage{wire::MetadataRequest{piece}});
    send(wire::Extended{their_id_, payload});
    received_.push_back(false);
  }
  bytes_.resize(std::min<std::size_t>(size_, received_.size() * kPiece));
}

Result<void> MetadataExchange::on_metadata(BytesView payload) {
  const auto message = wire::decode_metadata(payload);
  if (!message) return std::unexpected(message.error());
  if (std::holds_alternative<wire::MetadataReject>(*message)) {
    return fail(Errc::not_found, "does not give its metadata");
  }
  const auto* data = std::get_if<wire::MetadataData>(&*message);
  return data != nullptr ? on_data(*data) : Result<void>{};
}

Result<void> MetadataExchange::on_data(const wire::MetadataData& data) {
  if (data.total_size != size_) {
    return fail(Errc::bad_input, "sent metadata of " + std::to_string(data.total_size) +
                                     " bytes after it had offered " + std::to_string(size_));
  }
  if (data.piece >= received_.size() || received_[data.piece]) {
    return fail(Errc::bad_input, "sent metadata that nobody asked for");
  }
  received_[data.piece] = true;
  const auto begin = static_cast<std::ptrdiff_t>(std::size_t{data.piece} * kPiece);
  std::ranges::copy(data.data, bytes_.begin() + begin);
  if (--left_ > 0) {
    ask();
    return {};
  }
  if (sha256(bytes_).bytes != wanted_.bytes) {
    return fail(Errc::unprovable, "sent metadata that does not have the info hash");
  }
  complete_ = true;
  return {};
}

}  // namespace shoal
