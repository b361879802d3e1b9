#include "resend/reply.hpp"

#include "base/external_id.hpp"
#include "base/json/utf8.hpp"
#include "base/json/value.hpp"
#include "base/text.hpp"
#include "net/redact.hpp"
#include "net/retry_after.hpp"

namespace pos::resend {
namespace {

using net::Outcome;
using net::Reply;
using net::Result;
using net::Transport;

constexpr std::size_t detail_most = 300;
/// Longer than any that Resend gives; its ids are UUIDs.
constexpr std::size_t id_most = 255;

Outcome outcome_of(Result result, const Reply& reply, std::string_view text) {
  Outcome outcome;
  outcome.result = result;
  outcome.detail =
      std::string(json::cut(net::redact(json::cut(text, 4 * detail_most)), detail_most));
  if (result == Result::throttled) {
    outcome.retry_after_ms = net::retry_after_ms(reply.retry_after, reply.date);
  }
  return outcome;
}

Outcome without_reply(const Reply& reply) {
  switch (reply.transport) {
    case Transport::no_credential: {
      Outcome outcome = outcome_of(Result::unauthorized, reply, reply.detail);
      outcome.without_credential = true;
      return outcome;
    }
    case Transport::timeout:
      return outcome_of(Result::unknown, reply, concat("timeout: ", reply.detail));
    case Transport::too_large:
      return outcome_of(Result::unknown, reply, "reply too large");
    case Transport::broken:
    case Transport::replied:
      break;
  }
  return outcome_of(Result::unknown, reply, concat("connection broken: ", reply.detail));
}

/// Whether an id has the shape of Resend's: a UUID (RFC 9562, 4: 8-4-4-4-12 hexadecimal digits).
bool is_uuid(std::string_view id) {
  if (id.size() != 36) return false;
  for (std::size_t i = 0; i < id.size(); ++i) {
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    const char lower = static_cast<char>(id[i] | 0x20);
    const bool digit = is_digit(id[i]) || (lower >= 'a' && lower <= 'f');
    if (dash ? id[i] != '-' : !digit) return false;
  }
  return true;
}

/// Whether a body is Resend's error format ("Errors": statusCode, name and message), says the
/// status that it came with, and names no mail.
bool is_plain_no(int status, json::Value error) {
  const json::Value code = error["statusCode"];
  const bool agrees = !code.present() || (code.is(json::Kind::integer) && code.integer() == status);
  return error["name"].is(json::Kind::string) && !error["name"].text().empty() &&
         error["message"].is(json::Kind::string) && agrees && !error["id"].present();
}

Result result_of(int status, json::Value error) {
  if (status == 401 || status == 403) return Result::unauthorized;
  if (status == 429) return Result::throttled;
  if (!is_plain_no(status, error)) return Result::unknown;
  const std::string_view name = error["name"].text();
  if (status == 409 && name == "invalid_idempotent_request") return Result::conflict;
  if (status != 400 && status != 422) return Result::unknown;
  // Of a key that is none Resend says so with 400 validation_error, as of a mail that is none.
  const bool of_key = error["message"].text().find("API key") != std::string_view::npos;
  return of_key ? Result::unauthorized : Result::rejected;
}

}  // namespace

Outcome read_reply(const Reply& reply) {
  if (reply.transport != Transport::replied) return without_reply(reply);
  json::Document body;
  const json::Value root = body.parse(reply.body) ? body.root() : json::Value();
  const std::int64_t status = reply.status;
  if (status >= 200 && status < 300) {
    const std::string_view id = id_in(root["id"], id_most);
    if (id.empty()) return outcome_of(Result::unknown, reply, concat(status, " without an id"));
    const bool plain = is_uuid(id) && root["id"].is(json::Kind::string) &&
                       !root["name"].present() && !root["statusCode"].present() &&
                       !root["error"].present() && !root["errors"].present();
    if (!plain) return outcome_of(Result::unknown, reply, concat(status, " that is no mail's"));
    Outcome outcome = outcome_of(Result::accepted, reply, concat(status));
    outcome.external_id = id;
    return outcome;
  }
  const std::string_view name = root["name"].text();
  const std::string text =
      concat(status, " ", name.empty() ? "reply without an error's name" : name, ": ",
             root["message"].text());
  Outcome outcome = outcome_of(result_of(reply.status, root), reply, text);
  outcome.may_have_happened =
      outcome.result == Result::unauthorized && !is_plain_no(reply.status, root);
  return outcome;
}

}  // namespace pos::resend
