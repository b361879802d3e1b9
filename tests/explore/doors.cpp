// The worlds of what comes in by the doors: events of webhooks, pushes at once, tokens of accounts.
#include "explore/worlds.hpp"
#include "harness/duration.hpp"
#include "harness/worker.hpp"

namespace explore {
namespace {
using duration::day;
using duration::minute;
using duration::second;

/// An event of Square's about A1; the same one is delivered again under the same id.
Visitor event(const char* story, const char* id) {
  return visitor(pos::api::Route::webhook, story,
                 (std::string(R"({"event_id":")") + id +
                  R"(","type":"order.created","created_at":"2026-11-18T23:59:59Z",)"
                  R"("data":{"type":"order","id":"O-A1-r1","object":{"order_created":)"
                  R"({"order_id":"O-A1-r1","location_id":"L1","state":"OPEN"}}}})")
                     .c_str());
}

// An event says where to look, and may come before the order is there, twice, or beside the settle
// of what it tells of.
World told() {
  World world =
      named(world_of(1), "told by a webhook",
            "an event that comes twice, at any moment of a push and of the looks behind it");
  world.visitors = {event("Square tells of A1", "E1"), event("Square tells of A1 again", "E1")};
  world.ticks = 3;
  world.faults = {RequestFault::timeout};
  world.request_faults = 2;
  world.kills = false;
  world.jumps = 1;
  world.jump_most_ms = 5 * minute;
  return world;
}

World told_of_a_conflict() {
  World world = told();
  world.name = "told of a conflict";
  world.about = "an event, and an order that is to be looked for";
  world.prepared = {"start A", "A claim", "A freeze", "A1 lands", "A1 1", "A settle"};
  world.visitors.resize(1);
  world.faults = {RequestFault::conflict, RequestFault::timeout};
  world.kills = true;
  world.jumps = 2;
  world.jump_most_ms = 20 * minute;
  return world;
}

World at_once() {
  World world = named(world_of(2), "a push at once",
                      "the door pushes A1 alone, beside a tick that takes what is due");
  world.pushed_at_once = "A1";
  world.faults = {RequestFault::timeout};
  world.d1_faults = 1;
  world.jumps = 1;
  world.jump_most_ms = 60 * minute;
  return world;
}

const char* const sealed_tokens =
    "INSERT INTO pos_accounts (restaurant_id, location_id, token, refresh_token, token_version, "
    "renewal_at) VALUES ('r1', 'L1', 'v1.k.AT0', 'v1.k.RT0', 1, 1795132799999);";

pos::Settings renewing(pos::Settings settings) {
  settings.has_accounts_key = settings.has_application_secret = true;
  settings.application_id = "app";
  return settings;
}

// The refresh token works once: who uses it second gets a no, and must not make the first one's
// token forgotten.
World one_token_for_two() {
  World world =
      named(world_of(1), "one token for two",
            "two ticks renew one token that is refused, and its refresh token works once");
  world.tokens = true;
  world.enqueued = sealed_tokens + insertion("A1", world::payload(), "r1");
  world.settings = world.redeployed = renewing(world.settings);
  world.kills = false;
  world.d1_faults = 1;
  world.jumps = 1;
  world.jump_most_ms = 20 * minute;
  return world;
}

World three_renew() {
  World world = one_token_for_two();
  world.name = "a token that is due";
  world.about = "three ticks find it due at once";
  world.enqueued = sealed_tokens;
  world.subjects = {{"A1", 1}};
  world.ticks = 3;
  world.d1_faults = 0;
  world.instants_ms = {day};
  world.jump_most_ms = 2 * day;
  return world;
}

Visitor account(pos::api::Route route, const char* story, const char* body) {
  Visitor made = visitor(route, story, body);
  made.request.restaurant_id = "r1";
  return made;
}

World kept_accounts() {
  World world = named(world_of(1), "accounts", "what operators do to an account while it is used");
  world.enqueued = sealed_tokens + insertion("A1", world::payload(), "r1");
  world.settings = world.redeployed = renewing(world.settings);
  world.visitors = {
      account(pos::api::Route::account_put, "an operator gives r1 another token",
              R"({"restaurant_id":"r1","location_id":"L1","access_token":"AT9"})"),
      account(pos::api::Route::account_pause, "an operator pauses r1", R"({"reason":"closed"})"),
      account(pos::api::Route::account_resume, "an operator resumes r1", ""),
      account(pos::api::Route::account_renew, "an operator wants r1's token renewed", "")};
  world.ticks = 1;
  world.kills = false;
  world.must_rest = false;  // what an operator has paused waits for him
  return world;
}

}  // namespace

std::vector<World> worlds_at_the_doors() {
  return {told(),        told_of_a_conflict(), at_once(), one_token_for_two(),
          three_renew(), kept_accounts()};
}

}  // namespace explore
