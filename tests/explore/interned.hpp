// Values that are met again and again, numbered by their content: what is compared and hashed a
// million times is then a number.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace explore {

using TextId = std::uint32_t;

/// Texts by number; number 0 is the empty one. A number holds for as long as this lives.
class Texts {
 public:
  Texts() { static_cast<void>(id("")); }

  TextId id(std::string_view text) {
    const auto found = numbers_.find(text);
    if (found != numbers_.end()) return found->second;
    texts_.emplace_back(text);
    const auto number = static_cast<TextId>(texts_.size() - 1);
    numbers_.emplace(texts_.back(), number);
    return number;
  }

  [[nodiscard]] const std::string& text(TextId id) const { return texts_[id]; }
  [[nodiscard]] std::size_t size() const { return texts_.size(); }

 private:
  std::deque<std::string> texts_;  // does not move what it holds
  std::unordered_map<std::string_view, TextId> numbers_;
};

/// Mixes a number into a hash (the finaliser of SplitMix64).
constexpr std::uint64_t mixed(std::uint64_t hash, std::uint64_t value) {
  std::uint64_t z = hash + 0x9E3779B97F4A7C15ULL + value;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL;
  return z ^ (z >> 31);
}

/// Hashes lists of numbers, for use as keys.
struct HashOfNumbers {
  std::size_t operator()(const std::vector<std::uint32_t>& numbers) const {
    std::uint64_t hash = numbers.size();
    for (const std::uint32_t each : numbers) hash = mixed(hash, each);
    return hash;
  }
  template <std::size_t N>
  std::size_t operator()(const std::array<std::uint64_t, N>& numbers) const {
    std::uint64_t hash = N;
    for (const std::uint64_t each : numbers) hash = mixed(hash, each);
    return hash;
  }
};

}  // namespace explore
