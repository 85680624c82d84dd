#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <shoal/digest.hpp>
#include <shoal/endpoint.hpp>

#include "torrent/connection_key.hpp"
#include "torrent/peer/batch.hpp"

namespace shoal::torrent {

/// What a Torrent wants done. Its owner takes the list after each call, carries it out, and tells
/// the Torrent what came of it by later calls, never from within. Lists are cleared and used again.
struct Actions {
  struct Close {
    ConnectionKey peer;
    std::string reason;
    bool at_fault = false;  ///< the peer has broken the protocol, or lied
  };
  struct Dial {
    ConnectionKey peer;
    Endpoint to;
  };

  std::vector<BatchPtr> stores;      ///< hash the leaves and write the blocks: on_stored()
  std::vector<ConnectionKey> wakes;  ///< next_write() has something for them, each named once
  std::vector<Close> closes;         ///< close the socket; on_closed() follows once it is gone
  std::vector<Dial> dials;           ///< connect: on_opened() or on_closed() follows
  std::vector<PieceIndex> proofs;    ///< read and hash them: lose() if they are not right, and
                                     ///< on_proof_done()
  std::vector<Endpoint> liars;       ///< who sent wrong data, each told once; port 0: not known
  bool check_disk = false;  ///< prove what the disk holds: on_check_begins() the first time,
                            ///< next_to_check() until there is none, on_checked() for each piece,
                            ///< on_check_done(). One at a time: nothing is to be done for another
  bool finish = false;      ///< every piece is proven: give the file its final name, on_finished()
  bool readable = false;    ///< readers that waited for may_receive() may go on
  std::optional<Error> failed;  ///< the torrent has ended for this reason

  void clear() {
    stores.clear();
    wakes.clear();
    closes.clear();
    dials.clear();
    proofs.clear();
    liars.clear();
    check_disk = finish = readable = false;
    failed.reset();
  }
  [[nodiscard]] bool empty() const {
    return stores.empty() && wakes.empty() && closes.empty() && dials.empty() && proofs.empty() &&
           liars.empty() && !check_disk && !finish && !readable && !failed;
  }
};

}  // namespace shoal::torrent
