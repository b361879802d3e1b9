#include "audit/views/locations.hpp"

#include <algorithm>

#include "audit/row.hpp"
#include "base/field_errors.hpp"
#include "base/json/writer.hpp"
#include "base/text.hpp"
#include "runtime/http_answer.hpp"
#include "runtime/text_field.hpp"

namespace pos::audit {
namespace {

using json::Value;
using store::Statement;

// The audit and its places as they stand then are the last two.
constexpr Statement leaving_out[] = {Statement::audit_leave_out_log,
                                     Statement::audit_leave_out_count, Statement::audit_leave_out,
                                     Statement::audit_row, Statement::audit_places};
constexpr Statement putting_back[] = {Statement::audit_put_back_log,
                                      Statement::audit_put_back_count,
                                      Statement::audit_put_back_groups,
                                      Statement::audit_put_back,
                                      Statement::audit_row,
                                      Statement::audit_places};

}  // namespace

void AuditLocations::start(io::Commands& out) {
  if (!read_body(out)) return;
  json::Writer detail;
  detail.begin_object().member_if_any("role", request_.context.role);
  detail.member("reason", reason_).end_object();
  json::Writer query;
  query.begin_object().member("audit_id", request_.audit_id);
  query.member("location_id", request_.location_id);
  query.member("own_location", request_.context.settings.location_id);
  query.member("actor", actor_).member("reason", reason_);
  query.member("detail", detail.text()).end_object();
  const auto statements = leaves_out() ? std::span<const Statement>(leaving_out)
                                       : std::span<const Statement>(putting_back);
  dialogue_.ask(statements, concat("op:", request_.context.id), query.take(), out);
}

bool AuditLocations::read_body(io::Commands& out) {
  json::Document document;
  if (!document.parse(request_.body) || !document.root().is(json::Kind::object)) {
    return !runtime::problem(out, 400, "expected a JSON object");
  }
  FieldErrors findings;
  const Value body = document.root();
  for (Value each = body.first(); !each.is(json::Kind::missing); each = each.next()) {
    const std::string_view name = each.key();
    if (name == "actor") {
      runtime::read_text(each, runtime::text_most, actor_, findings);
    } else if (name == "reason") {
      runtime::read_text(each, runtime::text_most, reason_, findings);
    } else {
      findings.add(concat(name), "unknown field");
    }
  }
  if (findings.empty()) return true;
  runtime::invalid(out, findings.take());
  return false;
}

void AuditLocations::step(const io::Input& input, io::Commands& out) {
  Value results;
  if (dialogue_.answered(input, results, out)) answer(results, out);
}

// To ask for the same again changes nothing, and is answered with how it stands.
void AuditLocations::answer(Value results, io::Commands& out) const {
  const Value row = runtime::D1Exchange::last_of(results, 1).first();
  if (!row.present()) {
    runtime::problem(out, 404, "no such audit");
    return;
  }
  const AuditRow audit = read_audit(row);
  const std::vector<AuditPlace> places = read_places(runtime::D1Exchange::last_of(results));
  const auto place = std::find_if(places.begin(), places.end(), [this](const AuditPlace& each) {
    return each.location_id == request_.location_id;
  });
  if (place == places.end()) {
    runtime::problem(out, 404, concat("no place \"", request_.location_id, "\" in this audit"));
    return;
  }
  json::Writer body;
  body.begin_object().member("id", audit.id).member("state", audit.state()).key("fingerprint");
  const std::string fingerprint = fingerprint_of(audit, places);
  if (fingerprint.empty()) {
    body.null();
  } else {
    body.string(fingerprint);
  }
  body.key("place");
  write_place(body, *place);
  body.end_object();
  json::Writer line;
  line.begin_object().member("id", audit.id).member("location_id", place->location_id);
  line.member("actor", actor_).member_if_any("role", request_.context.role);
  line.member("reason", reason_).end_object();
  out.emplace_back(io::LogCommand{io::Level::info,
                                  leaves_out() ? "an operator left a place out of an audit"
                                               : "an operator put a place of an audit back",
                                  line.take()});
  runtime::answer(out, 200, body);
}

}  // namespace pos::audit
