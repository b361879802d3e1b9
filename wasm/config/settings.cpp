#include "config/settings.hpp"

#include <array>
#include <charconv>
#include <string_view>

namespace pos {
namespace {

using Problems = std::vector<std::string>;

void complain(Problems& problems, std::string_view name, std::string_view expected,
              std::string_view got) {
  std::string line(name);
  line.append(": expected ").append(expected).append(", got \"").append(got).append("\"");
  problems.push_back(std::move(line));
}

/// The spelling of a variable, whether it was declared as a text or as a number; "" if absent.
std::string spelling(json::Value value) {
  if (value.is(json::Kind::integer)) {
    std::array<char, 24> digits{};
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value.integer());
    return {digits.data(), end.ptr};
  }
  return std::string(value.text());
}

bool all_digits(std::string_view text) {
  for (const char c : text) {
    if (c < '0' || c > '9') return false;
  }
  return !text.empty();
}

/// Seconds with at most three fraction digits, as milliseconds; -1 if it is no such number.
std::int64_t milliseconds(std::string_view text) {
  const std::size_t dot = text.find('.');
  const std::string_view whole = text.substr(0, dot);
  std::string fraction(dot == std::string_view::npos ? "" : text.substr(dot + 1));
  if (!all_digits(whole) || whole.size() > 9) return -1;
  if (dot != std::string_view::npos && (!all_digits(fraction) || fraction.size() > 3)) return -1;
  fraction.resize(3, '0');
  std::int64_t seconds = 0;
  std::int64_t thousandths = 0;
  std::from_chars(whole.data(), whole.data() + whole.size(), seconds);
  std::from_chars(fraction.data(), fraction.data() + fraction.size(), thousandths);
  return seconds * 1000 + thousandths;
}

void read_seconds(json::Value variables, std::string_view name, std::int64_t& target,
                  Problems& problems) {
  const std::string text = spelling(variables[name]);
  if (text.empty()) return;
  const std::int64_t value = milliseconds(text);
  if (value < 0) {
    complain(problems, name, "seconds with at most three fraction digits", text);
  } else {
    target = value;
  }
}

void read_count(json::Value variables, std::string_view name, std::int64_t least, std::int64_t most,
                std::int64_t& target, Problems& problems) {
  const std::string text = spelling(variables[name]);
  if (text.empty()) return;
  std::int64_t value = -1;
  if (all_digits(text) && text.size() <= 9) {
    std::from_chars(text.data(), text.data() + text.size(), value);
  }
  if (value < least || value > most) {
    complain(problems, name,
             "an integer from " + std::to_string(least) + " to " + std::to_string(most), text);
  } else {
    target = value;
  }
}

bool is_loopback(std::string_view host) {
  if (host == "localhost" || host == "[::1]") return true;
  if (host.substr(0, 4) != "127.") return false;
  int dots = 0;
  for (const char c : host) {
    if (c == '.') ++dots;
    if (c != '.' && (c < '0' || c > '9')) return false;
  }
  return dots == 3;
}

bool is_host_text(std::string_view host) {
  for (const char c : host) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (!plain && c != '.' && c != '-' && c != ':' && c != '[' && c != ']') return false;
  }
  return !host.empty();
}

/// The host of an origin without its port; an IPv6 address keeps its brackets.
std::string_view host_of(std::string_view authority) {
  if (!authority.empty() && authority.front() == '[') {
    return authority.substr(0, authority.find(']') + 1);
  }
  return authority.substr(0, authority.find(':'));
}

void read_base_url(json::Value variables, std::string& target, Problems& problems) {
  std::string text = spelling(variables["SQUARE_BASE_URL"]);
  if (text.empty()) return;
  if (text.back() == '/') text.pop_back();
  const bool https = text.rfind("https://", 0) == 0;
  const bool http = text.rfind("http://", 0) == 0;
  const std::string_view authority = std::string_view(text).substr(https ? 8 : http ? 7 : 0);
  if ((!https && !http) || !is_host_text(authority)) {
    complain(problems, "SQUARE_BASE_URL",
             "an origin such as https://connect.squareup.com, without a path", text);
    return;
  }
  if (http && !is_loopback(host_of(authority))) {
    complain(problems, "SQUARE_BASE_URL", "https, for the host is not loopback", text);
    return;
  }
  target = std::move(text);
}

bool is_date(std::string_view text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return false;
  return all_digits(text.substr(0, 4)) && all_digits(text.substr(5, 2)) &&
         all_digits(text.substr(8, 2));
}

void check_consistency(const Settings& s, Problems& problems) {
  if (s.push_timeout_ms == 0) problems.emplace_back("PUSH_TIMEOUT_SECONDS: expected more than 0");
  if (s.lease_ms < s.wall_budget_ms + s.push_timeout_ms + s.quiet_ms + s.clock_step_ms) {
    problems.emplace_back(
        "LEASE_SECONDS: expected at least WALL_BUDGET_SECONDS + PUSH_TIMEOUT_SECONDS + "
        "QUIET_SECONDS + CLOCK_STEP_SECONDS, so that no request can land after its lease");
  }
  if (s.quiet_ms <= s.push_timeout_ms) {
    problems.emplace_back("QUIET_SECONDS: expected more than PUSH_TIMEOUT_SECONDS");
  }
  if (s.dedupe_window_ms <= s.lease_ms) {
    problems.emplace_back("DEDUPE_WINDOW_SECONDS: expected more than LEASE_SECONDS");
  }
  if (s.retry_cap_ms < s.retry_base_ms) {
    problems.emplace_back("RETRY_CAP_SECONDS: expected at least RETRY_BASE_SECONDS");
  }
}

}  // namespace

std::vector<std::string> read_settings(json::Value variables, bool has_token, Settings& settings) {
  Problems problems;
  settings.has_access_token = has_token;
  settings.location_id = spelling(variables["SQUARE_LOCATION_ID"]);
  read_base_url(variables, settings.base_url, problems);
  const std::string version = spelling(variables["SQUARE_VERSION"]);
  if (!version.empty()) {
    if (is_date(version)) {
      settings.square_version = version;
    } else {
      complain(problems, "SQUARE_VERSION", "a date as YYYY-MM-DD", version);
    }
  }

  read_count(variables, "BATCH_SIZE", 1, 500, settings.batch_size, problems);
  read_count(variables, "CONCURRENCY", 1, 6, settings.concurrency, problems);
  read_count(variables, "MAX_ATTEMPTS", 1, 1000, settings.max_attempts, problems);
  read_count(variables, "SUBREQUEST_BUDGET", 10, 10'000'000, settings.subrequest_budget, problems);
  read_seconds(variables, "PUSH_TIMEOUT_SECONDS", settings.push_timeout_ms, problems);
  read_seconds(variables, "LEASE_SECONDS", settings.lease_ms, problems);
  read_seconds(variables, "QUIET_SECONDS", settings.quiet_ms, problems);
  read_seconds(variables, "CLOCK_STEP_SECONDS", settings.clock_step_ms, problems);
  read_seconds(variables, "RETRY_BASE_SECONDS", settings.retry_base_ms, problems);
  read_seconds(variables, "RETRY_CAP_SECONDS", settings.retry_cap_ms, problems);
  read_seconds(variables, "DEDUPE_WINDOW_SECONDS", settings.dedupe_window_ms, problems);
  read_seconds(variables, "SETTLE_DELAY_SECONDS", settings.settle_delay_ms, problems);
  read_seconds(variables, "WALL_BUDGET_SECONDS", settings.wall_budget_ms, problems);
  if (problems.empty()) check_consistency(settings, problems);
  return problems;
}

std::vector<std::string> missing_for_pushing(const Settings& settings) {
  Problems problems;
  if (!settings.has_access_token) {
    problems.emplace_back(
        "SQUARE_ACCESS_TOKEN: missing; set the secret with `wrangler secret put "
        "SQUARE_ACCESS_TOKEN` "
        "(for local work put it into .dev.vars)");
  }
  if (settings.location_id.empty()) {
    problems.emplace_back(
        "SQUARE_LOCATION_ID: missing; set it under [vars] in wrangler.toml or in .dev.vars");
  }
  return problems;
}

}  // namespace pos
