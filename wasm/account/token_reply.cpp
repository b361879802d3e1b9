#include "account/token_reply.hpp"

#include "json/value.hpp"
#include "square/timestamp.hpp"
#include "text/text.hpp"

namespace pos::account {
namespace {

using Kind = TokenReply::Kind;

/// A no that Square would say again. 408, 409, 425 and 429 are none, nor is anything above.
bool is_definite(int status) {
  return status == 400 || status == 401 || status == 403 || status == 404 || status == 422;
}

}  // namespace

// A token has at most 1024 characters (Square OpenAPI, ObtainTokenResponse); sealed, a third more.
constexpr std::size_t sealed_most = 2048;

bool is_sealed(std::string_view text) {
  return text.substr(0, 3) == "v1." && text.size() <= sealed_most;
}

TokenReply read_token_reply(const square::Reply& reply) {
  TokenReply result;
  // What Square says of an error is read as for any other request: its code, status and words.
  result.detail = square::read_payment_reply(reply).detail;
  if (reply.transport == square::Transport::no_credential) {
    result.kind = Kind::refused;
    return result;
  }
  if (reply.transport != square::Transport::replied) return result;
  if (is_definite(reply.status)) result.kind = Kind::refused;
  json::Document document;
  if (reply.status != 200 || !document.parse(reply.body)) return result;
  const json::Value root = document.root();
  result.access_token = root["access_token"].text();
  result.refresh_token = root["refresh_token"].text();
  if (!is_sealed(result.access_token)) {
    result.access_token.clear();
    result.detail = "200 without an access token";
    return result;
  }
  if (!is_sealed(result.refresh_token)) result.refresh_token.clear();
  if (square::is_rfc3339(root["expires_at"].text())) result.expires_at = root["expires_at"].text();
  result.kind = Kind::renewed;
  return result;
}

}  // namespace pos::account
