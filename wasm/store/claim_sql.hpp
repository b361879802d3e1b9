// The claiming batch. Its statements run in this order, in one transaction:
// open, reject_log, reject, mark, audit, attempts, settle_abandoned, take (or take_suspect), probe,
// close, rows, more; or, for one order: open, take_one, close, rows.
//
// Parameters: ?1 the owner token of this call, ?2 {"batch", "slots", "lease_ms", "quiet_ms",
// "restaurant", "start", "attempts", "base_ms", "cap_ms", "order_id", "provider"} where quiet_ms
// holds the clock step already, "slots" is how many requests may be out at once, "restaurant" is
// where the last call of this tick stopped (absent in its first) and "start" is a random number
// that stands in for it.
#pragma once

namespace pos::store::sql {

// The call's own row holds the one `now` of this batch (statements of one D1 batch do not share
// one), and its being there makes a repeat of the call take nothing: the repeat finds it closed.
constexpr char claim_open[] =
    "INSERT INTO pos_sync_claims (claim_key, claimed_at) "
    "VALUES ('tick:' || ?1, @now) ON CONFLICT (claim_key) DO NOTHING";

// A row that a producer's SQL has bent, whatever has become of its claim: nothing that the core
// says of it would find it again, for D1 gives it other bytes.
constexpr char claim_reject_log[] =
    "INSERT INTO pos_sync_audit (order_id, provider, revision, at, actor, event, from_status, "
    "to_status, token, detail) SELECT coalesce(CAST(substr(CAST(n.order_id AS BLOB), 1, 200) AS "
    "TEXT), ''), coalesce(CAST(substr(CAST(n.provider AS BLOB), 1, 50) AS TEXT), ''), "
    "CAST(n.revision AS INTEGER), n.at, "
    "'tick', 'row_rejected', n.status, 'dead', ?1 || ':' || n.id, json_object('words', n.fault, "
    "'row_id', n.id) FROM @faulty WHERE true "
    "ON CONFLICT (order_id, provider, revision, token, event) DO NOTHING";

constexpr char claim_reject[] =
    "UPDATE pos_sync_queue SET status = 'dead', last_error = 'rejected: ' || n.fault, updated_at = "
    "@stamp FROM @faulty WHERE pos_sync_queue.id = n.id RETURNING 'dead', 'row ' || id, last_error";

// What was frozen may have been sent; what was refused for good and is still as it was frozen then
// has not, for it is frozen once more before it is sent. quiet runs once more after the old lease,
// for a request may have been started at its very end. A window that was not running starts with
// the abandoned claim.
constexpr char claim_mark[] =
    "INSERT INTO pos_sync_ledger (order_id, provider, revision, restaurant_id, first_sent_at, "
    "last_sent_at, in_doubt_since) SELECT l.order_id, l.provider, l.revision, l.restaurant_id, "
    "CASE WHEN l.in_doubt_since IS NULL THEN c.claimed_at ELSE coalesce(l.first_sent_at, "
    "c.claimed_at) END, max(coalesce(l.last_sent_at, 0), c.lease_until), "
    "coalesce(l.in_doubt_since, c.claimed_at) "
    "FROM @abandoned CROSS JOIN pos_sync_ledger l ON @same(l, c) "
    "WHERE l.request IS NOT NULL AND l.booked_at IS NULL AND l.refused_at IS NULL "
    "ON CONFLICT (order_id, provider, revision) DO "
    "UPDATE SET first_sent_at = excluded.first_sent_at, last_sent_at = excluded.last_sent_at, "
    "in_doubt_since = excluded.in_doubt_since, absent_at = NULL";

constexpr char claim_audit[] =
    "INSERT INTO pos_sync_audit (order_id, provider, revision, at, actor, event, from_status, "
    "to_status, token, detail) SELECT c.order_id, c.provider, c.revision, call.claimed_at, "
    "'tick', 'taken_over', q.status, "
    "CASE WHEN @active(q) THEN CASE WHEN @worn_out(q) THEN 'dead' ELSE 'failed' END "
    "ELSE q.status END, ?1, json_object('holder', c.holder, "
    "'lease_until', c.lease_until, 'in_doubt', l.in_doubt_since IS NOT NULL) "
    "FROM @abandoned LEFT JOIN pos_sync_queue q ON q.id = c.row_id AND @same(q, c) "
    "LEFT JOIN pos_sync_ledger l ON @same(l, c) "
    "WHERE true ON CONFLICT (order_id, provider, revision, token, event) DO NOTHING";

// An attempt is counted although nobody knows what came of it, so that a payload that kills its
// worker ends in front of a human. One that was claimed with its attempts used up was claimed for
// its last time: what kills every worker must not be decided by a worker. A suspect backs off, so
// that others come before it.
constexpr char claim_attempts[] =
    "UPDATE pos_sync_queue SET status = CASE WHEN @worn_out(pos_sync_queue) THEN 'dead' "
    "ELSE 'failed' END, last_error = CASE WHEN @worn_out(pos_sync_queue) THEN "
    "CASE WHEN EXISTS (SELECT 1 FROM pos_sync_ledger l WHERE @same(l, pos_sync_queue) "
    "AND ((l.request IS NOT NULL AND l.refused_at IS NULL) OR l.in_doubt_since IS NOT NULL)) "
    "THEN 'unknown_outcome: ' "
    "ELSE 'rejected: ' END || 'every worker that held this order went away' "
    "ELSE 'unknown: the worker that held this order went away' END, "
    "next_attempt_at = CASE WHEN EXISTS (SELECT 1 FROM pos_sync_claims c "
    "WHERE c.claim_key = @claim_key(pos_sync_queue) AND c.takeovers >= 1) THEN @now + "
    "min(@f(cap_ms), @f(base_ms) * (1 << min(attempts, 20))) ELSE next_attempt_at END, "
    "attempts = attempts + 1, "
    "updated_at = @stamp WHERE status IN ('pending', 'failed') AND id IN (SELECT c.row_id "
    "FROM @abandoned CROSS JOIN pos_sync_queue q ON q.id = c.row_id AND @same(q, c)) "
    "RETURNING status, order_id, last_error";

constexpr char claim_settle_abandoned[] =
    "UPDATE pos_sync_claims SET lease_until = 0, takeovers = takeovers + 1, settled_at "
    "= (SELECT call.claimed_at FROM pos_sync_claims call "
    "WHERE call.claim_key = 'tick:' || ?1) "
    "WHERE claim_key IN (SELECT c.claim_key "
    "FROM @abandoned)";

// Takes up to `batch` rows. The recursive query is a merge: every round gives each restaurant one
// more of its rows, oldest first, and the limit ends it, so that one restaurant with 10,000 orders
// delays nobody by more than one batch. Beyond `batch` restaurants the circle goes on where the
// last call stopped. An account whose breaker is open gives one order, to probe with, and one that
// was throttled as much of the batch as it has of the slots: what would only wait is left to
// others. A Worker has 128 MB, so a large row is taken only while those before it are less than two
// megabytes; what is left out stays unclaimed, and the next call takes it. (A window function
// would read each small row thrice.)
constexpr char claim_take[] =
    "INSERT INTO pos_sync_claims (claim_key, holder, claimed_at, lease_until, row_id, "
    "order_id, provider, revision) WITH RECURSIVE @restaurants, open_restaurant (id, passed, "
    "account, most, at, own) AS (SELECT restaurant.id, restaurant.id <= pivot.id, a.restaurant_id, "
    "CASE WHEN a.breaker_opens > 0 THEN 1 WHEN a.pace = 0 THEN @f(batch) "
    "ELSE max(1, @f(batch) * a.pace / @f(slots)) END, call.claimed_at, @weight_of_account(a) "
    "FROM pos_sync_claims call "
    "CROSS JOIN pivot CROSS JOIN restaurant "
    "CROSS JOIN pos_accounts a ON a.provider = 'square' AND a.restaurant_id = "
    "@account(restaurant.id) WHERE call.claim_key = 'tick:' || ?1 AND call.settled_at IS NULL "
    "AND restaurant.id IS NOT NULL AND @serving(a, call.claimed_at)), lane (row_id, "
    "next_attempt_at, restaurant, passed, account, most, at, round, order_id, provider, "
    "revision, own, weight) "
    "AS (SELECT q.id, q.next_attempt_at, open.id, open.passed, open.account, open.most, "
    "open.at, 1, "
    "q.order_id, q.provider, q.revision, open.own, open.own + "
    "@weight(q) "
    "FROM open_restaurant open CROSS JOIN pos_sync_queue q ON q.id = @first(AND n.restaurant_id "
    "= open.id AND n.next_attempt_at <= open.at) "
    "UNION ALL SELECT q.id, q.next_attempt_at, open.restaurant, open.passed, open.account, "
    "open.most, open.at, open.round + 1, q.order_id, q.provider, q.revision, open.own, "
    "open.own + @weight(q) "
    "FROM lane open CROSS JOIN pos_sync_queue q ON q.id = coalesce(@first(AND n.restaurant_id = "
    "open.restaurant AND n.next_attempt_at = open.next_attempt_at AND n.id > open.row_id), "
    "@first(AND n.restaurant_id = open.restaurant AND n.next_attempt_at > open.next_attempt_at "
    "AND n.next_attempt_at <= open.at)) "
    "WHERE open.round < open.most ORDER BY 8, 4, 3 LIMIT @f(batch)) "
    "SELECT @claim_key(lane), ?1, lane.at, lane.at + @f(lease_ms), lane.row_id, lane.order_id, "
    "lane.provider, lane.revision FROM lane WHERE @served(lane) AND (lane.weight * @f(batch) <= "
    "1048576 OR coalesce((SELECT sum(earlier.weight) FROM lane earlier WHERE (earlier.round, "
    "earlier.passed, earlier.restaurant) < (lane.round, lane.passed, lane.restaurant) AND "
    "@served(earlier)), 0) < 2097152) @take";

// An order whose claim was abandoned twice in a row may be what kills the workers: it is taken
// alone, when nothing else is in hand.
constexpr char claim_take_suspect[] =
    "INSERT INTO pos_sync_claims (claim_key, holder, claimed_at, lease_until, row_id, "
    "order_id, provider, revision) SELECT @claim_key(n), ?1, call.claimed_at, call.claimed_at + "
    "@f(lease_ms), n.id, n.order_id, n.provider, n.revision "
    "FROM pos_sync_claims call "
    "CROSS JOIN pos_sync_claims c ON c.takeovers >= 2 AND c.settled_at IS NOT NULL "
    "@suspect WHERE call.claim_key = 'tick:' || ?1 AND call.settled_at IS NULL "
    "ORDER BY n.next_attempt_at, n.id LIMIT 1 @take";

// The one order that was just enqueued, under the same fences. An account that is paused or whose
// breaker is open is left to a tick, and so are a suspect and a claim that somebody left behind.
constexpr char claim_take_one[] =
    "INSERT INTO pos_sync_claims (claim_key, holder, claimed_at, lease_until, row_id, "
    "order_id, provider, revision) SELECT @claim_key(n), ?1, call.claimed_at, call.claimed_at + "
    "@f(lease_ms), n.id, n.order_id, n.provider, n.revision "
    "FROM pos_sync_claims call "
    "CROSS JOIN pos_sync_queue n ON n.order_id = @f(order_id) AND n.provider = @f(provider) "
    "AND @active(n) AND n.next_attempt_at <= call.claimed_at "
    "CROSS JOIN pos_accounts a ON a.provider = 'square' AND a.restaurant_id = "
    "@account(n.restaurant_id) AND @serving(a, call.claimed_at) AND a.breaker_opens = 0 "
    "WHERE call.claim_key = 'tick:' || ?1 AND call.settled_at IS NULL "
    "AND @takable(call.claimed_at) @take";

// While the one order probes, its account stays shut for the others: also if the prober dies.
constexpr char claim_probe[] =
    "UPDATE pos_accounts SET pause_reason = 'probe', "
    "paused_until = (SELECT max(c.lease_until) "
    "FROM pos_sync_claims c WHERE c.holder = ?1 AND c.settled_at IS NULL AND c.holder "
    "<> '') WHERE breaker_opens > 0 AND EXISTS (SELECT 1 "
    "FROM pos_sync_claims c CROSS JOIN pos_sync_claims call ON call.claim_key = "
    "'tick:' || ?1 AND call.settled_at IS NULL "
    "CROSS JOIN pos_sync_queue q ON q.id = c.row_id "
    "WHERE c.holder = ?1 AND c.settled_at IS NULL AND c.holder <> '' "
    "AND q.provider = pos_accounts.provider "
    "AND @account(q.restaurant_id) = pos_accounts.restaurant_id)";

constexpr char claim_close[] =
    "UPDATE pos_sync_claims SET settled_at = claimed_at "
    "WHERE claim_key = 'tick:' || ?1 AND settled_at IS NULL";

// The rows of this token with what the ledger knows, read through the claims, so that a repeat of
// the call returns the same ones. Bytes of a payload that are no UTF-8 come out of D1 as U+FFFD;
// how many of those there were before says whether that happened.
constexpr char claim_rows[] =
    "SELECT c.claim_key, c.claimed_at, q.order_id, q.provider, q.revision, q.restaurant_id, "
    "q.status, q.attempts, a.restaurant_id AS account, a.location_id, a.unknown_run, "
    "a.breaker_opens, a.token AS account_token, a.token_version, a.pace, a.refusal, "
    "a.refusal_run, a.refusal_began_at, a.served_at, @ledger, CASE WHEN "
    "q.revision > 1 THEN (SELECT min(e.revision) "
    "FROM pos_sync_ledger e WHERE e.order_id = q.order_id AND e.provider = q.provider AND "
    "e.revision < q.revision AND e.booked_at IS NULL AND (e.in_doubt_since IS NOT NULL OR "
    "e.external_order_id IS NOT NULL)) END AS open_revision, (SELECT max(e.revision) "
    "FROM pos_sync_ledger e WHERE e.order_id = q.order_id AND e.provider = q.provider AND "
    "e.revision > q.revision) AS later_revision, (length(CAST(q.payload AS BLOB)) - "
    "length(CAST(replace(q.payload, char(65533), '') AS BLOB))) / 3 AS replacements, @hints, "
    "@carried "
    "FROM pos_sync_claims c CROSS JOIN pos_sync_queue q ON q.id = c.row_id AND @same(q, "
    "c) CROSS JOIN pos_accounts a ON a.provider = 'square' AND a.restaurant_id = "
    "@account(q.restaurant_id) LEFT JOIN pos_sync_ledger l ON @same(l, c) "
    "WHERE c.lease_until = (SELECT call.claimed_at + @f(lease_ms) FROM pos_sync_claims "
    "call "
    "WHERE call.claim_key = 'tick:' || ?1) "
    "AND c.holder = ?1 AND c.settled_at IS NULL AND c.holder <> '' "
    "ORDER BY q.next_attempt_at, q.id";

// Is there more to take now, is there a suspect to take alone, where in the circle did this call
// begin, and may there be anything to do for the past? Asked after the call was closed, so `now`
// comes from the closed row. The last one saves the job that repairs the past its own question
// where the answer is no, which it is on most days: it says yes wherever that one might
// (repair.due), and each part of it is one row of an index.
constexpr char claim_more[] =
    "WITH RECURSIVE @restaurants SELECT EXISTS (SELECT 1 "
    "FROM pos_sync_claims open "
    "CROSS JOIN restaurant CROSS JOIN pos_accounts a ON a.provider = 'square' AND "
    "a.restaurant_id = @account(restaurant.id) "
    "CROSS JOIN pos_sync_queue n ON n.restaurant_id = restaurant.id AND n.next_attempt_at <= "
    "open.claimed_at AND @active(n) WHERE open.claim_key = 'tick:' || ?1 AND restaurant.id IS "
    "NOT NULL AND @serving(a, open.claimed_at) AND @takable(open.claimed_at)), EXISTS "
    "(SELECT 1 FROM pos_sync_claims call "
    "CROSS JOIN pos_sync_claims c ON c.takeovers >= 2 AND c.settled_at IS NOT NULL "
    "@suspect WHERE call.claim_key = 'tick:' || ?1), (SELECT id "
    "FROM pivot), @past";

}  // namespace pos::store::sql
