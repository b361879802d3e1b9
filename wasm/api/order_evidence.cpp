#include "api/order_evidence.hpp"

#include "base/json/writer.hpp"
#include "store/rows.hpp"

namespace pos::api {

Evidence read_evidence(json::Value row) {
  store::Columns columns(row);
  Evidence evidence;
  QueueRow& active = evidence.active;
  QueueRow& last = evidence.last;
  std::int64_t known = 0;
  columns >> evidence.revision;
  columns >> active.id >> active.revision >> active.restaurant_id >> active.status >>
      active.payload;
  columns >> last.id >> last.restaurant_id >> last.status >> last.last_error >> last.payload;
  columns >> known;
  last.revision = evidence.revision;
  evidence.known = known != 0;
  store::read_ledger(columns, evidence.ledger);
  columns >> evidence.claim >> evidence.held_ms >> evidence.location_id >> evidence.open_revision >>
      evidence.newest_revision >> evidence.account >> evidence.token;
  return evidence;
}

std::string evidence_query(const std::string& order_id, const std::string& provider,
                           std::int64_t revision, const std::string* restaurant_id,
                           const std::string& external_order_id) {
  json::Writer out;
  out.begin_object().member("order_id", order_id).member("provider", provider);
  if (revision > 0) out.member("revision", revision);
  if (restaurant_id != nullptr) out.member("restaurant_id", *restaurant_id);
  out.member_if_any("external_order_id", external_order_id).end_object();
  return out.take();
}

}  // namespace pos::api
