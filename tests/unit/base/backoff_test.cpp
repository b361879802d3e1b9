// When what failed is tried again: later and later, never later than the cap, never all at once.
#include <doctest/doctest.h>

#include <array>

#include "base/backoff.hpp"

namespace retry_test {

using namespace pos;

TEST_CASE("a wait doubles with each attempt, and starts with the base") {
  CHECK(backoff_ms(60'000, 14'400'000, 0) == 60'000);
  CHECK(backoff_ms(60'000, 14'400'000, 1) == 120'000);
  CHECK(backoff_ms(60'000, 14'400'000, 2) == 240'000);
  CHECK(backoff_ms(60'000, 14'400'000, 7) == 7'680'000);
}

TEST_CASE("no wait is longer than the cap, however often an order has failed") {
  CHECK(backoff_ms(60'000, 14'400'000, 8) == 14'400'000);
  CHECK(backoff_ms(60'000, 14'400'000, 1000) == 14'400'000);
  CHECK(backoff_ms(60'000, 60'000, 3) == 60'000);
  CHECK(backoff_ms(60'000, 50'000, 0) == 50'000);
}

TEST_CASE("orders that one outage has failed do not come back together") {
  Random random("tick");
  std::array<int, 4> times{};
  for (int i = 0; i < 4000; ++i) {
    const std::int64_t wait = full_jitter_ms(random, 3, 100, 0);
    REQUIRE(wait >= 0);
    REQUIRE(wait <= 3);
    ++times[static_cast<std::size_t>(wait)];
  }
  for (const int each : times) CHECK(each > 900);
  std::int64_t ones = 0;
  for (int i = 0; i < 100; ++i) ones += random.up_to(1);
  CHECK(ones > 30);
}

TEST_CASE("where there is nothing to choose from, nothing is waited") {
  Random random("tick");
  CHECK(random.up_to(0) == 0);
  CHECK(random.up_to(-1) == 0);
}

TEST_CASE("one tick is the same twice, and two ticks are not the same") {
  // SplitMix64, seeded by FNV-1a, as another implementation of both gives them.
  constexpr std::int64_t most = 999'999'999'999'999'999;
  Random tick("tick");
  CHECK(tick.up_to(most) == 465'135'575'378'755'182);
  CHECK(tick.up_to(most) == 638'197'011'371'420'150);
  Random copy = tick;
  CHECK(tick.up_to(most) == 569'535'437'943'826'528);
  CHECK(copy.up_to(most) == 569'535'437'943'826'528);
  CHECK(Random("tock").up_to(most) == 259'935'060'493'304'907);
}

}  // namespace retry_test
