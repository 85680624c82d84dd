#pragma once

#include <memory>
#include <string>

#include <asio/awaitable.hpp>

#include "metainfo/file_tree.hpp"
#include "session/context.hpp"

namespace shoal::session {

/// In which files the folder that trackers know by that name and `ours` differ, for people: see
/// in_words(). Its description comes from those who have it. Empty when it cannot be had within a
/// few seconds, or ours is the same.
[[nodiscard]] asio::awaitable<std::string> difference_from_holder(
    std::shared_ptr<SessionContext> context, std::string name,
    std::shared_ptr<const FileTree> ours);

/// The same of two that are known. On a worker, for they may be large.
[[nodiscard]] asio::awaitable<std::string> difference_of(std::shared_ptr<SessionContext> context,
                                                         std::shared_ptr<const FileTree> before,
                                                         std::shared_ptr<const FileTree> now);

}  // namespace shoal::session
