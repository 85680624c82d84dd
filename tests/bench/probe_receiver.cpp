#include <algorithm>
#include <array>
#include <cerrno>
#include <condition_variable>
#include <deque>
#include <exception>
#include <fcntl.h>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <sys/socket.h>
#include <sys/uio.h>
#include <system_error>
#include <thread>
#include <unistd.h>
#include <vector>

#include "bench/probe.hpp"

namespace shoal::bench {
namespace {

constexpr std::size_t kJobs = 16;  // received and not yet written, at most

[[noreturn]] void throw_errno(const char* what) {
  throw std::system_error(errno, std::generic_category(), what);
}

/// Up to kBatch frames as they came.
struct Job {
  Bytes frames = Bytes(kBatch * kFrame);
  std::size_t size = 0;
  std::uint64_t offset = 0;  // in the file
};

/// Hands jobs from one thread to another. Closed, it gives what is left, then null.
class Channel {
 public:
  void put(Job* job) {
    {
      const std::lock_guard lock(mutex_);
      jobs_.push_back(job);
    }
    changed_.notify_one();
  }
  Job* take() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return closed_ || !jobs_.empty(); });
    if (jobs_.empty()) return nullptr;
    Job* job = jobs_.front();
    jobs_.pop_front();
    return job;
  }
  void close() {
    {
      const std::lock_guard lock(mutex_);
      closed_ = true;
    }
    changed_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Job*> jobs_;
  bool closed_ = false;
};

/// Hashes the leaves of a job while they are in the cache, then writes them with one call.
void hash_and_write(const Job& job, LeafHasher& hasher, int file) {
  std::array<BytesView, kBatch> leaves;
  std::array<iovec, kBatch> parts;
  std::array<Digest, kBatch> digests;
  std::size_t blocks = 0, total = 0;
  for (std::size_t at = 0; at < job.size; at += kFrame) {
    const BytesView frame = BytesView(job.frames).subspan(at, std::min(kFrame, job.size - at));
    const BytesView leaf = frame.subspan(kFrameHead);
    leaves[blocks] = leaf;
    parts[blocks] = {const_cast<std::byte*>(leaf.data()), leaf.size()};
    total += leaf.size();
    ++blocks;
  }
  hasher.hash(std::span(leaves).first(blocks), std::span(digests).first(blocks));
  const ssize_t written =
      ::pwritev(file, parts.data(), static_cast<int>(blocks), static_cast<off_t>(job.offset));
  if (written < 0) throw_errno("pwritev");
  if (static_cast<std::size_t>(written) != total) throw std::runtime_error("the disk is full");
}

/// The threads that hash and write, and the jobs that go to them and back.
class Workers {
 public:
  Workers(const ProbeOptions& options, int file) : jobs_(kJobs) {
    for (Job& job : jobs_) idle_.put(&job);
    for (unsigned i = 0; i < std::max(options.workers, 1u); ++i) {
      threads_.emplace_back([this, &options, file] { work(options.hashing, file); });
    }
  }
  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;
  ~Workers() { join(); }

  /// A job to fill. Null when a worker has failed.
  Job* idle() { return idle_.take(); }
  void put(Job* job) { todo_.put(job); }
  /// Waits until everything is written. Throws what a worker threw.
  void finish() {
    join();
    if (failure_) std::rethrow_exception(failure_);
  }

 private:
  void join() {
    todo_.close();
    for (std::thread& thread : threads_) {
      if (thread.joinable()) thread.join();
    }
  }
  void work(LeafHashing hashing, int file) {
    try {
      const auto hasher = make_leaf_hasher(hashing);
      while (Job* job = todo_.take()) {
        hash_and_write(*job, *hasher, file);
        idle_.put(job);
      }
    } catch (...) {
      const std::lock_guard lock(failure_mutex_);
      failure_ = std::current_exception();
      idle_.close();
    }
  }

  std::vector<Job> jobs_;
  Channel idle_;
  Channel todo_;
  std::mutex failure_mutex_;
  std::exception_ptr failure_;
  std::vector<std::thread> threads_;
};

void receive_all(int socket, MutableBytes into) {
  while (!into.empty()) {
    const ssize_t got = ::recv(socket, into.data(), into.size(), 0);
    if (got < 0) throw_errno("recv");
    if (got == 0) throw std::runtime_error("the sender has ended too early");
    into = into.subspan(static_cast<std::size_t>(got));
  }
}

}  // namespace

std::string receive_frames(int socket, std::uint64_t bytes, const ProbeOptions& options) {
  const auto hasher = make_leaf_hasher(options.hashing);
  if (!hasher) throw std::runtime_error("this build or processor has no such hashing");
  const test::Descriptor file(::open(options.target.c_str(), O_RDWR | O_CREAT | O_TRUNC, 0644));
  if (!file.is_open()) throw_errno(options.target.c_str());
  if (::ftruncate(file.get(), static_cast<off_t>(bytes)) != 0) throw_errno("ftruncate");

  Workers workers(options, file.get());
  for (std::uint64_t offset = 0; offset < bytes;) {
    Job* job = workers.idle();
    if (job == nullptr) break;
    const auto content =
        static_cast<std::size_t>(std::min<std::uint64_t>(kBatch * kBlock, bytes - offset));
    job->size = content + (content + kBlock - 1) / kBlock * kFrameHead;
    job->offset = offset;
    receive_all(socket, MutableBytes(job->frames).first(job->size));
    offset += content;
    workers.put(job);
  }
  workers.finish();
  return std::string(hasher->name());
}

}  // namespace shoal::bench
