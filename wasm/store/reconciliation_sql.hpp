// What a reconciliation reads of our side. ?1 is the JSON of its query.
#pragma once

namespace pos::store::sql {

// The account whose books hold the orders of restaurant @q(restaurant_id), and whether anything is
// known of such a restaurant. Its tokens leave D1 as they are: sealed.
constexpr char books_account[] =
    "SELECT a.restaurant_id AS account, a.location_id, a.token, a.time_zone, "
    "CASE WHEN a.pause_reason = 'throttled' THEN max(0, a.paused_until - @now) ELSE 0 END "
    "AS throttled_ms, r.id = a.restaurant_id "
    "OR EXISTS (SELECT 1 FROM pos_sync_ledger l WHERE @sold(l) AND l.restaurant_id = r.id) "
    "OR EXISTS (SELECT 1 FROM pos_sync_queue q WHERE @unnamed(q) AND q.restaurant_id = r.id) "
    "OR EXISTS (SELECT 1 FROM pos_sync_queue q WHERE @active(q) AND q.restaurant_id = r.id) "
    "AS known FROM (SELECT @q(restaurant_id) AS id) r CROSS JOIN pos_accounts a "
    "ON a.provider = 'square' AND a.restaurant_id = @account(r.id)";

// All restaurants that have sold and have no account of their own, found by skipping through the
// indexes.
constexpr char books_restaurants[] =
    "WITH RECURSIVE pushed (id) AS ("
    "SELECT min(l.restaurant_id) FROM pos_sync_ledger l WHERE @sold(l) "
    "UNION ALL SELECT (SELECT min(l.restaurant_id) FROM pos_sync_ledger l "
    "WHERE @sold(l) AND l.restaurant_id > pushed.id) FROM pushed WHERE pushed.id IS NOT NULL), "
    "older (id) AS (SELECT min(q.restaurant_id) FROM pos_sync_queue q WHERE @unnamed(q) "
    "UNION ALL SELECT (SELECT min(q.restaurant_id) FROM pos_sync_queue q "
    "WHERE @unnamed(q) AND q.restaurant_id > older.id) FROM older WHERE older.id IS NOT NULL) "
    "SELECT id FROM (SELECT id FROM pushed UNION SELECT id FROM older) "
    "WHERE id IS NOT NULL AND @account(id) = '' ORDER BY id";

// A page of what was booked of one restaurant between from and late. What was booked after `near`
// is read only where it was placed long before: an order that waited for days. A page ends after
// two megabytes, for one payload may have a quarter of one.
constexpr char books_sold[] =
    "SELECT order_id, revision, at, known, external_order_id, pays, body, payload, note, booked_at "
    "FROM (SELECT *, sum(length(body) + length(payload)) OVER earlier AS bytes, "
    "row_number() OVER earlier AS place FROM (SELECT l.order_id, l.revision, @ledger_sale(l), "
    "l.booked_at FROM pos_sync_ledger l WHERE @sold(l) AND l.provider = 'square' "
    "AND l.restaurant_id = @q(restaurant_id) AND l.booked_at >= max(@q(from), "
    "@q(after_at)) AND l.booked_at < @q(late) AND (l.booked_at, l.order_id, l.revision) > "
    "(@q(after_at), @q(after_order), @q(after_number)) "
    "AND (l.booked_at < @q(near) OR @placed_at(l) < @q(near)) "
    "ORDER BY l.booked_at, l.order_id, l.provider, l.revision LIMIT 1000) "
    "WINDOW earlier AS (ORDER BY booked_at, order_id, revision ROWS UNBOUNDED PRECEDING)) "
    "WHERE bytes <= 2000000 OR place = 1 ORDER BY place";

// The same of rows that somebody has marked as booked without a word to the ledger.
constexpr char books_unnamed[] =
    "SELECT order_id, revision, at, known, external_order_id, pays, body, payload, note, id "
    "FROM (SELECT *, sum(length(payload)) OVER (ORDER BY at, id ROWS UNBOUNDED PRECEDING) "
    "AS bytes, row_number() OVER (ORDER BY at, id) AS place FROM (SELECT q.order_id, "
    "q.revision, @ms(q.created_at) AS at, 'sold' AS known, '' AS external_order_id, 0 AS pays, "
    "'' AS body, q.payload, '' AS note, q.id FROM pos_sync_queue q WHERE @unnamed(q) "
    "AND q.provider = 'square' AND q.restaurant_id = @q(restaurant_id) "
    "AND q.created_at >= @text(max(@q(from), @q(after_at))) "
    "AND q.created_at < @text(@q(near)) "
    "AND (@ms(q.created_at), q.id) > (@q(after_at), @q(after_number)) AND NOT EXISTS (SELECT 1 "
    "FROM pos_sync_ledger l WHERE @same(l, q) AND @sold(l)) ORDER BY q.created_at, q.id LIMIT "
    "1000)) "
    "WHERE bytes <= 2000000 OR place = 1 ORDER BY place";

// Whatever is known of orders @q(ids) of the account, in the ledger or in the queue alone: what
// stands at Square names them.
constexpr char books_known[] =
    "SELECT l.order_id, l.revision, @ledger_sale(l) FROM json_each(?1, '$.ids') j "
    "CROSS JOIN pos_sync_ledger l ON l.order_id = j.value AND l.provider = 'square' "
    "WHERE @account(l.restaurant_id) = @q(account) "
    "UNION ALL SELECT q.order_id, q.revision, @ms(q.created_at), CASE q.status WHEN 'success' "
    "THEN 'sold' ELSE 'unsold' END, coalesce(q.external_order_id, ''), 0, '', q.payload, "
    "q.status || coalesce(', ' || substr(q.last_error, 1, 1000), '') "
    "FROM json_each(?1, '$.ids') j CROSS JOIN pos_sync_queue q ON q.order_id = j.value "
    "AND q.provider = 'square' WHERE @account(q.restaurant_id) = @q(account) AND NOT EXISTS "
    "(SELECT 1 FROM pos_sync_ledger l WHERE @same(l, q)) "
    "AND NOT EXISTS (SELECT 1 FROM pos_sync_queue other WHERE @same(other, q) "
    "AND (other.status = 'success', other.id) > (q.status = 'success', q.id))";

// What was decided about orders @q(ids) of Square's when a repair was approved.
constexpr char books_roles[] =
    "SELECT o.external_order_id, o.group_key, o.role FROM json_each(?1, '$.ids') j "
    "CROSS JOIN pos_repair_orders o ON o.provider = 'square' AND o.external_order_id = j.value";

// A page of the groups that the newest audit of that time has found at a location.
constexpr char books_groups[] =
    "SELECT group_id, plan, @paged(@size(plan), group_id, SELECT g.group_id, g.plan FROM "
    "pos_audit_groups g CROSS JOIN pos_audit_places p "
    "ON p.audit_id = g.audit_id AND p.location_id = g.location_id AND p.edition = g.edition "
    "WHERE g.audit_id = (SELECT a.id FROM pos_audits a CROSS JOIN pos_audit_places whole "
    "ON whole.audit_id = a.id AND whole.location_id = @q(location_id) AND whole.step = 'done' "
    "WHERE a.from_at < @q(near) AND a.to_at > @q(from) "
    "ORDER BY a.created_at DESC, a.id DESC LIMIT 1) "
    "AND g.location_id = @q(location_id) AND g.confidence IN ('certain', 'probable') "
    "AND g.first_at < @q(near) AND g.group_id > @q(after_group) ORDER BY g.group_id LIMIT 200)";

}  // namespace pos::store::sql
