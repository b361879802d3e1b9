// Credits, drafts of mails, and the outbox.
//
// A repair that is at rest is told of in one mail: `told_by` names it. What is read for a draft has
// a signature, and a draft is written only if that is still the same: then its text tells of just
// what is marked as told. A mail that somebody is about to send has claimed_at; it goes on to be
// his, the holder's, until lease_until. Whoever finds it beyond that takes it over, in doubt.
#pragma once

#include "store/sealed_columns.hpp"

namespace pos::store::sql {

// What a draft for `p` (audit_id, restaurant_id, and the id of the draft if there is one) is made
// from. Nothing of it is open where one is written, so a state that changes shows in updated_at.
#define POS_MAIL_SIGNATURE                                                                       \
  "(SELECT count(*) || ':' || sum(s.state IN ('due', 'pending')) || ':' || "                     \
  "sum(s.state = 'done') || ':' || sum(s.amount) || ':' || max(s.updated_at) || ':' || "         \
  "sum(s.told_by IN ('', p.id)) FROM pos_repairs s WHERE s.audit_id = p.audit_id "               \
  "AND s.restaurant_id = p.restaurant_id) || ':' || coalesce((SELECT json_array(own.name, "      \
  "own.email, own.language, own.time_zone) FROM pos_accounts own WHERE own.provider = 'square' " \
  "AND own.restaurant_id = p.restaurant_id), '')"

#define POS_MAIL_AT_REST                                                         \
  "NOT EXISTS (SELECT 1 FROM pos_repairs open WHERE open.audit_id = w.audit_id " \
  "AND open.restaurant_id = w.restaurant_id AND open.state IN ('due', 'pending'))"

#define POS_MAIL_WANTED                                                           \
  "(SELECT DISTINCT audit_id, restaurant_id FROM pos_repairs WHERE told_by = '' " \
  "UNION SELECT audit_id, restaurant_id FROM pos_mails WHERE state = 'draft' "    \
  "AND reason <> '') w"

// A part of what a tick asks first.
#define POS_MAIL_DUE                                      \
  "EXISTS (SELECT 1 FROM pos_mails WHERE state = 'due' "  \
  "AND next_attempt_at <= @now AND lease_until <= @now) " \
  "OR EXISTS (SELECT 1 FROM " POS_MAIL_WANTED " WHERE " POS_MAIL_AT_REST ")"

// ---- drafting. ?2 = {audit_id, restaurant_id, limit}: those behind that place, each with all that
// its text needs. The figures stand in two lists: of all that was approved for it (fresh = 0), and
// of that which no mail that was approved has told (fresh = 1). Of payments that cannot be refunded
// the plan of an approved group tells: no repair is made of them. ----

constexpr char mail_wanting[] =
    "WITH pair AS (SELECT w.audit_id, w.restaurant_id, coalesce((SELECT d.id FROM pos_mails d "
    "WHERE d.audit_id = w.audit_id AND d.restaurant_id = w.restaurant_id AND d.state = 'draft'), "
    "'') AS id, (SELECT count(*) FROM pos_mails m WHERE m.audit_id = w.audit_id "
    "AND m.restaurant_id = w.restaurant_id AND m.state <> 'draft') + 1 AS number, "
    "coalesce((SELECT max(m.approved_at) FROM pos_mails m WHERE m.audit_id = w.audit_id "
    "AND m.restaurant_id = w.restaurant_id AND m.state <> 'draft'), 0) AS told_at "
    "FROM " POS_MAIL_WANTED
    " WHERE (w.audit_id, w.restaurant_id) > (@f(audit_id), @f(restaurant_id)) "
    "AND " POS_MAIL_AT_REST
    " ORDER BY w.audit_id, w.restaurant_id LIMIT @f(limit)), "
    "item AS (SELECT p.audit_id, p.restaurant_id, r.currency, r.external_order_id AS order_id, "
    "r.told_by IN ('', p.id) AS fresh, CASE WHEN r.state = 'stopped' "
    "THEN CASE WHEN r.reason LIKE 'disputed%' OR r.reason LIKE 'too_old%' THEN 'listed' "
    "ELSE 'stopped' END WHEN r.action = 'cancel' THEN 'canceled' "
    "WHEN r.source_type IN ('CASH', 'EXTERNAL') THEN 'recorded' ELSE 'refunded' END AS kind, "
    "r.amount, r.fee FROM pair p CROSS JOIN pos_repairs r ON r.audit_id = p.audit_id "
    "AND r.restaurant_id = p.restaurant_id "
    "UNION ALL SELECT p.audit_id, p.restaurant_id, json_extract(g.plan, '$.currency'), "
    "json_extract(o.value, '$.id'), coalesce((SELECT max(r.told_by IN ('', p.id)) "
    "FROM pos_repairs r WHERE r.audit_id = p.audit_id AND r.restaurant_id = p.restaurant_id "
    "AND r.group_id = g.group_id), g.approved_at > p.told_at), 'listed', "
    "json_extract(y.value, '$.amount'), coalesce(json_extract(y.value, '$.fee'), 0) "
    "FROM pair p CROSS JOIN pos_audit_places l ON l.audit_id = p.audit_id "
    "AND l.restaurant_id = p.restaurant_id CROSS JOIN pos_audit_groups g "
    "ON g.audit_id = l.audit_id AND g.location_id = l.location_id AND g.approved_at IS NOT NULL "
    "CROSS JOIN json_each(g.plan, '$.orders') o CROSS JOIN json_each(o.value, '$.payments') y "
    "WHERE json_extract(o.value, '$.role') = 'duplicate' "
    "AND json_extract(y.value, '$.action') = 'none' "
    "AND (json_extract(y.value, '$.reason') LIKE 'disputed%' "
    "OR json_extract(y.value, '$.reason') LIKE 'too_old%')), "
    "figure AS (SELECT i.audit_id, i.restaurant_id, json_object('fresh', scope.fresh, "
    "'currency', i.currency, 'orders', count(DISTINCT i.order_id), 'fees', sum(i.fee), "
    "'refunds', sum(i.kind = 'refunded'), 'refunded', sum(i.amount * (i.kind = 'refunded')), "
    "'records', sum(i.kind = 'recorded'), 'recorded', sum(i.amount * (i.kind = 'recorded')), "
    "'canceled', count(DISTINCT CASE WHEN i.kind = 'canceled' THEN i.order_id END), "
    "'listed', sum(i.kind = 'listed'), 'listed_amount', sum(i.amount * (i.kind = 'listed')), "
    "'stopped', sum(i.kind = 'stopped'), 'stopped_amount', sum(i.amount * (i.kind = 'stopped'))) "
    "AS json FROM item i CROSS JOIN (SELECT 0 AS fresh UNION ALL SELECT 1) scope "
    "WHERE i.fresh >= scope.fresh GROUP BY i.audit_id, i.restaurant_id, scope.fresh, i.currency) "
    "SELECT p.audit_id, p.restaurant_id, p.id AS draft, p.number, " POS_MAIL_SIGNATURE
    " AS signature, "
    "coalesce(nullif(a.name, ''), l.name, '') AS name, "
    "coalesce(nullif(a.email, ''), l.email, '') AS email, "
    "coalesce(nullif(a.language, ''), l.language, '') AS language, "
    "coalesce(nullif(a.time_zone, ''), l.time_zone, '') AS time_zone, "
    "(SELECT min(t.created_at) FROM item i CROSS JOIN pos_audit_orders t "
    "ON t.audit_id = i.audit_id AND t.external_order_id = i.order_id "
    "WHERE i.audit_id = p.audit_id AND i.restaurant_id = p.restaurant_id AND i.fresh) AS first_at, "
    "(SELECT max(t.created_at) FROM item i CROSS JOIN pos_audit_orders t "
    "ON t.audit_id = i.audit_id AND t.external_order_id = i.order_id "
    "WHERE i.audit_id = p.audit_id AND i.restaurant_id = p.restaurant_id AND i.fresh) AS last_at, "
    "(SELECT json_group_array(json(f.json)) FROM figure f WHERE f.audit_id = p.audit_id "
    "AND f.restaurant_id = p.restaurant_id) AS figures "
    "FROM pair p LEFT JOIN pos_accounts a ON a.provider = 'square' "
    "AND a.restaurant_id = p.restaurant_id "
    "LEFT JOIN pos_audit_places l ON l.audit_id = p.audit_id AND l.location_id = "
    "(SELECT b.location_id FROM pos_audit_places b WHERE b.audit_id = p.audit_id "
    "AND b.restaurant_id = p.restaurant_id ORDER BY b.email = '', b.location_id LIMIT 1) "
    "ORDER BY p.audit_id, p.restaurant_id";

// ---- one draft, in one batch. ?1 is its writer's token, ?2 = {audit_id, restaurant_id, id,
// number, signature, language, recipient, subject, body, months, credits: […]}. The writer becomes
// the draft's holder if the signature holds, and what follows asks for that alone. ----

constexpr char mail_draft_open[] =
    "UPDATE pos_mails SET holder = '' WHERE id = @f(id) AND state = 'draft'";

constexpr char mail_draft_write[] =
    "INSERT INTO pos_mails (id, audit_id, restaurant_id, language, recipient, subject, body, "
    "holder) SELECT p.id, p.audit_id, p.restaurant_id, @f(language), @f(recipient), @f(subject), "
    "@f(body), ?1 FROM (SELECT @f(id) AS id, @f(audit_id) AS audit_id, "
    "@f(restaurant_id) AS restaurant_id) p WHERE " POS_MAIL_SIGNATURE
    " = @f(signature) "
    "ON CONFLICT (id) DO UPDATE SET language = excluded.language, recipient = excluded.recipient, "
    "subject = excluded.subject, body = excluded.body, reason = '', holder = excluded.holder, "
    "updated_at = @now WHERE pos_mails.state = 'draft'";

constexpr char mail_draft_credit[] =
    "INSERT INTO pos_credits (audit_id, restaurant_id, currency, duplicates, refunded, recorded, "
    "canceled, disputed, fees, months) SELECT m.audit_id, m.restaurant_id, @j(currency), "
    "@j(orders), @j(refunded), @j(recorded), @j(canceled), @j(listed) + @j(stopped), @j(fees), "
    "@f(months) FROM pos_mails m CROSS JOIN json_each(?2, '$.credits') j "
    "WHERE m.id = @f(id) AND m.holder = ?1 AND m.state = 'draft' "
    "ON CONFLICT (audit_id, restaurant_id, currency) DO UPDATE SET "
    "duplicates = excluded.duplicates, refunded = excluded.refunded, "
    "recorded = excluded.recorded, canceled = excluded.canceled, disputed = excluded.disputed, "
    "fees = excluded.fees, months = CASE WHEN @f(number) = 1 THEN excluded.months ELSE months END";

constexpr char mail_draft_told[] =
    "UPDATE pos_repairs SET told_by = @f(id) WHERE audit_id = @f(audit_id) "
    "AND restaurant_id = @f(restaurant_id) AND told_by = '' AND EXISTS (SELECT 1 FROM pos_mails m "
    "WHERE m.id = @f(id) AND m.holder = ?1 AND m.state = 'draft')";

constexpr char mail_draft_read[] = "SELECT holder = ?1 AS written FROM pos_mails WHERE id = @f(id)";

// ---- the outbox. ?1 is the sender's token, ?2 = {lease_ms, window_ms, max_attempts} ----

// Past the time for which Resend remembers a key, sending again might be sending twice.
constexpr char mail_expire[] =
    "UPDATE pos_mails SET state = 'dead', reason = CASE WHEN claimed_at IS NULL "
    "THEN 'unknown_outcome: nobody knows whether it was sent, and its key is about to be "
    "forgotten; "
    "the last try: ' || reason ELSE 'unknown_outcome: a worker went away while sending it' END, "
    "in_doubt_since = coalesce(in_doubt_since, claimed_at), "
    "first_sent_at = coalesce(first_sent_at, claimed_at), holder = '', claimed_at = NULL, "
    "lease_until = 0, updated_at = @now WHERE state = 'due' AND lease_until <= @now "
    "AND (in_doubt_since IS NOT NULL OR claimed_at IS NOT NULL) "
    "AND (coalesce(first_sent_at, claimed_at) + @f(window_ms) <= @now "
    "OR (claimed_at IS NOT NULL AND attempts + 1 >= @f(max_attempts))) RETURNING id";

// One at a time, so that no other is in doubt when a worker goes away; and one per token, so that a
// batch that D1 runs once more takes no other one.
constexpr char mail_claim[] =
    "UPDATE pos_mails SET holder = ?1, attempts = attempts + (claimed_at IS NOT NULL), "
    "in_doubt_since = coalesce(in_doubt_since, claimed_at), "
    "first_sent_at = coalesce(first_sent_at, claimed_at), claimed_at = @now, "
    "lease_until = @now + @f(lease_ms), updated_at = @now "
    "WHERE id = (SELECT n.id FROM pos_mails n WHERE n.state = 'due' AND n.next_attempt_at <= @now "
    "AND n.lease_until <= @now ORDER BY n.next_attempt_at, n.id LIMIT 1) "
    "AND NOT EXISTS (SELECT 1 FROM pos_mails h WHERE h.holder = ?1 AND h.holder <> '')";

constexpr char mail_claimed[] =
    "SELECT r.id, r.request, r.attempts, r.in_doubt_since IS NOT NULL AS in_doubt, "
    "r.seal, " POS_MAIL_SEALED_VALUES
    " AS sealed FROM pos_mails r "
    "WHERE r.holder = ?1 AND r.holder <> ''";

// ?2 = {id, state, reason, attempts, delay_ms, sent, doubt, external_id}. `sent` is 1 where Resend
// has it or may have it.
constexpr char mail_settle[] =
    "UPDATE pos_mails SET state = @f(state), reason = coalesce(@f(reason), reason), "
    "attempts = attempts + @f(attempts), external_id = coalesce(@f(external_id), external_id), "
    "first_sent_at = CASE WHEN @f(sent) = 1 THEN coalesce(first_sent_at, claimed_at) "
    "ELSE first_sent_at END, last_sent_at = CASE WHEN @f(sent) = 1 THEN @now ELSE last_sent_at "
    "END, "
    "in_doubt_since = CASE @f(doubt) WHEN 'set' THEN coalesce(in_doubt_since, claimed_at) "
    "WHEN 'clear' THEN NULL ELSE in_doubt_since END, "
    "sent_at = CASE WHEN @f(state) = 'sent' THEN @now ELSE sent_at END, "
    "next_attempt_at = @now + @f(delay_ms), claimed_at = NULL, lease_until = 0, updated_at = @now "
    "WHERE id = @f(id) AND holder = ?1 AND claimed_at IS NOT NULL";

constexpr char mail_settled[] =
    "SELECT holder = ?1 AND claimed_at IS NULL AS won FROM pos_mails WHERE id = @f(id)";

// ---- the door ----

// ?1 = {audit_id, after}
constexpr char mail_audit[] =
    "SELECT EXISTS (SELECT 1 FROM pos_audits WHERE id = @q(audit_id)) AS known, @now AS now";

constexpr char mail_list[] =
    "SELECT @mail_columns, @paged(@mail_bytes, id, SELECT @mail_columns FROM pos_mails "
    "WHERE audit_id = @q(audit_id) AND id > @q(after) ORDER BY id LIMIT 1000)";

constexpr char mail_credits[] =
    "SELECT restaurant_id, currency, duplicates, refunded, recorded, canceled, disputed, fees, "
    "months, created_at FROM pos_credits WHERE audit_id = @q(audit_id) "
    "ORDER BY restaurant_id, currency";

// ?2 = {audit_id, actor, role, approved_at, mails: [{id, recipient, subject, body, request,
// seal}]}: what was read is what is approved, or nothing is. What is to be sealed is asked for
// first.
#define POS_MAIL_APPROVABLE(m)                                                                    \
  m ".audit_id = @f(audit_id) AND " m ".state = 'draft' AND " m ".reason = '' AND " m             \
    ".recipient <> '' AND " m ".recipient = @j(recipient) AND " m ".subject = @j(subject) AND " m \
    ".body = @j(body)"

constexpr char mail_to_seal[] =
    "SELECT m.id, json_array('pos_mails'" POS_SEALED_MAIL(POS_SEALED_APPROVED) ") AS sealed "
    "FROM json_each(?2, '$.mails') j CROSS JOIN pos_mails m ON m.id = @j(id) "
    "WHERE " POS_MAIL_APPROVABLE("m") " ORDER BY j.key";

constexpr char mail_approve[] =
    "UPDATE pos_mails SET state = 'due', request = @j(request), seal = @j(seal), "
    "approved_at = @f(approved_at), approved_by = @f(actor), approved_role = @f(role), "
    "next_attempt_at = 0, holder = '', updated_at = @now "
    "FROM json_each(?2, '$.mails') j WHERE pos_mails.id = @j(id) "
    "AND " POS_MAIL_APPROVABLE("pos_mails");

#undef POS_MAIL_APPROVABLE

constexpr char mail_approved[] =
    "SELECT m.id, m.restaurant_id, m.state FROM json_each(?2, '$.mails') j "
    "CROSS JOIN pos_mails m ON m.id = @j(id) ORDER BY m.id";

// ?2 = {restaurant_id, name, email, language, time_zone}: those that are to be changed.
constexpr char mail_profile[] =
    "UPDATE pos_accounts SET name = coalesce(@f(name), name), email = coalesce(@f(email), email), "
    "language = coalesce(@f(language), language), time_zone = coalesce(@f(time_zone), time_zone), "
    "updated_at = @now WHERE @this_account";

constexpr char mail_profile_drafts[] =
    "UPDATE pos_mails SET reason = 'the profile has changed: the next tick writes it anew', "
    "updated_at = @now WHERE state = 'draft' AND restaurant_id = @f(restaurant_id) "
    "AND EXISTS (SELECT 1 FROM pos_accounts WHERE @this_account)";

constexpr char mail_profile_read[] =
    "SELECT @account_columns, name, email, language, time_zone FROM pos_accounts "
    "WHERE @this_account";

}  // namespace pos::store::sql
