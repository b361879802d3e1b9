// How a command of a job ends. Every host of the unit tests speaks of it in these words.
#pragma once

namespace world {

enum class RequestFault {
  none,               // done, and said so
  lost,               // done, but the answer says it failed (D1) or never came (a timeout)
  failed,             // not done, and the answer is the same as for `lost`
  server_error,       // 500 with the effect
  refused,            // a definitive rejection without the effect
  torn,               // 200 with the effect, and half of its body
  throttled,          // 429 without the effect
  throttled_applied,  // 429 with the effect
  unauthorized,       // 401, of Resend 403
  unseen_code,        // Square: 400 with the effect, and a code that is in no table
  busy,               // Resend: 409 concurrent_idempotent_requests
  other_bytes,        // Resend: 409 invalid_idempotent_request
};

}  // namespace world
