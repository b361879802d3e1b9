// What one request taught us about the world. Three kinds matter: done, not done, unknown.
#pragma once

#include <cstdint>
#include <string>

namespace pos::push {

/// The outcome of one request of an order. The numbers cross the ABI in traces.
enum class Result : std::uint8_t {
  accepted = 0,      // the effect is there, with its id
  rejected = 1,      // a definite no
  throttled = 2,     // 429 / RATE_LIMITED: not proof that nothing happened
  unauthorized = 3,  // 401/403: says nothing about the effect of earlier requests
  unknown = 4,       // it may or may not have happened
  conflict = 5,      // the key is taken by another body
  not_sent = 6,      // fetch was never called
};

struct Outcome {
  Result result = Result::unknown;
  std::string external_id;     // accepted: Square's id
  bool total_differs = false;  // accepted, but with another total than the frozen one
  std::int64_t total = 0;      // accepted: what Square says
  std::string currency;        // accepted: what Square says
  /// Throttled: how long Square asks us to wait, -1 if it does not say (seconds form only; a date
  /// is turned into a duration by the shell-side Date header of the same reply, else -1).
  std::int64_t retry_after_ms = -1;
  bool unknown_code = false;  // an error code that is not in our table
  std::string detail;         // code, status and words for the audit; never a secret

  bool operator==(const Outcome&) const = default;
};

/// The outcome of a request that was never made.
[[nodiscard]] inline Outcome not_sent() {
  Outcome outcome;
  outcome.result = Result::not_sent;
  return outcome;
}

/// The word used in audit events: "accepted", "rejected", …
[[nodiscard]] const char* to_string(Result result);

}  // namespace pos::push
