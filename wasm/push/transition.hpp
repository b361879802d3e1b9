// THE table: what each outcome of a request, or of a look, means for its order. It is total; what
// is not in here cannot happen to an order.
//
// An order that is being pushed is sending or looking. Which state it starts in is evidence
// (decision.hpp); the table moves it on. "In doubt" means that an older request of this identity
// may have taken effect without our knowing. A look only reads; its state says why it is made,
// because that is what decides what it means to find nothing.
#pragma once

#include <cstdint>

#include "net/outcome.hpp"

namespace pos::push {

/// The request that an order is about to make or has made, or why it is looked for.
enum class State : std::uint8_t {
  ordering = 0,           // CreateOrder, nothing in doubt
  ordering_in_doubt = 1,  // the same bytes under the same key, once more
  paying = 2,             // the order stands; CreatePayment, nothing in doubt
  paying_in_doubt = 3,

  // Nobody knows whether an order of ours stands at the provider.
  looking = 4,           // the provider may have forgotten the key by now
  looking_conflict = 5,  // the key is taken by another body
  looking_rejected = 6,  // a definite no, but perhaps to the second of two requests
  looking_attempts = 7,  // it was tried often enough
  looking_cancel = 8,    // an operator wants it canceled
  looking_keyless = 9,   // an older pusher may have sent it, without any key of ours
  looking_keyless_cancel = 10,

  // Our order exists; whether it is paid is unknown.
  looking_payment = 11,
  looking_payment_conflict = 12,
  looking_payment_rejected = 13,
  looking_payment_attempts = 14,
  looking_payment_cancel = 15,
};
constexpr std::uint8_t state_count = 16;

[[nodiscard]] constexpr bool is_looking(State state) { return state >= State::looking; }
[[nodiscard]] constexpr bool is_ordering(State state) {
  return state == State::ordering || state == State::ordering_in_doubt;
}

/// An outcome, with "accepted, but Square makes another total of it" set apart, and "absent" by
/// what it proves (absence() in decision.hpp).
enum class Event : std::uint8_t {
  accepted = 0,
  total_differs = 1,
  rejected = 2,
  throttled = 3,
  unauthorized = 4,
  unknown = 5,
  conflict = 6,
  not_sent = 7,
  found = 8,
  found_unpaid = 9,
  found_canceled = 10,
  several = 11,
  absent_early = 12,  // a booking could still be missing from the search
  absent_once = 13,   // the first of two looks that count
  absent = 14,        // the second: proven
  unclear = 15,
  lookalikes = 16,
  paid_elsewhere = 17,  // our payment was refused, and the order is paid by another one
};
constexpr std::uint8_t event_count = 18;

/// What the order does next.
enum class Next : std::uint8_t {
  impossible = 0,  // a defect: said aloud; the driver then takes the outcome for unknown
  pay = 1,         // go on to the payment, or be booked where none is asked for
  booked = 2,
  retry = 3,      // `failed`, again after a while
  give_back = 4,  // as it was
  dead = 5,       // in front of a human
  adopt = 6,      // it stands: due at once, to go on where it stopped
};

/// The first word of a dead row's last_error (public contract).
enum class Code : std::uint8_t {
  none = 0,
  rejected = 1,
  total_mismatch = 2,
  payment_rejected = 3,
  key_conflict = 4,
  unknown_outcome = 5,
  duplicate_at_provider = 6,
  content_differs = 7,
  order_id_collision = 8,
  attempts_exhausted = 9,
  earlier_revision_open = 10,
  canceled = 11,
  duplicate_row = 12,
  paid_elsewhere = 13,
};

enum class Doubt : std::uint8_t { keep = 0, set = 1, clear = 2 };

/// Why an order has to be looked for at the provider before anything else (ledger.look_because).
enum class Look : std::uint8_t {
  none = 0,  // in the table: leaves the reason as it is
  conflict = 1,
  rejected = 2,
  attempts = 3,
  cancel = 4,
  keyless = 5,
  window = 6,   // no reason but the time that has passed; stands in the ledger as ""
  account = 7,  // its account was refused, and under its key Square may say so for ever
};

/// What an outcome says about the account it was made with.
enum class Account : std::uint8_t {
  nothing = 0,
  alive = 1,         // answered and let us in: ends a run of unknowns
  silent = 2,        // one more unknown in a row
  throttled = 3,     // pauses until Retry-After
  unauthorized = 4,  // pauses until the token is replaced
  refused = 5,       // refuses lookups: pauses for a while
};

struct Transition {
  Next next = Next::impossible;
  Code code = Code::none;
  Doubt doubt = Doubt::keep;
  Look look = Look::none;
  bool burns_attempt = false;
  Account account = Account::nothing;

  bool operator==(const Transition&) const = default;
};

/// What it means that an order is refused with its account, although the account has served others
/// since it was refused before: an attempt, for this order may be what Square refuses. It takes the
/// place of the cell for `unauthorized`.
[[nodiscard]] const Transition& refused_again();

[[nodiscard]] Event event_of(const net::Outcome& outcome);
[[nodiscard]] const Transition& transition(State state, Event event);

[[nodiscard]] const char* to_string(State state);
[[nodiscard]] const char* to_string(Event event);
[[nodiscard]] const char* to_string(Next next);
[[nodiscard]] const char* to_string(Code code);
[[nodiscard]] const char* to_string(Look look);

}  // namespace pos::push
