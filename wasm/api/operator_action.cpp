#include "api/operator_action.hpp"

#include <span>
#include <utility>

#include "account/binding.hpp"
#include "base/json/writer.hpp"
#include "base/text.hpp"
#include "identity/fingerprint.hpp"
#include "runtime/http_answer.hpp"
#include "runtime/text_field.hpp"
#include "square/field.hpp"
#include "square/provider.hpp"

namespace pos::api {
namespace {

using store::Statement;

constexpr std::uint32_t looks_most = 3;

constexpr Statement evidence_of_order[] = {Statement::order_evidence};
constexpr Statement evidence_of_mark[] = {Statement::order_evidence, Statement::undo_look};
constexpr Statement evidence_of_done[] = {Statement::order_evidence, Statement::done_elsewhere};
constexpr Statement replaying[] = {Statement::operator_line, Statement::replay_ledger,
                                   Statement::replay_row, Statement::operator_read};
constexpr Statement canceling[] = {Statement::operator_line, Statement::cancel_row,
                                   Statement::operator_read};
constexpr Statement asking_to_cancel[] = {Statement::operator_line, Statement::cancel_ledger,
                                          Statement::cancel_due, Statement::operator_read};
constexpr Statement marking_done[] = {Statement::done_line, Statement::done_ledger,
                                      Statement::done_row, Statement::operator_read};
constexpr Statement undoing[] = {Statement::operator_line, Statement::undo_ledger,
                                 Statement::undo_row, Statement::operator_read};

// Requests have numbers of their own beside those of the dialogue with D1.
constexpr io::CommandId first_request = 1'000'000;

const char* const forced = "; with \"force\": true it is marked all the same";

// An abandoned claim is marked by the next tick; before that, what it has sent is unknown.
constexpr std::int64_t abandoned_wait_seconds = 60;

const QueueRow& target_of(const Evidence& evidence) {
  const bool active = evidence.active.id != 0 && evidence.active.revision == evidence.revision;
  return active ? evidence.active : evidence.last;
}

std::span<const Statement> evidence_for(Route route) {
  if (route == Route::undo_mark_done) return evidence_of_mark;
  if (route == Route::mark_done) return evidence_of_done;
  return evidence_of_order;
}

std::span<const Statement> statements_of(Route route, bool must_look) {
  if (route == Route::replay) return replaying;
  if (route == Route::undo_mark_done) return undoing;
  if (route != Route::cancel) return marking_done;
  if (must_look) return asking_to_cancel;
  return canceling;
}

const char* event_of(Route route, bool must_look) {
  if (route == Route::replay) return "replayed";
  if (route == Route::cancel) return must_look ? "cancel_asked" : "canceled";
  return route == Route::undo_mark_done ? "mark_undone" : "marked_done";
}

const char* status_after(Route route, bool must_look) {
  if (route == Route::replay) return "pending";
  if (route == Route::cancel) return must_look ? "failed" : "dead";
  return "success";
}

}  // namespace

void OperatorAction::start(io::Commands& out) {
  if (read_body(out)) look(out);
}

void OperatorAction::look(io::Commands& out) {
  writing_ = false;
  dialogue_.ask(evidence_for(request_.route), {},
                evidence_query(request_.order_id, request_.provider, request_.revision, nullptr,
                               external_order_id_),
                out);
}

bool OperatorAction::read_body(io::Commands& out) {
  json::Document document;
  if (!document.parse(request_.body.empty() ? std::string_view("{}") : request_.body) ||
      !document.root().is(json::Kind::object)) {
    return !runtime::problem(out, 400, "expected a JSON object, or no body at all");
  }
  FieldErrors findings;
  const bool done = request_.route == Route::mark_done;
  const json::Value body = document.root();
  for (json::Value each = body.first(); !each.is(json::Kind::missing); each = each.next()) {
    const std::string_view name = each.key();
    if (name == "actor") {
      runtime::read_text(each, runtime::text_most, actor_, findings);
    } else if (name == "reason") {
      runtime::read_text(each, runtime::text_most, reason_, findings);
    } else if (done && name == "external_order_id") {
      runtime::read_text(each, runtime::text_most, external_order_id_, findings);
    } else if (done && name == "external_payment_id") {
      runtime::read_text(each, runtime::text_most, external_payment_id_, findings);
    } else if (done && name == "force") {
      if (each.is(json::Kind::boolean)) {
        force_ = each.boolean();
      } else {
        findings.add("force", "expected true or false");
      }
    } else {
      findings.add(concat(name), "unknown field");
    }
  }
  if (done && external_order_id_.empty() && findings.empty()) {
    findings.add("external_order_id", "expected the id of the order at the provider");
  }
  if (request_.route == Route::undo_mark_done && reason_.empty() && findings.empty()) {
    findings.add("reason", "expected why the mark is undone");
  }
  if (findings.empty()) return true;
  runtime::invalid(out, findings.take());
  return false;
}

void OperatorAction::step(const io::Input& input, io::Commands& out) {
  if (asked_ != 0) return hear_square(input, out);
  json::Value results;
  if (!dialogue_.answered(input, results, out)) return;
  if (writing_) {
    const json::Value line = runtime::D1Exchange::last_of(results).first();
    if (line.at(0).integer() != 0) {
      done(revision_, out);
    } else if (++rounds_ < looks_most) {
      look(out);
    } else {
      runtime::problem(out, 409, "the order keeps changing; ask again", 1);
    }
    return;
  }
  const Evidence evidence = read_evidence(results.first().first());
  must_look_ = request_.route == Route::cancel && may_be_booked(evidence);
  if (judge(evidence, out)) return;
  if (request_.route == Route::undo_mark_done &&
      judge_undo(target_of(evidence), evidence.ledger, results.at(1).first(), out)) {
    return;
  }
  if (request_.route == Route::mark_done && is_taken(results.at(1).first(), out)) return;
  const bool asks = request_.route == Route::mark_done && !force_ && !checked_;
  if (asks) return ask_square(evidence, out);
  write(evidence, out);
}

// Answers if something stands against the change, or if there is nothing to change.
bool OperatorAction::judge(const Evidence& evidence, io::Commands& out) const {
  const QueueRow& row = target_of(evidence);
  if (row.id == 0) return runtime::problem(out, 404, "no such order in the queue");
  if (evidence.claim == "held") {
    return runtime::problem(out, 409, "a worker holds this order right now",
                            evidence.held_ms / 1000 + 1);
  }
  if (evidence.claim == "abandoned" && !must_look_) {
    return runtime::problem(out, 409,
                            "a worker went away with this order; the next tick takes it over",
                            abandoned_wait_seconds);
  }
  if (evidence.active.id != 0 && evidence.active.id != row.id) {
    return runtime::problem(
        out, 409,
        concat("another row of this order is active, revision ", evidence.active.revision));
  }
  if (request_.route == Route::mark_done) return judge_done(evidence, out);
  if (request_.route == Route::undo_mark_done) return false;
  if (request_.route == Route::cancel) return judge_cancel(row, evidence.ledger, out);
  return row.status == "success" && runtime::problem(out, 409, "this order is booked");
}

// The crashed worker may have sent it, and no line says so yet.
bool OperatorAction::may_be_booked(const Evidence& evidence) const {
  return evidence.ledger.booked_at == 0 &&
         (evidence.ledger.in_doubt() || evidence.claim == "abandoned");
}

bool OperatorAction::judge_cancel(const QueueRow& row, const push::Ledger& ledger,
                                  io::Commands& out) const {
  if (row.status == "success") {
    return runtime::problem(out, 409, "this order is booked; refund it at the provider");
  }
  if (must_look_) return false;
  if (row.status == "dead") {
    return runtime::problem(out, 409, concat("this order is dead already: ", row.last_error));
  }
  if (ledger.external_order_id.empty()) return false;
  return runtime::problem(out, 409,
                          concat("order ", ledger.external_order_id, " stands at the provider"));
}

bool OperatorAction::judge_done(const Evidence& evidence, io::Commands& out) const {
  const push::Ledger& ledger = evidence.ledger;
  const std::string& order = ledger.external_order_id;
  const std::string& payment = ledger.external_payment_id;
  const bool same = order == external_order_id_ &&
                    (external_payment_id_.empty() || payment == external_payment_id_);
  if (ledger.booked_at != 0) {
    if (same) return done(evidence.revision, out);
    return runtime::problem(
        out, 409,
        concat("this order is booked as ", order, payment.empty() ? "" : ", paid by ", payment,
               "; if that was marked by mistake, undo the mark first"));
  }
  if (force_ || same || order.empty()) return false;
  if (order != external_order_id_) {
    return runtime::problem(out, 409, concat("the ledger knows this order as ", order, forced));
  }
  return !payment.empty() &&
         runtime::problem(out, 409, concat("the ledger knows the payment as ", payment, forced));
}

// One sale that two of our orders are marked as is the sale of one of them; the other one is lost.
bool OperatorAction::is_taken(json::Value elsewhere, io::Commands& out) const {
  if (force_ || !elsewhere.present()) return false;
  return runtime::problem(
      out, 409,
      concat("order ", external_order_id_, " is what \"", elsewhere.at(0).text(), "\", revision ",
             elsewhere.at(1).integer(), ", is marked done as", forced));
}

// The mark must be there, and must be what the ledger says still.
bool OperatorAction::judge_undo(const QueueRow& row, const push::Ledger& ledger, json::Value mark,
                                io::Commands& out) {
  if (!mark.present())
    return runtime::problem(out, 409, "this order was not marked done by an operator");
  if (mark.at(3).integer() != 0) return runtime::problem(out, 409, "the mark is undone already");
  mark_line_ = mark.at(0).integer();
  status_before_ = mark.at(1).text();
  if (status_before_.empty()) {
    return runtime::problem(out, 409, "its mark does not say what was known before");
  }
  if (row.status != "success" || ledger.external_order_id != mark.at(2).text()) {
    return runtime::problem(out, 409, "this order has changed since it was marked done");
  }
  return false;
}

// What is frozen says where the order is sold and what it comes to; else its row and its account
// do.
void OperatorAction::ask_square(const Evidence& evidence, io::Commands& out) {
  const QueueRow& row = target_of(evidence);
  const push::Ledger& ledger = evidence.ledger;
  const Settings& settings = request_.settings;
  json::Document body;
  meant_.order_id = request_.order_id;
  meant_.external_order_id = external_order_id_;
  meant_.external_payment_id = external_payment_id_;
  meant_.location_id = evidence.location_id.empty() ? settings.location_id : evidence.location_id;
  if (ledger.frozen) {
    if (body.parse(ledger.order_body)) {
      meant_.location_id = body.root()["order"]["location_id"].text();
    }
    meant_.total = ledger.total;
    meant_.currency = ledger.currency;
  } else if (body.parse(row.payload)) {
    const square::Mapping mapping =
        square::map_order({request_.order_id, request_.provider, evidence.revision}, body.root(),
                          meant_.location_id, settings.square_version);
    json::Document mapped;
    if (mapped.parse(mapping.request)) {
      meant_.total = mapped.root()["total"].integer();
      meant_.currency = mapped.root()["currency"].text();
    }
  }
  credential_ =
      evidence.token.empty()
          ? io::Credential{"SQUARE_ACCESS_TOKEN", {}, {}}
          : io::Credential{{}, evidence.token, account::bound_to(evidence.account, "access")};
  send(square::path_of_order(external_order_id_), out);
}

void OperatorAction::send(const std::string& path, io::Commands& out) {
  const Settings& settings = request_.settings;
  io::FetchCommand fetch;
  fetch.id = asked_ = asked_ == 0 ? first_request : asked_ + 1;
  fetch.method = io::Method::get;
  fetch.url = concat(settings.base_url, path);
  fetch.square_version = settings.square_version;
  fetch.credential = credential_;
  fetch.timeout_ms = settings.push_timeout_ms;
  out.emplace_back(std::move(fetch));
}

// What was judged before it was asked may have changed meanwhile: it is read once more.
void OperatorAction::hear_square(const io::Input& input, io::Commands& out) {
  for (const io::Outcome& each : input.outcomes) {
    if (each.kind != io::OutcomeKind::replied || each.id != asked_) continue;
    const square::MarkCheck check = asks_payment_ ? square::check_marked_payment(each.reply, meant_)
                                                  : square::check_marked_order(each.reply, meant_);
    if (check.kind == square::MarkCheck::Kind::unasked) {
      runtime::problem(out, 503, concat("Square could not be asked: ", check.words, forced), 1);
      return;
    }
    if (check.kind == square::MarkCheck::Kind::differs) {
      FieldErrors findings;
      findings.add(asks_payment_ ? "external_payment_id" : "external_order_id",
                   concat(check.words, forced));
      return runtime::invalid(out, findings.take());
    }
    if (!asks_payment_ && !external_payment_id_.empty()) {
      asks_payment_ = true;
      return send(square::path_of_payment(external_payment_id_), out);
    }
    asked_ = 0;
    checked_ = true;
    return look(out);
  }
}

std::string OperatorAction::after(Route route) const {
  if (route == Route::undo_mark_done) return status_before_;
  return status_after(route, must_look_);
}

void OperatorAction::write(const Evidence& evidence, io::Commands& out) {
  const QueueRow& row = target_of(evidence);
  writing_ = true;
  revision_ = evidence.revision;
  json::Writer detail;
  detail.begin_object().member_if_any("role", request_.role).member("reason", reason_);
  detail.member_if_any("external_order_id", external_order_id_);
  detail.member_if_any("external_payment_id", external_payment_id_);
  if (request_.route == Route::mark_done) detail.member_boolean("forced", force_);
  detail.end_object();
  const bool cancels = request_.route == Route::cancel;
  json::Writer change;
  change.begin_object().member("order_id", request_.order_id);
  change.member("provider", request_.provider).member("revision", evidence.revision);
  change.member("row_id", row.id).member("status", row.status);
  change.member("event", event_of(request_.route, must_look_));
  change.member("to_status", after(request_.route));
  change.member("line_id", concat(mark_line_));
  change.member("actor", actor_).member("detail", detail.text());
  change.member("undoubted", std::int64_t{cancels && !must_look_});
  change.member("beside_abandoned", std::int64_t{must_look_})
      .member("shared", std::int64_t{force_});
  change.member("last_error", concat(must_look_ ? "to be canceled: " : "canceled: ",
                                     reason_.empty() ? concat("by ", actor_) : reason_));
  change.member("restaurant_id", row.restaurant_id);
  change.member_if_any("fingerprint", fingerprint_of(row.payload, row.restaurant_id));
  change.member_if_any("external_order_id", external_order_id_);
  change.member_if_any("external_payment_id", external_payment_id_);
  change.end_object();

  dialogue_.ask(statements_of(request_.route, must_look_), concat("op:", request_.id),
                change.take(), out);
}

bool OperatorAction::done(std::int64_t revision, io::Commands& out) const {
  json::Writer body;
  body.begin_object().member("order_id", request_.order_id);
  body.member("provider", request_.provider).member("revision", revision);
  body.member("status", after(request_.route)).end_object();
  runtime::answer(out, must_look_ ? 202 : 200, body);
  return true;
}

}  // namespace pos::api
