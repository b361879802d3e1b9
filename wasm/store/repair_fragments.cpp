// What several statements of the repair say in the same words.
#include "store/fragments.hpp"

namespace pos::store {
namespace {

constexpr Fragment of_repairs[] = {
    // ---- repairs ----
    // The call that claims repairs, while it is open: where the one `now` of its batch stands.
    {"repair_call", "call.claim_key = 'tick:mend:' || ?1 AND call.settled_at IS NULL"},
    // A repair whose owner went away, at that time.
    {"repair_abandoned",
     "r.holder <> '' AND r.lease_until <= #1 AND r.state IN ('due', 'pending')"},
    // A request of it may have been sent, or may yet be: what is frozen is there to be sent.
    {"repair_sendable", "(r.state = 'due' AND r.request IS NOT NULL)"},
    // Its owner has gone away so often that it may be what kills the workers.
    {"repair_deadly", "(r.attempts + 1 >= 2 * @f(most_attempts))"},
    // Repairs `r` that may be taken at that time: nobody holds them, nobody has paused their
    // account, and no older request may still land.
    {"repair_due",
     "pos_repairs r CROSS JOIN pos_accounts a ON a.provider = 'square' AND a.restaurant_id = "
     "@account(r.restaurant_id) AND @serving(a, #1) WHERE r.state IN ('due', 'pending') "
     "AND r.next_attempt_at <= #1 AND r.holder = '' AND (r.in_doubt_since IS NULL "
     "OR coalesce(r.last_sent_at, 0) + @f(quiet_ms) <= #1)"},
    // The repair that an entry of the JSON list ?2 names, if the token ?1 still holds it.
    {"repair_held",
     "r.provider = @j(provider) AND r.action = @j(action) AND r.target = @j(target) "
     "AND r.holder = ?1"},
    // Nothing is frozen for this generation yet, and no request of an earlier one is in doubt.
    {"repair_freezable",
     "@repair_held AND r.lease_until > @now AND r.state = 'due' AND r.in_doubt_since IS NULL "
     "AND (r.generation < @j(generation) OR (r.generation = @j(generation) "
     "AND r.request IS NULL))"},
    // What an operator may set going again.
    {"repair_asked",
     "r.provider = 'square' AND r.action IN ('refund', 'cancel') AND r.target = @f(target) "
     "AND r.audit_id = @f(audit_id)"},
    {"repair_retriable",
     "@repair_asked AND r.holder = '' AND (r.state = 'stopped' OR (r.state = 'due' "
     "AND r.in_doubt_since IS NOT NULL))"},
    // What was frozen goes with its generation, once it is certain that it has had no effect.
    {"repair_moves_on",
     "(r.state = 'stopped' AND r.in_doubt_since IS NULL AND r.request IS NOT NULL "
     "AND r.external_refund_id IS NULL)"},

    // What a list has of a repair.
    {"repair_columns",
     "provider, action, target, audit_id, group_id, restaurant_id, location_id, "
     "external_order_id, survivor_order_id, amount, currency, fee, source_type, approved_by, "
     "approved_role, approved_at, approved, state, "
     "reason, generation, first_sent_at, last_sent_at, in_doubt_since, look_because, absent_at, "
     "external_refund_id, attempts, next_attempt_at, claimed_at, lease_until, done_at, "
     "created_at, updated_at, told_by"},
    {"repair_bytes",
     "@size(target) + @size(audit_id) + @size(group_id) + @size(restaurant_id) + "
     "@size(location_id) + @size(external_order_id) + @size(survivor_order_id) + "
     "@size(currency) + @size(source_type) + @size(approved_by) + @size(approved_role) + "
     "@size(approved) + @size(reason) + @size(look_because) + @size(external_refund_id) + "
     "@size(told_by)"},
    {"mail_columns",
     "id, restaurant_id, language, recipient, subject, body, state, reason, attempts, "
     "approved_by, approved_role, approved_at, first_sent_at, in_doubt_since, sent_at, "
     "external_id, created_at"},
    {"mail_bytes",
     "@size(id) + @size(restaurant_id) + @size(language) + @size(recipient) + @size(subject) + "
     "@size(body) + @size(reason) + @size(approved_by) + @size(approved_role) + "
     "@size(external_id)"},

    // ---- audits ----

    // The account that place #1 is read with.
    {"reader", "a.provider = 'square' AND a.restaurant_id = @account(#1.restaurant_id)"},
    // Places of which something is still to be read; as the partial index says it.
    {"open_place", "#1.step NOT IN ('done', 'left_out')"},
    // Places that can be read on now.
    {"readable",
     "pos_audit_places p CROSS JOIN pos_accounts a ON @reader(p) WHERE @open_place(p) "
     "AND p.next_attempt_at <= @now AND p.lease_until <= @now AND @serving(a, @now)"},
    // No account reads it now; and Square has refused the account's token.
    {"blocked",
     "NOT EXISTS (SELECT 1 FROM pos_accounts a WHERE @reader(#1) AND @serving(a, @now))"},
    {"reader_refused",
     "EXISTS (SELECT 1 FROM pos_accounts a WHERE @reader(#1) AND a.pause_reason IN "
     "('unauthorized', 'not_set_up', 'token_unreadable'))"},
    {"newly_blocked",
     "@open_place(#1) AND #1.lease_until <= @now AND @blocked(#1) AND (#1.failing_since = 0 "
     "OR (#1.refused_since = 0 AND @reader_refused(#1)))"},
    // What an audit does not wait for any longer.
    {"hopeless",
     "@open_place(#1) AND #1.lease_until <= @now AND ((#1.refused_since BETWEEN 1 "
     "AND @now - @f(refused_ms) AND (#1.refusals >= @f(most_refusals) OR (@blocked(#1) "
     "AND @reader_refused(#1)))) OR (#1.failing_since BETWEEN 1 AND @now - @f(failing_ms) "
     "AND (#1.failures >= @f(most_failures) OR @blocked(#1))))"},
    // Nothing that was read of a place is part of the plan any more.
    {"place_emptied",
     "cursor = '', pages = 0, orders = 0, payments = 0, groups = 0, figures = '{}', "
     "fingerprint = '', notes = '', holder = '', lease_until = 0, next_attempt_at = 0, "
     "attempts = 0, updated_at = @now"},
    {"untroubled", "failures = 0, failing_since = 0, refusals = 0, refused_since = 0"},
    {"left_out",
     "EXISTS (SELECT 1 FROM pos_audit_places p WHERE p.audit_id = #1.audit_id "
     "AND p.location_id = #1.location_id AND p.step = 'left_out')"},
    {"operated_place", "#1.audit_id = @f(audit_id) AND #1.location_id = @f(location_id)"},
    // The place that ?2 speaks of, for whoever holds it; and as long as it stands where it stood.
    {"held_place",
     "#1.audit_id = @f(audit_id) AND #1.location_id = @f(location_id) AND #1.holder = ?1 "
     "AND #1.edition = @f(edition)"},
    {"position", "@held_place(#1) AND #1.step = @f(step) AND #1.cursor = @f(cursor)"},
    {"fenced", "EXISTS (SELECT 1 FROM pos_audit_places p WHERE @position(p))"},
    {"noted",
     "CASE WHEN coalesce(@f(note), '') = '' OR instr(notes, @f(note)) > 0 THEN notes "
     "ELSE notes || @f(note) || char(10) END"},
    {"said", "coalesce(json_extract(?3, '$.#1'), '')"},

    // An order `o` as rows of it are read, with its payments, and what we know of it.
    {"known",
     "#1.provider = 'square' AND #1.external_order_id = o.external_order_id AND #1.order_id IN "
     "(o.reference_id, o.order_key, substr(o.order_key, 1, instr(o.order_key || char(35), "
     "char(35)) - 1))"},
    // Booked by hand, it need not name itself as the order of ours that it was booked for. An index
    // has
    // the bookings of a restaurant by their time; none has Square's names of them.
    {"booked_as",
     "#1.provider = 'square' AND #1.external_order_id = o.external_order_id AND #1.restaurant_id = "
     "(SELECT w.restaurant_id FROM pos_audit_places w WHERE w.audit_id = o.audit_id "
     "AND w.location_id = o.location_id) AND #1.booked_at BETWEEN o.created_at - 86400000 "
     "AND o.created_at + 90 * 86400000"},
    // How many other contents stand under the name of its table while a copy of it could come.
    {"table_others",
     "(SELECT count(DISTINCT x.content_hash) FROM pos_audits y CROSS JOIN pos_audit_orders x "
     "ON x.audit_id = y.id AND x.location_id = o.location_id AND x.created_at BETWEEN "
     "o.created_at - y.window_ms AND o.created_at + y.window_ms WHERE y.id = o.audit_id "
     "AND o.table_hash <> 0 AND x.table_hash = o.table_hash AND x.kind = 'sale' "
     "AND x.content_hash <> o.content_hash)"},
    {"member_columns",
     "o.external_order_id, o.location_id, o.created_at, o.kind, o.state, o.paid, o.reference_id, "
     "o.pos_sync, o.order_key, o.table_id, o.total, o.tip, o.currency, o.tax, o.content, "
     "o.missing, o.fingerprint, o.reference_hash, o.metadata_hash, o.content_hash, o.table_hash, "
     "o.customer_hash, o.source_hash, o.tenders, @table_others AS table_others, (SELECT "
     "json_group_array(json_array(m.payment_id, m.created_at, m.status, m.source_type, m.amount, "
     "m.currency, m.refunded, m.fee, m.pending, m.disputed, m.instrument_hash, m.card_brand, "
     "m.card_last_4, m.customer_hash)) FROM (SELECT * "
     "FROM pos_audit_payments x WHERE x.audit_id = o.audit_id "
     "AND x.external_order_id = o.external_order_id ORDER BY x.created_at, x.payment_id) m) "
     "AS payments, EXISTS (SELECT 1 FROM pos_sync_ledger l WHERE @known(l)) OR EXISTS (SELECT 1 "
     "FROM pos_sync_queue q WHERE @known(q)) OR EXISTS (SELECT 1 FROM pos_sync_ledger b "
     "WHERE @booked_as(b)) AS known, f.group_key, f.role, o.id AS row, "
     "@now AS now"},
    {"member_role",
     "LEFT JOIN pos_repair_orders f ON f.provider = 'square' "
     "AND f.external_order_id = o.external_order_id"},

    {"at_rest",
     "#1.created_at < @now - 90 * 86400000 AND coalesce(#1.approved_at, 0) < @now - 90 * 86400000 "
     "AND NOT EXISTS (SELECT 1 FROM pos_audit_places r WHERE r.audit_id = #1.id "
     "AND r.updated_at >= @now - 90 * 86400000) AND NOT EXISTS (SELECT 1 FROM pos_repairs e "
     "WHERE e.audit_id = #1.id AND e.state IN ('due', 'pending'))"},

    // Where restaurants sell: those of ?2.restaurants, or all. One location is one place, whoever
    // sells there.
    {"selling_at",
     "coalesce(nullif(#1.location_id, ''), CASE #1.restaurant_id WHEN '' THEN "
     "nullif(@f(own_location), '') END)"},
    {"sites",
     "(SELECT coalesce(min(nullif(s.restaurant_id, '')), '') AS restaurant_id, s.location_id "
     "FROM (SELECT a.restaurant_id, @selling_at(a) AS location_id FROM pos_accounts a "
     "WHERE a.provider = 'square' AND (@f(restaurants) IS NULL OR a.restaurant_id IN (SELECT "
     "@account(w.value) FROM json_each(?2, '$.restaurants') w))) s WHERE s.location_id IS NOT NULL "
     "GROUP BY s.location_id)"},
    // A restaurant without an account of its own sells where the worker's own account does; that
    // there
    // is such a restaurant is known by its sales.
    {"unknown_restaurants",
     "FROM json_each(?2, '$.restaurants') j WHERE NOT EXISTS (SELECT 1 FROM pos_accounts a "
     "WHERE a.provider = 'square' AND a.restaurant_id = @account(j.value) "
     "AND @selling_at(a) IS NOT NULL AND (a.restaurant_id = j.value OR EXISTS (SELECT 1 "
     "FROM pos_sync_ledger sold WHERE sold.restaurant_id = j.value "
     "AND sold.booked_at IS NOT NULL)))"},
    {"audit_columns",
     "u.id, u.provider, u.from_at, u.to_at, u.window_ms, u.edition, u.actor, u.why_again, "
     "u.approved_at, u.created_at, u.asked, count(p.location_id) AS places, "
     "coalesce(sum(p.step IN ('done', 'left_out')), 0) AS places_done, "
     "coalesce(sum(p.step = 'left_out'), 0) AS places_left_out, u.amended, "
     "coalesce(sum(p.pages), 0) AS pages, "
     "coalesce(sum(p.orders), 0) AS orders, coalesce(sum(p.payments), 0) AS payments, "
     "coalesce(sum(p.groups), 0) AS groups, EXISTS (SELECT 1 FROM pos_repairs r "
     "WHERE r.audit_id = u.id AND r.state IN ('due', 'pending')) AS repairing "
     "FROM pos_audits u LEFT JOIN pos_audit_places p ON p.audit_id = u.id"},

    // ---- approving: the groups of ?2, by their names or by how sure they are ----
    {"planned_orders", "json_each(#1.plan, '$.orders') o"},
    {"o", "json_extract(o.value, '$.#1')"},
    {"p", "json_extract(m.value, '$.#1')"},
    // What the approving person saw of order `o`, and of the one that stays: a request goes out
    // only while Square still says the same.
    // A text, as its column holds it: a list of what is sealed would take JSON for an object of its
    // own, and that is no text of which a seal could hold.
    {"approved_basis",
     "(SELECT json_object('v', 1, 'total', @o(total) - @o(tip), 'content', @o(content), "
     "'payments', (SELECT json_group_array(k.id) FROM (SELECT @p(id) AS id "
     "FROM json_each(o.value, '$.payments') m UNION SELECT t.value "
     "FROM json_each(o.value, '$.tenders') t) k), "
     "'survivor', json_object('paid', json(iif(@s(paid), 'true', 'false')), 'total', "
     "@s(total) - @s(tip), 'content', @s(content), 'payments', (SELECT json_group_array(@p(id)) "
     "FROM json_each(s.value, '$.payments') m WHERE @p(status) = 'COMPLETED'))) || '' "
     "FROM json_each(g.plan, '$.orders') s WHERE @s(role) = 'survivor')"},
    {"s", "json_extract(s.value, '$.#1')"},
    // What stays is clear, so that something can be done about the others.
    {"clear", "EXISTS (SELECT 1 FROM @planned_orders(#1) WHERE @o(action) = 'keep')"},
    {"named",
     "g.audit_id = @f(audit_id) AND g.edition = @f(edition) AND NOT @left_out(g) "
     "AND CASE WHEN @f(groups) IS NULL "
     "THEN g.confidence = 'certain' OR g.confidence = @f(confidence) "
     "ELSE g.group_id IN (SELECT value FROM json_each(?2, '$.groups')) END"},
    {"selected", "@named AND @clear(g)"},
    {"unlike",
     "FROM pos_audit_groups g CROSS JOIN @planned_orders(g) CROSS JOIN pos_repair_orders f "
     "ON f.provider = 'square' AND f.external_order_id = @o(id) WHERE @selected "
     "AND (f.group_key <> json_extract(g.plan, '$.survivor') OR f.role <> @o(role))"},
    {"planned",
     "EXISTS (SELECT 1 FROM pos_audits u WHERE u.id = @f(audit_id) AND u.edition = @f(edition) "
     "AND u.amended = @f(amended)) AND NOT EXISTS (SELECT 1 FROM pos_audit_places p "
     "WHERE p.audit_id = @f(audit_id) AND @open_place(p))"},
    {"approvable", "@planned AND NOT EXISTS (SELECT 1 @unlike)"},
    // A row of repairs that no approval covers as it stands there, or as its orders stand by now,
    // and of which nothing that was sent may stand.
    {"replaceable",
     "(#1.state = 'stopped' AND (#1.reason GLOB 'unsealed*' OR #1.reason GLOB 'changed*' "
     "OR #1.reason GLOB 'survivor_gone*') AND #1.holder = '' "
     "AND #1.in_doubt_since IS NULL AND #1.external_refund_id IS NULL)"},
    // Something of group `g` is not approved yet.
    {"unapproved",
     "(EXISTS (SELECT 1 FROM @planned_orders(g) WHERE NOT EXISTS (SELECT 1 "
     "FROM pos_repair_orders f WHERE f.provider = 'square' AND f.external_order_id = @o(id))) "
     "OR EXISTS (SELECT 1 FROM @planned_orders(g) WHERE @o(action) = 'cancel' AND NOT EXISTS "
     "(SELECT 1 FROM pos_repairs r WHERE r.provider = 'square' AND r.action = 'cancel' "
     "AND r.target = @o(id) AND NOT @replaceable(r))) OR EXISTS (SELECT 1 FROM @planned_orders(g) "
     "CROSS JOIN json_each(o.value, '$.payments') m WHERE @p(action) = 'refund' AND NOT EXISTS "
     "(SELECT 1 FROM pos_repairs r WHERE r.provider = 'square' AND r.action = 'refund' "
     "AND r.target = @p(id) AND NOT @replaceable(r))))"},

    // ---- the books ----

    // As the partial indexes say it, so that they are used.
    {"sold", "#1.booked_at IS NOT NULL"},
    {"unnamed", "#1.status = 'success' AND #1.external_order_id IS NULL"},
    {"frozen_order", "json_extract(#1.request, '$.order')"},
    // When it was placed, in Unix milliseconds, as far as the frozen bytes say so.
    {"placed_at",
     "CAST((julianday(json_extract(@frozen_order(#1), '$.order.metadata.placed_at')) "
     "- 2440587.5) * 86400000 + 0.5 AS INTEGER)"},
    // What the ledger and, where nothing was frozen, the queue say of a sale.
    {"ledger_sale",
     "coalesce(#1.first_sent_at, #1.booked_at, 0) AS at, CASE WHEN #1.booked_at IS NOT NULL "
     "THEN 'sold' WHEN #1.in_doubt_since IS NOT NULL THEN 'in_doubt' ELSE 'unsold' END AS known, "
     "coalesce(#1.external_order_id, '') AS external_order_id, "
     "coalesce(json_extract(#1.request, '$.payment'), '') <> '' AS pays, "
     "coalesce(@frozen_order(#1), '') AS body, CASE WHEN #1.request IS NULL THEN "
     "coalesce((SELECT row.payload FROM pos_sync_queue row WHERE @same(row, #1) "
     "ORDER BY row.status = 'success' DESC, row.id DESC LIMIT 1), '') ELSE '' END AS payload, "
     "CASE WHEN #1.booked_at IS NULL THEN coalesce((SELECT row.status || "
     "coalesce(', ' || substr(row.last_error, 1, 1000), '') FROM pos_sync_queue row WHERE "
     "@same(row, #1) "
     "ORDER BY row.id DESC LIMIT 1), '') ELSE '' END AS note"},
};

}  // namespace

std::span<const Fragment> repair_fragments() { return of_repairs; }

}  // namespace pos::store
