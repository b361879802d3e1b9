#include "net/retry_after.hpp"

#include <algorithm>

#include "base/timestamp.hpp"

namespace pos::net {

namespace {

constexpr std::int64_t max_seconds = max_retry_after_ms / 1000;

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

/// -1 if the text is not all digits. Stops counting where the cap is passed.
std::int64_t whole_seconds(std::string_view text) {
  if (text.empty()) return -1;
  std::int64_t seconds = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return -1;
    seconds = std::min(seconds * 10 + (c - '0'), max_seconds);
  }
  return seconds;
}

}  // namespace

std::int64_t retry_after_ms(std::string_view retry_after, std::string_view date) {
  const std::string_view text = trimmed(retry_after);
  const std::int64_t seconds = whole_seconds(text);
  if (seconds >= 0) return seconds * 1000;
  const auto until = parse_http_date(text);
  const auto now = parse_http_date(trimmed(date));
  if (!until || !now) return -1;
  return std::clamp(*until - *now, std::int64_t{0}, max_seconds) * 1000;
}

}  // namespace pos::net
