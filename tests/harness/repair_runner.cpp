#include "harness/repair_runner.hpp"

#include <algorithm>
#include <optional>
#include <stdexcept>
#include <utility>

#include "base/json/value.hpp"
#include "base/text.hpp"
#include "harness/history.hpp"
#include "harness/seals.hpp"

namespace world {

using pos::io::Command;
using pos::io::D1Command;
using pos::io::FetchCommand;
using pos::io::Method;
using pos::io::SleepCommand;

// ---- the world ----

void RepairWorld::approve(const std::string& payment_id, const std::string& order_id,
                          const std::string& survivor, std::int64_t amount,
                          const std::string& restaurant_id) {
  database.execute(
      "INSERT INTO pos_repairs (action, target, audit_id, group_id, restaurant_id, location_id, "
      "external_order_id, survivor_order_id, amount, currency, approved) VALUES ('refund', ?1, "
      "'A1', "
      "'g1', ?5, 'L1', ?2, ?3, CAST(?4 AS INTEGER), 'TRY', ?6) ON CONFLICT DO NOTHING",
      {payment_id, order_id, survivor, std::to_string(amount), restaurant_id,
       square.approved(order_id, survivor, database.now_ms)});
  database.execute(seal_repairs_of, {payment_id});
}

void RepairWorld::approve_cancel(const std::string& order_id, const std::string& survivor) {
  database.execute(
      "INSERT INTO pos_repairs (action, target, audit_id, group_id, restaurant_id, location_id, "
      "external_order_id, survivor_order_id, currency, approved) VALUES ('cancel', ?1, 'A1', 'g1', "
      "'', 'L1', ?1, ?2, 'TRY', ?3) ON CONFLICT DO NOTHING",
      {order_id, survivor, square.approved(order_id, survivor, database.now_ms)});
  database.execute(seal_repairs_of, {order_id});
}

void RepairWorld::plant(std::int64_t amount) {
  square.sell("O1", "P1", amount);
  square.sell("O2", "P2", amount);
  approve("P2", "O2", "O1", amount);
}

std::string RepairWorld::column(const std::string& target, const std::string& name) {
  return database.text("SELECT " + name + " FROM pos_repairs WHERE target = ?1", {target});
}

std::string RepairWorld::state(const std::string& target) { return column(target, "state"); }

std::string RepairWorld::reason(const std::string& target) { return column(target, "reason"); }

std::string RepairWorld::log(const std::string& target) {
  return database.text(
      "SELECT group_concat(event, ' ') FROM (SELECT event FROM pos_repair_log WHERE target = ?1 "
      "ORDER BY id)",
      {target});
}

// ---- commands ----

bool is_request(const Command& command) { return std::holds_alternative<FetchCommand>(command); }

bool is_change(const Command& command) {
  const auto* fetch = std::get_if<FetchCommand>(&command);
  return fetch != nullptr && fetch->method != Method::get;
}

bool is_reading(const Command& command, const std::string& path) {
  const auto* fetch = std::get_if<FetchCommand>(&command);
  return fetch != nullptr && fetch->method == Method::get &&
         fetch->url.find(path) != std::string::npos;
}

bool is_d1(const Command& command, pos::store::Statement first) {
  const auto* batch = std::get_if<D1Command>(&command);
  return batch != nullptr && batch->statements.front() == first;
}

// ---- the job ----

pos::Settings RepairRunner::test_settings() {
  pos::Settings settings;
  settings.base_url = "http://127.0.0.1:1";
  settings.location_id = "L1";
  settings.has_access_token = true;
  settings.has_accounts_key = true;
  return settings;
}

RepairRunner::RepairRunner(RepairWorld& world, const std::string& id, pos::Settings settings)
    : world_(world) {
  pos::runtime::RunContext context;
  context.settings = std::move(settings);
  context.id = id;
  context.actor = "cron";
  work_ = pos::jobs::RepairTick(std::move(context), 0, 0);
  pos::io::Commands commands;
  work_.start(commands);
  receive(std::move(commands));
}

void RepairRunner::receive(pos::io::Commands commands) {
  note(commands);
  std::optional<pos::io::SignCommand> sign;
  for (Command& each : commands) {
    if (world_.hears) world_.hears(each);
    if (done_) throw std::logic_error("the job goes on behind its end");
    if (auto* command = std::get_if<pos::io::SignCommand>(&each)) {
      sign = *command;
    } else if (auto* done = std::get_if<pos::io::DoneCommand>(&each)) {
      done_ = *done;
    } else if (auto* line = std::get_if<pos::io::LogCommand>(&each)) {
      logged_.push_back(std::move(*line));
    } else {
      commands_.push_back(std::move(each));
    }
  }
  const auto in_flight = std::count_if(commands_.begin(), commands_.end(), is_request);
  most_in_flight_ = std::max(most_in_flight_, static_cast<std::size_t>(in_flight));
  if (!sign) return;
  // The shell signs by itself.
  pos::json::Document results;
  pos::io::Outcome outcome;
  outcome.id = sign->id;
  outcome.kind = pos::io::OutcomeKind::not_sealed;
  outcome.error = "SEAL_KEY: missing";
  if (world_.has_seal_key) {
    if (!results.parse(signed_or_verified(*sign))) throw std::logic_error(results.error());
    outcome.kind = pos::io::OutcomeKind::sealed;
    outcome.results = results.root();
  }
  feed(outcome);
}

void RepairRunner::feed(const pos::io::Outcome& outcome) {
  pos::io::Commands commands;
  work_.step({elapsed_ms_, {outcome}}, commands);
  receive(std::move(commands));
}

std::optional<Command> RepairRunner::next() const {
  if (commands_.empty() || ended()) return std::nullopt;
  // A sleep comes last: whatever else is out happens meanwhile.
  const auto busy = std::find_if(commands_.begin(), commands_.end(), [](const Command& command) {
    return !std::holds_alternative<SleepCommand>(command);
  });
  return busy != commands_.end() ? *busy : commands_.front();
}

Command RepairRunner::take() {
  const auto wanted = next();
  if (!wanted) throw std::logic_error("the job asks for nothing");
  commands_.erase(std::find(commands_.begin(), commands_.end(), *wanted));
  ++performed_;
  return *wanted;
}

void RepairRunner::wait(std::int64_t ms) {
  elapsed_ms_ += ms;
  world_.pass(ms);
}

void RepairRunner::perform_d1(const D1Command& command, RequestFault fault) {
  pos::json::Document results;
  pos::io::Outcome outcome;
  outcome.id = command.id;
  outcome.kind = pos::io::OutcomeKind::d1_failed;
  outcome.error = "Network connection lost.";
  if (fault != RequestFault::failed) {
    if (!results.parse(world_.database.batch(command.statements, command.parameters))) {
      throw std::logic_error(results.error());
    }
    if (fault == RequestFault::none) {
      outcome.kind = pos::io::OutcomeKind::d1_done;
      outcome.results = results.root();
    }
  }
  feed(outcome);
}

RepairRunner::Answer RepairRunner::apply(const FetchCommand& command, RequestFault fault,
                                         std::int64_t started_ms) {
  Answer answer;
  const Tokens::Opened token = world_.tokens.open(command.credential);
  if (!token.problem.empty()) {
    answer.transport = pos::net::Transport::no_credential;
    answer.reply.body = token.problem;
    return answer;
  }
  if (world_.tokens.revoked.count(token.text) > 0) fault = RequestFault::unauthorized;
  const bool without_effect = fault == RequestFault::failed || fault == RequestFault::throttled ||
                              fault == RequestFault::unauthorized;
  if (!without_effect) {
    answer.reply = world_.square.apply(command.method, command.url.substr(command.url.find("/v2/")),
                                       command.body, world_.database.now_ms, started_ms);
  } else if (command.method != Method::get) {
    world_.square.note(command.body);
  }
  switch (fault) {
    case RequestFault::none:
      break;
    case RequestFault::lost:
    case RequestFault::failed:
      answer.transport = pos::net::Transport::timeout;
      break;
    case RequestFault::server_error:
      answer.reply = refused(500, "INTERNAL_SERVER_ERROR", "as the test wants it");
      break;
    case RequestFault::torn:
      answer.reply.body.resize(answer.reply.body.size() / 2);
      break;
    case RequestFault::throttled:
    case RequestFault::throttled_applied:
      answer.reply = refused(429, "RATE_LIMITED", "as the test wants it");
      break;
    case RequestFault::unauthorized:
      answer.reply = refused(401, "UNAUTHORIZED", "as the test wants it");
      break;
    case RequestFault::refused:
    case RequestFault::unseen_code:
    case RequestFault::busy:
    case RequestFault::other_bytes:
      throw std::logic_error("no repair ends so here");
  }
  return answer;
}

void RepairRunner::answer(const FetchCommand& command, const Answer& answer) {
  pos::io::Outcome outcome;
  outcome.id = command.id;
  outcome.kind = pos::io::OutcomeKind::replied;
  outcome.reply.transport = answer.transport;
  outcome.reply.status = answer.reply.status;
  outcome.reply.body = answer.reply.body;
  if (answer.transport == pos::net::Transport::no_credential) {
    outcome.reply.detail = answer.reply.body;
  }
  outcome.reply.retry_after = world_.square.retry_after;
  feed(outcome);
}

void RepairRunner::perform(RequestFault fault) {
  const Command command = take();
  if (const auto* batch = std::get_if<D1Command>(&command)) return perform_d1(*batch, fault);
  if (const auto* fetch = std::get_if<FetchCommand>(&command)) {
    return answer(*fetch, apply(*fetch, fault, world_.database.now_ms));
  }
  const auto& sleep = std::get<SleepCommand>(command);
  wait(sleep.duration_ms);
  pos::io::Outcome outcome;
  outcome.id = sleep.id;
  outcome.kind = pos::io::OutcomeKind::slept;
  feed(outcome);
}

bool RepairRunner::run_until(const std::function<bool(const Command&)>& wanted) {
  while (const auto command = next()) {
    if (wanted(*command)) return true;
    perform();
  }
  return false;
}

void RepairRunner::run() {
  run_until([](const Command&) { return false; });
  if (!ended()) throw std::logic_error("the job neither ended nor asked for anything");
}

}  // namespace world
