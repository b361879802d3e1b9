// Worlds of accounts that Square refuses as a whole: nothing dies of it, whether Square answers a
// key that it has refused with the same refusal for ever or not.
#include "ablation/layer.hpp"
#include "explore/ablations.hpp"
#include "explore/worlds.hpp"
#include "world/duration.hpp"
#include "world/worker.hpp"

namespace explore {
namespace {

using duration::hour;
using pos::ablation::Layer;

World spared(World world) {
  world.spares = true;
  world.saves_refusals = true;
  // What a worker that went away leaves in doubt is never frozen once more: it is sent as it was,
  // and refused as it was, until its key's window is over and two looks have found nothing. That
  // takes longer than the clean ticks that an end is given.
  world.kills = false;
  world.jumps = 1;
  // Shorter than a lease: a worker that is slow is taken over, and leaves a doubt as well.
  world.jump_most_ms = 15 * minute;
  return world;
}

World refused() {
  World world = named(spared(world_of(2)), "refused with its account",
                      "orders that Square refuses to the account, which saves what it refuses");
  world.fates = {Fate::account_refused};
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
  world.fates = {Fate::account_refused};
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
  return {refused(),   refused_and_forgotten(), refused_payment(), corrected(), alike(),
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
              Invariant::comes_to_rest, Layer::fresh_after_a_no, corrected())};
}

}  // namespace explore
