// Accounts: their tokens, which are sealed texts here, and what operators do to them.
//
// A token is replaced only by whoever knows its version: that is what keeps two workers that renew
// one token, or a worker and an operator, from overwriting each other. The right to renew
// (renewal_holder, until renewal_at) only saves requests. A worker that was slow still stores what
// it got, for with a refresh token that works once nobody else can have got anything.
#pragma once

namespace pos::store::sql {

// ---- renewing. ?1 is the holder's token, ?2 = {restaurant_id, version, hold_ms}, or {…, token,
// refresh_token, expires_at, age_ms}, or {…, detail, again_ms} ----

// Part of the claiming batch, so that it costs no round trip; the index holds nothing but tokens
// that can be renewed, and few of them are due.
constexpr char renewal_due[] =
    "SELECT a.restaurant_id AS account, a.token_version "
    "FROM pos_sync_claims call CROSS JOIN pos_accounts a ON a.refresh_token IS NOT NULL "
    "AND a.renewal_at <= call.claimed_at AND a.provider = 'square' "
    "WHERE call.claim_key = 'tick:' || ?1 ORDER BY a.renewal_at LIMIT 4";

constexpr char renewal_hold[] =
    "UPDATE pos_accounts SET renewal_holder = ?1, renewal_at = @now + @f(hold_ms) "
    "WHERE @this_account AND token_version = @f(version) AND refresh_token IS NOT NULL "
    "AND (renewal_holder = '' OR renewal_at <= @now)";

constexpr char renewal_write[] =
    "UPDATE pos_accounts SET token = @f(token), "
    "refresh_token = coalesce(@f(refresh_token), refresh_token), @new_token "
    "WHERE @this_account AND token_version = @f(version)";

constexpr char renewal_refuse[] =
    "UPDATE pos_accounts SET renewal_error = @f(detail), renewal_at = @now + @f(again_ms) "
    "WHERE @this_account AND token_version = @f(version) AND renewal_holder = ?1";

// The token as it is now, and the refresh token for whoever holds the right to use it.
constexpr char renewal_read[] =
    "SELECT token, token_version, CASE WHEN renewal_holder = ?1 THEN refresh_token END AS refresh "
    "FROM pos_accounts WHERE @this_account";

// ---- the door. ?2 = {restaurant_id, version, location_id, token, refresh_token, expires_at,
// age_ms}, or {restaurant_id, detail} ----

constexpr char account_put[] =
    "INSERT INTO pos_accounts (restaurant_id, provider, location_id, token, refresh_token, "
    "token_version, token_expires_at, token_renewed_at, renewal_at) "
    "SELECT @f(restaurant_id), 'square', @f(location_id), @f(token), @f(refresh_token), 1, "
    "@expiry, "
    "@now, @due_again WHERE true ON CONFLICT (restaurant_id, provider) DO "
    "UPDATE SET location_id = excluded.location_id, token = excluded.token, "
    "refresh_token = excluded.refresh_token, @new_token "
    "WHERE pos_accounts.token_version = @f(version)";

constexpr char account_pause[] =
    "UPDATE pos_accounts SET state = 'paused', pause_reason = 'operator', "
    "pause_detail = @f(detail), updated_at = @now WHERE @this_account";

// A breaker that is open stays so: one order probes before the others go on.
constexpr char account_resume[] =
    "UPDATE pos_accounts SET state = 'active', paused_until = 0, pause_reason = '', "
    "pause_detail = '', renewal_at = CASE WHEN renewal_error = '' THEN renewal_at ELSE @now END, "
    "updated_at = @now WHERE @this_account";

constexpr char account_renew[] =
    "UPDATE pos_accounts SET renewal_holder = '', renewal_at = @now, updated_at = @now "
    "WHERE @this_account AND refresh_token IS NOT NULL";

constexpr char account_read[] =
    "SELECT @account_columns, token IS @f(token) AS is_this_token FROM pos_accounts "
    "WHERE @this_account";

}  // namespace pos::store::sql
