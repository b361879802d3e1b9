#include "harness/worker.hpp"
#include "harness/history.hpp"

#include <algorithm>
#include <stdexcept>

#include "base/json/utf8.hpp"
#include "base/json/value.hpp"

namespace world {

using pos::io::Command;
using pos::io::D1Command;
using pos::io::FetchCommand;
using pos::io::SleepCommand;

bool is_batch(const Command& command, pos::store::Statement first) {
  const auto* batch = std::get_if<D1Command>(&command);
  return batch != nullptr && batch->statements.front() == first;
}

bool is_token_request(const Command& command) {
  const auto* fetch = std::get_if<FetchCommand>(&command);
  return fetch != nullptr && fetch->url.find("/oauth2/token") != std::string::npos;
}

std::string payload(std::int64_t price, bool paid) {
  const std::string amount = std::to_string(price);
  return R"({"currency":"TRY","table_id":"7","items":[{"name":"Adana Kebabı","quantity":"1",)"
         R"("unit_price":)" +
         amount + R"(,"tax_percentage":"10"}],"tax_inclusive":true)" +
         (paid ? R"(,"payment":{"type":"external","source":"thMenu","amount":)" + amount + "}"
               : "") +
         "}";
}

void World::enqueue(const std::string& order_id, const std::string& restaurant_id,
                    std::int64_t price) {
  database.execute(
      "INSERT INTO pos_sync_queue (order_id, provider, restaurant_id, payload) VALUES ('" +
      order_id + "', 'square', '" + restaurant_id + "', '" + payload(price) +
      "') ON CONFLICT (order_id, provider) WHERE status IN ('pending','failed') DO NOTHING");
}

std::string World::status(const std::string& order_id) {
  return database.text("SELECT status FROM pos_sync_queue WHERE order_id = '" + order_id +
                       "' ORDER BY id DESC LIMIT 1");
}

std::string World::error(const std::string& order_id) {
  return database.text("SELECT last_error FROM pos_sync_queue WHERE order_id = '" + order_id +
                       "' ORDER BY id DESC LIMIT 1");
}

pos::Settings Worker::test_settings() {
  pos::Settings settings;
  settings.base_url = "http://127.0.0.1:1";
  settings.location_id = "L1";
  settings.has_access_token = true;
  settings.has_accounts_key = true;
  settings.application_id = "sq0idp-app";
  settings.has_application_secret = true;
  return settings;
}

Answer ask_square(World& world, const std::string& url, const std::string& body,
                  RequestFault fault) {
  Answer answer;
  if (fault == RequestFault::none || fault == RequestFault::lost ||
      fault == RequestFault::server_error || fault == RequestFault::unseen_code) {
    answer.reply = world.square.apply(url.substr(url.find("/v2/")), body, world.database.now_ms);
  } else {
    world.square.note(body);
  }
  if (fault == RequestFault::lost || fault == RequestFault::failed)
    answer.transport = pos::net::Transport::timeout;
  const auto refuse = [&](int status, const char* code) {
    answer.reply.status = status;
    answer.reply.body = std::string(R"({"errors":[{"category":"INVALID_REQUEST_ERROR","code":")") +
                        code + R"(","detail":"as the test wants it"}]})";
  };
  if (fault == RequestFault::server_error) refuse(500, "INTERNAL_SERVER_ERROR");
  if (fault == RequestFault::refused) refuse(400, "VALUE_TOO_LONG");
  if (fault == RequestFault::throttled) refuse(429, "RATE_LIMITED");
  if (fault == RequestFault::unauthorized) refuse(401, "UNAUTHORIZED");
  if (fault == RequestFault::unseen_code) refuse(400, "ORDER_IN_ORBIT");
  return answer;
}

Worker::Worker(World& world, const std::string& id, pos::Settings settings,
               const std::string& actor, const std::string& only)
    : world_(world), tick_(std::move(settings), id, actor, "seed of " + id) {
  if (!only.empty()) tick_.only(only, "square");
  start();
}

Worker::Worker(World& world, pos::drain::Tick tick) : world_(world), tick_(std::move(tick)) {
  start();
}

void Worker::start() {
  pos::io::Commands commands;
  tick_.start(commands);
  receive(std::move(commands));
}

void Worker::receive(pos::io::Commands commands) {
  note(commands);
  for (Command& each : commands) {
    if (auto* done = std::get_if<pos::io::DoneCommand>(&each)) {
      done_ = *done;
    } else if (auto* line = std::get_if<pos::io::LogCommand>(&each)) {
      logged_.push_back(std::move(*line));
    } else {
      commands_.push_back(std::move(each));
    }
  }
  const auto in_flight = std::count_if(commands_.begin(), commands_.end(), is_fetch);
  most_in_flight_ = std::max(most_in_flight_, static_cast<std::size_t>(in_flight));
}

void Worker::feed(const pos::io::Input& input) {
  pos::io::Commands commands;
  tick_.step(input, commands);
  receive(std::move(commands));
}

std::optional<Command> Worker::next() const {
  if (commands_.empty() || ended()) return std::nullopt;
  // A sleep comes last: whatever else is out happens meanwhile.
  const auto busy = std::find_if(commands_.begin(), commands_.end(), [](const Command& command) {
    return !std::holds_alternative<SleepCommand>(command);
  });
  return busy != commands_.end() ? *busy : commands_.front();
}

Command Worker::take() {
  const auto wanted = next();
  if (!wanted) throw std::logic_error("the tick asks for nothing");
  commands_.erase(std::find(commands_.begin(), commands_.end(), *wanted));
  return *wanted;
}

void Worker::wait(std::int64_t ms) {
  elapsed_ms_ += ms;
  world_.pass(ms);
}

void Worker::perform_d1(const D1Command& command, RequestFault fault) {
  pos::json::Document results;
  pos::io::Outcome outcome;
  outcome.id = command.id;
  outcome.kind = pos::io::OutcomeKind::d1_failed;
  outcome.error = "Network connection lost.";
  if (fault != RequestFault::failed) {
    const bool parsed =
        // Bytes that are no UTF-8 come out of D1 as U+FFFD.
        results.parse(
            pos::json::mended(world_.database.batch(command.statements, command.parameters)));
    if (!parsed) throw std::logic_error(results.error());
    if (fault == RequestFault::none) {
      outcome.kind = pos::io::OutcomeKind::d1_done;
      outcome.results = results.root();
    }
  }
  feed({elapsed_ms_, {outcome}});
}

Answer Worker::apply(const FetchCommand& command, RequestFault fault) {
  const bool takes_effect = fault == RequestFault::none || fault == RequestFault::lost ||
                            fault == RequestFault::server_error;
  Answer answer;
  const Tokens::Opened token = world_.tokens.open(command.credential);
  if (is_token_request(command)) {
    if (takes_effect) answer.reply = world_.tokens.exchange(command);
    if (fault == RequestFault::lost || fault == RequestFault::failed)
      answer.transport = pos::net::Transport::timeout;
    if (fault == RequestFault::refused)
      answer.reply = {400,
                      R"({"errors":[{"category":"INVALID_REQUEST_ERROR","code":"BAD_REQUEST"}]})"};
    if (fault == RequestFault::server_error) answer.reply = {500, ""};
  } else if (!token.problem.empty()) {
    answer.reply = {0, token.problem};
  } else {
    const bool refused = world_.tokens.revoked.count(token.text) > 0;
    answer =
        ask_square(world_, command.url, command.body, refused ? RequestFault::unauthorized : fault);
  }
  if (answer.reply.status == 0) answer.transport = pos::net::Transport::no_credential;
  return answer;
}

void Worker::perform_fetch(const FetchCommand& command, RequestFault fault) {
  answer(command, apply(command, fault));
}

void Worker::answer(const FetchCommand& command, const Answer& answer) {
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
  outcome.reply.date = world_.square.date;
  feed({elapsed_ms_, {outcome}});
}

void Worker::perform(RequestFault fault) {
  const Command command = take();
  if (const auto* batch = std::get_if<D1Command>(&command)) return perform_d1(*batch, fault);
  if (const auto* fetch = std::get_if<FetchCommand>(&command)) return perform_fetch(*fetch, fault);
  const auto& sleep = std::get<SleepCommand>(command);
  wait(sleep.duration_ms);
  pos::io::Outcome outcome;
  outcome.id = sleep.id;
  outcome.kind = pos::io::OutcomeKind::slept;
  feed({elapsed_ms_, {outcome}});
}

void Worker::answer_failed(const Command& command, const std::string& error) {
  pos::io::Outcome outcome;
  if (const auto* batch = std::get_if<D1Command>(&command)) {
    outcome.id = batch->id;
    outcome.kind = pos::io::OutcomeKind::d1_failed;
    outcome.error = error;
  } else {
    outcome.id = std::get<FetchCommand>(command).id;
    outcome.kind = pos::io::OutcomeKind::replied;
    outcome.reply.transport = pos::net::Transport::timeout;
  }
  feed({elapsed_ms_, {outcome}});
}

bool Worker::run_until(const std::function<bool(const Command&)>& wanted) {
  while (const auto command = next()) {
    if (wanted(*command)) return true;
    perform();
  }
  return false;
}

void Worker::run() {
  run_until([](const Command&) { return false; });
  if (!ended()) throw std::logic_error("the tick neither ended nor asked for anything");
}

}  // namespace world
