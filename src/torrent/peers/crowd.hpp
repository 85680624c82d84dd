#pragma once

#include <algorithm>
#include <cstddef>
#include <unordered_map>

#include <shoal/endpoint.hpp>

namespace shoal::torrent {

/// Those who were let in, at most so many, and at most nine tenths of them from one address: a host
/// that opens hundreds of connections keeps nobody else out. Pure.
class Crowd {
 public:
  explicit Crowd(std::size_t most)
      : most_(most), most_from_one_(std::max<std::size_t>(most - most / 10, 1)) {}

  [[nodiscard]] bool admits(const IpAddress& address) const {
    if (size_ >= most_) return false;
    const auto found = from_.find(address);
    return found == from_.end() || found->second < most_from_one_;
  }
  void enters(const IpAddress& address) {
    ++size_;
    ++from_[address];
  }
  void leaves(const IpAddress& address) {
    --size_;
    const auto found = from_.find(address);
    if (--found->second == 0) from_.erase(found);
  }
  [[nodiscard]] std::size_t size() const { return size_; }

 private:
  std::size_t most_;
  std::size_t most_from_one_;
  std::size_t size_ = 0;
  std::unordered_map<IpAddress, std::size_t> from_;
};

}  // namespace shoal::torrent
