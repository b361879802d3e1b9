// Lists of Square's that circle or never end, where money is about to move: they end a look as
// unclear, they cost a bounded number of pages, and they never count as read whole.
#include <doctest/doctest.h>

#include <string>

#include "harness/audit_world.hpp"
#include "harness/duration.hpp"
#include "harness/repair_runner.hpp"
#include "runtime/in_flight.hpp"

namespace endless_lists_test {

using pos::io::Command;
using pos::io::FetchCommand;
using world::AuditWorld;
using world::is_change;
using world::is_reading;
using world::RepairRunner;
using world::RepairWorld;
using world::RequestFault;
using world::SquareReply;

namespace {
using duration::day;
using duration::hour;
using duration::minute;

/// The page after `pages` others of a list that names `circle` cursors again and again, or a fresh
/// one each time (0).
std::string page_of(int pages, int circle, const std::string& things = {}) {
  const int next = circle == 0 ? pages : pages % circle;
  return "{" + things + R"("cursor":"c)" + std::to_string(next) + "\"}";
}

/// Runs a tick in which one list has no end. How many pages of it were asked for.
int run_endless(RepairRunner& job, const std::string& path, int circle) {
  int pages = 0;
  while (job.next()) {
    if (!is_reading(*job.next(), path)) {
      job.perform();
      continue;
    }
    const Command command = job.take();
    job.answer(std::get<FetchCommand>(command),
               {pos::net::Transport::replied, {200, page_of(++pages, circle)}});
  }
  return pages;
}

}  // namespace

TEST_CASE("a refund in doubt whose list has no end is never sent again for it") {
  for (const int circle : {1, 2, 5, 0}) {
    CAPTURE(circle);
    RepairWorld world;
    world.plant();
    RepairRunner first(world, "t0");
    REQUIRE(first.run_until(is_change));
    first.perform(RequestFault::failed);
    first.run();
    world.square.bodies.clear();
    int ticks = 0;
    for (; world.state("P2") == "due" && ticks < 100; ++ticks) {
      world.pass(hour);
      RepairRunner job(world, "t" + std::to_string(ticks + 1));
      CHECK(run_endless(job, "/v2/refunds", circle) <= 200);
    }
    CHECK(world.state("P2") == "stopped");
    CHECK(world.reason("P2").rfind("unknown_outcome: ", 0) == 0);
    CHECK(world.reason("P2").find("the list of refunds does not come to an end") !=
          std::string::npos);
    CHECK(ticks > 1);
    CHECK(ticks < 40);
    CHECK(world.square.bodies.empty());
    CHECK(world.square.ours("P2") == 0);
  }
}

TEST_CASE("a refund is not sent while the list of disputes has no end") {
  for (const int circle : {1, 2, 5, 0}) {
    CAPTURE(circle);
    RepairWorld world;
    world.plant();
    int ticks = 0;
    for (; world.state("P2") == "due" && ticks < 100; ++ticks) {
      RepairRunner job(world, "t" + std::to_string(ticks + 1));
      CHECK(run_endless(job, "/v2/disputes", circle) <= 200);
      world.pass(hour);
    }
    CHECK(world.state("P2") == "stopped");
    CHECK(world.database.integer("SELECT count(*) FROM pos_repair_log WHERE target = 'P2' AND "
                                 "detail LIKE '%the list of disputes does not come to an end%'") >
          0);
    CHECK(ticks < 40);
    CHECK(world.square.bodies.empty());
  }
}

TEST_CASE("however long a repair has to look, audits get on in the same tick") {
  RepairWorld world;
  world.database.execute(
      "INSERT INTO pos_audits (id, from_at, to_at, window_ms) VALUES ('a1', 0, 1000, 2100000)");
  world.database.execute(
      "INSERT INTO pos_audit_places (audit_id, location_id, restaurant_id) "
      "VALUES ('a1', 'L1', '')");
  for (int i = 0; i < 20; ++i) {
    const std::string n = std::to_string(i);
    world.square.sell("S" + n, "SP" + n, 1000 + i);
    world.square.sell("D" + n, "DP" + n, 1000 + i);
    world.approve("DP" + n, "D" + n, "S" + n, 1000 + i);
  }
  pos::Settings settings = RepairRunner::test_settings();
  settings.subrequest_budget = 300;
  RepairRunner job(world, "t1", settings);
  int pages = 0;
  bool reads = false;
  while (job.next()) {
    const bool disputes = is_reading(*job.next(), "/v2/disputes");
    reads = reads || is_reading(*job.next(), "/v2/locations/");
    if (!disputes) {
      job.perform();
      continue;
    }
    const Command command = job.take();
    job.answer(std::get<FetchCommand>(command),
               {pos::net::Transport::replied, {200, page_of(++pages, 0)}});
  }
  CHECK(pages > 50);
  CHECK(pages < 225);
  CHECK(reads);
}

TEST_CASE("what is kept back of a budget is not spent, and is there afterwards") {
  pos::Settings settings = RepairRunner::test_settings();
  settings.subrequest_budget = 100;
  settings.concurrency = 1000;
  pos::runtime::InFlightCommands in_flight(settings, 0, 0);
  pos::io::Commands out;
  const auto spend = [&] {
    while (in_flight.can_send_now()) in_flight.fetch(0, 0, {}, out);
    return in_flight.subrequests_left();
  };
  in_flight.keep_back(25);
  CHECK(spend() == 25 + 16);
  in_flight.keep_back(0);
  CHECK(spend() == 16);
}

TEST_CASE("nothing is approved while a list of what is new since has no end") {
  for (const std::string list : {"orders", "refunds"}) {
    for (const int circle : {1, 2, 3, 0}) {
      CAPTURE(list);
      CAPTURE(circle);
      AuditWorld world;
      for (const std::string id : {"o1", "o1-again"}) {
        world::AuditSquare::Sold sold;
        sold.id = id;
        sold.at_ms = 1'788'220'800'000 + (id == "o1" ? day : day + minute);
        sold.reference = "ref";
        world.square.sell(sold);
      }
      REQUIRE(world.ask("audits.create", R"({"from":"2026-09-01","to":"2026-10-01","id":"a1"})")
                  .status == 201);
      world.read_all();
      pos::json::Document shown;
      REQUIRE(shown.parse(world.ask("audits.show", {}, "a1").body));
      const std::string fingerprint(shown.root()["fingerprint"].text());
      int pages = 0;
      world.square.instead = [&](const FetchCommand& fetch) {
        if (fetch.url.find("/v2/" + list) == std::string::npos) return SquareReply{0, {}};
        return SquareReply{200, page_of(++pages, circle)};
      };
      const std::string body = R"({"fingerprint":")" + fingerprint + R"(","confidence":"certain"})";
      const auto done = world.ask("audits.approve", body, "a1");
      CHECK(done.status == 503);
      CHECK(done.body.find(list + ": a list that does not come to an end") != std::string::npos);
      CHECK(pages <= 6);
      CHECK(world.database.integer("SELECT count(*) FROM pos_repairs") == 0);
      CHECK(world.database.integer("SELECT edition FROM pos_audits") == 1);
      world.square.instead = nullptr;
      CHECK(world.ask("audits.approve", body, "a1").status == 202);
    }
  }
}

}  // namespace endless_lists_test
