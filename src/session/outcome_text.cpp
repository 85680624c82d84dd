#include "session/outcome_text.hpp"

#include <string>

#include "base/printable.hpp"
#include "base/shell_word.hpp"
#include "base/units.hpp"
#include "session/peer_words.hpp"
#include "storage/io_error.hpp"

namespace shoal::session {
namespace {

std::string what_is_kept(const FileInfo& file, const DownloadSample& sample) {
  if (sample.bytes == 0) return "nothing of it has arrived";
  return format_size(sample.bytes) + " of " + format_size(file.length) +
         " are kept, and the same command goes on from there";
}

/// What is missing was sent wrong, each time, and nobody else has it.
Error not_provable(const FileInfo& file, const DownloadSample& sample) {
  const bool one = sample.unprovable == 1;
  const auto share = static_cast<unsigned>(100.0 * static_cast<double>(sample.bytes) /
                                           static_cast<double>(file.length));
  return {Errc::unprovable,
          std::to_string(sample.unprovable) + " of " + std::to_string(sample.pieces) +
              (sample.pieces == 1 ? " piece" : " pieces") +
              " cannot be proven: the only peer that has " + (one ? "it" : "them") +
              " sends wrong data; " + std::to_string(share) +
              " % is kept, and the same command goes on from there"};
}

}  // namespace

Error given_up(const FileInfo& file, const DownloadSample& sample, StallDetector::Verdict verdict) {
  if (sample.unprovable > 0) return not_provable(file, sample);
  const std::string kept = what_is_kept(file, sample);
  std::string alone = why_alone(sample.known);
  if (!alone.empty()) alone = " (" + alone + ")";
  if (sample.liars > 0) {
    return {Errc::unprovable,
            "what was sent is not the file that its root stands for, and nobody "
            "else is there" +
                alone + "; " + kept};
  }
  if (verdict == StallDetector::Verdict::ignored) {
    return {Errc::not_found, "there are peers, but none of them sends what is missing" +
                                 why_no_others(sample.known) + "; " + kept};
  }
  return {Errc::not_found,
          "everybody who has it has left, or cannot be reached" + alone + "; " + kept};
}

Error in_the_way(std::size_t files, const std::filesystem::path& folder, bool more) {
  const std::string others =
      more ? ", perhaps with others that nobody who is there can prove," : std::string();
  return {Errc::conflict,
          std::to_string(files) + (files == 1 ? " file is" : " files are") + " in the way in " +
              storage::shown(folder) + others +
              (files == 1 ? " and stayed as it is; move it away,"
                          : " and stayed as they are; move them away,") +
              " or choose another directory with --output or another name with --as"};
}

Error not_by_a_link(const std::filesystem::path& folder, const std::string& name,
                    const std::string& hidden) {
  const std::string why = hidden.empty()
                              ? ", and nothing in it is of the folder that the link stands for"
                              : ", and the link would add \"" + printable(hidden) +
                                    "\" to it, a hidden name, which programs may read unasked";
  return {Errc::conflict,
          storage::shown(folder) + "/ is there already" + why +
              ", so it stays as it is; choose another directory with --output or another name with "
              "--as, or, if you mean that very folder, say so: --as " +
              shell_word(name)};
}

std::string is_added_to(const std::filesystem::path& folder) {
  return storage::shown(folder) +
         "/ is there already: what is missing is added to it, nothing in it is replaced.";
}

std::string is_of_another_version(const storage::OtherVersion& other, const std::string& name,
                                  bool by_name, const storage::TakenOver& taken) {
  std::string used = "; none of that is used for this one";
  if (taken.files > 0) {
    used = "; " + std::to_string(taken.files) + (taken.files == 1 ? " file" : " files") +
           " of it that this one has too, " + format_size(taken.bytes) +
           ", need not be fetched again";
  }
  return storage::shown(other.part_path) + " is what has come of another version of \"" +
         printable(name) + "\"" + used + ". To go on with that version: the same command with " +
         (by_name ? "" : shell_word(name) + " in place of the link, and with ") + "--info-hash " +
         to_hex(other.hash) + ". If nobody wants it: rm -r -- " +
         shell_word(other.part_path.string()) + " " + shell_word(other.info_path.string());
}

}  // namespace shoal::session
