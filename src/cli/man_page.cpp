#include <algorithm>

#include "base/version.hpp"
#include "cli/manual.hpp"

namespace shoal::cli {
namespace {

/// As roff shows it unchanged: no macro at the start of a line, no escape within it. A hyphen that
/// people copy stays one.
std::string roff(std::string_view text) {
  std::string out;
  if (text.starts_with('.') || text.starts_with('\'')) out += "\\&";
  for (const char c : text) {
    switch (c) {
      case '\\':
        out += "\\e";
        break;
      case '-':
        out += "\\-";
        break;
      case '~':
        out += "\\(ti";
        break;
      case '^':
        out += "\\(ha";
        break;
      case '\'':
        out += "\\(aq";
        break;
      case '`':
        out += "\\(ga";
        break;
      default:
        out += c;
    }
  }
  return out;
}

std::string capitals(std::string text) {
  std::ranges::transform(text, text.begin(), [](char c) {
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  });
  return text;
}

std::string header(const std::string& title, int section) {
  return ".TH " + title + " " + std::to_string(section) + " \"\" \"Shoal " +
         std::string(version()) + "\" \"Shoal\"\n.nh\n.ad l\n";
}

std::string paragraphs(const std::vector<std::string>& all) {
  std::string out;
  for (const std::string& one : all) out += (out.empty() ? "" : ".PP\n") + roff(one) + "\n";
  return out;
}

std::string tagged(const std::string& tag, std::string_view text) {
  return ".TP\n" + tag + "\n" + roff(text) + "\n";
}

std::string option_tag(const ManualOption& option) {
  std::string tag;
  for (const std::string& name : option.names) {
    tag += (tag.empty() ? "\\fB" : ", \\fB") + roff(name) + "\\fR";
  }
  if (!option.value.empty()) tag += " \\fI" + roff(option.value) + "\\fR";
  return tag;
}

bool in_file(const ManualOption& option) {
  const std::string& name = option.names.back();
  return name != "--config" && name != "--print-config" && name != "--version" && name != "--help";
}

constexpr const char* kSyntax =
    R"(A file of options, a line each: the option without its dashes, an equals sign and
the value. An option without a value is written alone, or with
.B true
or
.BR false .
Where an option may be repeated, so may its line, or the values stand in one line
with commas between them. A value with blanks, commas or a # in it goes into quotes.
What follows a # is a comment.
.PP
The command line has the last word, then the user\(aqs file, then that of the system. An option in
a file that contradicts one with more weight is left out. An option that does not exist is an
error.
.B \-\-print\-config
shows what holds and where each value is from.
)";

constexpr const char* kFiles = R"(.SH FILES
.TP
.I \(ti/.config/shoal/PROGRAM.conf
The user\(aqs file; below
.B $XDG_CONFIG_HOME
if that is set. PROGRAM is tracker, seeder or leecher.
.TP
.I /etc/shoal/PROGRAM.conf
The system\(aqs file; in
.B $SHOAL_CONFIG_DIR
if that is set.
.PP
With
.B \-\-config
.I FILE
that file is read in place of these two.
)";

}  // namespace

std::string man_page(const Manual& manual) {
  std::string out = header(capitals(manual.program), 1) + ".SH NAME\n" + roff(manual.program) +
                    " \\- " + roff(manual.summary) + "\n.SH SYNOPSIS\n.nf\n";
  for (const std::string& line : manual.usage) out += roff(line) + "\n";
  out += ".fi\n.SH DESCRIPTION\n" + paragraphs(manual.paragraphs) + ".SH OPTIONS\n";
  for (const ManualOption& option : manual.options) out += tagged(option_tag(option), option.text);
  if (!manual.remarks.empty()) out += ".PP\n" + paragraphs(manual.remarks);
  out += ".SH EXAMPLES\n";
  for (const ManualExample& one : manual.examples) {
    out += tagged("\\fB" + roff(one.command) + "\\fR", one.text);
  }
  out += ".SH EXIT STATUS\n";
  for (const ManualExample& one : manual.exit_codes) {
    out += tagged("\\fB" + roff(one.command) + "\\fR", one.text);
  }
  if (!manual.after.empty()) out += ".PP\n" + paragraphs(manual.after);
  return out +
         ".SH SEE ALSO\n.BR tracker (1),\n.BR seeder (1),\n.BR leecher (1),\n.BR shoal.conf (5)\n";
}

std::string config_man_page(const std::vector<Manual>& manuals) {
  std::string out = header("SHOAL.CONF", 5) +
                    ".SH NAME\nshoal.conf \\- options of tracker, seeder and leecher\n"
                    ".SH DESCRIPTION\n" +
                    kSyntax + kFiles;
  for (const Manual& manual : manuals) {
    out += ".SH OPTIONS OF " + capitals(manual.program) + "\n";
    for (const ManualOption& option : manual.options) {
      if (!in_file(option)) continue;
      ManualOption key{{option.names.back().substr(2)}, option.value, option.text};
      out += tagged(option_tag(key), key.text);
    }
  }
  return out +
         ".SH EXAMPLES\n.nf\n# \\(ti/.config/shoal/leecher.conf\ntracker = 192.0.2.1:6000\n"
         "upload\\-limit = 2M\nno\\-seed\n.fi\n"
         ".SH SEE ALSO\n.BR tracker (1),\n.BR seeder (1),\n.BR leecher (1)\n";
}

}  // namespace shoal::cli
