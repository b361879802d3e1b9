#include "store/rows.hpp"

namespace pos::store {

json::Value Columns::value() {
  const json::Value current = next_;
  next_ = next_.next();
  return current;
}
std::string_view Columns::view() { return value().text(); }
std::string Columns::text() { return std::string(view()); }
std::int64_t Columns::integer() { return value().integer(); }

push::Ledger read_ledger(Columns& columns) {
  push::Ledger ledger;
  ledger.restaurant_id = columns.text();
  ledger.fingerprint = columns.text();
  ledger.square_version = columns.text();
  ledger.total = columns.integer();
  ledger.currency = columns.text();
  ledger.order_body = columns.text();
  ledger.payment_body = columns.text();
  ledger.first_sent_at = columns.integer();
  ledger.last_sent_at = columns.integer();
  ledger.in_doubt_since = columns.integer();
  ledger.look_because = columns.text();
  ledger.booked_at = columns.integer();
  ledger.external_order_id = columns.text();
  ledger.external_payment_id = columns.text();
  ledger.frozen = !ledger.order_body.empty();
  return ledger;
}

ClaimedRow read_claimed_row(json::Value row) {
  Columns columns(row);
  ClaimedRow claimed;
  claimed.claim_key = columns.text();
  claimed.now = columns.integer();
  claimed.order_id = columns.text();
  claimed.provider = columns.text();
  claimed.revision = columns.integer();
  claimed.restaurant_id = columns.text();
  claimed.status = columns.text();
  claimed.attempts = columns.integer();
  claimed.account = columns.text();
  claimed.location_id = columns.text();
  claimed.unknown_run = columns.integer();
  claimed.breaker_opens = columns.integer();
  claimed.ledger = read_ledger(columns);
  claimed.open_revision = columns.integer();
  claimed.later_revision = columns.integer();
  claimed.payload = columns.view();
  return claimed;
}

}  // namespace pos::store
