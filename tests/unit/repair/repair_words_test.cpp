// What a tick asks for where money goes back, word by word: which rows it takes, what it reads
// before it destroys, the one request, and what it writes down of it.
#include <doctest/doctest.h>

#include <string>
#include <utility>
#include <vector>

#include "harness/duration.hpp"
#include "harness/repair_runner.hpp"
#include "harness/transcript.hpp"

namespace repair_words_test {

using pos::io::Command;
using pos::io::FetchCommand;
using pos::net::Transport;
using transcript::Transcript;
using world::is_change;
using world::is_reading;
using world::RepairRunner;
using world::RepairWorld;
using world::RequestFault;

namespace {
using duration::minute;
}  // namespace

TEST_CASE("a refund asks for nothing but what is approved, and reads all of it before") {
  RepairWorld world;
  world.plant();
  Transcript told;
  world.hears = told.hearing();
  RepairRunner(world, "t1").run();
  CHECK(told.take() == R"~(
d1 repair.due schema.guard
t1
{"quiet_ms":150000,"most_refusals":5,"most_failures":24,"refused_ms":21600000,
    "failing_ms":604800000}
d1 repair.open repair.log_abandoned repair.take_over repair.take repair.close repair.rows
     schema.guard
t1.1
{"batch":50,"actor":"cron","lease_ms":960000,"quiet_ms":150000,"base_ms":60000,
    "cap_ms":14400000,"most_attempts":10}
sign with SEAL_KEY
["pos_repairs","square","refund","P2","A1","g1","","L1","O2","O1",35000,"TRY",0,"",
    "{\"v\":1,\"total\":35000,
    \"content\":\"b7c89b92961fac35dc18730991b746bcbef1ca08ae7b9bb07b6af94fb4271d96\",
    \"payments\":[\"P2\"],\"survivor\":{\"paid\":true,\"total\":35000,
    \"content\":\"b7c89b92961fac35dc18730991b746bcbef1ca08ae7b9bb07b6af94fb4271d96\",
    \"payments\":[\"P1\"]}}","","",0]
has a seal
GET http://127.0.0.1:1/v2/payments/P2 version=2025-08-20 key= token=SQUARE_ACCESS_TOKEN//
     within=30000
GET http://127.0.0.1:1/v2/orders/O2 version=2025-08-20 key= token=SQUARE_ACCESS_TOKEN//
     within=30000
GET http://127.0.0.1:1/v2/orders/O1 version=2025-08-20 key= token=SQUARE_ACCESS_TOKEN//
     within=30000
GET http://127.0.0.1:1/v2/payments/P1 version=2025-08-20 key= token=SQUARE_ACCESS_TOKEN//
     within=30000
GET http://127.0.0.1:1/v2/disputes?location_id=L1 version=2025-08-20 key=
     token=SQUARE_ACCESS_TOKEN// within=30000
d1 repair.log_frozen repair.freeze repair.read_frozen schema.guard
t1.1
[{"provider":"square","action":"refund","target":"P2","generation":1,"request":"{\"v\":1,
    \"key\":\"posSync:P2:square:refund\",\"square_version\":\"2025-08-20\",
    \"body\":\"{\\\"idempotency_key\\\":\\\"posSync:P2:square:refund\\\",
    \\\"payment_id\\\":\\\"P2\\\",\\\"amount_money\\\":{\\\"amount\\\":35000,
    \\\"currency\\\":\\\"TRY\\\"},\\\"reason\\\":\\\"posSync duplicate of O1;
     posSync:P2:square:refund\\\",\\\"payment_version_token\\\":\\\"v1\\\"}\"}",
    "actor":"cron","key":"posSync:P2:square:refund"}]
POST http://127.0.0.1:1/v2/refunds version=2025-08-20 key= token=SQUARE_ACCESS_TOKEN//
     within=30000
{"idempotency_key":"posSync:P2:square:refund","payment_id":"P2",
    "amount_money":{"amount":35000,"currency":"TRY"},"reason":"posSync duplicate of O1;
     posSync:P2:square:refund","payment_version_token":"v1"}
d1 repair.log_settled repair.settle repair.read_settled schema.guard
t1.1
[{"provider":"square","action":"refund","target":"P2","event":"refund_done",
    "actor":"cron","state":"done","reason":"","attempts":0,"sent":1,"doubt":"clear","look":"",
    "absent":0,"refund_id":"R1","detail":"200 refund R1 is COMPLETED"}]
d1 repair.open repair.log_abandoned repair.take_over repair.take repair.close repair.rows
     schema.guard
t1.2
{"batch":50,"actor":"cron","lease_ms":960000,"quiet_ms":150000,"base_ms":60000,
    "cap_ms":14400000,"most_attempts":10}
info repair ended
{"mended":{"claimed":1,"refunded":1,"pending":0,"canceled":0,"stopped":0,"waiting":0},
    "requests":6,"d1_calls":5}
done 200 retry=0 type=
{"mended":{"claimed":1,"refunded":1,"pending":0,"canceled":0,"stopped":0,"waiting":0},
    "requests":6,"d1_calls":5}
)~");
}

TEST_CASE("a cancel asks for nothing but what is approved, and reads all of it before") {
  RepairWorld world;
  world.square.sell("O1", "P1", 35000);
  world.square.leave_open("O2", 35000);
  world.approve_cancel("O2", "O1");
  Transcript told;
  world.hears = told.hearing();
  RepairRunner(world, "t1").run();
  CHECK(told.take() == R"~(
d1 repair.due schema.guard
t1
{"quiet_ms":150000,"most_refusals":5,"most_failures":24,"refused_ms":21600000,
    "failing_ms":604800000}
d1 repair.open repair.log_abandoned repair.take_over repair.take repair.close repair.rows
     schema.guard
t1.1
{"batch":50,"actor":"cron","lease_ms":960000,"quiet_ms":150000,"base_ms":60000,
    "cap_ms":14400000,"most_attempts":10}
sign with SEAL_KEY
["pos_repairs","square","cancel","O2","A1","g1","","L1","O2","O1",0,"TRY",0,"","{\"v\":1,
    \"total\":35000,
    \"content\":\"b7c89b92961fac35dc18730991b746bcbef1ca08ae7b9bb07b6af94fb4271d96\",
    \"payments\":[],\"survivor\":{\"paid\":true,\"total\":35000,
    \"content\":\"b7c89b92961fac35dc18730991b746bcbef1ca08ae7b9bb07b6af94fb4271d96\",
    \"payments\":[\"P1\"]}}","","",0]
has a seal
GET http://127.0.0.1:1/v2/orders/O2 version=2025-08-20 key= token=SQUARE_ACCESS_TOKEN//
     within=30000
GET http://127.0.0.1:1/v2/orders/O1 version=2025-08-20 key= token=SQUARE_ACCESS_TOKEN//
     within=30000
GET http://127.0.0.1:1/v2/payments/P1 version=2025-08-20 key= token=SQUARE_ACCESS_TOKEN//
     within=30000
GET http://127.0.0.1:1/v2/disputes?location_id=L1 version=2025-08-20 key=
     token=SQUARE_ACCESS_TOKEN// within=30000
d1 repair.log_frozen repair.freeze repair.read_frozen schema.guard
t1.1
[{"provider":"square","action":"cancel","target":"O2","generation":1,"request":"{\"v\":1,
    \"key\":\"posSync:O2:square:cancel\",\"square_version\":\"2025-08-20\",
    \"body\":\"{\\\"idempotency_key\\\":\\\"posSync:O2:square:cancel\\\",
    \\\"order\\\":{\\\"location_id\\\":\\\"L1\\\",\\\"version\\\":1,
    \\\"state\\\":\\\"CANCELED\\\"}}\"}","actor":"cron","key":"posSync:O2:square:cancel"}]
PUT http://127.0.0.1:1/v2/orders/O2 version=2025-08-20 key= token=SQUARE_ACCESS_TOKEN//
     within=30000
{"idempotency_key":"posSync:O2:square:cancel","order":{"location_id":"L1","version":1,
    "state":"CANCELED"}}
d1 repair.log_settled repair.settle repair.read_settled schema.guard
t1.1
[{"provider":"square","action":"cancel","target":"O2","event":"cancel_done",
    "actor":"cron","state":"done","reason":"","attempts":0,"sent":1,"doubt":"clear","look":"",
    "absent":0,"detail":"200 order O2 is canceled"}]
d1 repair.open repair.log_abandoned repair.take_over repair.take repair.close repair.rows
     schema.guard
t1.2
{"batch":50,"actor":"cron","lease_ms":960000,"quiet_ms":150000,"base_ms":60000,
    "cap_ms":14400000,"most_attempts":10}
info repair ended
{"mended":{"claimed":1,"refunded":0,"pending":0,"canceled":1,"stopped":0,"waiting":0},
    "requests":5,"d1_calls":5}
done 200 retry=0 type=
{"mended":{"claimed":1,"refunded":0,"pending":0,"canceled":1,"stopped":0,"waiting":0},
    "requests":5,"d1_calls":5}
)~");
}

TEST_CASE("a restaurant's refund goes out under its own token alone, at the place approved") {
  RepairWorld world;
  world.database.execute(
      "INSERT INTO pos_accounts (restaurant_id, location_id, token) VALUES ('adana', 'L7', "
      "'sealed-token')");
  world.square.sell("O1", "P1", 35000);
  world.square.sell("O2", "P2", 35000);
  world.approve("P2", "O2", "O1", 35000, "adana");
  Transcript told;
  RepairRunner job(world, "t1");
  world.hears = told.hearing();
  REQUIRE(job.run_until(world::is_request));
  CHECK(told.take() == R"~(
d1 repair.open repair.log_abandoned repair.take_over repair.take repair.close repair.rows
     schema.guard
t1.1
{"batch":50,"actor":"cron","lease_ms":960000,"quiet_ms":150000,"base_ms":60000,
    "cap_ms":14400000,"most_attempts":10}
sign with SEAL_KEY
["pos_repairs","square","refund","P2","A1","g1","adana","L1","O2","O1",35000,"TRY",0,"",
    "{\"v\":1,\"total\":35000,
    \"content\":\"b7c89b92961fac35dc18730991b746bcbef1ca08ae7b9bb07b6af94fb4271d96\",
    \"payments\":[\"P2\"],\"survivor\":{\"paid\":true,\"total\":35000,
    \"content\":\"b7c89b92961fac35dc18730991b746bcbef1ca08ae7b9bb07b6af94fb4271d96\",
    \"payments\":[\"P1\"]}}","","",0]
has a seal
GET http://127.0.0.1:1/v2/payments/P2 version=2025-08-20 key=
     token=/sealed-token/adana:square:access within=30000
)~");
}

TEST_CASE("a refund in doubt is looked for before anything is sent, and its words are kept") {
  RepairWorld world;
  world.plant();
  Transcript told;
  RepairRunner first(world, "t1");
  REQUIRE(first.run_until(is_change));
  world.hears = told.hearing();
  first.perform(RequestFault::failed);
  first.run();
  CHECK(told.take() == R"~(
d1 repair.log_settled repair.settle repair.read_settled schema.guard
t1.1
[{"provider":"square","action":"refund","target":"P2","event":"refund_unknown",
    "actor":"cron","reason":"unknown: timeout: ","attempts":1,"delay_ms":150000,"sent":1,
    "doubt":"set","look":"","absent":0,"detail":"timeout: "}]
d1 repair.open repair.log_abandoned repair.take_over repair.take repair.close repair.rows
     schema.guard
t1.2
{"batch":50,"actor":"cron","lease_ms":960000,"quiet_ms":150000,"base_ms":60000,
    "cap_ms":14400000,"most_attempts":10}
info repair ended
{"mended":{"claimed":1,"refunded":0,"pending":0,"canceled":0,"stopped":0,"waiting":1},
    "requests":6,"d1_calls":5}
done 200 retry=0 type=
{"mended":{"claimed":1,"refunded":0,"pending":0,"canceled":0,"stopped":0,"waiting":1},
    "requests":6,"d1_calls":5}
)~");
  world.pass(30 * minute);
  RepairRunner(world, "t2").run();
  CHECK(told.take() == R"~(
d1 repair.due schema.guard
t2
{"quiet_ms":150000,"most_refusals":5,"most_failures":24,"refused_ms":21600000,
    "failing_ms":604800000}
d1 repair.open repair.log_abandoned repair.take_over repair.take repair.close repair.rows
     schema.guard
t2.1
{"batch":50,"actor":"cron","lease_ms":960000,"quiet_ms":150000,"base_ms":60000,
    "cap_ms":14400000,"most_attempts":10}
sign with SEAL_KEY
["pos_repairs","square","refund","P2","A1","g1","","L1","O2","O1",35000,"TRY",0,"",
    "{\"v\":1,\"total\":35000,
    \"content\":\"b7c89b92961fac35dc18730991b746bcbef1ca08ae7b9bb07b6af94fb4271d96\",
    \"payments\":[\"P2\"],\"survivor\":{\"paid\":true,\"total\":35000,
    \"content\":\"b7c89b92961fac35dc18730991b746bcbef1ca08ae7b9bb07b6af94fb4271d96\",
    \"payments\":[\"P1\"]}}","","",0]
has a seal
GET http://127.0.0.1:1/v2/payments/P2 version=2025-08-20 key= token=SQUARE_ACCESS_TOKEN//
     within=30000
GET http://127.0.0.1:1/v2/refunds?location_id=L1&begin_time=2026-11-17T11%3A06%3A40.000Z&
    sort_order=ASC&limit=100 version=2025-08-20 key= token=SQUARE_ACCESS_TOKEN// within=30000
d1 repair.log_settled repair.settle repair.read_settled schema.guard
t2.1
[{"provider":"square","action":"refund","target":"P2","event":"look_absent_once",
    "actor":"cron","reason":"absent_once: no refund of the payment on all pages","attempts":0,
    "delay_ms":90000,"sent":0,"doubt":"keep","absent":1,"detail":"no refund of the payment on
     all pages"}]
d1 repair.open repair.log_abandoned repair.take_over repair.take repair.close repair.rows
     schema.guard
t2.2
{"batch":50,"actor":"cron","lease_ms":960000,"quiet_ms":150000,"base_ms":60000,
    "cap_ms":14400000,"most_attempts":10}
info repair ended
{"mended":{"claimed":1,"refunded":0,"pending":0,"canceled":0,"stopped":0,"waiting":1},
    "requests":2,"d1_calls":4}
done 200 retry=0 type=
{"mended":{"claimed":1,"refunded":0,"pending":0,"canceled":0,"stopped":0,"waiting":1},
    "requests":2,"d1_calls":4}
)~");
  world.pass(30 * minute);
  RepairRunner(world, "t3").run();
  CHECK(told.take() == R"~(
d1 repair.due schema.guard
t3
{"quiet_ms":150000,"most_refusals":5,"most_failures":24,"refused_ms":21600000,
    "failing_ms":604800000}
d1 repair.open repair.log_abandoned repair.take_over repair.take repair.close repair.rows
     schema.guard
t3.1
{"batch":50,"actor":"cron","lease_ms":960000,"quiet_ms":150000,"base_ms":60000,
    "cap_ms":14400000,"most_attempts":10}
sign with SEAL_KEY
["pos_repairs","square","refund","P2","A1","g1","","L1","O2","O1",35000,"TRY",0,"",
    "{\"v\":1,\"total\":35000,
    \"content\":\"b7c89b92961fac35dc18730991b746bcbef1ca08ae7b9bb07b6af94fb4271d96\",
    \"payments\":[\"P2\"],\"survivor\":{\"paid\":true,\"total\":35000,
    \"content\":\"b7c89b92961fac35dc18730991b746bcbef1ca08ae7b9bb07b6af94fb4271d96\",
    \"payments\":[\"P1\"]}}","","",0]
has a seal
GET http://127.0.0.1:1/v2/payments/P2 version=2025-08-20 key= token=SQUARE_ACCESS_TOKEN//
     within=30000
GET http://127.0.0.1:1/v2/refunds?location_id=L1&begin_time=2026-11-17T11%3A06%3A40.000Z&
    sort_order=ASC&limit=100 version=2025-08-20 key= token=SQUARE_ACCESS_TOKEN// within=30000
d1 repair.log_settled repair.settle repair.read_settled schema.guard
t3.1
[{"provider":"square","action":"refund","target":"P2","event":"look_absent",
    "actor":"cron","reason":"absent: no refund of the payment on all pages","attempts":0,
    "delay_ms":0,"sent":0,"doubt":"clear","look":"","absent":0,"detail":"no refund of the
     payment on all pages"}]
d1 repair.open repair.log_abandoned repair.take_over repair.take repair.close repair.rows
     schema.guard
t3.2
{"batch":50,"actor":"cron","lease_ms":960000,"quiet_ms":150000,"base_ms":60000,
    "cap_ms":14400000,"most_attempts":10}
sign with SEAL_KEY
["pos_repairs","square","refund","P2","A1","g1","","L1","O2","O1",35000,"TRY",0,"",
    "{\"v\":1,\"total\":35000,
    \"content\":\"b7c89b92961fac35dc18730991b746bcbef1ca08ae7b9bb07b6af94fb4271d96\",
    \"payments\":[\"P2\"],\"survivor\":{\"paid\":true,\"total\":35000,
    \"content\":\"b7c89b92961fac35dc18730991b746bcbef1ca08ae7b9bb07b6af94fb4271d96\",
    \"payments\":[\"P1\"]}}","","",0]
has a seal
GET http://127.0.0.1:1/v2/payments/P2 version=2025-08-20 key= token=SQUARE_ACCESS_TOKEN//
     within=30000
GET http://127.0.0.1:1/v2/orders/O2 version=2025-08-20 key= token=SQUARE_ACCESS_TOKEN//
     within=30000
GET http://127.0.0.1:1/v2/orders/O1 version=2025-08-20 key= token=SQUARE_ACCESS_TOKEN//
     within=30000
GET http://127.0.0.1:1/v2/payments/P1 version=2025-08-20 key= token=SQUARE_ACCESS_TOKEN//
     within=30000
GET http://127.0.0.1:1/v2/disputes?location_id=L1 version=2025-08-20 key=
     token=SQUARE_ACCESS_TOKEN// within=30000
POST http://127.0.0.1:1/v2/refunds version=2025-08-20 key= token=SQUARE_ACCESS_TOKEN//
     within=30000
{"idempotency_key":"posSync:P2:square:refund","payment_id":"P2",
    "amount_money":{"amount":35000,"currency":"TRY"},"reason":"posSync duplicate of O1;
     posSync:P2:square:refund","payment_version_token":"v1"}
d1 repair.log_settled repair.settle repair.read_settled schema.guard
t3.2
[{"provider":"square","action":"refund","target":"P2","event":"refund_done",
    "actor":"cron","state":"done","reason":"","attempts":0,"sent":1,"doubt":"clear","look":"",
    "absent":0,"refund_id":"R1","detail":"200 refund R1 is COMPLETED"}]
d1 repair.open repair.log_abandoned repair.take_over repair.take repair.close repair.rows
     schema.guard
t3.3
{"batch":50,"actor":"cron","lease_ms":960000,"quiet_ms":150000,"base_ms":60000,
    "cap_ms":14400000,"most_attempts":10}
info repair ended
{"mended":{"claimed":2,"refunded":1,"pending":0,"canceled":0,"stopped":0,"waiting":1},
    "requests":8,"d1_calls":6}
done 200 retry=0 type=
{"mended":{"claimed":2,"refunded":1,"pending":0,"canceled":0,"stopped":0,"waiting":1},
    "requests":8,"d1_calls":6}
)~");
  RepairRunner(world, "t4").run();
  CHECK(told.take() == R"~(
d1 repair.due schema.guard
t4
{"quiet_ms":150000,"most_refusals":5,"most_failures":24,"refused_ms":21600000,
    "failing_ms":604800000}
d1 mail.wanting schema.guard

{"audit_id":"","restaurant_id":"","limit":8}
d1 mail.draft_open mail.draft_write mail.draft_credit mail.draft_told mail.draft_read
     schema.guard
t4.d1
{"audit_id":"A1","restaurant_id":"","id":"posSync:A1::mail","number":1,
    "signature":"1:0:1:35000:1795003600000:1:[\"\",\"\",\"\",\"\"]","language":"en",
    "recipient":"","subject":"Orders that we booked more than once at Square","body":"Hello,
    \n\nI am writing because we made a mistake in your books, and ... with the digest
     21c941e5623b2e2f
d1 mail.expire mail.claim mail.claimed schema.guard
t4.m1
{"lease_ms":960000,"window_ms":85290000,"max_attempts":10}
info repair ended
{"mailed":{"drafted":1,"sent":0,"waiting":0,"dead":0},"requests":0,"d1_calls":4}
done 200 retry=0 type=
{"mailed":{"drafted":1,"sent":0,"waiting":0,"dead":0},"requests":0,"d1_calls":4}
)~");
}

TEST_CASE("whatever Square answers to a refund is written down as what it is") {
  const std::string no = R"({"errors":[{"category":"REFUND_ERROR","code":")";
  const std::vector<std::pair<int, std::string>> answers = {
      {200, R"({"refund":{"id":"R7","payment_id":"P2","status":"PENDING","amount_money":)"
            R"({"amount":35000,"currency":"TRY"},"location_id":"L1","order_id":"X",)"
            R"("created_at":"2026-11-21T18:00:00Z","reason":)"
            R"("posSync duplicate of O1; posSync:P2:square:refund"}})"},
      {200, R"({"refund":{"id":"R7","payment_id":"P2","status":"FAILED","amount_money":)"
            R"({"amount":35000,"currency":"TRY"},"location_id":"L1","order_id":"X",)"
            R"("created_at":"2026-11-21T18:00:00Z","reason":)"
            R"("posSync duplicate of O1; posSync:P2:square:refund"}})"},
      {400, no + R"(REFUND_DECLINED","detail":"declined"}]})"},
      {400, no + R"(PAYMENT_NOT_REFUNDABLE_DUE_TO_DISPUTE"}]})"},
      {400, no + R"(REFUND_ALREADY_PENDING"}]})"},
      {400, no + R"(VERSION_MISMATCH"}]})"},
      {400, R"({"errors":[{"category":"INVALID_REQUEST_ERROR",)"
            R"("code":"IDEMPOTENCY_KEY_REUSED"}]})"},
      {400, R"({"errors":[{"category":"INVALID_REQUEST_ERROR","code":"PAYMENT_NOT_REFUNDABLE"}]})"},
      {401, R"({"errors":[{"category":"AUTHENTICATION_ERROR","code":"UNAUTHORIZED"}]})"},
      {429, R"({"errors":[{"category":"RATE_LIMIT_ERROR","code":"RATE_LIMITED"}]})"},
      {500, "{}"},
  };
  std::string all;
  for (const auto& [status, body] : answers) {
    RepairWorld world;
    world.plant();
    Transcript told;
    RepairRunner job(world, "t1");
    REQUIRE(job.run_until(is_change));
    const Command command = job.take();
    world.hears = told.hearing();
    job.answer(std::get<FetchCommand>(command), {Transport::replied, {status, body}});
    const std::string lines = told.take();
    all += lines.substr(0, lines.find("\nd1 repair.open"));
  }
  CHECK(all == R"~(
d1 repair.log_settled repair.settle repair.read_settled schema.guard
t1.1
[{"provider":"square","action":"refund","target":"P2","event":"refund_pending",
    "actor":"cron","state":"pending","reason":"","attempts":0,"delay_ms":60000,"sent":1,
    "doubt":"clear","look":"","absent":0,"refund_id":"R7","detail":"200 refund R7 is
     PENDING"}]

d1 repair.log_settled repair.settle repair.read_settled schema.guard
t1.1
[{"provider":"square","action":"refund","target":"P2","event":"refund_failed",
    "actor":"cron","state":"stopped","reason":"refund_failed: 200 refund R7 is FAILED",
    "attempts":0,"sent":1,"doubt":"clear","look":"","absent":0,"refund_id":"R7","detail":"200
     refund R7 is FAILED"}]

d1 repair.log_settled repair.settle repair.read_settled schema.guard
t1.1
[{"provider":"square","action":"refund","target":"P2","event":"refund_rejected",
    "actor":"cron","state":"stopped","reason":"rejected: 400 REFUND_DECLINED: declined",
    "attempts":0,"sent":1,"doubt":"clear","look":"","absent":0,"detail":"400 REFUND_DECLINED:
     declined"}]

d1 repair.log_settled repair.settle repair.read_settled schema.guard
t1.1
[{"provider":"square","action":"refund","target":"P2","event":"refund_disputed",
    "actor":"cron","state":"stopped","reason":"disputed: 400
     PAYMENT_NOT_REFUNDABLE_DUE_TO_DISPUTE","attempts":0,"sent":1,"doubt":"clear","look":"",
    "absent":0,"detail":"400 PAYMENT_NOT_REFUNDABLE_DUE_TO_DISPUTE"}]

d1 repair.log_settled repair.settle repair.read_settled schema.guard
t1.1
[{"provider":"square","action":"refund","target":"P2","event":"refund_standing",
    "actor":"cron","reason":"standing: 400 REFUND_ALREADY_PENDING","attempts":1,
    "delay_ms":150000,"sent":1,"doubt":"set","look":"refused","absent":0,"detail":"400
     REFUND_ALREADY_PENDING"}]

d1 repair.log_settled repair.settle repair.read_settled schema.guard
t1.1
[{"provider":"square","action":"refund","target":"P2","event":"refund_stale",
    "actor":"cron","reason":"stale: 400 VERSION_MISMATCH","attempts":1,"delay_ms":40546,
    "sent":1,"doubt":"keep","absent":0,"detail":"400 VERSION_MISMATCH"}]

d1 repair.log_settled repair.settle repair.read_settled schema.guard
t1.1
[{"provider":"square","action":"refund","target":"P2","event":"refund_conflict",
    "actor":"cron","reason":"conflict: 400 IDEMPOTENCY_KEY_REUSED","attempts":1,
    "delay_ms":150000,"sent":1,"doubt":"set","look":"conflict","absent":0,"detail":"400
     IDEMPOTENCY_KEY_REUSED"}]

d1 repair.log_settled repair.settle repair.read_settled schema.guard
t1.1
[{"provider":"square","action":"refund","target":"P2","event":"refund_too_old",
    "actor":"cron","state":"stopped","reason":"too_old: 400 PAYMENT_NOT_REFUNDABLE",
    "attempts":0,"sent":1,"doubt":"clear","look":"","absent":0,"detail":"400
     PAYMENT_NOT_REFUNDABLE"}]

d1 repair.log_settled repair.settle repair.read_settled schema.guard
t1.1
[{"provider":"square","action":"refund","target":"P2","event":"refund_unauthorized",
    "actor":"cron","reason":"unauthorized: 401 UNAUTHORIZED","attempts":0,"delay_ms":40546,
    "sent":1,"doubt":"keep","absent":0,"detail":"401 UNAUTHORIZED"}]

d1 repair.log_settled repair.settle repair.read_settled schema.guard
t1.1
[{"provider":"square","action":"refund","target":"P2","event":"refund_throttled",
    "actor":"cron","reason":"throttled: 429 RATE_LIMITED","attempts":0,"delay_ms":150000,
    "sent":1,"doubt":"set","look":"","absent":0,"detail":"429 RATE_LIMITED"}]

d1 repair.log_settled repair.settle repair.read_settled schema.guard
t1.1
[{"provider":"square","action":"refund","target":"P2","event":"refund_unknown",
    "actor":"cron","reason":"unknown: 500 reply without errors","attempts":1,
    "delay_ms":150000,"sent":1,"doubt":"set","look":"","absent":0,"detail":"500 reply without
     errors"}]
)~");
}

TEST_CASE("where nothing is sent, what is written down says so, and in whose words") {
  std::string all;
  const auto settles_after = [&](const char* path, int status, const std::string& body) {
    RepairWorld world;
    world.plant();
    Transcript told;
    RepairRunner job(world, "t1");
    REQUIRE(job.run_until([&](const Command& each) { return is_reading(each, path); }));
    const Command command = job.take();
    world.hears = told.hearing();
    world.square.retry_after = status == 429 ? "20" : "";
    job.answer(std::get<FetchCommand>(command), {Transport::replied, {status, body}});
    const std::string lines = told.take();
    all += lines.substr(0, lines.find("\nd1 repair.open"));
  };
  settles_after("/v2/payments/P2", 401,
                R"({"errors":[{"category":"AUTHENTICATION_ERROR","code":"UNAUTHORIZED"}]})");
  settles_after("/v2/payments/P2", 429,
                R"({"errors":[{"category":"RATE_LIMIT_ERROR","code":"RATE_LIMITED"}]})");
  settles_after("/v2/payments/P2", 503, "{}");
  settles_after("/v2/orders/O1", 404,
                R"({"errors":[{"category":"INVALID_REQUEST_ERROR","code":"NOT_FOUND"}]})");
  settles_after("/v2/disputes", 200,
                R"({"disputes":[{"id":"D1","state":"PROCESSING","disputed_payment":)"
                R"({"payment_id":"P2"}}]})");
  CHECK(all == R"~(
d1 repair.log_settled repair.settle repair.read_settled schema.guard
t1.1
[{"provider":"square","action":"refund","target":"P2","event":"survey_unauthorized",
    "actor":"cron","reason":"unauthorized: 401 UNAUTHORIZED","attempts":0,"delay_ms":40546,
    "sent":0,"doubt":"keep","absent":0,"detail":"401 UNAUTHORIZED"}]

d1 repair.log_settled repair.settle repair.read_settled schema.guard
t1.1
[{"provider":"square","action":"refund","target":"P2","event":"survey_throttled",
    "actor":"cron","reason":"throttled: 429 RATE_LIMITED","attempts":0,"delay_ms":30000,
    "sent":0,"doubt":"keep","absent":0,"detail":"429 RATE_LIMITED"}]

d1 repair.log_settled repair.settle repair.read_settled schema.guard
t1.1
[{"provider":"square","action":"refund","target":"P2","event":"survey_unreadable",
    "actor":"cron","reason":"unreadable: 503 reply without errors","attempts":0,
    "delay_ms":40546,"sent":0,"doubt":"keep","absent":0,"detail":"503 reply without errors"}]

d1 repair.log_settled repair.settle repair.read_settled schema.guard
t1.1
[{"provider":"square","action":"refund","target":"P2","event":"survey_survivor_gone",
    "actor":"cron","state":"stopped","reason":"survivor_gone: Square knows no O1, which was
     to stay","attempts":0,"sent":0,"doubt":"clear","look":"","absent":0,"detail":"Square
     knows no O1, which was to stay"}]

d1 repair.log_settled repair.settle repair.read_settled schema.guard
t1.1
[{"provider":"square","action":"refund","target":"P2","event":"survey_disputed",
    "actor":"cron","state":"stopped","reason":"disputed: dispute D1 of the payment is
     PROCESSING","attempts":0,"sent":0,"doubt":"clear","look":"","absent":0,"detail":"dispute
     D1 of the payment is PROCESSING"}]
)~");
}

TEST_CASE("without a seal, or without the key of seals, nothing is read or sent, and it is said") {
  RepairWorld world;
  world.plant();
  world.database.execute("UPDATE pos_repairs SET seal = ''");
  Transcript told;
  world.hears = told.hearing();
  RepairRunner(world, "t1").run();
  const std::string unsealed = told.take();
  CHECK(unsealed.substr(unsealed.find("\nsign")) == R"~(
sign with SEAL_KEY
["pos_repairs","square","refund","P2","A1","g1","","L1","O2","O1",35000,"TRY",0,"",
    "{\"v\":1,\"total\":35000,
    \"content\":\"b7c89b92961fac35dc18730991b746bcbef1ca08ae7b9bb07b6af94fb4271d96\",
    \"payments\":[\"P2\"],\"survivor\":{\"paid\":true,\"total\":35000,
    \"content\":\"b7c89b92961fac35dc18730991b746bcbef1ca08ae7b9bb07b6af94fb4271d96\",
    \"payments\":[\"P1\"]}}","","",0]
has no seal
d1 repair.log_settled repair.settle repair.read_settled schema.guard
t1.1
[{"provider":"square","action":"refund","target":"P2","event":"survey_unsealed",
    "actor":"cron","state":"stopped","reason":"unsealed: it has no seal","attempts":0,
    "sent":0,"doubt":"keep","absent":0,"detail":"it has no seal"}]
warning a repair has stopped
{"action":"refund","target":"P2","reason":"unsealed: it has no seal"}
d1 repair.open repair.log_abandoned repair.take_over repair.take repair.close repair.rows
     schema.guard
t1.2
{"batch":50,"actor":"cron","lease_ms":960000,"quiet_ms":150000,"base_ms":60000,
    "cap_ms":14400000,"most_attempts":10}
info repair ended
{"mended":{"claimed":1,"refunded":0,"pending":0,"canceled":0,"stopped":1,"waiting":0},
    "requests":0,"d1_calls":4}
done 200 retry=0 type=
{"mended":{"claimed":1,"refunded":0,"pending":0,"canceled":0,"stopped":1,"waiting":0},
    "requests":0,"d1_calls":4}
)~");
  RepairWorld other;
  other.plant();
  other.has_seal_key = false;
  other.hears = told.hearing();
  RepairRunner(other, "t1").run();
  const std::string keyless = told.take();
  CHECK(keyless.substr(keyless.find("\nsign")) == R"~(
sign with SEAL_KEY
["pos_repairs","square","refund","P2","A1","g1","","L1","O2","O1",35000,"TRY",0,"",
    "{\"v\":1,\"total\":35000,
    \"content\":\"b7c89b92961fac35dc18730991b746bcbef1ca08ae7b9bb07b6af94fb4271d96\",
    \"payments\":[\"P2\"],\"survivor\":{\"paid\":true,\"total\":35000,
    \"content\":\"b7c89b92961fac35dc18730991b746bcbef1ca08ae7b9bb07b6af94fb4271d96\",
    \"payments\":[\"P1\"]}}","","",0]
has a seal
error no seal can be verified
{"detail":"SEAL_KEY: missing"}
d1 repair.log_settled repair.settle repair.read_settled schema.guard
t1.1
[{"provider":"square","action":"refund","target":"P2","event":"survey_not_sent",
    "actor":"cron","reason":"not_sent: SEAL_KEY: missing","attempts":0,"delay_ms":960000,
    "sent":0,"doubt":"keep","absent":0,"detail":"SEAL_KEY: missing"}]
d1 repair.open repair.log_abandoned repair.take_over repair.take repair.close repair.rows
     schema.guard
t1.2
{"batch":50,"actor":"cron","lease_ms":960000,"quiet_ms":150000,"base_ms":60000,
    "cap_ms":14400000,"most_attempts":10}
info repair ended
{"mended":{"claimed":1,"refunded":0,"pending":0,"canceled":0,"stopped":0,"waiting":1},
    "requests":0,"d1_calls":4}
done 200 retry=0 type=
{"mended":{"claimed":1,"refunded":0,"pending":0,"canceled":0,"stopped":0,"waiting":1},
    "requests":0,"d1_calls":4}
)~");
}

}  // namespace repair_words_test
