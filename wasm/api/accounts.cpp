#include "api/accounts.hpp"

#include <span>
#include <utility>

#include "account/binding.hpp"
#include "account/token_age.hpp"
#include "api/queries.hpp"
#include "base/field_errors.hpp"
#include "base/json/writer.hpp"
#include "base/text.hpp"
#include "base/timestamp.hpp"
#include "runtime/http_answer.hpp"
#include "runtime/text_field.hpp"

namespace pos::api {
namespace {

using store::Statement;

constexpr Statement looking[] = {Statement::account_read};
constexpr Statement putting[] = {Statement::account_put, Statement::account_read};
constexpr Statement pausing[] = {Statement::account_pause, Statement::account_read};
constexpr Statement resuming[] = {Statement::account_resume, Statement::account_read};
constexpr Statement renewing[] = {Statement::account_renew, Statement::account_read};

constexpr std::size_t restaurant_id_most = 200;
constexpr std::size_t location_id_most = 32;  // Square OpenAPI, Location.id

// Square OpenAPI, ObtainTokenResponse.access_token and refresh_token.
constexpr std::size_t token_least = 2;
constexpr std::size_t token_most = 1024;

void read_token(json::Value value, std::string& target, FieldErrors& findings) {
  if (!value.present()) return;
  const std::string_view text = value.text();
  bool fits =
      value.is(json::Kind::string) && text.size() >= token_least && text.size() <= token_most;
  // It has to go through an HTTP header.
  for (const char c : text) fits = fits && c > ' ' && c <= '~';
  if (fits) {
    target = text;
  } else {
    findings.add(concat(value.key()),
                 "expected 2 to 1024 characters of printable ASCII, without spaces");
  }
}

std::int64_t column(json::Value row, std::size_t place) { return row.at(place).integer(); }

void require(const std::string& text, const char* name, const char* what, FieldErrors& findings) {
  if (text.empty() && findings.empty()) findings.add(name, what);
}

const char* done_to(Route route) {
  if (route == Route::account_put) return "an account has a new token";
  if (route == Route::account_pause) return "an operator paused an account";
  if (route == Route::account_resume) return "an operator resumed an account";
  return "an operator asked for a new token of an account";
}

}  // namespace

void Accounts::start(io::Commands& out) {
  json::Document document;
  if (!document.parse(request_.body.empty() ? std::string_view("{}") : request_.body) ||
      !document.root().is(json::Kind::object)) {
    runtime::problem(out, 400, "expected a JSON object");
    return;
  }
  if (!read_body(document.root(), out)) return;
  request_.body = std::string();
  if (request_.route == Route::account_put) return seal(out);
  if (request_.route == Route::account_renew && !request_.settings.can_renew()) {
    runtime::problem(
        out, 503,
        "pos-sync is not set up: a token is renewed with ACCOUNTS_KEY, SQUARE_APPLICATION_ID "
        "and SQUARE_APPLICATION_SECRET");
    return;
  }
  change(out);
}

bool Accounts::read_body(json::Value body, io::Commands& out) {
  FieldErrors findings;
  const bool puts = request_.route == Route::account_put;
  for (json::Value each = body.first(); !each.is(json::Kind::missing); each = each.next()) {
    const std::string_view name = each.key();
    if (puts && name == "restaurant_id") {
      runtime::read_text(each, restaurant_id_most, request_.restaurant_id, findings);
      if (!runtime::is_addressable(request_.restaurant_id))
        findings.add("restaurant_id", runtime::not_addressable);
    } else if (puts && name == "location_id") {
      runtime::read_text(each, location_id_most, location_id_, findings);
    } else if (puts && name == "access_token") {
      read_token(each, access_token_, findings);
    } else if (puts && name == "refresh_token") {
      read_token(each, refresh_token_, findings);
    } else if (puts && name == "expires_at") {
      runtime::read_text(each, runtime::text_most, expires_at_, findings);
      if (!expires_at_.empty() && !is_rfc3339(expires_at_)) {
        findings.add("expires_at", "expected a time as 2026-12-21T18:03:11Z");
      }
    } else if (name == "actor") {
      runtime::read_text(each, runtime::text_most, actor_, findings);
    } else if (!puts && name == "reason") {
      runtime::read_text(each, runtime::text_most, reason_, findings);
    } else {
      findings.add(concat(name), "unknown field");
    }
  }
  if (puts) {
    require(request_.restaurant_id, "restaurant_id", "expected the restaurant's id", findings);
    require(location_id_, "location_id", "expected the id of its location at Square", findings);
    require(access_token_, "access_token", "expected its access token", findings);
  }
  if (request_.route == Route::account_pause) {
    require(reason_, "reason", "expected the reason in words", findings);
  }
  if (findings.empty()) return true;
  runtime::invalid(out, findings.take());
  return false;
}

void Accounts::seal(io::Commands& out) {
  io::SealCommand command;
  command.texts.push_back(std::exchange(access_token_, {}));
  command.bound_to.push_back(account::bound_to(request_.restaurant_id, "access"));
  if (!refresh_token_.empty()) {
    command.texts.push_back(std::exchange(refresh_token_, {}));
    command.bound_to.push_back(account::bound_to(request_.restaurant_id, "refresh"));
  }
  out.emplace_back(std::move(command));
}

void Accounts::sealed(const io::Outcome& outcome, io::Commands& out) {
  if (outcome.kind == io::OutcomeKind::not_sealed) {
    runtime::problem(out, 503, concat("pos-sync is not set up: ", outcome.error));
    return;
  }
  access_token_ = outcome.results.at(0).text();
  refresh_token_ = outcome.results.at(1).text();
  step_ = Step::looking;
  json::Writer query;
  query.begin_object().member("restaurant_id", request_.restaurant_id).end_object();
  dialogue_.ask(looking, {}, query.take(), out);
}

void Accounts::put(std::int64_t version, io::Commands& out) {
  step_ = Step::writing;
  json::Writer query;
  query.begin_object().member("restaurant_id", request_.restaurant_id).member("version", version);
  query.member("location_id", location_id_).member("token", access_token_);
  query.member_if_any("refresh_token", refresh_token_).member_if_any("expires_at", expires_at_);
  query.member("age_ms", account::token_age_ms).end_object();
  dialogue_.ask(putting, {}, query.take(), out);
}

void Accounts::change(io::Commands& out) {
  step_ = Step::writing;
  json::Writer query;
  query.begin_object().member("restaurant_id", request_.restaurant_id);
  query.member("detail", concat(reason_, " (", actor_, ")")).end_object();
  const bool pauses = request_.route == Route::account_pause;
  const bool resumes = request_.route == Route::account_resume;
  dialogue_.ask(pauses    ? std::span<const Statement>(pausing)
                : resumes ? std::span<const Statement>(resuming)
                          : std::span<const Statement>(renewing),
                {}, query.take(), out);
}

void Accounts::step(const io::Input& input, io::Commands& out) {
  if (step_ == Step::sealing) {
    if (!input.outcomes.empty()) sealed(input.outcomes.front(), out);
    return;
  }
  json::Value results;
  if (!dialogue_.answered(input, results, out)) return;
  const json::Value row = runtime::D1Exchange::last_of(results).first();
  if (step_ == Step::writing) return answer_with(row, out);
  is_new_ = !row.present();
  put(column(row, account_token_version_at), out);
}

void Accounts::answer_with(json::Value row, io::Commands& out) const {
  if (!row.present()) {
    runtime::problem(out, 404,
                     "this restaurant has no account of its own; POST /v1/accounts makes one");
    return;
  }
  const bool puts = request_.route == Route::account_put;
  if (puts && column(row, account_is_asked_at) == 0) {
    runtime::problem(out, 409, "the token of this account was replaced at the same time; ask again",
                     1);
    return;
  }
  if (request_.route == Route::account_renew && column(row, account_renewable_at) == 0) {
    runtime::problem(out, 409, "this account has no refresh token");
    return;
  }
  json::Writer fields;
  fields.begin_object().member("restaurant_id", request_.restaurant_id);
  fields.member("actor", actor_).member_if_any("role", request_.role);
  fields.member_if_any("reason", reason_).end_object();
  out.emplace_back(io::LogCommand{io::Level::info, done_to(request_.route), fields.take()});
  json::Writer body;
  write_account(body, row);
  runtime::answer(out,
                  puts && is_new_                          ? 201
                  : request_.route == Route::account_renew ? 202
                                                           : 200,
                  body);
}

}  // namespace pos::api
