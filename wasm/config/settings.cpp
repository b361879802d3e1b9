#include "config/settings.hpp"

#include <algorithm>
#include <string_view>

#include "base/text.hpp"
#include "config/variable.hpp"

namespace pos {
namespace {

struct Count {
  const char* name;
  std::int64_t Settings::*target;
  std::int64_t least;
  std::int64_t most;
};

constexpr Count counts[] = {
    {"BATCH_SIZE", &Settings::batch_size, 1, 500},
    {"CONCURRENCY", &Settings::concurrency, 1, 6},
    {"MAX_ATTEMPTS", &Settings::max_attempts, 1, 1000},
    {"SUBREQUEST_BUDGET", &Settings::subrequest_budget, 10, 10'000'000},
    {"QUEUE_RETENTION_DAYS", &Settings::queue_retention_days, 0, 36'500},
};

struct Duration {
  const char* name;
  std::int64_t Settings::*target;
};

constexpr Duration durations[] = {
    {"PUSH_TIMEOUT_SECONDS", &Settings::push_timeout_ms},
    {"LEASE_SECONDS", &Settings::lease_ms},
    {"QUIET_SECONDS", &Settings::quiet_ms},
    {"CLOCK_STEP_SECONDS", &Settings::clock_step_ms},
    {"RETRY_BASE_SECONDS", &Settings::retry_base_ms},
    {"RETRY_CAP_SECONDS", &Settings::retry_cap_ms},
    {"DEDUPE_WINDOW_SECONDS", &Settings::dedupe_window_ms},
    {"SETTLE_DELAY_SECONDS", &Settings::settle_delay_ms},
    {"WALL_BUDGET_SECONDS", &Settings::wall_budget_ms},
    {"READY_TICK_SECONDS", &Settings::ready_tick_ms},
};

void read_counts(json::Value variables, Settings& settings, std::string& problems) {
  for (const Count& each : counts) {
    const std::string text = spelling(variables[each.name]);
    if (text.empty()) continue;
    const std::int64_t value = number_of(text);
    if (value >= each.least && value <= each.most) {
      settings.*each.target = value;
    } else {
      const std::string range = concat("an integer from ", each.least, " to ", each.most);
      expected(problems, each.name, range.c_str(), text);
    }
  }
}

void read_durations(json::Value variables, Settings& settings, std::string& problems) {
  for (const Duration& each : durations) {
    const std::string text = spelling(variables[each.name]);
    if (text.empty()) continue;
    const std::int64_t value = milliseconds(text);
    if (value >= 0) {
      settings.*each.target = value;
    } else {
      expected(problems, each.name, "seconds with at most three fraction digits", text);
    }
  }
}

void read_switch(json::Value value, const char* name, bool& target, std::string& problems) {
  const std::string text = spelling(value);
  if (value.is(json::Kind::boolean)) {
    target = value.boolean();
  } else if (text == "on" || text == "off") {
    target = text == "on";
  } else if (!text.empty()) {
    expected(problems, name, "on or off", text);
  }
}

bool is_date(std::string_view text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return false;
  return all_digits(text.substr(0, 4)) && all_digits(text.substr(5, 2)) &&
         all_digits(text.substr(8, 2));
}

void check_consistency(const Settings& s, std::string& problems) {
  if (s.push_timeout_ms == 0) complain(problems, "PUSH_TIMEOUT_SECONDS: expected more than 0");
  if (s.lease_ms < s.wall_budget_ms + s.push_timeout_ms + s.quiet_ms + s.clock_step_ms) {
    complain(problems,
             "LEASE_SECONDS: expected at least WALL_BUDGET_SECONDS + PUSH_TIMEOUT_SECONDS + "
             "QUIET_SECONDS + CLOCK_STEP_SECONDS, so that no request can land after its lease");
  }
  if (s.wall_budget_ms <= s.push_timeout_ms) {
    complain(
        problems,
        "WALL_BUDGET_SECONDS: expected more than PUSH_TIMEOUT_SECONDS, or nothing is ever sent");
  }
  if (s.quiet_ms <= s.push_timeout_ms) {
    complain(problems, "QUIET_SECONDS: expected more than PUSH_TIMEOUT_SECONDS");
  }
  if (s.dedupe_window_ms <= s.lease_ms) {
    complain(problems, "DEDUPE_WINDOW_SECONDS: expected more than LEASE_SECONDS");
  }
  if (s.retry_cap_ms < s.retry_base_ms) {
    complain(problems, "RETRY_CAP_SECONDS: expected at least RETRY_BASE_SECONDS");
  }
}

}  // namespace

std::string read_settings(json::Value variables, bool has_token, Settings& settings) {
  std::string problems;
  settings.has_access_token = has_token;
  settings.location_id = spelling(variables["SQUARE_LOCATION_ID"]);
  settings.application_id = spelling(variables["SQUARE_APPLICATION_ID"]);
  read_origin(variables["SQUARE_BASE_URL"], "SQUARE_BASE_URL", settings.base_url, problems);
  const std::string version = spelling(variables["SQUARE_VERSION"]);
  if (!version.empty()) {
    if (is_date(version)) {
      settings.square_version = version;
    } else {
      expected(problems, "SQUARE_VERSION", "a date as YYYY-MM-DD", version);
    }
  }

  read_switch(variables["PUSH_ON_ENQUEUE"], "PUSH_ON_ENQUEUE", settings.push_on_enqueue, problems);
  read_counts(variables, settings, problems);
  read_durations(variables, settings, problems);
  if (problems.empty()) check_consistency(settings, problems);
  return problems;
}

Settings at_once(Settings settings) {
  settings.push_timeout_ms = std::min<std::int64_t>(settings.push_timeout_ms, 10'000);
  settings.wall_budget_ms = std::min<std::int64_t>(settings.wall_budget_ms, 25'000);
  settings.lease_ms =
      settings.wall_budget_ms + settings.push_timeout_ms + settings.quiet_on_clock_ms();
  return settings;
}

namespace {

// A repair of its own takes twelve subrequests, a mail or a page of an audit fewer.
constexpr std::int64_t repair_least = 16;

// With less a tick claims nothing at all (drain/claiming.cpp).
constexpr std::int64_t tick_least = 8;

/// What the repair has for sure: a tenth, or what one repair needs, but never most of it, nor what
/// a tick cannot be without.
std::int64_t room_in_subrequests(const Settings& settings) {
  const std::int64_t budget = settings.subrequest_budget;
  return std::min({std::max(budget / 10, repair_least), budget / 3,
                   std::max<std::int64_t>(0, budget - tick_least)});
}

/// Time for three requests that time out, one of them a suspect's; a small budget is halved, but
/// still holds one request.
std::int64_t room_in_time_ms(const Settings& settings) {
  const std::int64_t wall = settings.wall_budget_ms;
  return std::min(std::max(wall / 10, 3 * settings.push_timeout_ms),
                  (wall - settings.push_timeout_ms) / 2);
}

}  // namespace

Settings leaving_room(Settings settings) {
  const std::int64_t subrequests = room_in_subrequests(settings);
  settings.wall_budget_ms -= room_in_time_ms(settings);
  settings.subrequest_budget -= subrequests;
  return settings;
}

Settings of_suspects(Settings settings, std::int64_t spent_ms, std::int64_t spent_subrequests) {
  const std::int64_t left = settings.subrequest_budget - spent_subrequests;
  const std::int64_t room = room_in_subrequests(settings);
  settings.wall_budget_ms -= spent_ms + room_in_time_ms(settings) / 2;
  // A suspect comes rarely: of what is left of a small budget its one claim goes first.
  settings.subrequest_budget = left - std::min(room, std::max<std::int64_t>(0, left - tick_least));
  return settings;
}

std::string missing_for_pushing(const Settings& settings) {
  std::string problems;
  // Restaurants may have accounts of their own; the others wait, and their account says why.
  if (settings.has_accounts_key) return problems;
  if (!settings.has_access_token) {
    complain(problems,
             "SQUARE_ACCESS_TOKEN: missing; set the secret with `wrangler secret put "
             "SQUARE_ACCESS_TOKEN` "
             "(for local work put it into .dev.vars)");
  }
  if (settings.location_id.empty()) {
    complain(problems,
             "SQUARE_LOCATION_ID: missing; set it under [vars] in wrangler.toml or in .dev.vars");
  }
  return problems;
}

}  // namespace pos
