// What operators see of repairs, and what they may do about one that has stopped.
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "base/json/value.hpp"
#include "harness/duration.hpp"
#include "harness/history.hpp"
#include "harness/repair_http.hpp"
#include "harness/transcript.hpp"

namespace repair_door_test {

using pos::runtime::RepairRequest;
using pos::runtime::RepairRoute;
using world::call_repairs;
using world::is_change;
using world::RepairRunner;
using world::RepairWorld;
using world::RequestFault;
using world::retry;

namespace {
using duration::minute;

void audit(RepairWorld& world) {
  world.database.execute(
      "INSERT INTO pos_audits (id, from_at, to_at, window_ms) VALUES ('A1', 0, 1, 1)");
}

RepairRequest list() {
  RepairRequest request;
  request.route = RepairRoute::repair_list;
  return request;
}

void tick(RepairWorld& world, int times = 1) {
  for (int i = 0; i < times; ++i) {
    RepairRunner(world, "door-" + std::to_string(world::next_request++)).run();
    world.pass(5 * minute);
  }
}

/// The refund is refused for good.
void refuse(RepairWorld& world, const char* code = "REFUND_DECLINED") {
  RepairRunner job(world, "refused");
  REQUIRE(job.run_until(is_change));
  const pos::io::Command command = job.take();
  job.answer(std::get<pos::io::FetchCommand>(command),
             {pos::net::Transport::replied, world::refused(400, code, "no")});
  job.run();
}

}  // namespace

TEST_CASE(
    "the repairs of an audit are told with every column but who holds them and what is sent") {
  RepairWorld world;
  audit(world);
  world.plant();
  tick(world);
  const auto done = call_repairs(world, list());
  CHECK(done.status == 200);
  pos::json::Document body;
  REQUIRE(body.parse(done.body));
  const pos::json::Value one = body.root()["repairs"].first();
  CHECK(one["target"].equals("P2"));
  CHECK(one["state"].equals("done"));
  CHECK(one["amount"].integer() == 35000);
  CHECK(one["external_refund_id"].equals("R1"));
  CHECK(one["done_at"].integer() > 0);
  CHECK(body.root()["cursor"].is(pos::json::Kind::null));
  CHECK(done.body.find("idempotency_key") == std::string::npos);
  CHECK(done.body.find("holder") == std::string::npos);
}

TEST_CASE("the columns of the list are named as those of the table") {
  RepairWorld world;
  audit(world);
  world.plant();
  pos::json::Document body;
  REQUIRE(body.parse(call_repairs(world, list()).body));
  const std::int64_t columns =
      world.database.integer("SELECT count(*) FROM pragma_table_info('pos_repairs')");
  CHECK(static_cast<std::int64_t>(body.root()["repairs"].first().size()) == columns - 3);
  for (pos::json::Value each = body.root()["repairs"].first().first();
       !each.is(pos::json::Kind::missing); each = each.next()) {
    const std::string name(each.key());
    CAPTURE(name);
    CHECK(world.database.text("SELECT " + name + " FROM pos_repairs") ==
          (each.is(pos::json::Kind::integer) ? std::to_string(each.integer())
                                             : std::string(each.text())));
  }
}

TEST_CASE("a table of repairs cannot be run as formulas") {
  RepairWorld world;
  audit(world);
  world.plant();
  world.database.execute("UPDATE pos_repairs SET reason = '=HYPERLINK(1)', approved_by = '@ayse'");
  RepairRequest request = list();
  request.csv = true;
  const auto done = call_repairs(world, request);
  CHECK(done.type == "text/csv; charset=utf-8");
  CHECK(done.body.rfind("\xEF\xBB\xBFprovider,action,target,", 0) == 0);
  CHECK(done.body.find(",'=HYPERLINK(1),") != std::string::npos);
  CHECK(done.body.find(",'@ayse,") != std::string::npos);
}

TEST_CASE("of one repair its lines are told, as JSON and as a table") {
  RepairWorld world;
  audit(world);
  world.plant();
  tick(world);
  RepairRequest request = list();
  request.target = "P2";
  pos::json::Document body;
  REQUIRE(body.parse(call_repairs(world, request).body));
  CHECK(body.root()["log"].size() == 2);
  CHECK(body.root()["log"].at(0)["event"].equals("frozen"));
  CHECK(body.root()["log"].at(1)["event"].equals("refund_done"));
  CHECK(body.root()["log"].at(1)["to_state"].equals("done"));
  request.csv = true;
  CHECK(call_repairs(world, request)
            .body.rfind("\xEF\xBB\xBF"
                        "at,actor,event,",
                        0) == 0);
  request.target = "P9";
  CHECK(call_repairs(world, request).status == 404);
}

TEST_CASE("the repairs of an audit come a thousand at a time, each once") {
  RepairWorld world;
  audit(world);
  for (int i = 0; i < 2300; ++i) {
    world.approve("P" + std::to_string(i), "O", "S", 1, i % 2 == 0 ? "a" : "b");
  }
  RepairRequest request = list();
  std::size_t seen = 0;
  int pages = 0;
  std::string last;
  do {
    pos::json::Document body;
    REQUIRE(body.parse(call_repairs(world, request).body));
    const pos::json::Value rows = body.root()["repairs"];
    seen += rows.size();
    for (pos::json::Value row = rows.first(); row.present(); row = row.next()) {
      CHECK(std::string(row["target"].text()) > last);
      last = row["target"].text();
    }
    request.cursor = body.root()["cursor"].text();
    ++pages;
  } while (!request.cursor.empty());
  CHECK(seen == 2300);
  CHECK(pages == 3);
  request.has_restaurant = true;
  request.restaurant_id = "a";
  pos::json::Document body;
  REQUIRE(body.parse(call_repairs(world, request).body));
  CHECK(body.root()["repairs"].size() == 1000);
  for (pos::json::Value row = body.root()["repairs"].first(); row.present(); row = row.next()) {
    CHECK(row["restaurant_id"].equals("a"));
  }
}

TEST_CASE("an unknown audit has no repairs") {
  RepairWorld world;
  CHECK(call_repairs(world, list()).status == 404);
}

TEST_CASE("a repair that was refused is set going again, as the next generation") {
  RepairWorld world;
  world.plant();
  refuse(world);
  CHECK(world.state("P2") == "stopped");
  const auto done = retry(world, "P2");
  CHECK(done.status == 200);
  CHECK(done.body ==
        R"({"audit_id":"A1","target":"P2","state":"due","in_doubt":false,"generation":2})");
  CHECK(world.column("P2", "attempts") == "0");
  CHECK(world.column("P2", "request").empty());
  CHECK(world.log("P2") == "frozen refund_rejected retried");
  world.square.reads.clear();
  tick(world);
  CHECK(world.state("P2") == "done");
  CHECK(world.square.refunds.back().key == "posSync:P2:square:refund:g2");
  CHECK(world.square.ours("P2") == 1);
  // A later generation is made only once the list shows no refund, too.
  bool listed = false;
  for (const std::string& path : world.square.reads) {
    listed = listed || path.rfind("/v2/refunds?", 0) == 0;
  }
  CHECK(listed);
}

TEST_CASE("a repair that never froze anything keeps its generation when it is set going again") {
  RepairWorld world;
  world.plant();
  world.square.orders.at("O1").paid_at_ms = -1;
  tick(world);
  CHECK(world.reason("P2").rfind("survivor_gone", 0) == 0);
  world.square.orders.at("O1").paid_at_ms = 0;
  CHECK(retry(world, "P2").status == 200);
  tick(world);
  CHECK(world.state("P2") == "done");
  CHECK(world.column("P2", "generation") == "1");
}

TEST_CASE("setting it going again as often as one likes refunds nothing twice") {
  RepairWorld world;
  world.plant();
  SUBCASE("refunded by somebody") {
    world.square.refund_by_hand("P2", 35000, world.database.now_ms);
  }
  SUBCASE("ours came to nothing") { world.square.next_status = "FAILED"; }
  world.square.checks_amount = false;
  for (int i = 0; i < 5; ++i) {
    tick(world);
    CHECK(world.state("P2") == "stopped");
    CHECK(retry(world, "P2").status == 200);
  }
  tick(world);
  CHECK(world.state("P2") == "stopped");
  CHECK(world.square.refunds.size() == 1);
}

TEST_CASE("one that stopped in doubt is looked for again, and never sent before that") {
  RepairWorld world;
  world.plant();
  RepairRunner job(world, "t1");
  REQUIRE(job.run_until(is_change));
  job.perform(RequestFault::lost);
  job.run();
  world.database.execute("UPDATE pos_repairs SET state = 'stopped', reason = 'unknown_outcome: ?'");
  const std::string request = world.column("P2", "request");
  const auto done = retry(world, "P2");
  CHECK(done.status == 200);
  CHECK(done.body.find(R"("in_doubt":true,"generation":1)") != std::string::npos);
  CHECK(world.column("P2", "request") == request);
  // Quiet time runs on.
  CHECK(world.database.integer("SELECT next_attempt_at - last_sent_at FROM pos_repairs") ==
        RepairRunner::test_settings().quiet_on_clock_ms());
  world.pass(5 * minute);
  tick(world);
  CHECK(world.state("P2") == "done");
  CHECK(world.square.ours("P2") == 1);
}

TEST_CASE("one that waits in doubt is looked for as soon as it is quiet") {
  RepairWorld world;
  world.plant();
  RepairRunner job(world, "t1");
  REQUIRE(job.run_until(is_change));
  job.perform(RequestFault::lost);
  job.run();
  world.database.execute("UPDATE pos_repairs SET next_attempt_at = next_attempt_at + 10000000");
  CHECK(retry(world, "P2").status == 200);
  world.pass(RepairRunner::test_settings().quiet_on_clock_ms());
  tick(world);
  CHECK(world.state("P2") == "done");
}

TEST_CASE("what is done, pending, due or held is not set going again") {
  RepairWorld world;
  world.plant();
  CHECK(retry(world, "P2").status == 409);
  CHECK(retry(world, "P9").status == 404);
  {
    RepairRunner job(world, "t1");
    REQUIRE(job.run_until(is_change));
    const auto held = retry(world, "P2");
    CHECK(held.status == 409);
    CHECK(held.retry_after_seconds > 900);
  }
  world.pass(20 * minute);
  CHECK(retry(world, "P2").body.find("next tick takes it over") != std::string::npos);
  world.square.next_status = "PENDING";
  tick(world, 8);
  CHECK(world.state("P2") == "pending");
  CHECK(retry(world, "P2").status == 409);
  world.square.settle_pending("COMPLETED", world.database.now_ms);
  tick(world, 8);
  CHECK(world.state("P2") == "done");
  CHECK(retry(world, "P2").status == 409);
}

TEST_CASE("what a tick has taken between an operator's look and his write stays the tick's") {
  RepairWorld world;
  world.plant();
  RepairRunner job(world, "t1");
  REQUIRE(job.run_until(is_change));
  job.perform(RequestFault::lost);
  job.run();
  world.pass(5 * minute);
  std::optional<RepairRunner> second;
  const auto done = retry(world, "P2", [&] {
    if (second) return;
    second.emplace(world, "t2");
    second->run_until(world::is_request);
  });
  CHECK(done.status == 409);
  CHECK(world.log("P2").find("retried") == std::string::npos);
  second->run();
  CHECK(world.state("P2") == "done");
}

TEST_CASE("a retry that D1 runs once more, later, changes nothing") {
  RepairWorld world;
  world.plant();
  refuse(world);
  const std::vector<pos::store::Statement> batch = {pos::store::Statement::repair_log_retried,
                                                    pos::store::Statement::repair_retry};
  const std::vector<std::string> parameters = {
      "op:x", R"({"audit_id":"A1","target":"P2","actor":"a","detail":"{}","quiet_ms":150000})"};
  static_cast<void>(world.database.batch(batch, parameters));
  CHECK(world.column("P2", "generation") == "2");
  static_cast<void>(world.database.batch(batch, parameters));
  CHECK(world.column("P2", "generation") == "2");
  RepairRunner job(world, "t2");
  REQUIRE(job.run_until(is_change));
  const pos::io::Command command = job.take();
  job.answer(std::get<pos::io::FetchCommand>(command),
             {pos::net::Transport::replied, world::refused(400, "REFUND_DECLINED", "no")});
  job.run();
  CHECK(world.state("P2") == "stopped");
  static_cast<void>(world.database.batch(batch, parameters));
  CHECK(world.state("P2") == "stopped");
  CHECK(world.column("P2", "generation") == "2");
}

TEST_CASE("a retry says what is wrong with its body") {
  RepairWorld world;
  RepairRequest request;
  request.route = RepairRoute::repair_retry;
  request.body = "[]";
  CHECK(call_repairs(world, request).status == 400);
  request.body = R"({"actor":"a"})";
  auto done = call_repairs(world, request);
  CHECK(done.status == 422);
  CHECK(done.body.find(R"("field":"target")") != std::string::npos);
  request.body = R"({"target":7,"why":"x"})";
  done = call_repairs(world, request);
  CHECK(done.status == 422);
  CHECK(done.body.find(R"("field":"why","message":"unknown field")") != std::string::npos);
}

TEST_CASE("a retry asks for what was named and no more, and its answer says what became of it") {
  RepairWorld world;
  audit(world);
  world.plant();
  refuse(world);
  transcript::Transcript told;
  world.hears = told.hearing();
  RepairRequest request;
  request.route = RepairRoute::repair_retry;
  request.context.id = "r1";
  request.context.role = "operate";
  request.body = R"({"target":"P2","actor":"ayse","reason":"asked Square"})";
  call_repairs(world, request);
  CHECK(told.take() == R"~(
d1 repair.find schema.guard

{"audit_id":"A1","target":"P2","actor":"ayse","detail":"{\"role\":\"operate\",
    \"reason\":\"asked Square\"}","quiet_ms":150000}
d1 repair.log_retried repair.retry repair.read_retried schema.guard
op:r1
{"audit_id":"A1","target":"P2","actor":"ayse","detail":"{\"role\":\"operate\",
    \"reason\":\"asked Square\"}","quiet_ms":150000}
done 200 retry=0 type=
{"audit_id":"A1","target":"P2","state":"due","in_doubt":false,"generation":2}
)~");
  const std::string all_refused = [&] {
    std::string all = "\n";
    const auto says = [&](const char* body) {
      request.body = body;
      const auto done = call_repairs(world, request);
      all += transcript::lines_of(body + std::string("\n") + transcript::line_of(done));
    };
    for (const char* body :
         {"[]", "{}", R"({"target":""})", R"({"target":5})", R"({"target":"P2","actor":""})",
          R"({"target":"P2","reason":5})", R"({"target":"P2","x":5})", R"({"target":"P9"})",
          R"({"target":"P2"})"}) {
      says(body);
    }
    const std::string due = R"({"target":"P2"})";
    const std::string now = std::to_string(world.database.now_ms);
    for (const std::string& columns : std::vector<std::string>{
             "state = 'done'", "state = 'pending', holder = ''",
             "state = 'due', next_attempt_at = 29999 + " + now,
             "holder = 't', lease_until = 29999 + " + now, "holder = 't', lease_until = " + now}) {
      world.database.execute("UPDATE pos_repairs SET " + columns);
      says(due.c_str());
    }
    world.has_seal_key = false;
    says(due.c_str());
    return all;
  }();
  CHECK(all_refused == R"~(
[]
done 400 retry=0 type=
{"type":"about:blank","title":"Bad request","status":400,"detail":"expected a JSON
     object"}
{}
done 422 retry=0 type=
{"type":"about:blank","title":"Unprocessable content","status":422,"detail":"target:
     expected the id of the payment or of the order","errors":[{"field":"target",
    "message":"expected the id of the payment or of the order"}]}
{"target":""}
done 422 retry=0 type=
{"type":"about:blank","title":"Unprocessable content","status":422,"detail":"target:
     expected a text of 1 to 255 bytes","errors":[{"field":"target","message":"expected a
     text of 1 to 255 bytes"}]}
{"target":5}
done 422 retry=0 type=
{"type":"about:blank","title":"Unprocessable content","status":422,"detail":"target:
     expected a text of 1 to 255 bytes","errors":[{"field":"target","message":"expected a
     text of 1 to 255 bytes"}]}
{"target":"P2","actor":""}
done 422 retry=0 type=
{"type":"about:blank","title":"Unprocessable content","status":422,"detail":"actor:
     expected a text of 1 to 255 bytes","errors":[{"field":"actor","message":"expected a text
     of 1 to 255 bytes"}]}
{"target":"P2","reason":5}
done 422 retry=0 type=
{"type":"about:blank","title":"Unprocessable content","status":422,"detail":"reason:
     expected a text of 1 to 255 bytes","errors":[{"field":"reason","message":"expected a
     text of 1 to 255 bytes"}]}
{"target":"P2","x":5}
done 422 retry=0 type=
{"type":"about:blank","title":"Unprocessable content","status":422,"detail":"x: unknown
     field","errors":[{"field":"x","message":"unknown field"}]}
{"target":"P9"}
done 404 retry=0 type=
{"type":"about:blank","title":"Not found","status":404,"detail":"no such repair in this
     audit"}
{"target":"P2"}
done 409 retry=1 type=
{"type":"about:blank","title":"Conflict","status":409,"detail":"this repair is due
     already"}
{"target":"P2"}
done 409 retry=0 type=
{"type":"about:blank","title":"Conflict","status":409,"detail":"this repair is done"}
{"target":"P2"}
done 409 retry=0 type=
{"type":"about:blank","title":"Conflict","status":409,"detail":"Square has taken this
     refund; it is followed up by itself"}
{"target":"P2"}
done 409 retry=30 type=
{"type":"about:blank","title":"Conflict","status":409,"detail":"this repair is due
     already"}
{"target":"P2"}
done 409 retry=30 type=
{"type":"about:blank","title":"Conflict","status":409,"detail":"a worker holds this
     repair right now"}
{"target":"P2"}
done 409 retry=60 type=
{"type":"about:blank","title":"Conflict","status":409,"detail":"a worker went away with
     it; the next tick takes it over"}
{"target":"P2"}
done 503 retry=0 type=
{"type":"about:blank","title":"Service unavailable","status":503,"detail":"pos-sync is
     not set up: SEAL_KEY: missing; it seals what is approved, and nothing without a seal is
     sent. Set an id, a colon and `openssl rand -base64 32` with `wrangler secret put
     SEAL_KEY`"}
)~");
}

TEST_CASE(
    "a retry that loses its race each time gives up after three, and says when to ask again") {
  RepairWorld world;
  audit(world);
  world.plant();
  refuse(world);
  int races = 0;
  const auto done = world::retry(world, "P2", [&] {
    ++races;
    world.database.execute("UPDATE pos_repairs SET holder = 't', lease_until = 9000000000000000");
    world.hears = [&](const pos::io::Command&) {
      world.database.execute("UPDATE pos_repairs SET holder = '', lease_until = 0");
    };
  });
  CHECK(races == 3);
  CHECK(done.status == 409);
  CHECK(done.retry_after_seconds == 1);
  CHECK(done.body.find("the repair keeps changing; ask again") != std::string::npos);
}

}  // namespace repair_door_test
