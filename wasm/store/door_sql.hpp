// What the HTTP routes read and write. In the statements that look at an order before it is
// changed, or change it, ?1 is the request's own token and ?2 its JSON; in the others ?1 is the
// JSON of a query.
#pragma once

#include "store/sql.hpp"

namespace pos::store::sql {

// The revision that a request is about: the one it names, else the newest that was enqueued.
#define POS_ASKED(json)                                                   \
  "(SELECT json_extract(" json                                            \
  ", '$.order_id') AS order_id, "                                         \
  "json_extract(" json                                                    \
  ", '$.provider') AS provider, "                                         \
  "coalesce(json_extract(" json                                           \
  ", '$.revision'), (SELECT max(newest.revision) "                        \
  "FROM pos_sync_queue newest WHERE newest.order_id = json_extract(" json \
  ", '$.order_id') "                                                      \
  "AND newest.provider = json_extract(" json ", '$.provider')), 1) AS revision) asked "

// All that a route needs to know of one identity, in one row.
constexpr char order_evidence[] =
    "SELECT asked.revision, active.id AS active_id, active.revision AS active_revision, "
    "active.restaurant_id AS active_restaurant, active.status AS active_status, "
    "active.payload AS active_payload, last.id AS last_id, last.restaurant_id AS last_restaurant, "
    "last.status AS last_status, last.last_error, last.payload AS last_payload, "
    "l.order_id IS NOT NULL AS known, " POS_LEDGER_COLUMNS ", "
    "CASE WHEN c.claim_key IS NULL OR c.settled_at IS NOT NULL THEN 'free' "
    "WHEN c.lease_until > " POS_NOW " THEN 'held' ELSE 'abandoned' END AS claim, "
    "max(0, coalesce(c.lease_until, 0) - " POS_NOW ") AS held_ms, a.location_id, "
    "(SELECT min(e.revision) FROM pos_sync_ledger e WHERE e.order_id = asked.order_id "
    "AND e.provider = asked.provider AND e.revision < asked.revision AND e.booked_at IS NULL "
    "AND (e.in_doubt_since IS NOT NULL OR e.external_order_id IS NOT NULL)) AS open_revision, "
    "(SELECT max(e.revision) FROM pos_sync_ledger e WHERE e.order_id = asked.order_id "
    "AND e.provider = asked.provider) AS newest_revision "
    "FROM " POS_ASKED("?2")
    "LEFT JOIN pos_sync_queue active ON active.order_id = asked.order_id "
    "AND active.provider = asked.provider AND active.status IN ('pending', 'failed') "
    "LEFT JOIN pos_sync_queue last ON last.id = (SELECT max(q.id) FROM pos_sync_queue q "
    "WHERE q.order_id = asked.order_id AND q.provider = asked.provider "
    "AND q.revision = asked.revision) "
    "LEFT JOIN pos_sync_ledger l ON l.order_id = asked.order_id AND l.provider = asked.provider "
    "AND l.revision = asked.revision "
    "LEFT JOIN cron_idempotency_claims c ON c.claim_key = " POS_CLAIM_KEY("asked") " "
    "LEFT JOIN pos_accounts a ON a.provider = 'square' AND a.restaurant_id = (SELECT "
    "max(own.restaurant_id) FROM pos_accounts own WHERE own.provider = 'square' "
    "AND own.restaurant_id IN ('', coalesce(json_extract(?2, '$.restaurant_id'), "
    "last.restaurant_id, '')))";

#define POS_FIELD(name) "json_extract(?2, '$." name "')"
#define POS_LINE_WRITTEN \
  "EXISTS (SELECT 1 FROM pos_sync_audit line WHERE line.order_id = " POS_FIELD("order_id")     \
  " AND line.provider = " POS_FIELD("provider") " AND line.revision = " POS_FIELD("revision")  \
  " AND line.token = ?1 AND line.event = " POS_FIELD("event") ") "

// ---- enqueue: ?2 = {order_id, provider, revision, restaurant_id, payload, fingerprint, request,
// actor, event} ----

// The line is the guard: the other statements of the batch ask only whether it was written.
constexpr char enqueue_line[] =
    "INSERT INTO pos_sync_audit (order_id, provider, revision, at, actor, event, to_status, token) "
    "SELECT " POS_FIELD("order_id") ", " POS_FIELD("provider") ", " POS_FIELD("revision") ", "
    POS_NOW ", " POS_FIELD("actor") ", " POS_FIELD("event") ", 'pending', ?1 "
    "WHERE NOT EXISTS (SELECT 1 FROM pos_sync_queue q WHERE q.order_id = " POS_FIELD("order_id") " "
    "AND q.provider = " POS_FIELD("provider") " AND q.status IN ('pending', 'failed')) "
    "AND NOT EXISTS (SELECT 1 FROM pos_sync_ledger l WHERE l.order_id = " POS_FIELD("order_id") " "
    "AND l.provider = " POS_FIELD("provider") " AND ("
    "(l.revision = " POS_FIELD("revision") " AND (l.request IS NOT NULL OR l.booked_at IS NOT NULL "
    "OR l.in_doubt_since IS NOT NULL)) OR l.revision > " POS_FIELD("revision") " "
    "OR (l.revision < " POS_FIELD("revision") " AND l.booked_at IS NULL "
    "AND (l.in_doubt_since IS NOT NULL OR l.external_order_id IS NOT NULL)))) "
    "ON CONFLICT (order_id, provider, revision, token, event) DO NOTHING";

constexpr char enqueue_row[] =
    "INSERT INTO pos_sync_queue (order_id, provider, restaurant_id, revision, payload) "
    "SELECT " POS_FIELD("order_id") ", " POS_FIELD("provider") ", " POS_FIELD("restaurant_id") ", "
    POS_FIELD("revision") ", " POS_FIELD("payload") " WHERE " POS_LINE_WRITTEN
    "AND NOT EXISTS (SELECT 1 FROM pos_sync_ledger l WHERE l.order_id = " POS_FIELD("order_id") " "
    "AND l.provider = " POS_FIELD("provider") " AND l.revision = " POS_FIELD("revision") " "
    "AND (l.request IS NOT NULL OR l.booked_at IS NOT NULL)) "
    "ON CONFLICT (order_id, provider) WHERE status IN ('pending', 'failed') DO NOTHING";

constexpr char enqueue_ledger[] =
    "INSERT INTO pos_sync_ledger (order_id, provider, revision, restaurant_id, fingerprint, "
    "request) SELECT " POS_FIELD("order_id") ", " POS_FIELD("provider") ", "
    POS_FIELD("revision") ", " POS_FIELD("restaurant_id") ", " POS_FIELD("fingerprint") ", "
    POS_FIELD("request") " WHERE " POS_FIELD("request") " IS NOT NULL AND " POS_LINE_WRITTEN
    "ON CONFLICT (order_id, provider, revision) DO UPDATE SET "
    "restaurant_id = excluded.restaurant_id, fingerprint = excluded.fingerprint, "
    "request = excluded.request WHERE pos_sync_ledger.request IS NULL "
    "AND pos_sync_ledger.booked_at IS NULL AND pos_sync_ledger.in_doubt_since IS NULL";

// ---- operators: ?2 = {order_id, provider, revision, row_id, status, event, to_status, actor,
// detail, undoubted, last_error, external_order_id, external_payment_id, restaurant_id,
// fingerprint}

// A claim that is not free stops every operator: what a push is about to learn would be lost.
// `undoubted` also asks that nothing of this order may stand at the provider.
constexpr char operator_line[] =
    "INSERT INTO pos_sync_audit (order_id, provider, revision, at, actor, event, from_status, "
    "to_status, token, detail) "
    "SELECT q.order_id, q.provider, q.revision, " POS_NOW ", " POS_FIELD("actor") ", "
    POS_FIELD("event") ", q.status, " POS_FIELD("to_status") ", ?1, " POS_FIELD("detail") " "
    "FROM pos_sync_queue q WHERE q.id = " POS_FIELD("row_id") " "
    "AND q.order_id = " POS_FIELD("order_id") " AND q.status = " POS_FIELD("status") " "
    "AND NOT EXISTS (SELECT 1 FROM cron_idempotency_claims c WHERE c.claim_key = " POS_CLAIM_KEY("q") " "
    "AND c.settled_at IS NULL) "
    "AND NOT EXISTS (SELECT 1 FROM pos_sync_queue other WHERE other.order_id = q.order_id "
    "AND other.provider = q.provider AND other.status IN ('pending', 'failed') AND other.id <> q.id) "
    "AND (" POS_FIELD("undoubted") " = 0 OR NOT EXISTS (SELECT 1 FROM pos_sync_ledger l "
    "WHERE l.order_id = q.order_id AND l.provider = q.provider AND l.revision = q.revision "
    "AND (l.in_doubt_since IS NOT NULL OR l.external_order_id IS NOT NULL "
    "OR l.booked_at IS NOT NULL))) "
    "ON CONFLICT (order_id, provider, revision, token, event) DO NOTHING";

#define POS_OPERATOR_ROW \
  "WHERE id = " POS_FIELD("row_id") " AND status = " POS_FIELD("status") " AND " POS_LINE_WRITTEN

constexpr char replay_row[] =
    "UPDATE pos_sync_queue SET status = 'pending', attempts = 0, next_attempt_at = " POS_NOW
    ", "
    "last_error = NULL, updated_at = " POS_NOW " " POS_OPERATOR_ROW;

constexpr char cancel_row[] =
    "UPDATE pos_sync_queue SET status = 'dead', last_error = " POS_FIELD("last_error") ", "
    "updated_at = " POS_NOW " " POS_OPERATOR_ROW;

constexpr char done_ledger[] =
    "INSERT INTO pos_sync_ledger (order_id, provider, revision, restaurant_id, fingerprint, "
    "booked_at, external_order_id, external_payment_id) "
    "SELECT " POS_FIELD("order_id") ", " POS_FIELD("provider") ", " POS_FIELD("revision") ", "
    POS_FIELD("restaurant_id") ", " POS_FIELD("fingerprint") ", " POS_NOW ", "
    POS_FIELD("external_order_id") ", " POS_FIELD("external_payment_id") " "
    "WHERE " POS_LINE_WRITTEN
    "ON CONFLICT (order_id, provider, revision) DO UPDATE SET booked_at = excluded.booked_at, "
    "in_doubt_since = NULL, look_because = '', absent_at = NULL, "
    "fingerprint = coalesce(pos_sync_ledger.fingerprint, excluded.fingerprint), "
    "external_order_id = excluded.external_order_id, "
    "external_payment_id = coalesce(excluded.external_payment_id, "
    "pos_sync_ledger.external_payment_id) WHERE pos_sync_ledger.booked_at IS NULL";

constexpr char done_row[] =
    "UPDATE pos_sync_queue SET status = 'success', last_error = NULL, "
    "external_order_id = " POS_FIELD("external_order_id") ", "
    "external_payment_id = coalesce(" POS_FIELD("external_payment_id") ", external_payment_id), "
    "updated_at = " POS_NOW " " POS_OPERATOR_ROW;

constexpr char operator_read[] = "SELECT " POS_LINE_WRITTEN;

// ---- reading ----

#define POS_QUEUE_COLUMNS                                                        \
  "id, order_id, provider, restaurant_id, revision, payload, status, attempts, " \
  "next_attempt_at, external_order_id, external_payment_id, last_error, created_at, updated_at "

constexpr char order_rows[] =
    "SELECT " POS_QUEUE_COLUMNS
    "FROM pos_sync_queue WHERE order_id = json_extract(?1, '$.order_id') "
    "AND provider = json_extract(?1, '$.provider') "
    "AND revision = coalesce(json_extract(?1, '$.revision'), revision) ORDER BY id LIMIT 200";

constexpr char order_ledger[] =
    "SELECT revision, restaurant_id, fingerprint, request, first_sent_at, last_sent_at, "
    "in_doubt_since, look_because, absent_at, booked_at, external_order_id, external_payment_id "
    "FROM pos_sync_ledger WHERE order_id = json_extract(?1, '$.order_id') "
    "AND provider = json_extract(?1, '$.provider') "
    "AND revision = coalesce(json_extract(?1, '$.revision'), revision) ORDER BY revision LIMIT 200";

constexpr char order_audit[] =
    "SELECT revision, at, actor, event, from_status, to_status, token, detail "
    "FROM pos_sync_audit WHERE order_id = json_extract(?1, '$.order_id') "
    "AND provider = json_extract(?1, '$.provider') "
    "AND revision = coalesce(json_extract(?1, '$.revision'), revision) ORDER BY id LIMIT 1000";

// ?1 = {status, restaurant_id, cursor, limit}; three statements, so that each has an index to walk.
#define POS_LIST(condition)                                                           \
  "SELECT " POS_QUEUE_COLUMNS "FROM pos_sync_queue WHERE " condition                  \
  " AND id > json_extract(?1, '$.cursor') "                                           \
  "AND restaurant_id = coalesce(json_extract(?1, '$.restaurant_id'), restaurant_id) " \
  "ORDER BY id LIMIT json_extract(?1, '$.limit')"

constexpr char list_rows[] = POS_LIST("status = coalesce(json_extract(?1, '$.status'), status)");
constexpr char list_dead[] = POS_LIST("status = 'dead'");
constexpr char list_active[] =
    POS_LIST("status IN ('pending', 'failed') AND status = json_extract(?1, '$.status')");

constexpr char status_due[] =
    "SELECT count(*), coalesce(sum(next_attempt_at <= " POS_NOW "), 0), min(created_at), " POS_NOW
    " FROM pos_sync_queue WHERE status IN ('pending', 'failed')";

constexpr char status_doubt[] =
    "SELECT count(*), min(in_doubt_since) FROM pos_sync_ledger WHERE in_doubt_since IS NOT NULL";

constexpr char status_dead[] =
    "SELECT CASE WHEN instr(last_error, ':') > 1 THEN substr(last_error, 1, instr(last_error, ':') "
    "- 1) "
    "ELSE coalesce(last_error, '') END, count(*) FROM pos_sync_queue WHERE status = 'dead' "
    "GROUP BY 1 ORDER BY 1";

constexpr char status_tick[] =
    "SELECT max(claimed_at) FROM cron_idempotency_claims "
    "WHERE claim_key >= 'tick:' AND claim_key < 'tick;'";

constexpr char status_accounts[] =
    "SELECT restaurant_id, provider, location_id, state, paused_until, pause_reason, unknown_run, "
    "breaker_opens, paused_until > " POS_NOW " FROM pos_accounts ORDER BY restaurant_id LIMIT 1000";

}  // namespace pos::store::sql
