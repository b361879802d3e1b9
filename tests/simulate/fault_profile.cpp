#include "simulate/fault_profile.hpp"

#include <algorithm>

#include "base/json/writer.hpp"
#include "base/text.hpp"
#include "harness/duration.hpp"

namespace simulate {
namespace {
using duration::hour;
using duration::minute;
using duration::second;

/// Milliseconds as the variables give them: seconds with a fraction.
std::string seconds(std::int64_t ms) {
  std::string fraction = pos::concat(ms % 1000);
  fraction.insert(0, 3 - fraction.size(), '0');
  return pos::concat(ms / 1000, ".", fraction);
}

/// How often a fault comes that comes at all.
std::int64_t some_rate(Luck& luck) {
  const std::int64_t kind = luck.up_to(9);
  if (kind < 5) return luck.between(2, 30);
  if (kind < 8) return luck.between(30, 150);
  return luck.between(150, 500);
}

/// Of ten occasions one goes well.
void cap(PerFault& permille, Fault first, Fault end) {
  std::int64_t sum = 0;
  for (auto i = static_cast<std::size_t>(first); i < static_cast<std::size_t>(end); ++i) {
    sum += permille[static_cast<Fault>(i)];
  }
  if (sum <= 900) return;
  for (auto i = static_cast<std::size_t>(first); i < static_cast<std::size_t>(end); ++i) {
    permille[static_cast<Fault>(i)] = permille[static_cast<Fault>(i)] * 900 / sum;
  }
}

}  // namespace

FaultProfile::FaultProfile(Luck& luck) {
  draw_size(luck);
  draw_times(luck);
  draw_rates(luck);
}

void FaultProfile::draw_size(Luck& luck) {
  // Small runs find most of what there is to be found, and many of them fit into a minute.
  const std::int64_t size = luck.up_to(99);
  if (size < 75) {
    orders = luck.between(5, 30);
    ticks = luck.between(5, 20);
  } else if (size < 92) {
    orders = luck.between(30, 150);
    ticks = luck.between(15, 50);
  } else {
    orders = luck.between(150, 500);
    ticks = luck.between(30, 200);
  }
  restaurants = luck.between(1, std::min<std::int64_t>(60, 1 + orders / 2));
  own_accounts = luck.percent(40) ? 0 : luck.up_to(restaurants);
  paid_percent = luck.pick({0, 30, 50, 80, 100});
  http_percent = luck.pick({0, 0, 20, 50, 100});
  interferences = luck.up_to(orders / luck.pick({1, 2, 4, 16}));
}

void FaultProfile::draw_times(Luck& luck) {
  settings.base_url = "http://127.0.0.1:1";
  settings.location_id = "L1";
  settings.has_access_token = true;
  if (luck.percent(60)) {
    // Shorter times, so that leases, quiet times and windows end within few ticks.
    settings.push_timeout_ms = luck.between(1, 60) * second;
    settings.quiet_ms = settings.push_timeout_ms + luck.between(1, 120 * second);
    settings.clock_step_ms = luck.up_to(3) * 10 * second;
    settings.wall_budget_ms = settings.push_timeout_ms + luck.between(10, 600) * second;
    settings.lease_ms = settings.wall_budget_ms + settings.push_timeout_ms + settings.quiet_ms +
                        settings.clock_step_ms + luck.skewed(minute);
    settings.dedupe_window_ms = settings.lease_ms + 1 + luck.skewed(8 * hour);
    settings.settle_delay_ms = luck.between(1, 120) * second;
    settings.retry_base_ms = luck.between(1, 60) * second;
    settings.retry_cap_ms = settings.retry_base_ms + luck.skewed(4 * hour);
  }
  settings.max_attempts = luck.pick({2, 3, 5, 10, 1000});
  settings.batch_size = luck.pick({orders < 40 ? 1 : 20, 5, 50, 50, 500});
  settings.concurrency = luck.between(1, 6);
  settings.subrequest_budget = luck.pick({45, 200, 900, 900, 5000});
  cron_ms = luck.percent(50) ? 30 * minute : luck.between(minute, settings.lease_ms * 2);
  latency_ms = luck.pick({5, 100, 1000, 10'000, 30'000});
  latency_ms = std::min(latency_ms, settings.push_timeout_ms);
  remembers_ms = settings.dedupe_window_ms + (luck.percent(60) ? 0 : luck.skewed(72 * hour));
  search_lag_ms =
      luck.percent(60) ? settings.settle_delay_ms : luck.up_to(settings.settle_delay_ms);
  page_most = luck.pick({orders < 40 ? 1 : 50, 1000, 1000, 1000});
}

void FaultProfile::draw_rates(Luck& luck) {
  const std::int64_t enabled = luck.pick({10, 30, 50, 70});
  for (std::size_t i = 0; i < fault_count; ++i) {
    if (luck.percent(enabled)) permille[static_cast<Fault>(i)] = some_rate(luck);
  }
  // These end orders for good, and a run without orders shows nothing.
  for (const Fault final : {Fault::refused, Fault::conflict, Fault::other_total, Fault::malformed,
                            Fault::put_to_rest, Fault::deleted, Fault::canceled_there}) {
    permille[final] /= 4;
  }
  // Of each call into the core, where others are of each request.
  permille[Fault::killed] /= 8;
  permille[Fault::killed_mute] /= 8;
  permille[Fault::paused] /= 8;
  permille[Fault::clock_wrong] /= 8;
  permille[Fault::outage] /= 8;
  cap(permille, Fault::timeout, first_of_d1);
  cap(permille, first_of_d1, Fault::d1_drift);
}

bool FaultProfile::draw(Luck& luck, Fault first, Fault end, Fault& drawn) const {
  std::int64_t dice = luck.up_to(999);
  for (auto i = static_cast<std::size_t>(first); i < static_cast<std::size_t>(end); ++i) {
    drawn = static_cast<Fault>(i);
    dice -= permille[drawn];
    if (dice < 0) return true;
  }
  return false;
}

pos::Settings FaultProfile::redeployed(Luck& luck) const {
  pos::Settings other = settings;
  if (luck.percent(50)) other.square_version = "2026-09-16";
  if (luck.percent(50)) other.location_id = "L2";
  if (luck.percent(50)) other.batch_size = luck.between(1, 60);
  if (luck.percent(50)) other.concurrency = luck.between(1, 6);
  if (luck.percent(30)) other.subrequest_budget = luck.between(20, 200);
  if (luck.percent(20)) other.lease_ms += luck.skewed(minute);
  if (luck.percent(20)) other.max_attempts = luck.between(2, 1000);
  // A lease that is longer needs a window that is.
  other.dedupe_window_ms = std::max(other.dedupe_window_ms, other.lease_ms + 1);
  if (other.dedupe_window_ms > settings.dedupe_window_ms) return settings;
  return other;
}

std::string variables_of(const pos::Settings& settings) {
  pos::json::Writer out;
  out.begin_object().member("SQUARE_BASE_URL", settings.base_url);
  out.member("SQUARE_LOCATION_ID", settings.location_id);
  out.member("SQUARE_VERSION", settings.square_version);
  out.member("BATCH_SIZE", settings.batch_size).member("CONCURRENCY", settings.concurrency);
  out.member("MAX_ATTEMPTS", settings.max_attempts);
  out.member("SUBREQUEST_BUDGET", settings.subrequest_budget);
  out.member("PUSH_TIMEOUT_SECONDS", seconds(settings.push_timeout_ms));
  out.member("WALL_BUDGET_SECONDS", seconds(settings.wall_budget_ms));
  out.member("LEASE_SECONDS", seconds(settings.lease_ms));
  out.member("QUIET_SECONDS", seconds(settings.quiet_ms));
  out.member("CLOCK_STEP_SECONDS", seconds(settings.clock_step_ms));
  out.member("RETRY_BASE_SECONDS", seconds(settings.retry_base_ms));
  out.member("RETRY_CAP_SECONDS", seconds(settings.retry_cap_ms));
  out.member("SETTLE_DELAY_SECONDS", seconds(settings.settle_delay_ms));
  out.member("DEDUPE_WINDOW_SECONDS", seconds(settings.dedupe_window_ms)).end_object();
  return out.take();
}

}  // namespace simulate
