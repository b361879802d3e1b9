#include "door/evidence.hpp"

#include "json/writer.hpp"
#include "store/rows.hpp"

namespace pos::door {

Evidence read_evidence(json::Value row) {
  store::Columns columns(row);
  Evidence evidence;
  evidence.revision = columns.integer();
  evidence.active.id = columns.integer();
  evidence.active.revision = columns.integer();
  evidence.active.restaurant_id = columns.text();
  evidence.active.status = columns.text();
  evidence.active.payload = columns.text();
  evidence.last.id = columns.integer();
  evidence.last.restaurant_id = columns.text();
  evidence.last.status = columns.text();
  evidence.last.last_error = columns.text();
  evidence.last.payload = columns.text();
  evidence.last.revision = evidence.revision;
  evidence.known = columns.integer() != 0;
  evidence.ledger = store::read_ledger(columns);
  evidence.claim = columns.text();
  evidence.held_ms = columns.integer();
  evidence.location_id = columns.text();
  evidence.open_revision = columns.integer();
  evidence.newest_revision = columns.integer();
  return evidence;
}

std::string evidence_query(const std::string& order_id, const std::string& provider,
                           std::int64_t revision, const std::string* restaurant_id) {
  json::Writer out;
  out.begin_object().member("order_id", order_id).member("provider", provider);
  if (revision > 0) out.member("revision", revision);
  if (restaurant_id != nullptr) out.member("restaurant_id", *restaurant_id);
  out.end_object();
  return out.take();
}

}  // namespace pos::door
