#include "repair/audit_listing.hpp"

#include "door/answer.hpp"
#include "json/writer.hpp"
#include "repair/audit_row.hpp"

namespace pos::repair {
namespace {

constexpr store::Statement listing[] = {store::Statement::audit_list};

}  // namespace

void AuditListing::start(io::Commands& out) { dialogue_.ask(listing, {}, {}, out); }

void AuditListing::step(const io::Input& input, io::Commands& out) {
  json::Value results;
  if (!dialogue_.answered(input, results, out)) return;
  json::Writer body;
  body.begin_object().array("audits");
  const json::Value rows = results.first();
  for (json::Value row = rows.first(); row.present(); row = row.next()) {
    const AuditRow audit = read_audit(row);
    body.begin_object();
    write_audit(body, audit);
    body.object("progress");
    write_progress(body, audit);
    body.end_object().end_object();
  }
  body.end_array().end_object();
  door::answer(out, 200, body);
}

}  // namespace pos::repair
