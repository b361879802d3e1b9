// What a claimed order does first. Evidence decides, never the row's status: a person who sets a
// row back to pending, deletes it or enqueues the order again does not erase what the ledger knows.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "push/transition.hpp"

namespace pos::push {

/// What the ledger says of one identity. Times are Unix milliseconds of D1; 0 stands for NULL.
struct Ledger {
  std::string restaurant_id;
  std::string fingerprint;  // "" where it was adopted from an older queue
  std::string square_version;
  std::int64_t total = 0;
  std::string currency;
  std::string order_body;
  std::string payment_body;  // "" where no payment is asked for
  bool frozen = false;
  std::int64_t first_sent_at = 0;
  std::int64_t last_sent_at = 0;
  std::int64_t in_doubt_since = 0;
  std::string look_because;
  std::int64_t absent_at = 0;  // when a first complete look had found nothing
  std::int64_t booked_at = 0;
  std::string external_order_id;
  std::string external_payment_id;
  bool total_differs = false;  // Square makes another total of the order that stands there
  /// When what is frozen was refused for good, with nothing in doubt: nothing of it stands, and
  /// nothing of it was sent since. 0 if that is not so.
  std::int64_t refused_at = 0;
  std::int64_t refusals = 0;  // how often it was frozen once more behind a refusal

  [[nodiscard]] bool in_doubt() const { return in_doubt_since != 0; }
  bool operator==(const Ledger&) const = default;
};

/// The queue's side of a claimed order.
struct Asked {
  std::string_view restaurant_id;
  std::string_view fingerprint;  // "" where the payload cannot be read
  std::int64_t attempts = 0;
  std::int64_t open_revision = 0;   // an earlier revision that is not at rest, 0 for none
  std::int64_t later_revision = 0;  // a later revision that is known, 0 for none
};

struct Limits {
  std::int64_t now = 0;  // of the claim, on D1's clock
  std::int64_t lease_ms = 0;
  std::int64_t dedupe_window_ms = 0;
  std::int64_t quiet_ms = 0;  // with the clock step, as settle_delay_ms
  std::int64_t settle_delay_ms = 0;
  std::int64_t max_attempts = 0;
};

enum class Step : std::uint8_t {
  recognise = 0,  // booked already: success with the same ids
  content_differs = 1,
  order_id_collision = 2,
  earlier_revision_open = 3,
  superseded = 4,  // a later revision exists
  look = 5,        // nothing may be sent before a lookup at the provider
  attempts_exhausted = 6,
  freeze = 7,
  total_differs = 8,  // the order stands with another total, and no payment is due
  order = 9,
  pay = 10,
  canceled = 11,  // an operator has asked for it, and nothing of it can stand
};

struct Decision {
  Step step = Step::look;
  State state = State::ordering;  // with Step::order, Step::pay and Step::look
  bool content_differs = false;   // what is frozen is not what this row asks for: never `success`

  bool operator==(const Decision&) const = default;
};

/// The first rule that applies, in the order of the list in docs/order-lifecycle.md.
[[nodiscard]] Decision decide(const Ledger& ledger, const Asked& asked, const Limits& limits);

/// What it proves that a complete look, begun at `limits.now` or later, has found nothing:
/// absent_early, absent_once or absent. Two looks prove it. The first counts from when the last
/// request has landed and shows in a search, the second from a settle delay behind the first.
[[nodiscard]] Event absence(const Ledger& ledger, const Limits& limits);

/// How long after `limits.now` the next look can prove more than this one.
[[nodiscard]] std::int64_t next_look_in_ms(const Ledger& ledger, const Limits& limits);

}  // namespace pos::push
