// Pieces that several statements share. They are macros because SQL texts are joined as literals.
#pragma once

// D1's clock in Unix milliseconds: the only clock that is ever stored or compared.
// (`unixepoch('subsec')` is NULL before SQLite 3.42.)
#define POS_NOW "CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER)"

// pos::claim_key() in SQL; a test holds the two together.
#define POS_CLAIM_KEY(row)                         \
  "'pos-sync:' || replace(replace(" row            \
  ".order_id, '%', '%25'), ':', '%3A') || ':' || " \
  "replace(replace(" row ".provider, '%', '%25'), ':', '%3A')"

// Only a free claim can be taken: absent, or settled.
#define POS_TAKE_CLAIM                                                                        \
  "ON CONFLICT (claim_key) DO UPDATE SET holder = excluded.holder, "                          \
  "claimed_at = excluded.claimed_at, lease_until = excluded.lease_until, settled_at = NULL, " \
  "row_id = excluded.row_id, order_id = excluded.order_id, provider = excluded.provider, "    \
  "revision = excluded.revision WHERE cron_idempotency_claims.settled_at IS NOT NULL"

// The row `n` of a suspect claim `c`, if it is due at the call's `now`.
#define POS_SUSPECT_ROW \
  "CROSS JOIN pos_sync_queue n ON n.order_id = c.order_id AND n.provider = c.provider "         \
  "AND n.status IN ('pending', 'failed') AND n.next_attempt_at <= call.claimed_at "             \
  "CROSS JOIN pos_accounts a ON a.provider = 'square' "                                         \
  "AND a.restaurant_id = " POS_ACCOUNT("n.restaurant_id", "'square'") " "                       \
  "AND a.paused_until <= call.claimed_at "                                                      \
  "AND NOT EXISTS (SELECT 1 FROM pos_sync_ledger quiet WHERE quiet.order_id = n.order_id "      \
  "AND quiet.provider = n.provider AND quiet.revision = n.revision "                            \
  "AND quiet.in_doubt_since IS NOT NULL "                                                       \
  "AND quiet.last_sent_at + json_extract(?2, '$.quiet_ms') > call.claimed_at) "

// What the ledger says of an identity, in the order that rows.cpp reads it. Within one statement
// every column needs a name of its own: D1 returns rows as objects.
#define POS_LEDGER_COLUMNS                                                           \
  "l.restaurant_id AS ledger_restaurant, l.fingerprint, json_extract(l.request, "    \
  "'$.square_version'), "                                                            \
  "json_extract(l.request, '$.total'), json_extract(l.request, '$.currency'), "      \
  "json_extract(l.request, '$.order'), json_extract(l.request, '$.payment'), "       \
  "l.first_sent_at, l.last_sent_at, l.in_doubt_since, l.look_because, l.booked_at, " \
  "l.external_order_id AS ledger_order, l.external_payment_id AS ledger_payment"
