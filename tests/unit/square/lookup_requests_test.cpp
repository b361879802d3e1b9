// The requests of a look, byte by byte, and what it makes of Square's answers.
#include <doctest/doctest.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/timestamp.hpp"
#include "square/read_back.hpp"

namespace look_requests_test {

using pos::net::Outcome;
using pos::net::Reply;
using pos::net::Result;
using pos::net::Transport;
using pos::square::ReadBack;

namespace {

pos::push::Ledger frozen(bool pays = false) {
  pos::push::Ledger ledger;
  ledger.order_body =
      R"({"idempotency_key":"K1","order":{"location_id":"L\"1","reference_id":"A1",)"
      R"("source":{"name":"pos-sync"}}})";
  ledger.frozen = true;
  ledger.total = 35000;
  ledger.currency = "TRY";
  ledger.first_sent_at = 1'795'000'000'000;
  if (pays) ledger.payment_body = "{}";
  return ledger;
}

Reply answer(std::string_view body, int status = 200) {
  Reply reply;
  reply.transport = Transport::replied;
  reply.status = status;
  reply.body = body;
  return reply;
}

Reply too_large() {
  Reply reply;
  reply.transport = Transport::too_large;
  return reply;
}

constexpr const char* refusal =
    R"({"errors":[{"category":"INVALID_REQUEST_ERROR","code":"INVALID_VALUE"}]})";

}  // namespace

TEST_CASE("a search asks for our source and location from a day before the first send, in pages") {
  ReadBack look = ReadBack::of_order(frozen(), {});
  CHECK(look.next().path == "/v2/orders/search");
  CHECK(
      look.next().body ==
      R"({"location_ids":["L\"1"],"query":{"filter":{"date_time_filter":{"created_at":)"
      R"({"start_at":"2026-11-17T11:06:40.000Z"}},"source_filter":{"source_names":["pos-sync"]}},)"
      R"("sort":{"sort_field":"CREATED_AT","sort_order":"ASC"}},"limit":100})");
  CHECK_FALSE(look.read(answer(R"({"orders":[],"cursor":"next page"})")));
  CHECK(look.next().body.find(R"("limit":100,"cursor":"next page")") != std::string::npos);
  CHECK(look.read(answer("{}"))->result == Result::absent);
}

TEST_CASE("pages that are too large to read are asked for anew, smaller and from the start") {
  ReadBack look = ReadBack::of_order(frozen(), {});
  CHECK_FALSE(look.read(answer(R"({"cursor":"2"})")));
  for (const char* limit : {R"("limit":20})", R"("limit":4})", R"("limit":1})"}) {
    CHECK_FALSE(look.read(too_large()));
    CHECK(look.next().body.find(limit) != std::string::npos);
  }
  CHECK(look.read(too_large())->result == Result::unknown);
}

TEST_CASE(
    "a cursor that comes again ends a look as unclear, before it has gone round three times") {
  for (const int circle : {1, 2, 3, 5, 8}) {
    for (const int tail : {0, 1, 4}) {
      CAPTURE(circle);
      CAPTURE(tail);
      ReadBack look = ReadBack::of_order(frozen(), {});
      std::optional<Outcome> end;
      int pages = 0;
      for (; !end && pages < 100; ++pages) {
        const int at = pages < tail ? -pages - 1 : (pages - tail) % circle;
        end = look.read(answer(R"({"cursor":"c)" + std::to_string(at) + "\"}"));
      }
      REQUIRE(end);
      CHECK(end->result == Result::unclear);
      CHECK(end->detail.find("does not come to an end") != std::string::npos);
      CHECK(pages <= 2 * (circle + tail) + circle + 1);
    }
  }
}

TEST_CASE("a cursor that no URL can hold ends a look as unclear") {
  const auto page = [](std::size_t size) {
    ReadBack look = ReadBack::of_order(frozen(), {});
    return look.read(answer(R"({"cursor":")" + std::string(size, 'c') + "\"}"));
  };
  CHECK_FALSE(page(4096));
  REQUIRE(page(4097));
  CHECK(page(4097)->result == Result::unclear);
}

TEST_CASE("cursors that were seen on one list say nothing of the next one") {
  ReadBack look = ReadBack::of_order(frozen(), {});
  CHECK_FALSE(look.read(answer(R"({"cursor":"2"})")));
  CHECK_FALSE(look.read(too_large()));  // from the start, in smaller pages
  CHECK_FALSE(look.read(answer(R"({"cursor":"2"})")));
  CHECK(look.read(answer("{}"))->result == Result::absent);
}

TEST_CASE(
    "ids that webhooks named are asked for by name, and dropped if Square does not take them") {
  ReadBack look = ReadBack::of_order(frozen(), R"(["O1","O2"])");
  CHECK(look.next().path == "/v2/orders/batch-retrieve");
  CHECK(look.next().body == R"({"location_id":"L\"1","order_ids":["O1","O2"]})");
  CHECK_FALSE(look.read(answer(refusal, 400)));
  CHECK(look.next().path == "/v2/orders/search");

  ReadBack hinted = ReadBack::of_hints(frozen(), R"(["O1"])");
  CHECK(hinted.read(answer(refusal, 400))->result == Result::absent);
  ReadBack unsure = ReadBack::of_hints(frozen(), R"(["O1"])");
  CHECK(unsure.read(answer("{}", 503))->result == Result::unknown);
}

TEST_CASE("what a page shows is believed only once it was retrieved") {
  const auto found = [](const char* retrieved) {
    ReadBack look = ReadBack::of_order(frozen(true), {});
    CHECK_FALSE(
        look.read(answer(R"({"orders":[{"id":"O/1","state":"OPEN","metadata":{"pos_sync":"K1"}},)"
                         R"({"id":"O2","reference_id":"A1","metadata":{"pos_sync":"K1:r2"}}]})")));
    CHECK(look.next().path == "/v2/orders/O%2F1");
    CHECK(look.next().body.empty());
    return *look.read(answer(retrieved));
  };
  const auto unpaid = found(R"({"order":{"id":"O/1","state":"OPEN","metadata":{"pos_sync":"K1"},)"
                            R"("total_money":{"amount":35000,"currency":"TRY"}}})");
  CHECK(unpaid.result == Result::found_unpaid);
  CHECK(unpaid.external_id == "O/1");
  const auto paid = found(
      R"({"order":{"id":"O/1","state":"OPEN","metadata":{"pos_sync":"K1"},)"
      R"("total_money":{"amount":35000,"currency":"TRY"},"tenders":[{"id":"T","payment_id":"P1"}],)"
      R"("net_amount_due_money":{"amount":0,"currency":"TRY"}}})");
  CHECK(paid.result == Result::found);
  CHECK(paid.external_payment_id == "P1");
  CHECK(found(R"({"order":{"id":"O/1","state":"OPEN","metadata":{"pos_sync":"K2"},)"
              R"("total_money":{"amount":35000,"currency":"TRY"}}})")
            .result == Result::unclear);
  CHECK(found(R"({"order":{"id":"O/1","state":"CANCELED","metadata":{"pos_sync":"K1"}}})").result ==
        Result::found_canceled);
  const auto other = found(R"({"order":{"id":"O/1","state":"OPEN","metadata":{"pos_sync":"K1"},)"
                           R"("total_money":{"amount":35000,"currency":"USD"}}})");
  CHECK(other.total_differs);
}

TEST_CASE("an order that is half paid is not paid") {
  ReadBack look = ReadBack::of_order(frozen(true), {});
  CHECK_FALSE(look.read(answer(R"({"orders":[{"id":"O1","metadata":{"pos_sync":"K1"}}]})")));
  CHECK(
      look.read(answer(R"({"order":{"id":"O1","state":"OPEN","metadata":{"pos_sync":"K1"},)"
                       R"("total_money":{"amount":35000,"currency":"TRY"},"tenders":[{"id":"T"}],)"
                       R"("net_amount_due_money":{"amount":1,"currency":"TRY"}}})"))
          ->result == Result::found_unpaid);
}

TEST_CASE("an order that is half paid is not paid, though Square leaves out what is due") {
  const auto tendered = [](const char* amount) {
    ReadBack look = ReadBack::of_order(frozen(true), {});
    CHECK_FALSE(look.read(answer(R"({"orders":[{"id":"O1","metadata":{"pos_sync":"K1"}}]})")));
    return look
        .read(answer(std::string(R"({"order":{"id":"O1","state":"OPEN","metadata":{"pos_sync":)"
                                 R"("K1"},"total_money":{"amount":35000,"currency":"TRY"},)"
                                 R"("tenders":[{"id":"T","amount_money":{"amount":)") +
                     amount + R"(,"currency":"TRY"}}]}})"))
        ->result;
  };
  CHECK(tendered("34999") == Result::found_unpaid);
  CHECK(tendered("35000") == Result::found);
}

TEST_CASE("a payment is looked for at its order, and then among all payments of the location") {
  const auto listed = [](const char* page) {
    pos::push::Ledger ledger = frozen(true);
    ledger.external_order_id = "O1";
    ReadBack look = ReadBack::of_payment(ledger);
    CHECK(look.next().path == "/v2/orders/O1");
    CHECK_FALSE(look.read(answer(R"({"order":{"id":"O1","state":"OPEN",)"
                                 R"("total_money":{"amount":35000,"currency":"TRY"}}})")));
    CHECK(look.next().path ==
          "/v2/payments?location_id=L%221&begin_time=2026-11-17T11%3A06%3A40.000Z&sort_order=ASC"
          "&limit=100");
    return look.read(answer(page));
  };
  CHECK(listed("{}")->result == Result::absent);
  const auto found = listed(R"({"payments":[{"id":"P0","order_id":"O0","status":"COMPLETED"},)"
                            R"({"id":"P1","order_id":"O1","status":"FAILED"},)"
                            R"({"id":"P2","order_id":"O1","status":"COMPLETED"}]})");
  CHECK(found->result == Result::found);
  CHECK(found->external_payment_id == "P2");
  CHECK(found->external_id == "O1");
  CHECK(listed(R"({"payments":[{"id":"P1","order_id":"O1","status":"APPROVED"}]})")->result ==
        Result::unclear);
  CHECK(listed(R"({"payments":[{"id":"P1","order_id":"O1","status":"COMPLETED"},)"
               R"({"id":"P2","order_id":"O1","status":"COMPLETED"}]})")
            ->result == Result::several);
  CHECK_FALSE(listed(R"({"cursor":"2"})"));
}

TEST_CASE("no refusal of a look is taken for an answer") {
  const auto refused = [](std::string_view body, int status) {
    ReadBack look = ReadBack::of_order(frozen(), {});
    return look.read(answer(body, status))->result;
  };
  CHECK(refused("{}", 401) == Result::unauthorized);
  CHECK(refused("{}", 429) == Result::throttled);
  CHECK(refused("{}", 500) == Result::unknown);
  CHECK(refused("no JSON", 200) == Result::unknown);
  CHECK(refused(R"({"errors":[{"category":"API_ERROR","code":"INTERNAL_SERVER_ERROR"}]})", 200) ==
        Result::unknown);
  CHECK(refused(refusal, 400) == Result::rejected);
  CHECK(refused(R"({"errors":[{"category":"INVALID_REQUEST_ERROR",)"
                R"("code":"IDEMPOTENCY_KEY_REUSED"}]})",
                400) == Result::unknown);
}

TEST_CASE("a list beside errors is no outage: it counts, or its order is looked for for ever") {
  for (const int status : {200, 400, 500}) {
    CAPTURE(status);
    for (const char* list : {"[]", R"([{"id":"O1"}])"}) {
      CAPTURE(list);
      ReadBack look = ReadBack::of_order(frozen(), {});
      const std::string body =
          R"({"errors":[{"category":"API_ERROR","code":"INTERNAL_SERVER_ERROR"}],"orders":)" +
          std::string(list) + "}";
      CHECK(look.read(answer(body, status))->result == Result::unclear);
    }
  }
}

TEST_CASE("a part of a list, or an empty success, proves no absence, and counts") {
  for (const auto& each : std::vector<std::pair<int, const char*>>{{206, "{}"},
                                                                   {206, R"({"orders":[]})"},
                                                                   {201, R"({"orders":[]})"},
                                                                   {204, ""},
                                                                   {200, ""},
                                                                   {200, " \r\n"},
                                                                   {200, R"({"order":{}})"}}) {
    CAPTURE(each.first);
    CAPTURE(each.second);
    ReadBack look = ReadBack::of_order(frozen(), {});
    const auto seen = look.read(answer(each.second, each.first));
    REQUIRE(seen);
    CHECK(seen->result == Result::unclear);
  }
  // A gateway's page is an outage: an order does not die of it.
  ReadBack look = ReadBack::of_order(frozen(), {});
  CHECK(look.read(answer("<html>", 203))->result == Result::unknown);
}

TEST_CASE("a list of an earlier time proves no absence: the order may stand in the time asked") {
  const auto listed = [](const char* created) {
    ReadBack look = ReadBack::of_order(frozen(), {});
    return look.read(
        answer(R"({"orders":[{"id":"O7","created_at":")" + std::string(created) + R"("}]})"));
  };
  CHECK(listed("2026-11-17T11:06:39Z")->result == Result::unclear);
  CHECK(listed("2016-01-01T00:00:00.000Z")->result == Result::unclear);
  CHECK(listed("2026-11-17T11:06:40.000Z")->result == Result::absent);
  CHECK(listed("2026-11-17T12:06:40.000+01:00")->result == Result::absent);
  CHECK(listed("not a time")->result == Result::absent);
}

TEST_CASE("a list of another location proves no absence: the order may stand at its own") {
  for (const char* list : {R"({"orders":[{"id":"O7","location_id":"L2"}]})",
                           R"({"orders":[{"id":"O7","location_id":"L\"1"},)"
                           R"({"id":"O8","location_id":"L2"}]})",
                           R"({"orders":[{"id":"O7","location_id":7.5}]})"}) {
    CAPTURE(list);
    ReadBack look = ReadBack::of_order(frozen(), {});
    CHECK(look.read(answer(list))->result == Result::unclear);
  }
  ReadBack look = ReadBack::of_order(frozen(), {});
  CHECK(look.read(answer(R"({"orders":[{"id":"O7","location_id":"L\"1"},{"id":"O8"}]})"))->result ==
        Result::absent);
}

TEST_CASE("orders that nobody has asked for are no answer about those that webhooks named") {
  const char* stranger = R"({"orders":[{"id":"O1"},{"id":"O3"}]})";
  ReadBack look = ReadBack::of_hints(frozen(), R"(["O1","O2"])");
  CHECK(look.read(answer(stranger))->result == Result::unclear);
  ReadBack again = ReadBack::of_hints(frozen(), R"(["O1","O2"])");
  CHECK(again.read(answer(R"({"orders":[{"id":"O2"}]})"))->result == Result::absent);
}

TEST_CASE("payments of another location do not show that an order is unpaid") {
  const auto listed = [](const char* page) {
    pos::push::Ledger ledger = frozen(true);
    ledger.external_order_id = "O1";
    ReadBack look = ReadBack::of_payment(ledger);
    CHECK_FALSE(look.read(answer(R"({"order":{"id":"O1","state":"OPEN",)"
                                 R"("total_money":{"amount":35000,"currency":"TRY"}}})")));
    return look.read(answer(page))->result;
  };
  CHECK(listed(R"({"payments":[{"id":"P7","order_id":"O7","location_id":"L2"}]})") ==
        Result::unclear);
  CHECK(listed(R"({"payments":[{"id":"P7","order_id":"O7","location_id":"L\"1"}]})") ==
        Result::absent);
}

TEST_CASE("a payment of another amount does not show that an order is paid, nor that it is not") {
  const auto listed = [](const std::string& money) {
    pos::push::Ledger ledger = frozen(true);
    ledger.external_order_id = "O1";
    ReadBack look = ReadBack::of_payment(ledger);
    CHECK_FALSE(look.read(answer(R"({"order":{"id":"O1","state":"OPEN",)"
                                 R"("total_money":{"amount":35000,"currency":"TRY"}}})")));
    return look
        .read(answer(R"({"payments":[{"id":"P1","order_id":"O1","status":"COMPLETED",)"
                     R"("amount_money":)" +
                     money + "}]}"))
        ->result;
  };
  CHECK(listed(R"({"amount":35000,"currency":"TRY"})") == Result::found);
  CHECK(listed("null") == Result::found);
  CHECK(listed(R"({"amount":1000,"currency":"TRY"})") == Result::unclear);
  CHECK(listed(R"({"amount":35000,"currency":"USD"})") == Result::unclear);
}

TEST_CASE(
    "an order that is retrieved and turns out to be another one is neither found nor missing") {
  const auto seen = [](const std::string& more) {
    pos::push::Ledger ledger = frozen(true);
    ledger.external_order_id = "O1";
    ReadBack look = ReadBack::of_payment(ledger);
    return look
        .read(answer(R"({"order":{"state":"COMPLETED","tenders":[{"payment_id":"P1"}],)"
                     R"("total_money":{"amount":35000,"currency":"TRY"},)" +
                     more + "}}"))
        ->result;
  };
  CHECK(seen(R"("id":"O1")") == Result::found);
  CHECK(seen(R"("id":"O1","location_id":"L\"1","metadata":{"pos_sync":"K1"})") == Result::found);
  CHECK(seen(R"("id":"O2")") == Result::unclear);
  CHECK(seen(R"("id":"O1","location_id":"L2")") == Result::unclear);
  CHECK(seen(R"("id":"O1","metadata":{"pos_sync":"K2"})") == Result::unclear);
}

TEST_CASE("a gateway's 404 to a look does not say that the order is gone") {
  const auto told = [](std::string_view body) {
    pos::push::Ledger ledger = frozen(true);
    ledger.external_order_id = "O1";
    ReadBack look = ReadBack::of_payment(ledger);
    return look.read(answer(body, 404))->result;
  };
  CHECK(told(R"({"message":"no route matched"})") == Result::unknown);
  CHECK(told("<html>") == Result::unknown);
  CHECK(told(R"({"errors":[{"category":"INVALID_REQUEST_ERROR","code":"NOT_FOUND"}]})") ==
        Result::unclear);
}

TEST_CASE("a total that only a tip below nothing explains leaves a look unclear") {
  pos::push::Ledger ledger = frozen(true);
  ledger.external_order_id = "O1";
  ReadBack look = ReadBack::of_payment(ledger);
  CHECK(look.read(answer(R"({"order":{"id":"O1","state":"COMPLETED","total_money":{"amount":34500,)"
                         R"("currency":"TRY"},"total_tip_money":{"amount":-500,"currency":"TRY"},)"
                         R"("tenders":[{"payment_id":"P1"}]}})"))
            ->result == Result::unclear);
}

TEST_CASE("a page that cannot be read proves nothing, however often it comes") {
  for (const char* bad : {R"({"LIST":"zzz"})", R"({"LIST":null})", R"({"LIST":{}})",
                          R"({"LIST":[{}]})", R"({"LIST":[1,2]})", R"({"cursor":5})",
                          R"({"LIST":[],"cursor":5})", R"({"entries":[{"order_id":"X"}]})"}) {
    const auto page = [&](const std::string& list) {
      std::string text = bad;
      const std::size_t at = text.find("LIST");
      return at == std::string::npos ? text : text.replace(at, 4, list);
    };
    CAPTURE(bad);
    ReadBack orders = ReadBack::of_order(frozen(), {});
    CHECK(orders.read(answer(page("orders")))->result == Result::unclear);
    ReadBack hinted = ReadBack::of_hints(frozen(), R"(["O1"])");
    CHECK(hinted.read(answer(page("orders")))->result == Result::unclear);
    pos::push::Ledger ledger = frozen(true);
    ledger.external_order_id = "O1";
    ReadBack payments = ReadBack::of_payment(ledger);
    CHECK_FALSE(payments.read(answer(R"({"order":{"id":"O1","state":"OPEN",)"
                                     R"("total_money":{"amount":35000,"currency":"TRY"}}})")));
    CHECK(payments.read(answer(page("payments")))->result == Result::unclear);
  }
}

TEST_CASE("a tip that was paid with an order does not make its total another one") {
  for (const char* total : {"35000", "35500"}) {
    pos::push::Ledger ledger = frozen(true);
    ledger.external_order_id = "O1";
    ReadBack look = ReadBack::of_payment(ledger);
    const std::string body =
        std::string(R"({"order":{"id":"O1","state":"COMPLETED","total_money":{"amount":)") + total +
        R"(,"currency":"TRY"},"total_tip_money":{"amount":500,"currency":"TRY"},)"
        R"("tenders":[{"id":"T","payment_id":"P1"}]}})";
    const auto seen = look.read(answer(body));
    REQUIRE(seen);
    CHECK(seen->result == Result::found);
    CHECK_FALSE(seen->total_differs);
  }
}

TEST_CASE("times are written and read as Square writes and reads them") {
  for (const std::int64_t seconds : {0LL, 951'782'399LL, 951'782'400LL, 1'709'164'800LL,
                                     1'709'251'199LL, 1'795'000'000LL, 4'102'444'800LL}) {
    const std::string text = pos::to_rfc3339(seconds * 1000 + 7);
    CAPTURE(text);
    CHECK(text.substr(19) == ".007Z");
    CHECK(pos::parse_rfc3339(text) == seconds);
  }
  CHECK(pos::to_rfc3339(951'782'400'000) == "2000-02-29T00:00:00.000Z");
  CHECK(pos::parse_rfc3339("2026-11-21T18:03:11+03:00") ==
        pos::parse_rfc3339("2026-11-21T15:03:11Z"));
  CHECK_FALSE(pos::parse_rfc3339("2026-02-29T00:00:00Z"));
}

TEST_CASE("an id that is longer than ids are is no id: a page that shows one proves nothing") {
  const auto order = [](const std::string& id) {
    return R"({"id":")" + id +
           R"(","state":"OPEN","metadata":{"pos_sync":"K1"},"total_money":)"
           R"({"amount":35000,"currency":"TRY"}})";
  };
  const auto hinted = [&](std::size_t size) {
    const std::string id(size, 'O');
    ReadBack look = ReadBack::of_hints(frozen(), "[\"" + id + "\"]");
    return look.read(answer(R"({"orders":[)" + order(id) + "]}"))->result;
  };
  CHECK(hinted(192) == Result::found);
  CHECK(hinted(193) == Result::unclear);
  CHECK(hinted(700'000) == Result::unclear);

  const auto paid = [&](std::size_t size) {
    ReadBack look = ReadBack::of_hints(frozen(true), R"(["O1"])");
    std::string text = order("O1");
    text.back() = ',';
    text += R"("tenders":[{"payment_id":")" + std::string(size, 'P') + "\"}]}";
    return look.read(answer(R"({"orders":[)" + text + "]}"))->result;
  };
  CHECK(paid(192) == Result::found);
  CHECK(paid(193) == Result::unclear);

  const auto listed = [&](std::size_t size) {
    pos::push::Ledger ledger = frozen(true);
    ledger.external_order_id = "O1";
    ReadBack look = ReadBack::of_payment(ledger);
    CHECK_FALSE(look.read(answer(R"({"order":)" + order("O1") + "}")));
    return look
        .read(answer(R"({"payments":[{"order_id":"O1","status":"COMPLETED","id":")" +
                     std::string(size, 'P') + "\"}]}"))
        ->result;
  };
  CHECK(listed(192) == Result::found);
  CHECK(listed(193) == Result::unclear);
}

TEST_CASE("a payment that is listed twice, because the list moved, is one") {
  pos::push::Ledger ledger = frozen(true);
  ledger.external_order_id = "O1";
  ReadBack look = ReadBack::of_payment(ledger);
  CHECK_FALSE(look.read(answer(R"({"order":{"id":"O1","state":"OPEN",)"
                               R"("total_money":{"amount":35000,"currency":"TRY"}}})")));
  const std::string payment = R"("payments":[{"id":"P1","order_id":"O1","status":"COMPLETED"}])";
  CHECK_FALSE(look.read(answer("{" + payment + R"(,"cursor":"2"})")));
  const auto end = look.read(answer("{" + payment + "}"));
  REQUIRE(end);
  CHECK(end->result == Result::found);
  CHECK(end->external_payment_id == "P1");
}

}  // namespace look_requests_test
