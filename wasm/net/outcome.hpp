// What one request, or one look, taught us about the world. Three kinds matter: done, not done,
// unknown.
#pragma once

#include <cstdint>
#include <string>

namespace pos::net {

/// The outcome of one request of an order, or of a look for it. The numbers cross the ABI in
/// traces.
enum class Result : std::uint8_t {
  accepted = 0,      // the effect is there, with its id
  rejected = 1,      // a definite no
  throttled = 2,     // 429 / RATE_LIMITED: not proof that nothing happened
  unauthorized = 3,  // 401/403: says nothing about the effect of earlier requests
  unknown = 4,       // it may or may not have happened
  conflict = 5,      // the key is taken by another body
  not_sent = 6,      // fetch was never called

  // What a look has seen. A look that was refused is one of the above.
  found = 7,           // it stands, and is paid where that was asked for
  found_unpaid = 8,    // it stands, and its payment does not
  found_canceled = 9,  // it exists, and was canceled there
  several = 10,        // more than one of what must be one
  absent = 11,         // all pages were read, and it is on none of them
  unclear = 12,        // an answer that says neither yes nor no
  lookalikes = 13,     // nothing that is certainly ours, but something for a human to judge

  paid_elsewhere = 14,  // a definitive rejection of a payment: another payment has paid the order
};

struct Outcome {
  Result result = Result::unknown;
  std::string external_id;  // accepted, found: Square's id; of a payment that was refused, too
  std::string external_payment_id;  // found: of its payment
  bool total_differs = false;       // accepted or found, but with another total than the frozen one
  std::int64_t total = 0;           // what Square says
  std::string currency;             // what Square says
  /// Throttled: how long Square asks us to wait, -1 if it does not say (seconds form only; a date
  /// is turned into a duration by the shell-side Date header of the same reply, else -1).
  std::int64_t retry_after_ms = -1;
  /// The first error code that is not in our table, as it is counted; "" if there is none.
  std::string unknown_code;
  /// Unknown, but a 4xx in Square's own words: the account is not silent, it answers.
  bool answered = false;
  /// Unauthorized, but not in Square's words: who said so may stand behind an effect.
  bool may_have_happened = false;
  /// Unauthorized: nothing was sent, for the token was not to be had.
  bool without_credential = false;
  /// Unauthorized: a definite no to whatever this account asks for, by Square's words: a location,
  /// a setting or a contract, and not the order. Nothing came of this request.
  bool of_account = false;
  /// Rejected, or of_account: the code and the field, by which equal refusals are told from others.
  std::string refusal;
  std::string detail;  // code, status and words for the audit; never a secret

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

}  // namespace pos::net
