#include "store/rows.hpp"

namespace pos::store {

json::Value Columns::value() {
  const json::Value current = next_;
  next_ = next_.next();
  return current;
}
Columns& Columns::operator>>(std::string& text) {
  text = value().text();
  return *this;
}
Columns& Columns::operator>>(std::int64_t& integer) {
  integer = value().integer();
  return *this;
}

push::Ledger read_ledger(Columns& columns) {
  push::Ledger ledger;
  columns >> ledger.restaurant_id >> ledger.fingerprint >> ledger.square_version >> ledger.total >>
      ledger.currency >> ledger.order_body >> ledger.payment_body >> ledger.first_sent_at >>
      ledger.last_sent_at >> ledger.in_doubt_since >> ledger.look_because >> ledger.booked_at >>
      ledger.external_order_id >> ledger.external_payment_id;
  ledger.frozen = !ledger.order_body.empty();
  return ledger;
}

ClaimedRow read_claimed_row(json::Value row) {
  Columns columns(row);
  ClaimedRow claimed;
  columns >> claimed.claim_key >> claimed.now >> claimed.order_id >> claimed.provider >>
      claimed.revision >> claimed.restaurant_id >> claimed.status >> claimed.attempts >>
      claimed.account >> claimed.location_id >> claimed.unknown_run >> claimed.breaker_opens;
  claimed.ledger = read_ledger(columns);
  columns >> claimed.open_revision >> claimed.later_revision;
  claimed.payload = columns.value().text();
  return claimed;
}

}  // namespace pos::store
