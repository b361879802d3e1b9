#include "runtime/in_flight.hpp"

#include <algorithm>
#include <utility>

#include "ablation/layer.hpp"
#include "store/schema.hpp"

namespace pos::runtime {
namespace {

constexpr std::uint32_t d1_tries = 4;
constexpr std::int64_t d1_pause_ms = 200;

// D1 calls that must stay possible after a request: what came of each that is out is written down,
// and asked for once more.
constexpr std::int64_t in_flight_d1_calls = 16;

}  // namespace

InFlightCommands::InFlightCommands(const Settings& settings, std::int64_t spent_ms,
                                   std::int64_t spent_subrequests)
    : concurrency_(settings.concurrency),
      timeout_ms_(settings.push_timeout_ms),
      lease_ms_(settings.lease_ms),
      quiet_ms_(settings.quiet_on_clock_ms()),
      wall_left_ms_(settings.wall_budget_ms - spent_ms),
      subrequests_left_(settings.subrequest_budget - spent_subrequests) {}

void InFlightCommands::advance_clock(std::int64_t elapsed_ms) {
  elapsed_ms_ = std::max(elapsed_ms_, elapsed_ms);
}

InFlightCommands::Waiting& InFlightCommands::wait_for(std::uint32_t purpose,
                                                      std::uint32_t subject) {
  Waiting& waiting = waiting_.emplace_back();
  waiting.purpose = purpose;
  waiting.subject = subject;
  return waiting;
}

void InFlightCommands::d1(std::uint32_t purpose, std::uint32_t subject,
                          std::initializer_list<store::Statement> statements,
                          std::initializer_list<std::string> parameters, io::Commands& out) {
  Waiting& waiting = wait_for(purpose, subject);
  waiting.command.statements = statements;
  waiting.command.statements.push_back(store::Statement::schema_guard);
  waiting.command.parameters = parameters;
  ask(waiting, out);
}

void InFlightCommands::ask(Waiting& waiting, io::Commands& out) {
  ++d1_calls_;
  --subrequests_left_;
  waiting.pausing = false;
  waiting.id = waiting.command.id = next_id_++;
  out.emplace_back(waiting.command);
}

void InFlightCommands::fetch(std::uint32_t purpose, std::uint32_t subject, io::FetchCommand command,
                             io::Commands& out) {
  ++requests_;
  --subrequests_left_;
  Waiting& waiting = wait_for(purpose, subject);
  waiting.is_request = true;
  waiting.id = command.id = next_id_++;
  command.timeout_ms = timeout_ms_;
  out.emplace_back(std::move(command));
}

void InFlightCommands::days(std::uint32_t purpose, std::uint32_t subject,
                            io::DayBoundariesCommand command, io::Commands& out) {
  Waiting& waiting = wait_for(purpose, subject);
  waiting.id = command.id = next_id_++;
  out.emplace_back(std::move(command));
}

void InFlightCommands::sign(std::uint32_t purpose, std::uint32_t subject, io::SignCommand command,
                            io::Commands& out) {
  Waiting& waiting = wait_for(purpose, subject);
  waiting.id = command.id = next_id_++;
  out.emplace_back(std::move(command));
}

void InFlightCommands::pause(std::uint32_t purpose, std::uint32_t subject, std::int64_t duration_ms,
                             io::Commands& out) {
  Waiting& waiting = wait_for(purpose, subject);
  waiting.id = next_id_++;
  out.emplace_back(io::SleepCommand{waiting.id, duration_ms});
}

std::int64_t InFlightCommands::requests_out() const {
  return std::count_if(waiting_.begin(), waiting_.end(),
                       [](const Waiting& each) { return each.is_request; });
}

bool InFlightCommands::can_send_now() const {
  return requests_out() < concurrency_ && has_budget();
}

bool InFlightCommands::has_budget() const {
  // A budget that is small all in all must not keep a job from ever getting anywhere.
  return elapsed_ms_ + timeout_ms_ <= wall_left_ms_ &&
         subrequests_left_ - kept_back_ > std::min(in_flight_d1_calls, 2 * requests_out() + 4) &&
         failure_.empty();
}

bool InFlightCommands::fits_lease(std::int64_t asked_at_ms) const {
  return elapsed_ms_ - asked_at_ms + timeout_ms_ + quiet_ms_ <= lease_ms_ ||
         !ablation::intact(ablation::Layer::lease_cutoff);
}

json::Value InFlightCommands::last_of(json::Value results) {
  return results.at(results.size() - 2);
}

// Whether D1 is now asked why a table is missing. What is wrong with it ends up in failure_.
bool InFlightCommands::looks(Waiting& waiting, const io::Outcome& outcome, io::Commands& out) {
  using store::DatabaseFault;
  const bool failed = outcome.kind == io::OutcomeKind::d1_failed;
  if (waiting.looking) {
    const std::string_view tables =
        failed ? std::string_view() : outcome.results.first().first().first().text();
    failure_ = store::fault_words(DatabaseFault::incomplete, failure_, tables);
    lasts_ = true;
    return false;
  }
  if (!failed) return false;
  const DatabaseFault fault = store::fault_of(outcome.error);
  if (fault != DatabaseFault::incomplete) {
    failure_ = store::fault_words(fault, outcome.error, {});
    lasts_ = fault != DatabaseFault::unavailable;
    return false;
  }
  failure_ = outcome.error;
  waiting.looking = true;
  waiting.command.statements = {store::Statement::schema_look};
  ask(waiting, out);
  return true;
}

std::optional<PendingCommand> InFlightCommands::take(const io::Outcome& outcome,
                                                     io::Commands& out) {
  const auto found = std::find_if(waiting_.begin(), waiting_.end(),
                                  [&](const Waiting& each) { return each.id == outcome.id; });
  if (found == waiting_.end()) return std::nullopt;
  if (found->pausing) {
    ask(*found, out);
    return std::nullopt;
  }
  const bool failed = outcome.kind == io::OutcomeKind::d1_failed;
  const bool unavailable =
      failed && store::fault_of(outcome.error) == store::DatabaseFault::unavailable;
  if (unavailable && ++found->tries < d1_tries) {
    found->pausing = true;
    found->id = next_id_++;
    out.emplace_back(io::SleepCommand{found->id, d1_pause_ms << (2 * (found->tries - 1))});
    return std::nullopt;
  }
  if (looks(*found, outcome, out)) return std::nullopt;
  const PendingCommand pending{found->purpose, found->subject, failed || found->looking};
  waiting_.erase(found);
  return pending;
}

}  // namespace pos::runtime
