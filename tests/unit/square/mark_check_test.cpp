// What Square says of an order that is to be marked done must not contradict itself.
#include "square/mark_check.hpp"

#include <doctest/doctest.h>

#include <string>

namespace mark_check_test {

using pos::square::MarkCheck;

namespace {

MarkCheck check(const std::string& members) {
  const std::string body = R"({"order":{"id":"O1","location_id":"L1",)" + members + "}}";
  pos::net::Reply reply;
  reply.transport = pos::net::Transport::replied;
  reply.status = 200;
  reply.body = body;
  pos::square::Meant meant;
  meant.order_id = "A1";
  meant.external_order_id = "O1";
  meant.location_id = "L1";
  meant.total = 35000;
  meant.currency = "TRY";
  return pos::square::check_marked_order(reply, meant);
}

std::string total(const std::string& amount, const std::string& tip = "") {
  const std::string told = tip.empty() ? "" : R"(,"total_tip_money":)" + tip;
  return R"("state":"OPEN","total_money":{"amount":)" + amount + R"(,"currency":"TRY"})" + told;
}

MarkCheck check_payment(const std::string& members) {
  const std::string body =
      R"({"payment":{"id":"P1","order_id":"O1","status":"COMPLETED")" + members + "}}";
  pos::net::Reply reply;
  reply.transport = pos::net::Transport::replied;
  reply.status = 200;
  reply.body = body;
  pos::square::Meant meant;
  meant.order_id = "A1";
  meant.external_order_id = "O1";
  meant.external_payment_id = "P1";
  meant.location_id = "L1";
  meant.total = 35000;
  meant.currency = "TRY";
  return pos::square::check_marked_payment(reply, meant);
}

}  // namespace

TEST_CASE("a payment that was refunded, or of another place, does not mark an order done") {
  CHECK(check_payment("").kind == MarkCheck::Kind::fits);
  CHECK(check_payment(R"(,"location_id":"L1","refunded_money":{"amount":0,"currency":"TRY"},)"
                      R"("amount_money":{"amount":100,"currency":"TRY"})")
            .kind == MarkCheck::Kind::fits);
  CHECK(check_payment(R"(,"location_id":"L2")").kind == MarkCheck::Kind::differs);
  CHECK(check_payment(R"(,"amount_money":{"amount":35000,"currency":"USD"})").kind ==
        MarkCheck::Kind::differs);
  for (const char* gone : {"1", "35000", "-1"}) {
    CAPTURE(gone);
    CHECK(check_payment(R"(,"refunded_money":{"amount":)" + std::string(gone) +
                        R"(,"currency":"TRY"})")
              .kind == MarkCheck::Kind::differs);
  }
}

TEST_CASE("an order is not marked done whose total fits only through a tip that is none") {
  CHECK(check(total("35000")).kind == MarkCheck::Kind::fits);
  CHECK(check(total("36000", R"({"amount":1000,"currency":"TRY"})")).kind == MarkCheck::Kind::fits);
  for (const char* tip :
       {R"({"amount":-1000,"currency":"TRY"})", R"({"amount":1000,"currency":"USD"})",
        R"({"amount":"1000","currency":"TRY"})", R"({"amount":1000})",
        R"({"amount":-9223372036854775808,"currency":"TRY"})"}) {
    CAPTURE(std::string(tip));
    CHECK(check(total("34000", tip)).kind == MarkCheck::Kind::differs);
    CHECK(check(total("36000", tip)).kind == MarkCheck::Kind::differs);
  }
  CHECK(check(total("-35000")).kind == MarkCheck::Kind::differs);
}

TEST_CASE("a draft, and an order without a state, is not marked done: nobody can pay it") {
  const std::string sum = R"("total_money":{"amount":35000,"currency":"TRY"})";
  for (const char* state : {"DRAFT", "CANCELED", "SOMETHING_NEW"}) {
    const MarkCheck read = check(sum + R"(,"state":")" + state + "\"");
    CHECK(read.kind == MarkCheck::Kind::differs);
    CHECK(read.words.find(state) != std::string::npos);
  }
  CHECK(check(sum).kind == MarkCheck::Kind::differs);
  CHECK(check(sum + R"(,"state":"COMPLETED")").kind == MarkCheck::Kind::fits);
}

}  // namespace mark_check_test
