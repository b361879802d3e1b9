#include "audit/approve/approval.hpp"

#include <algorithm>
#include <set>
#include <string_view>
#include <utility>

#include "base/text.hpp"
#include "runtime/http_answer.hpp"
#include "runtime/seal.hpp"

namespace pos::audit {
namespace {

using json::Kind;
using json::Value;
using store::Statement;

// So many groups are planned once more at a time.
constexpr std::size_t chunk = 100;

// Square has not answered: the approver waits, and tries again soon.
constexpr std::int64_t ask_again_seconds = 30;

}  // namespace

ApproveAudit::ApproveAudit(runtime::RepairRequest&& request)
    : request_(std::move(request)), in_flight_(request_.context.settings, 0, 0) {}

// ---- what was asked for ----

void ApproveAudit::start(io::Commands& out) {
  json::Document document;
  if (!document.parse(request_.body) || !document.root().is(Kind::object)) {
    return end(400, "expected a JSON object", out);
  }
  FieldErrors findings;
  read_body(document.root(), findings);
  if (!findings.empty()) {
    over_ = true;
    return runtime::invalid(out, findings.take());
  }
  if (!request_.context.repair.has_seal_key) return end(503, runtime::seal_missing, out);
  json::Writer asked = query();
  d1(What::audit, 0, {Statement::audit_row, Statement::audit_places, Statement::audit_now}, asked,
     {}, out);
}

json::Writer ApproveAudit::query() const {
  json::Writer out;
  out.begin_object().member("audit_id", request_.audit_id).member("edition", audit_.edition);
  out.member("amended", audit_.amended);
  out.member("own_location", request_.context.settings.location_id);
  out.member("actor", actor_).member("role", request_.context.role).member("reason", reason_);
  out.member("approved_at", approved_at_);
  if (groups_.empty()) {
    out.member("confidence", confidence_);
  } else {
    out.array("groups");
    for (const std::string& each : groups_) out.string(each);
    out.end_array();
  }
  return out;
}

void ApproveAudit::d1(What what, std::uint32_t about, std::initializer_list<Statement> statements,
                      json::Writer& asked, const std::string& list, io::Commands& out) {
  in_flight_.d1(static_cast<std::uint32_t>(what), about, statements,
                {request_.context.id, asked.end_object().take(), list}, out);
}

void ApproveAudit::end(int status, const std::string& detail, io::Commands& out,
                       std::int64_t retry_after_seconds) {
  over_ = true;
  runtime::problem(out, status, detail, retry_after_seconds);
}

// ---- what comes of it ----

void ApproveAudit::step(const io::Input& input, io::Commands& out) {
  in_flight_.advance_clock(input.elapsed_ms);
  for (const io::Outcome& each : input.outcomes) {
    if (over_) return;
    const auto pending = in_flight_.take(each, out);
    if (!pending) continue;
    if (pending->failed) {
      const std::string lasting = in_flight_.lasting_failure();
      if (!lasting.empty()) return end(503, lasting, out);
      return end(503, "the database did not answer; ask again: nothing is done twice", out, 1);
    }
    receive(*pending, each, out);
  }
  if (!over_ && looking_) look(out);
}

void ApproveAudit::receive(const runtime::PendingCommand& pending, const io::Outcome& outcome,
                           io::Commands& out) {
  const auto what = static_cast<What>(pending.purpose);
  // Once something is stale, what the other looks find is of no interest.
  if (!why_stale_.empty() && what != What::again) return;
  switch (what) {
    case What::audit:
      return take_audit(outcome.results, out);
    case What::selection:
      return take_selection(outcome.results.first(), out);
    case What::plans: {
      const std::string why = basis_.take_plans(outcome.results.at(0), outcome.results.at(1));
      todo_.take(outcome.results.at(2));
      todo_.take(outcome.results.at(3));
      return why.empty() ? ask_plans(out) : stale(why, out);
    }
    case What::page:
      return take_page(pending.subject, outcome.reply, out);
    case What::changes:
      return take_changes(pending.subject, outcome.results.first(), out);
    case What::again:
      return end(409,
                 concat("the plan is not true any more: ", why_stale_,
                        "; nothing was approved, and the audit is read anew"),
                 out);
    case What::approval:
      return approved(outcome.results, out);
    case What::fingerprint:
      return take_all_plans(outcome.results.first(), out);
    case What::seals:
      if (outcome.kind == io::OutcomeKind::sealed) return approve(outcome.results, out);
      return end(503, concat("pos-sync is not set up: ", outcome.error), out);
  }
}

void ApproveAudit::take_audit(Value results, io::Commands& out) {
  const Value row = results.at(0).first();
  if (!row.present()) return end(404, "no such audit", out);
  audit_ = read_audit(row);
  places_ = read_places(results.at(1));
  basis_ = ApprovalPreconditions(audit_.window_ms);
  if (!audit_.is_read()) {
    return end(409,
               concat("the audit is not planned yet: ", audit_.places_done, " of ", audit_.places,
                      " places are read"),
               out);
  }
  const std::string now = fingerprint_of(audit_, places_);
  if (now != fingerprint_) {
    return end(409,
               concat("the plan has changed: read it again. Its fingerprint is ", now, ", not ",
                      fingerprint_),
               out);
  }
  approved_at_ = results.at(2).first().first().integer();
  ask_fingerprint(out);
}

// Nothing that stands beside the plans says what they are: a fingerprint that was left as
// it was, beside changed plans, would approve what no approver was shown.
void ApproveAudit::ask_fingerprint(io::Commands& out) {
  json::Writer asked = query();
  plans_.ask(asked);
  d1(What::fingerprint, 0, {Statement::audit_all_plans}, asked, {}, out);
}

void ApproveAudit::take_all_plans(Value rows, io::Commands& out) {
  if (plans_.take(rows)) return ask_fingerprint(out);
  const std::string where = plans_.differs_at(places_);
  if (!where.empty()) {
    return stale(concat("the plan of ", where, " is not what was planned: somebody has changed it"),
                 out);
  }
  json::Writer asked = query();
  d1(What::selection, 0, {Statement::audit_selection}, asked, {}, out);
}

void ApproveAudit::take_selection(Value rows, io::Commands& out) {
  FieldErrors findings;
  std::set<std::string> there;
  std::set<std::string> unclear;
  std::set<std::string> concerned;
  for (Value row = rows.first(); row.present(); row = row.next()) {
    const std::string id(row.at(0).text());
    there.insert(id);
    if (row.at(3).integer() == 0) {
      unclear.insert(id);
    } else if (row.at(4).integer() != 0) {
      unapproved_.push_back(id);
      concerned.insert(std::string(row.at(1).text()));
    }
  }
  for (std::size_t i = 0; i < groups_.size(); ++i) {
    if (there.count(groups_[i]) == 0) {
      findings.add(place_of_group(i),
                   concat("there is no group \"", groups_[i], "\" in this plan"));
    } else if (unclear.count(groups_[i]) != 0) {
      findings.add(place_of_group(i), concat("which order of ", groups_[i],
                                             " is to stay is for a human to say: see "
                                             "its `reason`"));
    }
  }
  if (!findings.empty()) {
    over_ = true;
    return runtime::invalid(out, findings.take());
  }
  // What is approved already is approved, whatever has happened since.
  if (unapproved_.empty()) return approve({}, out);
  concerned_.assign(concerned.begin(), concerned.end());
  for (const AuditPlace& each : places_) {
    if (has_text(concerned_, each.location_id) && !each.sells) {
      return stale(concat("restaurant \"", each.restaurant_id, "\" does not sell at ",
                          each.location_id, " any more"),
                   out);
    }
  }
  ask_plans(out);
}

// ---- whether it is true still ----

void ApproveAudit::ask_plans(io::Commands& out) {
  if (planned_ == unapproved_.size()) {
    begin_looks();
    return;
  }
  json::Writer asked = query();
  asked.array("chunk");
  for (std::size_t i = 0; i < chunk && planned_ < unapproved_.size(); ++i) {
    asked.string(unapproved_[planned_++]);
  }
  asked.end_array();
  d1(What::plans, 0,
     {Statement::audit_plans, Statement::audit_plans_members, Statement::audit_planned_refunds,
      Statement::audit_planned_cancels},
     asked, {}, out);
}

// Square's clock is not D1's, and what was new when a place was read may not have been found yet.
void ApproveAudit::begin_looks() {
  const Settings& settings = request_.context.settings;
  const std::int64_t margin_ms = settings.quiet_on_clock_ms() + settings.settle_on_clock_ms();
  for (const AuditPlace& each : places_) {
    if (!has_text(concerned_, each.location_id)) continue;
    const std::int64_t since_ms = each.began_at - margin_ms;
    looks_.emplace_back(PlanRecheck::Kind::orders, each, since_ms);
    looks_.emplace_back(PlanRecheck::Kind::refunds, each, since_ms);
  }
  looking_ = true;
}

void ApproveAudit::look(io::Commands& out) {
  bool all_over = true;
  for (std::size_t i = 0; i < looks_.size(); ++i) {
    PlanRecheck& each = looks_[i];
    if (each.state != PlanRecheck::State::over) all_over = false;
    if (each.state != PlanRecheck::State::resting || !in_flight_.can_send_now()) continue;
    each.state = PlanRecheck::State::asking;
    in_flight_.fetch(static_cast<std::uint32_t>(What::page), static_cast<std::uint32_t>(i),
                     each.request(request_.context.settings), out);
  }
  if (all_over) {
    looking_ = false;
    return seal(out);
  }
  if (in_flight_.idle()) {
    end(503,
        "there is no time, or no SUBREQUEST_BUDGET, to look at Square for all of these groups: "
        "nothing was approved; name fewer of them in `groups`",
        out, ask_again_seconds);
  }
}

void ApproveAudit::take_page(std::uint32_t number, const net::Reply& reply, io::Commands& out) {
  PlanRecheck& one = looks_[number];
  const PlanRecheck::Found found = one.take(reply, basis_, audit_.from_ms, audit_.to_ms);
  if (found.nothing) return;
  if (!found.refused.empty()) {
    const std::int64_t asked = found.retry_after_ms / 1000;
    return end(503,
               concat("Square did not say what is new at ", one.location_id(), ": ", found.refused,
                      "; nothing was approved, ask again"),
               out, std::max(ask_again_seconds, asked));
  }
  if (!found.stale.empty()) return stale(found.stale, out);
  if (found.rows.empty()) return one.go_on();
  one.state = PlanRecheck::State::comparing;
  json::Writer asked = query();
  d1(What::changes, number, {Statement::audit_changed}, asked, found.rows, out);
}

void ApproveAudit::take_changes(std::uint32_t number, Value rows, io::Commands& out) {
  const Value row = rows.first();
  if (!row.present()) return looks_[number].go_on();
  stale(concat("order ", row.at(0).text(), row.at(1).integer() != 0 ? " is new" : " has changed",
               " at ", looks_[number].location_id()),
        out);
}

// Of two approvals that find it stale at the same time only one restarts the audit.
void ApproveAudit::stale(const std::string& why, io::Commands& out) {
  looking_ = false;
  why_stale_ = why;
  json::Writer asked = query();
  asked.member("why", why);
  d1(What::again, 0, {Statement::audit_again_places, Statement::audit_again}, asked, {}, out);
}

// ---- approving ----

void ApproveAudit::seal(io::Commands& out) {
  if (todo_.empty()) return approve({}, out);
  in_flight_.sign(static_cast<std::uint32_t>(What::seals), 0, todo_.to_sign(), out);
}

void ApproveAudit::approve(Value seals, io::Commands& out) {
  json::Writer asked = query();
  d1(What::approval, 0,
     {Statement::audit_approve_groups, Statement::audit_approve_orders,
      Statement::audit_approve_refunds, Statement::audit_approve_cancels,
      Statement::audit_approve_log, Statement::audit_approve_audit, Statement::audit_approved,
      Statement::audit_approved_money},
     asked, todo_.sealed(seals), out);
}

void ApproveAudit::approved(Value results, io::Commands& out) {
  const Value row = results.at(6).first();
  if (row.at(0).integer() == 0) {
    return end(409, "the plan has changed meanwhile: read it again", out);
  }
  if (row.at(1).present()) {
    return end(409,
               concat("order ", row.at(1).text(),
                      " belongs to another group for ever, or stays in another role: nothing was "
                      "approved"),
               out);
  }
  over_ = true;
  json::Writer body;
  body.begin_object().member("id", audit_.id).member("fingerprint", fingerprint_);
  body.object("approved").member("groups", row.at(2).integer());
  std::int64_t refunds = 0;
  std::int64_t cancels = 0;
  json::Writer amounts;
  amounts.begin_object();
  const Value money = results.at(7);
  for (Value each = money.first(); each.present(); each = each.next()) {
    refunds += each.at(1).integer();
    cancels += each.at(2).integer();
    amounts.key(each.at(0).text()).integer(each.at(3).integer());
  }
  amounts.end_object();
  body.member("refunds", refunds).member("cancels", cancels).key("amount").raw(amounts.text());
  body.end_object().end_object();
  if (!unapproved_.empty()) {
    json::Writer line;
    line.begin_object().member("actor", actor_);
    line.member_if_any("role", request_.context.role).key("approval").raw(body.text()).end_object();
    out.emplace_back(io::LogCommand{io::Level::info, "a plan is approved", line.take()});
  }
  runtime::answer(out, unapproved_.empty() ? 200 : 202, body);
}

}  // namespace pos::audit
