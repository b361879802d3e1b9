// What an audit asks Square for and what it says to those who approve, word by word: a field that
// is missing there, or named otherwise, is one that nobody has seen before money went back.
#include <doctest/doctest.h>

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "base/json/value.hpp"
#include "harness/audit_world.hpp"
#include "harness/duration.hpp"
#include "harness/transcript.hpp"

namespace audits_words_test {

using pos::io::FetchCommand;
using transcript::Transcript;
using world::AuditWorld;

namespace {
using duration::day;
using duration::minute;
constexpr std::int64_t september = 1'788'220'800'000;  // 2026-09-01T00:00:00Z

const std::string month = R"({"provider":"square","from":"2026-09-01","to":"2026-10-01","id":"a1")";

/// Three groups: a certain one, one whose copies are disputed and too old to be refunded, an unpaid
/// one; a refund that is under way; and an order that can be compared with no other.
void fill(AuditWorld& world) {
  world::AuditSquare::Sold sold;
  sold.id = "o1";
  sold.at_ms = september + day;
  sold.reference = "=ref-1";
  sold.more = R"(,"taxes":[{"uid":"t","percentage":"10.0","applied_money":{"amount":4545}}],)"
              R"("total_tax_money":{"amount":4545,"currency":"TRY"})";
  world.square.sell(sold);
  sold.id = "o1-again";
  sold.at_ms += minute;
  world.square.sell(sold);
  sold = {};
  sold.id = "o2";
  sold.at_ms = september + 2 * day;
  sold.total = 7000;
  sold.table = "8";
  sold.source = "CASH";
  world.square.sell(sold);
  for (const char* copy : {"o2-disputed", "o2-pending"}) {
    sold.id = copy;
    sold.at_ms += minute;
    world.square.sell(sold);
  }
  world.square.dispute("o2-disputed", september + 20 * day);
  world.square.refund("o2-pending", 7000, september + 21 * day, "PENDING");
  sold = {};
  sold.id = "o3";
  sold.at_ms = september + 3 * day;
  sold.total = 900;
  sold.table = "9";
  sold.reference = "ref-3";
  world.square.sell(sold);
  sold.id = "o3-open";
  sold.at_ms += minute;
  sold.paid = false;
  sold.state = "OPEN";
  world.square.sell(sold);
  world.square.orders.push_back(
      {september + 4 * day, "L1",
       R"({"id":"o4","location_id":"L1","created_at":"2026-09-05T00:00:00Z","state":"OPEN",)"
       R"("reference_id":"=old"})"});
}

/// A world whose audit a1 is planned.
void planned(AuditWorld& world) {
  fill(world);
  REQUIRE(world.ask("audits.create", month + R"(,"actor":"ada"})").status == 201);
  world.read_all();
}

std::string fingerprint(AuditWorld& world) {
  pos::json::Document shown;
  REQUIRE(shown.parse(world.ask("audits.show", {}, "a1").body));
  return std::string(shown.root()["fingerprint"].text());
}

std::string whole(const pos::io::DoneCommand& done) {
  return "\n" + transcript::lines_of(transcript::line_of(done));
}

}  // namespace

TEST_CASE("an audit asks Square for what was sold, paid, refunded and disputed, page by page") {
  AuditWorld world;
  fill(world);
  world.square.page_most = 3;
  REQUIRE(world.ask("audits.create", month + "}").status == 201);
  Transcript told;
  world.hears = told.hearing();
  world.tick();
  CHECK(told.take() == R"~(
d1 repair.due schema.guard
job-2
{"quiet_ms":150000,"most_refusals":5,"most_failures":24,"refused_ms":21600000,
    "failing_ms":604800000}
d1 audit.blocked audit.give_up audit.claim audit.held schema.guard
job-2.1
{"limit":6,"lease_ms":960000,"most_refusals":5,"most_failures":24,"refused_ms":21600000,
    "failing_ms":604800000}
GET http://127.0.0.1:1/v2/locations/L1 version=2025-08-20 key=
     token=SQUARE_ACCESS_TOKEN// within=30000
d1 audit.locate audit.advance audit.place_read schema.guard
job-2.1
{"audit_id":"a1","location_id":"L1","edition":1,"step":"location","cursor":"","pages":1,
    "next_step":"orders","next_cursor":""}
{"name":"Kadıköy","email":"k@example.com","language":"tr-TR","time_zone":"UTC",
    "currency":"TRY"}
POST http://127.0.0.1:1/v2/orders/search version=2025-08-20 key=
     token=SQUARE_ACCESS_TOKEN// within=30000
{"location_ids":["L1"],
    "query":{"filter":{"date_time_filter":{"created_at":{"start_at":"2026-09-01T00:00:00.000Z"
    ,"end_at":"2026-09-30T23:59:59.999Z"}}},"sort":{"sort_field":"CREATED_AT",
    "sort_order":"ASC"}},"limit":500}
d1 audit.orders_in audit.advance audit.place_read schema.guard
job-2.1
{"audit_id":"a1","location_id":"L1","edition":1,"step":"orders","cursor":"","count":3,
    "pages":1,"next_step":"orders","next_cursor":"{\"since\":1788220800000,
    \"last\":1788393600000,\"limit\":500,\"pages\":1,\"idle\":0,\"mark\":\"4e07408562bedb8b\",
    \"cursor\":\"3\"}"}
[{"id":"o1","created_at":1788307200000,"kind":"sale","state":"COMPLETED","paid":1,
    "reference_id":"=ref-1","pos_sync":"","order_key":"","table_id":"7","total":50000,"tip":0,
    "currency":"TRY","tax":"{\"10\":4545}",
    "content":"be92cc61cd323f7eebfc774cecb4cc8a5810e1d007df39697cf096d1b53de81c","missing":""
     ... with the digest 93a5120d4171295d
POST http://127.0.0.1:1/v2/orders/search version=2025-08-20 key=
     token=SQUARE_ACCESS_TOKEN// within=30000
{"location_ids":["L1"],
    "query":{"filter":{"date_time_filter":{"created_at":{"start_at":"2026-09-01T00:00:00.000Z"
    ,"end_at":"2026-09-30T23:59:59.999Z"}}},"sort":{"sort_field":"CREATED_AT",
    "sort_order":"ASC"}},"limit":500,"cursor":"3"}
d1 audit.orders_in audit.advance audit.place_read schema.guard
job-2.1
{"audit_id":"a1","location_id":"L1","edition":1,"step":"orders",
    "cursor":"{\"since\":1788220800000,\"last\":1788393600000,\"limit\":500,\"pages\":1,
    \"idle\":0,\"mark\":\"4e07408562bedb8b\",\"cursor\":\"3\"}","count":3,"pages":1,
    "next_step":"orders","next_cursor":"{\"since\":1788220800000,\"last\":1788480000000,
    \"limit\":500,\"pages\":2,\"idle\":0,\"mark\":\"e7f6c011776e8db7\",\"cursor\":\"6\"}"}
[{"id":"o2-disputed","created_at":1788393660000,"kind":"sale","state":"COMPLETED",
    "paid":1,"reference_id":"","pos_sync":"","order_key":"","table_id":"8","total":7000,
    "tip":0,"currency":"TRY","tax":"{}",
    "content":"f2d95e0971ab1a8d5a6e476ec887d2ada9b6a3082d642e19651226975a92a0c8","missing":"",
    "fingerp ... with the digest 0651db9ea5f91a2b
POST http://127.0.0.1:1/v2/orders/search version=2025-08-20 key=
     token=SQUARE_ACCESS_TOKEN// within=30000
{"location_ids":["L1"],
    "query":{"filter":{"date_time_filter":{"created_at":{"start_at":"2026-09-01T00:00:00.000Z"
    ,"end_at":"2026-09-30T23:59:59.999Z"}}},"sort":{"sort_field":"CREATED_AT",
    "sort_order":"ASC"}},"limit":500,"cursor":"6"}
d1 audit.orders_in audit.advance audit.place_read schema.guard
job-2.1
{"audit_id":"a1","location_id":"L1","edition":1,"step":"orders",
    "cursor":"{\"since\":1788220800000,\"last\":1788480000000,\"limit\":500,\"pages\":2,
    \"idle\":0,\"mark\":\"e7f6c011776e8db7\",\"cursor\":\"6\"}","count":2,"pages":1,
    "next_step":"payments","next_cursor":""}
[{"id":"o3-open","created_at":1788480060000,"kind":"sale","state":"OPEN","paid":0,
    "reference_id":"ref-3","pos_sync":"","order_key":"","table_id":"9","total":900,"tip":0,
    "currency":"TRY","tax":"{}",
    "content":"f5921774bd966b911b077fe332168fccb284f47925218c26cbbef5773f84cc13","missing":"",
    "fingerprint" ... with the digest f3d5e4c80c2fe4a1
GET http://127.0.0.1:1/v2/payments?location_id=L1&begin_time=2026-08-31T00%3A00%3A00.000Z&
    end_time=2026-10-04T00%3A00%3A00.000Z&sort_order=ASC&limit=100 version=2025-08-20 key=
     token=SQUARE_ACCESS_TOKEN// within=30000
d1 audit.payments_in audit.advance audit.place_read schema.guard
job-2.1
{"audit_id":"a1","location_id":"L1","edition":1,"step":"payments","cursor":"","count":3,
    "pages":1,"next_step":"payments","next_cursor":"{\"since\":1788134400000,
    \"last\":1788393600000,\"limit\":100,\"pages\":1,\"idle\":0,\"mark\":\"4e07408562bedb8b\",
    \"cursor\":\"3\"}"}
[{"id":"p-o1","order_id":"o1","created_at":1788307200000,"status":"COMPLETED",
    "source_type":"CARD","amount":50000,"currency":"TRY","refunded":0,"fee":1000,
    "instrument_hash":0,"card_brand":"","card_last_4":"","customer_hash":0},
    {"id":"p-o1-again","order_id":"o1-again","created_at":1788307260000,"status":"COMPLETED",
    "source_type":"CARD","amount":50000,"currency":"TRY","refunded":0,"fee":1000,
    "instrument_hash":0,"card_brand":"","card_last_4":"","customer_hash":0},{"id":"p-o2",
    "order_id":"o2","created_at":1788393600000,"status":"COMPLETED","source_type":"CASH",
    "amount":7000,"currency":"TRY","refunded":0,"fee":140,"instrument_hash":0,"card_brand":"",
    "card_last_4":"","customer_hash":0}]
GET http://127.0.0.1:1/v2/payments?location_id=L1&begin_time=2026-08-31T00%3A00%3A00.000Z&
    end_time=2026-10-04T00%3A00%3A00.000Z&sort_order=ASC&limit=100&cursor=3
     version=2025-08-20 key= token=SQUARE_ACCESS_TOKEN// within=30000
d1 audit.payments_in audit.advance audit.place_read schema.guard
job-2.1
{"audit_id":"a1","location_id":"L1","edition":1,"step":"payments",
    "cursor":"{\"since\":1788134400000,\"last\":1788393600000,\"limit\":100,\"pages\":1,
    \"idle\":0,\"mark\":\"4e07408562bedb8b\",\"cursor\":\"3\"}","count":3,"pages":1,
    "next_step":"refunds","next_cursor":""}
[{"id":"p-o2-disputed","order_id":"o2-disputed","created_at":1788393660000,
    "status":"COMPLETED","source_type":"CASH","amount":7000,"currency":"TRY","refunded":0,
    "fee":140,"instrument_hash":0,"card_brand":"","card_last_4":"","customer_hash":0},
    {"id":"p-o2-pending","order_id":"o2-pending","created_at":1788393720000,
    "status":"COMPLETED","source_type":"CASH","amount":7000,"currency":"TRY","refunded":0,
    "fee":140,"instrument_hash":0,"card_brand":"","card_last_4":"","customer_hash":0},
    {"id":"p-o3","order_id":"o3","created_at":1788480000000,"status":"COMPLETED",
    "source_type":"CARD","amount":900,"currency":"TRY","refunded":0,"fee":18,
    "instrument_hash":0,"card_brand":"","card_last_4":"","customer_hash":0}]
GET http://127.0.0.1:1/v2/refunds?location_id=L1&begin_time=2026-09-01T00%3A00%3A00.000Z&
    sort_order=ASC&limit=100 version=2025-08-20 key= token=SQUARE_ACCESS_TOKEN// within=30000
d1 audit.refunds_in audit.advance audit.place_read schema.guard
job-2.1
{"audit_id":"a1","location_id":"L1","edition":1,"step":"refunds","cursor":"","count":1,
    "pages":1,"next_step":"disputes","next_cursor":""}
[{"payment_id":"p-o2-pending","refunded":0,"pending":7000}]
GET http://127.0.0.1:1/v2/disputes?location_id=L1 version=2025-08-20 key=
     token=SQUARE_ACCESS_TOKEN// within=30000
d1 audit.disputes_in audit.advance audit.place_read schema.guard
job-2.1
{"audit_id":"a1","location_id":"L1","edition":1,"step":"disputes","cursor":"","count":1,
    "pages":1,"next_step":"grouping","next_cursor":""}
[{"payment_id":"p-o2-disputed"}]
d1 audit.keys schema.guard
job-2.1
{"audit_id":"a1","location_id":"L1","edition":1,"step":"grouping","cursor":"",
    "after_at":-1,"after_row":0}
days UTC from 1788220800000 to 1790812800000
d1 audit.groups_in audit.members schema.guard
job-2.1
{"audit_id":"a1","location_id":"L1","edition":1,"step":"grouping","cursor":"","rows":[1,2,
    3,4,5,6,7]}
[]
d1 audit.groups_in audit.groups_old audit.planned schema.guard
job-2.1
{"audit_id":"a1","location_id":"L1","edition":1,"step":"grouping","cursor":"",
    "figures":"{\"currency\":\"TRY\",\"groups\":{\"certain\":2,\"probable\":1,\"possible\":0},
    \"duplicates\":4,\"gross_overcounted\":64000,
    \"vat_overreported\":[{\"date\":\"2026-09-02\",\"rate\":\"10\",\"amount\":4545}],
    \"refundable\":{\"count\":1,\"amount\":50000},\"records_only\":{\"count\":0,\"amount\":0},
    \"cancelable\":{\"count\":1,\"amount\":900},\"dispute_fast_track\":{\"count\":1,
    \"amount\":7000},\"for_a_human\":{\"count\":1,\"amount\":7000},
    \"fees_paid_on_duplicates\":1280,\"fees_come_back\":0}",
    "fingerprint":"2697f6bafa71cbe9338317e97a339dfc972ad18852d695ff5fcd531ac1c61316"}
[{"group_id":"g08e8e952e4f6fdc091c9","confidence":"certain","first_at":1788307200000,
    "plan":"{\"group_id\":\"g08e8e952e4f6fdc091c9\",\"confidence\":\"certain\",
    \"because\":\"reference_id\",\"for\":[\"reference_id\",\"content\",\"table\",\"time\",
    \"tender\"],\"against\":[],\"currency\":\"TRY\",\"surv ... with the digest
     a3b569971620e252
info repair ended
{"audit_pages":8,"audit_places_planned":1,"requests":8,"d1_calls":13}
done 200 retry=0 type=
{"audit_pages":8,"audit_places_planned":1,"requests":8,"d1_calls":13}
)~");
}

TEST_CASE("an audit is made as it was asked for, once, and the line says what and by whom") {
  AuditWorld world;
  Transcript told;
  world.hears = told.hearing();
  const std::string body = month + R"(,"actor":"ada","window_seconds":600})";
  world.ask("audits.create", body);
  CHECK(told.take() == R"~(
d1 audit.row audit.sites audit.unknown audit.create audit.create_places audit.row
     schema.guard

{"audit_id":"a1","from":1788220800000,"to":1790812800000,"window_ms":600000,
    "lag_ms":240000,"actor":"ada","asked":"{\"from\":1788220800000,\"to\":1790812800000,
    \"window_ms\":600000}","own_location":"L1"}
info an audit is made
{"id":"a1","provider":"square","from":"2026-09-01T00:00:00.000Z",
    "to":"2026-10-01T00:00:00.000Z","window_seconds":600,"edition":1,"notes":[],
    "state":"reading","actor":"ada","created_at":1795000000001,"approved_at":null}
done 201 retry=0 type=
{"id":"a1","provider":"square","from":"2026-09-01T00:00:00.000Z",
    "to":"2026-10-01T00:00:00.000Z","window_seconds":600,"edition":1,"notes":[],
    "state":"reading","actor":"ada","created_at":1795000000001,"approved_at":null,
    "progress":{"places":1,"places_done":0,"places_left_out":0,"pages":0,"orders":0,
    "payments":0,"groups":0}}
)~");
  CHECK(whole(world.ask("audits.create", body)) == R"~(
done 200 retry=0 type=
{"id":"a1","provider":"square","from":"2026-09-01T00:00:00.000Z",
    "to":"2026-10-01T00:00:00.000Z","window_seconds":600,"edition":1,"notes":[],
    "state":"reading","actor":"ada","created_at":1795000000001,"approved_at":null,
    "progress":{"places":1,"places_done":0,"places_left_out":0,"pages":0,"orders":0,
    "payments":0,"groups":0}}
)~");
  CHECK(whole(world.ask("audits.create", month + "}")) == R"~(
done 409 retry=0 type=
{"type":"about:blank","title":"Conflict","status":409,"detail":"there is another audit a1,
     which asks for something else"}
)~");
  told.take();
  world.ask("audits.quarterly", {}, {});
  CHECK(told.take() == R"~(
d1 audit.quarter schema.guard

d1 audit.row audit.sites audit.unknown audit.create audit.create_places audit.row
     schema.guard

{"audit_id":"quarter-2026-Q3","from":1782777600000,"to":1790812800000,"window_ms":2100000,
    "lag_ms":240000,"actor":"cron","asked":"{\"from\":1782777600000,\"to\":1790812800000,
    \"window_ms\":2100000}","own_location":"L1"}
info an audit is made
{"id":"quarter-2026-Q3","provider":"square","from":"2026-06-30T00:00:00.000Z",
    "to":"2026-10-01T00:00:00.000Z","window_seconds":2100,"edition":1,"notes":[],
    "state":"reading","actor":"cron","created_at":1795000000005,"approved_at":null}
done 201 retry=0 type=
{"id":"quarter-2026-Q3","provider":"square","from":"2026-06-30T00:00:00.000Z",
    "to":"2026-10-01T00:00:00.000Z","window_seconds":2100,"edition":1,"notes":[],
    "state":"reading","actor":"cron","created_at":1795000000005,"approved_at":null,
    "progress":{"places":1,"places_done":0,"places_left_out":0,"pages":0,"orders":0,
    "payments":0,"groups":0}}
)~");
}

TEST_CASE("an approver is shown all of a plan: each order, payment, doubt and figure by its name") {
  AuditWorld world;
  planned(world);
  Transcript told;
  world.hears = told.hearing();
  world.ask("audits.show", {}, "a1");
  CHECK(told.take() == R"~(
d1 audit.row audit.places audit.repairs audit.groups schema.guard

{"audit_id":"a1","own_location":"L1","after_location":"","after_group":"","disputes":0,
    "limit":200}
done 200 retry=0 type=
{"id":"a1","provider":"square","from":"2026-09-01T00:00:00.000Z",
    "to":"2026-10-01T00:00:00.000Z","window_seconds":2100,"edition":1,"notes":[],
    "state":"planned","actor":"ada","created_at":1795000000001,"approved_at":null,
    "progress":{"places":1,"places_done":1,"places_left_out":0,"pages":5,"orders":8,
    "payments":6,"groups":3,"money":[{"currency":"TRY","duplicates":4,
    "gross_overcounted":64000,"refundable":50000}]},"not_comparable":1,
    "fingerprint":"6403c9f62252bcf82671716e94e2dccafa76e0f868f294d5ce94771605572212",
    "totals":[{"currency":"TRY","groups":{"certain":2,"probable":1,"possible":0},
    "duplicates":4,"gross_overcounted":64000,"vat_overreported":[{"date":"2026-09-02",
    "rate":"10","amount":4545}],"refundable":{"count":1,"amount":50000},
    "records_only":{"count":0,"amount":0},"cancelable":{"count":1,"amount":900},
    "dispute_fast_track":{"count":1,"amount":7000},"for_a_human":{"count":1,"amount":7000},
    "fees_paid_on_duplicates":1280,"fees_come_back":0}],"repairs":{"due":0,"pending":0,
    "done":0,"stopped":0},"places":[{"restaurant_id":"","location_id":"L1","name":"Kadıköy",
    "email":"k@example.com","language":"tr-TR","time_zone":"UTC","currency":"TRY",
    "step":"done","pages":5,"orders":8,"payments":6,"groups":3,"figures":{"currency":"TRY",
    "groups":{"certain":2,"probable":1,"possible":0},"duplicates":4,"gross_overcounted":64000,
    "vat_overreported":[{"date":"2026-09-02","rate":"10","amount":4545}],
    "refundable":{"count":1,"amount":50000},"records_only":{"count":0,"amount":0},
    "cancelable":{"count":1,"amount":900},"dispute_fast_track":{"count":1,"amount":7000},
    "for_a_human":{"count":1,"amount":7000},"fees_paid_on_duplicates":1280,"fees_come_back":0,
    "not_comparable":1},
    "fingerprint":"2697f6bafa71cbe9338317e97a339dfc972ad18852d695ff5fcd531ac1c61316",
    "notes":[],"attempts":0,"next_attempt_at":0,"last_error":"","failures":0,
    "failing_since":0,"refusals":0,"refused_since":0,"left_out":null,
    "updated_at":1795000000017}],"groups":[{"group_id":"g08e8e952e4f6fdc091c9",
    "confidence":"certain","because":"reference_id","for":["reference_id","content","table",
    "time","tender"],"against":[],"currency":"TRY","survivor":"o1",
    "survivor_because":"earliest","orders":[{"id":"o1",
    "created_at":"2026-09-02T00:00:00.000Z","reference_id":"=ref-1","table":"7","total":50000,
    "tip":0,"tax":{"10":4545},
    "content":"e341d93ebefd58bc24f93ad012675b1e3f5952c973d64b8d7c3eda390f57c452",
    "tenders":["p-o1"],"paid":true,"role":"survivor","action":"keep","reason":"",
    "payments":[{"id":"p-o1","created_at":"2026-09-02T00:00:00.000Z","amount":50000,
    "source_type":"CARD","status":"COMPLETED","refunded":0,"fee":1000,"action":"none",
    "records_only":false,"reason":""}]},{"id":"o1-again",
    "created_at":"2026-09-02T00:01:00.000Z","reference_id":"=ref-1","table":"7","total":50000,
    "tip":0,"tax":{"10":4545},
    "content":"e341d93ebefd58bc24f93ad012675b1e3f5952c973d64b8d7c3eda390f57c452",
    "tenders":["p-o1-again"],"paid":true,"role":"duplicate","action":"refund","reason":"",
    "payments":[{"id":"p-o1-again","created_at":"2026-09-02T00:01:00.000Z","amount":50000,
    "source_type":"CARD","status":"COMPLETED","refunded":0,"fee":1000,"action":"refund",
    "records_only":false,"reason":""}]}],"restaurant_id":"","location_id":"L1",
    "approved_at":null,"approved_by":"","repairs":[]},{"group_id":"g6af22bdacbea65dae7e3",
    "confidence":"certain","because":"reference_id","for":["reference_id","content","table",
    "time"],"against":[],"currency":"TRY","survivor":"o3","survivor_because":"earliest",
    "orders":[{"id":"o3","created_at":"2026-09-04T00:00:00.000Z","reference_id":"ref-3",
    "table":"9","total":900,"tip":0,"tax":{},
    "content":"b4d61c01b955e038d41936804d6e6413432d451b187d4e3760822f5dad8bce02",
    "tenders":["p-o3"],"paid":true,"role":"survivor","action":"keep","reason":"",
    "payments":[{"id":"p-o3","created_at":"2026-09-04T00:00:00.000Z","amount":900,
    "source_type":"CARD","status":"COMPLETED","refunded":0,"fee":18,"action":"none",
    "records_only":false,"reason":""}]},{"id":"o3-open",
    "created_at":"2026-09-04T00:01:00.000Z","reference_id":"ref-3","table":"9","total":900,
    "tip":0,"tax":{},
    "content":"b4d61c01b955e038d41936804d6e6413432d451b187d4e3760822f5dad8bce02","tenders":[],
    "paid":false,"role":"duplicate","action":"cancel","reason":"","payments":[]}],
    "restaurant_id":"","location_id":"L1","approved_at":null,"approved_by":"","repairs":[]},
    {"group_id":"g97e94fd7d1957ed585a8","confidence":"probable","because":"look",
    "for":["content","table","time","tender"],"against":[],"currency":"TRY","survivor":"o2",
    "survivor_because":"earliest","orders":[{"id":"o2",
    "created_at":"2026-09-03T00:00:00.000Z","reference_id":"","table":"8","total":7000,
    "tip":0,"tax":{},
    "content":"f4a47a018a3c533545460a7da18f327b9fc51e84be4b9857f5d5213292e3e0b5",
    "tenders":["p-o2"],"paid":true,"role":"survivor","action":"keep","reason":"",
    "payments":[{"id":"p-o2","created_at":"2026-09-03T00:00:00.000Z","amount":7000,
    "source_type":"CASH","status":"COMPLETED","refunded":0,"fee":140,"action":"none",
    "records_only":true,"reason":""}]},{"id":"o2-disputed",
    "created_at":"2026-09-03T00:01:00.000Z","reference_id":"","table":"8","total":7000,
    "tip":0,"tax":{},
    "content":"f4a47a018a3c533545460a7da18f327b9fc51e84be4b9857f5d5213292e3e0b5",
    "tenders":["p-o2-disputed"],"paid":true,"role":"duplicate","action":"none",
    "reason":"disputed: Square refunds no disputed payment; answer the dispute as a
     duplicate","payments":[{"id":"p-o2-disputed","created_at":"2026-09-03T00:01:00.000Z",
    "amount":7000,"source_type":"CASH","status":"COMPLETED","refunded":0,"fee":140,
    "action":"none","records_only":true,"reason":"disputed: Square refunds no disputed
     payment; answer the dispute as a duplicate"}]},{"id":"o2-pending",
    "created_at":"2026-09-03T00:02:00.000Z","reference_id":"","table":"8","total":7000,
    "tip":0,"tax":{},
    "content":"f4a47a018a3c533545460a7da18f327b9fc51e84be4b9857f5d5213292e3e0b5",
    "tenders":["p-o2-pending"],"paid":true,"role":"duplicate","action":"none",
    "reason":"refund_pending: a refund of 7000 is under way","payments":[{"id":"p-o2-pending",
    "created_at":"2026-09-03T00:02:00.000Z","amount":7000,"source_type":"CASH",
    "status":"COMPLETED","refunded":0,"fee":140,"action":"none","records_only":true,
    "reason":"refund_pending: a refund of 7000 is under way"}]}],"restaurant_id":"",
    "location_id":"L1","approved_at":null,"approved_by":"","repairs":[]}],"cursor":null}
)~");
  CHECK(whole(world.ask("audits.list")) == R"~(
done 200 retry=0 type=
{"audits":[{"id":"a1","provider":"square","from":"2026-09-01T00:00:00.000Z",
    "to":"2026-10-01T00:00:00.000Z","window_seconds":2100,"edition":1,"notes":[],
    "state":"planned","actor":"ada","created_at":1795000000001,"approved_at":null,
    "progress":{"places":1,"places_done":1,"places_left_out":0,"pages":5,"orders":8,
    "payments":6,"groups":3}}],"cursor":null}
)~");
}

TEST_CASE("each list and table of an audit has every column, and no cell of it is a formula") {
  AuditWorld world;
  planned(world);
  for (const auto& [query, expected] : std::vector<std::pair<std::string, std::string>>{
           {R"({"format":"csv"})", R"~(
done 200 retry=0 type=text/csv; charset=utf-8
(BOM)group_id,confidence,because,for,against,role,action,reason,restaurant_id,location_id,
    created_at,order_id,reference_id,table,total,currency,tax,payment_id,source_type,fee,
    repair_state\r
g08e8e952e4f6fdc091c9,certain,reference_id,reference_id content table time tender,,
    survivor,keep,,,L1,2026-09-02T00:00:00.000Z,o1,'=ref-1,7,50000,TRY,"{""10"":4545}",p-o1,
    CARD,1000,\r
g08e8e952e4f6fdc091c9,certain,reference_id,reference_id content table time tender,,
    duplicate,refund,,,L1,2026-09-02T00:01:00.000Z,o1-again,'=ref-1,7,50000,TRY,
    "{""10"":4545}",p-o1-again,CARD,1000,\r
g6af22bdacbea65dae7e3,certain,reference_id,reference_id content table time,,survivor,keep,
    ,,L1,2026-09-04T00:00:00.000Z,o3,ref-3,9,900,TRY,{},p-o3,CARD,18,\r
g6af22bdacbea65dae7e3,certain,reference_id,reference_id content table time,,duplicate,
    cancel,,,L1,2026-09-04T00:01:00.000Z,o3-open,ref-3,9,900,TRY,{},,,0,\r
g97e94fd7d1957ed585a8,probable,look,content table time tender,,survivor,keep,,,L1,
    2026-09-03T00:00:00.000Z,o2,,8,7000,TRY,{},p-o2,CASH,140,\r
g97e94fd7d1957ed585a8,probable,look,content table time tender,,duplicate,none,"disputed:
     Square refunds no disputed payment; answer the dispute as a duplicate",,L1,
    2026-09-03T00:01:00.000Z,o2-disputed,,8,7000,TRY,{},p-o2-disputed,CASH,140,\r
g97e94fd7d1957ed585a8,probable,look,content table time tender,,duplicate,none,
    refund_pending: a refund of 7000 is under way,,L1,2026-09-03T00:02:00.000Z,o2-pending,,8,
    7000,TRY,{},p-o2-pending,CASH,140,\r
)~"},
           {R"({"list":"disputes"})", R"~(
done 200 retry=0 type=
{"id":"a1","provider":"square","from":"2026-09-01T00:00:00.000Z",
    "to":"2026-10-01T00:00:00.000Z","window_seconds":2100,"edition":1,"notes":[],
    "state":"planned","actor":"ada","created_at":1795000000001,"approved_at":null,
    "disputes":[{"payment_id":"p-o2-disputed","reason":"disputed: Square refunds no disputed
     payment; answer the dispute as a duplicate","amount":7000,"currency":"TRY",
    "source_type":"CASH","paid_at":"2026-09-03T00:01:00.000Z","fee":140,
    "order_id":"o2-disputed","reference_id":"","table":"8","duplicate_of":"o2",
    "group_id":"g97e94fd7d1957ed585a8","confidence":"probable","restaurant_id":"",
    "location_id":"L1"}],"cursor":null}
)~"},
           {R"({"list":"disputes","format":"csv"})", R"~(
done 200 retry=0 type=text/csv; charset=utf-8
(BOM)payment_id,reason,amount,currency,source_type,paid_at,fee,order_id,reference_id,
    table,duplicate_of,group_id,confidence,restaurant_id,location_id\r
p-o2-disputed,"disputed: Square refunds no disputed payment; answer the dispute as a
     duplicate",7000,TRY,CASH,2026-09-03T00:01:00.000Z,140,o2-disputed,,8,o2,
    g97e94fd7d1957ed585a8,probable,,L1\r
)~"},
           {R"({"list":"not_comparable"})", R"~(
done 200 retry=0 type=
{"id":"a1","provider":"square","from":"2026-09-01T00:00:00.000Z",
    "to":"2026-10-01T00:00:00.000Z","window_seconds":2100,"edition":1,"notes":[],
    "state":"planned","actor":"ada","created_at":1795000000001,"approved_at":null,
    "not_comparable":[{"order_id":"o4","missing":"total_money line_items",
    "created_at":"2026-09-05T00:00:00.000Z","state":"OPEN","reference_id":"=old","total":null,
    "currency":"","restaurant_id":"","location_id":"L1"}],"cursor":null}
)~"},
           {R"({"list":"not_comparable","format":"csv"})", R"~(
done 200 retry=0 type=text/csv; charset=utf-8
(BOM)order_id,missing,created_at,state,reference_id,total,currency,restaurant_id,
    location_id\r
o4,total_money line_items,2026-09-05T00:00:00.000Z,OPEN,'=old,,,,L1\r
)~"},
           {R"({"list":"x"})", R"~(
done 422 retry=0 type=
{"type":"about:blank","title":"Unprocessable content","status":422,"detail":"list:
     expected disputes or not_comparable, got \"x\""}
)~"},
           {R"({"cursor":"L1"})", R"~(
done 422 retry=0 type=
{"type":"about:blank","title":"Unprocessable content","status":422,"detail":"cursor:
     expected the cursor of an earlier answer"}
)~"},
       }) {
    const std::string answer = whole(world.ask("audits.show", {}, "a1", query));
    CHECK(answer == expected);
  }
}

TEST_CASE("an approval asks Square what is new, and writes down what was approved and by whom") {
  AuditWorld world;
  planned(world);
  const std::string body = R"({"fingerprint":")" + fingerprint(world) +
                           R"(","confidence":"probable","actor":"ada","reason":"march"})";
  Transcript told;
  world.hears = told.hearing();
  world.ask("audits.approve", body, "a1");
  CHECK(told.take() == R"~(
d1 audit.row audit.places audit.now schema.guard
request-4
{"audit_id":"a1","edition":0,"amended":0,"own_location":"L1","actor":"ada","role":"",
    "reason":"march","approved_at":0,"confidence":"probable"}
d1 audit.all_plans schema.guard
request-4
{"audit_id":"a1","edition":1,"amended":0,"own_location":"L1","actor":"ada","role":"",
    "reason":"march","approved_at":1795000060019,"confidence":"probable","after_location":"",
    "after_group":"","limit":200}
d1 audit.selection schema.guard
request-4
{"audit_id":"a1","edition":1,"amended":0,"own_location":"L1","actor":"ada","role":"",
    "reason":"march","approved_at":1795000060019,"confidence":"probable"}
d1 audit.plans audit.plans_members audit.planned_refunds audit.planned_cancels
     schema.guard
request-4
{"audit_id":"a1","edition":1,"amended":0,"own_location":"L1","actor":"ada","role":"",
    "reason":"march","approved_at":1795000060019,"confidence":"probable",
    "chunk":["g08e8e952e4f6fdc091c9","g6af22bdacbea65dae7e3","g97e94fd7d1957ed585a8"]}
POST http://127.0.0.1:1/v2/orders/search version=2025-08-20 key=
     token=SQUARE_ACCESS_TOKEN// within=30000
{"location_ids":["L1"],
    "query":{"filter":{"date_time_filter":{"updated_at":{"start_at":"2026-11-18T11:02:40.005Z"
    }}},"sort":{"sort_field":"UPDATED_AT","sort_order":"ASC"}},"limit":500}
GET http://127.0.0.1:1/v2/refunds?location_id=L1&begin_time=2026-11-18T11%3A02%3A40.005Z&
    sort_order=ASC&limit=100 version=2025-08-20 key= token=SQUARE_ACCESS_TOKEN// within=30000
sign with SEAL_KEY
["pos_repairs","square","refund","p-o1-again","a1","g08e8e952e4f6fdc091c9","","L1",
    "o1-again","o1",50000,"TRY",1000,"CARD","{\"v\":1,\"total\":50000,
    \"content\":\"e341d93ebefd58bc24f93ad012675b1e3f5952c973d64b8d7c3eda390f57c452\",
    \"payments\":[\"p-o1-again\"],\"survivor\":{\"paid\":true,\"total\":50000,
    \"content\":\"e341d93ebefd58bc24f93ad012675b1e3f5952c973d64b8d7c3eda390f57c452\",
    \"payments\":[\"p-o1\"]}}","ada","",1795000060019]
["pos_repairs","square","cancel","o3-open","a1","g6af22bdacbea65dae7e3","","L1","o3-open",
    "o3",900,"TRY",0,"","{\"v\":1,\"total\":900,
    \"content\":\"b4d61c01b955e038d41936804d6e6413432d451b187d4e3760822f5dad8bce02\",
    \"payments\":[],\"survivor\":{\"paid\":true,\"total\":900,
    \"content\":\"b4d61c01b955e038d41936804d6e6413432d451b187d4e3760822f5dad8bce02\",
    \"payments\":[\"p-o3\"]}}","ada","",1795000060019]
d1 audit.approve_groups audit.approve_orders audit.approve_refunds audit.approve_cancels
     audit.approve_log audit.approve_audit audit.approved audit.approved_money schema.guard
request-4
{"audit_id":"a1","edition":1,"amended":0,"own_location":"L1","actor":"ada","role":"",
    "reason":"march","approved_at":1795000060019,"confidence":"probable"}
[{"group":"g08e8e952e4f6fdc091c9","action":"refund","target":"p-o1-again",
    "seal":"v1.k.[\"pos_repairs\",\"square\",\"refund\",\"p-o1-again\",\"a1\",
    \"g08e8e952e4f6fdc091c9\",\"\",\"L1\",\"o1-again\",\"o1\",50000,\"TRY\",1000,\"CARD\",
    \"{\\\"v\\\":1,\\\"total\\\":50000,\\\"content\\\":\\\"e341d93ebef ... with the digest
     bc758b18ee319ddc
info a plan is approved
{"actor":"ada","approval":{"id":"a1",
    "fingerprint":"6403c9f62252bcf82671716e94e2dccafa76e0f868f294d5ce94771605572212",
    "approved":{"groups":3,"refunds":1,"cancels":1,"amount":{"TRY":50000}}}}
done 202 retry=0 type=
{"id":"a1",
    "fingerprint":"6403c9f62252bcf82671716e94e2dccafa76e0f868f294d5ce94771605572212",
    "approved":{"groups":3,"refunds":1,"cancels":1,"amount":{"TRY":50000}}}
)~");
  CHECK(whole(world.ask("audits.approve", body, "a1")) == R"~(
done 200 retry=0 type=
{"id":"a1",
    "fingerprint":"6403c9f62252bcf82671716e94e2dccafa76e0f868f294d5ce94771605572212",
    "approved":{"groups":3,"refunds":1,"cancels":1,"amount":{"TRY":50000}}}
)~");
  told.take();
  world.ask("audits.show", {}, "a1");
  CHECK(told.take() == R"~(
d1 audit.row audit.places audit.repairs audit.groups schema.guard

{"audit_id":"a1","own_location":"L1","after_location":"","after_group":"","disputes":0,
    "limit":200}
done 200 retry=0 type=
{"id":"a1","provider":"square","from":"2026-09-01T00:00:00.000Z",
    "to":"2026-10-01T00:00:00.000Z","window_seconds":2100,"edition":1,"notes":[],
    "state":"approved","actor":"ada","created_at":1795000000001,"approved_at":1795000060026,
    "progress":{"places":1,"places_done":1,"places_left_out":0,"pages":5,"orders":8,
    "payments":6,"groups":3,"money":[{"currency":"TRY","duplicates":4,
    "gross_overcounted":64000,"refundable":50000}]},"not_comparable":1,
    "fingerprint":"6403c9f62252bcf82671716e94e2dccafa76e0f868f294d5ce94771605572212",
    "totals":[{"currency":"TRY","groups":{"certain":2,"probable":1,"possible":0},
    "duplicates":4,"gross_overcounted":64000,"vat_overreported":[{"date":"2026-09-02",
    "rate":"10","amount":4545}],"refundable":{"count":1,"amount":50000},
    "records_only":{"count":0,"amount":0},"cancelable":{"count":1,"amount":900},
    "dispute_fast_track":{"count":1,"amount":7000},"for_a_human":{"count":1,"amount":7000},
    "fees_paid_on_duplicates":1280,"fees_come_back":0}],"repairs":{"due":2,"pending":0,
    "done":0,"stopped":0},"places":[{"restaurant_id":"","location_id":"L1","name":"Kadıköy",
    "email":"k@example.com","language":"tr-TR","time_zone":"UTC","currency":"TRY",
    "step":"done","pages":5,"orders":8,"payments":6,"groups":3,"figures":{"currency":"TRY",
    "groups":{"certain":2,"probable":1,"possible":0},"duplicates":4,"gross_overcounted":64000,
    "vat_overreported":[{"date":"2026-09-02","rate":"10","amount":4545}],
    "refundable":{"count":1,"amount":50000},"records_only":{"count":0,"amount":0},
    "cancelable":{"count":1,"amount":900},"dispute_fast_track":{"count":1,"amount":7000},
    "for_a_human":{"count":1,"amount":7000},"fees_paid_on_duplicates":1280,"fees_come_back":0,
    "not_comparable":1},
    "fingerprint":"2697f6bafa71cbe9338317e97a339dfc972ad18852d695ff5fcd531ac1c61316",
    "notes":[],"attempts":0,"next_attempt_at":0,"last_error":"","failures":0,
    "failing_since":0,"refusals":0,"refused_since":0,"left_out":null,
    "updated_at":1795000000017}],"groups":[{"group_id":"g08e8e952e4f6fdc091c9",
    "confidence":"certain","because":"reference_id","for":["reference_id","content","table",
    "time","tender"],"against":[],"currency":"TRY","survivor":"o1",
    "survivor_because":"earliest","orders":[{"id":"o1",
    "created_at":"2026-09-02T00:00:00.000Z","reference_id":"=ref-1","table":"7","total":50000,
    "tip":0,"tax":{"10":4545},
    "content":"e341d93ebefd58bc24f93ad012675b1e3f5952c973d64b8d7c3eda390f57c452",
    "tenders":["p-o1"],"paid":true,"role":"survivor","action":"keep","reason":"",
    "payments":[{"id":"p-o1","created_at":"2026-09-02T00:00:00.000Z","amount":50000,
    "source_type":"CARD","status":"COMPLETED","refunded":0,"fee":1000,"action":"none",
    "records_only":false,"reason":""}]},{"id":"o1-again",
    "created_at":"2026-09-02T00:01:00.000Z","reference_id":"=ref-1","table":"7","total":50000,
    "tip":0,"tax":{"10":4545},
    "content":"e341d93ebefd58bc24f93ad012675b1e3f5952c973d64b8d7c3eda390f57c452",
    "tenders":["p-o1-again"],"paid":true,"role":"duplicate","action":"refund","reason":"",
    "payments":[{"id":"p-o1-again","created_at":"2026-09-02T00:01:00.000Z","amount":50000,
    "source_type":"CARD","status":"COMPLETED","refunded":0,"fee":1000,"action":"refund",
    "records_only":false,"reason":""}]}],"restaurant_id":"","location_id":"L1",
    "approved_at":1795000060019,"approved_by":"ada","repairs":[{"action":"refund",
    "target":"p-o1-again","state":"due","reason":"","refund_id":null,"order_id":"o1-again",
    "amount":50000}]},{"group_id":"g6af22bdacbea65dae7e3","confidence":"certain",
    "because":"reference_id","for":["reference_id","content","table","time"],"against":[],
    "currency":"TRY","survivor":"o3","survivor_because":"earliest","orders":[{"id":"o3",
    "created_at":"2026-09-04T00:00:00.000Z","reference_id":"ref-3","table":"9","total":900,
    "tip":0,"tax":{},
    "content":"b4d61c01b955e038d41936804d6e6413432d451b187d4e3760822f5dad8bce02",
    "tenders":["p-o3"],"paid":true,"role":"survivor","action":"keep","reason":"",
    "payments":[{"id":"p-o3","created_at":"2026-09-04T00:00:00.000Z","amount":900,
    "source_type":"CARD","status":"COMPLETED","refunded":0,"fee":18,"action":"none",
    "records_only":false,"reason":""}]},{"id":"o3-open",
    "created_at":"2026-09-04T00:01:00.000Z","reference_id":"ref-3","table":"9","total":900,
    "tip":0,"tax":{},
    "content":"b4d61c01b955e038d41936804d6e6413432d451b187d4e3760822f5dad8bce02","tenders":[],
    "paid":false,"role":"duplicate","action":"cancel","reason":"","payments":[]}],
    "restaurant_id":"","location_id":"L1","approved_at":1795000060019,"approved_by":"ada",
    "repairs":[{"action":"cancel","target":"o3-open","state":"due","reason":"",
    "refund_id":null,"order_id":"o3-open","amount":900}]},{"group_id":"g97e94fd7d1957ed585a8",
    "confidence":"probable","because":"look","for":["content","table","time","tender"],
    "against":[],"currency":"TRY","survivor":"o2","survivor_because":"earliest",
    "orders":[{"id":"o2","created_at":"2026-09-03T00:00:00.000Z","reference_id":"",
    "table":"8","total":7000,"tip":0,"tax":{},
    "content":"f4a47a018a3c533545460a7da18f327b9fc51e84be4b9857f5d5213292e3e0b5",
    "tenders":["p-o2"],"paid":true,"role":"survivor","action":"keep","reason":"",
    "payments":[{"id":"p-o2","created_at":"2026-09-03T00:00:00.000Z","amount":7000,
    "source_type":"CASH","status":"COMPLETED","refunded":0,"fee":140,"action":"none",
    "records_only":true,"reason":""}]},{"id":"o2-disputed",
    "created_at":"2026-09-03T00:01:00.000Z","reference_id":"","table":"8","total":7000,
    "tip":0,"tax":{},
    "content":"f4a47a018a3c533545460a7da18f327b9fc51e84be4b9857f5d5213292e3e0b5",
    "tenders":["p-o2-disputed"],"paid":true,"role":"duplicate","action":"none",
    "reason":"disputed: Square refunds no disputed payment; answer the dispute as a
     duplicate","payments":[{"id":"p-o2-disputed","created_at":"2026-09-03T00:01:00.000Z",
    "amount":7000,"source_type":"CASH","status":"COMPLETED","refunded":0,"fee":140,
    "action":"none","records_only":true,"reason":"disputed: Square refunds no disputed
     payment; answer the dispute as a duplicate"}]},{"id":"o2-pending",
    "created_at":"2026-09-03T00:02:00.000Z","reference_id":"","table":"8","total":7000,
    "tip":0,"tax":{},
    "content":"f4a47a018a3c533545460a7da18f327b9fc51e84be4b9857f5d5213292e3e0b5",
    "tenders":["p-o2-pending"],"paid":true,"role":"duplicate","action":"none",
    "reason":"refund_pending: a refund of 7000 is under way","payments":[{"id":"p-o2-pending",
    "created_at":"2026-09-03T00:02:00.000Z","amount":7000,"source_type":"CASH",
    "status":"COMPLETED","refunded":0,"fee":140,"action":"none","records_only":true,
    "reason":"refund_pending: a refund of 7000 is under way"}]}],"restaurant_id":"",
    "location_id":"L1","approved_at":1795000060019,"approved_by":"ada","repairs":[]}],
    "cursor":null}
)~");
  CHECK(whole(world.ask("audits.list")) == R"~(
done 200 retry=0 type=
{"audits":[{"id":"a1","provider":"square","from":"2026-09-01T00:00:00.000Z",
    "to":"2026-10-01T00:00:00.000Z","window_seconds":2100,"edition":1,"notes":[],
    "state":"approved","actor":"ada","created_at":1795000000001,"approved_at":1795000060026,
    "progress":{"places":1,"places_done":1,"places_left_out":0,"pages":5,"orders":8,
    "payments":6,"groups":3}}],"cursor":null}
)~");
}

TEST_CASE("an approval of what is not true any more says which order it is, and approves nothing") {
  const auto refused = [](const std::function<void(AuditWorld&)>& meanwhile) {
    AuditWorld world;
    planned(world);
    const std::string body =
        R"({"fingerprint":")" + fingerprint(world) + R"(","confidence":"certain"})";
    meanwhile(world);
    Transcript told;
    world.hears = told.hearing();
    world.ask("audits.approve", body, "a1");
    CHECK(world.database.integer("SELECT count(*) FROM pos_repairs") == 0);
    const std::string text = told.take();
    return text.substr(text.rfind("\nd1"));
  };
  std::string all = refused([](AuditWorld& world) {
    world::AuditSquare::Sold sold;
    sold.id = "o5";
    sold.at_ms = september + day + minute;
    sold.updated_ms = world.database.now_ms;
    sold.reference = "=ref-1";
    world.square.sell(sold);
  });
  all +=
      refused([](AuditWorld& world) { world.square.refund("o1", 50000, world.database.now_ms); });
  all += refused([](AuditWorld& world) {
    world.database.execute("UPDATE pos_audit_groups SET plan = replace(plan, '50000', '50001')");
  });
  all += refused([](AuditWorld& world) {
    world.square.instead = [](const FetchCommand&) { return world::SquareReply{500, "{}"}; };
  });
  all += refused([](AuditWorld& world) {
    world.square.instead = [](const FetchCommand&) { return world::SquareReply{429, "{}"}; };
  });
  CHECK(all == R"~(
d1 audit.again_places audit.again schema.guard
request-4
{"audit_id":"a1","edition":1,"amended":0,"own_location":"L1","actor":"operator","role":"",
    "reason":"","approved_at":1795000060019,"confidence":"certain","why":"order o5 is new at
     L1"}
done 409 retry=0 type=
{"type":"about:blank","title":"Conflict","status":409,"detail":"the plan is not true any
     more: order o5 is new at L1; nothing was approved, and the audit is read anew"}

d1 audit.again_places audit.again schema.guard
request-4
{"audit_id":"a1","edition":1,"amended":0,"own_location":"L1","actor":"operator","role":"",
    "reason":"","approved_at":1795000060019,"confidence":"certain","why":"payment p-o1 was
     refunded since"}
done 409 retry=0 type=
{"type":"about:blank","title":"Conflict","status":409,"detail":"the plan is not true any
     more: payment p-o1 was refunded since; nothing was approved, and the audit is read anew"}

d1 audit.again_places audit.again schema.guard
request-4
{"audit_id":"a1","edition":1,"amended":0,"own_location":"L1","actor":"operator","role":"",
    "reason":"","approved_at":1795000060019,"confidence":"certain","why":"the plan of L1 is
     not what was planned: somebody has changed it"}
done 409 retry=0 type=
{"type":"about:blank","title":"Conflict","status":409,"detail":"the plan is not true any
     more: the plan of L1 is not what was planned: somebody has changed it; nothing was
     approved, and the audit is read anew"}

d1 audit.plans audit.plans_members audit.planned_refunds audit.planned_cancels
     schema.guard
request-4
{"audit_id":"a1","edition":1,"amended":0,"own_location":"L1","actor":"operator","role":"",
    "reason":"","approved_at":1795000060019,"confidence":"certain",
    "chunk":["g08e8e952e4f6fdc091c9","g6af22bdacbea65dae7e3"]}
POST http://127.0.0.1:1/v2/orders/search version=2025-08-20 key=
     token=SQUARE_ACCESS_TOKEN// within=30000
{"location_ids":["L1"],
    "query":{"filter":{"date_time_filter":{"updated_at":{"start_at":"2026-11-18T11:02:40.005Z"
    }}},"sort":{"sort_field":"UPDATED_AT","sort_order":"ASC"}},"limit":500}
GET http://127.0.0.1:1/v2/refunds?location_id=L1&begin_time=2026-11-18T11%3A02%3A40.005Z&
    sort_order=ASC&limit=100 version=2025-08-20 key= token=SQUARE_ACCESS_TOKEN// within=30000
POST http://127.0.0.1:1/v2/orders/search version=2025-08-20 key=
     token=SQUARE_ACCESS_TOKEN// within=30000
{"location_ids":["L1"],
    "query":{"filter":{"date_time_filter":{"updated_at":{"start_at":"2026-11-18T11:02:40.005Z"
    }}},"sort":{"sort_field":"UPDATED_AT","sort_order":"ASC"}},"limit":500}
GET http://127.0.0.1:1/v2/refunds?location_id=L1&begin_time=2026-11-18T11%3A02%3A40.005Z&
    sort_order=ASC&limit=100 version=2025-08-20 key= token=SQUARE_ACCESS_TOKEN// within=30000
POST http://127.0.0.1:1/v2/orders/search version=2025-08-20 key=
     token=SQUARE_ACCESS_TOKEN// within=30000
{"location_ids":["L1"],
    "query":{"filter":{"date_time_filter":{"updated_at":{"start_at":"2026-11-18T11:02:40.005Z"
    }}},"sort":{"sort_field":"UPDATED_AT","sort_order":"ASC"}},"limit":500}
GET http://127.0.0.1:1/v2/refunds?location_id=L1&begin_time=2026-11-18T11%3A02%3A40.005Z&
    sort_order=ASC&limit=100 version=2025-08-20 key= token=SQUARE_ACCESS_TOKEN// within=30000
done 503 retry=30 type=
{"type":"about:blank","title":"Service unavailable","status":503,"detail":"Square did not
     say what is new at L1: 500 reply without errors; nothing was approved, ask again"}

d1 audit.plans audit.plans_members audit.planned_refunds audit.planned_cancels
     schema.guard
request-4
{"audit_id":"a1","edition":1,"amended":0,"own_location":"L1","actor":"operator","role":"",
    "reason":"","approved_at":1795000060019,"confidence":"certain",
    "chunk":["g08e8e952e4f6fdc091c9","g6af22bdacbea65dae7e3"]}
POST http://127.0.0.1:1/v2/orders/search version=2025-08-20 key=
     token=SQUARE_ACCESS_TOKEN// within=30000
{"location_ids":["L1"],
    "query":{"filter":{"date_time_filter":{"updated_at":{"start_at":"2026-11-18T11:02:40.005Z"
    }}},"sort":{"sort_field":"UPDATED_AT","sort_order":"ASC"}},"limit":500}
GET http://127.0.0.1:1/v2/refunds?location_id=L1&begin_time=2026-11-18T11%3A02%3A40.005Z&
    sort_order=ASC&limit=100 version=2025-08-20 key= token=SQUARE_ACCESS_TOKEN// within=30000
done 503 retry=30 type=
{"type":"about:blank","title":"Service unavailable","status":503,"detail":"Square did not
     say what is new at L1: 429 reply without errors; nothing was approved, ask again"}
)~");
}

TEST_CASE("each bad field of an audit is refused by its name, in words that say what is right") {
  AuditWorld world;
  std::string all;
  for (const char* body : {"[]",
                           "{}",
                           R"({"from":"2026-09-01"})",
                           R"({"to":"2026-09-01"})",
                           R"({"from":5,"to":"2026-09-01"})",
                           R"({"from":"1.9.2026","to":"x"})",
                           R"({"from":"2026-09-01","to":"2026-09-01"})",
                           R"({"from":"2025-09-01","to":"2026-10-01"})",
                           R"({"from":"2026-09-01","to":"2026-10-01","provider":"clover"})",
                           R"({"from":"2026-09-01","to":"2026-10-01","window_seconds":"60"})",
                           R"({"from":"2026-09-01","to":"2026-10-01","restaurants":[]})",
                           R"({"from":"2026-09-01","to":"2026-10-01","restaurants":"a"})",
                           R"({"from":"2026-09-01","to":"2026-10-01","restaurants":["a",5,""]})",
                           R"({"from":"2026-09-01","to":"2026-10-01","restaurants":["a","","b"]})",
                           R"({"from":"2026-09-01","to":"2026-10-01","id":"a b"})",
                           R"({"from":"2026-09-01","to":"2026-10-01","id":5})",
                           R"({"from":"2026-09-01","to":"2026-10-01","id":"quarter-1"})",
                           R"({"from":"2026-09-01","to":"2026-10-01","actor":5})",
                           R"({"from":"2026-09-01","to":"2026-10-01","actor":""})",
                           R"({"from":"2026-09-01","to":"2026-10-01","x":5})"}) {
    all += body + whole(world.ask("audits.create", body));
  }
  CHECK(all == R"~([]
done 400 retry=0 type=
{"type":"about:blank","title":"Bad request","status":400,"detail":"expected a JSON
     object"}
{}
done 422 retry=0 type=
{"type":"about:blank","title":"Unprocessable content","status":422,"detail":"from:
     expected a date as 2026-08-01, or a time as 2026-08-01T00:00:00Z",
    "errors":[{"field":"from","message":"expected a date as 2026-08-01, or a time as
     2026-08-01T00:00:00Z"}]}
{"from":"2026-09-01"}
done 422 retry=0 type=
{"type":"about:blank","title":"Unprocessable content","status":422,"detail":"to: expected
     a date as 2026-08-01, or a time as 2026-08-01T00:00:00Z","errors":[{"field":"to",
    "message":"expected a date as 2026-08-01, or a time as 2026-08-01T00:00:00Z"}]}
{"to":"2026-09-01"}
done 422 retry=0 type=
{"type":"about:blank","title":"Unprocessable content","status":422,"detail":"from:
     expected a date as 2026-08-01, or a time as 2026-08-01T00:00:00Z",
    "errors":[{"field":"from","message":"expected a date as 2026-08-01, or a time as
     2026-08-01T00:00:00Z"}]}
{"from":5,"to":"2026-09-01"}
done 422 retry=0 type=
{"type":"about:blank","title":"Unprocessable content","status":422,"detail":"from:
     expected a date as 2026-08-01, or a time as 2026-08-01T00:00:00Z, got 5",
    "errors":[{"field":"from","message":"expected a date as 2026-08-01, or a time as
     2026-08-01T00:00:00Z, got 5"}]}
{"from":"1.9.2026","to":"x"}
done 422 retry=0 type=
{"type":"about:blank","title":"Unprocessable content","status":422,"detail":"from:
     expected a date as 2026-08-01, or a time as 2026-08-01T00:00:00Z, got \"1.9.2026\"; to:
     expected a date as 2026-08-01, or a time as 2026-08-01T00:00:00Z, got \"x\"",
    "errors":[{"field":"from","message":"expected a date as 2026-08-01, or a time as
     2026-08-01T00:00:00Z, got \"1.9.2026\""},{"field":"to","message":"expected a date as
     2026-08-01, or a time as 2026-08-01T00:00:00Z, got \"x\""}]}
{"from":"2026-09-01","to":"2026-09-01"}
done 422 retry=0 type=
{"type":"about:blank","title":"Unprocessable content","status":422,"detail":"to: expected
     a time after `from`","errors":[{"field":"to","message":"expected a time after `from`"}]}
{"from":"2025-09-01","to":"2026-10-01"}
done 422 retry=0 type=
{"type":"about:blank","title":"Unprocessable content","status":422,"detail":"to: expected
     at most a year (366 days) after `from`: Square refunds no payment that is older",
    "errors":[{"field":"to","message":"expected at most a year (366 days) after `from`:
     Square refunds no payment that is older"}]}
{"from":"2026-09-01","to":"2026-10-01","provider":"clover"}
done 422 retry=0 type=
{"type":"about:blank","title":"Unprocessable content","status":422,"detail":"provider:
     expected square, got \"clover\"","errors":[{"field":"provider","message":"expected
     square, got \"clover\""}]}
{"from":"2026-09-01","to":"2026-10-01","window_seconds":"60"}
done 422 retry=0 type=
{"type":"about:blank","title":"Unprocessable content","status":422,
    "detail":"window_seconds: expected an integer from 60 to 86400, got \"60\"",
    "errors":[{"field":"window_seconds","message":"expected an integer from 60 to 86400, got
     \"60\""}]}
{"from":"2026-09-01","to":"2026-10-01","restaurants":[]}
done 422 retry=0 type=
{"type":"about:blank","title":"Unprocessable content","status":422,"detail":"restaurants:
     expected a list of 1 to 1000 ids; without it, it is all of them, got an array",
    "errors":[{"field":"restaurants","message":"expected a list of 1 to 1000 ids; without it,
     it is all of them, got an array"}]}
{"from":"2026-09-01","to":"2026-10-01","restaurants":"a"}
done 422 retry=0 type=
{"type":"about:blank","title":"Unprocessable content","status":422,"detail":"restaurants:
     expected a list of 1 to 1000 ids; without it, it is all of them, got \"a\"",
    "errors":[{"field":"restaurants","message":"expected a list of 1 to 1000 ids; without it,
     it is all of them, got \"a\""}]}
{"from":"2026-09-01","to":"2026-10-01","restaurants":["a",5,""]}
done 422 retry=0 type=
{"type":"about:blank","title":"Unprocessable content","status":422,
    "detail":"restaurants[1]: expected a restaurant's id, got 5",
    "errors":[{"field":"restaurants[1]","message":"expected a restaurant's id, got 5"}]}
{"from":"2026-09-01","to":"2026-10-01","restaurants":["a","","b"]}
done 422 retry=0 type=
{"type":"about:blank","title":"Unprocessable content","status":422,
    "detail":"restaurants[0]: \"a\" has no account with a location; POST /v1/accounts makes
     one; restaurants[2]: \"b\" has no account with a location; POST /v1/accounts makes one",
    "errors":[{"field":"restaurants[0]","message":"\"a\" has no account with a location; POST
     /v1/accounts makes one"},{"field":"restaurants[2]","message":"\"b\" has no account with
     a location; POST /v1/accounts makes one"}]}
{"from":"2026-09-01","to":"2026-10-01","id":"a b"}
done 422 retry=0 type=
{"type":"about:blank","title":"Unprocessable content","status":422,"detail":"id: expected
     1 to 64 letters, digits, - and _, not quarter-…, which are the cron's, got \"a b\"",
    "errors":[{"field":"id","message":"expected 1 to 64 letters, digits, - and _, not
     quarter-…, which are the cron's, got \"a b\""}]}
{"from":"2026-09-01","to":"2026-10-01","id":5}
done 422 retry=0 type=
{"type":"about:blank","title":"Unprocessable content","status":422,"detail":"id: expected
     1 to 64 letters, digits, - and _, not quarter-…, which are the cron's, got 5",
    "errors":[{"field":"id","message":"expected 1 to 64 letters, digits, - and _, not
     quarter-…, which are the cron's, got 5"}]}
{"from":"2026-09-01","to":"2026-10-01","id":"quarter-1"}
done 422 retry=0 type=
{"type":"about:blank","title":"Unprocessable content","status":422,"detail":"id: expected
     1 to 64 letters, digits, - and _, not quarter-…, which are the cron's, got
     \"quarter-1\"","errors":[{"field":"id","message":"expected 1 to 64 letters, digits, -
     and _, not quarter-…, which are the cron's, got \"quarter-1\""}]}
{"from":"2026-09-01","to":"2026-10-01","actor":5}
done 422 retry=0 type=
{"type":"about:blank","title":"Unprocessable content","status":422,"detail":"actor:
     expected a text of 1 to 255 bytes, got 5","errors":[{"field":"actor","message":"expected
     a text of 1 to 255 bytes, got 5"}]}
{"from":"2026-09-01","to":"2026-10-01","actor":""}
done 422 retry=0 type=
{"type":"about:blank","title":"Unprocessable content","status":422,"detail":"actor:
     expected a text of 1 to 255 bytes, got \"\"","errors":[{"field":"actor",
    "message":"expected a text of 1 to 255 bytes, got \"\""}]}
{"from":"2026-09-01","to":"2026-10-01","x":5}
done 422 retry=0 type=
{"type":"about:blank","title":"Unprocessable content","status":422,"detail":"x: unknown
     field","errors":[{"field":"x","message":"unknown field"}]}
)~");
  CHECK(world.database.integer("SELECT count(*) FROM pos_audits") == 0);
}

TEST_CASE("an audit is refused one step beyond each bound, and not at it") {
  const auto status = [](const std::string& more, const char* from = "2026-09-01",
                         const char* to = "2026-10-01") {
    AuditWorld world;
    const std::string body = std::string(R"({"from":")") + from + R"(","to":")" + to + "\"" + more;
    return world.ask("audits.create", body + "}").status;
  };
  CHECK(status(R"(,"window_seconds":59)") == 422);
  CHECK(status(R"(,"window_seconds":60)") == 201);
  CHECK(status(R"(,"window_seconds":86400)") == 201);
  CHECK(status(R"(,"window_seconds":86401)") == 422);
  const std::string id(64, 'i');
  CHECK(status(R"(,"id":")" + id + "\"") == 201);
  CHECK(status(R"(,"id":"i)" + id + "\"") == 422);
  CHECK(status(R"(,"id":"azAZ09-_")") == 201);
  for (const char* bad : {"@", "[", "`", "{", "/", ":", ".", ""}) {
    CAPTURE(bad);
    CHECK(status(std::string(R"(,"id":")") + bad + "\"") == 422);
  }
  const std::string actor(255, 'a');
  CHECK(status(R"(,"actor":")" + actor + "\"") == 201);
  CHECK(status(R"(,"actor":"a)" + actor + "\"") == 422);
  CHECK(status("", "2025-10-01T00:00:00Z", "2026-10-02T00:00:00Z") == 201);
  CHECK(status("", "2025-10-01T00:00:00Z", "2026-10-02T00:00:00.001Z") == 422);
  CHECK(status("", "2026-09-01T00:00:00.000Z", "2026-09-01T00:00:00.001Z") == 201);
  CHECK(status("", "1970-01-01", "1970-02-01") == 422);
  CHECK(status("", "1969-12-01", "1970-01-01") == 422);
  const auto named = [&](int count) {
    std::string list;
    for (int i = 0; i < count; ++i) list += (i == 0 ? "[\"" : ",\"") + std::to_string(i) + "\"";
    AuditWorld world;
    return world
        .ask("audits.create",
             R"({"from":"2026-09-01","to":"2026-10-01","restaurants":)" + list + "]}")
        .body;
  };
  CHECK(named(1000).find("has no account") != std::string::npos);
  CHECK(named(1001).find("a list of 1 to 1000 ids") != std::string::npos);
}

TEST_CASE("each bad field of an approval is refused by its name, and nothing is approved") {
  AuditWorld world;
  planned(world);
  const std::string read = fingerprint(world);
  const std::string good = R"("fingerprint":")" + read + "\"";
  std::string all;
  for (const std::string& body : std::vector<std::string>{
           "[]", "{}", "{" + good + "}", R"({"fingerprint":5,"confidence":"certain"})",
           "{" + good + R"(,"confidence":"possible"})", "{" + good + R"(,"confidence":5})",
           "{" + good + R"(,"groups":[]})", "{" + good + R"(,"groups":"g"})",
           "{" + good + R"(,"groups":["g",5]})", "{" + good + R"(,"groups":["g"]})",
           "{" + good + R"(,"groups":["g"],"confidence":"certain"})",
           "{" + good + R"(,"confidence":"certain","actor":5})",
           "{" + good + R"(,"confidence":"certain","actor":""})",
           "{" + good + R"(,"confidence":"certain","reason":5})",
           "{" + good + R"(,"confidence":"certain","x":5})",
           R"({"fingerprint":")" + std::string(64, '0') + R"(","confidence":"certain"})"}) {
    all += body + whole(world.ask("audits.approve", body, "a1"));
  }
  all += whole(world.ask("audits.approve", "{" + good + R"(,"confidence":"certain"})", "a2"));
  world.has_seal_key = false;
  all += whole(world.ask("audits.approve", "{" + good + R"(,"confidence":"certain"})", "a1"));
  CHECK(all == R"~([]
done 400 retry=0 type=
{"type":"about:blank","title":"Bad request","status":400,"detail":"expected a JSON
     object"}
{}
done 422 retry=0 type=
{"type":"about:blank","title":"Unprocessable content","status":422,"detail":"fingerprint:
     expected the fingerprint of the plan, as GET /v1/audits/{id} shows",
    "errors":[{"field":"fingerprint","message":"expected the fingerprint of the plan, as GET
     /v1/audits/{id} shows"}]}
{"fingerprint":"6403c9f62252bcf82671716e94e2dccafa76e0f868f294d5ce94771605572212"}
done 422 retry=0 type=
{"type":"about:blank","title":"Unprocessable content","status":422,"detail":"confidence:
     expected either a confidence, certain or probable, or `groups`",
    "errors":[{"field":"confidence","message":"expected either a confidence, certain or
     probable, or `groups`"}]}
{"fingerprint":5,"confidence":"certain"}
done 422 retry=0 type=
{"type":"about:blank","title":"Unprocessable content","status":422,"detail":"fingerprint:
     expected a text of 1 to 255 bytes, got 5","errors":[{"field":"fingerprint",
    "message":"expected a text of 1 to 255 bytes, got 5"}]}
{"fingerprint":"6403c9f62252bcf82671716e94e2dccafa76e0f868f294d5ce94771605572212","confidence":"possible"}
done 422 retry=0 type=
{"type":"about:blank","title":"Unprocessable content","status":422,"detail":"confidence:
     possible ones are approved by name only: list their ids in `groups`",
    "errors":[{"field":"confidence","message":"possible ones are approved by name only: list
     their ids in `groups`"}]}
{"fingerprint":"6403c9f62252bcf82671716e94e2dccafa76e0f868f294d5ce94771605572212","confidence":5}
done 422 retry=0 type=
{"type":"about:blank","title":"Unprocessable content","status":422,"detail":"confidence:
     expected certain or probable, got 5","errors":[{"field":"confidence","message":"expected
     certain or probable, got 5"}]}
{"fingerprint":"6403c9f62252bcf82671716e94e2dccafa76e0f868f294d5ce94771605572212","groups":[]}
done 422 retry=0 type=
{"type":"about:blank","title":"Unprocessable content","status":422,"detail":"groups:
     expected a list of 1 to 1000 ids, got an array","errors":[{"field":"groups",
    "message":"expected a list of 1 to 1000 ids, got an array"}]}
{"fingerprint":"6403c9f62252bcf82671716e94e2dccafa76e0f868f294d5ce94771605572212","groups":"g"}
done 422 retry=0 type=
{"type":"about:blank","title":"Unprocessable content","status":422,"detail":"groups:
     expected a list of 1 to 1000 ids, got \"g\"","errors":[{"field":"groups",
    "message":"expected a list of 1 to 1000 ids, got \"g\""}]}
{"fingerprint":"6403c9f62252bcf82671716e94e2dccafa76e0f868f294d5ce94771605572212","groups":["g",5]}
done 422 retry=0 type=
{"type":"about:blank","title":"Unprocessable content","status":422,"detail":"groups[1]:
     expected a group's id, got 5","errors":[{"field":"groups[1]","message":"expected a
     group's id, got 5"}]}
{"fingerprint":"6403c9f62252bcf82671716e94e2dccafa76e0f868f294d5ce94771605572212","groups":["g"]}
done 422 retry=0 type=
{"type":"about:blank","title":"Unprocessable content","status":422,"detail":"groups[0]:
     there is no group \"g\" in this plan","errors":[{"field":"groups[0]","message":"there is
     no group \"g\" in this plan"}]}
{"fingerprint":"6403c9f62252bcf82671716e94e2dccafa76e0f868f294d5ce94771605572212","groups":["g"],"confidence":"certain"}
done 422 retry=0 type=
{"type":"about:blank","title":"Unprocessable content","status":422,"detail":"confidence:
     expected either a confidence, certain or probable, or `groups`",
    "errors":[{"field":"confidence","message":"expected either a confidence, certain or
     probable, or `groups`"}]}
{"fingerprint":"6403c9f62252bcf82671716e94e2dccafa76e0f868f294d5ce94771605572212","confidence":"certain","actor":5}
done 422 retry=0 type=
{"type":"about:blank","title":"Unprocessable content","status":422,"detail":"actor:
     expected a text of 1 to 255 bytes, got 5","errors":[{"field":"actor","message":"expected
     a text of 1 to 255 bytes, got 5"}]}
{"fingerprint":"6403c9f62252bcf82671716e94e2dccafa76e0f868f294d5ce94771605572212","confidence":"certain","actor":""}
done 422 retry=0 type=
{"type":"about:blank","title":"Unprocessable content","status":422,"detail":"actor:
     expected a text of 1 to 255 bytes, got \"\"","errors":[{"field":"actor",
    "message":"expected a text of 1 to 255 bytes, got \"\""}]}
{"fingerprint":"6403c9f62252bcf82671716e94e2dccafa76e0f868f294d5ce94771605572212","confidence":"certain","reason":5}
done 422 retry=0 type=
{"type":"about:blank","title":"Unprocessable content","status":422,"detail":"reason:
     expected a text of 1 to 255 bytes, got 5","errors":[{"field":"reason",
    "message":"expected a text of 1 to 255 bytes, got 5"}]}
{"fingerprint":"6403c9f62252bcf82671716e94e2dccafa76e0f868f294d5ce94771605572212","confidence":"certain","x":5}
done 422 retry=0 type=
{"type":"about:blank","title":"Unprocessable content","status":422,"detail":"x: unknown
     field","errors":[{"field":"x","message":"unknown field"}]}
{"fingerprint":"0000000000000000000000000000000000000000000000000000000000000000","confidence":"certain"}
done 409 retry=0 type=
{"type":"about:blank","title":"Conflict","status":409,"detail":"the plan has changed:
     read it again. Its fingerprint is
     6403c9f62252bcf82671716e94e2dccafa76e0f868f294d5ce94771605572212, not
     0000000000000000000000000000000000000000000000000000000000000000"}

done 404 retry=0 type=
{"type":"about:blank","title":"Not found","status":404,"detail":"no such audit"}

done 503 retry=0 type=
{"type":"about:blank","title":"Service unavailable","status":503,"detail":"pos-sync is
     not set up: SEAL_KEY: missing; it seals what is approved, and nothing without a seal is
     sent. Set an id, a colon and `openssl rand -base64 32` with `wrangler secret put
     SEAL_KEY`"}
)~");
  CHECK(world.database.integer("SELECT count(*) FROM pos_repairs") == 0);
}

}  // namespace audits_words_test
