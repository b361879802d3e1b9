#include "harness/recorded.hpp"

#include <array>
#include <sstream>

namespace recorded {

void Digest::add(std::string_view text) {
  empty_ = false;
  const auto take = [this](unsigned char byte) { state_ = (state_ ^ byte) * 1099511628211ULL; };
  for (const char c : text) take(static_cast<unsigned char>(c));
  take('\n');
}

std::string Digest::hex() const {
  if (empty_) return {};
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  for (int shift = 60; shift >= 0; shift -= 4) text += digits[(state_ >> shift) & 15];
  return text;
}

Histories read_histories(const std::string& text) {
  Histories histories;
  std::istringstream lines(text);
  std::string digest;
  std::string name;
  while (lines >> digest && std::getline(lines >> std::ws, name)) histories[name] = digest;
  return histories;
}

std::string write_histories(const Histories& histories) {
  std::string text;
  for (const auto& [name, digest] : histories) {
    if (!digest.empty()) text.append(digest).append(" ").append(name).append("\n");
  }
  return text;
}

std::map<std::string, std::string> differences(const Histories& recorded, const Histories& played,
                                               bool all) {
  std::map<std::string, std::string> found;
  for (const auto& [name, digest] : played) {
    const auto line = recorded.find(name);
    if (line == recorded.end()) {
      if (!digest.empty()) found[name] = "its history is not recorded";
    } else if (line->second != digest) {
      found[name] = digest.empty() ? "its history is recorded, and it has none"
                                   : "what it plays is not what was recorded";
    }
  }
  if (!all) return found;
  for (const auto& [name, digest] : recorded) {
    if (played.count(name) == 0) found[name] = "its history is recorded, and there is no such test";
  }
  return found;
}

}  // namespace recorded
