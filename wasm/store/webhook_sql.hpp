// What an event of Square's leaves behind: a hint, and orders in doubt that are due again. Nothing
// else is touched: a webhook settles nothing.
//
// Parameters: ?1 the token of its audit lines, ?2 {"event_id", "type", "created_at",
// "external_order_id", "location_id", "request"}.
#pragma once

namespace pos::store::sql {

// Square delivers an event again for up to three days; events are kept for seven. One that was made
// earlier than that is no delivery, and nobody would know it any more: it is not taken.
constexpr char webhook_event[] =
    "INSERT INTO pos_webhook_events (event_id, type, location_id, external_order_id, taken_by) "
    "SELECT @f(event_id), @f(type), @f(location_id), @f(external_order_id), @f(request) "
    "WHERE (julianday(@f(created_at)) - 2440587.5) * 86400000 > @now - 6 * 86400000 "
    "ON CONFLICT (event_id) DO NOTHING";

// Doubts are few. That a row is active is asked first, for to read where it was sent means to read
// its whole request.
constexpr char webhook_line[] =
    "INSERT INTO pos_sync_audit (order_id, provider, revision, at, actor, event, from_status, "
    "to_status, token, detail) SELECT q.order_id, q.provider, q.revision, @now, 'webhook', "
    "'webhook_hint', q.status, q.status, ?1, json_object('type', @f(type), 'external_order_id', "
    "@f(external_order_id)) FROM pos_sync_ledger l "
    "CROSS JOIN pos_sync_queue q ON @same(q, l) AND @active(q) AND q.next_attempt_at > @now "
    "WHERE l.in_doubt_since IS NOT NULL AND @taken AND "
    "CASE WHEN l.external_order_id IS NOT NULL THEN l.external_order_id = @f(external_order_id) "
    "ELSE iif(q.id, @frozen_location(l), '') = @f(location_id) END "
    "ORDER BY l.in_doubt_since LIMIT 100 "
    "ON CONFLICT (order_id, provider, revision, token, event) DO NOTHING";

// Those that have such a line, as long as it is their last one: a batch that D1 runs once more,
// later, changes no row. The quiet time and the claims stay what they are.
constexpr char webhook_due[] =
    "UPDATE pos_sync_queue SET next_attempt_at = @now, updated_at = @stamp WHERE id IN (SELECT "
    "q.id "
    "FROM pos_sync_ledger l CROSS JOIN pos_sync_queue q ON @same(q, l) AND @active(q) "
    "AND q.next_attempt_at > @now WHERE l.in_doubt_since IS NOT NULL AND @taken AND EXISTS "
    "(SELECT 1 FROM pos_sync_audit mine WHERE @same(mine, q) AND mine.token = ?1 "
    "AND mine.event = 'webhook_hint' AND NOT EXISTS (SELECT 1 FROM pos_sync_audit later "
    "WHERE @same(later, mine) AND later.id > mine.id)))";

}  // namespace pos::store::sql
