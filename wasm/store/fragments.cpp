#include "store/fragments.hpp"

namespace pos::store {
namespace {

constexpr Fragment fragments[] = {
    // D1's clock in Unix milliseconds: the only clock that is ever stored or compared.
    // (`unixepoch('subsec')` is NULL before SQLite 3.42.) The half rounds: a day's fraction is a
    // little less than its milliseconds half of the time.
    {"now", "CAST((julianday('now') - 2440587.5) * 86400000 + 0.5 AS INTEGER)"},
    // The same moment as the queue's own columns hold it, in the report's format. The other texts
    // that are compared with it are in that format, too.
    {"stamp", "datetime(julianday('now'))"},
    // A text of the queue's as Unix milliseconds, and the reverse. Whole seconds.
    {"ms", "strftime('%s', #1) * 1000"},
    {"text", "datetime(#1 / 1000, 'unixepoch')"},
    {"active", "#1.status IN ('pending', 'failed')"},
    {"same",
     "#1.order_id = #2.order_id AND #1.provider = #2.provider AND #1.revision = #2.revision"},

    // Members of the JSON parameters ?1 and ?2, and of the entries of a JSON list.
    {"q", "json_extract(?1, '$.#1')"},
    {"f", "json_extract(?2, '$.#1')"},
    {"j", "json_extract(j.value, '$.#1')"},
    {"a", "json_extract(a.value, '$.#1')"},

    // pos::claim_key() in SQL; a test holds the two together.
    {"claim_key",
     "'pos-sync:' || replace(replace(#1.order_id, '%', '%25'), ':', '%3A') || ':' || "
     "replace(replace(#1.provider, '%', '%25'), ':', '%3A')"},

    // What the ledger says of an identity, in the order that rows.cpp reads it. Within one
    // statement every column needs a name of its own: D1 returns rows as objects.
    {"ledger",
     "l.restaurant_id AS ledger_restaurant, l.fingerprint, "
     "json_extract(l.request, '$.square_version'), json_extract(l.request, '$.total'), "
     "json_extract(l.request, '$.currency'), json_extract(l.request, '$.order'), "
     "json_extract(l.request, '$.payment'), l.first_sent_at, l.last_sent_at, l.in_doubt_since, "
     "l.look_because, l.absent_at, l.booked_at, l.external_order_id AS ledger_order, "
     "l.external_payment_id AS ledger_payment, l.total_differs, l.refused_at, l.refusals"},

    // The account an order belongs to: its restaurant's own, else the worker's.
    {"account",
     "coalesce((SELECT own.restaurant_id FROM pos_accounts own WHERE own.restaurant_id = #1 "
     "AND own.provider = 'square'), '')"},

    // Whether there may be anything to do for the past: a place to be read, a repair that is not at
    // rest, a mail to be written or sent, an audit whose pages may be forgotten.
    {"past",
     "(EXISTS (SELECT 1 FROM pos_audit_places WHERE step <> 'done' AND next_attempt_at <= @now) "
     "OR EXISTS (SELECT 1 FROM pos_repairs WHERE state IN ('due', 'pending')) "
     "OR EXISTS (SELECT 1 FROM pos_repairs WHERE told_by = '') "
     "OR EXISTS (SELECT 1 FROM pos_mails WHERE state = 'due' AND next_attempt_at <= @now) "
     "OR EXISTS (SELECT 1 FROM pos_mails WHERE state = 'draft' AND reason <> '') "
     "OR EXISTS (SELECT 1 FROM pos_audits u WHERE u.created_at < @now - 90 * 86400000 "
     "AND (EXISTS (SELECT 1 FROM pos_audit_orders o WHERE o.audit_id = u.id) OR EXISTS (SELECT 1 "
     "FROM pos_audit_payments m WHERE m.audit_id = u.id)))) AS past"},

    // ---- claiming ----

    // An open claim whose lease is over, seen from a call that is open still.
    {"abandoned",
     "pos_sync_claims call CROSS JOIN pos_sync_claims c "
     "ON call.claim_key = 'tick:' || ?1 AND call.settled_at IS NULL "
     "AND c.settled_at IS NULL AND c.holder <> '' AND c.lease_until <= call.claimed_at "
     "AND c.order_id IS NOT NULL"},

    // Its attempts are used up.
    {"worn_out", "(#1.attempts >= @f(attempts))"},

    // Makes a settled claim its new owner's. That only a free claim is taken is said where rows are
    // chosen, in @takable: in one transaction nothing comes in between.
    {"take",
     "ON CONFLICT (claim_key) DO UPDATE SET holder = excluded.holder, "
     "claimed_at = excluded.claimed_at, lease_until = excluded.lease_until, settled_at = NULL, "
     "row_id = excluded.row_id, order_id = excluded.order_id, provider = excluded.provider, "
     "revision = excluded.revision"},

    // Nobody has paused the account: neither an operator, nor a tick until some time.
    {"serving", "#1.state = 'active' AND #1.paused_until <= #2"},

    // No older request for row `n` may still land.
    {"quiet",
     "NOT EXISTS (SELECT 1 FROM pos_sync_ledger quiet WHERE @same(quiet, n) "
     "AND quiet.in_doubt_since IS NOT NULL AND quiet.last_sent_at + @f(quiet_ms) > #1)"},

    // May row `n` be taken at that time? Its claim must be free and no suspect, and all quiet. What
    // a claim would hold twice must fit into a row.
    {"takable",
     "NOT EXISTS (SELECT 1 FROM pos_sync_claims held WHERE held.claim_key = @claim_key(n) "
     "AND (held.settled_at IS NULL OR held.takeovers >= 2)) AND @quiet(#1) "
     "AND @plain_size(n.order_id) <= 200 AND @plain_size(n.provider) <= 50"},
    {"first",
     "(SELECT n.id FROM pos_sync_queue n WHERE @active(n) #1 AND @takable(open.at) "
     "ORDER BY n.next_attempt_at, n.id LIMIT 1)"},

    // How many bytes of a claimed row are carried into the worker: of its payload, of what was
    // frozen for it, and of its account, which comes with each row.
    {"weight",
     "CASE WHEN @bytes(#1.payload) > 262144 THEN 0 ELSE @bytes(#1.payload) END + "
     "coalesce((SELECT @bytes(l.request) FROM pos_sync_ledger l WHERE @same(l, #1)), 0)"},
    {"weight_of_account",
     "@bytes(coalesce(#1.token, '') || coalesce(#1.location_id, '') || #1.refusal)"},

    // Whether a row of the claim's merge is among those that its account may give.
    {"served",
     "(#1.most >= @f(batch) OR #1.most > (SELECT count(*) FROM lane one WHERE one.account = "
     "#1.account AND (one.round, one.next_attempt_at, one.row_id) < (#1.round, "
     "#1.next_attempt_at, #1.row_id)))"},

    // Restaurants that have active rows, found by skipping through the index: a window function
    // over
    // all due rows would read every one of them. And where in their circle this call begins.
    {"restaurants",
     "restaurant (id) AS ("
     "SELECT min(q.restaurant_id) FROM pos_sync_queue q WHERE @active(q) "
     "UNION ALL SELECT (SELECT min(q.restaurant_id) FROM pos_sync_queue q "
     "WHERE @active(q) AND q.restaurant_id > restaurant.id) "
     "FROM restaurant WHERE restaurant.id IS NOT NULL), "
     "pivot (id) AS (SELECT coalesce(@f(restaurant), "
     "(SELECT id FROM restaurant WHERE id IS NOT NULL LIMIT 1 "
     "OFFSET @f(start) % (SELECT count(*) FROM restaurant)), ''))"},

    // The row `n` of a suspect claim `c`, if it is due at the call's `now`.
    {"suspect",
     "CROSS JOIN pos_sync_queue n ON n.order_id = c.order_id AND n.provider = c.provider "
     "AND @active(n) AND n.next_attempt_at <= call.claimed_at "
     "CROSS JOIN pos_accounts a ON a.provider = 'square' "
     "AND a.restaurant_id = @account(n.restaurant_id) AND @serving(a, call.claimed_at) "
     "AND @quiet(call.claimed_at)"},

    // ---- rows that cannot be pushed ----

    // What must be looked at: types that a producer's SQL has bent, sizes, and whatever is not
    // plain ASCII. The index pos_sync_queue_odd has these rows and no others, so the two must
    // agree.
    {"odd",
     "(typeof(#1.order_id) <> 'text' OR typeof(#1.provider) <> 'text' OR "
     "typeof(#1.restaurant_id) <> 'text' OR typeof(#1.revision) <> 'integer' OR "
     "typeof(#1.attempts) <> 'integer' OR typeof(#1.next_attempt_at) <> 'integer' OR "
     "#1.revision NOT BETWEEN 1 AND 9007199254740991 OR length(CAST(#1.order_id AS BLOB)) NOT "
     "BETWEEN 1 AND 200 OR length(CAST(#1.provider AS BLOB)) NOT BETWEEN 1 AND 50 OR "
     "length(CAST(#1.restaurant_id AS BLOB)) > 200 OR instr(#1.order_id, char(0)) > 0 OR "
     "instr(#1.provider, char(0)) > 0 OR instr(#1.restaurant_id, char(0)) > 0 OR #1.order_id "
     "GLOB '*[^ -~]*' OR #1.provider GLOB '*[^ -~]*' OR #1.restaurant_id GLOB '*[^ -~]*')"},
    // Whether a text is UTF-8: its characters, written down once more, are the same bytes. (SQLite
    // reads stray, missing and overlong bytes as some character.)
    {"broken",
     "(#1 GLOB '*[^ -~]*' AND EXISTS (WITH RECURSIVE at (i) AS (SELECT 1 UNION ALL SELECT i + "
     "1 FROM at WHERE i < length(#1)) SELECT 1 FROM at WHERE CAST(substr(#1, i, 1) AS BLOB) "
     "<> CAST(char(unicode(substr(#1, i, 1))) AS BLOB)))"},
    {"plain_size", "length(CAST(#1 AS BLOB))"},
    // Why an odd row cannot be pushed; NULL if it can.
    {"fault",
     "CASE WHEN typeof(#1.order_id) <> 'text' THEN 'order_id: expected a text, got ' || "
     "typeof(#1.order_id) WHEN @plain_size(#1.order_id) NOT BETWEEN 1 AND 200 THEN 'order_id: "
     "expected 1 to 200 bytes, got ' || @plain_size(#1.order_id) WHEN instr(#1.order_id, "
     "char(0)) > 0 THEN 'order_id: expected no NUL in it' WHEN @broken(#1.order_id) THEN "
     "'order_id: expected UTF-8' WHEN typeof(#1.provider) <> 'text' THEN 'provider: expected "
     "a text, got ' || typeof(#1.provider) WHEN @plain_size(#1.provider) NOT BETWEEN 1 AND 50 "
     "THEN 'provider: expected 1 to 50 bytes, got ' || @plain_size(#1.provider) WHEN "
     "instr(#1.provider, char(0)) > 0 THEN 'provider: expected no NUL in it' WHEN "
     "@broken(#1.provider) THEN 'provider: expected UTF-8' WHEN typeof(#1.restaurant_id) <> "
     "'text' THEN 'restaurant_id: expected a text, got ' || typeof(#1.restaurant_id) WHEN "
     "@plain_size(#1.restaurant_id) > 200 THEN 'restaurant_id: expected at most 200 bytes, "
     "got ' || @plain_size(#1.restaurant_id) WHEN instr(#1.restaurant_id, char(0)) > 0 THEN "
     "'restaurant_id: expected no NUL in it' WHEN @broken(#1.restaurant_id) THEN "
     "'restaurant_id: expected UTF-8' WHEN typeof(#1.revision) <> 'integer' OR #1.revision "
     "NOT BETWEEN 1 AND 9007199254740991 THEN 'revision: expected an integer from 1 to "
     "9007199254740991' WHEN typeof(#1.attempts) <> 'integer' THEN 'attempts: expected an "
     "integer, got ' || typeof(#1.attempts) WHEN typeof(#1.next_attempt_at) <> 'integer' THEN "
     "'next_attempt_at: expected an integer, got ' || typeof(#1.next_attempt_at) END"},
    // The first of them, seen from a call that is open still.
    {"faulty",
     "(SELECT * FROM (SELECT q.id, q.order_id, q.provider, q.revision, q.status, "
     "call.claimed_at AS at, @fault(q) AS fault FROM pos_sync_claims call CROSS JOIN "
     "pos_sync_queue q "
     "INDEXED BY pos_sync_queue_odd WHERE call.claim_key = 'tick:' || ?1 AND call.settled_at "
     "IS NULL AND @active(q) AND @odd(q) ORDER BY q.id LIMIT 1000) WHERE fault IS NOT NULL "
     "ORDER BY id LIMIT 100) n"},

    // ---- hints ----

    // The location that an order's frozen bytes name, whatever its account says by now.
    {"frozen_location", "json_extract(json_extract(#1.request, '$.order'), '$.order.location_id')"},
    // For an order in doubt without an id: which orders Square has told of since it was first sent,
    // the oldest first. A clock may have been set back in between, by what quiet_ms has in it.
    {"hints",
     "CASE WHEN l.in_doubt_since IS NOT NULL AND l.external_order_id IS NULL THEN nullif((SELECT "
     "json_group_array(hint.id) FROM (SELECT told.id, min(told.at) FROM (SELECT "
     "e.external_order_id AS id, e.received_at AS at FROM pos_webhook_events e "
     "WHERE e.location_id = @frozen_location(l) "
     "AND e.received_at >= coalesce(l.first_sent_at, 0) - @f(quiet_ms) "
     "ORDER BY e.received_at LIMIT 500) told GROUP BY told.id ORDER BY 2 LIMIT 100) hint), '[]') "
     "END AS hints"},
    // Was the event ?2 taken by this very request? Square sends an event again, and D1 may run a
    // batch again: only the former is another request.
    {"taken",
     "EXISTS (SELECT 1 FROM pos_webhook_events e WHERE e.event_id = @f(event_id) "
     "AND e.taken_by = @f(request))"},

    // ---- settling ----

    // One entry of the JSON list ?2, joined to its claim if the token ?1 still holds it.
    {"held",
     "json_each(?2) j CROSS JOIN pos_sync_claims c "
     "ON c.claim_key = @j(key) AND c.holder = ?1 AND c.settled_at IS NULL"},
    {"run", "(CASE WHEN @a(reset) = 1 THEN 0 ELSE unknown_run END + @a(unknowns))"},
    // What opens the breaker opens it once: requests that were in flight when it did say nothing
    // new.
    {"opens",
     "((@refused OR @shut OR (@a(unknowns) > 0 AND @run >= 5)) AND NOT (paused_until > @now "
     "AND pause_reason IN ('unknown_outcomes', 'refused', @token_reasons)))"},
    // That a token was refused says nothing of the one that has come after it.
    {"refused", "(@a(opens) = 1 AND @a(token_version) = token_version)"},
    // A definite no to the account as a whole, by Square's words or by the run of equal ones.
    {"shut", "(@a(shuts) = 1 OR (@a(refusals) > 0 AND @refusal_run >= 5))"},
    {"refusal_run",
     "(CASE WHEN @a(refusals) > 0 THEN @a(refusals) + CASE WHEN @a(anew) = 0 AND "
     "refusal = @a(refusal) THEN refusal_run ELSE 0 END WHEN @a(anew) = 1 THEN 0 "
     "ELSE refusal_run END)"},
    // An answer ends a pause; that of a refused account is ended by nothing but a success.
    {"heals",
     "(@a(reset) = 1 AND pause_reason <> 'throttled' AND (pause_reason <> 'refused' OR "
     "@a(served) = 1))"},
    // Rows that died of the account's present run of refusals, and of nothing else: nothing of them
    // stands, nothing is in doubt, no other row of theirs is active and nobody has a claim on them.
    {"refused_rows",
     "json_each(?3) a CROSS JOIN pos_sync_claims c ON c.claim_key = @a(key) "
     "AND c.holder = ?1 AND c.settled_at IS NULL CROSS JOIN pos_accounts own "
     "ON own.provider = 'square' AND own.restaurant_id = @a(restaurant) AND own.refusal_run >= 5 "
     "CROSS JOIN pos_sync_ledger l ON l.refused_at >= own.refusal_began_at "
     "AND l.provider = own.provider AND l.booked_at IS NULL AND l.in_doubt_since IS NULL "
     "CROSS JOIN pos_sync_queue q ON q.id = (SELECT max(newest.id) FROM pos_sync_queue newest "
     "WHERE newest.order_id = l.order_id AND newest.provider = l.provider) AND @same(q, l) "
     "AND q.status = 'dead' AND (q.last_error GLOB 'rejected: *' "
     "OR q.last_error GLOB 'payment_rejected: *') "
     "AND @account(q.restaurant_id) = own.restaurant_id AND NOT EXISTS (SELECT 1 "
     "FROM pos_sync_queue other WHERE other.order_id = q.order_id AND other.provider = q.provider "
     "AND @active(other)) AND NOT EXISTS (SELECT 1 FROM pos_sync_claims held "
     "WHERE held.claim_key = @claim_key(q) AND held.settled_at IS NULL AND held.holder <> ?1)"},
    {"token_reasons", "'unauthorized', 'token_unreadable', 'not_set_up'"},

    // ---- accounts ----
    {"this_account", "provider = 'square' AND restaurant_id = @f(restaurant_id)"},
    // NULL for what is no time.
    {"expiry", "CAST((julianday(@f(expires_at)) - 2440587.5) * 86400000 + 0.5 AS INTEGER)"},
    // A token is due at a certain age, or when half of its life is over.
    {"due_again", "@now + min(@f(age_ms), coalesce((@expiry - @now) / 2, @f(age_ms)))"},
    {"shut_out", "pause_reason IN ('refused', @token_reasons)"},
    // What a new token brings with it: whatever stood against the old one is over.
    {"new_token",
     "token_version = token_version + 1, token_expires_at = @expiry, token_renewed_at = @now, "
     "renewal_holder = '', renewal_at = @due_again, renewal_error = '', "
     "paused_until = CASE WHEN @shut_out THEN 0 ELSE paused_until END, "
     "pause_detail = CASE WHEN @shut_out THEN '' ELSE pause_detail END, "
     "unknown_run = CASE WHEN @shut_out THEN 0 ELSE unknown_run END, "
     "breaker_opens = CASE WHEN @shut_out THEN 0 ELSE breaker_opens END, "
     "pause_reason = CASE WHEN @shut_out THEN '' ELSE pause_reason END, updated_at = @now"},
    // All that may be shown of an account: never a token, sealed or not.
    {"account_columns",
     "restaurant_id, provider, location_id, state, paused_until, pause_reason, pause_detail, "
     "unknown_run, breaker_opens, pace, paused_until > @now OR state <> 'active' AS paused, "
     "token IS NOT NULL AS has_token, CASE WHEN token GLOB 'v1.*.*.*' "
     "THEN substr(token, 4, instr(substr(token, 4), '.') - 1) END AS key_id, token_version, "
     "token_expires_at, token_renewed_at, refresh_token IS NOT NULL AS renewable, renewal_error, "
     "refused_since"},

    // ---- purging ----
    {"cursor", "(SELECT position FROM pos_sync_cursors WHERE name = '#1')"},
    {"claims_page",
     "(SELECT claim_key, settled_at, takeovers, order_id, provider FROM pos_sync_claims "
     "WHERE claim_key > @cursor(claims) ORDER BY claim_key LIMIT #1)"},
    {"queue_page",
     "(SELECT id, status, created_at, updated_at FROM pos_sync_queue "
     "WHERE id > CAST(@cursor(queue) AS INTEGER) ORDER BY id LIMIT #1)"},
    {"audit_page",
     "(SELECT id, at, order_id, provider, revision FROM pos_sync_audit "
     "WHERE id > CAST(@cursor(audit) AS INTEGER) ORDER BY id LIMIT #1)"},

    // ---- the door ----

    // When a tick last began; as the partial index says it, so that it is used.
    {"last_tick",
     "(SELECT claimed_at FROM pos_sync_claims WHERE row_id IS NULL "
     "AND claim_key NOT GLOB 'tick:order:*' ORDER BY claimed_at DESC LIMIT 1)"},

    // The revision that a request is about: the one it names, else the newest that was enqueued.
    {"asked",
     "(SELECT @f(order_id) AS order_id, @f(provider) AS provider, "
     "coalesce(@f(revision), (SELECT max(newest.revision) FROM pos_sync_queue newest "
     "WHERE newest.order_id = @f(order_id) AND newest.provider = @f(provider)), 1) AS revision) "
     "asked"},
    // Was this request's own audit line written?
    {"line",
     "EXISTS (SELECT 1 FROM pos_sync_audit line WHERE line.order_id = @f(order_id) "
     "AND line.provider = @f(provider) AND line.revision = @f(revision) AND line.token = ?1 "
     "AND line.event = @f(event))"},
    // And nothing has happened since: a batch that D1 runs once more, later, changes no row.
    {"last_line",
     "@line AND NOT EXISTS (SELECT 1 FROM pos_sync_audit mine JOIN pos_sync_audit later "
     "ON @same(later, mine) AND later.id > mine.id WHERE mine.order_id = @f(order_id) "
     "AND mine.provider = @f(provider) AND mine.revision = @f(revision) AND mine.token = ?1 "
     "AND mine.event = @f(event))"},
    // An operator's line, with that detail, under the guards that stand at operator_line.
    {"operator_line",
     "INSERT INTO pos_sync_audit (order_id, provider, revision, at, actor, event, from_status, "
     "to_status, token, detail) SELECT q.order_id, q.provider, q.revision, @now, @f(actor), "
     "@f(event), q.status, @f(to_status), ?1, #1 "
     "FROM pos_sync_queue q WHERE q.id = @f(row_id) AND q.order_id = @f(order_id) AND q.status = "
     "@f(status) AND NOT EXISTS (SELECT 1 "
     "FROM pos_sync_claims c WHERE c.claim_key = @claim_key(q) AND c.settled_at IS NULL "
     "AND (@f(beside_abandoned) = 0 OR c.lease_until > @now)) "
     "AND NOT EXISTS (SELECT 1 FROM pos_sync_queue other "
     "WHERE other.order_id = q.order_id AND other.provider = q.provider AND @active(other) AND "
     "other.id <> q.id) AND (@f(undoubted) = 0 OR NOT EXISTS (SELECT 1 "
     "FROM pos_sync_ledger l WHERE @same(l, q) AND (l.in_doubt_since IS NOT NULL OR "
     "l.external_order_id IS NOT NULL OR l.booked_at IS NOT NULL))) "
     "AND (@f(shared) = 1 OR NOT EXISTS (@marked_elsewhere)) "
     "ON CONFLICT (order_id, provider, revision, token, event) DO NOTHING"},
    // Which orders are marked done as that order of the provider's, in terms of their index.
    {"marked_elsewhere",
     "SELECT m.order_id, m.revision FROM pos_sync_audit m CROSS JOIN pos_sync_ledger l ON "
     "@same(l, m) AND l.booked_at IS NOT NULL AND l.external_order_id = @f(external_order_id) "
     "WHERE m.event = 'marked_done' AND json_extract(m.detail, '$.external_order_id') = "
     "@f(external_order_id)"},
    // What stood there before an operator marked it done.
    {"before",
     "(SELECT json_extract(m.detail, '$.before.#1') FROM pos_sync_audit m WHERE m.id = "
     "CAST(@f(line_id) AS INTEGER))"},
    {"target", "WHERE id = @f(row_id) AND status = @f(status) AND @last_line"},
    {"dead_code",
     "CASE WHEN instr(#1, ':') > 1 AND substr(#1, 1, instr(#1, ':') - 1) IN ('rejected', "
     "'total_mismatch', 'payment_rejected', 'paid_elsewhere', 'key_conflict', "
     "'duplicate_at_provider', "
     "'unknown_outcome', 'content_differs', 'order_id_collision', 'attempts_exhausted', "
     "'earlier_revision_open', 'canceled', 'duplicate_row') "
     "THEN substr(#1, 1, instr(#1, ':') - 1) ELSE 'adopted' END"},
    {"columns",
     "id, order_id, provider, restaurant_id, revision, payload, status, attempts, "
     "next_attempt_at, external_order_id, external_payment_id, last_error, @ms(created_at) AS "
     "created_at, @ms(updated_at) AS updated_at"},
    // Rows of the queue that a filter ?1 lets through, the newest first; #1 names an index.
    {"filtered",
     "FROM pos_sync_queue WHERE #1 AND id < coalesce(@q(cursor), 9223372036854775807) "
     "AND status = coalesce(@q(status), status) "
     "AND restaurant_id = coalesce(@q(restaurant_id), restaurant_id) "
     "AND (@q(code) IS NULL OR (status = 'dead' AND "
     "@dead_code(last_error) = @q(code))) AND (@q(since) IS NULL OR @enqueued_at >= @q(since)) "
     "AND (@q(until) IS NULL OR @enqueued_at < @q(until)) "
     "AND (@q(doubt) IS NULL OR @q(doubt) = EXISTS (SELECT 1 FROM pos_sync_ledger d "
     "WHERE @same(d, pos_sync_queue) AND d.in_doubt_since IS NOT NULL AND d.booked_at IS NULL))"},
    {"enqueued_at", "@ms(created_at)"},
    // How many they are, and a number that is another one if any of them is another, or has
    // changed.
    {"set_of",
     "SELECT count(*), coalesce(sum((id * 2654435761 + attempts * 65537 + "
     "coalesce(@ms(updated_at), 0)) "
     "% 4294967291), 0) @filtered(#1)"},
    // What is refused for its size alone is not carried into the worker: its size stands for it.
    {"carried", "CASE WHEN @bytes(q.payload) > 262144 THEN @bytes(q.payload) ELSE q.payload END"},
    {"bytes", "length(CAST(#1 AS BLOB))"},
    {"size", "coalesce(@bytes(#1), 0)"},
    // A page ends before its limit where its rows are a megabyte by then; its first row comes
    // whatever its size is. #1 are the bytes of a row, #2 is what the page is ordered by; behind it
    // stands the page as its limit would have it. `page_rows` says how many rows those are.
    {"paged",
     "page_rows FROM (SELECT *, count(*) OVER () AS page_rows, sum(#1) OVER (ORDER BY #2 ROWS "
     "UNBOUNDED PRECEDING) - (#1) AS bytes_before FROM (#3)) WHERE bytes_before < 1048576 "
     "ORDER BY #2"},
    {"row_bytes",
     "@size(order_id) + @size(provider) + @size(restaurant_id) + @size(payload) + @size(status) + "
     "@size(external_order_id) + @size(external_payment_id) + @size(last_error)"},
    {"list",
     "SELECT @columns, @paged(@row_bytes, id DESC, "
     "SELECT * @filtered(#1) ORDER BY id DESC LIMIT @q(limit))"},
    {"account_bytes",
     "@size(restaurant_id) + @size(location_id) + @size(state) + @size(pause_reason) + "
     "@size(pause_detail) + @size(key_id) + @size(token_expires_at) + @size(renewal_error)"},
    // A large text of the newest rows; behind half a megabyte of them, how large it is.
    {"within",
     "CASE WHEN sum(@bytes(#1)) OVER (ORDER BY #2 DESC) - @bytes(#1) < 524288 THEN #1 "
     "ELSE '[left out of this answer: ' || @bytes(#1) || ' bytes; ?revision= shows it]' END AS #1"},
};

}  // namespace

std::span<const Fragment> common_fragments() { return fragments; }

}  // namespace pos::store
