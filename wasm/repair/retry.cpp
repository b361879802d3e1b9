#include "repair/retry.hpp"

#include "base/field_errors.hpp"
#include "base/json/writer.hpp"
#include "base/text.hpp"
#include "runtime/http_answer.hpp"
#include "runtime/seal.hpp"
#include "runtime/text_field.hpp"

namespace pos::repair {
namespace {

using store::Statement;

constexpr std::uint32_t retry_rounds_most = 3;

// A claim that its owner has left is taken over by the next tick; before that it is unknown what
// it has sent.
constexpr std::int64_t abandoned_wait_seconds = 60;

constexpr Statement looking_for_repair[] = {Statement::repair_find};
constexpr Statement writing_retry[] = {Statement::repair_log_retried, Statement::repair_retry,
                                       Statement::repair_read_retried};

}  // namespace

void RepairRetry::start(io::Commands& out) {
  if (!request_.context.repair.has_seal_key) {
    runtime::problem(out, 503, runtime::seal_missing);
    return;
  }
  if (read_body(out)) look(out);
}

bool RepairRetry::read_body(io::Commands& out) {
  json::Document document;
  if (!document.parse(request_.body) || !document.root().is(json::Kind::object)) {
    return !runtime::problem(out, 400, "expected a JSON object");
  }
  FieldErrors findings;
  const json::Value body = document.root();
  for (json::Value each = body.first(); !each.is(json::Kind::missing); each = each.next()) {
    const std::string_view name = each.key();
    if (name == "target") {
      runtime::read_text(each, runtime::text_most, target_, findings);
    } else if (name == "actor") {
      runtime::read_text(each, runtime::text_most, actor_, findings);
    } else if (name == "reason") {
      runtime::read_text(each, runtime::text_most, reason_, findings);
    } else {
      findings.add(concat(name), "unknown field");
    }
  }
  if (target_.empty() && findings.empty()) {
    findings.add("target", "expected the id of the payment or of the order");
  }
  if (findings.empty()) return true;
  runtime::invalid(out, findings.take());
  return false;
}

std::string RepairRetry::query() const {
  json::Writer detail;
  detail.begin_object().member_if_any("role", request_.context.role);
  detail.member("reason", reason_).end_object();
  json::Writer out;
  out.begin_object().member("audit_id", request_.audit_id).member("target", target_);
  out.member("actor", actor_).member("detail", detail.text());
  out.member("quiet_ms", request_.context.settings.quiet_on_clock_ms()).end_object();
  return out.take();
}

void RepairRetry::look(io::Commands& out) {
  writing_ = false;
  dialogue_.ask(looking_for_repair, {}, query(), out);
}

void RepairRetry::write(io::Commands& out) {
  writing_ = true;
  dialogue_.ask(writing_retry, concat("op:", request_.context.id), query(), out);
}

void RepairRetry::step(const io::Input& input, io::Commands& out) {
  json::Value results;
  if (!dialogue_.answered(input, results, out)) return;
  if (!writing_) {
    if (!judge(results.first().first(), out)) write(out);
    return;
  }
  const json::Value row = results.at(2).first();
  if (row.present()) return answer(row, out);
  // A tick has taken it in between.
  if (++rounds_ < retry_rounds_most) return look(out);
  runtime::problem(out, 409, "the repair keeps changing; ask again", 1);
}

bool RepairRetry::judge(json::Value row, io::Commands& out) const {
  if (!row.present()) return runtime::problem(out, 404, "no such repair in this audit");
  const std::string_view state = row.at(0).text();
  const bool in_doubt = row.at(2).present();
  const bool is_held = row.at(3).integer() != 0;
  const std::int64_t held_ms = row.at(4).integer();
  if (is_held && held_ms > 0) {
    return runtime::problem(out, 409, "a worker holds this repair right now", held_ms / 1000 + 1);
  }
  if (is_held) {
    return runtime::problem(out, 409, "a worker went away with it; the next tick takes it over",
                            abandoned_wait_seconds);
  }
  if (state == "done") return runtime::problem(out, 409, "this repair is done");
  if (state == "pending") {
    return runtime::problem(out, 409, "Square has taken this refund; it is followed up by itself");
  }
  if (state == "stopped" || in_doubt) return false;
  return runtime::problem(out, 409, "this repair is due already", row.at(5).integer() / 1000 + 1);
}

void RepairRetry::answer(json::Value row, io::Commands& out) const {
  json::Writer body;
  body.begin_object().member("audit_id", request_.audit_id).member("target", target_);
  body.member("state", row.at(0).text()).member_boolean("in_doubt", row.at(1).present());
  body.member("generation", row.at(2).integer()).end_object();
  runtime::answer(out, 200, body);
}

}  // namespace pos::repair
