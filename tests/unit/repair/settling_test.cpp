// What is known of repairs is written down soon, together, and once; and how long each waits.
#include <doctest/doctest.h>

#include <algorithm>
#include <functional>
#include <string>

#include "base/json/value.hpp"
#include "harness/repair_runner.hpp"

namespace settling_test {

using pos::io::Command;
using pos::io::D1Command;
using pos::io::FetchCommand;
using pos::json::Document;
using pos::net::Transport;
using world::is_change;
using world::is_reading;
using world::is_repair_freeze;
using world::is_request;
using world::RepairRunner;
using world::RepairWorld;
using world::RequestFault;

namespace {

/// So many refunds, P1 to Pn, each of a copy with a survivor of its own.
void plant(RepairWorld& world, int count) {
  for (int i = 1; i <= count; ++i) {
    const std::string n = std::to_string(i);
    world.square.sell("S" + n, "SP" + n, 1000 + i);
    world.square.sell("O" + n, "P" + n, 1000 + i);
    world.approve("P" + n, "O" + n, "S" + n, 1000 + i);
  }
}

/// What a job writes down of repairs: the targets of each batch, with a bar between batches.
struct Settles {
  std::string all;
  std::string last;  // the whole list

  auto hearing() {
    return [this](const Command& command) {
      if (!world::is_repair_settle(command)) return;
      last = std::get<D1Command>(command).parameters[1];
      Document list;
      REQUIRE(list.parse(last));
      all += all.empty() ? "" : "| ";
      const pos::json::Value items = list.root();
      for (auto each = items.first(); each.present(); each = each.next()) {
        all += std::string(each["target"].text()) + " ";
      }
    };
  }
};

bool reads(const Command& command, const std::string& payment) {
  return is_reading(command, "/v2/payments/" + payment);
}

/// Square knows nothing by that id: a repair is over with that.
RepairRunner::Answer nothing() {
  return {Transport::replied,
          {404, R"({"errors":[{"category":"INVALID_REQUEST_ERROR","code":"NOT_FOUND"}]})"}};
}

/// Takes the next command, which is a request.
FetchCommand take_request(RepairRunner& job, const std::function<bool(const Command&)>& wanted) {
  REQUIRE(job.run_until(wanted));
  return std::get<FetchCommand>(job.take());
}

}  // namespace

TEST_CASE("what is known of twenty repairs is written down, however busy the others are") {
  RepairWorld world;
  plant(world, 45);
  world.square.payments.clear();
  Settles settles;
  world.hears = settles.hearing();
  RepairRunner job(world, "t1");
  // One of the first stays out until all others are over.
  const FetchCommand out = take_request(job, is_request);
  while (job.next()) job.perform();
  std::string sizes;
  std::string rest = settles.all + "|";
  for (std::size_t at = 0; (at = rest.find('|')) != std::string::npos; rest.erase(0, at + 1)) {
    sizes += std::to_string(
                 std::count(rest.begin(), rest.begin() + static_cast<std::ptrdiff_t>(at), 'P')) +
             " ";
  }
  CHECK(sizes == "20 20 ");
  job.answer(out, nothing());
  job.run();
  CHECK(settles.all.find("P1 ") != std::string::npos);
  CHECK(world.database.integer("SELECT count(*) FROM pos_repairs WHERE holder <> ''") == 0);
}

TEST_CASE("what is known is not written down alone while another repair is read, frozen or sent") {
  RepairWorld world;
  plant(world, 2);
  Settles settles;
  world.hears = settles.hearing();
  RepairRunner job(world, "t1");
  FetchCommand first = take_request(job, [](const Command& each) { return reads(each, "P1"); });
  const FetchCommand second =
      take_request(job, [](const Command& each) { return reads(each, "P2"); });
  job.answer(first, nothing());
  CHECK(settles.all.empty());  // the other one is read
  job.answer(second, job.apply(second, RequestFault::none, world.database.now_ms));
  REQUIRE(job.run_until(is_repair_freeze));
  CHECK(settles.all.empty());
  REQUIRE(job.run_until(is_change));
  CHECK(settles.all.empty());
  job.run();
  CHECK(settles.all == "P1 P2 ");
}

TEST_CASE("what is known for ten seconds is written down, and not sooner, while others are busy") {
  RepairWorld world;
  plant(world, 2);
  Settles settles;
  world.hears = settles.hearing();
  RepairRunner job(world, "t1");
  const FetchCommand first =
      take_request(job, [](const Command& each) { return reads(each, "P1"); });
  FetchCommand second = take_request(job, [](const Command& each) { return reads(each, "P2"); });
  job.wait_only_here(5000);
  job.answer(first, nothing());
  const auto go_on = [&](std::int64_t ms) {
    job.wait_only_here(ms);
    job.answer(second, job.apply(second, RequestFault::none, world.database.now_ms));
  };
  go_on(9'999);
  CHECK(settles.all.empty());
  REQUIRE(is_request(*job.next()));
  second = std::get<FetchCommand>(job.take());
  go_on(1);
  CHECK(settles.all == "P1 ");
}

TEST_CASE("while one batch is being written down, no other is begun") {
  RepairWorld world;
  plant(world, 3);
  Settles settles;
  RepairRunner job(world, "t1");
  world.hears = settles.hearing();
  const FetchCommand first =
      take_request(job, [](const Command& each) { return reads(each, "P1"); });
  const FetchCommand second =
      take_request(job, [](const Command& each) { return reads(each, "P2"); });
  const FetchCommand third =
      take_request(job, [](const Command& each) { return reads(each, "P3"); });
  job.answer(first, nothing());
  job.wait_only_here(10'000);
  job.answer(second, nothing());
  REQUIRE(settles.all == "P1 P2 ");
  REQUIRE(job.run_until(world::is_repair_settle));
  job.take();
  job.wait_only_here(10'000);
  job.answer(third, nothing());
  CHECK(settles.all == "P1 P2 ");
}

TEST_CASE("out of time, what is known is written down at once, whatever is out still") {
  RepairWorld world;
  plant(world, 2);
  Settles settles;
  world.hears = settles.hearing();
  RepairRunner job(world, "t1");
  const FetchCommand first =
      take_request(job, [](const Command& each) { return reads(each, "P1"); });
  take_request(job, [](const Command& each) { return reads(each, "P2"); });
  job.wait_only_here(RepairRunner::test_settings().wall_budget_ms);
  job.answer(first, nothing());
  CHECK(settles.all == "P1 ");
}

TEST_CASE("a repair that runs into the end of its lease waits for no longer than the next tick") {
  RepairWorld world;
  world.plant();
  Settles settles;
  world.hears = settles.hearing();
  pos::Settings settings = RepairRunner::test_settings();
  settings.wall_budget_ms = settings.lease_ms;
  RepairRunner job(world, "t1", settings);
  REQUIRE(job.run_until(is_repair_freeze));
  job.wait_only_here(settings.lease_ms - settings.push_timeout_ms - settings.quiet_on_clock_ms() +
                     1);
  REQUIRE(job.run_until(world::is_repair_settle));
  CHECK(settles.last ==
        R"([{"provider":"square","action":"refund","target":"P2","event":"refund_not_sent",)"
        R"("actor":"cron","reason":"not_sent","attempts":0,"sent":0,"doubt":"keep","absent":0,)"
        R"("detail":""}])");
}

TEST_CASE("a refused reading waits as Square asks, and no less than its account is left alone") {
  const auto delay = [](int status, const std::string& retry_after) {
    RepairWorld world;
    world.plant();
    Settles settles;
    world.hears = settles.hearing();
    world.square.retry_after = retry_after;
    RepairRunner job(world, "t1");
    const FetchCommand reading = take_request(job, is_request);
    job.answer(reading, {Transport::replied, {status, "{}"}});
    Document list;
    REQUIRE(list.parse(settles.last));
    return list.root().first()["delay_ms"].integer();
  };
  const std::int64_t base = RepairRunner::test_settings().retry_base_ms;
  CHECK(delay(429, "0") == base / 2);
  CHECK(delay(429, "5") == base / 2);
  CHECK(delay(429, "45") == 45'000);
  for (const int status : {401, 429, 503}) {
    const std::int64_t unasked = delay(status, "");
    CHECK(unasked >= base / 2);
    CHECK(unasked <= base);
  }
}

TEST_CASE("the words that are kept of a finding have a limit, and stay whole characters") {
  RepairWorld world;
  world.plant();
  Settles settles;
  world.hears = settles.hearing();
  RepairRunner job(world, "t1");
  const FetchCommand reading =
      take_request(job, [](const Command& each) { return is_reading(each, "/v2/disputes"); });
  std::string state(900, 'd');
  for (int i = 0; i < 50; ++i) state += "ü";
  job.answer(reading, {Transport::replied,
                       {200, R"({"disputes":[{"id":"D1","state":")" + state +
                                 R"(","disputed_payment":{"payment_id":"P2"}}]})"}});
  Document list;
  REQUIRE(list.parse(settles.last));
  const std::string detail(list.root().first()["detail"].text());
  CAPTURE(detail);
  CHECK(detail.size() >= 999);
  CHECK(detail.size() <= 1000);
  CHECK(settles.last.find("\xEF\xBF\xBD") == std::string::npos);
}

TEST_CASE("where an account refuses requests, its other repairs wait with it, and others go on") {
  RepairWorld world;
  world.database.execute(
      "INSERT INTO pos_accounts (restaurant_id, location_id) VALUES ('shut', 'L1'), ('open', "
      "'L1')");
  for (int i = 1; i <= 4; ++i) {
    const std::string n = std::to_string(i);
    world.square.sell("S" + n, "SP" + n, 1000 + i);
    world.square.sell("O" + n, "P" + n, 1000 + i);
    world.approve("P" + n, "O" + n, "S" + n, 1000 + i, i < 4 ? "shut" : "open");
  }
  Settles settles;
  world.hears = settles.hearing();
  world.square.retry_after = "45";
  pos::Settings settings = RepairRunner::test_settings();
  settings.concurrency = 1;
  RepairRunner job(world, "t1", settings);
  const FetchCommand first =
      take_request(job, [](const Command& each) { return reads(each, "P1"); });
  job.answer(first, {Transport::replied, {429, "{}"}});
  REQUIRE(job.run_until(world::is_repair_settle));
  CHECK(settles.all == "P1 P2 P3 P4 ");
  Document list;
  REQUIRE(list.parse(settles.last));
  const pos::json::Value second = list.root().at(1);
  CHECK(second["event"].equals("survey_not_sent"));
  CHECK(second["delay_ms"].integer() == 45'000);
  CHECK(second["detail"].equals("throttled: 429 reply without errors"));
  CHECK(list.root().at(3)["event"].equals("refund_done"));
}

TEST_CASE("with few requests left, what is begun is finished before more of it is begun") {
  std::string all;
  for (const std::int64_t budget : {15, 25, 35, 36, 45, 46, 47, 55, 65, 75}) {
    RepairWorld world;
    plant(world, 6);
    pos::Settings settings = RepairRunner::test_settings();
    settings.subrequest_budget = budget;
    int readings = 0;
    world.hears = [&](const Command& command) {
      readings += is_reading(command, "/v2/payments/P") ? 1 : 0;
    };
    RepairRunner(world, "t1", settings).run();
    all += std::to_string(budget) + ": " + std::to_string(readings) + " begun, " +
           std::to_string(
               world.database.integer("SELECT count(*) FROM pos_repairs WHERE state = 'done'")) +
           " done; ";
  }
  CHECK(
      all ==
      R"~(15: 2 begun, 1 done; 25: 3 begun, 2 done; 35: 5 begun, 4 done; 36: 5 begun, 4 done; 45: 6 begun, 5 done; 46: 6 begun, 5 done; 47: 6 begun, 6 done; 55: 6 begun, 6 done; 65: 6 begun, 6 done; 75: 6 begun, 6 done; )~");
}

}  // namespace settling_test
