#include <doctest/doctest.h>

#include <string>
#include <utility>
#include <vector>

#include "net/redact.hpp"
#include "net/retry_after.hpp"
#include "square/error_code.hpp"
#include "square/reply.hpp"

namespace reply_test {

using pos::net::Outcome;
using pos::net::Reply;
using pos::net::Result;
using pos::net::retry_after_ms;
using pos::net::Transport;
using pos::square::Asked;
using pos::square::Expected;
using pos::square::read_order_reply;
using pos::square::read_pay_order_reply;
using pos::square::read_payment_reply;

namespace {

const Expected expected{70000, "TRY"};
const char* const order_body =
    R"({"idempotency_key":"K1","order":{"location_id":"L1","reference_id":"A1",)"
    R"("metadata":{"pos_sync":"K1"}}})";
const char* const payment_body =
    R"({"idempotency_key":"K1:payment","order_id":"O1","source_id":"EXTERNAL","location_id":"L1",)"
    R"("reference_id":"A1","amount_money":{"amount":70000,"currency":"TRY"},)"
    R"("tip_money":{"amount":500,"currency":"TRY"}})";

/// An object with one of its members changed, or left out where `value` is "".
std::string object(std::vector<std::pair<std::string, std::string>> members, const std::string& but,
                   const std::string& value) {
  bool known = but.empty();
  std::string text;
  for (auto& [name, told] : members) {
    if (name == but) {
      told = value;
      known = true;
    }
    if (!told.empty()) text += (text.empty() ? "\"" : ",\"") + name + "\":" + told;
  }
  if (!known) text += ",\"" + but + "\":" + value;
  return "{" + text + "}";
}

/// The answer to `order_body` as Square gives it, but for one member.
std::string whole_order(const std::string& but = "", const std::string& value = "") {
  return R"({"order":)" +
         object({{"id", R"("O1")"},
                 {"location_id", R"("L1")"},
                 {"reference_id", R"("A1")"},
                 {"metadata", R"({"pos_sync":"K1"})"},
                 {"state", R"("OPEN")"},
                 {"version", "1"},
                 {"total_money", R"({"amount":70000,"currency":"TRY"})"}},
                but, value) +
         "}";
}

/// The same of `payment_body`.
std::string whole_payment(const std::string& but = "", const std::string& value = "") {
  return R"({"payment":)" +
         object({{"id", R"("P1")"},
                 {"status", R"("COMPLETED")"},
                 {"order_id", R"("O1")"},
                 {"location_id", R"("L1")"},
                 {"reference_id", R"("A1")"},
                 {"source_type", R"("EXTERNAL")"},
                 {"amount_money", R"({"amount":70000,"currency":"TRY"})"},
                 {"tip_money", R"({"amount":500,"currency":"TRY"})"},
                 {"total_money", R"({"amount":70500,"currency":"TRY"})"}},
                but, value) +
         "}";
}

/// The same of PayOrder, for an order that costs nothing.
std::string whole_paid_order(const std::string& but = "", const std::string& value = "") {
  return R"({"order":)" +
         object({{"id", R"("O1")"},
                 {"location_id", R"("L1")"},
                 {"reference_id", R"("A1")"},
                 {"metadata", R"({"pos_sync":"K1"})"},
                 {"state", R"("COMPLETED")"},
                 {"total_money", R"({"amount":0,"currency":"TRY"})"}},
                but, value) +
         "}";
}

Reply replied(int status, std::string_view body) {
  Reply reply;
  reply.transport = Transport::replied;
  reply.status = status;
  reply.body = body;
  return reply;
}

Outcome order(int status, std::string_view body) {
  return read_order_reply(replied(status, body), Asked::of_order(order_body), expected);
}

Outcome payment(int status, std::string_view body) {
  return read_payment_reply(replied(status, body), Asked::of_payment(payment_body));
}

std::string error(const std::string& code, const std::string& category = "INVALID_REQUEST_ERROR",
                  const std::string& detail = "") {
  std::string text = R"({"errors":[{"category":")" + category + R"(","code":")" + code + "\"";
  if (!detail.empty()) text += ",\"detail\":\"" + detail + "\"";
  return text + "}]}";
}

Result result(int status, const std::string& body) { return order(status, body).result; }

Outcome order_of(const Reply& reply) {
  return read_order_reply(reply, Asked::of_order(order_body), expected);
}
Outcome payment_of(const Reply& reply) {
  return read_payment_reply(reply, Asked::of_payment(payment_body));
}
Outcome settled(int status, const std::string& body) {
  return read_pay_order_reply(replied(status, body), "O1", Asked::of_order(order_body), {0, "TRY"});
}

const std::string booked = whole_order();

}  // namespace

TEST_CASE("a 200 with an id and the frozen total is success") {
  const Outcome outcome = order(200, booked);
  CHECK(outcome.result == Result::accepted);
  CHECK(outcome.external_id == "O1");
  CHECK(outcome.total == 70000);
  CHECK(outcome.currency == "TRY");
  CHECK_FALSE(outcome.total_differs);
}

TEST_CASE("a 200 without an id is never success") {
  for (const char* body :
       {"{}", "{\"order\":{}}", "{\"order\":null}", "{\"order\":[]}", "null", "[]", "", "OK",
        "{\"errors\":[]}",
        "{\"order\":{\"id\":\"\",\"total_money\":{\"amount\":70000,\"currency\":\"TRY\"}}}",
        "{\"order\":{\"id\":7,\"total_money\":{\"amount\":70000,\"currency\":\"TRY\"}}}",
        "{\"order\":{\"total_money\":{\"amount\":70000,\"currency\":\"TRY\"}}}"}) {
    CAPTURE(body);
    CHECK(result(200, body) == Result::unknown);
    CHECK(order(200, body).external_id.empty());
  }
}

TEST_CASE("an order without a readable total is unknown") {
  for (const char* money :
       {"null", "{}", "{\"amount\":70000}", "{\"currency\":\"TRY\"}",
        "{\"amount\":700.5,\"currency\":\"TRY\"}", "{\"amount\":\"70000\",\"currency\":\"TRY\"}"}) {
    CAPTURE(money);
    CHECK(result(200, whole_order("total_money", money)) == Result::unknown);
  }
  CHECK(result(200, whole_order("total_money", "")) == Result::unknown);
}

TEST_CASE("a torn reply is unknown at every byte where it may tear") {
  const std::string whole = booked;
  for (std::size_t size = 0; size < whole.size(); ++size) {
    CHECK(result(200, whole.substr(0, size)) == Result::unknown);
  }
}

TEST_CASE("another total is accepted and told, with both sums") {
  const Outcome other =
      order(200, whole_order("total_money", R"({"amount":71000,"currency":"TRY"})"));
  CHECK(other.result == Result::accepted);
  CHECK(other.total_differs);
  CHECK(other.total == 71000);
  CHECK(other.detail == "200 total 71000 TRY, frozen 70000 TRY");
  CHECK(
      order(200, whole_order("total_money", R"({"amount":70000,"currency":"USD"})")).total_differs);
}

TEST_CASE("a reply that never came says nothing about the effect") {
  for (const Transport transport : {Transport::timeout, Transport::broken, Transport::too_large}) {
    Reply reply;
    reply.transport = transport;
    reply.detail = "Network connection lost.";
    CHECK(order_of(reply).result == Result::unknown);
    CHECK(payment_of(reply).result == Result::unknown);
    CHECK_FALSE(order_of(reply).detail.empty());
  }
}

TEST_CASE("an unreadable reply is unknown whatever its status, but for 401, 403 and 429") {
  for (const int status :
       {200, 201, 204, 301, 302, 400, 404, 408, 409, 413, 422, 500, 501, 502, 503, 504}) {
    CAPTURE(status);
    CHECK(result(status, "<html>gateway</html>") == Result::unknown);
    CHECK(result(status, "") == Result::unknown);
  }
  CHECK(result(401, "<html>") == Result::unauthorized);
  CHECK(result(403, "") == Result::unauthorized);
  CHECK(result(429, "slow down") == Result::throttled);
}

TEST_CASE("a gateway's no is nobody's: what it stands before may have booked the sale") {
  for (const int status :
       {400, 402, 404, 405, 408, 409, 410, 413, 415, 422, 425, 300, 304, 500, 501, 503, 599}) {
    CAPTURE(status);
    for (const char* body : {"{}", R"({"message":"no route matched"})", R"({"errors":[]})",
                             R"({"errors":{}})", R"({"errors":"INVALID_VALUE"})"}) {
      CAPTURE(body);
      CHECK(result(status, body) == Result::unknown);
      CHECK(payment(status, body).result == Result::unknown);
      CHECK(settled(status, body).result == Result::unknown);
    }
  }
  CHECK(result(401, "{}") == Result::unauthorized);
  CHECK(result(429, "{}") == Result::throttled);
}

TEST_CASE("a definite no is rejected, with the field and the words") {
  const Outcome outcome =
      order(400,
            R"({"errors":[{"category":"INVALID_REQUEST_ERROR","code":"VALUE_TOO_LONG",
          "detail":"Field must not be greater than 30 in length.","field":"order.ticket_name"}]})");
  CHECK(outcome.result == Result::rejected);
  CHECK(outcome.detail ==
        "400 VALUE_TOO_LONG order.ticket_name: Field must not be greater than 30 in length.");
  CHECK(outcome.unknown_code.empty());
}

TEST_CASE("codes that a category would misjudge are judged by the code") {
  CHECK(result(408, error("REQUEST_TIMEOUT")) == Result::unknown);
  CHECK(result(400, error("TEMPORARY_ERROR", "PAYMENT_METHOD_ERROR")) == Result::unknown);
  CHECK(result(400, error("REQUEST_TIMEOUT")) == Result::unknown);
  CHECK(result(409, error("CONFLICT")) == Result::unknown);
  CHECK(result(400, error("VERSION_MISMATCH")) == Result::unknown);
  CHECK(result(501, error("NOT_IMPLEMENTED", "API_ERROR")) == Result::rejected);
  CHECK(result(503, error("RATE_LIMITED", "RATE_LIMIT_ERROR")) == Result::throttled);
}

TEST_CASE("a no that its own status contradicts is not believed") {
  for (const int status : {302, 408, 409, 425, 500, 502, 503, 504}) {
    CAPTURE(status);
    CHECK(result(status, error("INVALID_VALUE")) == Result::unknown);
    CHECK(result(status, error("UNAUTHORIZED", "AUTHENTICATION_ERROR")) == Result::unknown);
  }
  CHECK(result(429, error("INVALID_VALUE")) == Result::throttled);
  CHECK(result(501, error("INVALID_VALUE")) == Result::unknown);
}

TEST_CASE("a no whose category says something else may hide an order that stands") {
  for (const char* category : {"API_ERROR", "RATE_LIMIT_ERROR", "AUTHENTICATION_ERROR",
                               "EXTERNAL_VENDOR_ERROR", "FOO", "invalid_request_error", "X"}) {
    for (const char* code : {"INVALID_VALUE", "BAD_REQUEST", "NOT_FOUND", "VALUE_TOO_LONG"}) {
      CAPTURE(category);
      CAPTURE(code);
      CHECK(result(400, error(code, category)) == Result::unknown);
      CHECK(payment(400, error(code, category)).result == Result::unknown);
    }
  }
  for (const char* category : {"INVALID_REQUEST_ERROR", "PAYMENT_METHOD_ERROR", "REFUND_ERROR",
                               "MERCHANT_SUBSCRIPTION_ERROR"}) {
    CAPTURE(category);
    CHECK(result(400, error("INVALID_VALUE", category)) == Result::rejected);
  }
  CHECK(result(501, error("INVALID_VALUE", "API_ERROR")) == Result::unknown);
}

TEST_CASE("an error that carries what it denies is no definite no") {
  for (const char* inside : {R"("order":{"id":"O1"})", R"("payment":{"id":"P1"})",
                             R"("orders":[{"id":"O1"}])", R"("more":[])"}) {
    CAPTURE(inside);
    const std::string body =
        std::string(R"({"errors":[{"category":"INVALID_REQUEST_ERROR","code":"INVALID_VALUE",)") +
        inside + "}]}";
    CHECK(result(400, body) == Result::unknown);
  }
  CHECK(result(400, R"({"errors":[{"category":"INVALID_REQUEST_ERROR","code":"INVALID_VALUE",)"
                    R"("docs":"https://example.com","n":1}]})") == Result::rejected);
}

TEST_CASE("a dead token says nothing about the order") {
  CHECK(result(401, error("ACCESS_TOKEN_EXPIRED", "AUTHENTICATION_ERROR")) == Result::unauthorized);
  CHECK(result(401, error("ACCESS_TOKEN_REVOKED", "AUTHENTICATION_ERROR")) == Result::unauthorized);
  CHECK(result(403, error("INSUFFICIENT_SCOPES", "AUTHENTICATION_ERROR")) == Result::unauthorized);
}

TEST_CASE("a dead token is known by its code, whatever its status and its category") {
  for (const char* code : {"UNAUTHORIZED", "ACCESS_TOKEN_EXPIRED", "ACCESS_TOKEN_REVOKED",
                           "FORBIDDEN", "INSUFFICIENT_SCOPES"}) {
    CAPTURE(code);
    CHECK(result(400, error(code, "API_ERROR")) == Result::unauthorized);
  }
}

TEST_CASE("a code that leaves it open is no definite no, however definite the rest sounds") {
  for (const char* code :
       {"INTERNAL_SERVER_ERROR", "BAD_GATEWAY", "SERVICE_UNAVAILABLE", "GATEWAY_TIMEOUT",
        "REQUEST_TIMEOUT", "TEMPORARY_ERROR", "CONFLICT", "VERSION_MISMATCH",
        "REFUND_ALREADY_PENDING", "REFUND_ERROR_PAYMENT_NEEDS_COMPLETION"}) {
    CAPTURE(code);
    CHECK(result(400, error(code)) == Result::unknown);
  }
}

TEST_CASE("a no is believed under every 4xx that does not contradict it, and no other status") {
  for (const int status : {400, 402, 410, 418, 499}) {
    CAPTURE(status);
    CHECK(result(status, error("INVALID_VALUE")) == Result::rejected);
  }
  for (const int status : {199, 200, 299, 300, 301, 399}) {
    CAPTURE(status);
    CHECK(result(status, error("INVALID_VALUE")) == Result::unknown);
    CHECK(result(status, error("BRAND_NEW")) == Result::unknown);
  }
}

TEST_CASE("a reply is no success but under a 2xx, whatever stands in it") {
  const std::string paid = whole_payment();
  const std::string failed = whole_payment("status", R"("FAILED")");
  for (const int status : {200, 201, 299}) {
    CAPTURE(status);
    CHECK(order(status, booked).result == Result::accepted);
    CHECK(payment(status, paid).result == Result::accepted);
  }
  for (const int status : {100, 199, 300, 302, 408, 500, 503}) {
    CAPTURE(status);
    CHECK(order(status, booked).result == Result::unknown);
    CHECK(payment(status, paid).result == Result::unknown);
    CHECK(payment(status, failed).result == Result::unknown);
  }
}

TEST_CASE("a reply that was cut off is unknown, also where what came of it can be read") {
  for (const Transport transport : {Transport::timeout, Transport::broken, Transport::too_large}) {
    Reply reply = replied(200, booked);
    reply.transport = transport;
    CHECK(order_of(reply).result == Result::unknown);
    reply.status = 400;
    const std::string no = error("INVALID_VALUE");
    reply.body = no;
    CHECK(order_of(reply).result == Result::unknown);
    CHECK(payment_of(reply).result == Result::unknown);
  }
}

TEST_CASE("a reply that is no JSON object is no definite no") {
  for (const char* body : {"[]", "7", "null", "\"Bad Request\"", "[{\"errors\":[]}]"}) {
    CAPTURE(body);
    CHECK(order(400, body).result == Result::unknown);
    CHECK(payment(400, body).result == Result::unknown);
    CHECK(payment(401, body).result == Result::unauthorized);
  }
}

TEST_CASE("a key that is taken by another body is a conflict, in both of Square's wordings") {
  CHECK(result(400, error("IDEMPOTENCY_KEY_REUSED")) == Result::conflict);
  CHECK(result(409, error("IDEMPOTENCY_KEY_REUSED")) == Result::conflict);
  CHECK(result(400, error("BAD_REQUEST", "INVALID_REQUEST_ERROR",
                          "Order EhdRM9Mom already exists.")) == Result::conflict);
  CHECK(result(400, error("BAD_REQUEST", "INVALID_REQUEST_ERROR", "Order is empty.")) ==
        Result::rejected);
  CHECK(result(400, error("INVALID_VALUE", "INVALID_REQUEST_ERROR", "The name already exists.")) ==
        Result::rejected);
}

TEST_CASE("a code that nobody has seen is never a definite no, for the effect is possible") {
  for (const char* category : {"INVALID_REQUEST_ERROR", "API_ERROR", "PAYMENT_METHOD_ERROR",
                               "MERCHANT_SUBSCRIPTION_ERROR", "BRAND_NEW_TOO", ""}) {
    for (const int status : {200, 299, 302, 400, 402, 404, 405, 408, 409, 410, 413, 415, 422, 425,
                             499, 500, 501, 503}) {
      CAPTURE(category);
      CAPTURE(status);
      CHECK(result(status, error("BRAND_NEW", category)) == Result::unknown);
      CHECK(payment(status, error("BRAND_NEW", category)).result == Result::unknown);
    }
  }
}

TEST_CASE("a code that nobody has seen does not hide that the request was not let in") {
  for (const int status : {401, 403})
    CHECK(result(status, error("BRAND_NEW")) == Result::unauthorized);
  CHECK(result(429, error("BRAND_NEW")) == Result::throttled);
  CHECK(result(400, error("BRAND_NEW", "AUTHENTICATION_ERROR")) == Result::unauthorized);
  CHECK(result(400, error("BRAND_NEW", "RATE_LIMIT_ERROR")) == Result::throttled);
  // But neither where the status says that it may have been.
  for (const int status : {200, 408, 409, 425, 500}) {
    CAPTURE(status);
    CHECK(result(status, error("BRAND_NEW", "AUTHENTICATION_ERROR")) == Result::unknown);
    CHECK(result(status, error("BRAND_NEW", "RATE_LIMIT_ERROR")) == Result::unknown);
  }
}

TEST_CASE("a code that nobody has seen is told by its name, and what is no code is told as other") {
  CHECK(order(400, error("BRAND_NEW_2")).unknown_code == "BRAND_NEW_2");
  CHECK(order(500, error("BRAND_NEW_2")).unknown_code == "BRAND_NEW_2");
  CHECK(payment(401, error("BRAND_NEW_2")).unknown_code == "BRAND_NEW_2");
  CHECK(order(400, error(std::string(65, 'A'))).unknown_code == std::string(64, 'A'));
  for (const char* odd : {"brand_new", "EAAAl0123 secret", "BRAND-NEW", "ŞİŞ", " "}) {
    CAPTURE(odd);
    CHECK(order(400, error(odd)).unknown_code == "other");
  }
  const char* several =
      R"({"errors":[{"category":"INVALID_REQUEST_ERROR","code":"INVALID_VALUE"},{"category":"X","code":"FIRST_NEW"},)"
      R"({"category":"X","code":"SECOND_NEW"}]})";
  CHECK(order(400, several).result == Result::unknown);
  CHECK(order(400, several).unknown_code == "FIRST_NEW");
}

TEST_CASE("a code that nobody has seen is an answer under a 4xx, and silence under a 5xx") {
  CHECK(order(400, error("BRAND_NEW")).answered);
  CHECK(order(499, error("BRAND_NEW")).answered);
  for (const int status : {200, 302, 399, 500, 503}) {
    CAPTURE(status);
    CHECK_FALSE(order(status, error("BRAND_NEW")).answered);
  }
  // These say more of the account than that it answers.
  CHECK_FALSE(order(401, error("BRAND_NEW")).answered);
  CHECK_FALSE(order(429, error("BRAND_NEW")).answered);
  CHECK_FALSE(order(409, error("CONFLICT")).answered);
}

TEST_CASE("errors inside a 200 are read, and none of them is a definite no") {
  CHECK(result(200, error("INVALID_VALUE")) == Result::unknown);
  CHECK(result(200, error("NOT_FOUND")) == Result::unknown);
  CHECK(payment(200, error("NOT_FOUND")).result == Result::unknown);
  CHECK(result(200, error("TEMPORARY_ERROR", "PAYMENT_METHOD_ERROR")) == Result::unknown);
  CHECK(result(200, error("IDEMPOTENCY_KEY_REUSED")) == Result::conflict);
}

TEST_CASE("several errors are a no only if all of them are") {
  const auto both = [](const char* first, const char* second) {
    const std::string member = R"({"category":"INVALID_REQUEST_ERROR","code":")";
    return result(400, R"({"errors":[)" + member + first + "\"}," + member + second + "\"}]}");
  };
  CHECK(both("INVALID_VALUE", "VALUE_EMPTY") == Result::rejected);
  CHECK(both("INVALID_VALUE", "INTERNAL_SERVER_ERROR") == Result::unknown);
  CHECK(both("IDEMPOTENCY_KEY_REUSED", "INVALID_VALUE") == Result::conflict);
}

TEST_CASE(
    "an error that is not in Square's format is no definite no, and neither is one beside it") {
  const std::string good = R"({"category":"INVALID_REQUEST_ERROR","code":"INVALID_VALUE"})";
  for (const char* odd :
       {R"({"code":"INVALID_VALUE"})", R"({"category":"INVALID_REQUEST_ERROR"})",
        R"({"category":"","code":"INVALID_VALUE"})", R"({"category":7,"code":"INVALID_VALUE"})",
        R"({"category":7.5,"code":"INVALID_VALUE"})", R"({"category":"X","code":""})",
        R"({"category":"X","code":1.5})", R"({"detail":"no code"})", "7", "\"x\"", "null"}) {
    CAPTURE(odd);
    for (const std::string& list : {std::string(odd), good + "," + odd, odd + ("," + good)}) {
      CHECK(result(400, R"({"errors":[)" + list + "]}") == Result::unknown);
    }
  }
  CHECK(result(400, R"({"errors":[)" + good + "]}") == Result::rejected);
  CHECK(
      order(400, R"({"errors":[{"code":"INVALID_VALUE","field":"a"},{"detail":"why"}]})").detail ==
      "400 INVALID_VALUE a; error without a code: why");
  CHECK(order(400, R"({"errors":[{"detail":"no code"}]})").unknown_code.empty());
  CHECK_FALSE(order(400, R"({"errors":[{"code":"BRAND_NEW"}]})").answered);
}

TEST_CASE("a no that carries what it denies is no no: the sale stands, or somebody is mistaken") {
  const auto beside = [](const std::string& more, const char* code = "INVALID_VALUE") {
    const std::string no = error(code);
    return no.substr(0, no.size() - 1) + "," + more + "}";
  };
  const std::string an_order = booked.substr(1, booked.size() - 2);
  const std::string paid = whole_payment().substr(1, whole_payment().size() - 2);
  for (const int status : {200, 400, 401, 403, 404, 422}) {
    CAPTURE(status);
    CHECK(result(status, beside(an_order)) == Result::unknown);
    CHECK(result(status, beside(R"("order":{"id":"O1"})")) == Result::unknown);
    CHECK(result(status, beside(R"("order":{})")) == Result::unknown);
    CHECK(payment(status, beside(paid)).result == Result::unknown);
    CHECK(settled(status, beside(an_order)).result == Result::unknown);
  }
  CHECK(result(401, beside(an_order, "UNAUTHORIZED")) == Result::unknown);
  CHECK(result(429, beside(an_order, "RATE_LIMITED")) == Result::throttled);
  CHECK(result(400, beside(an_order, "IDEMPOTENCY_KEY_REUSED")) == Result::unknown);
  CHECK(result(400, beside(R"("message":"see above")")) == Result::unknown);
  // What is null is not there.
  CHECK(result(400, beside(R"("order":null)")) == Result::rejected);
}

TEST_CASE(
    "a payment that failed may stand beside its errors, if it is the one that was asked for") {
  const std::string no = error("GENERIC_DECLINE", "PAYMENT_METHOD_ERROR");
  const auto with = [&](const std::string& but, const std::string& value) {
    const std::string whole = whole_payment("status", R"("FAILED")");
    const std::string failed = but.empty() ? whole : [&] {
      std::string text = whole_payment(but, value);
      const std::size_t at = text.find("COMPLETED");
      return text.replace(at, 9, "FAILED");
    }();
    return no.substr(0, no.size() - 1) + "," + failed.substr(1);
  };
  CHECK(payment(402, with("", "")).result == Result::rejected);
  CHECK(payment(402, with("order_id", R"("O2")")).result == Result::unknown);
  CHECK(payment(200, with("", "")).result == Result::unknown);
  CHECK(payment(500, with("", "")).result == Result::unknown);
  std::string canceled = with("", "");
  canceled.replace(canceled.find("FAILED"), 6, "CANCELED");
  CHECK(payment(402, canceled).result == Result::unknown);
  // Only a payment does so.
  std::string order_beside = error("INVALID_VALUE");
  order_beside.pop_back();
  CHECK(result(400, order_beside + R"(,"payment":{"status":"FAILED"}})") == Result::unknown);
}

TEST_CASE("errors beside an order that was made leave it open which of the two is true") {
  for (const char* errors : {R"([{"category":"API_ERROR","code":"INTERNAL_SERVER_ERROR"}])",
                             R"([7])", R"({"code":"X"})", R"("none")", "false"}) {
    CAPTURE(errors);
    const std::string more = std::string(R"(,"errors":)") + errors + "}";
    const auto with = [&](std::string text) {
      text.pop_back();
      return text + more;
    };
    CHECK(result(200, with(booked)) == Result::unknown);
    CHECK(payment(200, with(whole_payment())).result == Result::unknown);
    CHECK(settled(200, with(whole_paid_order())).result == Result::unknown);
  }
  const auto without = [](std::string text, const char* more) {
    text.pop_back();
    return text + more;
  };
  CHECK(result(200, without(booked, R"(,"errors":[]})")) == Result::accepted);
  CHECK(payment(200, without(whole_payment(), R"(,"errors":null})")).result == Result::accepted);
}

TEST_CASE("a 200 that tells of another order is not taken for ours: ours would never be sent") {
  CHECK(result(200, booked) == Result::accepted);
  CHECK(result(200, whole_order("location_id", R"("L2")")) == Result::unknown);
  CHECK(result(200, whole_order("reference_id", R"("A2")")) == Result::unknown);
  CHECK(result(200, whole_order("metadata", R"({"pos_sync":"K2"})")) == Result::unknown);
  CHECK(order(200, whole_order("metadata", R"({"pos_sync":"K2"})")).detail ==
        "200 order O1 is another one: its metadata.pos_sync is \"K2\", asked for K1");
  CHECK(order(200, whole_order("metadata", R"({"pos_sync":"K2"})")).external_id.empty());
}

TEST_CASE("a 200 that does not say whose order it is says nothing of ours") {
  for (const char* member : {"location_id", "reference_id", "metadata", "state"}) {
    CAPTURE(member);
    CHECK(result(200, whole_order(member, "")) == Result::unknown);
    CHECK(result(200, whole_order(member, "null")) == Result::unknown);
    CHECK(result(200, whole_order(member, "7")) == Result::unknown);
    CHECK(result(200, whole_order(member, "7.5")) == Result::unknown);
  }
  CHECK(result(200, whole_order("metadata", "{}")) == Result::unknown);
  CHECK(result(200, whole_order("metadata", R"(["K1"])")) == Result::unknown);
}

TEST_CASE(
    "an order that is canceled, or a draft, is not what CreateOrder makes: nothing is paid to it") {
  CHECK(result(200, whole_order("state", R"("COMPLETED")")) == Result::accepted);
  for (const char* state : {R"("CANCELED")", R"("DRAFT")", R"("")", R"("open")"}) {
    CAPTURE(state);
    CHECK(result(200, whole_order("state", state)) == Result::unknown);
  }
  CHECK(order(200, whole_order("state", R"("CANCELED")")).detail == "200 order O1 is \"CANCELED\"");
}

TEST_CASE("what cannot be an id is none, and whoever has no id is not booked") {
  const std::string longest(192, 'x');
  const auto quoted = [](const std::string& text) { return "\"" + text + "\""; };
  CHECK(result(200, whole_order("id", quoted(longest))) == Result::accepted);
  CHECK(payment(200, whole_payment("id", quoted(longest))).result == Result::accepted);
  for (const std::string& id :
       {quoted(longest + "x"), quoted(""), std::string("7"), std::string("7.5"),
        std::string("[\"O1\"]"), std::string("true"), quoted("O\\n1")}) {
    CAPTURE(id);
    CHECK(result(200, whole_order("id", id)) == Result::unknown);
    CHECK(payment(200, whole_payment("id", id)).result == Result::unknown);
    CHECK(settled(200, whole_paid_order("id", id)).result == Result::unknown);
  }
}

TEST_CASE("a total that only a negative or foreign tip explains is no total") {
  const auto with_tip = [](const char* total, const char* tip) {
    std::string text =
        whole_order("total_money", std::string(R"({"amount":)") + total + R"(,"currency":"TRY"})");
    text.resize(text.size() - 2);
    return order(200, text + R"(,"total_tip_money":)" + tip + "}}");
  };
  CHECK(with_tip("70500", R"({"amount":500,"currency":"TRY"})").result == Result::accepted);
  CHECK_FALSE(with_tip("70500", R"({"amount":500,"currency":"TRY"})").total_differs);
  CHECK_FALSE(with_tip("70000", R"({"amount":0,"currency":"TRY"})").total_differs);
  CHECK_FALSE(with_tip("70000", R"({"amount":500,"currency":"TRY"})").total_differs);
  CHECK_FALSE(with_tip("70000", "null").total_differs);
  CHECK(with_tip("71000", R"({"amount":500,"currency":"TRY"})").total_differs);
  for (const char* tip : {R"({"amount":-500,"currency":"TRY"})", R"({"amount":-500})",
                          R"({"amount":500,"currency":"USD"})", R"({"amount":"500"})", "{}", "500",
                          R"({"amount":500.5,"currency":"TRY"})"}) {
    CAPTURE(tip);
    CHECK(with_tip("69500", tip).result == Result::unknown);
    CHECK(with_tip("70000", tip).result == Result::unknown);
    CHECK(with_tip("70500", tip).result == Result::unknown);
  }
  CHECK(with_tip("-9223372036854775808", R"({"amount":1,"currency":"TRY"})").result ==
        Result::unknown);
  CHECK(with_tip("70000", R"({"amount":9223372036854775808,"currency":"TRY"})").result ==
        Result::unknown);
  CHECK(with_tip("0", R"({"amount":9223372036854775807,"currency":"TRY"})").total_differs);
  CHECK(result(200, whole_order("total_money", R"({"amount":-1,"currency":"TRY"})")) ==
        Result::unknown);
}

TEST_CASE("only a completed payment is paid") {
  const auto with_status = [](const std::string& status) {
    return payment(200, whole_payment("status", "\"" + status + "\""));
  };
  CHECK(with_status("COMPLETED").result == Result::accepted);
  CHECK(with_status("COMPLETED").external_id == "P1");
  CHECK(with_status("COMPLETED").total == 70500);
  CHECK(with_status("FAILED").result == Result::rejected);
  CHECK(with_status("CANCELED").result == Result::rejected);
  CHECK(with_status("APPROVED").result == Result::unknown);
  CHECK(with_status("PENDING").result == Result::unknown);
  CHECK(with_status("").result == Result::unknown);
  CHECK(payment(200, whole_payment("status", "")).result == Result::unknown);
  CHECK(payment(200, whole_payment("id", "")).result == Result::unknown);
  CHECK(payment(200, "{}").result == Result::unknown);
  CHECK(payment(200, booked).result == Result::unknown);
  CHECK(payment(400, error("IDEMPOTENCY_KEY_REUSED")).result == Result::conflict);
}

TEST_CASE("a payment of another sale is not taken for ours: ours would never be paid") {
  CHECK(payment(200, R"({"payment":{"id":"P1","status":"COMPLETED"}})").result == Result::unknown);
  CHECK(payment(200, R"({"payment":{"id":"P1","status":"FAILED"}})").result == Result::unknown);
  for (const auto& each : std::vector<std::pair<const char*, const char*>>{
           {"order_id", R"("O2")"},
           {"location_id", R"("L2")"},
           {"reference_id", R"("A2")"},
           {"source_type", R"("CARD")"},
           {"amount_money", R"({"amount":69999,"currency":"TRY"})"},
           {"amount_money", R"({"amount":70000,"currency":"USD"})"},
           {"amount_money", R"({"amount":"70000","currency":"TRY"})"},
           {"total_money", R"({"amount":70000,"currency":"TRY"})"},
           {"total_money", R"({"amount":70500,"currency":"USD"})"},
           {"tip_money", R"({"amount":400,"currency":"TRY"})"},
           {"tip_money", R"({"amount":500,"currency":"USD"})"}}) {
    const char* const member = each.first;
    const char* const value = each.second;
    CAPTURE(member);
    CAPTURE(value);
    for (const char* status : {"COMPLETED", "FAILED", "CANCELED"}) {
      std::string text = whole_payment(member, value);
      text.replace(text.find("COMPLETED"), 9, status);
      CHECK(payment(200, text).result == Result::unknown);
    }
  }
}

TEST_CASE(
    "what Square always says of a payment has to be there, and what it may leave out need not") {
  for (const char* member :
       {"order_id", "location_id", "reference_id", "amount_money", "total_money"}) {
    CAPTURE(member);
    CHECK(payment(200, whole_payment(member, "")).result == Result::unknown);
    CHECK(payment(200, whole_payment(member, "null")).result == Result::unknown);
  }
  for (const char* member : {"source_type", "tip_money"}) {
    CAPTURE(member);
    CHECK(payment(200, whole_payment(member, "")).result == Result::accepted);
    CHECK(payment(200, whole_payment(member, "null")).result == Result::accepted);
  }
  CHECK(payment(200, whole_payment("note", R"("Visa")")).result == Result::accepted);
}

TEST_CASE("an order that Square has made a second ago is there, whatever a payment to it is told") {
  const Outcome early = payment(404, error("NOT_FOUND"));
  CHECK(early.result == Result::unknown);
  CHECK(early.answered);
  CHECK(payment(400, error("NOT_FOUND")).result == Result::unknown);
  CHECK(settled(404, error("NOT_FOUND")).result == Result::unknown);
  CHECK(settled(404, error("NOT_FOUND")).answered);
  // Of what is to be made anew it is a no.
  CHECK(result(404, error("NOT_FOUND")) == Result::rejected);
  CHECK_FALSE(order(404, error("NOT_FOUND")).answered);
  CHECK(payment(404, error("INVALID_VALUE")).result == Result::rejected);
  CHECK(payment(401, error("NOT_FOUND")).result != Result::rejected);
}

TEST_CASE("a refusal of our token that is not Square's own may hide a sale") {
  for (const int status : {401, 403}) {
    CAPTURE(status);
    for (const char* body : {"<html>", "", "{}", R"({"message":"Forbidden"})", "[]"}) {
      CAPTURE(body);
      CHECK(order(status, body).result == Result::unauthorized);
      CHECK(order(status, body).may_have_happened);
    }
    CHECK_FALSE(order(status, error("UNAUTHORIZED", "AUTHENTICATION_ERROR")).may_have_happened);
  }
  CHECK_FALSE(order(404, "{}").may_have_happened);
  Reply closed;
  closed.transport = Transport::no_credential;
  CHECK_FALSE(order_of(closed).may_have_happened);
}

TEST_CASE("a name that occurs twice leaves it open which of its values is true") {
  std::string text = whole_payment();
  text.replace(text.find(R"("order_id")"), 0, R"("order_id":"O2",)");
  CHECK(payment(200, text).result == Result::unknown);
  text = booked;
  text.replace(text.find(R"("state")"), 0, R"("state":"CANCELED",)");
  CHECK(result(200, text) == Result::unknown);
  text = error("INVALID_VALUE");
  text.replace(text.size() - 1, 0, R"(,"errors":[])");
  CHECK(result(400, text) == Result::unknown);
}

TEST_CASE("what was asked for is read from the bytes, however they are escaped") {
  const Asked odd = Asked::of_order(
      R"({"idempotency_key":"K\"1","order":{"location_id":"L\\1","reference_id":"Ş1",)"
      R"("line_items":[{"name":"\"location_id\":\"L9\""}]}})");
  std::string text = whole_order("location_id", R"("L\\1")");
  const auto swap = [&](const char* from, const char* to) {
    text.replace(text.find(from), std::string_view(from).size(), to);
  };
  swap("A1", "\\u015e1");
  CHECK(read_order_reply(replied(200, text), odd, expected).result == Result::unknown);
  swap("K1", "K\\\"1");
  CHECK(read_order_reply(replied(200, text), odd, expected).result == Result::accepted);
}

TEST_CASE("how long Square asks us to wait") {
  CHECK(retry_after_ms("", "") == -1);
  CHECK(retry_after_ms("0", "") == 0);
  CHECK(retry_after_ms(" 30 ", "") == 30000);
  CHECK(retry_after_ms("\t30\t", "") == 30000);
  CHECK(retry_after_ms("86401", "") == 86400000);
  CHECK(retry_after_ms("99999999999999999999999", "") == 86400000);
  for (const char* odd : {"-1", "1.5", "soon", "30s", "1e3"}) CHECK(retry_after_ms(odd, "") == -1);
}

TEST_CASE("a date to wait for is measured against the same reply's own date") {
  const char* now = "Sun, 28 Feb 2027 23:59:30 GMT";
  CHECK(retry_after_ms("Mon, 01 Mar 2027 00:00:30 GMT", now) == 60000);
  CHECK(retry_after_ms("Sun, 28 Feb 2027 23:59:00 GMT", now) == 0);
  CHECK(retry_after_ms("Mon, 01 Mar 2032 00:00:30 GMT", now) == 86400000);
  CHECK(retry_after_ms("Mon, 01 Mar 2027 00:00:30 GMT", "") == -1);
  CHECK(retry_after_ms("Mon, 01 Mar 2027 00:00:30 +0300", now) == -1);
  CHECK(retry_after_ms("Mon, 29 Feb 2027 00:00:30 GMT", now) == -1);
}

TEST_CASE("a throttled reply carries its wait, every other none") {
  const std::string body = error("RATE_LIMITED", "RATE_LIMIT_ERROR");
  Reply reply = replied(429, body);
  reply.retry_after = "7";
  CHECK(order_of(reply).retry_after_ms == 7000);
  reply.status = 503;
  reply.body = "";
  CHECK(order_of(reply).retry_after_ms == -1);
}

TEST_CASE("a detail is short, whole in its characters, and holds no secret") {
  std::string words;
  for (int i = 0; i < 400; ++i) words += "ş";
  const std::string detail =
      order(400, error("INVALID_VALUE", "INVALID_REQUEST_ERROR", words)).detail;
  CHECK(detail.size() <= 300);
  CHECK(detail.size() > 290);
  CHECK(static_cast<unsigned char>(detail.back()) == 0x9f);

  Reply reply;
  reply.transport = Transport::broken;
  reply.detail = "bad header Authorization: Bearer EAAAEOabc-123_x";
  CHECK(order_of(reply).detail == "connection broken: bad header Authorization: Bearer ***");
}

TEST_CASE("tokens are masked, words that only look like them are not") {
  using pos::net::redact;
  CHECK(redact("bearer   abc.def, next") == "bearer   ***, next");
  CHECK(redact("token EAAAl0123 and sq0csp-xyz.") == "token *** and ***");
  CHECK(redact("Order XEAAA1 is fine") == "Order XEAAA1 is fine");
  CHECK(redact("forbearer x") == "forbearer x");
  CHECK(redact("Bearer") == "Bearer");
  CHECK(redact("").empty());
}

TEST_CASE("an order that costs nothing is settled once Square says that it is completed") {
  const Outcome plain = settled(200, whole_paid_order());
  CHECK(plain.result == Result::accepted);
  CHECK(plain.external_id.empty());
  CHECK(settled(200, whole_paid_order("tenders", R"([{"payment_id":"P1"}])")).external_id == "P1");
  CHECK(settled(200, whole_paid_order("tenders", R"([{"payment_id":7.5}])")).external_id.empty());
  for (const auto& each : std::vector<std::pair<const char*, const char*>>{
           {"state", R"("OPEN")"},
           {"state", ""},
           {"id", R"("O2")"},
           {"id", ""},
           {"location_id", R"("L2")"},
           {"reference_id", R"("A2")"},
           {"metadata", R"({"pos_sync":"K2"})"},
           {"total_money", R"({"amount":1,"currency":"TRY"})"},
           {"total_money", R"({"amount":0,"currency":"USD"})"},
           {"total_money", ""}}) {
    const char* const member = each.first;
    const char* const value = each.second;
    CAPTURE(member);
    CAPTURE(value);
    CHECK(settled(200, whole_paid_order(member, value)).result == Result::unknown);
  }
  for (const std::string& body : {whole_payment(), std::string("{}"), std::string("x")}) {
    CAPTURE(body);
    CHECK(settled(200, body).result == Result::unknown);
  }
  CHECK(settled(400, error("BAD_REQUEST")).result == Result::rejected);
  CHECK(settled(503, whole_paid_order()).result == Result::unknown);
  CHECK(settled(429, "").result == Result::throttled);
}

}  // namespace reply_test
