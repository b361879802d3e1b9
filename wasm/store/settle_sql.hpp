// Freezing and settling: everything here reaches the ledger and the claim through the claim alone,
// for a queue row can be deleted or replaced while its order is in flight.
#pragma once

namespace pos::store::sql {

// ---- freeze: ?2 = [{key, restaurant, fingerprint, request, refusals}] ----

// What is frozen first stays: other bytes under the same key would be refused by the provider. What
// was refused for good may be frozen once more, under its next key; from then on it may be sent,
// and a claim that is abandoned leaves a doubt.
constexpr char freeze_write[] =
    "INSERT INTO pos_sync_ledger (order_id, provider, revision, restaurant_id, fingerprint, "
    "request, refusals) SELECT c.order_id, c.provider, c.revision, @j(restaurant), "
    "@j(fingerprint), @j(request), @j(refusals) FROM @held WHERE true "
    "ON CONFLICT (order_id, provider, revision) DO "
    "UPDATE SET restaurant_id = excluded.restaurant_id, fingerprint = excluded.fingerprint, "
    "request = excluded.request, refusals = excluded.refusals, refused_at = NULL "
    "WHERE (pos_sync_ledger.request IS NULL OR (pos_sync_ledger.refused_at IS NOT NULL AND "
    "pos_sync_ledger.refusals < excluded.refusals)) AND "
    "pos_sync_ledger.booked_at IS NULL AND pos_sync_ledger.in_doubt_since IS NULL";

constexpr char freeze_read[] =
    "SELECT c.claim_key, @ledger FROM @held "
    "CROSS JOIN pos_sync_ledger l ON @same(l, c)";

// Only in a batch that freezes something once more.
constexpr char freeze_line[] =
    "INSERT INTO pos_sync_audit (order_id, provider, revision, at, actor, event, from_status, "
    "to_status, token, detail) SELECT c.order_id, c.provider, c.revision, @now, 'tick', "
    "'frozen_again', q.status, q.status, ?1, json_object('refusals', l.refusals, 'location', "
    "@frozen_location(l), 'square_version', json_extract(l.request, '$.square_version')) FROM "
    "@held "
    "CROSS JOIN pos_sync_ledger l ON @same(l, c) "
    "LEFT JOIN pos_sync_queue q ON q.id = c.row_id AND @same(q, c) WHERE @j(refusals) > 0 "
    "AND l.refusals = @j(refusals) "
    "ON CONFLICT (order_id, provider, revision, token, event) DO NOTHING";

// ---- settle: ?2 = [{key, event, status, error, attempts, resets, delay_ms, external_order_id,
// external_payment_id, total_differs, ledger, sent, doubt, look, absent, booked, detail, code,
// refused, refused_at}],
// ?3 = accounts ----

// The line comes first, under the same guard as all that follows: a settle has won if and only if
// the line with its token and its event is there.
constexpr char settle_audit[] =
    "INSERT INTO pos_sync_audit (order_id, provider, revision, at, actor, event, from_status, "
    "to_status, token, detail) SELECT c.order_id, c.provider, c.revision, @now, @j(actor), "
    "@j(event), q.status, CASE WHEN @active(q) THEN coalesce(@j(status), q.status) ELSE "
    "q.status END, ?1, @j(detail) FROM @held "
    "LEFT JOIN pos_sync_queue q ON q.id = c.row_id AND @same(q, c) "
    "WHERE true ON CONFLICT (order_id, provider, revision, token, event) DO NOTHING";

// first_sent_at is the claimed_at of the first claim that sent under the present doubt: never later
// than the send. last_sent_at is now: never earlier than the send. absent_at is later than the look
// that found nothing, and no send may come between two looks.
constexpr char settle_ledger[] =
    "INSERT INTO pos_sync_ledger (order_id, provider, revision, first_sent_at, last_sent_at, "
    "in_doubt_since, look_because, absent_at, booked_at, external_order_id, "
    "external_payment_id, total_differs, refused_at) SELECT c.order_id, c.provider, c.revision, "
    "CASE WHEN @j(sent) = 0 THEN l.first_sent_at "
    "WHEN l.in_doubt_since IS NULL THEN c.claimed_at ELSE coalesce(l.first_sent_at, "
    "c.claimed_at) END, CASE WHEN @j(sent) = 0 THEN l.last_sent_at ELSE @now END, "
    "CASE @j(doubt) WHEN 'set' THEN coalesce(l.in_doubt_since, c.claimed_at) "
    "WHEN 'clear' THEN NULL ELSE l.in_doubt_since END, "
    "CASE WHEN @j(doubt) = 'clear' THEN '' "
    "ELSE coalesce(@j(look), l.look_because) END, "
    "CASE WHEN @j(sent) = 1 OR @j(doubt) = 'clear' OR @j(absent) = 'clear' THEN NULL "
    "WHEN @j(absent) = 'set' THEN @now ELSE l.absent_at END, "
    "CASE WHEN @j(booked) = 1 THEN coalesce(l.booked_at, @now) ELSE l.booked_at END, "
    "coalesce(@j(external_order_id), l.external_order_id), coalesce(@j(external_payment_id), "
    "l.external_payment_id), max(l.total_differs, @j(total_differs)), "
    "CASE @j(refused) WHEN 'set' THEN @now WHEN 'keep' THEN nullif(@j(refused_at), 0) END "
    "FROM @held "
    "CROSS JOIN pos_sync_ledger l ON @same(l, c) "
    "WHERE @j(ledger) = 1 ON CONFLICT (order_id, provider, revision) DO "
    "UPDATE SET first_sent_at = excluded.first_sent_at, last_sent_at = excluded.last_sent_at, "
    "in_doubt_since = excluded.in_doubt_since, look_because = excluded.look_because, absent_at "
    "= excluded.absent_at, booked_at = excluded.booked_at, external_order_id = "
    "excluded.external_order_id, external_payment_id = excluded.external_payment_id, "
    "total_differs = excluded.total_differs, refused_at = excluded.refused_at";

// Only this write asks that the row is still the active one; a row that was settled by somebody
// else, deleted or replaced is left alone. The unary plus keeps the planner from walking the index
// of all active rows, and a CROSS JOIN here would make it walk the whole table: the updated table
// counts as the leftmost.
constexpr char settle_queue[] =
    "UPDATE pos_sync_queue SET status = coalesce(@j(status), status), attempts = "
    "CASE WHEN @j(resets) = 1 THEN 0 ELSE attempts + @j(attempts) END, next_attempt_at = "
    "CASE WHEN @j(delay_ms) IS NULL THEN next_attempt_at ELSE @now + @j(delay_ms) END, "
    "external_order_id = coalesce(@j(external_order_id), external_order_id), "
    "external_payment_id = coalesce(@j(external_payment_id), external_payment_id), last_error = "
    "CASE WHEN @j(status) = 'success' THEN NULL ELSE coalesce(@j(error), last_error) END, "
    "updated_at = @stamp FROM json_each(?2) j JOIN pos_sync_claims c "
    "WHERE c.claim_key = @j(key) AND c.holder = ?1 AND c.settled_at IS NULL AND "
    "pos_sync_queue.id = c.row_id AND pos_sync_queue.order_id = c.order_id AND "
    "pos_sync_queue.provider = c.provider AND pos_sync_queue.revision = c.revision AND "
    "+pos_sync_queue.status IN ('pending', 'failed')";

// ?3 = [{restaurant, key, reset, unknowns, pause_ms, reason, detail, opens, token_version, release,
// served, refuses, shuts, refusal, refusals, anew, ended,
// quiet_ms, base_ms, cap_ms, slots}]. What an operator has paused stays as the
// operator left it. Guarded by an open claim, so that a repeated settle does not count twice. Five
// unknowns in a row open the breaker: the account pauses for max(quiet, base * 2^n up to cap). What
// is throttled goes on at half its pace, and requests that were out when it was say nothing new of
// it; then each batch in which the account answers gives it one slot back, until it has all of
// them, which is 0.
constexpr char settle_accounts[] =
    "UPDATE pos_accounts SET paused_until = "
    "CASE WHEN @opens THEN max(CASE WHEN "
    "pause_reason = 'probe' THEN 0 ELSE paused_until END, @now + max(@a(quiet_ms), "
    "min(@a(cap_ms), @a(base_ms) * (1 << min(breaker_opens, 20))))) "
    "WHEN @a(pause_ms) > 0 THEN max(CASE "
    "WHEN pause_reason = 'probe' THEN 0 ELSE paused_until END, @now + @a(pause_ms)) "
    "WHEN @heals THEN 0 "
    "WHEN (@a(release) = 1 OR @a(opens) = 1) AND pause_reason = 'probe' THEN 0 "
    "ELSE paused_until END, pause_reason = CASE WHEN @opens THEN "
    "CASE WHEN @refused THEN @a(reason) WHEN @shut THEN 'refused' ELSE 'unknown_outcomes' END "
    "WHEN @a(pause_ms) > 0 THEN @a(reason) "
    "WHEN @heals THEN '' "
    "WHEN (@a(release) = 1 OR @a(opens) = 1) AND pause_reason = 'probe' THEN '' "
    "ELSE pause_reason END, pause_detail = "
    "CASE WHEN @opens OR @a(pause_ms) > 0 THEN @a(detail) "
    "WHEN @heals THEN '' ELSE pause_detail END, "
    "unknown_run = @run, breaker_opens = "
    "CASE WHEN @opens THEN CASE WHEN @a(reset) = 1 THEN 1 ELSE breaker_opens + 1 END "
    "WHEN @a(reset) = 1 AND @heals THEN 0 ELSE breaker_opens END, pace = "
    "CASE WHEN paused_until > @now AND pause_reason = 'throttled' THEN pace "
    "WHEN @a(pause_ms) > 0 AND @a(reason) <> 'look_refused' THEN max(1, min(CASE pace WHEN 0 THEN "
    "@a(slots) ELSE pace END, "
    "@a(slots)) / 2) WHEN pace = 0 OR @a(reset) = 0 THEN pace WHEN pace + 1 >= @a(slots) THEN 0 "
    "ELSE pace + 1 END, refused_since = "
    "CASE WHEN @shut OR (@a(refuses) = 1 AND (@a(opens) = 0 OR @refused)) "
    "THEN CASE WHEN @a(served) = 1 THEN @now ELSE coalesce(refused_since, @now) END "
    "WHEN @a(served) = 1 THEN NULL ELSE refused_since END, "
    "refusal = CASE WHEN @a(refusals) > 0 THEN @a(refusal) "
    "WHEN @a(anew) = 1 THEN '' ELSE refusal END, refusal_run = @refusal_run, "
    "refusal_began_at = CASE WHEN @a(refusals) > 0 AND (@a(anew) = 1 OR refusal <> @a(refusal)) "
    "THEN c.claimed_at WHEN @a(anew) = 1 THEN NULL ELSE refusal_began_at END, "
    "served_at = CASE WHEN @a(served) = 1 AND @a(refusals) = 0 AND (@a(ended) = 1 OR "
    "refusal <> '' OR refused_since IS NOT NULL) THEN @now ELSE served_at END, "
    "updated_at = @now FROM json_each(?3) a JOIN pos_sync_claims c "
    "WHERE c.claim_key = @a(key) AND c.holder = ?1 AND c.settled_at IS NULL AND "
    "pos_accounts.provider = 'square' AND pos_accounts.restaurant_id = @a(restaurant) "
    "AND pos_accounts.state = 'active'";

// The fifth of equal refusals says that none of them was about its order: those that died of it
// before wait again, as they were. Part of the batch only where it has refusals; the line comes
// first, for it asks for what is dead still.
constexpr char settle_back_line[] =
    "INSERT INTO pos_sync_audit (order_id, provider, revision, at, actor, event, from_status, "
    "to_status, token, detail) SELECT q.order_id, q.provider, q.revision, @now, 'tick', "
    "'brought_back', q.status, 'failed', ?1, json_object('words', CAST(q.last_error AS TEXT)) FROM "
    "@refused_rows WHERE true ON CONFLICT (order_id, provider, revision, token, event) DO NOTHING";

constexpr char settle_back[] =
    "UPDATE pos_sync_queue SET status = 'failed', attempts = max(0, attempts - 1), "
    "next_attempt_at = @now + 1, last_error = 'account_refused: ' || "
    "substr(last_error, instr(last_error, ': ') + 2), updated_at = @stamp "
    "WHERE id IN (SELECT q.id FROM @refused_rows)";

// Part of the batch only where there is something to count. Under the guard of an open claim, so
// that a repeated settle does not count twice.
constexpr char settle_codes[] =
    "INSERT INTO pos_sync_unknown_codes (code, seen) SELECT @j(code), count(*) FROM @held "
    "WHERE @j(code) IS NOT NULL GROUP BY 1 ON CONFLICT (code) DO "
    "UPDATE SET seen = seen + excluded.seen, last_seen_at = @now";

constexpr char settle_claims[] =
    "INSERT INTO pos_sync_claims (claim_key, holder, lease_until, settled_at) "
    "SELECT @j(key), ?1, 0, @now FROM json_each(?2) j WHERE true "
    "ON CONFLICT (claim_key) DO UPDATE SET lease_until = 0, settled_at = excluded.settled_at, "
    "takeovers = 0 WHERE pos_sync_claims.holder = excluded.holder "
    "AND pos_sync_claims.settled_at IS NULL";

// The keys of ?2 whose line is there: those settles have won.
constexpr char settle_read[] =
    "SELECT @j(key) FROM json_each(?2) j "
    "CROSS JOIN pos_sync_claims c ON c.claim_key = @j(key) "
    "WHERE EXISTS (SELECT 1 FROM pos_sync_audit a "
    "WHERE a.order_id = c.order_id AND a.provider = c.provider AND a.revision = @j(revision) "
    "AND a.token = ?1 AND a.event = @j(event))";

}  // namespace pos::store::sql
