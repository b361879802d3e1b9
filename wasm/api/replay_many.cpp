#include "api/replay_many.hpp"

#include <algorithm>
#include <span>
#include <utility>

#include "base/json/writer.hpp"
#include "base/text.hpp"
#include "runtime/http_answer.hpp"
#include "runtime/text_field.hpp"

namespace pos::api {
namespace {

using store::Statement;

// One batch of D1 for each, and an invocation may have no more than fifty.
constexpr std::int64_t orders_in_call = 40;
constexpr std::size_t orders_in_sample = 10;

constexpr Statement dead_set[] = {Statement::set_dead, Statement::list_dead};
constexpr Statement active_set[] = {Statement::set_active, Statement::list_active};
constexpr Statement replaying_each[] = {Statement::operator_line, Statement::replay_ledger,
                                        Statement::replay_row, Statement::operator_read};

/// Of so many orders, and no others.
std::string fingerprint_of_set(json::Value set) {
  return concat("set-", set.at(0).integer(), "-", set.at(1).integer());
}

}  // namespace

void ReplayMany::start(io::Commands& out) {
  if (read_body(out)) read_set(out);
}

bool ReplayMany::read_body(io::Commands& out) {
  json::Document document;
  if (!document.parse(request_.body) || !document.root().is(json::Kind::object)) {
    return !runtime::problem(out, 400, "expected a JSON object");
  }
  FieldErrors findings;
  const json::Value body = document.root();
  for (json::Value each = body.first(); !each.is(json::Kind::missing); each = each.next()) {
    const std::string_view name = each.key();
    if (name == "actor") {
      runtime::read_text(each, runtime::text_most, actor_, findings);
    } else if (name == "reason") {
      runtime::read_text(each, runtime::text_most, reason_, findings);
    } else if (name == "fingerprint") {
      runtime::read_text(each, runtime::text_most, fingerprint_, findings);
    } else if (name == "cursor") {
      runtime::read_text(each, runtime::text_most, cursor_, findings);
      if (number_of(cursor_) < 1)
        findings.add("cursor", "expected the cursor of an earlier answer");
    } else if (name == "dry_run" && each.is(json::Kind::boolean)) {
      dry_run_ = each.boolean();
    } else if (name == "filter" && each.is(json::Kind::object)) {
      for (json::Value member = each.first(); !member.is(json::Kind::missing);
           member = member.next()) {
        if (read_filter(member, filter_, findings)) continue;
        findings.add(concat("filter.", member.key()),
                     concat("unknown; expected one of ", filter_names));
      }
    } else if (name == "filter") {
      findings.add("filter", "expected an object");
    } else if (name == "dry_run") {
      findings.add("dry_run", "expected true or false");
    } else {
      findings.add(concat(name), "unknown field");
    }
  }
  if (filter_.status.empty()) filter_.status = "dead";
  if (filter_.status == "success") findings.add("filter.status", "what is booked is not replayed");
  check_filter(filter_, "filter.", findings);
  if (!body["filter"].present()) findings.add("filter", "expected which orders to replay");
  if (!dry_run_ && fingerprint_.empty()) {
    findings.add("fingerprint", "expected that of a dry_run, so that what was seen is replayed");
  }
  if (findings.empty()) return true;
  runtime::invalid(out, findings.take());
  return false;
}

void ReplayMany::read_set(io::Commands& out) {
  json::Writer query;
  query.begin_object().member("limit", orders_in_call);
  if (!cursor_.empty()) query.member("cursor", number_of(cursor_));
  write_filter(query, filter_);
  query.end_object();
  const bool dead = filter_.status == "dead";
  dialogue_.ask(
      dead ? std::span<const Statement>(dead_set) : std::span<const Statement>(active_set),
      query.take(), {}, out);
}

void ReplayMany::step(const io::Input& input, io::Commands& out) {
  json::Value results;
  if (step_ == Step::replaying) return hear_replay(input, out);
  if (!dialogue_.answered(input, results, out)) return;
  switch (step_) {
    case Step::reading:
      return take_set(results, out);
    case Step::replaying:
      return;
    case Step::counting:
      return answer_done(results.first().first(), out);
  }
}

// What the host's own rules refuse of one order says nothing of the others.
void ReplayMany::hear_replay(const io::Input& input, io::Commands& out) {
  json::Value results;
  switch (dialogue_.receive(input, results, out)) {
    case runtime::D1Exchange::Answer::none:
      return;
    case runtime::D1Exchange::Answer::failed:
      dialogue_.answer_failure(out);
      return;
    case runtime::D1Exchange::Answer::refused:
      targets_[at_].refused = dialogue_.failure();
      break;
    case runtime::D1Exchange::Answer::results:
      targets_[at_].replayed = runtime::D1Exchange::last_of(results).first().at(0).integer() != 0;
      break;
  }
  ++at_;
  replay_next(out);
}

void ReplayMany::take_set(json::Value results, io::Commands& out) {
  const json::Value set = results.first().first();
  const json::Value rows = results.at(1);
  for (json::Value row = rows.first(); row.present(); row = row.next()) {
    Target target;
    target.id = concat(row.at(0).integer());
    target.order_id = row.at(1).text();
    target.provider = row.at(2).text();
    target.restaurant_id = row.at(3).text();
    target.revision = row.at(4).integer();
    target.status = row.at(6).text();
    target.last_error = row.at(11).text();
    targets_.push_back(std::move(target));
  }
  const std::string fingerprint = fingerprint_of_set(set);
  if (dry_run_) return answer_dry(set.at(0).integer(), fingerprint, out);
  if (fingerprint != fingerprint_) {
    runtime::problem(
        out, 409,
        concat("these are other orders than those of the fingerprint: ", set.at(0).integer(),
               " by now; look at them with dry_run and send the new fingerprint"));
    return;
  }
  step_ = Step::replaying;
  replay_next(out);
}

void ReplayMany::replay_next(io::Commands& out) {
  if (at_ == targets_.size()) {
    step_ = Step::counting;
    if (!targets_.empty()) cursor_ = targets_.back().id;
    return read_set(out);
  }
  const Target& target = targets_[at_];
  json::Writer detail;
  detail.begin_object().member("reason", reason_).member("fingerprint", fingerprint_).end_object();
  json::Writer change;
  change.begin_object().member("order_id", target.order_id).member("provider", target.provider);
  change.member("revision", target.revision).member("row_id", number_of(target.id));
  change.member("status", target.status).member("event", "replayed");
  change.member("to_status", "pending").member("actor", actor_).member("detail", detail.text());
  change.member("undoubted", std::int64_t{0}).member("beside_abandoned", std::int64_t{0});
  change.end_object();
  dialogue_.ask(replaying_each, concat("op:", request_.id), change.take(), out);
}

void ReplayMany::answer_dry(std::int64_t count, const std::string& fingerprint,
                            io::Commands& out) const {
  json::Writer body;
  body.begin_object().member("count", count).member("fingerprint", fingerprint);
  body.member("orders_in_call", orders_in_call).array("sample");
  for (std::size_t i = 0; i < std::min(targets_.size(), orders_in_sample); ++i) {
    const Target& each = targets_[i];
    body.begin_object().member("order_id", each.order_id).member("revision", each.revision);
    body.member("restaurant_id", each.restaurant_id).member("status", each.status);
    body.member("last_error", each.last_error).end_object();
  }
  body.end_array().end_object();
  runtime::answer(out, 200, body);
}

void ReplayMany::answer_done(json::Value set, io::Commands& out) const {
  const auto replayed = std::count_if(targets_.begin(), targets_.end(),
                                      [](const Target& each) { return each.replayed; });
  const std::int64_t remaining = set.at(0).integer();
  json::Writer body;
  body.begin_object().member("replayed", static_cast<std::int64_t>(replayed));
  body.array("skipped");
  for (const Target& each : targets_) {
    if (each.replayed) continue;
    body.begin_object().member("order_id", each.order_id).member("revision", each.revision);
    body.member("reason", each.refused.empty()
                              ? "a worker holds it, it has changed, or another row of it is active"
                              : each.refused);
    body.end_object();
  }
  body.end_array().member("remaining", remaining);
  body.key("cursor");
  if (remaining == 0) {
    body.null().key("fingerprint").null();
  } else {
    body.string(cursor_).key("fingerprint").string(fingerprint_of_set(set));
  }
  body.end_object();
  runtime::answer(out, 200, body);
}

}  // namespace pos::api
