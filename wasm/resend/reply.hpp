// What a reply of Resend's, or its absence, says about a mail.
#pragma once

#include "net/outcome.hpp"
#include "net/reply.hpp"

namespace pos::resend {

/// Reads the reply to POST /emails (Resend, "Errors" and "Idempotency keys"):
///   accepted      2xx with the mail's id, a UUID, and no error beside it
///   rejected      400 or 422 in Resend's error format, with no mail's id beside it: a definite no
///   conflict      409 invalid_idempotent_request: the key stands for other bytes
///   throttled     429, with Retry-After if it says so
///   unauthorized  401 and 403, and whatever else says that the API key is invalid
///   unknown       all else: no reply, 5xx, 409 concurrent_idempotent_requests, a reply that cannot
///                 be read, a status that is not documented
[[nodiscard]] net::Outcome read_reply(const net::Reply& reply);

}  // namespace pos::resend
