// How an audit reads: places are claimed, pages stored, groups written. Every write is fenced by
// the place's position and its holder, so that a batch that runs again, or runs late, changes
// nothing.
//
// Parameters: ?1 the owner's token; ?2 = {audit_id, location_id, edition, step, cursor, next_step,
// next_cursor, …}, the place, where it stood and where it stands then; ?3 = a list of what was
// read.
#pragma once

namespace pos::store::sql {

// ---- claiming: ?2 = {limit, lease_ms, most_refusals, refused_ms, most_failures, failing_ms} ----

// A place that nobody can be asked for waits, too, and not for ever.
constexpr char audit_blocked[] =
    "UPDATE pos_audit_places SET failing_since = CASE failing_since WHEN 0 THEN @now "
    "ELSE failing_since END, refused_since = CASE WHEN refused_since = 0 "
    "AND @reader_refused(pos_audit_places) THEN @now ELSE refused_since END, last_error = "
    "coalesce((SELECT 'the account is paused: ' || a.pause_reason || rtrim(' ' || a.pause_detail) "
    "FROM pos_accounts a WHERE @reader(pos_audit_places)), 'no account reads this location') "
    "WHERE @newly_blocked(pos_audit_places)";

// Whoever works on it still is fenced off: its step is another one.
constexpr char audit_give_up[] =
    "UPDATE pos_audit_places SET step = 'left_out', left_out_at = @now, left_out_by = '', "
    "left_out_because = CASE refusals WHEN 0 THEN '' ELSE refusals || ' refusals, the last one: ' "
    "END || last_error, @place_emptied WHERE @hopeless(pos_audit_places)";

// A call that is made again finds what it took and takes nothing more.
constexpr char audit_claim[] =
    "UPDATE pos_audit_places SET holder = ?1, lease_until = @now + @f(lease_ms) "
    "WHERE (audit_id, location_id) IN (SELECT p.audit_id, p.location_id FROM @readable "
    "AND NOT EXISTS (SELECT 1 FROM pos_audit_places mine WHERE @open_place(mine) "
    "AND mine.holder = ?1) ORDER BY p.next_attempt_at LIMIT @f(limit))";

constexpr char audit_held[] =
    "SELECT p.audit_id, p.location_id, p.restaurant_id, p.edition, p.step, p.cursor, p.attempts, "
    "p.time_zone, p.orders, u.from_at, u.to_at, u.window_ms, a.restaurant_id AS account, a.token, "
    "@now AS now FROM pos_audit_places p CROSS JOIN pos_audits u ON u.id = p.audit_id "
    "CROSS JOIN pos_accounts a ON @reader(p) WHERE @open_place(p) AND p.holder = ?1 "
    "ORDER BY p.audit_id, p.location_id";

// ---- a step ----

// What the account says of itself is truer than what Square says of its location. ?3 = {name,
// email, language, time_zone, currency}.
constexpr char audit_locate[] =
    "UPDATE pos_audit_places SET (name, email, language, time_zone) = (SELECT "
    "coalesce(nullif(max(a.name), ''), @said(name)), coalesce(nullif(max(a.email), ''), "
    "@said(email)), coalesce(nullif(max(a.language), ''), @said(language)), "
    "coalesce(nullif(max(a.time_zone), ''), @said(time_zone)) "
    "FROM pos_accounts a WHERE @reader(pos_audit_places)), currency = @said(currency), "
    "began_at = @now WHERE @position(pos_audit_places)";

constexpr char audit_orders_in[] =
    "INSERT INTO pos_audit_orders (audit_id, location_id, external_order_id, created_at, kind, "
    "state, paid, reference_id, pos_sync, order_key, table_id, total, tip, currency, tax, content, "
    "missing, fingerprint, reference_hash, metadata_hash, content_hash, table_hash, customer_hash, "
    "source_hash, tenders) "
    "SELECT p.audit_id, p.location_id, "
    "@j(id), @j(created_at), @j(kind), @j(state), @j(paid), @j(reference_id), @j(pos_sync), "
    "@j(order_key), @j(table_id), @j(total), @j(tip), @j(currency), @j(tax), @j(content), "
    "@j(missing), @j(fingerprint), @j(reference_hash), @j(metadata_hash), @j(content_hash), "
    "@j(table_hash), "
    "@j(customer_hash), @j(source_hash), @j(tenders) "
    "FROM pos_audit_places p CROSS JOIN json_each(?3) j WHERE @position(p) "
    "ON CONFLICT (audit_id, external_order_id) DO UPDATE SET location_id = excluded.location_id, "
    "created_at = excluded.created_at, kind = excluded.kind, state = excluded.state, "
    "paid = excluded.paid, reference_id = excluded.reference_id, pos_sync = excluded.pos_sync, "
    "order_key = excluded.order_key, table_id = excluded.table_id, total = excluded.total, "
    "tip = excluded.tip, currency = excluded.currency, tax = excluded.tax, "
    "content = excluded.content, missing = excluded.missing, "
    "fingerprint = excluded.fingerprint, reference_hash = excluded.reference_hash, "
    "metadata_hash = excluded.metadata_hash, content_hash = excluded.content_hash, "
    "table_hash = excluded.table_hash, customer_hash = excluded.customer_hash, "
    "source_hash = excluded.source_hash, tenders = excluded.tenders";

// Refunds and disputes are read behind the payments, so that a payment begins without any.
constexpr char audit_payments_in[] =
    "INSERT INTO pos_audit_payments (audit_id, payment_id, location_id, external_order_id, "
    "created_at, status, source_type, amount, currency, refunded, fee, instrument_hash, "
    "card_brand, "
    "card_last_4, customer_hash) SELECT p.audit_id, @j(id), "
    "p.location_id, @j(order_id), @j(created_at), @j(status), @j(source_type), @j(amount), "
    "@j(currency), @j(refunded), @j(fee), @j(instrument_hash), @j(card_brand), @j(card_last_4), "
    "@j(customer_hash) FROM pos_audit_places p CROSS JOIN json_each(?3) j WHERE "
    "@position(p) "
    "ON CONFLICT (audit_id, payment_id) DO UPDATE SET location_id = excluded.location_id, "
    "external_order_id = excluded.external_order_id, created_at = excluded.created_at, "
    "status = excluded.status, source_type = excluded.source_type, amount = excluded.amount, "
    "currency = excluded.currency, refunded = excluded.refunded, pending = 0, fee = excluded.fee, "
    "disputed = 0, instrument_hash = excluded.instrument_hash, card_brand = excluded.card_brand, "
    "card_last_4 = excluded.card_last_4, customer_hash = excluded.customer_hash";

// A page can be read twice, so nothing is added up over pages: the larger sum stands. Whether there
// is any is what decides.
constexpr char audit_refunds_in[] =
    "UPDATE pos_audit_payments SET refunded = max(refunded, @j(refunded)), "
    "pending = max(pending, @j(pending)) FROM json_each(?3) j "
    "WHERE audit_id = @f(audit_id) AND payment_id = @j(payment_id) AND @fenced";

constexpr char audit_disputes_in[] =
    "UPDATE pos_audit_payments SET disputed = 1 FROM json_each(?3) j "
    "WHERE audit_id = @f(audit_id) AND payment_id = @j(payment_id) AND @fenced";

// Behind the rows. What was counted page by page is counted anew when its step ends: a page may
// have been read twice.
constexpr char audit_advance[] =
    "UPDATE pos_audit_places SET step = @f(next_step), cursor = @f(next_cursor), "
    "pages = pages + @f(pages), orders = CASE WHEN step <> 'orders' THEN orders "
    "WHEN @f(next_step) = step THEN orders + @f(count) ELSE (SELECT count(*) "
    "FROM pos_audit_orders o WHERE o.audit_id = pos_audit_places.audit_id "
    "AND o.location_id = pos_audit_places.location_id) END, "
    "payments = CASE WHEN step <> 'payments' THEN payments "
    "WHEN @f(next_step) = step THEN payments + @f(count) ELSE (SELECT count(*) "
    "FROM pos_audit_payments m WHERE m.audit_id = pos_audit_places.audit_id "
    "AND m.location_id = pos_audit_places.location_id) END, "
    "notes = @noted, attempts = 0, next_attempt_at = 0, last_error = '', @untroubled, "
    "updated_at = @now WHERE @position(pos_audit_places)";

// Where it stands, for whoever still holds it.
constexpr char audit_place_read[] =
    "SELECT p.step, p.cursor, p.time_zone FROM pos_audit_places p WHERE @held_place(p)";

// ?2 = {…, delay_ms, attempts, refused, last_error}
constexpr char audit_wait[] =
    "UPDATE pos_audit_places SET holder = '', lease_until = 0, "
    "next_attempt_at = @now + @f(delay_ms), attempts = attempts + @f(attempts), "
    "last_error = @f(last_error), failures = failures + 1, failing_since = CASE failing_since "
    "WHEN 0 THEN @now ELSE failing_since END, refusals = refusals + @f(refused), refused_since = "
    "CASE WHEN refused_since = 0 AND @f(refused) THEN @now ELSE refused_since END "
    "WHERE @position(pos_audit_places)";

// ?2 = [[audit_id, location_id], …]. Others come first next time.
constexpr char audit_release[] =
    "UPDATE pos_audit_places SET holder = '', lease_until = 0, next_attempt_at = @now "
    "WHERE holder = ?1 "
    "AND (audit_id, location_id) IN (SELECT json_extract(j.value, '$[0]'), "
    "json_extract(j.value, '$[1]') FROM json_each(?2) j)";

// ---- grouping ----

// What Grouping::add_rows() takes, behind {after_at, after_row}.
constexpr char audit_keys[] =
    "SELECT o.id, o.created_at, o.reference_hash, o.metadata_hash, o.pos_sync <> '' AS synced, "
    "o.content_hash, o.table_hash FROM pos_audit_orders o WHERE o.audit_id = @f(audit_id) "
    "AND o.location_id = @f(location_id) "
    "AND (o.created_at, o.id) > (@f(after_at), @f(after_row)) AND o.kind = 'sale' "
    "AND o.missing = '' AND NOT EXISTS (SELECT 1 FROM pos_audit_payments m WHERE m.audit_id = "
    "o.audit_id "
    "AND m.external_order_id = o.external_order_id AND m.status = 'COMPLETED' GROUP BY m.audit_id "
    "HAVING sum(m.amount) > 0 AND sum(m.refunded) >= sum(m.amount)) "
    "ORDER BY o.created_at, o.id LIMIT 5000";

// The orders of candidates: ?2 = {audit_id, …, rows: [id, …]}.
constexpr char audit_members[] =
    "SELECT '' AS group_id, @member_columns FROM json_each(?2, '$.rows') j "
    "CROSS JOIN pos_audit_orders o ON o.id = j.value AND o.audit_id = @f(audit_id) @member_role";

// ?3 = [{group_id, confidence, first_at, plan}]. A group that was approved stays so.
constexpr char audit_groups_in[] =
    "INSERT INTO pos_audit_groups (audit_id, group_id, edition, location_id, restaurant_id, "
    "confidence, first_at, plan) SELECT p.audit_id, @j(group_id), p.edition, p.location_id, "
    "p.restaurant_id, @j(confidence), @j(first_at), @j(plan) "
    "FROM pos_audit_places p CROSS JOIN json_each(?3) j WHERE @position(p) "
    "ON CONFLICT (audit_id, group_id) DO UPDATE SET edition = excluded.edition, "
    "location_id = excluded.location_id, restaurant_id = excluded.restaurant_id, "
    "confidence = excluded.confidence, first_at = excluded.first_at, plan = excluded.plan";

// What an older edition found is no plan any more; what was approved of it is history.
constexpr char audit_groups_old[] =
    "DELETE FROM pos_audit_groups WHERE audit_id = @f(audit_id) AND location_id = @f(location_id) "
    "AND edition < @f(edition) AND approved_at IS NULL AND @fenced";

// ?2 = {…, figures, fingerprint, note}
constexpr char audit_planned[] =
    "UPDATE pos_audit_places SET step = 'done', cursor = '', "
    "figures = json_set(@f(figures), '$.not_comparable', (SELECT count(*) FROM pos_audit_orders o "
    "WHERE o.audit_id = pos_audit_places.audit_id AND o.location_id = "
    "pos_audit_places.location_id AND o.missing <> '')), "
    "fingerprint = @f(fingerprint), groups = (SELECT count(*) FROM pos_audit_groups g "
    "WHERE g.audit_id = pos_audit_places.audit_id AND g.location_id = pos_audit_places.location_id "
    "AND g.edition = pos_audit_places.edition), notes = @noted, holder = '', lease_until = 0, "
    "attempts = 0, next_attempt_at = 0, last_error = '', @untroubled, updated_at = @now WHERE "
    "@position(pos_audit_places)";

// ---- purging ----

// Audits of which nothing was read, approved or repaired for 90 days: what they have read can be
// read again. Their groups stay. A place that is stuck half-way has to begin anew by then.
constexpr char audit_purge_places[] =
    "UPDATE pos_audit_places SET step = 'location', cursor = '', holder = '', lease_until = 0 "
    "WHERE step NOT IN ('location', 'done', 'left_out') AND audit_id IN (SELECT u.id FROM "
    "pos_audits u "
    "WHERE @at_rest(u))";

constexpr char audit_purge_orders[] =
    "DELETE FROM pos_audit_orders WHERE id IN (SELECT o.id FROM pos_audits u "
    "CROSS JOIN pos_audit_orders o ON o.audit_id = u.id WHERE @at_rest(u) LIMIT 500)";

constexpr char audit_purge_payments[] =
    "DELETE FROM pos_audit_payments WHERE (audit_id, payment_id) IN (SELECT m.audit_id, "
    "m.payment_id FROM pos_audits u CROSS JOIN pos_audit_payments m ON m.audit_id = u.id "
    "WHERE @at_rest(u) LIMIT 500)";

}  // namespace pos::store::sql
