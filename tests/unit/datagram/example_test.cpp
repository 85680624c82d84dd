#include <algorithm>
#include <cctype>
#include <fstream>
#include <map>
#include <string>

#include <gtest/gtest.h>

#include "base/hex.hpp"
#include "datagram/datagram.hpp"

namespace shoal::datagram::example_test {
namespace {

constexpr ConnectionId kConnection{0x1122334455667788};

/// The datagrams of the worked example in docs/protocol.md: "label: hex", continued on indented
/// lines.
std::map<std::string, std::string> examples() {
  std::map<std::string, std::string> found;
  std::ifstream document(SHOAL_TEST_DATA "/../../docs/protocol.md");
  bool inside = false;
  std::string line, label;
  while (std::getline(document, line)) {
    if (line.starts_with("```")) {
      inside = line == "```example";
      continue;
    }
    if (!inside) continue;
    if (const auto colon = line.find(':'); colon != line.npos) {
      label = line.substr(0, colon);
      line.erase(0, colon + 1);
    }
    std::erase_if(line, [](unsigned char c) { return std::isspace(c) != 0; });
    found[label] += line;
  }
  return found;
}

PeerId peer_id() {
  PeerId id;
  std::ranges::copy(as_bytes("-SH0100-abcdefghijkl"), id.bytes.begin());
  return id;
}

FileInfo hello() {
  const auto root =
      parse_digest("5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03");
  return {"hello.txt", 6, 16384, root.value()};
}

FileInfo photos() {
  return {"photos", 5'000'000'000, 4 << 20, hello().root, FolderInfo{340, 31'415}};
}

std::string request(std::uint32_t transaction, Request content) {
  Bytes out;
  encode(RequestDatagram{kConnection, TransactionId{transaction}, std::move(content)}, out);
  return to_hex(out);
}

std::string reply(std::uint32_t transaction, Reply content) {
  Bytes out;
  encode(ReplyDatagram{TransactionId{transaction}, std::move(content)}, out);
  return to_hex(out);
}

TEST(Example, in_the_protocol_document_is_what_the_code_sends) {
  const FileInfo file = hello();
  const Endpoint seeder = Endpoint::parse("192.0.2.7:6881").value();
  const Endpoint asker = Endpoint::parse("192.0.2.8:50000").value();
  const std::map<std::string, std::string> sent = {
      {"connect", request(1, ConnectRequest{})},
      {"connect reply", reply(1, ConnectReply{kConnection})},
      {"register", request(2, RegisterRequest{peer_id(), 6881, true, file})},
      {"register reply", reply(2, RegisterReply{{30'000, 45'000}, seeder})},
      {"lookup", request(3, LookupRequest{PeerId{}, "hello.txt"})},
      {"lookup reply",
       reply(3, LookupReply{file.length, file.piece_length, file.root, 1, 0, {seeder}, asker})},
      {"refuse reply",
       reply(4, RefuseReply{RefuseReason::unknown_name, 0, {}, "nobody offers \"bye.txt\""})},
      {"register folder", request(5, RegisterRequest{peer_id(), 6881, true, photos()})},
      {"lookup any", request(6, LookupRequest{PeerId{}, "photos", Kinds::all})},
      {"lookup any reply", reply(6, LookupReply{photos().length,
                                                photos().piece_length,
                                                photos().root,
                                                1,
                                                0,
                                                {seeder},
                                                asker,
                                                photos().folder,
                                                Kinds::all})},
      {"list any", request(7, ListRequest{"", "", Kinds::all})},
      {"list any reply", reply(7, ListReply{false,
                                            {{"hello.txt", file.length, 1, 0},
                                             {"photos", photos().length, 1, 0, 340}},
                                            Kinds::all})},
  };
  EXPECT_EQ(examples(), sent);
}

}  // namespace
}  // namespace shoal::datagram::example_test
