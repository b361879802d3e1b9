// Access tokens that are due, or were refused: each is renewed once in a tick, in between the
// orders.
#include <cstddef>
#include <iterator>

#include "account/binding.hpp"
#include "account/token_age.hpp"
#include "account/token_reply.hpp"
#include "base/json/writer.hpp"
#include "base/text.hpp"
#include "drain/tick.hpp"
#include "io/frame.hpp"

namespace pos::drain {
namespace {

using store::Statement;
using Step = Renewal::Step;

constexpr Statement holding[] = {Statement::renewal_hold, Statement::renewal_read};
constexpr Statement writing[] = {Statement::renewal_write, Statement::renewal_read};
constexpr Statement refusing[] = {Statement::renewal_refuse, Statement::renewal_read};

// After a definitive rejection the seller or the operator has to act first.
constexpr std::int64_t again_after_no_ms = 3600 * 1000;

// D1 calls that must stay possible after the request: to store what it brings, and to ask once
// more.
constexpr std::int64_t renewal_d1_calls = 3;

json::Writer about(const Renewal& renewal) {
  json::Writer out;
  out.begin_object().member("restaurant_id", renewal.restaurant_id);
  out.member("version", renewal.token_version);
  return out;
}

}  // namespace

void Tick::want_renewal(std::string_view restaurant_id, std::int64_t token_version) {
  if (!settings_.can_renew()) return;
  for (const Renewal& each : renewals_) {
    if (each.restaurant_id == restaurant_id) return;
  }
  Renewal& renewal = renewals_.emplace_back();
  renewal.restaurant_id = restaurant_id;
  renewal.token_version = token_version;
}

Renewal& Tick::renewal_of(const Pending& pending) {
  return *std::next(renewals_.begin(), static_cast<std::ptrdiff_t>(pending.batch));
}

void Tick::note_due(json::Value rows) {
  for (json::Value row = rows.first(); row.present(); row = row.next()) {
    want_renewal(row.first().text(), row.at(1).integer());
  }
}

void Tick::renew(io::Commands& out) {
  std::uint32_t number = 0;
  for (Renewal& renewal : renewals_) {
    if (renewal.step == Step::wanted) {
      json::Writer query = about(renewal);
      // No later than that a request of another worker's may still be answered.
      query.member("hold_ms", settings_.push_timeout_ms + settings_.quiet_on_clock_ms());
      query.end_object();
      renewal.step = Step::holding;
      Pending& pending = prepare(CommandPurpose::renewal, 0, holding);
      pending.batch = number;
      pending.command.parameters.push_back(query.take());
      ask(pending, out);
    } else if (renewal.step == Step::ready && requests_out() < settings_.concurrency) {
      ask_for_token(renewal, number, out);
    }
    ++number;
  }
}

// Square OpenAPI, ObtainTokenRequest. The secrets are the shell's to fill in, and the tokens that
// come back the shell's to seal.
void Tick::ask_for_token(Renewal& renewal, std::uint32_t number, io::Commands& out) {
  renewal.step = Step::over;
  if (elapsed_ms_ + settings_.push_timeout_ms > settings_.wall_budget_ms ||
      subrequests_ + renewal_d1_calls >= settings_.subrequest_budget) {
    return;
  }
  renewal.step = Step::asking;
  io::FetchCommand fetch;
  fetch.id = next_id_++;
  fetch.url = concat(settings_.base_url, "/oauth2/token");
  fetch.square_version = settings_.square_version;
  fetch.timeout_ms = settings_.push_timeout_ms;
  json::Writer body;
  body.begin_object().member("client_id", settings_.application_id);
  body.member("grant_type", "refresh_token").end_object();
  fetch.body = body.take();

  const std::string access = account::bound_to(renewal.restaurant_id, "access");
  const std::string refresh = account::bound_to(renewal.restaurant_id, "refresh");
  json::Writer fillings;
  fillings.begin_object().key("client_secret");
  io::write_credential(fillings, {"SQUARE_APPLICATION_SECRET", {}, {}});
  fillings.key("refresh_token");
  io::write_credential(fillings, {{}, renewal.refresh_token, refresh});
  fetch.fillings = fillings.end_object().take();
  json::Writer seals;
  seals.begin_object().member("access_token", access).member("refresh_token", refresh);
  fetch.seals = seals.end_object().take();

  Pending& pending = pending_.emplace_back();
  pending.id = fetch.id;
  pending.purpose = CommandPurpose::token;
  pending.batch = number;
  pending.since_ms = elapsed_ms_;
  ++tally_.requests;
  ++subrequests_;
  out.emplace_back(std::move(fetch));
}

void Tick::token_replied(const Pending& pending, const io::Outcome& outcome, io::Commands& out) {
  using Kind = account::TokenReply::Kind;
  Renewal& renewal = renewal_of(pending);
  const account::TokenReply reply = account::read_token_reply(outcome.reply);
  json::Writer query = about(renewal);
  const bool renewed = reply.kind == Kind::renewed;
  if (renewed) {
    query.member("token", reply.access_token).member("age_ms", account::token_age_ms);
    query.member_if_any("refresh_token", reply.refresh_token);
    query.member_if_any("expires_at", reply.expires_at);
  } else {
    query.member("detail", reply.detail);
    query.member("again_ms",
                 reply.kind == Kind::refused ? again_after_no_ms : settings_.quiet_on_clock_ms());
    log(io::Level::warning, "an access token could not be renewed",
        concat("restaurant \"", renewal.restaurant_id, "\": ", reply.detail), out);
  }
  query.end_object();
  renewal.step = Step::writing;
  Pending& write =
      prepare(CommandPurpose::renewal, 0, renewed ? std::span(writing) : std::span(refusing));
  write.batch = pending.batch;
  write.command.parameters.push_back(query.take());
  ask(write, out);
}

// D1 says which token there is now, whichever worker renewed it, and hands out the refresh token if
// the right to use it is ours.
void Tick::renewal_answered(const Pending& pending, json::Value results) {
  Renewal& renewal = renewal_of(pending);
  const bool asked_to_hold = renewal.step == Step::holding;
  renewal.step = Step::over;
  const json::Value row = results.at(1).first();
  const std::int64_t version = row.at(1).integer();
  if (version > renewal.token_version) return take_token(renewal, row.at(0).text(), version);
  renewal.refresh_token = row.at(2).text();
  if (asked_to_hold && !renewal.refresh_token.empty()) renewal.step = Step::ready;
}

// Orders that were given back because of the old token can be claimed again.
void Tick::take_token(const Renewal& renewal, std::string_view token, std::int64_t version) {
  for (HeldAccount& account : accounts_) {
    if (account.restaurant_id != renewal.restaurant_id) continue;
    account.token = token;
    account.token_version = version;
    more_ = !failed_;
  }
}

// What is frozen says where it is sold, for ever: nothing is frozen before a location is
// configured.
void Tick::give_back_homeless(HeldOrder& order) {
  accounts_[order.account].paused = true;
  accounts_[order.account].paused_in_call = calls_;
  Settlement& settlement = order.settlement;
  settlement.event = "given_back";
  settlement.detail =
      "neither SQUARE_LOCATION_ID nor an account of the restaurant's own says where it sells";
  settlement.account = push::Account::unauthorized;
  settlement.refuses = true;
  settlement.without_credential = true;
  gather(order);
}

io::Credential Tick::credential_of(const HeldOrder& order) const {
  const HeldAccount& account = accounts_[order.account];
  if (account.token.empty()) return {"SQUARE_ACCESS_TOKEN", {}, {}};
  return {{}, account.token, account::bound_to(account.restaurant_id, "access")};
}

std::int64_t Tick::requests_out() const {
  return commands_in_flight(CommandPurpose::push) + commands_in_flight(CommandPurpose::token);
}

}  // namespace pos::drain
