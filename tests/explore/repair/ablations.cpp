#include "explore/repair/ablations.hpp"

#include <optional>
#include <utility>

#include "ablation/layer.hpp"
#include "explore/repair/worlds.hpp"
#include "harness/duration.hpp"
#include "store/fragments.hpp"

namespace explore::repair {
namespace {

using duration::day;
using duration::hour;
using duration::minute;
using duration::second;
using pos::ablation::Layer;
using pos::store::written_out;

/// Two ticks, one refund whose request may end unknown, and time.
World plain(std::uint8_t jumps = 2) {
  World world = world_of(1);
  world.faults = {RequestFault::timeout};
  world.request_faults = 2;
  world.jumps = jumps;
  world.jump_most_ms = hour;
  return world;
}

/// A refund that was sent, in doubt, and several ticks that look for it.
World in_doubt() {
  World world = unguarded(plain(3));
  world.ticks = 4;
  world.kills = false;
  world.cutoffs = false;
  world.request_faults = 1;
  world.prepared = {"start A",
                    "A due",
                    "A claim",
                    "A reads payment P2 0",
                    "A reads order O2 0",
                    "A reads order O1 0",
                    "A reads payment P1 0",
                    "A freeze",
                    "P2 1",
                    "A settle",
                    "kill A"};
  return world;
}

World long_ticks() {
  World world = plain(1);
  world.settings.wall_budget_ms = day;
  world.jump_most_ms = 0;
  return world;
}

/// Whoever lost a repair meets another one that holds it.
World taken_over() {
  World world = long_ticks();
  world.jumps = 2;
  world.ticks = 3;
  world.kills = false;
  world.request_faults = 0;
  return world;
}

World refunded_by_somebody(const char* payment, std::int64_t amount) {
  World world = plain(1);
  world.kills = false;
  world.deeds = {refunds_by_hand("somebody refunds it at the dashboard", payment, amount)};
  return world;
}

/// An open copy is to be canceled, and the seller has a hand in it.
World canceled_while(Deed deed) {
  World world = unpaid_copy();
  world.kills = false;
  world.jumps = 1;
  world.jump_most_ms = hour;
  world.deeds = {std::move(deed)};
  return world;
}

World hurried() {
  World world = plain(2);
  world.deeds = {{"somebody sets the repair's next attempt to now",
                  {},
                  "UPDATE pos_repairs SET next_attempt_at = 0 WHERE state = 'due'",
                  1}};
  return world;
}

Ablation row(AblationKind kind, const char* name, const char* removed,
             std::optional<Invariant> invariant, World world, World intact) {
  return {{kind, name, removed, invariant, {}, {}}, std::move(world), std::move(intact)};
}

Ablation layer(const char* name, const char* removed, Invariant invariant, Layer layer,
               const World& world) {
  World without = world;
  without.removed |= pos::ablation::bit(layer);
  return row(AblationKind::mechanism, name, removed, invariant, without, world);
}

World patched(World world, std::vector<Patch> patches) {
  world.schema.patches = std::move(patches);
  return world;
}

Ablation clause(const char* name, const char* removed, Invariant invariant, const World& world,
                std::vector<Patch> patches) {
  return row(AblationKind::mechanism, name, removed, invariant, patched(world, std::move(patches)),
             world);
}

const std::string fence = " AND r.holder = ?1";
const std::string sendable = "(r.state = 'due' AND r.request IS NOT NULL)";
const std::vector<Patch> unfenced_freeze = {{"repair.log_frozen", fence, ""},
                                            {"repair.freeze", fence, ""},
                                            {"repair.read_frozen", fence, ""}};

std::vector<Patch> and_then(std::vector<Patch> patches, const std::vector<Patch>& more) {
  patches.insert(patches.end(), more.begin(), more.end());
  return patches;
}

/// What is frozen for a generation is frozen anew.
std::vector<Patch> refreezing() {
  const std::string first = written_out(
      "(r.generation < @j(generation) OR (r.generation = @j(generation) "
      "AND r.request IS NULL))");
  return {{"repair.log_frozen", first, "1"}, {"repair.freeze", first, "1"}};
}

std::vector<Ablation> mechanisms_in_sql() {
  std::vector<Ablation> rows;
  rows.push_back(clause("the holder in a settle", "a settle asks nobody whose the repair is",
                        Invariant::stale_settle_of_a_repair, long_ticks(),
                        {{"repair.log_settled", fence, ""}, {"repair.settle", fence, ""}}));
  rows.push_back(clause("the holder in a freeze", "a freeze asks nobody whose the repair is",
                        Invariant::stale_freeze_of_a_repair, taken_over(), unfenced_freeze));
  rows.push_back(clause("the lease in a freeze", "a freeze does not ask whether its lease is over",
                        Invariant::stale_freeze_of_a_repair, long_ticks(),
                        {{"repair.log_frozen", written_out(" AND r.lease_until > @now"), ""},
                         {"repair.freeze", written_out(" AND r.lease_until > @now"), ""},
                         {"repair.read_frozen", written_out(" AND r.lease_until > @now"), ""}}));
  World changing = taken_over();
  changing.deeds = {touches("P2")};
  rows.push_back(row(AblationKind::mechanism, "what is frozen first stays",
                     "no freeze asks whose the repair is, and what is frozen is frozen anew",
                     Invariant::frozen_refund_stays,
                     patched(changing, and_then(unfenced_freeze, refreezing())),
                     patched(changing, unfenced_freeze)));
  rows.push_back(
      clause("a take-over is a doubt", "a repair is taken over as if its owner had sent nothing",
             Invariant::no_refund_is_lost, plain(1), {{"repair.take_over", sendable, "0"}}));
  rows.push_back(clause("the quiet time before a claim", "what is in doubt is claimed at once",
                        Invariant::takes_only_due_repairs, hurried(),
                        {{"repair.take",
                          written_out(" AND (r.in_doubt_since IS NULL "
                                      "OR coalesce(r.last_sent_at, 0) + @f(quiet_ms) "
                                      "<= call.claimed_at)"),
                          ""}}));
  World approved = two_plans();
  approved.jumps = 0;
  const std::string unlike = written_out(" AND NOT EXISTS (SELECT 1 @unlike)");
  rows.push_back(clause("one plan for an order",
                        "an approval does not ask whether another plan has the order already",
                        Invariant::one_copy_stays, approved, {{"", unlike, ""}}));
  World many = patched(approved, {{"", unlike, ""},
                                  {"audit.approve_orders",
                                   " ON CONFLICT (provider, external_order_id) DO NOTHING", ""}});
  many.schema.sql =
      "DROP TABLE pos_repair_orders; CREATE TABLE pos_repair_orders (provider TEXT NOT NULL "
      "DEFAULT 'square', external_order_id TEXT NOT NULL, group_key TEXT NOT NULL, role TEXT NOT "
      "NULL, audit_id TEXT NOT NULL, group_id TEXT NOT NULL, approved_at INTEGER NOT NULL);";
  rows.push_back(row(AblationKind::mechanism, "one group for an order",
                     "the same, and an order's group is not its key",
                     Invariant::an_order_has_one_group, many, approved));
  return rows;
}

std::vector<Ablation> mechanisms_in_the_core() {
  std::vector<Ablation> rows;
  rows.push_back(layer("look first", "a repair in doubt is sent again without a look",
                       Invariant::nothing_in_doubt_is_sent, Layer::look_first, in_doubt()));
  rows.push_back(layer("the second look", "one look that finds no refund is proof",
                       Invariant::no_refund_is_seen_twice, Layer::second_look, in_doubt()));
  rows.push_back(layer("the time before a look",
                       "a look counts however soon after the request it is made",
                       Invariant::no_refund_is_seen_twice, Layer::look_anchor, in_doubt()));
  rows.push_back(layer("the settle delay", "what the lists do not show is not there",
                       Invariant::no_refund_is_seen_twice, Layer::settle_delay, in_doubt()));
  rows.push_back(layer(
      "the survivor's check", "nobody asks what has become of the order that stays",
      Invariant::the_survivor_is_whole, Layer::survivor_check, refunded_by_somebody("P1", 35000)));
  rows.push_back(layer(
      "the copy's content", "what a copy holds is not compared with what was approved",
      Invariant::only_what_was_approved, Layer::copy_content, canceled_while(edits("O2", 45000))));
  rows.push_back(layer("the survivor's content",
                       "what the order that stays holds is not compared with what was approved",
                       Invariant::the_survivor_is_whole, Layer::survivor_content,
                       canceled_while(edits("O1", 45000))));
  rows.push_back(layer("the survivor of a cancel",
                       "before a cancel the survivor's money is not looked at",
                       Invariant::the_survivor_is_whole, Layer::survivor_of_cancel,
                       canceled_while(refunds_by_hand("the seller refunds P1", "P1", 35000))));
  rows.push_back(layer("the seal", "what stands in the table counts as approved",
                       Invariant::only_what_was_approved, Layer::seal, an_intruder()));
  World partly = refunded_by_somebody("P2", 100);
  partly.square.checks_amount = false;
  rows.push_back(layer("any refund stops ours", "what somebody else has refunded is not looked at",
                       Invariant::none_beside_anothers, Layer::others_refunds, partly));
  World versions = partly;
  versions.square.checks_version = false;
  rows.push_back(row(AblationKind::mechanism, "the payment's version",
                     "a refund is not bound to the version that was read",
                     Invariant::none_beside_anothers, versions, partly));
  rows.push_back(layer("a refund's key without the attempt",
                       "the key ends with the number of attempts", Invariant::sent_as_frozen,
                       Layer::key_without_attempt, plain(1)));
  rows.push_back(layer("a refund's lease", "a request is sent although it may land after its lease",
                       Invariant::refunds_within_the_lease, Layer::lease_cutoff, long_ticks()));
  return rows;
}

std::vector<Ablation> assumptions() {
  const auto assumption = [](const char* name, const char* removed, World world, World intact) {
    return row(AblationKind::assumption, name, removed, Invariant::one_refund_of_ours,
               std::move(world), std::move(intact));
  };
  std::vector<Ablation> rows;
  World late = in_doubt();
  late.lands_within_ms = 10 * minute;
  rows.push_back(assumption("a refund lands within QUIET_SECONDS of its start, or never",
                            "one lands ten minutes later", late, in_doubt()));
  World lagging = in_doubt();
  lagging.list_lag_ms = lagging.read_lag_ms = 10 * minute;
  rows.push_back(assumption("a refund shows SETTLE_DELAY_SECONDS after it landed",
                            "neither list nor payment show it for ten minutes", lagging,
                            in_doubt()));
  return rows;
}

std::vector<Ablation> controls() {
  const World same = plain();
  const World turned = patched(plain(), {{"repair.settle", fence, " AND ?1 = r.holder"}});
  return {row(AblationKind::control, "nothing, of a repair",
              "a comparison of the settle is written the other way round", std::nullopt, turned,
              same)};
}

}  // namespace

const std::vector<Ablation>& all_ablations() {
  static const std::vector<Ablation> rows = [] {
    std::vector<Ablation> all;
    for (const auto& part :
         {mechanisms_in_sql(), mechanisms_in_the_core(), assumptions(), controls()}) {
      all.insert(all.end(), part.begin(), part.end());
    }
    for (Ablation& each : all) {
      each.world.name = each.intact.name = each.words.name;
      each.world.must_rest = !each.words.invariant;
    }
    return all;
  }();
  return rows;
}

}  // namespace explore::repair
