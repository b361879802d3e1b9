#include "explore/ablations.hpp"

#include "ablation/layer.hpp"
#include "explore/worlds.hpp"
#include "harness/duration.hpp"
#include "harness/worker.hpp"

namespace explore {
namespace {

using duration::day;
using duration::hour;
using duration::minute;
using duration::second;
using pos::ablation::Layer;

/// Two ticks, one order, requests that may end unknown, and time.
World plain(std::uint8_t jumps = 1, bool paid = false) {
  World world = world_of(1, paid);
  world.faults = {RequestFault::timeout};
  world.jumps = jumps;
  world.jump_most_ms = hour;
  return world;
}

/// Whatever is sent twice is booked twice; so nothing may happen that calls for a second sending.
World undeduped() {
  World world = world_of(1);
  world.dedupes = false;
  world.kills = false;
  world.jumps = 1;
  world.jump_most_ms = 15 * minute;
  return world;
}

World with_faults(World world, std::vector<RequestFault> faults) {
  world.faults = std::move(faults);
  return world;
}

World without(World world, Layer layer) {
  world.removed |= pos::ablation::bit(layer);
  return world;
}

Ablation layer(const char* name, const char* removed, Invariant invariant, Layer layer,
               const World& world) {
  return {AblationKind::mechanism, name, removed, invariant, without(world, layer), world};
}

Ablation clause(const char* name, const char* removed, Invariant invariant, const World& world,
                const std::vector<Patch>& patches) {
  Ablation ablation{AblationKind::mechanism, name, removed, invariant, world, world};
  ablation.world.schema.patches = patches;
  return ablation;
}

Event by_sql(const char* story, const std::string& sql) { return {story, sql, 1}; }

const char* const reset_sql =
    "UPDATE pos_sync_queue SET status = 'pending', attempts = 0, next_attempt_at = 0 "
    "WHERE order_id = 'A1' AND status = 'failed'";

// ---------------------------------------------------------------- worlds of single ablations

World redeploying() {
  World world = plain();
  world.redeployed.square_version = "2026-09-16";
  world.redeployed.location_id = "L2";
  world.redeploys = true;
  return world;
}

// The clause of the unique index stands in the producers' statement, so they write another one.
World two_producers() {
  World world = world_of(1);
  world.enqueued.clear();
  const std::string sql =
      "INSERT OR IGNORE INTO pos_sync_queue (order_id, payload) VALUES ('A1', '" +
      world::payload() + "')";
  world.events = {by_sql("a producer enqueues A1", sql),
                  by_sql("another producer enqueues A1", sql)};
  return world;
}

World two_calls() {
  World world = world_of(2);
  world.settings.batch_size = 1;
  world.settings.concurrency = 2;
  world.faults = {RequestFault::timeout};
  world.ticks = 1;
  return world;
}

World a_repeated_call() {
  World world = two_calls();
  world.d1_faults = 1;
  return world;
}

World long_ticks() {
  World world = plain();
  world.settings.wall_budget_ms = day;
  return world;
}

World long_leases() {
  World world = plain();
  world.settings.lease_ms = 10 * hour;
  return world;
}

World resetting() {
  World world = plain();
  world.events = {by_sql("somebody sets A1's row back to pending", reset_sql)};
  return world;
}

World declared_dead() {
  World world = plain(0);
  world.ticks = 1;
  world.events = {by_sql("somebody calls A1's row dead",
                         "UPDATE pos_sync_queue SET status = 'dead', last_error = "
                         "'canceled: by hand' WHERE order_id = 'A1'")};
  return world;
}

World enqueued_again() { return world_named("enqueued again after it was booked"); }

World next_week() {
  World world = enqueued_again();
  world.events.resize(1);
  return world;
}

// ---------------------------------------------------------------- patches

const std::vector<Patch> no_claim = {
    {"claim.take", "(held.settled_at IS NULL OR held.takeovers >= 2)", "held.takeovers >= 2"}};

// The report's key: pos-sync:{order_id}:{provider}:{day}.
const std::vector<Patch> calendar_day = {
    {"claim.take", "replace(replace(n.provider, '%', '%25'), ':', '%3A')",
     "replace(replace(n.provider, '%', '%25'), ':', '%3A') || ':' || CAST(open.at / 86400000 AS "
     "TEXT)"},
    {"claim.take", "replace(replace(lane.provider, '%', '%25'), ':', '%3A')",
     "replace(replace(lane.provider, '%', '%25'), ':', '%3A') || ':' || CAST(lane.at / 86400000 AS "
     "TEXT)"}};

const std::vector<Patch> settles_without_token = {{"settle.audit", "AND c.holder = ?1 ", ""},
                                                  {"settle.ledger", "AND c.holder = ?1 ", ""},
                                                  {"settle.queue", "AND c.holder = ?1 ", ""}};

// As if the columns of the ledger were columns of the work row: a new row knows nothing.
const char* const evidence_in_the_row =
    "CREATE TRIGGER evidence_in_the_row AFTER INSERT ON pos_sync_queue BEGIN "
    "DELETE FROM pos_sync_ledger WHERE order_id = NEW.order_id; END;";

// ---------------------------------------------------------------- the table

std::vector<Ablation> mechanisms() {
  std::vector<Ablation> rows;
  rows.push_back(layer("a key without time", "the key ends with the time of its sending",
                       Invariant::one_key_per_order, Layer::key_without_time, plain()));
  rows.push_back(layer("a key without attempts", "the key ends with the number of the attempt",
                       Invariant::one_key_per_order, Layer::key_without_attempt, plain()));
  rows.push_back(layer("a key without chance", "the key ends with something random",
                       Invariant::one_key_per_order, Layer::key_without_random, plain()));
  rows.push_back(layer("frozen bytes", "the body is made anew for each sending",
                       Invariant::one_body_per_key, Layer::frozen_bytes, redeploying()));
  {
    // The token in the freeze stands before this clause, so it is away in both.
    const std::vector<Patch> no_token = {{"freeze.write", "AND c.holder = ?1 ", ""}};
    Ablation row = clause("what is frozen stays", "a freeze overwrites what is stored",
                          Invariant::frozen_bytes_never_change, redeploying(), no_token);
    row.intact.schema.patches = no_token;
    row.world.schema.patches.push_back(
        {"freeze.write",
         "WHERE (pos_sync_ledger.request IS NULL OR (pos_sync_ledger.refused_at IS NOT NULL AND "
         "pos_sync_ledger.refusals < excluded.refusals)) AND",
         "WHERE"});
    rows.push_back(std::move(row));
  }
  {
    Ablation row{AblationKind::mechanism,
                 "no edit behind a push",
                 "a payload is edited whenever somebody likes",
                 Invariant::no_false_success,
                 plain(0),
                 plain(0)};
    row.world.events = row.intact.events = {by_sql(
        "somebody edits A1's payload", "UPDATE pos_sync_queue SET payload = '" +
                                           world::payload(99900) + "' WHERE order_id = 'A1'")};
    row.world.schema.sql = "DROP TRIGGER pos_sync_queue_payload_frozen;";
    rows.push_back(std::move(row));
  }
  {
    Ablation row{AblationKind::mechanism,
                 "the unique index",
                 "no index keeps an order from having two active rows",
                 Invariant::one_active_row,
                 two_producers(),
                 two_producers()};
    row.world.schema.sql = "DROP INDEX pos_sync_queue_active;";
    rows.push_back(std::move(row));
  }
  rows.push_back(clause("the claim", "an order is taken whether or not somebody holds it",
                        Invariant::never_two_in_flight, undeduped(), no_claim));
  rows.push_back(clause("the lease", "every open claim counts as abandoned",
                        Invariant::a_held_claim_is_nobody_elses, plain(),
                        {{"", "AND c.lease_until <= call.claimed_at", ""}}));
  rows.push_back(clause("the end of a lease", "a lease never ends", Invariant::comes_to_rest,
                        plain(), {{"", "AND c.lease_until <= call.claimed_at", "AND 0"}}));
  rows.push_back(clause(
      "the bound on takeovers", "an order that kills its workers is taken for ever",
      Invariant::comes_to_rest, world_named("a poison order"),
      {{"claim.attempts", "pos_sync_queue.attempts >= json_extract(?2, '$.attempts')", "false"}}));
  rows.push_back(clause("a suspect is taken alone",
                        "an order that kills its workers is taken with others",
                        Invariant::comes_to_rest, world_named("a poison order"),
                        {{"claim.take", "held.takeovers >= 2", "held.takeovers >= 200"}}));
  rows.push_back(clause("the doubt of an abandoned claim", "a takeover writes no doubt",
                        Invariant::doubt_is_kept, plain(),
                        {{"claim.mark", "WHERE l.request IS NOT NULL", "WHERE 0"}}));
  rows.push_back(clause("the token in a settle", "a settle asks only that the claim is open",
                        Invariant::stale_settle_writes_nothing, plain(2), settles_without_token));
  rows.push_back(clause("the token in a freeze", "a freeze asks only that the claim is open",
                        Invariant::stale_freeze_writes_nothing, plain(),
                        {{"freeze.write", "AND c.holder = ?1 ", ""}}));
  rows.push_back(
      clause("the token in a release", "a release asks only that the claim is open",
             Invariant::stale_release_frees_nobody, plain(2),
             {{"settle.claims", "WHERE pos_sync_claims.holder = excluded.holder AND", "WHERE"}}));
  rows.push_back(clause("one line, one transition",
                        "a settle writes its line whoever holds the order",
                        Invariant::one_line_per_transition, plain(),
                        {{"settle.audit", "AND c.settled_at IS NULL", ""},
                         {"settle.audit", "AND c.holder = ?1 ", ""}}));
  rows.push_back(
      clause("only active rows are settled", "a settle changes a row at rest",
             Invariant::rest_is_left_alone, declared_dead(),
             {{"settle.queue", "AND +pos_sync_queue.status IN ('pending', 'failed')", ""}}));
  rows.push_back(layer("a token for each call", "all claim calls of a tick share one token",
                       Invariant::never_two_in_flight, Layer::token_per_call, two_calls()));
  rows.push_back(clause("a call is closed", "a claim call that is asked again takes more",
                        Invariant::repeats_take_nothing, a_repeated_call(),
                        {{"claim.take", "AND call.settled_at IS NULL ", ""}}));
  rows.push_back(clause("one now", "statements of a claim read the clock each for itself",
                        Invariant::doubt_is_kept, world_named("a clock between statements"),
                        {{"", "AND c.lease_until <= call.claimed_at",
                          "AND c.lease_until <= CAST((julianday('now') - 2440587.5) * 86400000 + "
                          "0.5 AS INTEGER)"}}));
  {
    Ablation row{AblationKind::mechanism,
                 "D1's clock",
                 "the time is a worker's, and one worker's is an hour off",
                 Invariant::a_held_claim_is_nobody_elses,
                 plain(),
                 plain()};
    row.world.worker_clock = true;
    rows.push_back(std::move(row));
  }
  rows.push_back(layer("the lease's cut-off", "a request starts however late it is in its lease",
                       Invariant::sends_within_the_lease, Layer::lease_cutoff, long_ticks()));
  rows.push_back(layer("the tick's cut-off", "a request starts however long the tick has run",
                       Invariant::budgets_are_kept, Layer::wall_cutoff, long_leases()));
  rows.push_back(clause("the quiet time", "what is in doubt is claimed while a request may land",
                        Invariant::never_two_in_flight, resetting(),
                        {{"", "AND quiet.in_doubt_since IS NOT NULL",
                          "AND 0 AND quiet.in_doubt_since IS NOT NULL"}}));
  rows.push_back(layer("the wait before a retry", "what failed is due again at once",
                       Invariant::retries_keep_quiet, Layer::retry_delay, plain()));
  rows.push_back(layer("the dedupe window", "the same key is used however old it is",
                       Invariant::no_key_past_its_window, Layer::window,
                       world_named("the dedupe window")));
  rows.push_back(layer("the recognition of a booking", "what the ledger calls booked is sent again",
                       Invariant::booked_is_never_sent_again, Layer::recognition,
                       enqueued_again()));
  rows.push_back(layer("the comparison of contents", "a booking stands for whatever is enqueued",
                       Invariant::no_false_success, Layer::same_content, enqueued_again()));
  {
    Ablation row{AblationKind::mechanism,
                 "the ledger",
                 "what is known stands in the work row, and goes with it",
                 Invariant::at_most_one_effect,
                 next_week(),
                 next_week()};
    row.world.schema.sql = evidence_in_the_row;
    rows.push_back(std::move(row));
  }
  rows.push_back(layer("a no in doubt is no end", "a definite no ends an order that is in doubt",
                       Invariant::dead_means_not_there, Layer::doubtful_no,
                       with_faults(plain(), {RequestFault::timeout, RequestFault::rejected})));
  rows.push_back(layer("unknown is a doubt", "an unknown outcome counts as not done",
                       Invariant::doubt_is_kept, Layer::unknown_is_doubt, plain(0)));
  rows.push_back(layer("unknown is tried again", "an unknown outcome counts as a no",
                       Invariant::dead_means_not_there, Layer::unknown_retries, plain(0)));
  rows.push_back(layer("throttled is a doubt", "a 429 counts as not done", Invariant::doubt_is_kept,
                       Layer::throttled_is_doubt,
                       with_faults(plain(0), {RequestFault::throttled})));
  rows.push_back(layer("a refused token clears no doubt", "a 401 counts as proof of nothing done",
                       Invariant::doubt_is_kept, Layer::unauthorized_keeps,
                       with_faults(plain(), {RequestFault::timeout, RequestFault::unauthorized})));
  rows.push_back(layer("a conflict is looked into", "a key that is taken counts as a no",
                       Invariant::dead_means_not_there, Layer::conflict_is_look,
                       with_faults(plain(), {RequestFault::timeout, RequestFault::conflict})));
  rows.push_back(layer("out of attempts is no proof", "an order in doubt ends as never booked",
                       Invariant::dead_means_not_there, Layer::look_in_doubt,
                       world_named("the last attempt")));
  rows.push_back(layer("attempts are bounded", "MAX_ATTEMPTS is never reached",
                       Invariant::attempts_are_bounded, Layer::attempts_bound,
                       world_named("the last attempt")));
  rows.push_back(layer("what was not sent is given back", "what was not sent counts as unknown",
                       Invariant::unsent_costs_nothing, Layer::give_back, plain()));
  rows.push_back(layer("totals are compared", "an order of another total counts as the one wanted",
                       Invariant::no_false_success, Layer::total_check, [] {
                         World world = plain(0);
                         world.other_totals = true;
                         return world;
                       }()));
  rows.push_back(layer("a reply is about what was asked",
                       "an answer about another order is believed", Invariant::no_false_success,
                       Layer::reply_matches, with_faults(plain(0), {RequestFault::another_order})));
  rows.push_back(layer("a no is Square's own", "a gateway's 404 counts as a definite no",
                       Invariant::dead_means_not_there, Layer::plain_no,
                       with_faults(plain(0), {RequestFault::gateways_no})));
  rows.push_back(layer("a no stands alone", "a no counts beside the order that it denies",
                       Invariant::dead_means_not_there, Layer::plain_no,
                       with_faults(plain(0), {RequestFault::no_beside})));
  rows.push_back(layer(
      "who else has paid", "a payment that is refused says unpaid, whoever else has paid",
      Invariant::paid_is_not_called_unpaid, Layer::who_has_paid, world_named("paid at the till")));
  rows.push_back(layer("a payment follows", "a paid order is booked without its payment",
                       Invariant::no_false_success, Layer::payment_after_order, plain(0, true)));
  return rows;
}

// ---------------------------------------------------------------- looks, and tokens

/// A1 stands at a Square that knows no keys, and a look may be told that it does not.
World looked_for() {
  World world = world_named("looks instead of keys");
  world.prepared = {"start A", "A claim",  "A freeze",   "A1 lands",
                    "A1 1",    "A settle", "jump 960001"};
  world.ticks = 3;
  world.jumps = 1;
  return world;
}

/// The last attempt is used up, one look has found nothing, and an operator replays the order.
World replayed_between_looks() {
  World world = world_of(1);
  world.settings.max_attempts = 1;
  world.redeployed = world.settings;
  world.visitors = {visitor(pos::api::Route::replay, "an operator replays A1")};
  world.instants_ms = {240'000, 480'000, 1'440'000};
  world.prepared = {"start A",     "A claim", "A freeze", "A1 1",       "A settle",
                    "jump 240000", "start B", "B claim",  "B search 0", "B settle",
                    "visit V1",    "V1 look", "V1 change"};
  world.ticks = 4;
  world.faults = {RequestFault::timeout};
  world.request_faults = 1;
  world.wrong_reads = 1;
  world.jumps = 2;
  world.jump_most_ms = 20 * minute;
  return world;
}

std::vector<Ablation> mechanisms_of_looks() {
  std::vector<Ablation> rows;
  rows.push_back(layer("the second look", "one look that finds nothing is proof",
                       Invariant::at_most_one_effect, Layer::second_look, looked_for()));
  rows.push_back(layer("the first look's anchor", "a look counts however soon after the send it is",
                       Invariant::at_most_one_effect, Layer::look_anchor,
                       world_named("looks instead of keys")));
  rows.push_back(layer("the settle delay", "what a search does not show is not there",
                       Invariant::at_most_one_effect, Layer::settle_delay, [] {
                         World world = world_named("looks instead of keys");
                         world.wrong_reads = 0;
                         world.events = {
                             by_sql("somebody sets A1's row back to pending", reset_sql)};
                         return world;
                       }()));
  rows.push_back(layer("a match is by metadata", "an order with our reference is taken for ours",
                       Invariant::no_false_success, Layer::metadata_match,
                       world_named("a second revision in doubt")));
  rows.push_back(layer("what a page shows is retrieved anew", "a page of a search is believed",
                       Invariant::no_false_success, Layer::retrieve_anew, [] {
                         World world = world_named("looked for, a conflict");
                         world.enqueued = insertion("A1", world::payload());
                         world.deeds.resize(1);  // it is canceled
                         return world;
                       }()));
  rows.push_back(clause("a send between two looks",
                        "a look before the send counts beside one after it",
                        Invariant::dead_means_not_there, replayed_between_looks(),
                        {{"settle.ledger", "json_extract(j.value, '$.sent') = 1 OR ", ""}}));
  rows.push_back(clause("a takeover between two looks",
                        "a look before a worker went away counts beside one after it",
                        Invariant::dead_means_not_there, replayed_between_looks(),
                        {{"claim.mark", ", absent_at = NULL", ""}}));
  rows.push_back(clause(
      "a refusal is of one token", "a token that was refused pauses its successor too",
      Invariant::a_good_token_pauses_nobody, world_named("one token for two"),
      {{"settle.accounts", " AND json_extract(a.value, '$.token_version') = token_version", ""}}));
  return rows;
}

Ablation theory(const char* name, const char* removed, World world, World intact) {
  return {AblationKind::theory, name, removed, Invariant::at_most_one_effect, std::move(world),
          std::move(intact)};
}

std::vector<Ablation> theories() {
  std::vector<Ablation> rows;
  rows.push_back(theory("\"Square debounces\"",
                        "no key that Square would know again; Square is left to notice",
                        without(plain(), Layer::key_without_random), plain()));
  World patient = without(plain(), Layer::key_without_random);
  patient.settings.retry_base_ms = patient.settings.retry_cap_ms = 4 * hour;
  patient.jump_most_ms = 10 * hour;
  World patient_intact = patient;
  patient_intact.removed = 0;
  rows.push_back(theory("\"back off longer\"", "the same, but a retry waits for up to four hours",
                        patient, patient_intact));
  World unique = undeduped();
  unique.schema.patches = no_claim;
  rows.push_back(theory("\"a UNIQUE constraint is enough\"",
                        "rows are unique, but nobody claims them before a push", unique,
                        undeduped()));
  World daily = undeduped();
  daily.instants_ms = {2};
  const World daily_intact = daily;
  daily.schema.patches = calendar_day;
  rows.push_back(theory("a claim for a calendar day", "the claim's key ends with the day", daily,
                        daily_intact));
  return rows;
}

Ablation assumption(const char* name, const char* removed, Invariant invariant, World world,
                    World intact) {
  return {AblationKind::assumption, name, removed, invariant, std::move(world), std::move(intact)};
}

std::vector<Ablation> assumptions() {
  std::vector<Ablation> rows;
  const World intact = plain();
  World late = intact;
  late.lands_within_ms = 10 * minute;
  rows.push_back(assumption("a request lands within QUIET_SECONDS of its start, or never",
                            "one lands ten minutes later", Invariant::at_most_one_effect, late,
                            intact));
  World forgetful = intact;
  forgetful.forgets_after_ms = minute;
  rows.push_back(assumption("Square knows a key for DEDUPE_WINDOW_SECONDS",
                            "it forgets it after a minute", Invariant::at_most_one_effect,
                            forgetful, intact));
  World ignorant = intact;
  ignorant.dedupes = false;
  rows.push_back(assumption("Square dedupes by key", "it books whatever it is sent",
                            Invariant::at_most_one_effect, ignorant, intact));
  World stepping = plain();
  stepping.skews_ms = {20 * minute};
  World stepping_intact = plain();
  stepping_intact.skews_ms = {30 * second};
  rows.push_back(assumption("D1's clock and real time differ by CLOCK_STEP_SECONDS at most",
                            "D1's clock steps by twenty minutes", Invariant::never_two_in_flight,
                            stepping, stepping_intact));
  World slow = long_ticks();
  slow.elapsed_lost_ms = 20 * minute;
  rows.push_back(assumption("the time that a worker measures loses CLOCK_STEP_SECONDS at most",
                            "a worker's clock stands still for twenty minutes",
                            Invariant::sends_within_the_lease, slow, long_ticks()));
  const World looks = world_named("looks instead of keys");
  World lagging = looks;
  lagging.search_lag_ms = 10 * minute;
  rows.push_back(assumption("a search shows an order SETTLE_DELAY_SECONDS after it landed",
                            "it shows it ten minutes later", Invariant::at_most_one_effect, lagging,
                            looks));
  World blind = looked_for();
  blind.wrong_reads = 2;
  rows.push_back(assumption("a search is not wrong twice in a row", "it finds nothing two times",
                            Invariant::at_most_one_effect, blind, looked_for()));
  World torn = intact;
  torn.torn_batches = true;
  torn.d1_faults = 1;
  World torn_intact = intact;
  torn_intact.d1_faults = 1;
  rows.push_back(assumption("a batch of D1 is one transaction", "a batch may be half done",
                            Invariant::one_line_per_transition, torn, torn_intact));
  return rows;
}

std::vector<Ablation> controls() {
  const World world =
      with_faults(plain(), {RequestFault::timeout, RequestFault::throttled, RequestFault::rejected,
                            RequestFault::unauthorized, RequestFault::conflict});
  std::vector<Ablation> rows;
  rows.push_back(
      {AblationKind::control, "nothing", "nothing is taken away", std::nullopt, world, world});
  rows.push_back({AblationKind::control, "the canary",
                  "a bug is planted: an unknown outcome is called booked",
                  Invariant::no_false_success, without(world, Layer::canary), world});
  return rows;
}

}  // namespace

const std::vector<Ablation>& all_ablations() {
  static const std::vector<Ablation> rows = [] {
    std::vector<Ablation> all;
    for (const auto& part :
         {mechanisms(), mechanisms_of_looks(), mechanisms_of_refused_accounts(),
          mechanisms_of_refused_orders(), theories(), assumptions(), controls()}) {
      all.insert(all.end(), part.begin(), part.end());
    }
    for (Ablation& row : all) {
      row.world.name = row.intact.name = row.name;
      // A story that ends with "and then clean ticks follow" hides the end of it.
      // Two of the promises are about the end.
      row.world.must_rest = !row.invariant || *row.invariant == Invariant::comes_to_rest ||
                            *row.invariant == Invariant::nothing_dies_of_its_account;
    }
    return all;
  }();
  return rows;
}

}  // namespace explore
