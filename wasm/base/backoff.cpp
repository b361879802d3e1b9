#include "base/backoff.hpp"

namespace pos {

Random::Random(std::string_view seed) {
  // FNV-1a: every byte of the seed matters, and nothing here has to resist anybody.
  std::uint64_t hash = 0xCBF29CE484222325ULL;
  for (const char c : seed) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001B3ULL;
  state_ = hash;
}

std::int64_t Random::up_to(std::int64_t most) {
  state_ += 0x9E3779B97F4A7C15ULL;
  std::uint64_t z = state_;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL;
  z ^= z >> 31;
  return most <= 0 ? 0 : static_cast<std::int64_t>(z % (static_cast<std::uint64_t>(most) + 1));
}

std::int64_t backoff_ms(std::int64_t base_ms, std::int64_t cap_ms, std::int64_t exponent) {
  std::int64_t wait = base_ms;
  for (std::int64_t i = 0; i < exponent && wait < cap_ms; ++i) wait *= 2;
  return wait < cap_ms ? wait : cap_ms;
}

std::int64_t full_jitter_ms(Random& random, std::int64_t base_ms, std::int64_t cap_ms,
                            std::int64_t exponent) {
  return random.up_to(backoff_ms(base_ms, cap_ms, exponent));
}

}  // namespace pos
