#include <doctest/doctest.h>

#include <string>

#include "square/error_code.hpp"
#include "square/redact.hpp"
#include "square/reply.hpp"
#include "square/retry_after.hpp"

namespace reply_test {

using pos::push::Outcome;
using pos::push::Result;
using pos::square::Expected;
using pos::square::read_order_reply;
using pos::square::read_pay_order_reply;
using pos::square::read_payment_reply;
using pos::square::Reply;
using pos::square::retry_after_ms;
using pos::square::Transport;

namespace {

const Expected expected{70000, "TRY"};

Reply replied(int status, std::string_view body) {
  Reply reply;
  reply.transport = Transport::replied;
  reply.status = status;
  reply.body = body;
  return reply;
}

Outcome order(int status, std::string_view body) {
  return read_order_reply(replied(status, body), expected);
}

Outcome payment(int status, std::string_view body) {
  return read_payment_reply(replied(status, body));
}

std::string error(const std::string& code, const std::string& category = "INVALID_REQUEST_ERROR",
                  const std::string& detail = "") {
  std::string text = R"({"errors":[{"category":")" + category + R"(","code":")" + code + "\"";
  if (!detail.empty()) text += ",\"detail\":\"" + detail + "\"";
  return text + "}]}";
}

Result result(int status, const std::string& body) { return order(status, body).result; }

const char* booked =
    R"({"order":{"id":"O1","state":"OPEN","version":1,"total_money":{"amount":70000,"currency":"TRY"}}})";

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
    CHECK(result(200, std::string(R"({"order":{"id":"O1","total_money":)") + money + "}}") ==
          Result::unknown);
  }
  CHECK(result(200, R"({"order":{"id":"O1"}})") == Result::unknown);
}

TEST_CASE("a torn reply is unknown at every byte where it may tear") {
  const std::string whole = booked;
  for (std::size_t size = 0; size < whole.size(); ++size) {
    CHECK(result(200, whole.substr(0, size)) == Result::unknown);
  }
}

TEST_CASE("another total is accepted and told, with both sums") {
  const Outcome other =
      order(200, R"({"order":{"id":"O1","total_money":{"amount":71000,"currency":"TRY"}}})");
  CHECK(other.result == Result::accepted);
  CHECK(other.total_differs);
  CHECK(other.total == 71000);
  CHECK(other.detail == "200 total 71000 TRY, frozen 70000 TRY");
  CHECK(order(200, R"({"order":{"id":"O1","total_money":{"amount":70000,"currency":"USD"}}})")
            .total_differs);
}

TEST_CASE("a reply that never came says nothing about the effect") {
  for (const Transport transport : {Transport::timeout, Transport::broken, Transport::too_large}) {
    Reply reply;
    reply.transport = transport;
    reply.detail = "Network connection lost.";
    CHECK(read_order_reply(reply, expected).result == Result::unknown);
    CHECK(read_payment_reply(reply).result == Result::unknown);
    CHECK_FALSE(read_order_reply(reply, expected).detail.empty());
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

TEST_CASE("a readable reply without errors is judged by its status") {
  for (const int status : {400, 404, 405, 413, 415, 422})
    CHECK(result(status, "{}") == Result::rejected);
  for (const int status : {402, 408, 409, 410, 425, 300, 304, 500, 501, 503, 599}) {
    CHECK(result(status, "{}") == Result::unknown);
  }
  CHECK(result(400, R"({"errors":[]})") == Result::rejected);
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

TEST_CASE("a no is believed under every 2xx and 4xx that does not contradict it, and no other") {
  for (const int status : {200, 299, 400, 402, 410, 418, 499}) {
    CAPTURE(status);
    CHECK(result(status, error("INVALID_VALUE")) == Result::rejected);
  }
  for (const int status : {199, 300, 301, 399}) {
    CAPTURE(status);
    CHECK(result(status, error("INVALID_VALUE")) == Result::unknown);
    CHECK(result(status, error("BRAND_NEW")) == Result::unknown);
  }
}

TEST_CASE("a reply is no success but under a 2xx, whatever stands in it") {
  const char* paid = R"({"payment":{"id":"P1","status":"COMPLETED"}})";
  const char* failed = R"({"payment":{"id":"P1","status":"FAILED"}})";
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
    CHECK(read_order_reply(reply, expected).result == Result::unknown);
    reply.status = 400;
    const std::string no = error("INVALID_VALUE");
    reply.body = no;
    CHECK(read_order_reply(reply, expected).result == Result::unknown);
    CHECK(read_payment_reply(reply).result == Result::unknown);
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
      R"({"errors":[{"code":"INVALID_VALUE"},{"code":"FIRST_NEW"},{"code":"SECOND_NEW"}]})";
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

TEST_CASE("errors inside a 200 are read") {
  CHECK(result(200, error("INVALID_VALUE")) == Result::rejected);
  CHECK(result(200, error("TEMPORARY_ERROR", "PAYMENT_METHOD_ERROR")) == Result::unknown);
  CHECK(result(200, error("IDEMPOTENCY_KEY_REUSED")) == Result::conflict);
}

TEST_CASE("several errors are a no only if all of them are") {
  const auto both = [](const char* first, const char* second) {
    return result(
        400, std::string(R"({"errors":[{"code":")") + first + R"("},{"code":")" + second + "\"}]}");
  };
  CHECK(both("INVALID_VALUE", "VALUE_EMPTY") == Result::rejected);
  CHECK(both("INVALID_VALUE", "INTERNAL_SERVER_ERROR") == Result::unknown);
  CHECK(both("IDEMPOTENCY_KEY_REUSED", "INVALID_VALUE") == Result::conflict);
  CHECK(
      order(400, R"({"errors":[{"code":"INVALID_VALUE","field":"a"},{"detail":"why"}]})").detail ==
      "400 INVALID_VALUE a; error without a code: why");
  CHECK(order(400, R"({"errors":[{"detail":"no code"}]})").unknown_code.empty());
  CHECK(result(400, R"({"errors":[{"detail":"no code"}]})") == Result::rejected);
  CHECK(result(400, R"({"errors":[7]})") == Result::rejected);
  CHECK(result(500, R"({"errors":["x"]})") == Result::unknown);
}

TEST_CASE("only a completed payment is paid") {
  const auto with_status = [](const char* status) {
    return payment(200, std::string(R"({"payment":{"id":"P1","status":")") + status +
                            R"(","total_money":{"amount":70500,"currency":"TRY"}}})");
  };
  CHECK(with_status("COMPLETED").result == Result::accepted);
  CHECK(with_status("COMPLETED").external_id == "P1");
  CHECK(with_status("COMPLETED").total == 70500);
  CHECK(with_status("FAILED").result == Result::rejected);
  CHECK(with_status("CANCELED").result == Result::rejected);
  CHECK(with_status("APPROVED").result == Result::unknown);
  CHECK(with_status("PENDING").result == Result::unknown);
  CHECK(with_status("").result == Result::unknown);
  CHECK(payment(200, R"({"payment":{"status":"COMPLETED"}})").result == Result::unknown);
  CHECK(payment(200, "{}").result == Result::unknown);
  CHECK(payment(200, booked).result == Result::unknown);
  CHECK(payment(400, error("IDEMPOTENCY_KEY_REUSED")).result == Result::conflict);
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
  CHECK(read_order_reply(reply, expected).retry_after_ms == 7000);
  reply.status = 503;
  reply.body = "";
  CHECK(read_order_reply(reply, expected).retry_after_ms == -1);
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
  CHECK(read_order_reply(reply, expected).detail ==
        "connection broken: bad header Authorization: Bearer ***");
}

TEST_CASE("tokens are masked, words that only look like them are not") {
  using pos::square::redact;
  CHECK(redact("bearer   abc.def, next") == "bearer   ***, next");
  CHECK(redact("token EAAAl0123 and sq0csp-xyz.") == "token *** and ***");
  CHECK(redact("Order XEAAA1 is fine") == "Order XEAAA1 is fine");
  CHECK(redact("forbearer x") == "forbearer x");
  CHECK(redact("Bearer") == "Bearer");
  CHECK(redact("").empty());
}

TEST_CASE("an order that costs nothing is settled once Square says that it is completed") {
  const auto settled = [](int status, const std::string& body) {
    return read_pay_order_reply(replied(status, body), "O1");
  };
  const Outcome plain = settled(200, R"({"order":{"id":"O1","state":"COMPLETED"}})");
  CHECK(plain.result == Result::accepted);
  CHECK(plain.external_id.empty());
  CHECK(settled(200, R"({"order":{"id":"O1","state":"COMPLETED","tenders":[{"payment_id":"P1"}]}})")
            .external_id == "P1");
  for (
      const char* body :
      {R"({"order":{"id":"O1","state":"OPEN","net_amount_due_money":{"amount":0,"currency":"TRY"}}})",
       R"({"order":{"id":"O2","state":"COMPLETED"}})", R"({"order":{"state":"COMPLETED"}})",
       R"({"order":{"id":"O1"}})", R"({"payment":{"id":"P","status":"COMPLETED"}})", "{}", "x"}) {
    CAPTURE(body);
    CHECK(settled(200, body).result == Result::unknown);
  }
  CHECK(settled(400, error("BAD_REQUEST")).result == payment(400, error("BAD_REQUEST")).result);
  CHECK(settled(503, R"({"order":{"id":"O1","state":"COMPLETED"}})").result == Result::unknown);
  CHECK(settled(429, "").result == Result::throttled);
}

}  // namespace reply_test
