#include "harness/mail_world.hpp"

#include <optional>
#include <stdexcept>

#include "base/json/writer.hpp"
#include "base/timestamp.hpp"
#include "harness/duration.hpp"
#include "harness/history.hpp"
#include "harness/seals.hpp"

namespace world {
namespace {
using duration::day;
constexpr std::int64_t istanbul_ms = 3LL * 3600 * 1000;  // ahead of UTC, without summer time

std::string error_of(int status, const std::string& name) {
  return R"({"statusCode":)" + std::to_string(status) + R"(,"name":")" + name +
         R"(","message":"as the test wants it"})";
}

std::string quoted_text(const std::string& text) {
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? "''" : std::string(1, c);
  return out + "'";
}

}  // namespace

ResendModel::Reply ResendModel::send(const std::string& key, const std::string& body,
                                     std::int64_t now_ms) {
  const auto known = keys_.find(key);
  if (known != keys_.end() && now_ms - known->second.at_ms < day) {
    if (known->second.body != body) return {409, error_of(409, "invalid_idempotent_request")};
    return {200, R"({"id":")" + known->second.id + "\"}"};
  }
  mails.push_back({key, body});
  const std::string number = std::to_string(mails.size());
  const std::string id = "00000000-0000-4000-8000-" + std::string(12 - number.size(), '0') + number;
  keys_[key] = {body, id, now_ms};
  return {200, R"({"id":")" + id + "\"}"};
}

MailWorld::MailWorld() {
  database.execute("INSERT INTO pos_audits (id, from_at, to_at, window_ms) VALUES ('a1', 1, 2, 3)");
}

void MailWorld::open(const std::string& restaurant, const std::string& name,
                     const std::string& email, const std::string& language) {
  database.execute("INSERT INTO pos_accounts (restaurant_id, provider, location_id) VALUES (" +
                   quoted_text(restaurant) + ", 'square', 'L-' || " + quoted_text(restaurant) +
                   ") ON CONFLICT DO NOTHING");
  database.execute(
      "INSERT INTO pos_audit_places (audit_id, location_id, restaurant_id, step, name, email, "
      "language, time_zone) VALUES ('a1', 'L-' || " +
      quoted_text(restaurant) + ", " + quoted_text(restaurant) + ", 'done', " + quoted_text(name) +
      ", " + quoted_text(email) + ", " + quoted_text(language) + ", 'Europe/Istanbul')");
}

void MailWorld::repair(const Repair& r) {
  database.execute(
      "INSERT INTO pos_repairs (action, target, audit_id, group_id, restaurant_id, location_id, "
      "external_order_id, survivor_order_id, amount, currency, fee, source_type, state, reason, "
      "created_at, updated_at) VALUES (?1, ?2, ?3, 'g-' || ?2, ?4, 'L-' || ?4, 'o-' || ?2, "
      "'s-' || ?2, CAST(?5 AS INTEGER), ?6, CAST(?7 AS INTEGER), ?8, ?9, ?10, "
      "CAST(?11 AS INTEGER), CAST(?11 AS INTEGER))",
      {r.action, r.target, r.audit, r.restaurant, std::to_string(r.amount), r.currency,
       std::to_string(r.fee), r.source_type, r.state, r.reason, std::to_string(database.now_ms)});
  database.execute(seal_repairs);
}

void MailWorld::ordered_at(const std::string& target, std::int64_t at_ms) {
  database.execute(
      "INSERT INTO pos_audit_orders (audit_id, location_id, external_order_id, created_at) "
      "VALUES ('a1', 'L', 'o-' || ?1, CAST(?2 AS INTEGER))",
      {target, std::to_string(at_ms)});
}

std::string MailWorld::mail(const std::string& restaurant, const std::string& column) {
  return database.text("SELECT " + column +
                           " FROM pos_mails WHERE restaurant_id = ?1 ORDER BY id "
                           "DESC LIMIT 1",
                       {restaurant});
}

pos::runtime::RunContext Mailer::test_context() {
  pos::runtime::RunContext context;
  context.settings.has_access_token = true;
  context.settings.location_id = "L1";
  context.repair.mail_base_url = "http://127.0.0.1:1";
  context.repair.mail_from = "Deniz <deniz@pos-sync.example>";
  context.repair.has_mail_key = true;
  context.repair.has_seal_key = true;
  return context;
}

Mailer::Mailer(MailWorld& world, const std::string& id, pos::runtime::RunContext context)
    : world_(world) {
  context.id = id;
  pos::io::Commands commands;
  job_.emplace<pos::jobs::RepairTick>(std::move(context), 0, 0).start(commands);
  receive(std::move(commands));
}

Mailer::Mailer(MailWorld& world, pos::runtime::RepairRequest request) : world_(world) {
  using pos::runtime::RepairRoute;
  pos::io::Commands commands;
  if (request.route == RepairRoute::mail_list) {
    job_.emplace<pos::mail::MailList>(std::move(request)).start(commands);
  } else if (request.route == RepairRoute::mail_approve) {
    job_.emplace<pos::mail::MailApproval>(std::move(request)).start(commands);
  } else {
    job_.emplace<pos::api::Profile>(std::move(request)).start(commands);
  }
  receive(std::move(commands));
}

void Mailer::receive(pos::io::Commands commands) {
  note(commands);
  std::optional<pos::io::SignCommand> sign;
  for (pos::io::Command& each : commands) {
    if (world_.hears) world_.hears(each);
    if (done_) throw std::logic_error("the job goes on behind its end");
    if (auto* command = std::get_if<pos::io::SignCommand>(&each)) {
      sign = *command;
    } else if (auto* done = std::get_if<pos::io::DoneCommand>(&each)) {
      done_ = *done;
    } else if (!std::holds_alternative<pos::io::LogCommand>(each)) {
      commands_.push_back(std::move(each));
    }
  }
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

void Mailer::feed(const pos::io::Outcome& outcome) {
  pos::io::Commands commands;
  std::visit([&](auto& job) { job.step({elapsed_ms_, {outcome}}, commands); }, job_);
  receive(std::move(commands));
}

std::optional<pos::io::Command> Mailer::next() const {
  if (commands_.empty() || ended()) return std::nullopt;
  return commands_.front();
}

void Mailer::perform_d1(const pos::io::D1Command& command, RequestFault fault) {
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

void Mailer::land() {
  const pos::io::Command command = *next();
  if (const auto* batch = std::get_if<pos::io::D1Command>(&command)) {
    static_cast<void>(world_.database.batch(batch->statements, batch->parameters));
  } else {
    const auto& fetch = std::get<pos::io::FetchCommand>(command);
    static_cast<void>(
        world_.resend.send(fetch.idempotency_key, fetch.body, world_.database.now_ms));
  }
}

void Mailer::perform_fetch(const pos::io::FetchCommand& command, RequestFault fault) {
  if (command.url != "http://127.0.0.1:1/emails" || command.credential.secret != "RESEND_API_KEY") {
    throw std::logic_error("this is no request to Resend: " + command.url);
  }
  pos::io::Outcome outcome;
  outcome.id = command.id;
  outcome.kind = pos::io::OutcomeKind::replied;
  outcome.reply.transport = pos::net::Transport::replied;
  ResendModel::Reply reply;
  if (fault == RequestFault::none || fault == RequestFault::lost ||
      fault == RequestFault::server_error) {
    reply = world_.resend.send(command.idempotency_key, command.body, world_.database.now_ms);
  }
  if (fault == RequestFault::lost || fault == RequestFault::failed) {
    outcome.reply.transport = pos::net::Transport::timeout;
    outcome.reply.detail = "no whole reply within 30000 ms";
  }
  if (fault == RequestFault::refused) reply = {422, error_of(422, "validation_error")};
  if (fault == RequestFault::unauthorized) reply = {403, error_of(403, "validation_error")};
  if (fault == RequestFault::throttled) reply = {429, error_of(429, "rate_limit_exceeded")};
  if (fault == RequestFault::throttled) outcome.reply.retry_after = world_.resend.retry_after;
  if (fault == RequestFault::busy) reply = {409, error_of(409, "concurrent_idempotent_requests")};
  if (fault == RequestFault::other_bytes)
    reply = {409, error_of(409, "invalid_idempotent_request")};
  if (fault == RequestFault::server_error) reply = {500, error_of(500, "application_error")};
  outcome.reply.status = reply.status;
  outcome.reply.body = reply.body;
  feed(outcome);
}

void Mailer::perform_days(const pos::io::DayBoundariesCommand& command) {
  pos::json::Document results;
  pos::io::Outcome outcome;
  outcome.id = command.id;
  outcome.kind = pos::io::OutcomeKind::unknown_time_zone;
  if (command.time_zone == "Europe/Istanbul") {
    const std::string date = pos::to_rfc3339(command.from_ms + istanbul_ms).substr(0, 10);
    const bool parsed = results.parse("[[\"" + date + "\",0]]");
    if (!parsed) throw std::logic_error(results.error());
    outcome.kind = pos::io::OutcomeKind::day_boundaries;
    outcome.results = results.root();
  }
  feed(outcome);
}

void Mailer::perform(RequestFault fault) {
  const pos::io::Command command = commands_.front();
  commands_.pop_front();
  if (const auto* batch = std::get_if<pos::io::D1Command>(&command))
    return perform_d1(*batch, fault);
  if (const auto* fetch = std::get_if<pos::io::FetchCommand>(&command)) {
    return perform_fetch(*fetch, fault);
  }
  if (const auto* days = std::get_if<pos::io::DayBoundariesCommand>(&command))
    return perform_days(*days);
  const auto& sleep = std::get<pos::io::SleepCommand>(command);
  elapsed_ms_ += sleep.duration_ms;
  world_.pass(sleep.duration_ms);
  pos::io::Outcome outcome;
  outcome.id = sleep.id;
  outcome.kind = pos::io::OutcomeKind::slept;
  feed(outcome);
}

bool Mailer::run_until(const std::function<bool(const pos::io::Command&)>& wanted) {
  while (const auto command = next()) {
    if (wanted(*command)) return true;
    perform();
  }
  return false;
}

void Mailer::run() {
  run_until([](const pos::io::Command&) { return false; });
  if (!ended()) throw std::logic_error("the job neither ended nor asked for anything");
}

}  // namespace world
