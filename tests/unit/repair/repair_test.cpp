// Repairs: each payment is refunded once, and everything that was approved comes to rest.
#include <doctest/doctest.h>

#include <algorithm>
#include <cctype>
#include <string>
#include <vector>

#include "harness/duration.hpp"
#include "harness/history.hpp"
#include "harness/repair_runner.hpp"
#include "harness/test_scale.hpp"

namespace repair_test {

using pos::io::Command;
using pos::io::FetchCommand;
using world::is_change;
using world::is_reading;
using world::is_repair_claim;
using world::is_repair_freeze;
using world::is_repair_settle;
using world::is_request;
using world::RepairRunner;
using world::RepairWorld;
using world::RequestFault;

namespace {
using duration::hour;
using duration::minute;

bool at_rest(RepairWorld& world) {
  return world.database.integer(
             "SELECT count(*) FROM pos_repairs WHERE state IN ('due', 'pending')") == 0;
}

/// Ticks without faults until everything is at rest. How many there were.
int tick_until_rest(RepairWorld& world, std::int64_t pause_ms = 2 * minute, int most = 400) {
  int count = 0;
  while (!at_rest(world) && count < most) {
    RepairRunner(world, "rest-" + std::to_string(world::next_request++)).run();
    world.pass(pause_ms);
    ++count;
  }
  CHECK(at_rest(world));
  return count;
}

/// Runs a tick up to its request that changes something, and lets that end so; the rest goes well.
void tick_with(RepairWorld& world, const std::string& id, RequestFault ending) {
  RepairRunner job(world, id);
  REQUIRE(job.run_until(is_change));
  job.perform(ending);
  job.run();
}

/// A Square that would refund a payment twice, if it were asked to.
void check_nothing(RepairWorld& world) {
  world.square.dedupes = false;
  world.square.checks_version = false;
  world.square.checks_amount = false;
}

void check_refunded_once(RepairWorld& world, const std::string& payment = "P2") {
  CHECK(world.state(payment) == "done");
  CHECK(world.reason(payment).empty());
  CHECK(world.square.ours(payment) == 1);
  CHECK(world.square.standing(payment) == 1);
  CHECK(world.square.refunded(payment) == world.square.payments.at(payment).amount);
  CHECK(world.square.refunded("P1") == 0);
  CHECK(world.square.one_body_per_key());
}

std::string member(const RepairRunner& job, const std::string& name) {
  const std::string& body = job.done().body;
  const std::string front = "\"" + name + "\":";
  std::size_t at = body.find(front);
  if (at == std::string::npos) return "";
  at += front.size();
  std::size_t end = at;
  while (end < body.size() && std::isdigit(static_cast<unsigned char>(body[end])) != 0) ++end;
  return body.substr(at, end - at);
}

}  // namespace

// ---- the way it should go ----

TEST_CASE("what was approved is refunded once, whole, under its own key") {
  RepairWorld world;
  world.plant();
  RepairRunner job(world, "t1");
  job.run();
  check_refunded_once(world);
  CHECK(job.done().status == 200);
  CHECK(member(job, "claimed") == "1");
  CHECK(member(job, "refunded") == "1");
  CHECK(world.square.refunds.front().key == "posSync:P2:square:refund");
  CHECK(world.square.refunds.front().reason == "posSync duplicate of O1; posSync:P2:square:refund");
  CHECK(world.column("P2", "external_refund_id") == world.square.refunds.front().id);
  CHECK(world.column("P2", "done_at") != "");
  CHECK(world.column("P2", "holder").empty());
  CHECK(world.log("P2") == "frozen refund_done");
}

TEST_CASE("approving twice refunds once") {
  RepairWorld world;
  world.plant();
  RepairRunner(world, "t1").run();
  world.approve("P2", "O2", "O1", 35000);
  world.pass(hour);
  RepairRunner(world, "t2").run();
  check_refunded_once(world);
}

TEST_CASE("a tick without anything due asks Square nothing, and costs one look at D1") {
  RepairWorld world;
  RepairRunner job(world, "t1");
  job.run();
  CHECK(job.performed() == 1);
  CHECK(world.square.reads.empty());
}

TEST_CASE("six requests are out at most, and fifty duplicates are refunded in one tick") {
  RepairWorld world;
  for (int i = 0; i < 50; ++i) {
    const std::string n = std::to_string(i);
    world.square.sell("S" + n, "SP" + n, 1000 + i, "EXTERNAL");
    world.square.sell("D" + n, "DP" + n, 1000 + i, "EXTERNAL");
    world.approve("DP" + n, "D" + n, "S" + n, 1000 + i);
  }
  RepairRunner job(world, "t1");
  job.run();
  CHECK(job.most_in_flight() == 6);
  CHECK(member(job, "refunded") == "50");
  for (int i = 0; i < 50; ++i) CHECK(world.square.ours("DP" + std::to_string(i)) == 1);
  // A survey of four readings, a refund, and few batches.
  CHECK(member(job, "requests") == "250");
  CHECK(std::stoi(member(job, "d1_calls")) <= 30);
}

// ---- the survey ----

TEST_CASE("nothing is refunded whose survivor is gone") {
  RepairWorld world;
  world.plant();
  SUBCASE("refunded in part") { world.square.refund_by_hand("P1", 1, world.database.now_ms); }
  SUBCASE("refunded, and pending") {
    world.square.refund_by_hand("P1", 35000, world.database.now_ms);
    world.square.refunds.back().statuses = {{world.database.now_ms, "PENDING"}};
  }
  SUBCASE("a refund of it failed") {
    world.square.refund_by_hand("P1", 35000, world.database.now_ms);
    world.square.refunds.back().statuses = {{world.database.now_ms, "FAILED"}};
  }
  SUBCASE("canceled") { world.square.orders.at("O1").canceled_at_ms = 0; }
  SUBCASE("not paid") { world.square.orders.at("O1").paid_at_ms = -1; }
  SUBCASE("its payment is only approved") { world.square.payments.at("P1").status = "APPROVED"; }
  SUBCASE("disputed") { world.square.disputes.emplace_back("P1", "EVIDENCE_REQUIRED"); }
  tick_until_rest(world);
  CHECK(world.state("P2") == "stopped");
  CHECK(world.reason("P2").rfind("survivor_gone: ", 0) == 0);
  CHECK(world.square.refunded("P2") == 0);
  CHECK(world.column("P2", "request").empty());
}

TEST_CASE("a survivor that was disputed in vain still stands") {
  RepairWorld world;
  world.plant();
  world.square.disputes.emplace_back("P1", "WON");
  tick_until_rest(world);
  check_refunded_once(world);
}

TEST_CASE("a payment that is not what was approved is not refunded") {
  RepairWorld world;
  world.plant();
  SUBCASE("another amount") { world.square.payments.at("P2").amount = 35001; }
  SUBCASE("canceled") { world.square.payments.at("P2").status = "CANCELED"; }
  SUBCASE("of another order") { world.square.payments.at("P2").order_id = "O3"; }
  SUBCASE("the very one that the survivor is paid with") {
    world.square.orders.at("O1").payment_ids = {"P1", "P2"};
  }
  tick_until_rest(world);
  CHECK(world.state("P2") == "stopped");
  CHECK(world.reason("P2").rfind("changed: ", 0) == 0);
  CHECK(world.square.refunded("P2") == 0);
}

TEST_CASE("a payment that is disputed is not refunded, and it says so") {
  RepairWorld world;
  world.plant();
  world.square.disputes.emplace_back("P2", "PROCESSING");
  tick_until_rest(world);
  CHECK(world.reason("P2").rfind("disputed: ", 0) == 0);
  CHECK(world.square.refunded("P2") == 0);
}

TEST_CASE("another party's refund stops ours, whatever part of the payment it is of") {
  RepairWorld world;
  world.plant();
  std::string code = "refunded_elsewhere: ";
  SUBCASE("all of it") { world.square.refund_by_hand("P2", 35000, world.database.now_ms); }
  SUBCASE("a part") { world.square.refund_by_hand("P2", 100, world.database.now_ms); }
  SUBCASE("one that is pending") {
    world.square.refund_by_hand("P2", 100, world.database.now_ms);
    world.square.refunds.back().statuses = {{world.database.now_ms, "PENDING"}};
  }
  SUBCASE("one that failed") {
    world.square.refund_by_hand("P2", 35000, world.database.now_ms);
    world.square.refunds.back().statuses = {{world.database.now_ms, "FAILED"}};
    code = "refund_failed: ";
  }
  tick_until_rest(world);
  CHECK(world.state("P2") == "stopped");
  CHECK(world.reason("P2").rfind(code, 0) == 0);
  CHECK(world.square.ours("P2") == 0);
}

TEST_CASE("a refund that carries our key is adopted, though our ledger knows nothing of it") {
  RepairWorld world;
  world.plant();
  RepairRunner(world, "t1").run();
  world.database.execute("DELETE FROM pos_repairs");
  world.approve("P2", "O2", "O1", 35000);
  RepairRunner(world, "t2").run();
  check_refunded_once(world);
  CHECK(world.log("P2") == "frozen refund_done survey_done");
}

TEST_CASE("a redeploy with another Square version between two attempts sends the frozen refund") {
  RepairWorld world;
  world.plant();
  RepairRunner first(world, "t1");
  REQUIRE(first.run_until(is_change));
  first.perform(RequestFault::failed);
  first.run();
  auto settings = RepairRunner::test_settings();
  settings.square_version = "2026-09-16";
  int sent = 0;
  for (int tick = 2; tick < 10 && sent == 0; ++tick) {
    world.pass(hour);
    RepairRunner job(world, "t" + std::to_string(tick), settings);
    while (job.run_until(is_change)) {
      CHECK(std::get<FetchCommand>(*job.next()).square_version == "2025-08-20");
      job.perform();
      ++sent;
    }
  }
  CHECK(sent == 1);
  check_refunded_once(world);
}

TEST_CASE("readings that are refused decide nothing") {
  RepairWorld world;
  world.plant();
  const std::vector<RequestFault> endings = {RequestFault::failed, RequestFault::server_error,
                                             RequestFault::torn, RequestFault::throttled,
                                             RequestFault::unauthorized};
  int number = 0;
  for (const RequestFault ending : endings) {
    for (const char* path :
         {"/v2/payments/P2", "/v2/orders/O1", "/v2/payments/P1", "/v2/disputes"}) {
      RepairRunner job(world, "t" + std::to_string(++number));
      REQUIRE(job.run_until([&](const Command& each) { return is_reading(each, path); }));
      job.perform(ending);
      job.run();
      CHECK(world.state("P2") == "due");
      CHECK(world.column("P2", "attempts") == "0");
      CHECK(world.column("P2", "in_doubt_since").empty());
      CHECK(world.reason("P2") != "");
      CHECK(world.square.refunds.empty());
      CHECK(world.column("P2", "request").empty());
      world.pass(5 * minute);
    }
  }
  tick_until_rest(world);
  check_refunded_once(world);
}

TEST_CASE("a payment that Square does not know ends in front of a human") {
  RepairWorld world;
  world.square.sell("O1", "P1", 35000);
  world.approve("P9", "O9", "O1", 35000);
  tick_until_rest(world, 5 * hour);
  CHECK(world.reason("P9").rfind("attempts_exhausted", 0) == 0);
  CHECK(world.square.refunds.empty());
}

// ---- two at once ----

TEST_CASE("of two overlapping ticks one has the repair") {
  RepairWorld world;
  world.plant();
  RepairRunner first(world, "t1");
  RepairRunner second(world, "t2");
  REQUIRE(first.run_until(is_change));
  second.run();
  CHECK(world.square.refunds.empty());
  CHECK(second.performed() == 1);
  first.run();
  check_refunded_once(world);
}

TEST_CASE("two ticks that ask for work in the same moment share it out") {
  RepairWorld world;
  world.plant();
  RepairRunner first(world, "t1");
  RepairRunner second(world, "t2");
  first.perform();
  second.perform();
  REQUIRE(is_repair_claim(*first.next()));
  REQUIRE(is_repair_claim(*second.next()));
  first.perform();
  second.perform();
  second.run();
  CHECK(world.square.refunds.empty());
  first.run();
  check_refunded_once(world);
}

TEST_CASE("two overlapping ticks, step by step in every order of a thousand, refund once") {
  for (unsigned pattern = 0; pattern < effort::of(1024U); ++pattern) {
    RepairWorld world;
    world.plant();
    RepairRunner first(world, "t1");
    RepairRunner second(world, "t2");
    for (unsigned bit = 0; bit < 40; ++bit) {
      RepairRunner& one = (pattern >> (bit % 10) & 1U) != 0 ? first : second;
      if (one.next()) one.perform();
    }
    first.run();
    second.run();
    CAPTURE(pattern);
    check_refunded_once(world);
  }
}

// ---- killed ----

TEST_CASE("killed after any of its commands, and started again, it refunds once") {
  for (const bool answered : {true, false}) {
    for (int last = 0;; ++last) {
      RepairWorld world;
      world.plant();
      CAPTURE(last);
      bool ended = false;
      {
        RepairRunner job(world, "t1");
        for (int i = 0; i < last && job.next(); ++i) job.perform();
        // The last command takes effect, and nobody hears of it.
        if (!answered && job.next()) job.perform(RequestFault::lost);
        ended = job.ended();
      }
      world.pass(17 * minute);
      tick_until_rest(world);
      check_refunded_once(world);
      if (ended) break;
      REQUIRE(last < 50);
    }
  }
}

TEST_CASE("killed twice, after any two of its commands, it refunds once") {
  for (int first = 1; first < 9; ++first) {
    for (int second = 1; second < 9; ++second) {
      RepairWorld world;
      world.plant();
      int number = 0;
      for (const int last : {first, second}) {
        RepairRunner job(world, "t" + std::to_string(++number));
        for (int i = 0; i < last && job.next(); ++i) job.perform();
        world.pass(25 * minute);
      }
      CAPTURE(first);
      CAPTURE(second);
      tick_until_rest(world);
      check_refunded_once(world);
    }
  }
}

TEST_CASE("an owner that went away before anything was frozen leaves no doubt behind") {
  RepairWorld world;
  world.plant();
  {
    RepairRunner job(world, "t1");
    REQUIRE(job.run_until(is_repair_freeze));
  }
  world.pass(17 * minute);
  RepairRunner(world, "t2").run();
  CHECK(world.log("P2") == "taken_over");
  CHECK(world.column("P2", "in_doubt_since").empty());
  CHECK(world.column("P2", "attempts") == "1");
  world.pass(2 * minute);
  RepairRunner(world, "t3").run();
  check_refunded_once(world);
}

TEST_CASE("an owner that went away with something frozen leaves a doubt, and quiet time") {
  RepairWorld world;
  world.plant();
  {
    RepairRunner job(world, "t1");
    REQUIRE(job.run_until(is_change));
  }
  const std::int64_t lease_end = world.database.integer("SELECT lease_until FROM pos_repairs");
  world.database.now_ms = lease_end;
  RepairRunner(world, "t2").run();
  CHECK(world.log("P2") == "frozen taken_over");
  CHECK(world.column("P2", "in_doubt_since") != "");
  CHECK(world.column("P2", "last_sent_at") == std::to_string(lease_end));
  // Whoever resets the time by hand does not shorten the wait.
  world.database.execute("UPDATE pos_repairs SET next_attempt_at = 0");
  world.database.now_ms = lease_end + RepairRunner::test_settings().quiet_on_clock_ms() - 1;
  RepairRunner early(world, "t3");
  early.run();
  CHECK(early.performed() == 1);
  CHECK(world.square.reads.size() == 5);
  tick_until_rest(world);
  check_refunded_once(world);
}

TEST_CASE("a repair that kills each worker that looks at it ends in front of a human") {
  RepairWorld world;
  world.plant();
  tick_with(world, "t0", RequestFault::failed);
  for (int i = 1; i < 60 && !at_rest(world); ++i) {
    world.pass(5 * hour);
    RepairRunner job(world, "t" + std::to_string(i));
    job.run_until(is_request);
  }
  CHECK(world.state("P2") == "stopped");
  CHECK(world.reason("P2").rfind("unknown_outcome: ", 0) == 0);
  CHECK(world.column("P2", "in_doubt_since") != "");
  CHECK(world.square.refunds.empty());
}

TEST_CASE("a settle that arrives after its repair was taken over commits nothing") {
  RepairWorld world;
  world.plant();
  RepairRunner zombie(world, "t1");
  REQUIRE(zombie.run_until(is_repair_settle));
  world.pass(17 * minute);
  RepairRunner(world, "t2").run();
  const std::string before = world.log("P2");
  zombie.run();
  CHECK(world.log("P2") == before);
  CHECK(world.state("P2") == "due");
  CHECK(world.column("P2", "in_doubt_since") != "");
  tick_until_rest(world);
  check_refunded_once(world);
}

TEST_CASE("a freeze that arrives after its repair was taken over freezes nothing") {
  RepairWorld world;
  world.plant();
  RepairRunner zombie(world, "t1");
  REQUIRE(zombie.run_until(is_repair_freeze));
  world.pass(17 * minute);
  RepairRunner(world, "t2").run();
  zombie.run();
  CHECK(world.column("P2", "request").empty());
  CHECK(world.square.refunds.empty());
  tick_until_rest(world);
  check_refunded_once(world);
}

TEST_CASE(
    "a freeze that arrives after its lease freezes nothing, though no other worker has it yet") {
  RepairWorld world;
  world.plant();
  RepairRunner zombie(world, "t1");
  REQUIRE(zombie.run_until(is_repair_freeze));
  world.pass(17 * minute);
  zombie.perform();
  CHECK(world.column("P2", "request").empty());
  zombie.run();
  tick_until_rest(world);
  check_refunded_once(world);
}

TEST_CASE("nothing is sent that could land after its lease has ended") {
  RepairWorld world;
  world.plant();
  RepairRunner slow(world, "t1");
  REQUIRE(slow.run_until(is_repair_freeze));
  // 960 s of lease, of which timeout, quiet time and clock step need 180.
  slow.wait(780'001);
  slow.run();
  CHECK(world.square.refunds.empty());
  CHECK(world.column("P2", "in_doubt_since").empty());
  CHECK(world.column("P2", "holder").empty());
  tick_until_rest(world);
  check_refunded_once(world);
}

TEST_CASE("an owner that crashes during its lookups makes both lookups start over") {
  RepairWorld world;
  world.plant();
  tick_with(world, "t1", RequestFault::failed);
  world.pass(5 * minute);
  RepairRunner(world, "t2").run();
  CHECK(world.log("P2") == "frozen refund_unknown look_absent_once");
  CHECK(world.column("P2", "absent_at") != "");
  world.pass(5 * minute);
  {
    RepairRunner job(world, "t3");
    REQUIRE(job.run_until(is_request));
  }
  world.pass(20 * minute);
  RepairRunner(world, "t4").run();
  CHECK(world.column("P2", "absent_at").empty());
  tick_until_rest(world);
  check_refunded_once(world);
}

TEST_CASE("the list of refunds is read from a day before the first request, however that ended") {
  for (const bool killed : {true, false}) {
    RepairWorld world;
    world.plant();
    const std::int64_t began = world.database.now_ms;
    {
      RepairRunner job(world, "t1");
      REQUIRE(job.run_until(is_change));
      if (!killed) {
        job.perform(RequestFault::failed);
        job.run();
      }
    }
    CHECK((world.column("P2", "first_sent_at") == (killed ? "" : std::to_string(began))));
    world.pass(20 * minute);
    world.square.reads.clear();
    tick_until_rest(world);
    CHECK(world.column("P2", "first_sent_at") == std::to_string(began));
    for (const std::string& path : world.square.reads) {
      if (path.rfind("/v2/refunds?", 0) != 0) continue;
      // 1'795'000'000 is 2026-11-18T11:06:40Z.
      CHECK(path.find("&begin_time=2026-11-17T11%3A06%3A40.000Z") != std::string::npos);
    }
  }
}

// ---- D1 that fails, or says so ----

TEST_CASE("a batch that ran but reported failure is asked again, and nothing is done twice") {
  for (int nth = 0; nth < 12; ++nth) {
    RepairWorld world;
    world.plant();
    CAPTURE(nth);
    RepairRunner job(world, "t1");
    for (int i = 0; job.next(); ++i) {
      const bool request = is_request(*job.next());
      job.perform(!request && i == nth ? RequestFault::lost : RequestFault::none);
    }
    check_refunded_once(world);
    CHECK(world.log("P2") == "frozen refund_done");
  }
}

TEST_CASE("a batch that D1 runs once more much later changes nothing") {
  RepairWorld world;
  world.plant();
  RepairRunner job(world, "t1");
  std::vector<pos::io::D1Command> batches;
  while (job.next()) {
    if (const auto command = job.next(); !is_request(*command)) {
      if (const auto* batch = std::get_if<pos::io::D1Command>(&*command)) batches.push_back(*batch);
    }
    job.perform(is_change(*job.next()) ? RequestFault::lost : RequestFault::none);
    const std::string row = world.database.text(
        "SELECT json_array(state, attempts, holder, "
        "in_doubt_since, last_sent_at, absent_at, request) "
        "FROM pos_repairs");
    for (const auto& batch : batches) {
      if (world.column("P2", "holder") == "t1.1" && batch.statements.size() > 2 &&
          batch.statements.front() != pos::store::Statement::repair_open) {
        continue;  // its own repeat, which is the case above
      }
      static_cast<void>(world.database.batch(batch.statements, batch.parameters));
    }
    CHECK(row == world.database.text("SELECT json_array(state, attempts, holder, in_doubt_since, "
                                     "last_sent_at, absent_at, request) FROM pos_repairs"));
  }
  tick_until_rest(world);
  const std::string before = world.log("P2");
  for (const auto& batch : batches) {
    static_cast<void>(world.database.batch(batch.statements, batch.parameters));
  }
  CHECK(world.log("P2") == before);
  check_refunded_once(world);
}

TEST_CASE("a claim that D1 runs only after its job has gone is taken over like any other") {
  RepairWorld world;
  world.plant();
  pos::io::Command claim;
  {
    RepairRunner job(world, "t1");
    REQUIRE(job.run_until(is_repair_claim));
    claim = job.take();
  }
  const auto& batch = std::get<pos::io::D1Command>(claim);
  RepairRunner(world, "t2").run();
  static_cast<void>(world.database.batch(batch.statements, batch.parameters));
  tick_until_rest(world);
  check_refunded_once(world);
}

TEST_CASE("where D1 is away, nothing more is sent, and the job says so") {
  RepairWorld world;
  world.plant();
  RepairRunner job(world, "t1");
  REQUIRE(job.run_until(is_repair_freeze));
  while (job.next()) {
    job.perform(is_request(*job.next()) ? RequestFault::none : RequestFault::failed);
  }
  CHECK(job.done().status == 503);
  CHECK(world.square.refunds.empty());
  world.pass(20 * minute);
  tick_until_rest(world);
  check_refunded_once(world);
}

TEST_CASE("a claim whose answer is lost takes nothing more when it is asked again") {
  RepairWorld world;
  world.plant();
  world.square.sell("O3", "P3", 500);
  world.square.sell("O4", "P4", 500);
  world.approve("P4", "O4", "O3", 500);
  pos::Settings settings = RepairRunner::test_settings();
  settings.batch_size = 1;
  RepairRunner job(world, "t1", settings);
  REQUIRE(job.run_until(is_repair_claim));
  const Command claim = *job.next();
  job.perform(RequestFault::lost);
  REQUIRE(job.run_until(is_request));
  const auto& batch = std::get<pos::io::D1Command>(claim);
  static_cast<void>(world.database.batch(batch.statements, batch.parameters));
  CHECK(world.database.integer("SELECT count(*) FROM pos_repairs WHERE holder <> ''") == 1);
  job.run();
  check_refunded_once(world);
  CHECK(world.state("P4") == "done");
}

namespace {

const std::vector<pos::store::Statement> freezing = {pos::store::Statement::repair_log_frozen,
                                                     pos::store::Statement::repair_freeze,
                                                     pos::store::Statement::repair_read_frozen};

std::string freeze_of(const std::string& token, std::int64_t generation, RepairWorld& world) {
  const std::string list =
      R"([{"provider":"square","action":"refund","target":"P2","generation":)" +
      std::to_string(generation) + R"(,"request":"other bytes","actor":"a","key":"k"}])";
  static_cast<void>(world.database.batch(freezing, {token, list}));
  return world.column("P2", "request");
}

}  // namespace

TEST_CASE("what is frozen first stays for its generation, whichever worker asks") {
  RepairWorld world;
  world.plant();
  RepairRunner job(world, "t1");
  REQUIRE(job.run_until(is_change));
  const std::string request = world.column("P2", "request");
  CHECK(freeze_of("t1.1", 1, world) == request);
  CHECK(freeze_of("t2.1", 2, world) == request);
  CHECK(freeze_of("t1.1", 2, world) == "other bytes");
}

TEST_CASE("nothing is frozen for what is in doubt, or with Square already") {
  RepairWorld world;
  world.plant();
  RepairRunner job(world, "t1");
  REQUIRE(job.run_until(is_change));
  const std::string request = world.column("P2", "request");
  world.database.execute("UPDATE pos_repairs SET in_doubt_since = 1");
  CHECK(freeze_of("t1.1", 2, world) == request);
  world.database.execute("UPDATE pos_repairs SET in_doubt_since = NULL, state = 'pending'");
  CHECK(freeze_of("t1.1", 2, world) == request);
}

// ---- answers that are lost ----

TEST_CASE("a refund whose answer is lost is looked for, and adopted") {
  for (const RequestFault ending : {RequestFault::lost, RequestFault::server_error,
                                    RequestFault::torn, RequestFault::throttled_applied}) {
    for (const char* then : {"", "the key is forgotten", "Square checks nothing"}) {
      RepairWorld world;
      world.plant();
      tick_with(world, "t1", ending);
      CHECK(world.state("P2") == "due");
      CHECK(world.column("P2", "in_doubt_since") != "");
      CAPTURE(then);
      if (then == std::string("the key is forgotten")) {
        world.square.forget_keys();
        world.pass(100 * hour);
      } else if (then == std::string("Square checks nothing")) {
        check_nothing(world);
      }
      tick_until_rest(world);
      check_refunded_once(world);
      CHECK(world.square.bodies.size() == 1);
    }
  }
}

TEST_CASE("a refund that never arrived is sent again: the same bytes, after two looks") {
  for (const RequestFault ending : {RequestFault::failed, RequestFault::throttled}) {
    RepairWorld world;
    world.plant();
    tick_with(world, "t1", ending);
    CHECK(world.column("P2", "in_doubt_since") != "");
    tick_until_rest(world);
    check_refunded_once(world);
    CHECK(world.square.bodies.size() == 2);
    CHECK(world.column("P2", "generation") == "1");
    CHECK(world.log("P2").find("look_absent_once look_absent refund_done") != std::string::npos);
  }
}

TEST_CASE(
    "a refund that lands late, after its sender was given up, is found before it is sent again") {
  RepairWorld world;
  world.plant();
  check_nothing(world);
  RepairRunner job(world, "t1");
  REQUIRE(job.run_until(is_change));
  const std::int64_t started = world.database.now_ms;
  const Command command = job.take();
  const auto& request = std::get<FetchCommand>(command);
  job.wait(30'000);
  job.answer(request, {pos::net::Transport::timeout, {}});
  job.run();
  // It lands at the very end of the quiet time.
  world.pass(started + 120'000 - world.database.now_ms);
  static_cast<void>(job.apply(request, RequestFault::lost, started));
  tick_until_rest(world, 10'000);
  check_refunded_once(world);
}

TEST_CASE("quiet time runs from when the answer was written down, not from the claim") {
  RepairWorld world;
  world.plant();
  RepairRunner job(world, "t1");
  REQUIRE(job.run_until(is_repair_freeze));
  job.wait(12 * minute);
  REQUIRE(job.run_until(is_change));
  const std::int64_t sent = world.database.now_ms;
  job.perform(RequestFault::failed);
  job.run();
  CHECK(world.database.integer("SELECT last_sent_at FROM pos_repairs") >= sent);
  CHECK(world.database.integer("SELECT next_attempt_at FROM pos_repairs") >=
        sent + RepairRunner::test_settings().quiet_on_clock_ms());
}

TEST_CASE("a refund that shows late in Square's lists is waited for") {
  for (const bool names_it : {true, false}) {
    RepairWorld world;
    world.plant();
    check_nothing(world);
    world.square.list_lag_ms = 60'000;
    if (!names_it) world.square.read_lag_ms = 60'000;
    RepairRunner job(world, "t1");
    REQUIRE(job.run_until(is_change));
    const std::int64_t started = world.database.now_ms;
    const Command command = job.take();
    const auto& request = std::get<FetchCommand>(command);
    job.answer(request, {pos::net::Transport::timeout, {}});
    job.run();
    world.pass(started + 119'999 - world.database.now_ms);
    static_cast<void>(job.apply(request, RequestFault::lost, started));
    tick_until_rest(world, 5'000, 4000);
    check_refunded_once(world);
  }
}

TEST_CASE("a refund of ours is found on whatever page of the list it stands") {
  RepairWorld world;
  world.plant();
  world.square.page_most = 2;
  // Of a Square that knew our key a second refund would be the first one over again.
  check_nothing(world);
  const auto refund_others = [&](const std::string& name) {
    for (int i = 0; i < 9; ++i) {
      const std::string n = name + std::to_string(i);
      world.square.sell("O" + n, n, 100);
      world.square.refund_by_hand(n, 100, world.database.now_ms);
    }
  };
  // LocalOrder stands on no first page, wherever the list begins.
  refund_others("XP");
  world.pass(minute);
  tick_with(world, "t1", RequestFault::lost);
  world.pass(minute);
  refund_others("YP");
  world.square.read_lag_ms = 100 * hour;  // the payment itself does not show it
  tick_until_rest(world);
  check_refunded_once(world);
}

TEST_CASE("a list that does not come to its end proves nothing") {
  RepairWorld world;
  world.plant();
  tick_with(world, "t1", RequestFault::failed);
  world.pass(10 * minute);
  for (int i = 0; i < 3; ++i) {
    RepairRunner job(world, "broken-" + std::to_string(i));
    REQUIRE(job.run_until([](const Command& each) { return is_reading(each, "/v2/refunds"); }));
    job.perform(RequestFault::torn);
    job.run();
    CHECK(world.column("P2", "absent_at").empty());
    CHECK(world.column("P2", "in_doubt_since") != "");
    world.pass(10 * minute);
  }
  tick_until_rest(world);
  check_refunded_once(world);
}

TEST_CASE(
    "a refund by hand, found while ours is in doubt, stops ours once ours cannot land any more") {
  RepairWorld world;
  world.plant();
  tick_with(world, "t1", RequestFault::failed);
  world.square.refund_by_hand("P2", 35000, world.database.now_ms);
  tick_until_rest(world);
  CHECK(world.state("P2") == "stopped");
  CHECK(world.reason("P2").rfind("refunded_elsewhere: ", 0) == 0);
  CHECK(world.column("P2", "in_doubt_since").empty());
  CHECK(world.square.ours("P2") == 0);
}

TEST_CASE("money that has gone back without a name is not taken for nothing") {
  RepairWorld world;
  world.plant();
  tick_with(world, "t1", RequestFault::lost);
  // Neither the list nor the payment names it, but the payment says that it is refunded.
  world.square.refunds.front().reason = "";
  world.square.refunds.front().amount = 1;
  tick_until_rest(world);
  CHECK(world.reason("P2").rfind("refunded_elsewhere: ", 0) == 0);
}

TEST_CASE("out of attempts it is looked for a last time, and then it stops with its reason") {
  RepairWorld world;
  world.plant();
  for (int i = 0; i < 200 && !at_rest(world); ++i) {
    RepairRunner job(world, "t" + std::to_string(i));
    while (job.next())
      job.perform(is_change(*job.next()) ? RequestFault::failed : RequestFault::none);
    world.pass(hour);
  }
  CHECK(world.state("P2") == "stopped");
  CHECK(world.reason("P2").rfind("attempts_exhausted: ", 0) == 0);
  CHECK(world.column("P2", "in_doubt_since").empty());
  CHECK(world.square.bodies.size() == 10);
  CHECK(world.square.one_body_per_key());
}

TEST_CASE("out of attempts with a refund that stands after all, it is done") {
  RepairWorld world;
  world.plant();
  world.database.execute("UPDATE pos_repairs SET attempts = 9");
  tick_with(world, "t1", RequestFault::lost);
  CHECK(world.column("P2", "attempts") == "10");
  tick_until_rest(world);
  check_refunded_once(world);
}

TEST_CASE("a look that never says yes or no ends in front of a human, in doubt") {
  RepairWorld world;
  world.plant();
  tick_with(world, "t1", RequestFault::lost);
  world.square.payments.erase("P2");
  tick_until_rest(world, 5 * hour);
  CHECK(world.state("P2") == "stopped");
  CHECK(world.reason("P2").rfind("unknown_outcome: ", 0) == 0);
  CHECK(world.column("P2", "in_doubt_since") != "");
}

TEST_CASE("an outage of Square of any length costs no attempt and stops no repair") {
  RepairWorld world;
  world.plant();
  for (int i = 0; i < 300; ++i) {
    RepairRunner job(world, "t" + std::to_string(i));
    while (job.next())
      job.perform(is_request(*job.next()) ? RequestFault::server_error : RequestFault::none);
    world.pass(10 * minute);
  }
  CHECK(world.state("P2") == "due");
  CHECK(world.column("P2", "attempts") == "0");
  tick_until_rest(world);
  check_refunded_once(world);
}

// ---- versions ----

TEST_CASE(
    "a refund by hand between our reading and our sending is not doubled: the version stops it") {
  RepairWorld world;
  world.plant();
  world.square.checks_amount = false;
  RepairRunner job(world, "t1");
  REQUIRE(job.run_until(is_change));
  world.square.refund_by_hand("P2", 35000, world.database.now_ms);
  job.run();
  tick_until_rest(world);
  CHECK(world.state("P2") == "stopped");
  CHECK(world.reason("P2").rfind("refunded_elsewhere: ", 0) == 0);
  CHECK(world.square.standing("P2") == 1);
  CHECK(world.square.ours("P2") == 0);
  CHECK(world.column("P2", "generation") == "1");
}

TEST_CASE(
    "a version that does not match makes the next generation, after a reading that shows nothing") {
  RepairWorld world;
  world.plant();
  RepairRunner job(world, "t1");
  REQUIRE(job.run_until(is_change));
  world.square.touch("P2", world.database.now_ms);
  job.perform();
  job.run();
  CHECK(world.log("P2") == "frozen refund_stale");
  CHECK(world.column("P2", "in_doubt_since").empty());
  CHECK(world.column("P2", "generation") == "1");
  world.pass(5 * minute);
  world.square.reads.clear();
  RepairRunner(world, "t2").run();
  check_refunded_once(world);
  CHECK(world.column("P2", "generation") == "2");
  CHECK(world.square.refunds.back().key == "posSync:P2:square:refund:g2");
  // It was certain that nothing is refunded and nothing pending.
  CHECK(std::any_of(world.square.reads.begin(), world.square.reads.end(),
                    [](const auto& path) { return path.rfind("/v2/refunds?", 0) == 0; }));
}

TEST_CASE("there is no next generation while the last one is in doubt") {
  RepairWorld world;
  world.plant();
  check_nothing(world);
  tick_with(world, "t1", RequestFault::lost);
  world.square.touch("P2", world.database.now_ms);
  tick_until_rest(world);
  check_refunded_once(world);
  CHECK(world.column("P2", "generation") == "1");
  CHECK(world.square.bodies.size() == 1);
}

TEST_CASE(
    "a refund that never arrived, of a payment that has changed since, goes out as the next "
    "generation") {
  RepairWorld world;
  world.plant();
  tick_with(world, "t1", RequestFault::failed);
  world.square.touch("P2", world.database.now_ms);
  tick_until_rest(world);
  check_refunded_once(world);
  CHECK(world.column("P2", "generation") == "2");
}

TEST_CASE(
    "the next generation waits for the list: a refund that the payment does not show yet stops "
    "it") {
  RepairWorld world;
  world.plant();
  world.square.checks_amount = false;
  world.square.checks_version = false;
  RepairRunner job(world, "t1");
  REQUIRE(job.run_until(is_change));
  // Refused as stale, because somebody has refunded it just now.
  const Command command = job.take();
  world.square.touch("P2", world.database.now_ms);
  job.answer(std::get<FetchCommand>(command),
             {pos::net::Transport::replied, world::refused(409, "VERSION_MISMATCH", "")});
  job.run();
  world.pass(5 * minute);
  world.square.refund_by_hand("P2", 35000, world.database.now_ms);
  world.square.refunds.back().statuses.front().first = world.database.now_ms;
  world.square.read_lag_ms = minute;  // the payment shows the touch, and not the refund
  RepairRunner(world, "t2").run();
  CHECK(world.square.ours("P2") == 0);
  CHECK(world.reason("P2").rfind("refunded_elsewhere: ", 0) == 0);
}

TEST_CASE("a payment that changes each time stops after so many generations") {
  RepairWorld world;
  world.plant();
  for (int i = 0; i < 40 && !at_rest(world); ++i) {
    RepairRunner job(world, "t" + std::to_string(i));
    while (job.next()) {
      if (is_change(*job.next())) world.square.touch("P2", world.database.now_ms);
      job.perform();
    }
    world.pass(5 * hour);
  }
  CHECK(world.state("P2") == "stopped");
  CHECK(world.reason("P2").rfind("keeps_changing: ", 0) == 0);
  CHECK(world.column("P2", "generation") == "10");
  CHECK(world.square.refunds.empty());
}

TEST_CASE("a version that Square reads late and checks early does not loop for ever") {
  RepairWorld world;
  world.plant();
  world.square.touch("P2", world.database.now_ms);
  world.square.read_lag_ms = 1000 * hour;
  tick_until_rest(world, 5 * hour);
  CHECK(world.state("P2") == "stopped");
  CHECK(world.reason("P2").rfind("attempts_exhausted", 0) == 0);
  CHECK(world.square.one_body_per_key());
}

// ---- what Square says ----

TEST_CASE("a refund that is pending is followed up until Square is through with it") {
  RepairWorld world;
  world.plant();
  world.square.next_status = "PENDING";
  RepairRunner job(world, "t1");
  job.run();
  CHECK(member(job, "pending") == "1");
  CHECK(world.state("P2") == "pending");
  CHECK(world.column("P2", "in_doubt_since").empty());
  std::string status = "COMPLETED";
  std::string end = "done";
  std::string reason;
  SUBCASE("completed") {}
  SUBCASE("rejected") { status = "REJECTED"; }
  SUBCASE("failed") { status = "FAILED"; }
  if (status != "COMPLETED") {
    end = "stopped";
    reason = "refund_failed: ";
  }
  for (int i = 0; i < 20; ++i) {
    RepairRunner(world, "p" + std::to_string(i)).run();
    world.pass(10 * minute);
  }
  CHECK(world.state("P2") == "pending");
  world.square.settle_pending(status, world.database.now_ms);
  tick_until_rest(world, hour);
  CHECK(world.state("P2") == end);
  CHECK(world.reason("P2").rfind(reason, 0) == 0);
  CHECK(world.square.ours("P2") == 1);
  CHECK(world.square.bodies.size() == 1);
}

TEST_CASE("a refund that is pending is asked after at growing intervals") {
  RepairWorld world;
  world.plant();
  world.square.next_status = "PENDING";
  RepairRunner(world, "t1").run();
  world.square.reads.clear();
  for (int i = 0; i < 24 * 60; ++i) {
    world.pass(minute);
    RepairRunner(world, "p" + std::to_string(i)).run();
  }
  // In a day: each time after half of its age again, and never sooner than a minute.
  CHECK(world.square.reads.size() >= 10);
  CHECK(world.square.reads.size() <= 25);
}

TEST_CASE("a refund in doubt that turns out to be pending is followed up") {
  RepairWorld world;
  world.plant();
  world.square.next_status = "PENDING";
  tick_with(world, "t1", RequestFault::lost);
  world.pass(5 * minute);
  RepairRunner(world, "t2").run();
  CHECK(world.state("P2") == "pending");
  world.square.settle_pending("COMPLETED", world.database.now_ms);
  tick_until_rest(world);
  check_refunded_once(world);
}

TEST_CASE("a worker that goes away while it asks after a pending refund leaves no doubt behind") {
  RepairWorld world;
  world.plant();
  world.square.next_status = "PENDING";
  RepairRunner(world, "t1").run();
  world.pass(5 * minute);
  {
    RepairRunner job(world, "t2");
    REQUIRE(job.run_until(is_request));
  }
  world.pass(20 * minute);
  RepairRunner(world, "t3").run();
  CHECK(world.state("P2") == "pending");
  CHECK(world.column("P2", "in_doubt_since").empty());
  world.square.settle_pending("COMPLETED", world.database.now_ms);
  tick_until_rest(world);
  check_refunded_once(world);
}

TEST_CASE("a definite no stops the repair, and says which") {
  struct Case {
    const char* code;
    const char* reason;
  };
  for (const Case& each : {Case{"PAYMENT_NOT_REFUNDABLE", "too_old: "},
                           Case{"PAYMENT_NOT_REFUNDABLE_DUE_TO_DISPUTE", "disputed: "},
                           Case{"REFUND_DECLINED", "rejected: 400 REFUND_DECLINED"},
                           Case{"INSUFFICIENT_PERMISSIONS_FOR_REFUND", "rejected: "}}) {
    RepairWorld world;
    world.plant();
    RepairRunner job(world, "t1");
    REQUIRE(job.run_until(is_change));
    const Command command = job.take();
    job.answer(std::get<FetchCommand>(command),
               {pos::net::Transport::replied, world::refused(400, each.code, "no")});
    job.run();
    CHECK(member(job, "stopped") == "1");
    CHECK(world.state("P2") == "stopped");
    CHECK(world.reason("P2").rfind(each.reason, 0) == 0);
    CHECK(world.column("P2", "in_doubt_since").empty());
    CHECK(std::any_of(job.logged().begin(), job.logged().end(),
                      [](const auto& line) { return line.message == "a repair has stopped"; }));
  }
}

TEST_CASE("a no that tells of another refund is looked into before it is believed") {
  for (const std::string code :
       {"REFUND_ALREADY_PENDING", "REFUND_AMOUNT_INVALID", "IDEMPOTENCY_KEY_REUSED"}) {
    for (const bool stands : {true, false}) {
      CAPTURE(code);
      RepairWorld world;
      world.plant();
      RepairRunner job(world, "t1");
      REQUIRE(job.run_until(is_change));
      const Command command = job.take();
      const auto& request = std::get<FetchCommand>(command);
      if (stands) static_cast<void>(job.apply(request, RequestFault::lost, world.database.now_ms));
      job.answer(request, {pos::net::Transport::replied, world::refused(400, code.c_str(), "no")});
      job.run();
      CHECK(world.column("P2", "in_doubt_since") != "");
      tick_until_rest(world);
      if (stands) {
        check_refunded_once(world);
        continue;
      }
      const bool conflict = code == "IDEMPOTENCY_KEY_REUSED";
      CHECK(world.reason("P2").rfind(conflict ? "key_conflict: " : "rejected: ", 0) == 0);
      // It was not sent a second time.
      CHECK(world.square.bodies.empty());
    }
  }
}

// ---- accounts ----

TEST_CASE("a token that Square refuses costs no attempt, sets no doubt, and is said") {
  RepairWorld world;
  world.plant();
  tick_with(world, "t1", RequestFault::unauthorized);
  CHECK(world.state("P2") == "due");
  CHECK(world.column("P2", "attempts") == "0");
  CHECK(world.column("P2", "in_doubt_since").empty());
  CHECK(world.reason("P2").rfind("unauthorized: ", 0) == 0);
  tick_until_rest(world);
  check_refunded_once(world);
}

TEST_CASE(
    "a restaurant's repairs are made with its own token, and one account's trouble is its own") {
  RepairWorld world;
  world.plant();
  world.square.sell("O3", "P3", 500);
  world.square.sell("O4", "P4", 500);
  world.approve("P4", "O4", "O3", 500, "bey");
  world.database.execute(
      "INSERT INTO pos_accounts (restaurant_id, provider, location_id, token, token_version) "
      "VALUES "
      "('bey', 'square', 'L1', '" +
      world::Tokens::sealed("secret-of-bey", "bey:square:access") + "', 1)");
  world.tokens.revoked.insert("secret-of-bey");
  RepairRunner(world, "t1").run();
  check_refunded_once(world);
  CHECK(world.state("P4") == "due");
  CHECK(world.reason("P4").rfind("unauthorized: ", 0) == 0);
  world.tokens.revoked.clear();
  tick_until_rest(world);
  CHECK(world.state("P4") == "done");
}

TEST_CASE("a token that cannot be opened is waited for") {
  RepairWorld world;
  world.square.sell("O3", "P3", 500);
  world.square.sell("O4", "P4", 500);
  world.approve("P4", "O4", "O3", 500, "bey");
  world.database.execute(
      "INSERT INTO pos_accounts (restaurant_id, provider, location_id, token, token_version) "
      "VALUES "
      "('bey', 'square', 'L1', '" +
      world::Tokens::sealed("x", "bey:square:access", "k9") + "', 1)");
  RepairRunner(world, "t1").run();
  CHECK(world.state("P4") == "due");
  CHECK(world.reason("P4").find("is not in ACCOUNTS_KEY") != std::string::npos);
  world.tokens.keys.insert("k9");
  tick_until_rest(world);
  CHECK(world.state("P4") == "done");
}

TEST_CASE("an account that an operator has paused is left alone, and so nothing is due") {
  RepairWorld world;
  world.plant();
  world.database.execute("UPDATE pos_accounts SET state = 'paused'");
  RepairRunner job(world, "t1");
  job.run();
  CHECK(job.performed() == 1);
  world.database.execute("UPDATE pos_accounts SET state = 'active'");
  tick_until_rest(world);
  check_refunded_once(world);
}

TEST_CASE("throttled, the account's other repairs wait as long as Square asks for") {
  RepairWorld world;
  world.plant();
  for (int i = 10; i < 40; ++i) {
    const std::string n = std::to_string(i);
    world.square.sell("S" + n, "SP" + n, 100);
    world.square.sell("D" + n, "DP" + n, 100);
    world.approve("DP" + n, "D" + n, "S" + n, 100);
  }
  world.square.retry_after = "600";
  RepairRunner job(world, "t1");
  REQUIRE(job.run_until(is_request));
  int requests = 0;
  while (job.next()) {
    requests += is_request(*job.next()) ? 1 : 0;
    job.perform(is_request(*job.next()) ? RequestFault::throttled : RequestFault::none);
  }
  CHECK(requests == 6);
  CHECK(world.database.integer("SELECT min(next_attempt_at) FROM pos_repairs") >=
        world.database.now_ms + 600'000);
  world.square.retry_after.clear();
  tick_until_rest(world);
  check_refunded_once(world);
}

// ---- budgets ----

TEST_CASE(
    "out of time or requests it stops cleanly, gives back what it has not begun, and goes on") {
  RepairWorld world;
  for (int i = 0; i < 40; ++i) {
    const std::string n = std::to_string(i);
    world.square.sell("S" + n, "SP" + n, 100);
    world.square.sell("D" + n, "DP" + n, 100);
    world.approve("DP" + n, "D" + n, "S" + n, 100);
  }
  pos::Settings settings = RepairRunner::test_settings();
  settings.subrequest_budget = 45;
  int ticks = 0;
  while (!at_rest(world) && ticks < 60) {
    RepairRunner job(world, "t" + std::to_string(++ticks), settings);
    job.run();
    CHECK(job.done().status == 200);
    CHECK(std::stoi(member(job, "requests")) + std::stoi(member(job, "d1_calls")) <= 45);
    CHECK(world.database.integer("SELECT count(*) FROM pos_repairs WHERE holder <> ''") == 0);
    CHECK(world.database.integer("SELECT count(*) FROM pos_repairs WHERE in_doubt_since > 0") == 0);
    world.pass(minute);
  }
  CHECK(ticks <= 12);
  for (int i = 0; i < 40; ++i) CHECK(world.square.ours("DP" + std::to_string(i)) == 1);
}

// ---- cancels ----

TEST_CASE("an unpaid duplicate is canceled once, with its version") {
  RepairWorld world;
  world.square.sell("O1", "P1", 35000);
  world.square.leave_open("O2", 35000);
  world.approve_cancel("O2", "O1");
  RepairRunner job(world, "t1");
  job.run();
  CHECK(member(job, "canceled") == "1");
  CHECK(world.state("O2") == "done");
  CHECK(world.square.orders.at("O2").canceled_by == "posSync:O2:square:cancel");
}

TEST_CASE("an order is canceled only while it is open and unpaid, and its survivor stands") {
  RepairWorld world;
  world.square.sell("O1", "P1", 35000);
  world.square.leave_open("O2", 35000);
  world.approve_cancel("O2", "O1");
  std::string reason;
  SUBCASE("paid meanwhile") {
    world.square.pay_by_hand("O2", world.database.now_ms);
    reason = "changed: ";
  }
  SUBCASE("the survivor was canceled") {
    world.square.orders.at("O1").canceled_at_ms = 0;
    reason = "survivor_gone: ";
  }
  tick_until_rest(world);
  CHECK(world.state("O2") == "stopped");
  CHECK(world.reason("O2").rfind(reason, 0) == 0);
  CHECK(world.square.orders.at("O2").canceled_at_ms == -1);
}

TEST_CASE("a cancel whose answer is lost is looked for, and one that never arrived is sent again") {
  for (const RequestFault ending : {RequestFault::lost, RequestFault::server_error,
                                    RequestFault::failed, RequestFault::throttled}) {
    RepairWorld world;
    world.square.sell("O1", "P1", 35000);
    world.square.leave_open("O2", 35000);
    world.approve_cancel("O2", "O1");
    tick_with(world, "t1", ending);
    CHECK(world.column("O2", "in_doubt_since") != "");
    tick_until_rest(world);
    CHECK(world.state("O2") == "done");
    CHECK(world.square.orders.at("O2").canceled_by == "posSync:O2:square:cancel");
    CHECK(world.square.one_body_per_key());
  }
}

TEST_CASE("an order that changes before it is canceled is canceled as the next generation") {
  RepairWorld world;
  world.square.sell("O1", "P1", 35000);
  world.square.leave_open("O2", 35000);
  world.approve_cancel("O2", "O1");
  RepairRunner job(world, "t1");
  REQUIRE(job.run_until(is_change));
  world.square.touch_order("O2", world.database.now_ms);
  job.run();
  CHECK(world.log("O2") == "frozen cancel_stale");
  tick_until_rest(world);
  CHECK(world.square.orders.at("O2").canceled_by == "posSync:O2:square:cancel:g2");
}

TEST_CASE("an order that was paid or canceled at Square meanwhile is seen for what it is") {
  RepairWorld world;
  world.square.sell("O1", "P1", 35000);
  world.square.leave_open("O2", 35000);
  world.approve_cancel("O2", "O1");
  RepairRunner job(world, "t1");
  REQUIRE(job.run_until(is_change));
  std::string state;
  SUBCASE("paid") {
    world.square.pay_by_hand("O2", world.database.now_ms);
    state = "stopped";
  }
  SUBCASE("canceled") {
    world.square.cancel_by_hand("O2", world.database.now_ms);
    state = "done";
  }
  job.run();
  tick_until_rest(world);
  CHECK(world.state("O2") == state);
  if (state == "stopped") CHECK(world.reason("O2").rfind("changed: ", 0) == 0);
}

}  // namespace repair_test
