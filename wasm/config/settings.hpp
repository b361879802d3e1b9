// The worker's variables, checked. An inconsistent set is refused before anything is claimed.
#pragma once

#include <cstdint>
#include <string>

#include "base/json/value.hpp"

namespace pos {

/// Every variable of docs/configuration.md, with its default. Durations are in milliseconds; the
/// variables give seconds and accept fractions.
struct Settings {
  std::string base_url = "https://connect.squareupsandbox.com";
  std::string location_id;
  std::string square_version = "2025-08-20";
  bool has_access_token = false;
  bool push_on_enqueue = true;
  bool has_accounts_key = false;
  std::string application_id;
  bool has_application_secret = false;

  std::int64_t batch_size = 50;
  std::int64_t concurrency = 6;
  std::int64_t max_attempts = 10;
  std::int64_t subrequest_budget = 900;
  /// How long a row of the queue stays after it was booked; 0: for ever.
  std::int64_t queue_retention_days = 90;

  std::int64_t push_timeout_ms = 30'000;
  std::int64_t lease_ms = 960'000;
  std::int64_t quiet_ms = 120'000;
  std::int64_t clock_step_ms = 30'000;
  std::int64_t retry_base_ms = 60'000;
  std::int64_t retry_cap_ms = 14'400'000;
  std::int64_t dedupe_window_ms = 72'000'000;
  std::int64_t settle_delay_ms = 60'000;
  std::int64_t wall_budget_ms = 780'000;
  /// GET /readyz: how old the last tick may be. Two intervals of half an hour, and what a late cron
  /// may take.
  std::int64_t ready_tick_ms = 3'900'000;

  /// How long after a send no older request can still land, on D1's clock.
  [[nodiscard]] std::int64_t quiet_on_clock_ms() const { return quiet_ms + clock_step_ms; }
  /// How long after it has landed a booking may be missing from a search, on D1's clock.
  [[nodiscard]] std::int64_t settle_on_clock_ms() const { return settle_delay_ms + clock_step_ms; }

  /// Whether an access token can be exchanged for a new one (Square's ObtainToken).
  [[nodiscard]] bool can_renew() const {
    return has_accounts_key && has_application_secret && !application_id.empty();
  }

  bool operator==(const Settings&) const = default;
};

/// Reads {"NAME": "text" or number or null, …}; `has_token` says whether the secret is there.
/// Returns what is wrong, naming each variable and what it must be, with "; " in between; "" means
/// usable.
[[nodiscard]] std::string read_settings(json::Value variables, bool has_token, Settings& settings);

/// Those of a push at once: one order, 25 s in all and 10 s a request, for a runtime grants a
/// worker some 30 s after its response (Cloudflare, ExecutionContext.waitUntil). Its lease is as
/// short as that allows, so that the order of a push that dies is taken over soon.
[[nodiscard]] Settings at_once(Settings settings);

/// Those of a tick that other jobs follow in the same invocation: first the orders that may kill
/// their worker, then the repair. It leaves them some of its requests and of its time, so that a
/// queue that is never empty does not starve them.
[[nodiscard]] Settings leaving_room(Settings settings);

/// Those of the job that takes the suspects: what is left of the invocation, but for the repair's
/// share of it. They may allow nothing, and then the job claims nothing.
[[nodiscard]] Settings of_suspects(Settings settings, std::int64_t spent_ms,
                                   std::int64_t spent_subrequests);

/// What keeps a tick from starting although the numbers are consistent: a missing secret or
/// location, unless restaurants may have their own.
[[nodiscard]] std::string missing_for_pushing(const Settings& settings);

}  // namespace pos
