#include "audit/row.hpp"

#include "base/sha256.hpp"
#include "base/text.hpp"
#include "base/timestamp.hpp"
#include "store/rows.hpp"

namespace pos::audit {

using json::Value;
using store::Columns;

const char* AuditRow::state() const {
  if (!is_read()) return "reading";
  if (approved_at == 0) return "planned";
  return repairing ? "approved" : "repaired";
}

AuditRow read_audit(Value columns) {
  AuditRow audit;
  std::int64_t repairing = 0;
  Columns row(columns);
  row >> audit.id >> audit.provider >> audit.from_ms >> audit.to_ms >> audit.window_ms >>
      audit.edition >> audit.actor >> audit.why_again >> audit.approved_at >> audit.created_at >>
      audit.asked >> audit.places >> audit.places_done >> audit.places_left_out >> audit.amended >>
      audit.pages >> audit.orders >> audit.payments >> audit.groups >> repairing;
  audit.repairing = repairing != 0;
  return audit;
}

void write_audit(json::Writer& out, const AuditRow& audit) {
  json::Document asked;
  const bool cut = asked.parse(audit.asked) && asked.root()["to"].integer() > audit.to_ms;
  out.member("id", audit.id).member("provider", audit.provider);
  out.member("from", to_rfc3339(audit.from_ms));
  out.member("to", to_rfc3339(audit.to_ms));
  out.member("window_seconds", audit.window_ms / 1000).member("edition", audit.edition);
  out.array("notes");
  if (cut) {
    out.string("what was sold since `to` is left out: a search at Square may not show it yet");
  }
  if (audit.places_left_out != 0) {
    out.string(concat(audit.places_left_out, " of ", audit.places,
                      " places left out: nothing of them is in this plan; `places` says why"));
  }
  out.end_array().member_if_any("why_again", audit.why_again).member("state", audit.state());
  out.member_if_any("actor", audit.actor).member("created_at", audit.created_at);
  out.key("approved_at");
  if (audit.approved_at == 0) {
    out.null();
  } else {
    out.integer(audit.approved_at);
  }
}

void write_progress(json::Writer& out, const AuditRow& audit) {
  out.member("places", audit.places).member("places_done", audit.places_done);
  out.member("places_left_out", audit.places_left_out);
  out.member("pages", audit.pages).member("orders", audit.orders);
  out.member("payments", audit.payments).member("groups", audit.groups);
}

std::vector<AuditPlace> read_places(Value rows) {
  std::vector<AuditPlace> places;
  for (Value columns = rows.first(); columns.present(); columns = columns.next()) {
    AuditPlace& place = places.emplace_back();
    std::int64_t sells = 0;
    Columns row(columns);
    row >> place.location_id >> place.restaurant_id >> place.edition >> place.step >> place.name >>
        place.email >> place.language >> place.time_zone >> place.currency >> place.pages >>
        place.orders >> place.payments >> place.groups >> place.figures >> place.fingerprint >>
        place.notes >> place.attempts >> place.next_attempt_at >> place.last_error >>
        place.updated_at >> place.began_at >> place.account >> place.sealed >> sells >>
        place.failures >> place.failing_since >> place.refusals >> place.refused_since >>
        place.left_out_at >> place.left_out_by >> place.left_out_because;
    place.sells = sells != 0;
  }
  return places;
}

void write_place(json::Writer& out, const AuditPlace& place) {
  out.begin_object().member("restaurant_id", place.restaurant_id);
  out.member("location_id", place.location_id).member("name", place.name);
  out.member("email", place.email).member("language", place.language);
  out.member("time_zone", place.time_zone).member("currency", place.currency);
  out.member("step", place.step).member("pages", place.pages).member("orders", place.orders);
  out.member("payments", place.payments).member("groups", place.groups);
  out.key("figures").raw(place.figures).member("fingerprint", place.fingerprint).array("notes");
  std::string_view notes = place.notes;
  while (!notes.empty()) {
    const std::size_t end = notes.find('\n');
    out.string(notes.substr(0, end));
    notes.remove_prefix(end == std::string_view::npos ? notes.size() : end + 1);
  }
  out.end_array().member("attempts", place.attempts);
  out.member("next_attempt_at", place.next_attempt_at).member("last_error", place.last_error);
  out.member("failures", place.failures).member("failing_since", place.failing_since);
  out.member("refusals", place.refusals).member("refused_since", place.refused_since);
  if (place.left_out_at == 0) {
    out.key("left_out").null();
  } else {
    out.object("left_out").member("at", place.left_out_at).member("by", place.left_out_by);
    out.member("reason", place.left_out_because).end_object();
  }
  out.member("updated_at", place.updated_at).end_object();
}

std::string fingerprint_of(const AuditRow& audit, const std::vector<AuditPlace>& places) {
  if (!audit.is_read()) return {};
  std::string text = concat("edition ", audit.edition, "\n");
  for (const AuditPlace& each : places) {
    const std::string plan = each.left_out_at == 0 ? each.fingerprint : "left out";
    append(text, concat(each.location_id, " ", plan, "\n"));
  }
  return hex(sha256(text));
}

}  // namespace pos::audit
