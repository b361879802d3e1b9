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

void read_ledger(Columns& columns, push::Ledger& ledger) {
  std::int64_t total_differs = 0;
  columns >> ledger.restaurant_id >> ledger.fingerprint >> ledger.square_version >> ledger.total >>
      ledger.currency >> ledger.order_body >> ledger.payment_body >> ledger.first_sent_at >>
      ledger.last_sent_at >> ledger.in_doubt_since >> ledger.look_because >> ledger.absent_at >>
      ledger.booked_at >> ledger.external_order_id >> ledger.external_payment_id >> total_differs >>
      ledger.refused_at >> ledger.refusals;
  ledger.total_differs = total_differs != 0;
  ledger.frozen = !ledger.order_body.empty();
}

json::Value read_claimed_row(json::Value row, ClaimedRow& claimed) {
  Columns columns(row);
  Identity& identity = claimed.identity;
  columns >> claimed.claim_key >> claimed.now >> identity.order_id >> identity.provider >>
      identity.revision >> claimed.restaurant_id >> claimed.status >> claimed.attempts >>
      claimed.account_key >> claimed.location_id >> claimed.unknown_run >> claimed.breaker_opens >>
      claimed.token >> claimed.token_version >> claimed.pace >> claimed.refusal >>
      claimed.refusal_run >> claimed.refusal_began_at >> claimed.served_at;
  read_ledger(columns, claimed.ledger);
  columns >> claimed.open_revision >> claimed.later_revision >> claimed.replacements >>
      claimed.hints;
  return columns.value();
}

}  // namespace pos::store
