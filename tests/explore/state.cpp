#include "explore/state.hpp"

#include <algorithm>
#include <tuple>

namespace explore {

Fingerprint fingerprint_of(const State& state) {
  constexpr std::size_t words = sizeof(State) / 8;
  static_assert(sizeof(State) % 8 == 0);
  std::array<std::uint64_t, words> content;
  std::memcpy(content.data(), &state, sizeof(State));
  Fingerprint print{0x243F6A8885A308D3ULL, 0x13198A2E03707344ULL};
  for (const std::uint64_t word : content) {
    print.low = mixed(print.low, word);
    print.high = mixed(print.high ^ 0xA4093822299F31D0ULL, word * 0x9E3779B97F4A7C15ULL + 1);
  }
  return print;
}

void tidy(State& state, std::int64_t lands_within_ms) {
  for (Request& each : state.requests) {
    const bool over = state.real_ms >= each.started_ms + lands_within_ms;
    if (each.way == Way::adrift && over) each = {};
  }
  std::sort(state.requests.begin(), state.requests.end(), [](const Request& a, const Request& b) {
    if ((a.way == Way::none) != (b.way == Way::none)) return b.way == Way::none;
    return std::tie(a.slot, a.identity, a.operation, a.started_ms, a.command) <
           std::tie(b.slot, b.identity, b.operation, b.started_ms, b.command);
  });
  std::sort(state.bookings.begin(), state.bookings.end(), [](const Booking& a, const Booking& b) {
    if ((a.key == 0) != (b.key == 0)) return b.key == 0;
    return std::tie(a.identity, a.operation, a.number) <
           std::tie(b.identity, b.operation, b.number);
  });
  std::sort(state.sightings.begin(), state.sightings.end(),
            [](const Sighting& a, const Sighting& b) {
              if ((a.key == 0) != (b.key == 0)) return b.key == 0;
              return std::tie(a.key, a.body) < std::tie(b.key, b.body);
            });
}

}  // namespace explore
