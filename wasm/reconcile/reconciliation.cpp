#include "reconcile/reconciliation.hpp"

#include <algorithm>
#include <utility>

#include "account/binding.hpp"
#include "base/csv.hpp"
#include "base/json/writer.hpp"
#include "base/text.hpp"
#include "base/timestamp.hpp"
#include "reconcile/report.hpp"
#include "reconcile/rows.hpp"
#include "runtime/http_answer.hpp"
#include "square/listing.hpp"
#include "square/reply.hpp"

namespace pos::reconcile {
namespace {

using store::Statement;

constexpr std::int64_t second_ms = 1000;

// A difference takes some hundred bytes of an answer, and a Worker has 128 MB.
constexpr std::size_t lines_most = 20'000;

// Somebody waits for the answer.
constexpr std::int64_t wall_most_ms = 60 * second_ms;
constexpr std::int64_t request_most_ms = 10 * second_ms;

Settings while_somebody_waits(Settings settings) {
  settings.wall_budget_ms = std::min(settings.wall_budget_ms, wall_most_ms);
  settings.push_timeout_ms = std::min(settings.push_timeout_ms, request_most_ms);
  return settings;
}

}  // namespace

Reconciliation::Reconciliation(runtime::RepairRequest&& request) : request_(std::move(request)) {
  request_.context.settings = while_somebody_waits(request_.context.settings);
  in_flight_ = runtime::InFlightCommands(request_.context.settings, 0, 0);
}

void Reconciliation::start(io::Commands& out) {
  FieldErrors findings;
  asked_ = read_days(request_.from, request_.to, findings);
  if (!findings.empty()) {
    step_ = Step::over;
    return runtime::invalid(out, findings.take());
  }
  advance(out);
}

void Reconciliation::step(const io::Input& input, io::Commands& out) {
  if (step_ == Step::over) return;
  in_flight_.advance_clock(input.elapsed_ms);
  for (const io::Outcome& each : input.outcomes) {
    const auto pending = in_flight_.take(each, out);
    if (!pending) continue;
    if (pending->failed) {
      step_ = Step::over;
      const std::string lasting = in_flight_.lasting_failure();
      if (!lasting.empty()) {
        runtime::problem(out, 503, lasting);
      } else {
        runtime::problem(out, 503, "the database did not answer; ask again", 1);
      }
      return;
    }
    receive(*pending, each, out);
    if (step_ == Step::over) return;
  }
  advance(out);
}

void Reconciliation::receive(const runtime::PendingCommand& pending, const io::Outcome& outcome,
                             io::Commands& out) {
  const json::Value rows = outcome.results.first();
  switch (step_) {
    case Step::account:
      return take_account(rows.first(), out);
    case Step::location:
      return take_location(outcome.reply, out);
    case Step::days:
      return take_days(outcome, out);
    case Step::restaurants:
      for (json::Value row = rows.first(); row.present(); row = row.next()) {
        restaurants_.emplace_back(row.at(0).text());
      }
      return;
    case Step::sold:
      return take_sold(static_cast<Statement>(pending.subject), rows);
    case Step::payments:
      return take_payments(pending.subject, outcome.reply, out);
    case Step::orders:
      return take_orders(pending.subject, outcome.reply, out);
    case Step::known:
      return take_known(rows);
    case Step::strays:
      return take_strays(outcome.reply, out);
    case Step::tenders:
      return take_tender(pending.subject, outcome.reply, out);
    case Step::roles:
      return take_roles(rows);
    case Step::groups:
      return take_groups(rows);
    case Step::over:
      return;
  }
}

void Reconciliation::advance(io::Commands& out) {
  while (step_ != Step::over) {
    const bool all_begun = begin(out);
    if (!in_flight_.idle()) return;
    if (!all_begun) return give_up(out);
    const auto next = static_cast<Step>(static_cast<std::uint8_t>(step_) + 1);
    if (next == Step::over) return finish(out);
    enter(next);
  }
}

/// What a step needs to know before it begins.
void Reconciliation::enter(Step step) {
  step_ = step;
  begun_ = false;
  more_ = false;
  names_.clear();
  named_ = 0;
  switch (step) {
    case Step::payments:
    case Step::orders:
      return cut_into_stretches();
    case Step::known:
      return want_known();
    case Step::strays:
      return want_strays();
    case Step::tenders:
      return want_tenders();
    case Step::roles:
      settle_payments();
      return want_roles();
    case Step::account:
    case Step::location:
    case Step::days:
    case Step::restaurants:
    case Step::sold:
    case Step::groups:
    case Step::over:
      return;
  }
}

bool Reconciliation::begin(io::Commands& out) {
  const bool first = !std::exchange(begun_, true);
  const auto what = static_cast<std::uint32_t>(step_);
  switch (step_) {
    case Step::account:
      if (first) {
        json::Writer asked;
        asked.begin_object().member("restaurant_id", request_.restaurant_id).end_object();
        in_flight_.d1(what, 0, {Statement::books_account}, {asked.take()}, out);
      }
      return true;
    case Step::location:
      if (first && time_zone_.empty()) {
        ask(0, concat("/v2/locations/", square::path_segment(location_)), {}, out);
      }
      return true;
    case Step::days:
      if (first) {
        in_flight_.days(what, 0, {0, time_zone_, asked_.earliest_ms(), asked_.latest_ms()}, out);
      }
      return true;
    case Step::restaurants:
      if (!account_.empty()) {
        restaurants_.assign(1, account_);
      } else if (first) {
        in_flight_.d1(what, 0, {Statement::books_restaurants}, {}, out);
      }
      return true;
    case Step::sold:
      return ask_sold(out);
    case Step::payments:
    case Step::orders:
      return ask_stretches(out);
    case Step::known:
      return ask_names(Statement::books_known, out);
    case Step::strays:
      return ask_strays(out);
    case Step::tenders:
      return ask_tenders(out);
    case Step::roles:
      return ask_names(Statement::books_roles, out);
    case Step::groups:
      return ask_groups(first, out);
    case Step::over:
      return true;
  }
  return true;
}

void Reconciliation::take_account(json::Value row, io::Commands& out) {
  account_ = row.at(0).text();
  location_ = row.at(1).text();
  const std::string token(row.at(2).text());
  time_zone_ = row.at(3).text();
  const std::int64_t throttled_ms = row.at(4).integer();
  const bool known = row.at(5).integer() != 0;
  const Settings& settings = request_.context.settings;
  if (location_.empty()) location_ = settings.location_id;
  if (!row.present() || !known || location_.empty()) {
    step_ = Step::over;
    runtime::problem(out, 404,
                     concat("restaurant \"", request_.restaurant_id, "\" ",
                            known ? "has no location to read the books of" : "is not known here"));
    return;
  }
  if (throttled_ms > 0) {
    step_ = Step::over;
    runtime::problem(out, 503, "Square has asked this account to wait",
                     throttled_ms / second_ms + 1);
    return;
  }
  credential_ = token.empty() ? io::Credential{"SQUARE_ACCESS_TOKEN", {}, {}}
                              : io::Credential{{}, token, account::bound_to(account_, "access")};
}

void Reconciliation::take_location(const net::Reply& reply, io::Commands& out) {
  json::Document body;
  const bool answered = square::is_answer(reply, body);
  if (!answered && !square::is_withheld(reply)) return refuse(reply, out);
  const json::Value location = answered ? body.root()["location"] : json::Value();
  time_zone_ = location["timezone"].text();
  period_.currency = location["currency"].text();
  if (!time_zone_.empty()) return;
  // Books of days that begin at another hour are worth more than none, if they say so.
  time_zone_ = "UTC";
  note_ = concat("days are those of UTC, for Square does not say the location's time zone (",
                 answered ? std::string("there is none") : square::read_refusal(reply).detail,
                 "); set one with the account's profile");
}

void Reconciliation::take_days(const io::Outcome& outcome, io::Commands& out) {
  if (outcome.kind == io::OutcomeKind::day_boundaries) {
    const std::string currency = period_.currency;
    period_ = period_of(asked_, outcome.results);
    period_.currency = currency;
    return;
  }
  step_ = Step::over;
  runtime::problem(out, 409,
                   concat("the days of location ", location_, " cannot be told: \"", time_zone_,
                          "\" is no time zone; set one with the account's profile"));
}

void Reconciliation::give_up(io::Commands& out) {
  step_ = Step::over;
  std::int64_t reached = 0;
  for (const SquareOrder& each : theirs_) reached = std::max(reached, each.created_at_ms);
  runtime::problem(
      out, 503,
      concat("ask for fewer days: with the time and the requests of one answer it came to ",
             static_cast<std::int64_t>(ours_.size()), " orders of ours, ",
             static_cast<std::int64_t>(paid_.size()), " payments and ",
             static_cast<std::int64_t>(theirs_.size()), " orders at Square",
             reached > 0 ? concat(", the last of them of ", to_rfc3339(reached)) : ""));
}

void Reconciliation::refuse(const net::Reply& reply, io::Commands& out) {
  const net::Outcome outcome = square::read_refusal(reply);
  step_ = Step::over;
  const std::int64_t wait_s = (std::max<std::int64_t>(0, outcome.retry_after_ms) + 999) / 1000;
  const bool waits = outcome.result == net::Result::throttled;
  runtime::problem(out, 503, concat("Square did not answer: ", outcome.detail),
                   waits && wait_s == 0 ? 60 : wait_s);
}

void Reconciliation::finish(io::Commands& out) {
  step_ = Step::over;
  for (const SquareOrder& each : theirs_) {
    if (period_.currency.empty()) period_.currency = each.currency;
  }
  for (const LocalOrder& each : ours_) {
    if (period_.currency.empty()) period_.currency = each.currency;
  }
  ComparisonByCurrency books = compare(period_, ours_, theirs_);
  std::size_t lines = 0;
  for (const auto& [currency, each] : books) lines += each.lines.size();
  if (lines > lines_most) {
    runtime::problem(out, 422,
                     "to: so many differences do not fit into one answer; ask for less time");
    return;
  }
  // Of the main currency each day is shown, also where nothing was sold.
  books[period_.currency].days.resize(period_.dates.size());
  const Whose whose{request_.restaurant_id, account_,    location_, time_zone_,
                    request_.from,          request_.to, note_};
  if (request_.csv) {
    out.emplace_back(io::DoneCommand{200, csv_of(whose, period_, books), 0, {}, csv_type});
  } else {
    out.emplace_back(io::DoneCommand{200, json_of(whose, period_, books)});
  }
}

}  // namespace pos::reconcile
