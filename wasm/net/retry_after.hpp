// How long a server asks us to wait.
#pragma once

#include <cstdint>
#include <string_view>

namespace pos::net {

/// Longest wait that is believed: a day.
constexpr std::int64_t max_retry_after_ms = 24 * 60 * 60 * 1000;

/// A Retry-After header as a duration, at most max_retry_after_ms; -1 if it says nothing. A date
/// is measured against the same reply's Date header, because the core has no clock.
[[nodiscard]] std::int64_t retry_after_ms(std::string_view retry_after, std::string_view date);

}  // namespace pos::net
