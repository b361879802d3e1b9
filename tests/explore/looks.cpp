// The worlds in which an order in doubt is looked for at Square.
#include "explore/worlds.hpp"
#include "harness/duration.hpp"
#include "harness/worker.hpp"

namespace explore {
namespace {
using duration::minute;
using duration::second;

using Script = std::vector<std::string>;

const std::vector<Deed> deeds = {
    {"somebody cancels A1 at Square", DeedKind::cancels, 0},
    {"somebody has made A1 twice at Square", DeedKind::doubles, 0},
    {"somebody changes A1 at Square", DeedKind::alters, 0},
    {"somebody takes the payment of A1 at the till", DeedKind::pays, 0},
    {"somebody takes the payment of A1 at the till, twice", DeedKind::pays_twice, 0},
};

Script operator+(Script script, const Script& more) {
  script.insert(script.end(), more.begin(), more.end());
  return script;
}

// What came of the first request, and of a second one that followed it once all was quiet.
const Script order = {"start A", "A claim", "A freeze"};
const Script payment = {"start A", "A claim", "A freeze", "A1 lands", "A1 0"};
const Script order_lost = {"A1 1", "A settle"};
const Script order_landed = {"A1 lands", "A1 1", "A settle"};
const Script payment_lost = {"A1 payment 1", "A settle"};
const Script payment_landed = {"A1 payment lands", "A1 payment 1", "A settle"};
const Script again = {"jump 150000", "start B", "B claim"};

Script answered(const char* what, RequestFault fault) {
  return {std::string(what) + " " + std::to_string(static_cast<int>(fault)), "B settle"};
}

World named(World world, const std::string& name, const char* about) {
  world.name = name;
  world.about = about;
  return world;
}

/// Square forgets a key as soon as it may: an order in doubt is looked for once it is quiet.
World with_short_window(World world) {
  world.settings.dedupe_window_ms = world.settings.lease_ms + 1;
  world.redeployed = world.settings;
  world.forgets_after_ms = world.settings.dedupe_window_ms;
  return world;
}

World short_window() {
  World world =
      named(with_short_window(world_of(1)), "looks instead of keys",
            "a Square that knows no keys, a request that lands as late as it can, a search "
            "that lags as long as it may, and one that is wrongly empty");
  world.dedupes = false;
  world.prepared = order + order_lost;
  world.ticks = 4;
  world.kills = false;
  world.request_faults = 1;
  world.faults = {RequestFault::timeout};
  world.instants_ms = {119'999};
  world.jump_most_ms = 2 * minute;
  world.wrong_reads = 1;
  world.jumps = 4;
  return world;
}

/// Ticks for an order that is to be looked for, as the script leaves it.
World looked_for(const std::string& why, bool there, const Script& script) {
  World world = named(world_of(1, true), "looked for, " + (there ? why : "and not there, " + why),
                      there ? "whatever a look may find and whoever has changed it meanwhile"
                            : "two looks that find nothing, and whatever comes between them");
  world.prepared = script;
  world.settings.max_attempts = 3;
  world.redeployed = world.settings;
  world.ticks = 4;
  world.lands_late = false;
  world.faults = {RequestFault::timeout, RequestFault::throttled, RequestFault::rejected,
                  RequestFault::unauthorized};
  world.request_faults = 1;
  world.jumps = there ? 1 : 2;
  world.jump_most_ms = 13 * minute;
  world.deeds = deeds;
  if (there) {
    world.wrong_reads = 1;
  } else {
    world.kills = why == "a conflict" || why == "a payment in conflict";
    // A row that is reset by hand is looked for too early.
    world.events = {{"somebody sets A1's row back to pending",
                     "UPDATE pos_sync_queue SET status = 'pending', attempts = 0, next_attempt_at "
                     "= 0 WHERE order_id = 'A1' AND status = 'failed'",
                     1}};
  }
  return world;
}

World out_of_attempts(const std::string& what, bool there, const Script& script) {
  World world = looked_for(what, there, script + Script{"jump 300000"});
  world.settings.max_attempts = 2;
  world.redeployed = world.settings;
  return world;
}

World window_over(const std::string& what, bool there, const Script& script) {
  World world = looked_for(what + " whose window is over", there, script);
  world = with_short_window(world);
  if (!there) {
    world.jumps = 3;
    world.jump_most_ms = 2 * minute;
    world.faults = {RequestFault::timeout};
    world.events.clear();
  } else {
    world.ticks = 3;
    world.kills = false;
  }
  return world;
}

/// An operator wants it canceled.
World canceled(const std::string& what, bool there, const Script& script) {
  World world = looked_for(what + " to be canceled", there,
                           script + Script{"visit V1", "V1 look", "V1 change", "jump 150000"});
  world.visitors = {visitor(pos::api::Route::cancel, "an operator cancels A1")};
  world.ticks = 3;
  world.kills = false;
  world.events.clear();
  if (!there) {
    world.ticks = 4;
    world.jump_most_ms = 2 * minute;
  }
  return world;
}

World every_spelling() {
  World world =
      looked_for("every spelling", true,
                 payment + payment_lost + again + answered("A1 payment", RequestFault::conflict) +
                     Script{"jump 390000"});
  world.faults = all_faults();
  world.ticks = 3;
  world.deeds.clear();
  return world;
}

World doubled() {
  World world = named(with_short_window(world_of(1)), "doubled at Square",
                      "a look that finds two orders, on pages of one order each");
  world.prepared = order + order_landed + Script{"jump 960001", "deed 0"};
  world.deeds = {deeds[1]};
  world.ticks = 3;
  world.visitors = {visitor(pos::api::Route::replay, "an operator replays A1")};
  world.page_most = 1;
  world.faults = {RequestFault::timeout};
  world.jumps = 1;
  world.jump_most_ms = 5 * minute;
  return world;
}

World crashed() {
  World world = named(with_short_window(world_of(1, true)), "a crash between order and payment",
                      "past the window of the keys, with the payment on its way");
  world.prepared = payment + Script{"kill A"};
  world.ticks = 4;
  world.faults = {RequestFault::timeout};
  world.request_faults = 1;
  world.wrong_reads = 1;
  world.instants_ms = {119'999};
  world.jumps = 2;
  world.jump_most_ms = 20 * minute;
  world.deeds = {deeds[0], deeds[2]};
  return world;
}

World second_revision() {
  World world = named(with_short_window(world_of(1)), "a second revision in doubt",
                      "the first one stands at Square under the same reference");
  world.subjects.push_back({"A1", 2});
  world.events = {
      {"a producer enqueues revision 2 of A1", insertion("A1", world::payload(99900), "", 2), 0}};
  world.prepared = order + Script{"A1 lands", "A1 0",     "A settle", "event 0",  "start B",
                                  "B claim",  "B freeze", "A1 1",     "B settle", "jump 150000"};
  world.ticks = 4;
  world.faults = {RequestFault::timeout};
  world.wrong_reads = 1;
  world.jumps = 3;
  world.jump_most_ms = 2 * minute;
  return world;
}

/// What an older pusher has tried without any key: A1, of which it has booked one or none.
World keyless(bool there, bool to_be_canceled) {
  World world = looked_for(std::string("an older pusher's") + (to_be_canceled ? ", canceled" : ""),
                           there, {});
  world.enqueued.clear();
  world.schema.adopted =
      "INSERT INTO pos_sync_queue (order_id, provider, payload, status, attempts, created_at) "
      "VALUES ('A1', 'square', '" +
      world::payload() + "', 'failed', 1, '2026-11-18 18:00:00');";
  if (there) {
    world.strangers = {{R"({"order":{"location_id":"L1","reference_id":"A1","line_items":[]}})",
                        -2 * 3600 * second, 0}};
  }
  if (to_be_canceled) {
    world.prepared = {"visit V1", "V1 look", "V1 change"};
    world.visitors = {visitor(pos::api::Route::cancel, "an operator cancels A1")};
  }
  world.deeds.clear();
  world.kills = false;
  world.ticks = 3;
  if (!there) world.jump_most_ms = 2 * minute;
  return world;
}

}  // namespace

std::vector<World> worlds_of_looks() {
  const Script to_look = {"jump 390000"};
  const Script quiet = {"jump 150000"};
  const Script forgotten = {"jump 960001"};
  std::vector<World> all = {short_window(), crashed(), second_revision(), doubled(),
                            every_spelling()};
  for (const bool there : {true, false}) {
    const Script ordered = order + (there ? order_landed : order_lost);
    const Script paid = payment + (there ? payment_landed : payment_lost);
    all.push_back(looked_for("a conflict", there,
                             ordered + again + answered("A1", RequestFault::conflict) + to_look));
    all.push_back(looked_for("a no", there,
                             ordered + again + answered("A1", RequestFault::rejected) + to_look));
    all.push_back(out_of_attempts("out of attempts", there,
                                  ordered + again + answered("A1", RequestFault::timeout)));
    all.push_back(
        looked_for("a payment in conflict", there,
                   paid + again + answered("A1 payment", RequestFault::conflict) + to_look));
    all.push_back(
        looked_for("a payment that was refused", there,
                   paid + again + answered("A1 payment", RequestFault::rejected) + to_look));
    all.push_back(out_of_attempts("a payment out of attempts", there,
                                  paid + again + answered("A1 payment", RequestFault::timeout)));
    all.push_back(window_over("an order", there, ordered + (there ? forgotten : quiet)));
    all.push_back(window_over("a payment", there, paid + forgotten));
    all.push_back(canceled("an order", there, ordered));
    all.push_back(canceled("a payment", there, paid));
    all.push_back(keyless(there, false));
    all.push_back(keyless(there, true));
  }
  return all;
}

}  // namespace explore
