// What a job asks the shell for, word by word: a test that holds it whole notices whatever is asked
// otherwise, to whom, with which token, and what is told at the end.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "base/json/utf8.hpp"
#include "base/sha256.hpp"
#include "io/command.hpp"

namespace transcript {

/// A line that is longer than a page is wide goes on in the next ones, behind a comma or an
/// ampersand or in front of a space.
inline std::string wrapped(std::string_view line) {
  constexpr std::size_t width = 90;
  std::string out;
  std::string indent;
  while (line.size() > width) {
    const std::size_t at = line.substr(0, width).find_last_of(" ,&");
    const bool anywhere = at == std::string_view::npos || at == 0;
    const std::size_t end = anywhere ? width : line[at] == ' ' ? at : at + 1;
    out += indent + std::string(line.substr(0, end)) + "\n";
    line.remove_prefix(end);
    indent = "    ";
  }
  return out + indent + std::string(line) + "\n";
}

/// A long text is told by its beginning and its digest: what it holds is shown elsewhere.
inline std::string shortened(std::string_view text) {
  constexpr std::size_t most = 900;
  constexpr std::size_t kept = 300;
  if (text.size() <= most) return std::string(text);
  return std::string(pos::json::cut(text, kept)) + " ... with the digest " +
         pos::hex(pos::sha256(text)).substr(0, 16);
}

inline std::string line_of(const pos::io::D1Command& command) {
  std::string out = "d1";
  for (const auto each : command.statements) out += " " + std::string(name_of(each));
  for (const std::string& each : command.parameters) out += "\n" + shortened(each);
  return out;
}

inline std::string line_of(const pos::io::FetchCommand& command) {
  const pos::io::Credential& token = command.credential;
  const char* const methods[] = {"POST ", "GET ", "PUT "};
  std::string out = methods[static_cast<std::size_t>(command.method)] + command.url;
  out += " version=" + command.square_version + " key=" + command.idempotency_key;
  out += " token=" + token.secret + "/" + token.sealed + "/" + token.bound_to;
  out += " within=" + std::to_string(command.timeout_ms) + command.fillings + command.seals;
  return command.body.empty() ? out : out + "\n" + shortened(command.body);
}

inline std::string line_of(const pos::io::SleepCommand& command) {
  return "sleep " + std::to_string(command.duration_ms);
}

inline std::string line_of(const pos::io::LogCommand& command) {
  const char* const levels[] = {"info ", "warning ", "error "};
  return levels[static_cast<std::size_t>(command.level)] + command.message + "\n" + command.fields;
}

inline std::string line_of(const pos::io::DoneCommand& command) {
  return "done " + std::to_string(command.status) +
         " retry=" + std::to_string(command.retry_after_seconds) + " type=" + command.type +
         command.next + "\n" + command.body;
}

inline std::string line_of(const pos::io::SealCommand&) { return "seal"; }

inline std::string line_of(const pos::io::DayBoundariesCommand& command) {
  return "days " + command.time_zone + " from " + std::to_string(command.from_ms) + " to " +
         std::to_string(command.to_ms);
}

inline std::string line_of(const pos::io::SignCommand& command) {
  std::string out = "sign with " + command.secret;
  for (std::size_t i = 0; i < command.texts.size(); ++i) {
    out += "\n" + shortened(command.texts[i]);
    const bool verifies = i < command.signatures.size();
    if (verifies) out += command.signatures[i].empty() ? "\nhas no seal" : "\nhas a seal";
  }
  return out;
}

/// Each line of it wrapped, with what nobody would see made visible.
inline std::string lines_of(std::string_view raw) {
  std::string visible;
  for (const char c : raw) visible += c == '\r' ? std::string("\\r") : std::string(1, c);
  const std::string mark = "\xEF\xBB\xBF";
  const std::size_t bom = visible.find(mark);
  if (bom != std::string::npos) visible.replace(bom, mark.size(), "(BOM)");
  std::string_view text = visible;
  std::string out;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    out += wrapped(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return out;
}

/// Writes down what a world's jobs ask for; hand it to the world's `hears`.
struct Transcript {
  std::string text = "\n";

  /// What was asked for since the last time.
  std::string take() { return std::exchange(text, "\n"); }

  auto hearing() {
    return [this](const pos::io::Command& command) {
      text += lines_of(std::visit([](const auto& each) { return line_of(each); }, command));
    };
  }
};

}  // namespace transcript
