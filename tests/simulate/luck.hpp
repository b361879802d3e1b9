// All of a run's randomness: numbers that follow from the seed, the same on every machine.
#pragma once

#include <cstddef>
#include <cstdint>

namespace simulate {

/// SplitMix64. Not the core's Random: a fault in that one must not bend the runs that look for it.
class Luck {
 public:
  explicit Luck(std::uint64_t seed) : state_(seed * 0x9E3779B97F4A7C15ULL + 1) {}

  std::uint64_t next() {
    state_ += 0x9E3779B97F4A7C15ULL;
    std::uint64_t z = state_;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL;
    return z ^ (z >> 31);
  }

  /// A number in that range, both ends included.
  std::int64_t between(std::int64_t least, std::int64_t most) {
    if (most <= least) return least;
    return least + static_cast<std::int64_t>(next() % static_cast<std::uint64_t>(most - least + 1));
  }
  std::int64_t up_to(std::int64_t most) { return between(0, most); }

  bool permille(std::int64_t of_thousand) { return of_thousand > 0 && up_to(999) < of_thousand; }
  bool percent(std::int64_t of_hundred) { return permille(10 * of_hundred); }

  /// Mostly small, sometimes as large as `most`: three halvings of the range on average.
  std::int64_t skewed(std::int64_t most) { return up_to(most >> up_to(6)); }

  template <typename T, std::size_t N>
  const T& pick(const T (&list)[N]) {
    return list[static_cast<std::size_t>(up_to(static_cast<std::int64_t>(N) - 1))];
  }

 private:
  std::uint64_t state_;
};

}  // namespace simulate
