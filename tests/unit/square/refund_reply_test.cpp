// What Square's answers to RefundPayment, and to an UpdateOrder that cancels, mean.
#include <doctest/doctest.h>

#include <string>

#include "square/refund.hpp"

namespace refund_reply_test {

namespace {

using pos::net::Reply;
using pos::net::Transport;
using pos::square::RefundAsked;
using pos::square::RefundOutcome;
using pos::square::RefundResult;

constexpr RefundAsked asked{"P2", 35000, "TRY"};
const std::string sent = pos::square::refund_body(asked, "key", "posSync; key", "v1");

RefundResult refund(int status, const std::string& body) {
  Reply reply;
  reply.transport = Transport::replied;
  reply.status = status;
  reply.body = body;
  return pos::square::read_refund_reply(reply, sent).result;
}

RefundResult cancel(int status, const std::string& body) {
  Reply reply;
  reply.transport = Transport::replied;
  reply.status = status;
  reply.body = body;
  return pos::square::read_cancel_reply(reply, "O2", pos::square::cancel_body("L1", 7, "key"))
      .result;
}

std::string made(const std::string& status, const std::string& payment = "P2",
                 const std::string& amount = "35000", const std::string& currency = "TRY") {
  return R"("refund":{"id":"R1","status":")" + status + R"(","payment_id":")" + payment +
         R"(","amount_money":{"amount":)" + amount + R"(,"currency":")" + currency + R"("}})";
}

std::string errors(const std::string& code, const std::string& second = "") {
  std::string list = R"("errors":[{"category":"REFUND_ERROR","code":")" + code + R"("})";
  if (!second.empty()) list += R"(,{"category":"REFUND_ERROR","code":")" + second + R"("})";
  return list + "]";
}

std::string object(const std::string& members) { return "{" + members + "}"; }

}  // namespace

TEST_CASE("a refund counts as made only if it is the one that was asked for") {
  CHECK(refund(200, object(made("COMPLETED"))) == RefundResult::done);
  CHECK(refund(200, object(made("PENDING"))) == RefundResult::pending);
  CHECK(refund(200, object(made("REJECTED"))) == RefundResult::failed);
  CHECK(refund(200, object(made("FAILED"))) == RefundResult::failed);

  CHECK(refund(200, object(made("COMPLETED", "P3"))) == RefundResult::unknown);
  CHECK(refund(200, object(made("COMPLETED", "P2", "34999"))) == RefundResult::unknown);
  CHECK(refund(200, object(made("COMPLETED", "P2", "35000", "EUR"))) == RefundResult::unknown);
  CHECK(refund(200, object(made("APPROVED"))) == RefundResult::unknown);
  CHECK(refund(200, object(made(""))) == RefundResult::unknown);
  CHECK(refund(200, R"({"refund":{"status":"COMPLETED"}})") == RefundResult::unknown);
  CHECK(refund(200, "{}") == RefundResult::unknown);
}

TEST_CASE("an answer that cannot be read to its end says nothing about the money") {
  CHECK(refund(200, object(made("COMPLETED")).substr(0, 40)) == RefundResult::unknown);
  CHECK(refund(400, R"({"errors":[{"code":"PAYMENT_NOT)") == RefundResult::unknown);
  CHECK(refund(500, object(errors("PAYMENT_NOT_REFUNDABLE"))) == RefundResult::unknown);
  CHECK(refund(408, object(errors("VERSION_MISMATCH"))) == RefundResult::unknown);
  CHECK(refund(500, object(errors("VERSION_MISMATCH"))) == RefundResult::unknown);
  CHECK(refund(503, "") == RefundResult::unknown);
}

TEST_CASE("an answer that contradicts itself is no answer") {
  CHECK(refund(400, object(errors("BAD_REQUEST") + "," + made("COMPLETED"))) ==
        RefundResult::unknown);
  CHECK(refund(200, object(errors("BAD_REQUEST") + "," + made("PENDING"))) ==
        RefundResult::unknown);
  CHECK(refund(500, object(errors("INTERNAL_SERVER_ERROR") + "," + made("FAILED"))) ==
        RefundResult::unknown);
  // Square: with errors the refund may be present with a status of FAILED.
  CHECK(refund(400, object(errors("REFUND_DECLINED") + "," + made("FAILED"))) ==
        RefundResult::failed);
  CHECK(refund(400, object(errors("PAYMENT_NOT_REFUNDABLE", "INTERNAL_SERVER_ERROR"))) ==
        RefundResult::unknown);
  CHECK(refund(400, object(errors("VERSION_MISMATCH", "SOMETHING_NEW"))) == RefundResult::unknown);
}

TEST_CASE("a no to a refund that is not Square's own may hide one") {
  for (const char* body :
       {R"({"message":"no route matched"})", "<html>", "{}",
        R"({"errors":[{"code":"PAYMENT_NOT_REFUNDABLE"}]})",
        R"({"errors":[{"code":"VERSION_MISMATCH"}]})",
        R"({"errors":[{"category":"X","code":"VERSION_MISMATCH"}],"note":1})",
        R"({"errors":[{"category":"X","code":"VERSION_MISMATCH"}],"order":{}})"}) {
    CAPTURE(body);
    CHECK(refund(400, body) == RefundResult::unknown);
    CHECK(refund(404, body) == RefundResult::unknown);
    CHECK(cancel(400, body) == RefundResult::unknown);
    CHECK(cancel(404, body) == RefundResult::unknown);
  }
  CHECK(refund(200, object(errors("PAYMENT_NOT_REFUNDABLE"))) == RefundResult::unknown);
  CHECK(refund(200, object(errors("VERSION_MISMATCH"))) == RefundResult::unknown);
  CHECK(refund(200, object(errors("REFUND_DECLINED") + "," + made("FAILED"))) ==
        RefundResult::unknown);
  CHECK(refund(400, object(errors("REFUND_DECLINED") + R"(,"more":1,)" + made("FAILED"))) ==
        RefundResult::unknown);
  CHECK(refund(400, object(errors("REFUND_DECLINED") + "," + made("FAILED", "P3"))) ==
        RefundResult::unknown);
}

TEST_CASE("a refund that says another reason was made by somebody else") {
  const std::string whole = made("COMPLETED");
  const auto because = [&](const std::string& reason) {
    return refund(200, object(whole.substr(0, whole.size() - 1) + R"(,"reason":)" + reason + "}"));
  };
  CHECK(because(R"("posSync; key")") == RefundResult::done);
  CHECK(because("null") == RefundResult::done);
  CHECK(because(R"("by hand")") == RefundResult::unknown);
}

TEST_CASE("each of Square's noes to a refund is told apart") {
  CHECK(refund(400, object(errors("PAYMENT_NOT_REFUNDABLE"))) == RefundResult::too_old);
  CHECK(refund(400, object(errors("PAYMENT_NOT_REFUNDABLE_DUE_TO_DISPUTE"))) ==
        RefundResult::disputed);
  CHECK(refund(400, object(errors("REFUND_DECLINED"))) == RefundResult::rejected);
  CHECK(refund(400, object(errors("INSUFFICIENT_PERMISSIONS_FOR_REFUND"))) ==
        RefundResult::rejected);
  CHECK(refund(400, object(errors("REFUND_ERROR_PAYMENT_NEEDS_COMPLETION"))) ==
        RefundResult::rejected);
  CHECK(refund(404, object(errors("NOT_FOUND"))) == RefundResult::rejected);
  // Nobody says which status it comes with.
  CHECK(refund(400, object(errors("VERSION_MISMATCH"))) == RefundResult::stale);
  CHECK(refund(409, object(errors("VERSION_MISMATCH"))) == RefundResult::stale);
}

TEST_CASE("a no that tells of another refund is looked into, for it may be ours") {
  CHECK(refund(400, object(errors("REFUND_ALREADY_PENDING"))) == RefundResult::standing);
  CHECK(refund(400, object(errors("REFUND_AMOUNT_INVALID"))) == RefundResult::standing);
  CHECK(refund(400, object(errors("VERSION_MISMATCH", "REFUND_AMOUNT_INVALID"))) ==
        RefundResult::standing);
  CHECK(refund(400, object(errors("IDEMPOTENCY_KEY_REUSED"))) == RefundResult::conflict);
}

TEST_CASE("what is no answer to a refund is told apart from one") {
  CHECK(refund(429, object(errors("RATE_LIMITED"))) == RefundResult::throttled);
  CHECK(refund(401, object(errors("UNAUTHORIZED"))) == RefundResult::unauthorized);
  CHECK(refund(403, object(errors("FORBIDDEN"))) == RefundResult::unauthorized);
  CHECK(refund(409, object(errors("CONFLICT"))) == RefundResult::unknown);
  CHECK(refund(400, object(errors("NEVER_HEARD_OF"))) == RefundResult::unknown);

  Reply never;
  never.transport = Transport::timeout;
  CHECK(pos::square::read_refund_reply(never, sent).result == RefundResult::unknown);
  never.transport = Transport::no_credential;
  const RefundOutcome closed = pos::square::read_refund_reply(never, sent);
  CHECK(closed.result == RefundResult::unauthorized);
  CHECK(closed.without_credential);
}

TEST_CASE("an order counts as canceled only if the answer shows it canceled") {
  CHECK(cancel(200, R"({"order":{"id":"O2","location_id":"L1","state":"CANCELED"}})") ==
        RefundResult::done);
  CHECK(cancel(200, R"({"order":{"id":"O2","location_id":"L2","state":"CANCELED"}})") ==
        RefundResult::unknown);
  CHECK(cancel(200, R"({"order":{"id":"O2","state":"CANCELED"}})") == RefundResult::unknown);
  CHECK(cancel(400, R"({"errors":[{"category":"X","code":"BAD_REQUEST"}],)"
                    R"("order":{"id":"O2","location_id":"L1","state":"CANCELED"}})") ==
        RefundResult::unknown);
  CHECK(cancel(200, R"({"order":{"id":"O2","state":"OPEN"}})") == RefundResult::unknown);
  CHECK(cancel(200, R"({"order":{"id":"O3","state":"CANCELED"}})") == RefundResult::unknown);
  CHECK(cancel(400, object(errors("BAD_REQUEST"))) == RefundResult::rejected);
  CHECK(cancel(400, object(errors("VERSION_MISMATCH"))) == RefundResult::stale);
  CHECK(cancel(409, object(errors("CONFLICT"))) == RefundResult::unknown);
}

TEST_CASE(
    "a refund is found by the key at the end of its reason, whatever the survivor is called") {
  const std::string key = "posSync:P2:square:refund";
  const std::string reason = pos::square::refund_reason("O1", key);
  CHECK(reason == "posSync duplicate of O1; posSync:P2:square:refund");
  CHECK(pos::square::reason_names(reason, key));
  CHECK_FALSE(pos::square::reason_names(reason, key + ":g2"));
  CHECK_FALSE(pos::square::reason_names(reason, "P2:square:refund"));
  CHECK_FALSE(pos::square::reason_names(pos::square::refund_reason("O1", key + ":g2"), key));
  const std::string hashed(45, 'k');
  const std::string longest = pos::square::refund_reason(std::string(192, 'o'), hashed);
  CHECK(longest.size() == 192);
  CHECK(pos::square::reason_names(longest, hashed));
}

TEST_CASE("the bytes of a refund and of a cancel are what Square's OpenAPI names") {
  CHECK(pos::square::refund_body(asked, "key", "why", "v1") ==
        R"({"idempotency_key":"key","payment_id":"P2","amount_money":{"amount":35000,)"
        R"("currency":"TRY"},"reason":"why","payment_version_token":"v1"})");
  CHECK(pos::square::cancel_body("L1", 7, "key") ==
        R"({"idempotency_key":"key","order":{"location_id":"L1","version":7,)"
        R"("state":"CANCELED"}})");
}

}  // namespace refund_reply_test
