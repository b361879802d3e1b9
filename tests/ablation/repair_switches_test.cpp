// What each layer of the repair is there for: how a schedule ends with it, and how without.
#include <doctest/doctest.h>

#include <string>

#include "ablation/layer.hpp"
#include "harness/audit_world.hpp"
#include "harness/duration.hpp"
#include "harness/repair_runner.hpp"

namespace repair_switches_test {

using pos::ablation::Layer;
using world::RepairRunner;
using world::RepairWorld;
using world::RequestFault;

namespace {
using duration::minute;

/// How a schedule ends with every layer there, and how without that one: what has become of the
/// repair, and how many requests Square has seen.
struct RepairEnds {
  std::string intact;
  std::string removed;
};

std::string told(RepairWorld& world) {
  const std::string reason = world.reason("P2");
  return world.state("P2") + " " + reason.substr(0, reason.find(':')) + ", bodies " +
         std::to_string(world.square.bodies.size()) + ", refunds of ours " +
         std::to_string(world.square.ours("P2"));
}

template <typename Schedule>
RepairEnds repair_ends(Layer layer, Schedule schedule) {
  RepairEnds both;
  for (std::string* end : {&both.intact, &both.removed}) {
    RepairWorld world;
    world.plant();
    pos::ablation::removed = end == &both.intact ? 0 : bit(layer);
    schedule(world);
    pos::ablation::removed = 0;
    *end = told(world);
  }
  return both;
}

/// One tick whose request to change something ends so.
void tick(RepairWorld& world, const std::string& id, RequestFault ending) {
  RepairRunner repair_runner(world, id);
  if (repair_runner.run_until(world::is_change)) repair_runner.perform(ending);
  repair_runner.run();
}

}  // namespace

TEST_CASE("a repair in doubt that is not looked for is sent again") {
  const auto [intact, removed] = repair_ends(Layer::look_first, [](RepairWorld& world) {
    tick(world, "t1", RequestFault::failed);
    world.pass(3 * minute);
    tick(world, "t2", RequestFault::none);
  });
  CHECK(intact.rfind("due absent_early, bodies 1", 0) == 0);
  CHECK(removed.rfind("done , bodies 2", 0) == 0);
}

TEST_CASE("a survivor that nobody asks about is refunded, and so is its duplicate") {
  const auto [intact, removed] = repair_ends(Layer::survivor_check, [](RepairWorld& world) {
    world.square.refund_by_hand("P1", 35000, world.database.now_ms);
    tick(world, "t1", RequestFault::none);
  });
  CHECK(intact == "stopped survivor_gone, bodies 0, refunds of ours 0");
  CHECK(removed.rfind("done ", 0) == 0);
  CHECK(removed.find("refunds of ours 1") != std::string::npos);
}

TEST_CASE("a refund of somebody else's that stops nobody stands beside one of ours") {
  const auto [intact, removed] = repair_ends(Layer::others_refunds, [](RepairWorld& world) {
    world.square.checks_amount = false;
    world.square.refund_by_hand("P2", 100, world.database.now_ms);
    tick(world, "t1", RequestFault::none);
  });
  CHECK(intact == "stopped refunded_elsewhere, bodies 0, refunds of ours 0");
  CHECK(removed.rfind("done ", 0) == 0);
  CHECK(removed.find("refunds of ours 1") != std::string::npos);
}

/// What becomes of an open copy of O1 that is to be canceled.
template <typename Deed>
std::string canceled(bool intact, Layer layer, Deed deed) {
  RepairWorld world;
  world.square.sell("O1", "P1", 10000);
  world.square.leave_open("O2", 10000);
  world.approve_cancel("O2", "O1");
  deed(world.square, world.database.now_ms);
  pos::ablation::removed = intact ? 0 : bit(layer);
  RepairRunner(world, "t1").run();
  pos::ablation::removed = 0;
  const std::string reason = world.reason("O2");
  return world.state("O2") + " " + reason.substr(0, reason.find(':'));
}

TEST_CASE("a copy that is compared with nothing is canceled with the dish that was added to it") {
  const auto edit = [](world::PastModel& square, std::int64_t now_ms) {
    square.edit_by_hand("O2", 45000, now_ms);
  };
  CHECK(canceled(true, Layer::copy_content, edit) == "stopped changed");
  CHECK(canceled(false, Layer::copy_content, edit) == "done ");
}

TEST_CASE("a survivor that is compared with nothing may be another sale by now") {
  const auto edit = [](world::PastModel& square, std::int64_t now_ms) {
    square.edit_by_hand("O1", 45000, now_ms);
  };
  CHECK(canceled(true, Layer::survivor_content, edit) == "stopped survivor_gone");
  CHECK(canceled(false, Layer::survivor_content, edit) == "done ");
}

TEST_CASE("a cancel that does not ask for the survivor's money leaves nothing of the sale") {
  const auto refund = [](world::PastModel& square, std::int64_t now_ms) {
    square.refund_by_hand("P1", 10000, now_ms);
  };
  CHECK(canceled(true, Layer::survivor_of_cancel, refund) == "stopped survivor_gone");
  CHECK(canceled(false, Layer::survivor_of_cancel, refund) == "done ");
}

namespace {

/// A restaurant whose token Square refuses, for a day of ticks: where its audit stands then.
std::string after_a_day_of(const world::SquareReply& reply) {
  world::AuditWorld world;
  world.database.execute(
      "INSERT INTO pos_audits (id, from_at, to_at, window_ms) VALUES ('a1', 0, 1000, 2100000)");
  world.database.execute(
      "INSERT INTO pos_audit_places (audit_id, location_id, restaurant_id) "
      "VALUES ('a1', 'L1', '')");
  world.square.instead = [&](const pos::io::FetchCommand&) { return reply; };
  for (int i = 0; i < 48; ++i) {
    world.tick();
    world.database.now_ms += 30 * minute;
  }
  return world.database.text("SELECT step FROM pos_audit_places");
}

}  // namespace

TEST_CASE("without the bound of an audit's tries one seller who left holds it for ever") {
  CHECK(after_a_day_of({401, "{}"}) == "left_out");
  pos::ablation::removed = bit(Layer::audit_bound);
  CHECK(after_a_day_of({401, "{}"}) == "location");
  pos::ablation::removed = 0;
}

TEST_CASE("without the bound of a list one that circles costs each tick all of its requests") {
  const auto pages = [] {
    world::AuditWorld world;
    world.database.execute(
        "INSERT INTO pos_audits (id, from_at, to_at, window_ms) VALUES ('a1', 0, 1000, 2100000)");
    world.database.execute(
        "INSERT INTO pos_audit_places (audit_id, location_id, restaurant_id) "
        "VALUES ('a1', 'L1', '')");
    world.square.instead = [](const pos::io::FetchCommand&) {
      return world::SquareReply{200, R"({"cursor":"again"})"};
    };
    world.tick();
    return world.square.asked.size();
  };
  CHECK(pages() <= 3);
  pos::ablation::removed = bit(Layer::list_bound);
  CHECK(pages() > 300);
  pos::ablation::removed = 0;
}

}  // namespace repair_switches_test
