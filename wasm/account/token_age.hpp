// How old an access token may get before it is renewed.
#pragma once

#include <cstdint>

namespace pos::account {

/// Square, "OAuth API: Refresh, Revoke, and Limit the Scope of OAuth Tokens": renew access tokens
/// every 7 days or less. They expire after 30 days (ObtainToken), so several renewals may fail
/// before an order does.
constexpr std::int64_t token_age_ms = std::int64_t{7} * 24 * 3600 * 1000;

}  // namespace pos::account
