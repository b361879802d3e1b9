// What is asked of audits over HTTP: made, listed, shown, approved, and read anew.
//
// Parameters: ?1 is not used; ?2 = {audit_id, …}.
#pragma once

#include "store/sealed_columns.hpp"

namespace pos::store::sql {

// ---- making one: ?2 = {audit_id, from, to, window_ms, lag_ms, actor, asked, own_location,
// restaurants} ----

constexpr char audit_unknown[] = "SELECT j.key, j.value @unknown_restaurants ORDER BY j.key";

// How many places there are, and until when an audit may read.
constexpr char audit_sites[] =
    "SELECT (SELECT count(*) FROM @sites) AS places, @now - @f(lag_ms) AS latest";

// What was sold in the last minutes may be missing in a search still: it is left to a later audit.
constexpr char audit_create[] =
    "INSERT INTO pos_audits (id, from_at, to_at, window_ms, actor, asked, created_at) SELECT "
    "@f(audit_id), @f(from), min(@f(to), t.now - @f(lag_ms)), @f(window_ms), @f(actor), @f(asked), "
    "t.now FROM (SELECT @now AS now) t WHERE @f(from) < min(@f(to), t.now - @f(lag_ms)) "
    "AND NOT EXISTS (SELECT 1 @unknown_restaurants) AND EXISTS (SELECT 1 FROM @sites) "
    "ON CONFLICT (id) DO NOTHING";

// Only those of an audit that has none: where restaurants sell may be something else by the time
// that the same is asked for again.
constexpr char audit_create_places[] =
    "INSERT INTO pos_audit_places (audit_id, location_id, restaurant_id) SELECT u.id, "
    "site.location_id, site.restaurant_id FROM pos_audits u CROSS JOIN @sites site "
    "WHERE u.id = @f(audit_id) AND u.asked = @f(asked) AND NOT EXISTS (SELECT 1 "
    "FROM pos_audit_places p WHERE p.audit_id = u.id) ON CONFLICT (audit_id, location_id) DO "
    "NOTHING";

// The quarter that has ended last: its name, when it began, and when it was over.
constexpr char audit_quarter[] =
    "SELECT 'quarter-' || strftime('%Y', q.began) || '-Q' || ((strftime('%m', q.began) + 2) / 3) "
    "AS name, CAST(strftime('%s', q.began, '-1 day') AS INTEGER) * 1000 AS from_at, "
    "CAST(strftime('%s', q.began, '+3 months') AS INTEGER) * 1000 AS to_at FROM (SELECT "
    "date(@now / 1000, 'unixepoch', 'start of month', '-' || "
    "((strftime('%m', @now / 1000, 'unixepoch') - 1) % 3 + 3) || ' months') AS began) q";

// ---- showing ----

constexpr char audit_row[] = "SELECT @audit_columns WHERE u.id = @f(audit_id) GROUP BY u.id";

// ?2 = {after_at, after_id}
constexpr char audit_list[] =
    "SELECT id, provider, from_at, to_at, window_ms, edition, actor, why_again, approved_at, "
    "created_at, asked, places, places_done, places_left_out, amended, pages, orders, payments, "
    "groups, repairing, @paged(@size(id) + @size(actor) + @size(why_again) + @size(asked), "
    "created_at DESC,id, SELECT @audit_columns WHERE @f(after_at) IS NULL "
    "OR u.created_at < @f(after_at) OR (u.created_at = @f(after_at) AND u.id > @f(after_id)) "
    "GROUP BY u.id ORDER BY u.created_at DESC, u.id LIMIT 100)";

// With what it takes to ask Square about each, for the approval; a token never goes any further.
constexpr char audit_places[] =
    "SELECT p.location_id, p.restaurant_id, p.edition, p.step, p.name, p.email, p.language, "
    "p.time_zone, p.currency, p.pages, p.orders, p.payments, p.groups, p.figures, p.fingerprint, "
    "p.notes, p.attempts, p.next_attempt_at, p.last_error, p.updated_at, p.began_at, "
    "a.restaurant_id AS account, a.token, coalesce(@selling_at(a) = p.location_id, 0) AS sells, "
    "p.failures, p.failing_since, p.refusals, p.refused_since, coalesce(p.left_out_at, 0) "
    "AS left_out_at, p.left_out_by, p.left_out_because "
    "FROM pos_audit_places p LEFT JOIN pos_accounts a ON a.provider = 'square' "
    "AND a.restaurant_id = p.restaurant_id WHERE p.audit_id = @f(audit_id) ORDER BY p.location_id";

constexpr char audit_repairs[] =
    "SELECT r.state, count(*) AS items FROM pos_repairs r WHERE r.audit_id = @f(audit_id) "
    "GROUP BY r.state";

// ?2 = {audit_id, after_location, after_group, disputes, limit}: by place, 200 or so at a time, or
// only those with a payment that Square refunds no more.
constexpr char audit_groups[] =
    "SELECT location_id, group_id, restaurant_id, edition, approved_at, approved_by, plan, "
    "repairs, "
    "@paged(@size(plan) + @size(repairs) + @size(approved_by), "
    "location_id,group_id, SELECT g.location_id, g.group_id, g.restaurant_id, g.edition, "
    "g.approved_at, g.approved_by, g.plan, (SELECT json_group_array(json_object('action', "
    "r.action, 'target', r.target, 'state', "
    "r.state, 'reason', r.reason, 'refund_id', r.external_refund_id, 'order_id', "
    "r.external_order_id, 'amount', r.amount)) FROM @planned_orders(g) "
    "CROSS JOIN pos_repairs r ON r.external_order_id = @o(id)) AS repairs "
    "FROM pos_audits u CROSS JOIN pos_audit_groups g ON g.audit_id = u.id "
    "WHERE u.id = @f(audit_id) AND (g.location_id, g.group_id) > (@f(after_location), "
    "@f(after_group)) AND ((g.edition = u.edition AND NOT @left_out(g)) "
    "OR g.approved_at IS NOT NULL) "
    "AND (@f(disputes) = 0 OR EXISTS (SELECT 1 FROM @planned_orders(g) "
    "CROSS JOIN json_each(o.value, '$.payments') m WHERE @p(reason) LIKE 'disputed%' "
    "OR @p(reason) LIKE 'too_old%')) ORDER BY g.location_id, g.group_id LIMIT @f(limit))";

// Orders that lack what is compared, by place; the same cursor as the groups have.
constexpr char audit_not_comparable[] =
    "SELECT location_id, external_order_id, restaurant_id, created_at, state, reference_id, total, "
    "currency, missing, @paged(@size(external_order_id) + @size(restaurant_id) + @size(state) + "
    "@size(reference_id) + @size(currency) + @size(missing), location_id,external_order_id, "
    "SELECT o.location_id, o.external_order_id, p.restaurant_id, o.created_at, o.state, "
    "o.reference_id, o.total, o.currency, o.missing FROM pos_audit_orders o "
    "CROSS JOIN pos_audit_places p ON p.audit_id = o.audit_id AND p.location_id = o.location_id "
    "WHERE o.audit_id = @f(audit_id) AND o.missing <> '' AND (o.location_id, o.external_order_id) "
    "> "
    "(@f(after_location), @f(after_group)) ORDER BY o.location_id, o.external_order_id "
    "LIMIT @f(limit))";

// ---- a place left out, and put back: ?1 its token, ?2 = {audit_id, location_id, actor, reason}
// ----
//
// In this order: that the place is there, or is left out, is what says that it has not been done.

constexpr char audit_leave_out_log[] =
    "INSERT INTO pos_repair_log (audit_id, target, actor, event, from_state, to_state, token, "
    "detail) SELECT p.audit_id, p.location_id, @f(actor), 'place_left_out', p.step, 'left_out', "
    "?1, @f(detail) FROM pos_audit_places p WHERE @operated_place(p) "
    "AND p.step <> 'left_out' ON CONFLICT (target, token, event) DO NOTHING";

constexpr char audit_leave_out_count[] =
    "UPDATE pos_audits SET amended = amended + 1 WHERE id = @f(audit_id) AND EXISTS (SELECT 1 "
    "FROM pos_audit_places p WHERE @operated_place(p) AND p.step <> 'left_out')";

constexpr char audit_leave_out[] =
    "UPDATE pos_audit_places SET step = 'left_out', left_out_at = @now, left_out_by = @f(actor), "
    "left_out_because = @f(reason), @place_emptied WHERE @operated_place(pos_audit_places) "
    "AND step <> 'left_out'";

constexpr char audit_put_back_log[] =
    "INSERT INTO pos_repair_log (audit_id, target, actor, event, from_state, to_state, token, "
    "detail) SELECT p.audit_id, p.location_id, @f(actor), 'place_put_back', p.step, 'location', "
    "?1, @f(detail) FROM pos_audit_places p WHERE @operated_place(p) "
    "AND p.step = 'left_out' ON CONFLICT (target, token, event) DO NOTHING";

constexpr char audit_put_back_count[] =
    "UPDATE pos_audits SET amended = amended + 1 WHERE id = @f(audit_id) AND EXISTS (SELECT 1 "
    "FROM pos_audit_places p WHERE @operated_place(p) AND p.step = 'left_out')";

// What an earlier reading has found is no plan any more; what was approved of it stays.
constexpr char audit_put_back_groups[] =
    "DELETE FROM pos_audit_groups WHERE audit_id = @f(audit_id) AND location_id = @f(location_id) "
    "AND approved_at IS NULL AND @left_out(pos_audit_groups)";

constexpr char audit_put_back[] =
    "UPDATE pos_audit_places SET step = 'location', left_out_at = NULL, left_out_by = '', "
    "left_out_because = '', last_error = '', @untroubled, @place_emptied "
    "WHERE @operated_place(pos_audit_places) AND step = 'left_out'";

// ---- approving: ?2 = {audit_id, edition, amended, groups or confidence, actor, role, reason,
// approved_at, own_location} ----

// When it is approved: one time of D1's for all that is sealed by one approval.
constexpr char audit_now[] = "SELECT @now AS now";

// All plans of an edition, in the order of their fingerprint, some at a time: ?2 = {audit_id,
// edition, after_location, after_group, limit}.
constexpr char audit_all_plans[] =
    "SELECT location_id, group_id, plan, @paged(@size(plan), location_id,group_id, "
    "SELECT g.location_id, g.group_id, g.plan FROM pos_audit_groups g WHERE g.audit_id = "
    "@f(audit_id) AND g.edition = @f(edition) AND (g.location_id, g.group_id) > "
    "(@f(after_location), @f(after_group)) ORDER BY g.location_id, g.group_id LIMIT @f(limit))";

constexpr char audit_selection[] =
    "SELECT g.group_id, g.location_id, g.confidence, @clear(g) AS clear, @unapproved AS unapproved "
    "FROM pos_audit_groups g WHERE @named ORDER BY g.group_id";

// What the plans of some groups rest on, as D1 has it now: ?2 = {audit_id, chunk: [group_id, …]}.
constexpr char audit_plans[] =
    "SELECT g.group_id, g.location_id, g.plan FROM json_each(?2, '$.chunk') j "
    "CROSS JOIN pos_audit_groups g ON g.audit_id = @f(audit_id) AND g.group_id = j.value";

constexpr char audit_plans_members[] =
    "SELECT g.group_id, @member_columns FROM json_each(?2, '$.chunk') j "
    "CROSS JOIN pos_audit_groups g ON g.audit_id = @f(audit_id) AND g.group_id = j.value "
    "CROSS JOIN json_each(g.plan, '$.orders') w CROSS JOIN pos_audit_orders o "
    "ON o.audit_id = g.audit_id AND o.external_order_id = json_extract(w.value, '$.id') "
    "@member_role ORDER BY g.group_id, o.created_at, o.id";

// Which of some orders are not as they were read: ?3 = a list as audit_orders_in takes it.
constexpr char audit_changed[] =
    "SELECT @j(id) AS order_id, o.id IS NULL AS is_new FROM json_each(?3) j "
    "LEFT JOIN pos_audit_orders o ON o.audit_id = @f(audit_id) AND o.external_order_id = @j(id) "
    "WHERE o.id IS NULL OR o.kind <> @j(kind) OR o.paid <> @j(paid) OR o.total <> @j(total) "
    "OR o.state <> @j(state) OR o.reference_id <> @j(reference_id) OR o.pos_sync <> @j(pos_sync) "
    "OR o.order_key <> @j(order_key) OR o.fingerprint <> @j(fingerprint)";

// Each of these asks by itself whether the approval holds, and each can run again: nothing that one
// of them writes changes the answer.
constexpr char audit_approve_groups[] =
    "UPDATE pos_audit_groups AS g SET approved_at = @f(approved_at), approved_by = @f(actor) "
    "WHERE @selected AND g.approved_at IS NULL AND @approvable";

constexpr char audit_approve_orders[] =
    "INSERT INTO pos_repair_orders (external_order_id, group_key, role, audit_id, group_id, "
    "approved_at) SELECT @o(id), json_extract(g.plan, '$.survivor'), @o(role), g.audit_id, "
    "g.group_id, @now FROM pos_audit_groups g CROSS JOIN @planned_orders(g) WHERE @selected "
    "AND @approvable ON CONFLICT (provider, external_order_id) DO NOTHING";

// What the plans of some groups ask for, as it is to be sealed. ?2 = {chunk: [group_id, …], actor,
// role, approved_at}. Both conditions stand once more where it is written down.
constexpr char audit_planned_refunds[] =
    "SELECT g.group_id, 'refund' AS action, @p(id) AS target, json_array('pos_repairs'"
    POS_SEALED_REPAIR(POS_SEALED_REFUND) ") AS sealed FROM json_each(?2, '$.chunk') j "
    "CROSS JOIN pos_audit_groups g ON g.audit_id = @f(audit_id) AND g.group_id = j.value "
    "CROSS JOIN @planned_orders(g) CROSS JOIN json_each(o.value, '$.payments') m "
    "WHERE @p(action) = 'refund'";

constexpr char audit_planned_cancels[] =
    "SELECT g.group_id, 'cancel' AS action, @o(id) AS target, json_array('pos_repairs'"
    POS_SEALED_REPAIR(POS_SEALED_CANCEL) ") AS sealed FROM json_each(?2, '$.chunk') j "
    "CROSS JOIN pos_audit_groups g ON g.audit_id = @f(audit_id) AND g.group_id = j.value "
    "CROSS JOIN @planned_orders(g) WHERE @o(action) = 'cancel'";

// ?3 = [{group, action, target, seal}]: what was sealed, and nothing else, is written down. A row
// that somebody has put there, and that no seal holds, gives way to what is approved now.
#define POS_APPROVED_SOURCE                                                           \
  " FROM json_each(?3) j CROSS JOIN pos_audit_groups g ON g.audit_id = @f(audit_id) " \
  "AND g.group_id = @j(group) CROSS JOIN @planned_orders(g) "
#define POS_APPROVED_UPSERT \
  " AND @approvable ON CONFLICT (provider, action, target) DO UPDATE SET seal = "             \
  "excluded.seal" POS_SEALED_REPAIR(POS_SEALED_EXCLUDED) ", state = 'due', reason = '', "     \
  "generation = generation + (request IS NOT NULL), request = NULL, attempts = 0, "           \
  "next_attempt_at = 0, updated_at = @now WHERE @replaceable(pos_repairs)"

constexpr char audit_approve_refunds[] = "INSERT INTO pos_repairs (seal" POS_SEALED_REPAIR(
    POS_SEALED_NAME) ") SELECT @j(seal)" POS_SEALED_REPAIR(POS_SEALED_REFUND) POS_APPROVED_SOURCE
    "CROSS JOIN json_each(o.value, '$.payments') m WHERE @selected AND @p(action) = 'refund' "
    "AND @j(action) = 'refund' AND @p(id) = @j(target)" POS_APPROVED_UPSERT;

constexpr char audit_approve_cancels[] = "INSERT INTO pos_repairs (seal" POS_SEALED_REPAIR(
    POS_SEALED_NAME) ") SELECT @j(seal)" POS_SEALED_REPAIR(POS_SEALED_CANCEL) POS_APPROVED_SOURCE
    "WHERE @selected AND @o(action) = 'cancel' AND @j(action) = 'cancel' "
    "AND @o(id) = @j(target)" POS_APPROVED_UPSERT;

#undef POS_APPROVED_SOURCE
#undef POS_APPROVED_UPSERT

constexpr char audit_approve_log[] =
    "INSERT INTO pos_repair_log (audit_id, target, actor, event, to_state, token, detail) SELECT "
    "r.audit_id, r.target, @f(actor), 'approved', 'due', 'approve:' || r.audit_id || ':' || "
    "r.group_id, json_object('action', r.action, 'amount', r.amount, 'currency', r.currency, "
    "'role', @f(role), 'reason', @f(reason)) FROM pos_repairs r CROSS JOIN pos_audit_groups g "
    "ON g.audit_id = r.audit_id AND g.group_id = r.group_id WHERE r.audit_id = @f(audit_id) "
    "AND @selected AND @approvable ON CONFLICT (target, token, event) DO NOTHING";

constexpr char audit_approve_audit[] =
    "UPDATE pos_audits SET approved_at = @now WHERE id = @f(audit_id) AND approved_at IS NULL "
    "AND @approvable AND EXISTS (SELECT 1 FROM pos_audit_groups g WHERE @selected)";

constexpr char audit_approved[] =
    "SELECT @planned AS planned, (SELECT @o(id) @unlike LIMIT 1) AS unlike, (SELECT count(*) "
    "FROM pos_audit_groups g WHERE @selected AND g.approved_at IS NOT NULL) AS groups";

constexpr char audit_approved_money[] =
    "SELECT r.currency, sum(r.action = 'refund') AS refunds, sum(r.action = 'cancel') AS cancels, "
    "sum(CASE r.action WHEN 'refund' THEN r.amount ELSE 0 END) AS amount FROM pos_repairs r "
    "CROSS JOIN pos_audit_groups g ON g.audit_id = r.audit_id AND g.group_id = r.group_id "
    "WHERE r.audit_id = @f(audit_id) AND @selected GROUP BY r.currency ORDER BY r.currency";

// ---- reading anew: ?2 = {audit_id, edition, why, own_location} ----

// In this order: the audit's own edition is what says that it has been done. What is left out stays
// so until somebody puts it back.
constexpr char audit_again_places[] =
    "UPDATE pos_audit_places AS p SET edition = p.edition + 1, step = CASE p.step "
    "WHEN 'left_out' THEN p.step ELSE 'location' END, "
    "restaurant_id = coalesce((SELECT site.restaurant_id FROM @sites site "
    "WHERE site.location_id = p.location_id), p.restaurant_id), @place_emptied, last_error = '', "
    "@untroubled "
    "WHERE p.audit_id = @f(audit_id) AND EXISTS (SELECT 1 FROM pos_audits u "
    "WHERE u.id = @f(audit_id) AND u.edition = @f(edition))";

constexpr char audit_again[] =
    "UPDATE pos_audits SET edition = edition + 1, why_again = @f(why) "
    "WHERE id = @f(audit_id) AND edition = @f(edition)";

}  // namespace pos::store::sql
