#include "explore/worlds.hpp"

#include <stdexcept>

#include "harness/duration.hpp"
#include "harness/worker.hpp"

namespace explore {
namespace {
using duration::day;
using duration::hour;
using duration::minute;
using duration::second;

// Jumps of at most so much leave the dedupe window to the worlds that are about it.
constexpr std::int64_t within_the_hour = hour;

pos::Settings small_settings() {
  pos::Settings settings = world::Worker::test_settings();
  settings.max_attempts = 2;
  // No backoff is longer than the quiet time: waits then end at instants that can be named.
  settings.retry_base_ms = 1;
  settings.retry_cap_ms = 1;
  return settings;
}

const std::string price = world::payload();
const std::string other_price = world::payload(99900);

Event enqueues_again() { return {"a producer enqueues A1 again", insertion("A1", price), 1}; }
Event enqueues_other() {
  return {"a producer enqueues A1 with another content", insertion("A1", other_price), 1};
}
Event replaces() {
  return {"a producer replaces A1 by another content",
          "INSERT OR REPLACE INTO pos_sync_queue (order_id, payload) VALUES ('A1', '" +
              other_price + "')",
          1};
}
Event deletes() {
  return {"somebody deletes A1's row", "DELETE FROM pos_sync_queue WHERE order_id = 'A1'", 1};
}
Event resets() {
  return {"somebody sets A1's row back to pending",
          "UPDATE pos_sync_queue SET status = 'pending', attempts = 0, next_attempt_at = 0 "
          "WHERE order_id = 'A1' AND status IN ('failed', 'dead')",
          1};
}
Event edits() {
  return {"somebody edits A1's payload",
          "UPDATE pos_sync_queue SET payload = '" + other_price + "' WHERE order_id = 'A1'", 1};
}

Visitor replays() { return visitor(pos::api::Route::replay, "an operator replays A1"); }
Visitor cancels() { return visitor(pos::api::Route::cancel, "an operator cancels A1"); }
Visitor marks_done() {
  return visitor(pos::api::Route::mark_done, "an operator marks A1 as done",
                 R"({"external_order_id":"BY-HAND","force":true})");
}
Visitor posts(const std::string& payload) {
  Visitor post = visitor(pos::api::Route::create, "a producer posts A1");
  post.request.body = R"({"order_id":"A1","payload":)" + payload + "}";
  return post;
}

// One spelling of each kind of reply; the world of spellings has them all.
const std::vector<RequestFault> kinds = {RequestFault::timeout, RequestFault::throttled,
                                         RequestFault::rejected, RequestFault::unauthorized,
                                         RequestFault::conflict};

// Conflicts lead to looks at once; those have worlds of their own.
const std::vector<RequestFault> without_conflicts = {RequestFault::timeout, RequestFault::throttled,
                                                     RequestFault::rejected,
                                                     RequestFault::unauthorized};

// Scripts by which worlds are prepared.
using Script = std::vector<std::string>;
const Script booked = {"start A", "A claim", "A freeze", "A1 lands", "A1 0", "A settle"};
const Script booked_in_doubt = {"start A", "A claim", "A freeze", "A1 lands", "A1 1", "A settle"};
const Script killed_in_flight = {"start A", "A claim", "A freeze", "A1 lands", "kill A"};

World two_ticks_two_orders() {
  World world =
      named(world_of(2), "two ticks, two orders",
            "every outcome of every command but conflicts and throttling, kills anywhere, one "
            "passing of time");
  world.faults = {RequestFault::timeout, RequestFault::rejected, RequestFault::unauthorized};
  world.d1_faults = 1;
  world.jumps = 1;
  world.jump_most_ms = within_the_hour;
  return world;
}

World three_ticks_one_order() {
  World world =
      named(world_of(1), "three ticks, one order", "a third tick and two passings of time");
  world.ticks = 3;
  world.faults = {RequestFault::timeout, RequestFault::rejected};
  world.jumps = 2;
  world.jump_most_ms = within_the_hour;
  return world;
}

World two_ticks_one_order() {
  World world = named(world_of(1), "two ticks, one order",
                      "each batch may fail twice; its calls are replayed in the wasm modules");
  world.faults = kinds;
  world.d1_faults = 2;
  world.jumps = 1;
  return world;
}

World paid() {
  World world = named(world_of(1, true), "a paid order",
                      "order and payment, totals that differ, the dedupe window");
  world.faults = without_conflicts;
  world.other_totals = true;
  world.jumps = 2;
  return world;
}

World spellings() {
  World world = named(world_of(1, true), "every spelling", "each way to say each outcome");
  world.faults = all_faults();
  world.other_totals = true;
  world.jumps = 1;
  world.jump_most_ms = within_the_hour;
  return world;
}

World contradictions() {
  World world = named(world_of(1, true), "replies that contradict",
                      "answers about another order, about nothing, beside what they deny, and a "
                      "gateway's");
  world.faults = {RequestFault::another_order, RequestFault::bare, RequestFault::no_beside,
                  RequestFault::gateways_no};
  world.request_faults = 2;
  world.kills = false;
  world.jumps = 1;
  world.jump_most_ms = within_the_hour;
  return world;
}

World paid_at_the_till() {
  World world = named(world_of(1, true), "paid at the till",
                      "somebody takes the payment before ours, which is then refused");
  world.faults = {RequestFault::timeout};
  world.request_faults = 1;
  world.deeds = {{"somebody takes the payment of A1 at the till", DeedKind::pays_first, 0}};
  world.tells_who_paid = true;
  world.visitors = {replays()};
  world.kills = false;
  world.jumps = 1;
  world.jump_most_ms = within_the_hour;
  return world;
}

World failing_database() {
  World world = named(world_of(2), "a failing database",
                      "D1 fails again and again, done or not, until a tick gives up");
  world.faults = {RequestFault::timeout};
  world.d1_faults = 6;
  world.ticks = 1;
  world.kills = false;
  return world;
}

World failing_for_two() {
  World world =
      named(world_of(1), "a failing database for two", "four failures of D1 between two ticks");
  world.faults = {RequestFault::timeout};
  world.d1_faults = 4;
  return world;
}

World batches_of_one() {
  World world = named(world_of(2), "batches of one", "a tick that claims twice");
  world.settings.batch_size = 1;
  world.settings.concurrency = 1;
  world.faults = {RequestFault::timeout};
  world.jumps = 1;
  world.jump_most_ms = within_the_hour;
  return world;
}

World edges() {
  World world = named(world_of(1), "edges",
                      "time passes to each boundary exactly, and to a millisecond beside it");
  world.faults = {RequestFault::timeout, RequestFault::throttled_for_long};
  world.edges = true;
  world.jumps = 2;
  world.jump_most_ms = within_the_hour;
  return world;
}

World window() {
  World world = named(world_of(1), "the dedupe window",
                      "an order in doubt, and time that passes to each edge of its window");
  world.prepared = booked_in_doubt;
  world.ticks = 3;
  world.faults = {RequestFault::timeout, RequestFault::rejected};
  world.edges = true;
  world.jumps = 2;
  return world;
}

World edited() {
  World world = named(world_of(1), "edits and deploys",
                      "a payload that is edited, and ticks of another version of the worker");
  world.redeployed.square_version = "2026-09-16";
  world.redeployed.location_id = "L2";
  world.redeploys = true;
  world.faults = {RequestFault::timeout, RequestFault::rejected};
  world.events = {edits()};
  world.jumps = 1;
  world.jump_most_ms = within_the_hour;
  return world;
}

World malformed() {
  World world = named(world_of(1), "a payload that cannot be mapped",
                      "beside one that can, and edited meanwhile");
  world.subjects.push_back({"A2", 1});
  world.enqueued += insertion("A2", R"({"items":"Adana"})");
  world.events = {edits()};
  world.faults = {RequestFault::timeout};
  world.d1_faults = 1;
  world.ticks = 1;
  return world;
}

World booked_again() {
  World world =
      named(world_of(1), "enqueued again after it was booked",
            "the same, another content, another restaurant, a deleted row; also next week");
  world.prepared = booked;
  world.events = {enqueues_again(),
                  enqueues_other(),
                  deletes(),
                  {"another restaurant enqueues A1", insertion("A1", price, "dublin"), 1}};
  world.faults = {RequestFault::timeout};
  world.instants_ms = {8 * day};
  world.jumps = 1;
  return world;
}

World paid_again() {
  World world = named(world_of(1, true), "a paid order, enqueued again",
                      "after it was booked, and after Square forgot its keys");
  world.prepared = {"start A", "A claim",          "A freeze",     "A1 lands",
                    "A1 0",    "A1 payment lands", "A1 payment 0", "A settle"};
  world.ticks = 3;
  world.events = {
      {"a producer enqueues A1 again", insertion("A1", world::payload(35000, true)), 1}};
  world.faults = {RequestFault::timeout};
  world.instants_ms = {8 * day};
  world.jumps = 1;
  return world;
}

World doubted_again() {
  World world = named(world_of(1), "meddling with an order in doubt",
                      "its row is reset, deleted, replaced, enqueued again; also days later");
  world.prepared = booked_in_doubt;
  world.ticks = 3;
  world.events = {resets(), deletes(), enqueues_again(), replaces()};
  world.faults = {RequestFault::timeout};
  world.jumps = 1;
  return world;
}

World meddling() {
  World world = named(world_of(1), "meddling during a push",
                      "the row is reset, deleted or replaced while a tick works on it");
  world.ticks = 2;
  world.events = {resets(), deletes(), replaces()};
  world.faults = {RequestFault::timeout, RequestFault::rejected};
  world.jumps = 1;
  world.jump_most_ms = within_the_hour;
  return world;
}

World operators() {
  World world = named(world_of(1), "operators", "a replay and a cancel at any moment");
  world.visitors = {replays(), cancels()};
  world.faults = {RequestFault::timeout, RequestFault::rejected};
  world.jumps = 1;
  world.jump_most_ms = within_the_hour;
  return world;
}

World other_totals() {
  World world = named(world_of(1), "a replay of another total",
                      "Square makes another total of an order, and an operator replays it");
  world.other_totals = true;
  world.visitors = {replays()};
  world.faults = {RequestFault::timeout};
  world.jumps = 1;
  world.jump_most_ms = within_the_hour;
  return world;
}

World paid_other_totals() {
  World world = other_totals();
  world.name = "a paid order of another total";
  world.about = "it is replayed and enqueued again, and its payment must not follow";
  const std::string payload = world::payload(35000, true);
  world.enqueued = insertion("A1", payload);
  world.events = {{"a producer enqueues A1 again", insertion("A1", payload), 1}};
  world.jumps = 0;
  return world;
}

World marked_done() {
  World world = named(world_of(1), "marked as done",
                      "an operator's word at any moment, also for an order in doubt");
  world.visitors = {marks_done(), replays()};
  world.faults = {RequestFault::timeout};
  world.jumps = 1;
  return world;
}

World unmarked() {
  World world = named(world_of(1), "marked as done, and undone",
                      "a mark that is taken back leaves what was known before, a doubt included");
  world.visitors = {marks_done(), visitor(pos::api::Route::undo_mark_done,
                                          "an operator undoes the mark", R"({"reason":"a typo"})")};
  world.faults = {RequestFault::timeout};
  world.request_faults = 1;
  world.jumps = 1;
  world.jump_most_ms = within_the_hour;
  return world;
}

World marked_as_one() {
  World world = named(world_of(2), "two marked as one",
                      "an order of the till that A1 is marked done as is not what A2 was sold as");
  Visitor other = visitor(pos::api::Route::mark_done, "another operator marks A2 as done",
                          R"({"external_order_id":"BY-HAND"})");
  other.request.order_id = "A2";
  world.visitors = {marks_done(), other};
  world.ticks = 1;
  world.faults = {RequestFault::timeout};
  return world;
}

// The fingerprint of a set is of its row and when that changed; it is told by a look before.
World replayed_by_filter(const char* status) {
  World world = named(world_of(1), status, "an operator asks how many a filter lets through");
  world.visitors = {visitor(pos::api::Route::replay_many, "an operator looks at a set of orders",
                            status == std::string("a set, the dead")
                                ? R"({"filter":{"status":"dead"},"dry_run":true})"
                                : R"({"filter":{"status":"failed"},"dry_run":true})")};
  world.faults = {RequestFault::timeout, RequestFault::rejected};
  world.ticks = 1;
  return world;
}

World posted() {
  World world = named(world_of(1), "posted twice", "two producers at the door, and a tick");
  world.enqueued.clear();
  world.visitors = {posts(price), posts(other_price)};
  world.faults = {RequestFault::timeout};
  world.d1_faults = 1;
  world.ticks = 1;
  return world;
}

World watched() {
  World world = named(world_of(1), "watched", "what is only looked at stays as it is");
  world.visitors = {visitor(pos::api::Route::show, "somebody looks at A1"),
                    visitor(pos::api::Route::status, "somebody looks at the status")};
  world.faults = {RequestFault::timeout, RequestFault::rejected, RequestFault::unseen_code};
  world.ticks = 1;
  return world;
}

World listed(const char* status) {
  World world = named(world_of(1), "listed", "lists at any moment");
  Visitor list = visitor(pos::api::Route::list, "somebody lists the orders");
  world.visitors = {list, list};
  world.visitors[1].request.filter.status = status;
  world.faults = {RequestFault::timeout, RequestFault::rejected};
  world.ticks = 1;
  return world;
}

World listed_dead() { return named(listed("dead"), "listed, the dead", "lists at any moment"); }
World listed_failed() {
  return named(listed("failed"), "listed, the failed", "lists at any moment");
}

World pauses() {
  World world =
      named(world_of(1), "pauses", "throttling and refused tokens, with and without a Retry-After");
  world.faults = {RequestFault::throttled, RequestFault::throttled_for_long,
                  RequestFault::unauthorized, RequestFault::forbidden};
  world.jumps = 2;
  world.jump_most_ms = within_the_hour;
  return world;
}

World pauses_for_others() {
  World world = named(world_of(2), "pauses for others",
                      "an account that pauses while another order of it is on its way");
  world.faults = {RequestFault::throttled_for_long, RequestFault::unauthorized};
  world.jumps = 1;
  world.jump_most_ms = within_the_hour;
  world.kills = false;
  return world;
}

World breaker() {
  World world = named(world_of(4), "an outage",
                      "four unknown outcomes in a row stand already; one more opens the breaker");
  world.prepared = {"start A anew", "A claim", "A freeze", "A1 1",   "A2 1",
                    "A3 1",         "A4 1",    "A settle", "event 0"};
  world.events = {{"somebody deletes two of the rows",
                   "DELETE FROM pos_sync_queue WHERE order_id IN ('A3', 'A4')", 0}};
  world.ticks = 3;
  world.settings.max_attempts = 3;
  world.redeployed = world.settings;
  world.settings.batch_size = 1;
  world.settings.concurrency = 1;
  world.faults = {RequestFault::timeout, RequestFault::unauthorized};
  world.lands_late = false;
  world.jumps = 2;
  world.jump_most_ms = 5 * minute;
  world.kills = false;
  return world;
}

World suspects() {
  World world = named(world_of(2), "an order that kills",
                      "workers die with it; from the second time on it is taken alone");
  world.prepared = {"start A", "A claim", "kill A", "jump 960000"};
  world.ticks = 3;
  world.jumps = 2;
  world.jump_most_ms = within_the_hour;
  world.lands_late = false;
  return world;
}

World last_attempt() {
  World world =
      named(world_of(1), "the last attempt", "one attempt is gone, and the order in doubt");
  world.prepared = booked_in_doubt;
  world.ticks = 4;
  world.faults = kinds;
  world.jumps = 2;
  world.jump_most_ms = within_the_hour;
  return world;
}

World killed() {
  World world =
      named(world_of(1), "left behind", "a worker died after Square had booked; its lease runs");
  world.prepared = killed_in_flight;
  world.ticks = 3;
  world.faults = kinds;
  world.edges = true;
  world.jumps = 2;
  world.jump_most_ms = within_the_hour;
  return world;
}

World clock_steps() {
  World world = named(world_of(1), "clock steps", "D1's clock steps by CLOCK_STEP, either way");
  world.faults = {RequestFault::timeout};
  world.skews_ms = {30 * second, -30 * second};
  world.jumps = 2;
  world.jump_most_ms = within_the_hour;
  return world;
}

World drifting() {
  World world = named(world_of(1), "a clock between statements",
                      "a lease ends between any two statements of a claim");
  world.prepared = killed_in_flight;
  world.ticks = 3;
  world.drift_ms = 1;
  world.jumps = 2;
  for (std::int64_t before = 1; before <= 10; ++before) {
    world.instants_ms.push_back(960 * second - before);
  }
  world.jump_most_ms = within_the_hour;
  return world;
}

World without_dedupe() {
  World world = named(world_of(2), "a provider that does not dedupe",
                      "whatever is sent twice is booked twice; no outcome is unknown");
  world.dedupes = false;
  world.faults = {RequestFault::rejected, RequestFault::unauthorized};
  world.kills = false;
  world.d1_faults = 1;
  world.jumps = 1;
  world.jump_most_ms = 15 * minute;  // within the lease
  return world;
}

World revisions() {
  World world = named(world_of(1), "a second revision",
                      "enqueued while the first is on its way, in doubt or refused");
  world.subjects.push_back({"A1", 2});
  world.events = {{"a producer enqueues revision 2 of A1", insertion("A1", other_price, "", 2), 1},
                  deletes(),
                  enqueues_again()};
  world.faults = {RequestFault::timeout, RequestFault::rejected};
  world.jumps = 1;
  world.jump_most_ms = within_the_hour;
  return world;
}

World adopted() {
  World world = named(world_of(1), "an adopted table",
                      "the old pusher has tried A1 and may have booked it without a key");
  world.enqueued.clear();
  world.subjects.push_back({"A2", 1});
  world.schema.adopted =
      "INSERT INTO pos_sync_queue (order_id, provider, payload, status, attempts, created_at) "
      "VALUES ('A1', 'square', '" +
      price +
      "', 'failed', 1, '2026-11-18 18:00:00'), "
      "('A1', 'square', '" +
      price +
      "', 'pending', 0, '2026-11-18 18:00:01'), "
      "('A2', 'square', '" +
      price + "', 'pending', 0, '2026-11-18 18:00:00');";
  world.events = {resets(), enqueues_again()};
  world.faults = {RequestFault::timeout};
  world.jumps = 1;
  return world;
}

World poisoned() {
  World world = named(world_of(2), "a poison order",
                      "a tick dies each time it holds A2: A1 is booked, and A2 ends dead");
  world.kills = false;
  world.poison = 1;
  world.settings.max_attempts = 4;
  world.faults = {RequestFault::timeout};
  world.request_faults = 1;
  world.ticks = 4;
  world.jumps = 3;
  world.jump_most_ms = within_the_hour;
  return world;
}

World purged() {
  World world = named(world_of(2), "a purge",
                      "months later an idle tick purges what is settled, and nothing else");
  world.prepared = {"start A", "A claim", "A freeze", "A1 lands",
                    "A1 0",    "A2 1",    "A settle", "jump 8640000000"};
  world.ticks = 3;
  world.enqueued +=
      "INSERT INTO pos_webhook_events (event_id, type, received_at) VALUES ('E0', 'order.created', "
      "1795000000000);";
  world.actor = "cron";
  world.kills = false;  // a purge is one batch
  world.instants_ms = {100 * day, 200 * day};
  world.events = {enqueues_again()};
  world.d1_faults = 1;
  world.jumps = 1;
  return world;
}

}  // namespace

Visitor visitor(pos::api::Route route, const char* story, const char* body) {
  pos::api::Request request;
  request.route = route;
  request.order_id = "A1";
  request.body = body;
  return {story, request};
}
std::string insertion(const std::string& order_id, const std::string& payload,
                      const std::string& restaurant, std::int64_t revision) {
  return "INSERT INTO pos_sync_queue (order_id, provider, restaurant_id, revision, payload) "
         "VALUES ('" +
         order_id + "', 'square', '" + restaurant + "', " + std::to_string(revision) + ", '" +
         payload +
         "') ON CONFLICT (order_id, provider) WHERE status IN ('pending', 'failed') DO NOTHING;";
}

World named(World world, const char* name, const char* about) {
  world.name = name;
  world.about = about;
  return world;
}

World world_of(int orders, bool paid) {
  World world;
  world.settings = world.redeployed = small_settings();
  for (int i = 1; i <= orders; ++i) {
    const std::string id = "A" + std::to_string(i);
    world.subjects.push_back({id, 1});
    world.enqueued += insertion(id, world::payload(35000, paid));
  }
  return world;
}

const std::vector<World>& all_worlds() {
  static const std::vector<World> worlds = [] {
    std::vector<World> all = {two_ticks_two_orders(),
                              three_ticks_one_order(),
                              two_ticks_one_order(),
                              paid(),
                              spellings(),
                              contradictions(),
                              paid_at_the_till(),
                              failing_database(),
                              failing_for_two(),
                              batches_of_one(),
                              edges(),
                              window(),
                              edited(),
                              malformed(),
                              booked_again(),
                              paid_again(),
                              doubted_again(),
                              meddling(),
                              operators(),
                              other_totals(),
                              paid_other_totals(),
                              marked_done(),
                              unmarked(),
                              marked_as_one(),
                              replayed_by_filter("a set, the dead"),
                              replayed_by_filter("a set, the failed"),
                              posted(),
                              watched(),
                              listed_dead(),
                              listed_failed(),
                              pauses(),
                              pauses_for_others(),
                              breaker(),
                              suspects(),
                              last_attempt(),
                              killed(),
                              clock_steps(),
                              drifting(),
                              without_dedupe(),
                              revisions(),
                              adopted(),
                              purged(),
                              poisoned()};
    for (const auto& more : {worlds_of_looks(), worlds_at_the_doors(), worlds_of_refused_accounts(),
                             worlds_of_refused_orders()}) {
      all.insert(all.end(), more.begin(), more.end());
    }
    return all;
  }();
  return worlds;
}

const World& world_named(const std::string& name) {
  for (const World& world : all_worlds()) {
    if (world.name == name) return world;
  }
  throw std::runtime_error("there is no world \"" + name + "\"");
}

}  // namespace explore
