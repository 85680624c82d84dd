#pragma once

#include <vector>

#include "datagram/datagram.hpp"

/// One of every message, no two fields of a message alike.
namespace shoal::datagram::samples {

/// Bytes `first`, `first` + 1, ...
template <class Hash>
Hash hash(int first) {
  Hash out;
  for (std::byte& byte : out.bytes) byte = static_cast<std::byte>(first++);
  return out;
}

inline Endpoint v4(std::uint8_t host, std::uint16_t port) {
  return {IpAddress(IpAddress::V4{std::byte{10}, std::byte{1}, std::byte{2}, std::byte{host}}),
          port};
}

inline Endpoint v6(std::uint8_t host, std::uint16_t port) {
  IpAddress::V6 bytes{std::byte{0x20}, std::byte{0x01}, std::byte{0x0d}, std::byte{0xb8}};
  bytes[15] = std::byte{host};
  return {IpAddress(bytes), port};
}

inline FileInfo file() {
  return {"naïve file.bin", 0x0102030405, 65536, hash<Digest>(60)};
}

inline FileInfo folder() {
  FileInfo folder = file();
  folder.name = "naïve folder";
  folder.folder = {0x11121314, 0x21222324};
  return folder;
}

inline std::vector<Request> requests() {
  const auto peer_id = hash<PeerId>(1);
  return {
      ConnectRequest{},
      AnnounceRequest{hash<InfoHash20>(100), peer_id, 11, 12, 13, AnnounceEvent::started, 14, 15,
                      16},
      AnnounceRequest{},
      ScrapeRequest{{hash<InfoHash20>(3), hash<InfoHash20>(4), hash<InfoHash20>(5)}},
      RegisterRequest{peer_id, 6881, true, file()},
      RegisterRequest{peer_id, 6882, false, {"", 0, 16384, {}}},
      RegisterRequest{peer_id, 6881, true, folder()},
      HeartbeatRequest{peer_id, 6881, {7, hash<Digest>(9)}},
      WithdrawRequest{peer_id, 6881, hash<InfoHash>(8)},
      WithdrawRequest{peer_id, 6881, std::nullopt},
      LookupRequest{peer_id, "naïve file.bin"},
      LookupRequest{peer_id, std::string(255, 'x')},
      LookupRequest{peer_id, "naïve folder", Kinds::all},
      ListRequest{"na", "naïve"},
      ListRequest{"na", "naïve", Kinds::all},
      ListRequest{},
  };
}

inline std::vector<Reply> replies() {
  return {
      ConnectReply{ConnectionId{0x1122334455667788}},
      AnnounceReply{1800, 2, 3, {v4(1, 1001), v4(2, 1002)}},
      AnnounceReply{1800, 2, 3, {}},
      ScrapeReply{{{1, 2, 3}, {4, 5, 6}}},
      ErrorReply{"no such info hash"},
      RegisterReply{{30'000, 45'000}},
      RegisterReply{{30'000, 45'000}, std::nullopt, true},
      HeartbeatReply{true, {30'000, 45'000}},
      HeartbeatReply{false, {1, 2}},
      WithdrawReply{},
      LookupReply{
          0x0102030405, 65536, hash<Digest>(60), 5, 6, {v4(1, 1001), v4(2, 1002), v6(3, 3)}},
      LookupReply{},
      LookupReply{.length = 0x0102030405,
                  .piece_length = 65536,
                  .root = hash<Digest>(60),
                  .seeders = 5,
                  .leechers = 6,
                  .peers = {v4(1, 1001), v6(3, 3)},
                  .folder = FolderInfo{7, 8},
                  .kinds = Kinds::all},
      LookupReply{.root = {}, .peers = {}, .kinds = Kinds::all},
      ListReply{true, {{"a", 1, 2, 3}, {std::string(255, 'b'), 1ull << 40, 0, 9}}},
      ListReply{},
      ListReply{true, {{"a", 1, 2, 3, 4}, {std::string(255, 'b'), 1ull << 40, 0, 9}}, Kinds::all},
      RefuseReply{RefuseReason::name_taken, 77, hash<Digest>(61), "taken"},
      RefuseReply{RefuseReason::bad_request, 0, {}, ""},
      RefuseReply{RefuseReason::is_folder, 0, {}, "it is a folder"},
  };
}

inline Bytes encoded(const Request& request) {
  Bytes out;
  encode(RequestDatagram{ConnectionId{0x0badcafe0badcafe}, TransactionId{0x01020304}, request},
         out);
  return out;
}

inline Bytes encoded(const Reply& reply) {
  Bytes out;
  encode(ReplyDatagram{TransactionId{0x01020304}, reply}, out);
  return out;
}

}  // namespace shoal::datagram::samples
