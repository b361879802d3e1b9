#include "simulate/trace.hpp"

#include <algorithm>
#include <cstring>

#include "base/text.hpp"

namespace simulate {

void Trace::line(std::int64_t at_ms, std::string_view words) {
  hash_ = digest(words, hash_ ^ static_cast<std::uint64_t>(at_ms));
  if (keeps_) lines_.push_back(pos::concat(at_ms, " ", words));
}

std::uint64_t digest(std::string_view text, std::uint64_t start) {
  std::uint64_t hash = start ^ (text.size() * 0x9E3779B97F4A7C15ULL);
  for (std::size_t at = 0; at < text.size(); at += sizeof(std::uint64_t)) {
    std::uint64_t word = 0;
    std::memcpy(&word, text.data() + at, std::min(sizeof word, text.size() - at));
    hash = (hash ^ word) * 0xBF58476D1CE4E5B9ULL;
    hash ^= hash >> 29;
  }
  return hash;
}

std::string hexadecimal(std::uint64_t number) {
  std::string digits;
  for (int shift = 60; shift >= 0; shift -= 4) digits += "0123456789abcdef"[(number >> shift) & 15];
  return digits;
}

}  // namespace simulate
