#include "explore/state.hpp"

#include <algorithm>
#include <tuple>

namespace explore {

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
