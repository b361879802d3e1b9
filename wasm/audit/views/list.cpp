#include "audit/views/list.hpp"

#include "audit/row.hpp"
#include "base/json/writer.hpp"
#include "base/text.hpp"
#include "runtime/http_answer.hpp"

namespace pos::audit {
namespace {

constexpr store::Statement listing[] = {store::Statement::audit_list};

constexpr std::int64_t page = 100;
// Behind the columns of an audit: how many rows the page would have had without its limit in bytes.
constexpr std::size_t page_rows_at = 20;

}  // namespace

void ListAudits::start(io::Commands& out) {
  std::string_view after_id = request_.cursor;
  const std::string_view after_at = take_word(after_id);
  json::Writer query;
  query.begin_object();
  if (!request_.cursor.empty()) {
    const std::int64_t at = number_of(after_at);
    if (at < 0 || after_id.empty()) {
      runtime::problem(out, 422, "cursor: expected the cursor of an earlier answer");
      return;
    }
    query.member("after_at", at).member("after_id", after_id);
  }
  query.end_object();
  dialogue_.ask(listing, {}, query.take(), out);
}

void ListAudits::step(const io::Input& input, io::Commands& out) {
  json::Value results;
  if (!dialogue_.answered(input, results, out)) return;
  json::Writer body;
  body.begin_object().array("audits");
  const json::Value rows = results.first();
  AuditRow audit;
  for (json::Value row = rows.first(); row.present(); row = row.next()) {
    audit = read_audit(row);
    body.begin_object();
    write_audit(body, audit);
    body.object("progress");
    write_progress(body, audit);
    body.end_object().end_object();
  }
  body.end_array().key("cursor");
  const auto shown = static_cast<std::int64_t>(rows.size());
  if (shown == page || rows.at(rows.size() - 1).at(page_rows_at).integer() > shown) {
    body.string(concat(audit.created_at, " ", audit.id));
  } else {
    body.null();
  }
  body.end_object();
  runtime::answer(out, 200, body);
}

}  // namespace pos::audit
