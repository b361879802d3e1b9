// Worlds of accounts that Square refuses as a whole: nothing dies of it, whether Square answers a
// key that it has refused with the same refusal for ever or not.
#include "ablation/layer.hpp"
#include "explore/ablations.hpp"
#include "explore/worlds.hpp"
#include "harness/duration.hpp"
#include "harness/worker.hpp"

namespace explore {
namespace {

using duration::hour;
using duration::minute;
using pos::ablation::Layer;

World spared(World world) {
  world.spares = true;
  world.saves_refusals = true;
  // Shorter than a lease: an order that is taken over has used up one of its two attempts.
  world.kills = false;
  world.jumps = 1;
  world.jump_most_ms = 15 * minute;
  return world;
}

/// Workers that go away and answers that do not come leave doubts, and time passes beyond leases.
/// Each of them costs an attempt, and none may be the last.
World doubtful(World world) {
  world.kills = true;
  world.faults = {RequestFault::account_refused, RequestFault::timeout};
  world.settings.max_attempts = world.redeployed.max_attempts = 8;
  world.jump_most_ms = hour;
  return world;
}

World refused() {
  World world = named(spared(world_of(2)), "refused with its account",
                      "orders that Square refuses to the account, which saves what it refuses");
  world.faults = {RequestFault::account_refused};
  world.request_faults = 2;
  return world;
}

World refused_and_forgotten() {
  World world = named(refused(), "refused with its account, and forgotten",
                      "the same at a Square that forgets what it has refused");
  world.saves_refusals = false;
  return world;
}

World refused_payment() {
  World world = named(spared(world_of(1, true)), "a payment refused with its account",
                      "the order stands, where it stands, and only its payment is asked for again");
  world.faults = {RequestFault::account_refused};
  world.request_faults = 3;
  return world;
}

World corrected() {
  World world = named(spared(world_of(1)), "a location that was corrected",
                      "what was refused at a closed location is sold at the one that is set now");
  world.closed_location = "L1";
  world.events = {{"an operator sets another location",
                   "UPDATE pos_accounts SET location_id = 'L2', paused_until = 0, "
                   "pause_reason = '', breaker_opens = 0",
                   1}};
  world.prepared = {"start A", "A claim", "A freeze", "A1 lands", "A1 0", "A settle", "event 0"};
  world.ticks = 3;
  return world;
}

World refused_in_doubt() {
  World world = named(doubtful(spared(world_of(1))), "in doubt, and refused with its account",
                      "an order whose answer never came, or whose worker went away, and which is "
                      "refused with its account: it is looked for, and sold");
  world.request_faults = 2;
  world.ticks = 3;
  return world;
}

World refused_payment_in_doubt() {
  World world =
      named(doubtful(spared(world_of(1, true))), "a payment in doubt, and refused with its account",
            "the order stands, its payment may, and the account is refused");
  world.prepared = {"start A", "A claim",      "A freeze", "A1 lands",
                    "A1 0",    "A1 payment 1", "A settle"};
  world.request_faults = 1;
  world.ticks = 3;
  return world;
}

// The account has served others since, and this order's frozen bytes name the closed location.
World corrected_in_doubt() {
  World world = named(doubtful(spared(world_of(1))), "in doubt at a location that was corrected",
                      "what was sent to a closed location without an answer is looked for, and "
                      "sold at the one that is set now");
  world.faults = {RequestFault::timeout};
  world.request_faults = 1;
  world.closed_location = "L1";
  world.events = corrected().events;
  world.prepared = {"start A", "A claim", "A freeze", "A1 1", "A settle", "event 0"};
  world.ticks = 3;
  world.jumps = 2;
  return world;
}

World alike() {
  World world = named(spared(world_of(5)), "five alike",
                      "five equal refusals of different orders in one tick");
  world.settings.concurrency = world.redeployed.concurrency = 1;
  world.prepared = {"start A", "A claim", "A freeze", "A1 13", "A2 13", "A3 13", "A4 13", "A5 13"};
  world.jumps = 0;
  return world;
}

// Four of them are dead already when the fifth comes.
World one_by_one() {
  World world = named(alike(), "five alike, one by one",
                      "four have died of it before the fifth says that it was the account");
  world.settings.batch_size = world.redeployed.batch_size = 4;
  world.prepared = {"start A", "A claim",  "A freeze", "A1 13",    "A2 13", "A3 13",
                    "A4 13",   "A settle", "A claim",  "A freeze", "A5 13"};
  return world;
}

}  // namespace

std::vector<World> worlds_of_refused_accounts() {
  return {refused(),          refused_and_forgotten(),    refused_payment(),    corrected(),
          refused_in_doubt(), refused_payment_in_doubt(), corrected_in_doubt(), alike(),
          one_by_one()};
}

std::vector<Ablation> mechanisms_of_refused_accounts() {
  const auto row = [](const char* name, const char* removed, Invariant invariant, Layer layer,
                      const World& intact) {
    World world = intact;
    world.removed |= pos::ablation::bit(layer);
    return Ablation{AblationKind::mechanism, name, removed, invariant, world, intact};
  };
  World quick = refused();
  quick.ticks = 1;
  quick.jumps = 0;
  quick.kills = false;
  return {row("an account's refusal", "a refusal of the account is a refusal of its order",
              Invariant::nothing_dies_of_its_account, Layer::account_refusal, quick),
          row("a run of equal refusals", "five equal refusals are about five orders",
              Invariant::nothing_dies_of_its_account, Layer::equal_refusals, alike()),
          row("fresh bytes behind a no", "what was refused is sent again as it was frozen first",
              Invariant::comes_to_rest, Layer::fresh_after_a_no, corrected()),
          row("a fresh key behind a no", "what is frozen once more keeps the key that was refused",
              Invariant::one_body_per_key, Layer::key_after_a_no, corrected()),
          row("a look behind an account's refusal",
              "what is in doubt is sent to an account that refuses it until its key is forgotten",
              Invariant::comes_to_rest, Layer::look_behind_account, corrected_in_doubt())};
}

}  // namespace explore
