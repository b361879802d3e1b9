// What a run leaves behind: one line for each thing that happened, and a number that is made of all
// of them. Two runs of a seed leave the same lines.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace simulate {

class Trace {
 public:
  /// Without `keeps` the lines are only summed up.
  explicit Trace(bool keeps) : keeps_(keeps) {}

  void line(std::int64_t at_ms, std::string_view words);
  [[nodiscard]] std::uint64_t hash() const { return hash_; }
  [[nodiscard]] const std::vector<std::string>& lines() const { return lines_; }

 private:
  bool keeps_;
  std::uint64_t hash_ = 0xCBF29CE484222325ULL;
  std::vector<std::string> lines_;
};

/// A number made of all bytes of a text.
[[nodiscard]] std::uint64_t digest(std::string_view text, std::uint64_t start = 0);
/// Sixteen digits.
[[nodiscard]] std::string hexadecimal(std::uint64_t number);

}  // namespace simulate
