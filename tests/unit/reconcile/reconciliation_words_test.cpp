// What a reconciliation asks D1 and Square for, word by word, and the answer whole.
#include <doctest/doctest.h>

#include <functional>
#include <string>

#include "harness/transcript.hpp"
#include "unit/repair/shop.hpp"

namespace reconciliation_words_test {

using namespace shop;
using transcript::Transcript;

namespace {

/// A day with one of everything: a copy that an audit has found, an order whose tender no list
/// shows, one that Square has and we have not, one that we have and no search shows.
void fill(Shop& shop) {
  shop.push("A1", payload(item(1100, "10"), evening), ms_of(evening), "S1");
  shop.push("A2", payload(item(500, "10"), evening), ms_of(evening), "S9");
  shop.adopt("A3", payload(item(700, "10"), evening), ms_of(evening));
  shop.stand("S1", "A1", ms_of(evening), 1100, tax("10", 100), 50);
  shop.stand("S2", "A1", ms_of(evening) + 1, 1100, tax("10", 100));
  shop.stand("S3", "A3", ms_of(evening), 700, tax("10", 64), 0, 300);
  shop.stand("S4", "", ms_of(evening), 900, tax("10", 82), 0, 0, R"({"order_id":"A9"})");
  shop.stand("S5", "posSync:hash", ms_of(evening), 901, tax("10", 82));
  shop.square.payments.erase(shop.square.payments.begin() + 3);
}

}  // namespace

TEST_CASE("the books are asked for of these days and of this account, and of nothing else") {
  Shop shop;
  fill(shop);
  shop.square.page = 3;
  Transcript told;
  shop.hears = told.hearing();
  static_cast<void>(shop.ask("2026-11-21", "2026-11-21"));
  CHECK(told.take() == R"~(
d1 books.account schema.guard
{"restaurant_id":"adana"}
GET https://square.test/v2/locations/L1 version=2025-08-20 key=
     token=SQUARE_ACCESS_TOKEN// within=10000
days Europe/Istanbul from 1795125600000 to 1795399200000
d1 books.sold schema.guard
{"account":"adana","location_id":"L1","from":1794949200000,"near":1795554000000,
    "late":1798318800000,"restaurant_id":"adana","after_at":0,"after_order":"",
    "after_number":0}
d1 books.unnamed schema.guard
{"account":"adana","location_id":"L1","from":1794949200000,"near":1795554000000,
    "late":1798318800000,"restaurant_id":"adana","after_at":0,"after_order":"",
    "after_number":0}
d1 books.sold schema.guard
{"account":"adana","location_id":"L1","from":1794949200000,"near":1795554000000,
    "late":1798318800000,"restaurant_id":"adana","after_at":1795284191000,"after_order":"A2",
    "after_number":1}
d1 books.unnamed schema.guard
{"account":"adana","location_id":"L1","from":1794949200000,"near":1795554000000,
    "late":1798318800000,"restaurant_id":"adana","after_at":1795284191000,"after_order":"",
    "after_number":1}
GET https://square.test/v2/payments?location_id=L1&
    begin_time=2026-11-17T21%3A00%3A00.000Z&end_time=2026-11-24T20%3A59%3A59.999Z&
    sort_order=ASC&limit=100 version=2025-08-20 key= token=SQUARE_ACCESS_TOKEN// within=10000
GET https://square.test/v2/refunds?location_id=L1&begin_time=2026-11-17T21%3A00%3A00.000Z&
    status=PENDING&sort_order=ASC&limit=100 version=2025-08-20 key=
     token=SQUARE_ACCESS_TOKEN// within=10000
GET https://square.test/v2/payments?location_id=L1&
    begin_time=2026-11-17T21%3A00%3A00.000Z&end_time=2026-11-24T20%3A59%3A59.999Z&
    sort_order=ASC&limit=100&cursor=3 version=2025-08-20 key= token=SQUARE_ACCESS_TOKEN//
     within=10000
POST https://square.test/v2/orders/search version=2025-08-20 key=
     token=SQUARE_ACCESS_TOKEN// within=10000
{"location_ids":["L1"],
    "query":{"filter":{"date_time_filter":{"created_at":{"start_at":"2026-11-17T21:00:00.000Z"
    ,"end_at":"2026-11-24T20:59:59.999Z"}}},"sort":{"sort_field":"CREATED_AT",
    "sort_order":"ASC"}},"limit":200}
POST https://square.test/v2/orders/search version=2025-08-20 key=
     token=SQUARE_ACCESS_TOKEN// within=10000
{"location_ids":["L1"],
    "query":{"filter":{"date_time_filter":{"created_at":{"start_at":"2026-11-17T21:00:00.000Z"
    ,"end_at":"2026-11-24T20:59:59.999Z"}}},"sort":{"sort_field":"CREATED_AT",
    "sort_order":"ASC"}},"limit":200,"cursor":"3"}
d1 books.known schema.guard
{"account":"adana","location_id":"L1","from":1794949200000,"near":1795554000000,
    "late":1798318800000,"ids":["A9"]}
POST https://square.test/v2/orders/batch-retrieve version=2025-08-20 key=
     token=SQUARE_ACCESS_TOKEN// within=10000
{"location_id":"L1","order_ids":["S9"]}
GET https://square.test/v2/payments/PS4 version=2025-08-20 key=
     token=SQUARE_ACCESS_TOKEN// within=10000
d1 books.roles schema.guard
{"account":"adana","location_id":"L1","from":1794949200000,"near":1795554000000,
    "late":1798318800000,"ids":["S1","S2","S4","S5"]}
d1 books.groups schema.guard
{"account":"adana","location_id":"L1","from":1794949200000,"near":1795554000000,
    "late":1798318800000,"after_group":""}
done 200 retry=0 type=
{"restaurant_id":"adana","account":"adana","location_id":"L1",
    "time_zone":"Europe/Istanbul","currency":"TRY","currencies":["TRY"],"from":"2026-11-21",
    "to":"2026-11-21","basis":"Amounts are in the smallest unit of the currency. Gross is
     what was sold, VAT included and tips left out. Our orders, and the ones at Square that
     stand for them, are on the day they were placed; all others at Square on the day they
     were made. The difference is Square's less ours.","days":[{"date":"2026-11-21",
    "currency":"TRY","ours":{"orders":3,"gross":2300,"vat":{"10":209},"vat_total":209},
    "square":{"orders":5,"gross":4401,"vat":{"10":401},"vat_total":401},
    "difference":{"orders":2,"gross":2101,"vat":192,"vat_by_rate":{"10":192}},
    "lines":[{"reason":"duplicate","order_id":"A1","external_order_id":"S2",
    "reference_id":"A1","orders":1,"gross":1100,"vat":100,"vat_by_rate":{"10":100},
    "detail":"a copy of S1"},{"reason":"missing","order_id":"A2","external_order_id":"S9",
    "reference_id":"A2","orders":-1,"gross":-500,"vat":-45,"vat_by_rate":{"10":-45},
    "detail":"nothing of it stands at Square"},{"reason":"refunded","order_id":"A3",
    "external_order_id":"S3","reference_id":"A3","orders":0,"gross":-300,"vat":-27,
    "vat_by_rate":{"10":-27},"detail":"300 TRY was given back in part"},{"reason":"unknown",
    "order_id":"","external_order_id":"S4","reference_id":"","orders":1,"gross":900,"vat":82,
    "vat_by_rate":{"10":82},"detail":"no order of ours"},{"reason":"unknown","order_id":"",
    "external_order_id":"S5","reference_id":"posSync:hash","orders":1,"gross":901,"vat":82,
    "vat_by_rate":{"10":82},"detail":"no order of ours"}]}],"totals":[{"currency":"TRY",
    "ours":{"orders":3,"gross":2300,"vat":{"10":209},"vat_total":209},"square":{"orders":5,
    "gross":4401,"vat":{"10":401},"vat_total":401},"difference":{"orders":2,"gross":2101,
    "vat":192,"vat_by_rate":{"10":192}},"by_reason":{"duplicate":{"orders":1,"gross":1100,
    "vat":100,"vat_by_rate":{"10":100}},"missing":{"orders":-1,"gross":-500,"vat":-45,
    "vat_by_rate":{"10":-45}},"refunded":{"orders":0,"gross":-300,"vat":-27,
    "vat_by_rate":{"10":-27}},"unknown":{"orders":2,"gross":1801,"vat":164,
    "vat_by_rate":{"10":164}}}}],"explained":true}
)~");
}

TEST_CASE("a long period is read in stretches that leave no moment out and none twice") {
  Shop shop;
  Transcript told;
  shop.hears = told.hearing();
  static_cast<void>(shop.ask("2026-09-01", "2026-11-30"));
  const std::string text = told.take();
  CHECK(text.substr(0, text.find("\ndone")) == R"~(
d1 books.account schema.guard
{"restaurant_id":"adana"}
GET https://square.test/v2/locations/L1 version=2025-08-20 key=
     token=SQUARE_ACCESS_TOKEN// within=10000
days Europe/Istanbul from 1788127200000 to 1796176800000
d1 books.sold schema.guard
{"account":"adana","location_id":"L1","from":1787950800000,"near":1796331600000,
    "late":1799096400000,"restaurant_id":"adana","after_at":0,"after_order":"",
    "after_number":0}
d1 books.unnamed schema.guard
{"account":"adana","location_id":"L1","from":1787950800000,"near":1796331600000,
    "late":1799096400000,"restaurant_id":"adana","after_at":0,"after_order":"",
    "after_number":0}
GET https://square.test/v2/payments?location_id=L1&
    begin_time=2026-08-28T21%3A00%3A00.000Z&end_time=2026-09-14T00%3A59%3A59.999Z&
    sort_order=ASC&limit=100 version=2025-08-20 key= token=SQUARE_ACCESS_TOKEN// within=10000
GET https://square.test/v2/payments?location_id=L1&
    begin_time=2026-09-14T01%3A00%3A00.000Z&end_time=2026-09-30T04%3A59%3A59.999Z&
    sort_order=ASC&limit=100 version=2025-08-20 key= token=SQUARE_ACCESS_TOKEN// within=10000
GET https://square.test/v2/payments?location_id=L1&
    begin_time=2026-09-30T05%3A00%3A00.000Z&end_time=2026-10-16T08%3A59%3A59.999Z&
    sort_order=ASC&limit=100 version=2025-08-20 key= token=SQUARE_ACCESS_TOKEN// within=10000
GET https://square.test/v2/payments?location_id=L1&
    begin_time=2026-10-16T09%3A00%3A00.000Z&end_time=2026-11-01T12%3A59%3A59.999Z&
    sort_order=ASC&limit=100 version=2025-08-20 key= token=SQUARE_ACCESS_TOKEN// within=10000
GET https://square.test/v2/payments?location_id=L1&
    begin_time=2026-11-01T13%3A00%3A00.000Z&end_time=2026-11-17T16%3A59%3A59.999Z&
    sort_order=ASC&limit=100 version=2025-08-20 key= token=SQUARE_ACCESS_TOKEN// within=10000
GET https://square.test/v2/payments?location_id=L1&
    begin_time=2026-11-17T17%3A00%3A00.000Z&end_time=2026-12-03T20%3A59%3A59.999Z&
    sort_order=ASC&limit=100 version=2025-08-20 key= token=SQUARE_ACCESS_TOKEN// within=10000
GET https://square.test/v2/refunds?location_id=L1&begin_time=2026-08-28T21%3A00%3A00.000Z&
    status=PENDING&sort_order=ASC&limit=100 version=2025-08-20 key=
     token=SQUARE_ACCESS_TOKEN// within=10000
POST https://square.test/v2/orders/search version=2025-08-20 key=
     token=SQUARE_ACCESS_TOKEN// within=10000
{"location_ids":["L1"],
    "query":{"filter":{"date_time_filter":{"created_at":{"start_at":"2026-08-28T21:00:00.000Z"
    ,"end_at":"2026-09-14T00:59:59.999Z"}}},"sort":{"sort_field":"CREATED_AT",
    "sort_order":"ASC"}},"limit":200}
POST https://square.test/v2/orders/search version=2025-08-20 key=
     token=SQUARE_ACCESS_TOKEN// within=10000
{"location_ids":["L1"],
    "query":{"filter":{"date_time_filter":{"created_at":{"start_at":"2026-09-14T01:00:00.000Z"
    ,"end_at":"2026-09-30T04:59:59.999Z"}}},"sort":{"sort_field":"CREATED_AT",
    "sort_order":"ASC"}},"limit":200}
POST https://square.test/v2/orders/search version=2025-08-20 key=
     token=SQUARE_ACCESS_TOKEN// within=10000
{"location_ids":["L1"],
    "query":{"filter":{"date_time_filter":{"created_at":{"start_at":"2026-09-30T05:00:00.000Z"
    ,"end_at":"2026-10-16T08:59:59.999Z"}}},"sort":{"sort_field":"CREATED_AT",
    "sort_order":"ASC"}},"limit":200}
POST https://square.test/v2/orders/search version=2025-08-20 key=
     token=SQUARE_ACCESS_TOKEN// within=10000
{"location_ids":["L1"],
    "query":{"filter":{"date_time_filter":{"created_at":{"start_at":"2026-10-16T09:00:00.000Z"
    ,"end_at":"2026-11-01T12:59:59.999Z"}}},"sort":{"sort_field":"CREATED_AT",
    "sort_order":"ASC"}},"limit":200}
POST https://square.test/v2/orders/search version=2025-08-20 key=
     token=SQUARE_ACCESS_TOKEN// within=10000
{"location_ids":["L1"],
    "query":{"filter":{"date_time_filter":{"created_at":{"start_at":"2026-11-01T13:00:00.000Z"
    ,"end_at":"2026-11-17T16:59:59.999Z"}}},"sort":{"sort_field":"CREATED_AT",
    "sort_order":"ASC"}},"limit":200}
POST https://square.test/v2/orders/search version=2025-08-20 key=
     token=SQUARE_ACCESS_TOKEN// within=10000
{"location_ids":["L1"],
    "query":{"filter":{"date_time_filter":{"created_at":{"start_at":"2026-11-17T17:00:00.000Z"
    ,"end_at":"2026-12-03T20:59:59.999Z"}}},"sort":{"sort_field":"CREATED_AT",
    "sort_order":"ASC"}},"limit":200}
d1 books.groups schema.guard
{"account":"adana","location_id":"L1","from":1787950800000,"near":1796331600000,
    "late":1799096400000,"after_group":""})~");
}

TEST_CASE("a restaurant's books are read with its own token") {
  Shop shop;
  shop.database.execute(
      "UPDATE pos_accounts SET token = 'sealed-token', time_zone = "
      "'Europe/Istanbul' WHERE restaurant_id = 'adana'");
  Transcript told;
  shop.hears = told.hearing();
  static_cast<void>(shop.ask("2026-11-21T18:00:00Z", "2026-11-21T19:00:00Z", true));
  CHECK(told.take() == R"~(
d1 books.account schema.guard
{"restaurant_id":"adana"}
days Europe/Istanbul from 1795284000000 to 1795287600000
d1 books.sold schema.guard
{"account":"adana","location_id":"L1","from":1795024800000,"near":1795546800000,
    "late":1798311600000,"restaurant_id":"adana","after_at":0,"after_order":"",
    "after_number":0}
d1 books.unnamed schema.guard
{"account":"adana","location_id":"L1","from":1795024800000,"near":1795546800000,
    "late":1798311600000,"restaurant_id":"adana","after_at":0,"after_order":"",
    "after_number":0}
GET https://square.test/v2/payments?location_id=L1&
    begin_time=2026-11-18T18%3A00%3A00.000Z&end_time=2026-11-24T18%3A59%3A59.999Z&
    sort_order=ASC&limit=100 version=2025-08-20 key= token=/sealed-token/adana:square:access
     within=10000
GET https://square.test/v2/refunds?location_id=L1&begin_time=2026-11-18T18%3A00%3A00.000Z&
    status=PENDING&sort_order=ASC&limit=100 version=2025-08-20 key=
     token=/sealed-token/adana:square:access within=10000
POST https://square.test/v2/orders/search version=2025-08-20 key=
     token=/sealed-token/adana:square:access within=10000
{"location_ids":["L1"],
    "query":{"filter":{"date_time_filter":{"created_at":{"start_at":"2026-11-18T18:00:00.000Z"
    ,"end_at":"2026-11-24T18:59:59.999Z"}}},"sort":{"sort_field":"CREATED_AT",
    "sort_order":"ASC"}},"limit":200}
d1 books.groups schema.guard
{"account":"adana","location_id":"L1","from":1795024800000,"near":1795546800000,
    "late":1798311600000,"after_group":""}
done 200 retry=0 type=text/csv; charset=utf-8
(BOM)kind,date,currency,reason,order_id,external_order_id,reference_id,ours_orders,
    ours_gross,ours_vat,square_orders,square_gross,square_vat,orders,gross,vat,detail\r
day,2026-11-21,,,,,,0,0,0,0,0,0,0,0,0,\r
)~");
}

TEST_CASE("each way in which books cannot be read is refused in its own words") {
  std::string all;
  const auto refused = [&](const std::function<void(Shop&)>& spoil) {
    Shop shop;
    shop.push("A1", payload(item(1100, "10"), evening), ms_of(evening), "S1");
    shop.push("A2", payload(item(1100, "10"), evening), ms_of(evening), "S9");
    shop.stand("S1", "A1", ms_of(evening), 1100, tax("10", 100));
    spoil(shop);
    Transcript told;
    shop.hears = told.hearing();
    static_cast<void>(shop.ask("2026-11-21", "2026-11-21"));
    const std::string text = told.take();
    all += text.substr(text.rfind("\ndone"));
  };
  const auto answers = [&](const std::string& path, int status, const std::string& body) {
    refused([&](Shop& shop) {
      shop.square.mischief = [=](const std::string& url) -> std::pair<int, std::string> {
        return {url.rfind(path, 0) == 0 ? status : 0, body};
      };
    });
  };
  const std::string no =
      R"({"errors":[{"category":"INVALID_REQUEST_ERROR","code":"BAD_REQUEST"}]})";
  for (const char* path : {"/v2/locations", "/v2/payments?", "/v2/refunds", "/v2/orders/search",
                           "/v2/orders/batch-retrieve"}) {
    answers(path, 400, no);
    answers(path, 503, "{}");
    answers(path, 200, "[]");
    answers(path, 429, "{}");
    answers(path, -1, "");
  }
  refused([](Shop& shop) { shop.square.zone = "Mars"; });
  refused([](Shop& shop) { shop.restaurant = "none"; });
  refused([](Shop& shop) { shop.database.execute("UPDATE pos_accounts SET location_id = ''"); });
  refused([](Shop& shop) {
    shop.database.execute(
        concat("UPDATE pos_accounts SET pause_reason = 'throttled', "
               "paused_until = ",
               shop.database.now_ms + 29'999));
  });
  refused([](Shop& shop) { shop.subrequests = 5; });
  CHECK(all == R"~(
done 200 retry=0 type=
{"restaurant_id":"adana","account":"adana","location_id":"L1","time_zone":"UTC",
    "currency":"TRY","currencies":["TRY"],"from":"2026-11-21","to":"2026-11-21",
    "basis":"Amounts are in the smallest unit of the currency. Gross is what was sold, VAT
     included and tips left out. Our orders, and the ones at Square that stand for them, are
     on the day they were placed; all others at Square on the day they were made. The
     difference is Square's less ours.","note":"days are those of UTC, for Square does not
     say the location's time zone (400 BAD_REQUEST); set one with the account's profile",
    "days":[{"date":"2026-11-21","currency":"TRY","ours":{"orders":2,"gross":2200,
    "vat":{"10":200},"vat_total":200},"square":{"orders":1,"gross":1100,"vat":{"10":100},
    "vat_total":100},"difference":{"orders":-1,"gross":-1100,"vat":-100,
    "vat_by_rate":{"10":-100}},"lines":[{"reason":"missing","order_id":"A2",
    "external_order_id":"S9","reference_id":"A2","orders":-1,"gross":-1100,"vat":-100,
    "vat_by_rate":{"10":-100},"detail":"nothing of it stands at Square"}]}],
    "totals":[{"currency":"TRY","ours":{"orders":2,"gross":2200,"vat":{"10":200},
    "vat_total":200},"square":{"orders":1,"gross":1100,"vat":{"10":100},"vat_total":100},
    "difference":{"orders":-1,"gross":-1100,"vat":-100,"vat_by_rate":{"10":-100}},
    "by_reason":{"missing":{"orders":-1,"gross":-1100,"vat":-100,
    "vat_by_rate":{"10":-100}}}}],"explained":true}

done 503 retry=0 type=
{"type":"about:blank","title":"Service unavailable","status":503,"detail":"Square did not
     answer: 503 reply without errors"}

done 503 retry=0 type=
{"type":"about:blank","title":"Service unavailable","status":503,"detail":"Square did not
     answer: 200 unreadable reply"}

done 503 retry=7 type=
{"type":"about:blank","title":"Service unavailable","status":503,"detail":"Square did not
     answer: 429 reply without errors"}

done 503 retry=0 type=
{"type":"about:blank","title":"Service unavailable","status":503,"detail":"Square did not
     answer: -1 reply too large"}

done 503 retry=0 type=
{"type":"about:blank","title":"Service unavailable","status":503,"detail":"Square did not
     answer: 400 BAD_REQUEST"}

done 503 retry=0 type=
{"type":"about:blank","title":"Service unavailable","status":503,"detail":"Square did not
     answer: 503 reply without errors"}

done 503 retry=0 type=
{"type":"about:blank","title":"Service unavailable","status":503,"detail":"Square did not
     answer: 200 unreadable reply"}

done 503 retry=7 type=
{"type":"about:blank","title":"Service unavailable","status":503,"detail":"Square did not
     answer: 429 reply without errors"}

done 503 retry=0 type=
{"type":"about:blank","title":"Service unavailable","status":503,"detail":"Square did not
     answer: -1 reply too large"}

done 503 retry=0 type=
{"type":"about:blank","title":"Service unavailable","status":503,"detail":"Square did not
     answer: 400 BAD_REQUEST"}

done 503 retry=0 type=
{"type":"about:blank","title":"Service unavailable","status":503,"detail":"Square did not
     answer: 503 reply without errors"}

done 503 retry=0 type=
{"type":"about:blank","title":"Service unavailable","status":503,"detail":"Square did not
     answer: 200 unreadable reply"}

done 503 retry=7 type=
{"type":"about:blank","title":"Service unavailable","status":503,"detail":"Square did not
     answer: 429 reply without errors"}

done 503 retry=0 type=
{"type":"about:blank","title":"Service unavailable","status":503,"detail":"Square did not
     answer: -1 reply too large"}

done 503 retry=0 type=
{"type":"about:blank","title":"Service unavailable","status":503,"detail":"Square did not
     answer: 400 BAD_REQUEST"}

done 503 retry=0 type=
{"type":"about:blank","title":"Service unavailable","status":503,"detail":"Square did not
     answer: 503 reply without errors"}

done 503 retry=0 type=
{"type":"about:blank","title":"Service unavailable","status":503,"detail":"Square did not
     answer: 200 unreadable reply"}

done 503 retry=7 type=
{"type":"about:blank","title":"Service unavailable","status":503,"detail":"Square did not
     answer: 429 reply without errors"}

done 503 retry=0 type=
{"type":"about:blank","title":"Service unavailable","status":503,"detail":"Square did not
     answer: -1 reply too large"}

done 503 retry=0 type=
{"type":"about:blank","title":"Service unavailable","status":503,"detail":"Square did not
     answer: 400 BAD_REQUEST"}

done 503 retry=0 type=
{"type":"about:blank","title":"Service unavailable","status":503,"detail":"Square did not
     answer: 503 reply without errors"}

done 503 retry=0 type=
{"type":"about:blank","title":"Service unavailable","status":503,"detail":"Square did not
     answer: 200 unreadable reply"}

done 503 retry=7 type=
{"type":"about:blank","title":"Service unavailable","status":503,"detail":"Square did not
     answer: 429 reply without errors"}

done 503 retry=0 type=
{"type":"about:blank","title":"Service unavailable","status":503,"detail":"Square did not
     answer: -1 reply too large"}

done 409 retry=0 type=
{"type":"about:blank","title":"Conflict","status":409,"detail":"the days of location L1
     cannot be told: \"Mars\" is no time zone; set one with the account's profile"}

done 404 retry=0 type=
{"type":"about:blank","title":"Not found","status":404,"detail":"restaurant \"none\" is
     not known here"}

done 404 retry=0 type=
{"type":"about:blank","title":"Not found","status":404,"detail":"restaurant \"adana\" has
     no location to read the books of"}

done 503 retry=30 type=
{"type":"about:blank","title":"Service unavailable","status":503,"detail":"Square has
     asked this account to wait"}

done 503 retry=0 type=
{"type":"about:blank","title":"Service unavailable","status":503,"detail":"ask for fewer
     days: with the time and the requests of one answer it came to 0 orders of ours, 0
     payments and 0 orders at Square"}
)~");
}

}  // namespace reconciliation_words_test
