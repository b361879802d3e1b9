// Freezing and settling: everything here reaches the ledger and the claim through the claim alone,
// for a queue row can be deleted or replaced while its order is in flight.
#pragma once

#include "store/sql.hpp"

namespace pos::store::sql {

// One entry of the JSON list ?2, joined to its claim if the token ?1 still holds it.
#define POS_HELD                                          \
  "json_each(?2) j CROSS JOIN cron_idempotency_claims c " \
  "ON c.claim_key = json_extract(j.value, '$.key') AND c.holder = ?1 AND c.settled_at IS NULL "

// ---- freeze: ?2 = [{key, restaurant, fingerprint, request}] ----

// What is frozen first stays: other bytes under the same key would be refused by the provider.
constexpr char freeze_write[] =
    "INSERT INTO pos_sync_ledger (order_id, provider, revision, restaurant_id, fingerprint, "
    "request) "
    "SELECT c.order_id, c.provider, c.revision, json_extract(j.value, '$.restaurant'), "
    "json_extract(j.value, '$.fingerprint'), json_extract(j.value, '$.request') "
    "FROM " POS_HELD
    "WHERE true "
    "ON CONFLICT (order_id, provider, revision) DO UPDATE SET "
    "restaurant_id = excluded.restaurant_id, fingerprint = excluded.fingerprint, "
    "request = excluded.request "
    "WHERE pos_sync_ledger.request IS NULL AND pos_sync_ledger.booked_at IS NULL "
    "AND pos_sync_ledger.in_doubt_since IS NULL";

constexpr char freeze_read[] =
    "SELECT c.claim_key, " POS_LEDGER_COLUMNS " FROM " POS_HELD
    "CROSS JOIN pos_sync_ledger l ON l.order_id = c.order_id AND l.provider = c.provider "
    "AND l.revision = c.revision";

// ---- settle: ?2 = [{key, event, status, error, attempts, delay_ms, external_order_id,
// external_payment_id, ledger, sent, doubt, look, booked, detail}], ?3 = accounts ----

// The line comes first, under the same guard as all that follows: a settle has won if and only if
// the line with its token and its event is there.
constexpr char settle_audit[] =
    "INSERT INTO pos_sync_audit (order_id, provider, revision, at, actor, event, from_status, "
    "to_status, token, detail) "
    "SELECT c.order_id, c.provider, c.revision, " POS_NOW
    ", json_extract(j.value, '$.actor'), "
    "json_extract(j.value, '$.event'), q.status, "
    "CASE WHEN q.status IN ('pending', 'failed') "
    "THEN coalesce(json_extract(j.value, '$.status'), q.status) ELSE q.status END, ?1, "
    "json_extract(j.value, '$.detail') "
    "FROM " POS_HELD
    "LEFT JOIN pos_sync_queue q ON q.id = c.row_id AND q.order_id = c.order_id "
    "AND q.provider = c.provider AND q.revision = c.revision "
    "WHERE true ON CONFLICT (order_id, provider, revision, token, event) DO NOTHING";

// first_sent_at is the claimed_at of the first claim that sent under the present doubt: never later
// than the send. last_sent_at is now: never earlier than the send.
constexpr char settle_ledger[] =
    "INSERT INTO pos_sync_ledger (order_id, provider, revision, first_sent_at, last_sent_at, "
    "in_doubt_since, look_because, absent_at, booked_at, external_order_id, external_payment_id) "
    "SELECT c.order_id, c.provider, c.revision, "
    "CASE WHEN json_extract(j.value, '$.sent') = 0 THEN l.first_sent_at "
    "WHEN l.in_doubt_since IS NULL THEN c.claimed_at "
    "ELSE coalesce(l.first_sent_at, c.claimed_at) END, "
    "CASE WHEN json_extract(j.value, '$.sent') = 0 THEN l.last_sent_at ELSE " POS_NOW
    " END, "
    "CASE json_extract(j.value, '$.doubt') WHEN 'set' THEN coalesce(l.in_doubt_since, "
    "c.claimed_at) "
    "WHEN 'clear' THEN NULL ELSE l.in_doubt_since END, "
    "CASE WHEN json_extract(j.value, '$.doubt') = 'clear' THEN '' "
    "WHEN json_extract(j.value, '$.look') <> '' THEN json_extract(j.value, '$.look') "
    "ELSE l.look_because END, "
    "CASE WHEN json_extract(j.value, '$.sent') = 0 THEN l.absent_at END, "
    "CASE WHEN json_extract(j.value, '$.booked') = 1 THEN coalesce(l.booked_at, " POS_NOW
    ") "
    "ELSE l.booked_at END, "
    "coalesce(json_extract(j.value, '$.external_order_id'), l.external_order_id), "
    "coalesce(json_extract(j.value, '$.external_payment_id'), l.external_payment_id) "
    "FROM " POS_HELD
    "CROSS JOIN pos_sync_ledger l ON l.order_id = c.order_id AND l.provider = c.provider "
    "AND l.revision = c.revision "
    "WHERE json_extract(j.value, '$.ledger') = 1 "
    "ON CONFLICT (order_id, provider, revision) DO UPDATE SET "
    "first_sent_at = excluded.first_sent_at, last_sent_at = excluded.last_sent_at, "
    "in_doubt_since = excluded.in_doubt_since, look_because = excluded.look_because, "
    "absent_at = excluded.absent_at, booked_at = excluded.booked_at, "
    "external_order_id = excluded.external_order_id, "
    "external_payment_id = excluded.external_payment_id";

// Only this write asks that the row is still the active one; a row that was settled by somebody
// else, deleted or replaced is left alone. The unary plus keeps the planner from walking the index
// of all active rows, and a CROSS JOIN here would make it walk the whole table: the updated table
// counts as the leftmost.
constexpr char settle_queue[] =
    "UPDATE pos_sync_queue SET "
    "status = coalesce(json_extract(j.value, '$.status'), status), "
    "attempts = attempts + json_extract(j.value, '$.attempts'), "
    "next_attempt_at = CASE WHEN json_extract(j.value, '$.delay_ms') IS NULL THEN next_attempt_at "
    "ELSE " POS_NOW
    " + json_extract(j.value, '$.delay_ms') END, "
    "external_order_id = coalesce(json_extract(j.value, '$.external_order_id'), "
    "external_order_id), "
    "external_payment_id = "
    "coalesce(json_extract(j.value, '$.external_payment_id'), external_payment_id), "
    "last_error = CASE WHEN json_extract(j.value, '$.status') = 'success' THEN NULL "
    "ELSE coalesce(json_extract(j.value, '$.error'), last_error) END, "
    "updated_at = " POS_NOW
    " "
    "FROM json_each(?2) j JOIN cron_idempotency_claims c "
    "WHERE c.claim_key = json_extract(j.value, '$.key') AND c.holder = ?1 "
    "AND c.settled_at IS NULL AND pos_sync_queue.id = c.row_id "
    "AND pos_sync_queue.order_id = c.order_id AND pos_sync_queue.provider = c.provider "
    "AND pos_sync_queue.revision = c.revision "
    "AND +pos_sync_queue.status IN ('pending', 'failed')";

// ?3 = [{restaurant, key, reset, unknowns, pause_ms, reason, opens, release, quiet_ms, base_ms,
// cap_ms}]. Guarded by an open claim, so that a repeated settle does not count twice. Five unknowns
// in a row open the breaker: the account pauses for max(quiet, base * 2^n up to cap).
#define POS_RUN                                                                  \
  "(CASE WHEN json_extract(a.value, '$.reset') = 1 THEN 0 ELSE unknown_run END " \
  "+ json_extract(a.value, '$.unknowns'))"
#define POS_OPENS                                                                      \
  "(json_extract(a.value, '$.opens') = 1 OR (json_extract(a.value, '$.unknowns') > 0 " \
  "AND " POS_RUN " >= 5))"
constexpr char settle_accounts[] =
    "UPDATE pos_accounts SET "
    "paused_until = CASE "
    "WHEN " POS_OPENS
    " THEN max(CASE WHEN pause_reason = 'probe' THEN 0 ELSE paused_until END, " POS_NOW
    " + max(json_extract(a.value, '$.quiet_ms'), min(json_extract(a.value, '$.cap_ms'), "
    "json_extract(a.value, '$.base_ms') * (1 << min(breaker_opens, 20))))) "
    "WHEN json_extract(a.value, '$.pause_ms') > 0 "
    "THEN max(CASE WHEN pause_reason = 'probe' THEN 0 ELSE paused_until END, " POS_NOW
    " + json_extract(a.value, '$.pause_ms')) "
    "WHEN json_extract(a.value, '$.reset') = 1 AND pause_reason <> 'throttled' THEN 0 "
    "WHEN json_extract(a.value, '$.release') = 1 AND pause_reason = 'probe' THEN 0 "
    "ELSE paused_until END, "
    "pause_reason = CASE "
    "WHEN " POS_OPENS
    " THEN CASE WHEN json_extract(a.value, '$.reason') = '' THEN 'unknown_outcomes' "
    "ELSE json_extract(a.value, '$.reason') END "
    "WHEN json_extract(a.value, '$.pause_ms') > 0 THEN json_extract(a.value, '$.reason') "
    "WHEN json_extract(a.value, '$.reset') = 1 AND pause_reason <> 'throttled' THEN '' "
    "WHEN json_extract(a.value, '$.release') = 1 AND pause_reason = 'probe' THEN '' "
    "ELSE pause_reason END, "
    "unknown_run = " POS_RUN
    ", "
    "breaker_opens = CASE WHEN " POS_OPENS
    " THEN "
    "CASE WHEN json_extract(a.value, '$.reset') = 1 THEN 1 ELSE breaker_opens + 1 END "
    "WHEN json_extract(a.value, '$.reset') = 1 THEN 0 ELSE breaker_opens END, "
    "updated_at = " POS_NOW
    " "
    "FROM json_each(?3) a JOIN cron_idempotency_claims c "
    "WHERE c.claim_key = json_extract(a.value, '$.key') AND c.holder = ?1 "
    "AND c.settled_at IS NULL AND pos_accounts.provider = 'square' "
    "AND pos_accounts.restaurant_id = json_extract(a.value, '$.restaurant')";

constexpr char settle_claims[] =
    "UPDATE cron_idempotency_claims SET lease_until = 0, settled_at = " POS_NOW
    ", takeovers = 0 "
    "WHERE claim_key IN (SELECT json_extract(j.value, '$.key') FROM json_each(?2) j) "
    "AND holder = ?1 AND settled_at IS NULL";

// The keys of ?2 whose line is there: those settles have won.
constexpr char settle_read[] =
    "SELECT json_extract(j.value, '$.key') FROM json_each(?2) j "
    "CROSS JOIN cron_idempotency_claims c ON c.claim_key = json_extract(j.value, '$.key') "
    "WHERE EXISTS (SELECT 1 FROM pos_sync_audit a WHERE a.order_id = c.order_id "
    "AND a.provider = c.provider AND a.revision = json_extract(j.value, '$.revision') "
    "AND a.token = ?1 AND a.event = json_extract(j.value, '$.event'))";

}  // namespace pos::store::sql
