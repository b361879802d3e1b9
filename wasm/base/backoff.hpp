// When to try again. Randomness is handed in as a seed, so the same tick is the same twice.
#pragma once

#include <cstdint>
#include <string_view>

namespace pos {

/// SplitMix64, seeded with a text. A value: copying it copies the sequence.
class Random {
 public:
  Random() = default;
  explicit Random(std::string_view seed);

  /// A number from 0 to `most`, both included.
  [[nodiscard]] std::int64_t up_to(std::int64_t most);

  bool operator==(const Random&) const = default;

 private:
  std::uint64_t state_ = 0;
};

/// base * 2^exponent, at most cap. In milliseconds.
[[nodiscard]] std::int64_t backoff_ms(std::int64_t base_ms, std::int64_t cap_ms,
                                      std::int64_t exponent);

/// Backoff with full jitter: uniformly between 0 and backoff_ms(). Spreads the orders that one
/// outage has failed, so that they do not come back together.
[[nodiscard]] std::int64_t full_jitter_ms(Random& random, std::int64_t base_ms, std::int64_t cap_ms,
                                          std::int64_t exponent);

}  // namespace pos
