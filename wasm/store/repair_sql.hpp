// Repairs: claimed, frozen, settled. The row in pos_repairs is the ledger and carries the claim;
// every write but the claim is fenced by its holder.
#pragma once

#include "store/sealed_columns.hpp"

namespace pos::store::sql {

// ---- claiming: open, log_abandoned, take_over, take, close, rows, in one transaction. ?1 is the
// token of this call, ?2 {"batch", "lease_ms", "quiet_ms", "base_ms", "cap_ms", "most_attempts",
// "actor"} ----

// As claim.open: the one `now` of this batch, and what makes a repeat of it take nothing.
constexpr char repair_open[] =
    "INSERT INTO pos_sync_claims (claim_key, claimed_at) "
    "VALUES ('tick:mend:' || ?1, @now) ON CONFLICT (claim_key) DO NOTHING";

constexpr char repair_log_abandoned[] =
    "INSERT INTO pos_repair_log (audit_id, target, at, actor, event, from_state, to_state, token, "
    "detail) SELECT r.audit_id, r.target, call.claimed_at, @f(actor), 'taken_over', r.state, "
    "CASE WHEN @repair_deadly THEN 'stopped' ELSE r.state END, ?1, json_object('holder', "
    "r.holder, "
    "'lease_until', r.lease_until, 'in_doubt', json(CASE WHEN @repair_sendable OR "
    "r.in_doubt_since IS NOT NULL THEN 'true' ELSE 'false' END)) FROM pos_sync_claims call "
    "CROSS JOIN pos_repairs r ON @repair_abandoned(call.claimed_at) WHERE @repair_call "
    "ON CONFLICT (target, token, event) DO NOTHING";

// What was frozen may have been sent, at the very end of the lease. An attempt is counted although
// nobody knows what came of it, and each waits longer for the next one, so that what kills its
// worker does not kill every tick, and ends in front of a human.
constexpr char repair_take_over[] =
    "UPDATE pos_repairs AS r SET in_doubt_since = CASE WHEN @repair_sendable "
    "THEN coalesce(r.in_doubt_since, r.claimed_at) ELSE r.in_doubt_since END, first_sent_at = "
    "CASE WHEN @repair_sendable THEN coalesce(r.first_sent_at, r.claimed_at) "
    "ELSE r.first_sent_at END, last_sent_at = CASE WHEN @repair_sendable "
    "THEN max(coalesce(r.last_sent_at, 0), r.lease_until) ELSE r.last_sent_at END, "
    "absent_at = CASE WHEN @repair_sendable THEN NULL ELSE r.absent_at END, "
    "attempts = r.attempts + 1, next_attempt_at = max(r.next_attempt_at, CASE WHEN "
    "@repair_sendable THEN max(coalesce(r.last_sent_at, 0), r.lease_until) + @f(quiet_ms) "
    "ELSE 0 END, (SELECT call.claimed_at FROM pos_sync_claims call WHERE @repair_call) + "
    "min(@f(cap_ms), @f(base_ms) * (1 << min(r.attempts, 20)))), "
    "state = CASE WHEN @repair_deadly THEN 'stopped' ELSE r.state END, "
    "reason = CASE WHEN NOT @repair_deadly THEN 'unknown: the worker that held it went away' "
    "WHEN @repair_sendable OR r.in_doubt_since IS NOT NULL OR r.state = 'pending' "
    "THEN 'unknown_outcome: each worker that held it went away' "
    "ELSE 'attempts_exhausted: each worker that held it went away' END, "
    "holder = '', lease_until = 0, updated_at = @now "
    "WHERE @repair_abandoned((SELECT call.claimed_at FROM pos_sync_claims call "
    "WHERE @repair_call))";

constexpr char repair_take[] =
    "UPDATE pos_repairs SET holder = ?1, "
    "claimed_at = (SELECT call.claimed_at FROM pos_sync_claims call WHERE @repair_call), "
    "lease_until = (SELECT call.claimed_at FROM pos_sync_claims call WHERE @repair_call) "
    "+ @f(lease_ms) WHERE (provider, action, target) IN (SELECT r.provider, r.action, r.target "
    "FROM pos_sync_claims call CROSS JOIN @repair_due(call.claimed_at) AND @repair_call "
    "ORDER BY r.next_attempt_at, r.target LIMIT @f(batch))";

constexpr char repair_close[] =
    "UPDATE pos_sync_claims SET settled_at = claimed_at "
    "WHERE claim_key = 'tick:mend:' || ?1 AND settled_at IS NULL";

// What this token holds, so that a repeat of the call returns the same. The account is the
// restaurant's own, else the worker's.
constexpr char repair_rows[] =
    "SELECT r.action, r.target, r.location_id, r.external_order_id, r.survivor_order_id, r.amount, "
    "r.currency, r.state, r.generation, r.request, r.first_sent_at, r.last_sent_at, "
    "r.in_doubt_since, r.look_because, r.absent_at, r.external_refund_id, r.attempts, "
    "r.claimed_at, r.approved, "
    "a.restaurant_id AS account, a.token AS account_token, r.seal, " POS_REPAIR_SEALED_VALUES
    " AS sealed FROM pos_sync_claims call "
    "CROSS JOIN pos_repairs r ON r.holder <> '' AND r.lease_until = call.claimed_at + @f(lease_ms) "
    "AND r.holder = ?1 CROSS JOIN pos_accounts a ON a.provider = 'square' "
    "AND a.restaurant_id = @account(r.restaurant_id) WHERE call.claim_key = 'tick:mend:' || ?1 "
    "ORDER BY r.next_attempt_at, r.target";

// ---- freezing: log, freeze, read. ?2 = [{provider, action, target, generation, request,
// key, actor}]. All of a row's key comes from there: with a constant in it the planner would walk
// the whole table for an UPDATE ----

// What is frozen first stays for its generation: other bytes under the same key would be refused.
constexpr char repair_log_frozen[] =
    "INSERT INTO pos_repair_log (audit_id, target, actor, event, from_state, to_state, token, "
    "detail) SELECT r.audit_id, r.target, @j(actor), 'frozen', r.state, r.state, ?1, "
    "json_object('generation', @j(generation), 'key', @j(key)) FROM json_each(?2) j "
    "CROSS JOIN pos_repairs r ON @repair_freezable "
    "WHERE true ON CONFLICT (target, token, event) DO NOTHING";

constexpr char repair_freeze[] =
    "UPDATE pos_repairs AS r SET generation = @j(generation), request = @j(request), "
    "updated_at = @now FROM json_each(?2) j WHERE @repair_freezable";

constexpr char repair_read_frozen[] =
    "SELECT r.action, r.target, r.request FROM json_each(?2) j "
    "CROSS JOIN pos_repairs r ON @repair_held AND r.lease_until > @now "
    "AND r.generation = @j(generation) AND r.in_doubt_since IS NULL";

// ---- settling: log, settle, read. ?2 = [{provider, action, target, event, actor, state, reason,
// attempts, delay_ms, sent, doubt, look, absent, refund_id, detail}] ----

// The line comes first, under the same guard as the row: a settle has won if and only if the line
// with its token and its event is there.
constexpr char repair_log_settled[] =
    "INSERT INTO pos_repair_log (audit_id, target, actor, event, from_state, to_state, token, "
    "detail) SELECT r.audit_id, r.target, @j(actor), @j(event), r.state, "
    "coalesce(@j(state), r.state), ?1, @j(detail) FROM json_each(?2) j "
    "CROSS JOIN pos_repairs r ON @repair_held "
    "WHERE true ON CONFLICT (target, token, event) DO NOTHING";

// first_sent_at is the claimed_at of the first claim that sent: never later than the send.
// last_sent_at is now: never earlier than the send. absent_at is later than the look that found
// nothing, and no send may come between two looks.
constexpr char repair_settle[] =
    "UPDATE pos_repairs AS r SET state = coalesce(@j(state), r.state), reason = @j(reason), "
    "attempts = r.attempts + @j(attempts), next_attempt_at = CASE WHEN @j(delay_ms) IS NULL "
    "THEN r.next_attempt_at ELSE @now + @j(delay_ms) END, first_sent_at = CASE WHEN @j(sent) = 1 "
    "THEN coalesce(r.first_sent_at, r.claimed_at) ELSE r.first_sent_at END, last_sent_at = "
    "CASE WHEN @j(sent) = 1 THEN @now ELSE r.last_sent_at END, in_doubt_since = CASE @j(doubt) "
    "WHEN 'set' THEN coalesce(r.in_doubt_since, r.claimed_at) WHEN 'clear' THEN NULL "
    "ELSE r.in_doubt_since END, look_because = coalesce(@j(look), r.look_because), absent_at = "
    "CASE WHEN @j(sent) = 1 OR @j(doubt) = 'clear' THEN NULL WHEN @j(absent) = 1 THEN @now "
    "ELSE r.absent_at END, external_refund_id = coalesce(@j(refund_id), r.external_refund_id), "
    "done_at = CASE WHEN @j(state) = 'done' THEN @now ELSE r.done_at END, "
    "holder = '', lease_until = 0, updated_at = @now FROM json_each(?2) j WHERE @repair_held";

constexpr char repair_read_settled[] =
    "SELECT @j(action) AS action, @j(target) AS target FROM json_each(?2) j "
    "WHERE EXISTS (SELECT 1 FROM pos_repair_log line WHERE line.target = @j(target) "
    "AND line.token = ?1 AND line.event = @j(event))";

// ---- the door. ?2 = {audit_id, restaurant_id, target, cursor, limit} ----

constexpr char repair_audit[] =
    "SELECT EXISTS (SELECT 1 FROM pos_audits WHERE id = @f(audit_id)) AS is_there";

constexpr char repair_list[] =
    "SELECT @repair_columns, @paged(@repair_bytes, target, SELECT @repair_columns "
    "FROM pos_repairs WHERE audit_id = @f(audit_id) AND target > @f(cursor) "
    "AND restaurant_id = coalesce(@f(restaurant_id), restaurant_id) "
    "AND target = coalesce(@f(target), target) ORDER BY target LIMIT @f(limit))";

constexpr char repair_lines[] =
    "SELECT at, actor, event, from_state, to_state, token, @within(detail, id) FROM pos_repair_log "
    "WHERE target = @f(target) ORDER BY id LIMIT @f(limit)";

// ---- an operator sets one going again. ?1 is his own token, ?2 = {audit_id, target, actor,
// detail, quiet_ms} ----

constexpr char repair_find[] =
    "SELECT r.state, r.reason, r.in_doubt_since, r.holder <> '' AS is_held, "
    "max(0, r.lease_until - @now) AS held_ms, max(0, r.next_attempt_at - @now) AS due_in_ms "
    "FROM pos_repairs r WHERE @repair_asked";

constexpr char repair_log_retried[] =
    "INSERT INTO pos_repair_log (audit_id, target, actor, event, from_state, to_state, token, "
    "detail) SELECT r.audit_id, r.target, @f(actor), 'retried', r.state, CASE WHEN "
    "r.external_refund_id IS NULL THEN 'due' ELSE 'pending' END, ?1, @f(detail) FROM pos_repairs r "
    "WHERE @repair_retriable ON CONFLICT (target, token, event) DO NOTHING";

// Only while its own line is the last one: a batch that D1 runs once more, later, changes nothing.
constexpr char repair_retry[] =
    "UPDATE pos_repairs AS r SET generation = CASE WHEN @repair_moves_on THEN r.generation + 1 "
    "ELSE r.generation END, request = CASE WHEN @repair_moves_on THEN NULL ELSE r.request END, "
    "state = CASE WHEN r.external_refund_id IS NULL THEN 'due' ELSE 'pending' END, "
    "attempts = 0, next_attempt_at = CASE WHEN r.in_doubt_since IS NULL THEN @now "
    "ELSE max(@now, coalesce(r.last_sent_at, 0) + @f(quiet_ms)) END, updated_at = @now "
    "WHERE @repair_retriable AND EXISTS (SELECT 1 FROM pos_repair_log mine "
    "WHERE mine.target = r.target AND mine.token = ?1 AND mine.event = 'retried' AND NOT EXISTS "
    "(SELECT 1 FROM pos_repair_log later WHERE later.target = r.target AND later.id > mine.id))";

constexpr char repair_read_retried[] =
    "SELECT r.state, r.in_doubt_since, r.generation FROM pos_repairs r WHERE @repair_asked "
    "AND EXISTS (SELECT 1 FROM pos_repair_log mine WHERE mine.target = r.target "
    "AND mine.token = ?1 AND mine.event = 'retried')";

}  // namespace pos::store::sql
