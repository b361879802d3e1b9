#include "account/token_reply.hpp"

#include "square/reply.hpp"

#include "base/json/value.hpp"
#include "base/text.hpp"
#include "base/timestamp.hpp"

namespace pos::account {
namespace {

using Kind = TokenReply::Kind;

/// A no that Square would say again. 408, 409, 425 and 429 are none, nor is anything above.
bool is_definite(int status) {
  return status == 400 || status == 401 || status == 403 || status == 404 || status == 422;
}

/// Whether a body is an error of Square's, in either of its formats: OAuth has one of its own,
/// {"message":…,"type":"service.not_authorized"}. A no that brings a token is none.
bool is_error(json::Value body) {
  const bool oauth = body["message"].is(json::Kind::string) && body["type"].is(json::Kind::string);
  return (oauth || square::is_plain_no(body)) && !body["access_token"].present();
}

/// What OAuth's routes say of an error, in the format of their own: {"message", "type"}, or
/// {"error", "error_description"} (RFC 6749, 5.2); "" if it is none of these.
std::string oauth_words(const net::Reply& reply) {
  json::Document document;
  if (reply.transport != net::Transport::replied || !document.parse(reply.body)) return {};
  const json::Value body = document.root();
  if (body["errors"].size() > 0) return {};
  const bool own = body["message"].is(json::Kind::string) || body["type"].is(json::Kind::string);
  const std::string_view type = body[own ? "type" : "error"].text();
  const std::string_view message = body[own ? "message" : "error_description"].text();
  if (type.empty() && message.empty()) return {};
  const char* colon = type.empty() || message.empty() ? "" : ": ";
  return square::outcome_with(net::Result::unknown, reply, concat(type, colon, message)).detail;
}

}  // namespace

// A token has at most 1024 characters (Square OpenAPI, ObtainTokenResponse); sealed, a third more.
constexpr std::size_t sealed_most = 2048;

bool is_sealed(std::string_view text) {
  return text.substr(0, 3) == "v1." && text.size() <= sealed_most;
}

TokenReply read_token_reply(const net::Reply& reply) {
  TokenReply result;
  // What Square says of an error is read as for any other request: its code, status and words.
  result.detail = square::read_refusal(reply).detail;
  const std::string own = oauth_words(reply);
  if (!own.empty()) result.detail = own;
  if (reply.transport == net::Transport::no_credential) {
    result.kind = Kind::refused;
    return result;
  }
  if (reply.transport != net::Transport::replied) return result;
  json::Document document;
  if (!document.parse(reply.body)) return result;
  const json::Value root = document.root();
  if (is_definite(reply.status) && is_error(root)) result.kind = Kind::refused;
  if (reply.status != 200) return result;
  if (root["errors"].size() > 0) {
    result.detail = "200 with errors beside the token";
    return result;
  }
  result.access_token = root["access_token"].text();
  result.refresh_token = root["refresh_token"].text();
  if (!is_sealed(result.access_token)) {
    result.access_token.clear();
    result.detail = "200 without an access token that a request could carry";
    return result;
  }
  if (!is_sealed(result.refresh_token)) result.refresh_token.clear();
  if (is_rfc3339(root["expires_at"].text())) result.expires_at = root["expires_at"].text();
  result.kind = Kind::renewed;
  return result;
}

}  // namespace pos::account
