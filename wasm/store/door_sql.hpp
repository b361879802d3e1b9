// What the HTTP routes read and write. In the statements that look at an order before it is
// changed, or change it, ?1 is the request's own token and ?2 its JSON; in the others ?1 is the
// JSON of a query.
#pragma once

namespace pos::store::sql {

// The revision that a request is about: the one it names, else the newest that was enqueued.

// All that a route needs to know of one identity, in one row.
constexpr char order_evidence[] =
    "SELECT asked.revision, active.id AS active_id, active.revision AS active_revision, "
    "active.restaurant_id AS active_restaurant, active.status AS active_status, active.payload "
    "AS active_payload, last.id AS last_id, last.restaurant_id AS last_restaurant, last.status "
    "AS last_status, last.last_error, last.payload AS last_payload, l.order_id IS NOT NULL AS "
    "known, @ledger, CASE WHEN c.claim_key IS NULL OR c.settled_at IS NOT NULL THEN 'free' "
    "WHEN c.lease_until > @now THEN 'held' ELSE 'abandoned' END AS claim, max(0, "
    "coalesce(c.lease_until, 0) - @now) AS held_ms, a.location_id, (SELECT min(e.revision) "
    "FROM pos_sync_ledger e WHERE e.order_id = asked.order_id AND e.provider = asked.provider "
    "AND e.revision < asked.revision AND e.booked_at IS NULL AND (e.in_doubt_since IS NOT NULL "
    "OR e.external_order_id IS NOT NULL)) AS open_revision, (SELECT max(e.revision) "
    "FROM pos_sync_ledger e WHERE e.order_id = asked.order_id AND e.provider = asked.provider) "
    "AS newest_revision, a.restaurant_id AS account, a.token AS account_token "
    "FROM @asked LEFT JOIN pos_sync_queue active ON active.order_id = "
    "asked.order_id AND active.provider = asked.provider AND @active(active) "
    "LEFT JOIN pos_sync_queue last ON last.id = (SELECT max(q.id) "
    "FROM pos_sync_queue q WHERE @same(q, asked)) "
    "LEFT JOIN pos_sync_ledger l ON @same(l, asked) "
    "LEFT JOIN pos_sync_claims c ON c.claim_key = @claim_key(asked) "
    "LEFT JOIN pos_accounts a ON a.provider = 'square' AND a.restaurant_id = (SELECT "
    "max(own.restaurant_id) FROM pos_accounts own "
    "WHERE own.provider = 'square' AND own.restaurant_id IN ('', coalesce(@f(restaurant_id), "
    "last.restaurant_id, '')))";

// ---- enqueue: ?2 = {order_id, provider, revision, restaurant_id, payload, fingerprint, request,
// actor, event, detail} ----

// The line is the guard: the other statements of the batch ask only whether it was written.
constexpr char enqueue_line[] =
    "INSERT INTO pos_sync_audit (order_id, provider, revision, at, actor, event, to_status, "
    "token, detail) SELECT @f(order_id), @f(provider), @f(revision), @now, @f(actor), @f(event), "
    "'pending', ?1, @f(detail) WHERE NOT EXISTS (SELECT 1 "
    "FROM pos_sync_queue q WHERE q.order_id = @f(order_id) AND q.provider = @f(provider) AND "
    "@active(q)) AND NOT EXISTS (SELECT 1 "
    "FROM pos_sync_ledger l WHERE l.order_id = @f(order_id) AND l.provider = @f(provider) AND "
    "((l.revision = @f(revision) AND (l.request IS NOT NULL OR l.booked_at IS NOT NULL OR "
    "l.in_doubt_since IS NOT NULL)) OR l.revision > @f(revision) OR (l.revision < @f(revision) "
    "AND l.booked_at IS NULL AND (l.in_doubt_since IS NOT NULL OR l.external_order_id IS NOT "
    "NULL)))) ON CONFLICT (order_id, provider, revision, token, event) DO NOTHING";

constexpr char enqueue_row[] =
    "INSERT INTO pos_sync_queue (order_id, provider, restaurant_id, revision, payload, "
    "created_at, updated_at) SELECT @f(order_id), @f(provider), @f(restaurant_id), @f(revision), "
    "@f(payload), @stamp, @stamp "
    "WHERE @last_line AND NOT EXISTS (SELECT 1 "
    "FROM pos_sync_ledger l WHERE l.order_id = @f(order_id) AND l.provider = @f(provider) AND "
    "l.revision = @f(revision) AND (l.request IS NOT NULL OR l.booked_at IS NOT NULL)) "
    "ON CONFLICT (order_id, provider) "
    "WHERE status IN ('pending', 'failed') DO NOTHING";

constexpr char enqueue_ledger[] =
    "INSERT INTO pos_sync_ledger (order_id, provider, revision, restaurant_id, fingerprint, "
    "request) SELECT @f(order_id), @f(provider), @f(revision), @f(restaurant_id), "
    "@f(fingerprint), @f(request) WHERE @f(request) IS NOT NULL AND @line "
    "ON CONFLICT (order_id, provider, revision) DO "
    "UPDATE SET restaurant_id = excluded.restaurant_id, fingerprint = excluded.fingerprint, "
    "request = excluded.request WHERE pos_sync_ledger.request IS NULL AND "
    "pos_sync_ledger.booked_at IS NULL AND pos_sync_ledger.in_doubt_since IS NULL";

// ---- operators: ?2 = {order_id, provider, revision, row_id, status, event, to_status, actor,
// detail, undoubted, last_error, external_order_id, external_payment_id, restaurant_id,
// fingerprint}

// A claim that is not free stops every operator: what a push is about to learn would be lost. Only
// a wish to cancel may stand beside a claim that was abandoned (`beside_abandoned`), for whoever
// takes the order over heeds it. `undoubted` also asks that nothing of this order may stand at the
// provider.
constexpr char operator_line[] = "@operator_line(@f(detail))";

constexpr char replay_row[] =
    "UPDATE pos_sync_queue SET status = 'pending', attempts = 0, next_attempt_at = @now, "
    "last_error = NULL, updated_at = @stamp @target";

// Who enqueued it again wants it sent: a wish to cancel it that nobody has heeded yet is over.
constexpr char replay_ledger[] =
    "UPDATE pos_sync_ledger SET look_because = '' WHERE order_id = @f(order_id) AND provider = "
    "@f(provider) AND revision = @f(revision) AND look_because = 'cancel' AND @last_line";

// An order that may be booked is canceled by looking for it. The ledger keeps the wish, so that a
// worker that goes away does not forget it.
constexpr char cancel_ledger[] =
    "INSERT INTO pos_sync_ledger (order_id, provider, revision, restaurant_id, look_because) "
    "SELECT @f(order_id), @f(provider), @f(revision), @f(restaurant_id), 'cancel' "
    "WHERE @last_line ON CONFLICT (order_id, provider, revision) DO "
    "UPDATE SET look_because = 'cancel', absent_at = NULL WHERE pos_sync_ledger.booked_at IS NULL";

constexpr char cancel_due[] =
    "UPDATE pos_sync_queue SET status = 'failed', next_attempt_at = @now, "
    "last_error = @f(last_error), updated_at = @stamp @target";

constexpr char cancel_row[] =
    "UPDATE pos_sync_queue SET status = 'dead', last_error = @f(last_error), "
    "updated_at = @stamp @target";

constexpr char done_ledger[] =
    "INSERT INTO pos_sync_ledger (order_id, provider, revision, restaurant_id, fingerprint, "
    "booked_at, external_order_id, external_payment_id) "
    "SELECT @f(order_id), @f(provider), @f(revision), @f(restaurant_id), @f(fingerprint), @now, "
    "@f(external_order_id), @f(external_payment_id) "
    "WHERE @line ON CONFLICT (order_id, provider, revision) DO "
    "UPDATE SET booked_at = excluded.booked_at, in_doubt_since = NULL, look_because = '', "
    "absent_at = NULL, fingerprint = coalesce(pos_sync_ledger.fingerprint, "
    "excluded.fingerprint), external_order_id = excluded.external_order_id, external_payment_id "
    "= coalesce(excluded.external_payment_id, pos_sync_ledger.external_payment_id) "
    "WHERE pos_sync_ledger.booked_at IS NULL";

// With what was known before, so that it can be undone exactly. JSON holds no blob, which a column
// of the host's may have: it is kept as the text of its bytes.
constexpr char done_line[] =
    "@operator_line(json_set(@f(detail), '$.before', json_object('row', json_object("
    "'status', q.status, 'attempts', CASE typeof(q.attempts) WHEN 'blob' THEN 0 ELSE q.attempts "
    "END, 'next_attempt_at', q.next_attempt_at, 'last_error', CAST(q.last_error AS TEXT), "
    "'external_order_id', CAST(q.external_order_id AS TEXT), "
    "'external_payment_id', CAST(q.external_payment_id AS TEXT)), 'ledger', json((SELECT "
    "json_object('fingerprint', l.fingerprint, 'in_doubt_since', l.in_doubt_since, "
    "'look_because', l.look_because, 'absent_at', l.absent_at, "
    "'external_order_id', l.external_order_id, 'external_payment_id', l.external_payment_id) "
    "FROM pos_sync_ledger l WHERE @same(l, q))))))";

constexpr char done_row[] =
    "UPDATE pos_sync_queue SET status = 'success', last_error = NULL, external_order_id = "
    "@f(external_order_id), external_payment_id = coalesce(@f(external_payment_id), "
    "external_payment_id), updated_at = @stamp @target";

constexpr char done_elsewhere[] = "@marked_elsewhere ORDER BY m.id LIMIT 1";

// ---- what an operator has marked done by mistake: ?2 also has line_id, that of its line ----

// The latest mark of that revision, and whether it was undone since.
constexpr char undo_look[] =
    "SELECT m.id, json_extract(m.detail, '$.before.row.status') AS before_status, "
    "json_extract(m.detail, '$.external_order_id') AS marked_as, EXISTS (SELECT 1 "
    "FROM pos_sync_audit u WHERE @same(u, m) AND u.event = 'mark_undone' AND u.id > m.id) AS "
    "undone "
    "FROM @asked CROSS JOIN pos_sync_audit m ON @same(m, asked) AND m.event = 'marked_done' "
    "ORDER BY m.id DESC LIMIT 1";

constexpr char undo_ledger[] =
    "UPDATE pos_sync_ledger SET booked_at = NULL, fingerprint = @before(ledger.fingerprint), "
    "in_doubt_since = @before(ledger.in_doubt_since), "
    "look_because = coalesce(@before(ledger.look_because), ''), "
    "absent_at = @before(ledger.absent_at), "
    "external_order_id = @before(ledger.external_order_id), "
    "external_payment_id = @before(ledger.external_payment_id) "
    "WHERE order_id = @f(order_id) AND provider = @f(provider) AND revision = @f(revision) "
    "AND @last_line";

constexpr char undo_row[] =
    "UPDATE pos_sync_queue SET status = @before(row.status), attempts = @before(row.attempts), "
    "next_attempt_at = @before(row.next_attempt_at), last_error = @before(row.last_error), "
    "external_order_id = @before(row.external_order_id), "
    "external_payment_id = @before(row.external_payment_id), updated_at = @stamp @target";

constexpr char operator_read[] = "SELECT @line";

// ---- reading ----

constexpr char order_rows[] =
    "SELECT @columns FROM (SELECT id, order_id, provider, restaurant_id, revision, "
    "@within(payload, id), status, attempts, next_attempt_at, external_order_id, "
    "external_payment_id, @within(last_error, id), created_at, updated_at FROM pos_sync_queue "
    "WHERE order_id = @q(order_id) AND provider = @q(provider) AND revision = "
    "coalesce(@q(revision), revision) "
    "ORDER BY id LIMIT 200) ORDER BY id";

constexpr char order_ledger[] =
    "SELECT revision, restaurant_id, fingerprint, @within(request, revision), first_sent_at, "
    "last_sent_at, in_doubt_since, look_because, absent_at, booked_at, external_order_id, "
    "external_payment_id, "
    "total_differs, refused_at, refusals "
    "FROM pos_sync_ledger WHERE order_id = @q(order_id) AND provider = @q(provider) AND "
    "revision = coalesce(@q(revision), revision) "
    "ORDER BY revision LIMIT 200";

constexpr char order_audit[] =
    "SELECT revision, at, actor, event, from_status, to_status, token, @within(detail, id) "
    "FROM pos_sync_audit WHERE order_id = @q(order_id) AND provider = @q(provider) AND revision "
    "= coalesce(@q(revision), revision) "
    "ORDER BY id LIMIT 1000";

// ?1 = {status, code, restaurant_id, since, until, doubt, cursor, limit}; three statements, so that
// each has an index to walk.

constexpr char list_rows[] = "@list(true)";
constexpr char list_dead[] = "@list(status = 'dead')";
constexpr char list_active[] = "@list(status IN ('pending', 'failed'))";

// What a replay of many is about, as a whole.
constexpr char set_dead[] = "@set_of(status = 'dead')";
constexpr char set_active[] = "@set_of(status IN ('pending', 'failed'))";

constexpr char status_due[] =
    "SELECT count(*), coalesce(sum(next_attempt_at <= @now), 0), @ms(min(created_at)), @now "
    "FROM pos_sync_queue WHERE status IN ('pending', 'failed')";

constexpr char status_doubt[] =
    "SELECT count(*), min(in_doubt_since) "
    "FROM pos_sync_ledger WHERE in_doubt_since IS NOT NULL";

// A row that an older pusher called dead keeps the words of that pusher, which begin with no code
// of ours: it counts as adopted.
constexpr char status_dead[] =
    "SELECT @dead_code(last_error), count(*) FROM pos_sync_queue WHERE status = 'dead' GROUP BY 1 "
    "ORDER BY 1";

// The pushes of single orders, which lie between, do not say that the cron is alive.
constexpr char status_tick[] = "SELECT @last_tick AS last_tick";

// ?1 = {cursor, limit}
constexpr char status_accounts[] =
    "SELECT restaurant_id, provider, location_id, state, paused_until, pause_reason, pause_detail, "
    "unknown_run, breaker_opens, pace, paused, has_token, key_id, token_version, token_expires_at, "
    "token_renewed_at, renewable, renewal_error, refused_since, @paged(@account_bytes, "
    "restaurant_id, SELECT @account_columns FROM pos_accounts WHERE @q(cursor) IS NULL "
    "OR restaurant_id > @q(cursor) ORDER BY restaurant_id LIMIT @q(limit))";

constexpr char status_codes[] =
    "SELECT code, seen FROM pos_sync_unknown_codes ORDER BY seen DESC, code LIMIT 100";

}  // namespace pos::store::sql
