// Resend's contract: the request that sends one mail, and what its replies mean.
#pragma once

#include <string>
#include <string_view>

#include "io/command.hpp"

namespace pos::resend {

/// How long Resend remembers an idempotency key ("Idempotency keys": 24 hours).
constexpr std::int64_t key_memory_ms = 24LL * 60 * 60 * 1000;

/// The request that sends the mail of these frozen bytes, under this key (at most 256 characters).
[[nodiscard]] io::FetchCommand send_email(std::string_view base_url, std::string_view key,
                                          std::string_view frozen);

}  // namespace pos::resend
