// Worlds of what stands in the way of an order and is put right, or never can be: what Square has
// refused for good and somebody asks for once more, rows that no worker can hold, claims of others.
#include "ablation/layer.hpp"
#include "explore/ablations.hpp"
#include "explore/worlds.hpp"
#include "harness/duration.hpp"
#include "harness/worker.hpp"

namespace explore {
namespace {

using duration::hour;
using pos::ablation::Layer;

Visitor replays() { return visitor(pos::api::Route::replay, "an operator replays A1"); }

/// A1 was refused for good, by a Square that answers its key with that refusal for ever.
World refused_once() {
  World world = world_of(1);
  world.prepared = {"start A", "A claim", "A freeze", "A1 13", "A settle"};
  world.saves_refusals = true;
  world.visitors = {replays()};
  world.ticks = 3;
  world.jumps = 1;
  world.jump_most_ms = hour;
  return world;
}

World replayed_behind_a_no() {
  World world = named(refused_once(), "replayed behind a refusal",
                      "an order that was refused for good is replayed at any moment, at a Square "
                      "that saves what it refuses, and may refuse it again");
  world.faults = {RequestFault::timeout, RequestFault::rejected};
  return world;
}

World put_right_and_replayed() {
  World world = named(refused_once(), "put right and replayed",
                      "what was refused is put right and replayed: it is sold under its next key, "
                      "whichever worker goes away with it");
  world.prepared.insert(world.prepared.end(), {"visit V1", "V1 look", "V1 change"});
  // Each worker that goes away, and each answer that does not come, costs an attempt.
  world.settings.max_attempts = world.redeployed.max_attempts = 8;
  world.spares = true;
  world.faults = {RequestFault::timeout};
  world.request_faults = 1;
  return world;
}

World refused_payment_replayed() {
  World world = named(world_of(1, true), "a refused payment, replayed",
                      "Square refuses the payment of an order that stands, and an operator replays "
                      "it: the payment alone is asked for again, under its next key");
  world.saves_refusals = true;
  world.visitors = {replays()};
  world.faults = {RequestFault::rejected};
  world.request_faults = 1;
  world.ticks = 2;
  world.jumps = 1;
  world.jump_most_ms = hour;
  return world;
}

World not_to_be_held(const std::string& id, const std::string& sql) {
  World world =
      named(world_of(1), "an order that no worker can hold",
            "its id is no text: it ends dead with its reason, and A1 is pushed beside it");
  world.subjects.push_back({id, 1});
  world.enqueued = "INSERT INTO pos_sync_queue (order_id, payload) VALUES (" + sql + ", '" +
                   world::payload() + "');" + world.enqueued;
  world.faults = {RequestFault::timeout};
  world.request_faults = 1;
  world.d1_faults = 1;
  world.jumps = 1;
  world.jump_most_ms = hour;
  return world;
}

// No UTF-8: D1 hands out another id than it has.
World no_text() { return not_to_be_held("\xff", "CAST(x'ff' AS TEXT)"); }

// Nothing but its length is wrong, so that SQLite can hand it out where nobody has put it aside.
World too_long() {
  const std::string id(201, 'x');
  return not_to_be_held(id, "'" + id + "'");
}

/// D1 refuses, in these words, each batch that says where A2 stands.
std::string refusing(const std::string& in_words) {
  return "CREATE TRIGGER no_room BEFORE UPDATE ON pos_sync_ledger WHEN NEW.order_id = 'A2' AND "
         "NEW.external_order_id IS NOT NULL BEGIN SELECT RAISE(ABORT, '" +
         in_words + "'); END;";
}

World refused_by_d1() {
  World world = named(world_of(2), "a batch that D1 refuses",
                      "what became of A2 cannot be written down: A1 is booked beside it, and A2 "
                      "ends in front of a human, in doubt");
  world.unstorable = 1;
  world.schema.sql = refusing("string or blob too big");
  // One that is killed costs each order that it held an attempt.
  world.settings.max_attempts = world.redeployed.max_attempts = 4;
  world.faults = {RequestFault::timeout};
  world.request_faults = 1;
  world.lands_late = false;
  return world;
}

// Whatever a stranger takes our table for; he knows the columns that claims have everywhere.
const char* const strangers_claims =
    "INSERT INTO pos_sync_claims (claim_key, holder, lease_until) VALUES "
    "('payout:2026-W48', 'me', 1), ('never', 'me', 9223372036854775807), ('ever', 'me', -1), "
    "('free', '', 0), ('soon', 'me', 'soon'), ('real', 'me', 1e300), ('ours', 'A.1', 1); "
    "INSERT INTO pos_sync_claims (claim_key, holder, lease_until, settled_at, takeovers) VALUES "
    "('settled', 'me', 1, 1, 0), ('suspect', 'me', 1, 1, 5), ('later', 'me', 1, 'soon', 2);";

const char* const hosts_purge =
    "DELETE FROM cron_idempotency_claims WHERE claimed_at < datetime('now', '-30 days')";

World claims_of_others() {
  World world = named(world_of(1), "claims of others",
                      "in every state that they can have, among ours and in the host's own table, "
                      "which the host purges");
  world.enqueued += strangers_claims;
  world.events = {{"the host purges its claims", hosts_purge, 1},
                  {"the host claims A1",
                   "INSERT OR IGNORE INTO cron_idempotency_claims (claim_key, claimed_at) VALUES "
                   "('pos-sync:A1:square:2026-11-19', '2026-11-19 00:00:00')",
                   1}};
  world.faults = {RequestFault::timeout};
  world.request_faults = 1;
  world.d1_faults = 1;
  world.jumps = 1;
  world.jump_most_ms = hour;
  return world;
}

Ablation cut(const char* name, const char* removed, Invariant invariant, const World& world,
             const std::vector<Patch>& patches) {
  Ablation ablation{AblationKind::mechanism, name, removed, invariant, world, world};
  ablation.world.schema.patches = patches;
  return ablation;
}

}  // namespace

std::vector<World> worlds_of_refused_orders() {
  return {replayed_behind_a_no(), put_right_and_replayed(), refused_payment_replayed(), no_text(),
          refused_by_d1(),        claims_of_others()};
}

std::vector<Ablation> mechanisms_of_refused_orders() {
  std::vector<Ablation> rows;
  rows.push_back(cut("a refused key is in no doubt",
                     "a worker that goes away before it has frozen anything leaves a doubt",
                     Invariant::nothing_dies_of_its_account, put_right_and_replayed(),
                     {{"claim.mark", " AND l.refused_at IS NULL", ""}}));
  rows.push_back(cut("a freeze ends a refusal", "what is frozen once more counts as refused still",
                     Invariant::doubt_is_kept, put_right_and_replayed(),
                     {{"freeze.write", ", refused_at = NULL", ""}}));
  rows.push_back(cut("what no worker can hold is dead", "it is left to the next worker",
                     Invariant::comes_to_rest, too_long(),
                     {{"claim.reject", "WHERE pos_sync_queue.id = n.id", "WHERE 0"}}));
  {
    World quick = refused_by_d1();
    quick.settings.max_attempts = 1;
    quick.kills = false;
    quick.ticks = 1;
    quick.faults.clear();
    Ablation row{AblationKind::mechanism,
                 "a refused batch is divided",
                 "a batch that D1 will always refuse counts as one that it may take yet",
                 Invariant::comes_to_rest,
                 quick,
                 quick};
    row.world.schema.sql = refusing("D1 is busy");
    rows.push_back(std::move(row));
  }
  const std::vector<Patch> of_anyone = {{"", "AND c.order_id IS NOT NULL", ""}};
  rows.push_back(cut("a claim of ours has an order", "whatever stands among our claims is ours",
                     Invariant::every_batch_is_accepted, claims_of_others(), of_anyone));
  {
    std::vector<Patch> silent = of_anyone;
    silent.push_back({"claim.audit", "WHERE true", "WHERE c.order_id IS NOT NULL"});
    rows.push_back(cut("claims of others are theirs",
                       "the same, and nothing is written of what has no order",
                       Invariant::foreign_claims_stay, claims_of_others(), silent));
  }
  {
    World beside = claims_of_others();
    beside.events.resize(1);
    Ablation row{AblationKind::mechanism,
                 "claims in a table of our own",
                 "they stand in the host's, and go with what the host purges",
                 Invariant::never_two_in_flight,
                 beside,
                 beside};
    row.world.schema.sql =
        "CREATE TRIGGER claims_in_the_hosts_table AFTER DELETE ON cron_idempotency_claims BEGIN "
        "DELETE FROM pos_sync_claims WHERE order_id IS NOT NULL; END;";
    rows.push_back(std::move(row));
  }
  return rows;
}

}  // namespace explore
