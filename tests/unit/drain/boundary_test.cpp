// What comes from outside and could lead a request, a key or a message astray.
#include <doctest/doctest.h>

#include <string>

#include "account/token_reply.hpp"
#include "api/request.hpp"
#include "base/json/value.hpp"
#include "identity/keys.hpp"
#include "square/listing.hpp"
#include "square/object_state.hpp"
#include "square/provider.hpp"

namespace boundary_test {

TEST_CASE("no id leads a request to another path than its own") {
  CHECK(pos::square::path_segment("ORDER-1.2_3~4") == "ORDER-1.2_3~4");
  CHECK(pos::square::path_segment("a/../b?c#d") == "a%2F..%2Fb%3Fc%23d");
  // An URL resolves these, also where their dots are encoded once.
  CHECK(pos::square::path_segment("..") == "%252E%252E");
  CHECK(pos::square::path_segment(".") == "%252E");
  CHECK(pos::square::path_segment("%2e%2e") == "%252e%252e");
  CHECK(pos::square::path_segment("...") == "...");
  for (const char* id : {"..", ".", ""}) {
    CAPTURE(id);
    for (const std::string& path : {pos::square::order_path(id), pos::square::payment_path(id)}) {
      CHECK(path.find("/.") == std::string::npos);
      CHECK(path.back() != '/');
    }
  }
}

TEST_CASE("a revision that JavaScript cannot hold is refused, and named") {
  for (const std::int64_t revision :
       {std::int64_t{0}, std::int64_t{-1}, std::int64_t{9'007'199'254'740'992},
        std::int64_t{9'223'372'036'854'775'807}}) {
    CAPTURE(revision);
    const pos::Identity identity{"ord-1", "square", revision};
    const auto errors = pos::square::check_order(identity, {});
    REQUIRE(!errors.empty());
    CHECK(errors.front().field == "revision");
    CHECK(errors.front().message.find("9007199254740991") != std::string::npos);
    CHECK(pos::square::map_order(identity, {}, "L1", "2025-08-20").problem.rfind("revision:", 0) ==
          0);
  }
  for (const char* text : {"9007199254740992", "999999999999999999", "9223372036854775807", "0"}) {
    CAPTURE(text);
    pos::json::Document query;
    REQUIRE(query.parse(std::string(R"({"revision":")") + text + "\"}"));
    pos::api::Request request;
    request.route = pos::api::Route::show;
    const auto errors = pos::api::read_query(query.root(), request);
    REQUIRE(errors.size() == 1);
    CHECK(errors.front().field == "revision");
  }
}

TEST_CASE("what Square's OAuth says of an error is kept in its words") {
  const auto words_of = [](int status, const char* body) {
    pos::net::Reply reply;
    reply.transport = pos::net::Transport::replied;
    reply.status = status;
    reply.body = body;
    return pos::account::read_token_reply(reply).detail;
  };
  CHECK(words_of(401, R"({"message":"Authorization code not found for app [sq0idp-x]",)"
                      R"("type":"service.not_authorized"})") ==
        "401 service.not_authorized: Authorization code not found for app [***]");
  CHECK(words_of(400, R"({"message":"Missing parameter"})") == "400 Missing parameter");
  CHECK(words_of(400, R"({"error":"invalid_grant","error_description":"expired"})") ==
        "400 invalid_grant: expired");
  CHECK(words_of(401, R"({"errors":[{"category":"AUTHENTICATION_ERROR","code":"UNAUTHORIZED",)"
                      R"("detail":"no"}],"message":"x"})")
            .find("UNAUTHORIZED: no") != std::string::npos);
  CHECK(words_of(200, R"({"access_token":"EAAAplain"})") ==
        "200 without an access token that a request could carry");
}

}  // namespace boundary_test
