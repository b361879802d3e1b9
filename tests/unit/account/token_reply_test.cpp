// Square's answers to a refresh token: what is a new token, what is a no, and what says nothing.
#include "account/token_reply.hpp"

#include <doctest/doctest.h>

#include <string>

namespace token_reply_test {

using pos::account::read_token_reply;
using Kind = pos::account::TokenReply::Kind;

namespace {

Kind told(int status, const std::string& body) {
  pos::net::Reply reply;
  reply.transport = pos::net::Transport::replied;
  reply.status = status;
  reply.body = body;
  return read_token_reply(reply).kind;
}

constexpr const char* tokens = R"({"access_token":"v1.k.A","refresh_token":"v1.k.R")";

}  // namespace

TEST_CASE("a refresh token is refused by Square, not by a gateway before it") {
  const std::string api =
      R"({"errors":[{"category":"AUTHENTICATION_ERROR","code":"UNAUTHORIZED"}])";
  const std::string oauth = R"({"message":"not found","type":"service.not_authorized")";
  for (const int status : {400, 401, 403, 404, 422}) {
    CAPTURE(status);
    CHECK(told(status, api + "}") == Kind::refused);
    CHECK(told(status, oauth + "}") == Kind::refused);
    for (const char* body : {"", "<html>", "{}", "[]", R"({"message":"no route matched"})",
                             R"({"type":"x"})", R"({"message":7.5,"type":"x"})",
                             R"({"message":"x","type":7.5})", R"({"errors":[{"code":"X"}]})"}) {
      CAPTURE(body);
      CHECK(told(status, body) == Kind::unknown);
    }
    CHECK(told(status, api + R"(,"access_token":"v1.k.A"})") == Kind::unknown);
    CHECK(told(status, oauth + R"(,"access_token":"v1.k.A"})") == Kind::unknown);
  }
  for (const int status : {200, 302, 408, 409, 429, 500, 503}) {
    CAPTURE(status);
    CHECK(told(status, api + "}") == Kind::unknown);
    CHECK(told(status, oauth + "}") == Kind::unknown);
  }
}

TEST_CASE("a new token beside errors is not taken: nobody knows which of the two is true") {
  CHECK(told(200, std::string(tokens) + "}") == Kind::renewed);
  CHECK(told(200, std::string(tokens) + R"(,"errors":[]})") == Kind::renewed);
  CHECK(told(200, std::string(tokens) + R"(,"errors":[{"code":"X"}]})") == Kind::unknown);
  CHECK(told(201, std::string(tokens) + "}") == Kind::unknown);
  CHECK(told(200, R"({"access_token":"unsealed"})") == Kind::unknown);
  CHECK(told(200, std::string(tokens)) == Kind::unknown);
}

}  // namespace token_reply_test
