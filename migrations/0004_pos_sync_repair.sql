-- What it takes to find the duplicates that an older pusher has left at Square, to refund each of them
-- once, and to make good for them.
--
-- Three kinds of tables. What an audit has read (pos_audit_*) can be read again, and is purged. What is
-- done about it (pos_repair_orders, pos_repairs) is a ledger: kept for ever, one row per payment or order
-- of Square's whatever audit found it, so that no two audits can refund one payment, or choose two
-- survivors of one group. What is said to the restaurants (pos_credits, pos_mails) is an outbox.
-- Every time is Unix milliseconds of D1's own clock, but for those that Square says of its own objects.

-- The books of one restaurant are read by day. What was booked has its entry from then on; a row that
-- an older pusher, or somebody by hand, has called booked without an id of Square's has another one, so
-- that a row which names its order costs nothing here.
CREATE INDEX pos_sync_ledger_sold ON pos_sync_ledger (restaurant_id, booked_at) WHERE booked_at IS NOT NULL;
CREATE INDEX pos_sync_queue_unnamed ON pos_sync_queue (restaurant_id, created_at)
  WHERE status = 'success' AND external_order_id IS NULL;

-- What was asked for. from_at is the first millisecond of it, to_at the first one behind it. `edition`
-- counts how often it was read from the start: what older editions have found is no plan any more.
-- `amended` counts how often an operator has left a place out or put one back: a plan that was read before
-- that is another plan. `asked` is the request as it came: the same one again is no other audit.
CREATE TABLE pos_audits (
  id TEXT PRIMARY KEY,
  provider TEXT NOT NULL DEFAULT 'square',
  from_at INTEGER NOT NULL,
  to_at INTEGER NOT NULL,
  window_ms INTEGER NOT NULL,
  edition INTEGER NOT NULL DEFAULT 1,
  amended INTEGER NOT NULL DEFAULT 0,
  actor TEXT NOT NULL DEFAULT '',
  why_again TEXT NOT NULL DEFAULT '',
  asked TEXT NOT NULL DEFAULT '',
  approved_at INTEGER,
  created_at INTEGER NOT NULL DEFAULT (CAST((julianday('now') - 2440587.5) * 86400000 + 0.5 AS INTEGER))
) WITHOUT ROWID;

-- One location of an audit: who reads it, how far, and what was found. `step` is what is read next;
-- 'done' means that its groups are complete, 'left_out' that the plan is made without it: because Square
-- kept refusing, or because an operator said so (left_out_by). `figures` is a JSON object: the money of its
-- plan. What has changed at Square since began_at may be missing in it. `failures` and `refusals` count
-- since the last page that was read; failing_since and refused_since are the times of the first of them.
CREATE TABLE pos_audit_places (
  audit_id TEXT NOT NULL,
  location_id TEXT NOT NULL,
  restaurant_id TEXT NOT NULL,
  edition INTEGER NOT NULL DEFAULT 1,
  step TEXT NOT NULL DEFAULT 'location'
    CHECK (step IN ('location', 'orders', 'payments', 'refunds', 'disputes', 'grouping', 'done',
                    'left_out')),
  cursor TEXT NOT NULL DEFAULT '',
  name TEXT NOT NULL DEFAULT '',
  email TEXT NOT NULL DEFAULT '',
  language TEXT NOT NULL DEFAULT '',
  time_zone TEXT NOT NULL DEFAULT '',
  currency TEXT NOT NULL DEFAULT '',
  pages INTEGER NOT NULL DEFAULT 0,
  orders INTEGER NOT NULL DEFAULT 0,
  payments INTEGER NOT NULL DEFAULT 0,
  groups INTEGER NOT NULL DEFAULT 0,
  figures TEXT NOT NULL DEFAULT '{}',
  fingerprint TEXT NOT NULL DEFAULT '',
  notes TEXT NOT NULL DEFAULT '',
  holder TEXT NOT NULL DEFAULT '',
  lease_until INTEGER NOT NULL DEFAULT 0,
  next_attempt_at INTEGER NOT NULL DEFAULT 0,
  attempts INTEGER NOT NULL DEFAULT 0,
  last_error TEXT NOT NULL DEFAULT '',
  failures INTEGER NOT NULL DEFAULT 0,
  failing_since INTEGER NOT NULL DEFAULT 0,
  refusals INTEGER NOT NULL DEFAULT 0,
  refused_since INTEGER NOT NULL DEFAULT 0,
  left_out_at INTEGER,
  left_out_by TEXT NOT NULL DEFAULT '',
  left_out_because TEXT NOT NULL DEFAULT '',
  began_at INTEGER NOT NULL DEFAULT 0,
  updated_at INTEGER NOT NULL DEFAULT (CAST((julianday('now') - 2440587.5) * 86400000 + 0.5 AS INTEGER)),
  PRIMARY KEY (audit_id, location_id)
) WITHOUT ROWID;
CREATE INDEX pos_audit_places_open ON pos_audit_places (next_attempt_at)
  WHERE step NOT IN ('done', 'left_out');

-- An order at Square as it was read: only what the grouping and the books need. created_at is Square's.
-- The hashes are integers of 52 bits, which JSON and JavaScript hold exactly; 0 is "there is none".
-- `tax` is a JSON object, rate -> amount. `kind`: 'sale', 'return', 'canceled' or 'draft'.
-- `missing` names what Square does not say of a sale, without which it can be compared with no other.
-- `tenders` is a JSON list of [type, card's fingerprint as a hash, brand, last four, customer as a hash,
-- payment's id].
-- `fingerprint` covers all that a person sees of it; a repair is bound to the one that was approved.
CREATE TABLE pos_audit_orders (
  id INTEGER PRIMARY KEY,
  audit_id TEXT NOT NULL,
  location_id TEXT NOT NULL,
  external_order_id TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  kind TEXT NOT NULL DEFAULT 'sale',
  state TEXT NOT NULL DEFAULT '',
  paid INTEGER NOT NULL DEFAULT 0,
  reference_id TEXT NOT NULL DEFAULT '',
  pos_sync TEXT NOT NULL DEFAULT '',
  order_key TEXT NOT NULL DEFAULT '',
  table_id TEXT NOT NULL DEFAULT '',
  total INTEGER NOT NULL DEFAULT 0,
  tip INTEGER NOT NULL DEFAULT 0,
  currency TEXT NOT NULL DEFAULT '',
  tax TEXT NOT NULL DEFAULT '{}',
  content TEXT NOT NULL DEFAULT '',
  missing TEXT NOT NULL DEFAULT '',
  fingerprint TEXT NOT NULL DEFAULT '',
  reference_hash INTEGER NOT NULL DEFAULT 0,
  metadata_hash INTEGER NOT NULL DEFAULT 0,
  content_hash INTEGER NOT NULL DEFAULT 0,
  table_hash INTEGER NOT NULL DEFAULT 0,
  customer_hash INTEGER NOT NULL DEFAULT 0,
  source_hash INTEGER NOT NULL DEFAULT 0,
  tenders TEXT NOT NULL DEFAULT '[]'
);
CREATE UNIQUE INDEX pos_audit_orders_once ON pos_audit_orders (audit_id, external_order_id);
CREATE INDEX pos_audit_orders_missing ON pos_audit_orders (audit_id, location_id, external_order_id)
  WHERE missing <> '';
CREATE INDEX pos_audit_orders_time ON pos_audit_orders (audit_id, location_id, created_at, id);

-- A payment at Square as it was read. Of a card it keeps what tells two guests apart: a hash of
-- Square's fingerprint, the brand and the last four digits. `pending` is what refunds that are not through yet ask for.
CREATE TABLE pos_audit_payments (
  audit_id TEXT NOT NULL,
  payment_id TEXT NOT NULL,
  location_id TEXT NOT NULL,
  external_order_id TEXT NOT NULL DEFAULT '',
  created_at INTEGER NOT NULL,
  status TEXT NOT NULL,
  source_type TEXT NOT NULL DEFAULT '',
  amount INTEGER NOT NULL DEFAULT 0,
  currency TEXT NOT NULL DEFAULT '',
  refunded INTEGER NOT NULL DEFAULT 0,
  pending INTEGER NOT NULL DEFAULT 0,
  fee INTEGER NOT NULL DEFAULT 0,
  disputed INTEGER NOT NULL DEFAULT 0,
  instrument_hash INTEGER NOT NULL DEFAULT 0,
  card_brand TEXT NOT NULL DEFAULT '',
  card_last_4 TEXT NOT NULL DEFAULT '',
  customer_hash INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (audit_id, payment_id)
) WITHOUT ROWID;
CREATE INDEX pos_audit_payments_order ON pos_audit_payments (audit_id, external_order_id);

-- A group of orders that are one sale, or may be. `plan` is a JSON object: its orders, which one stays,
-- and what is to be done about each of the others, and why.
CREATE TABLE pos_audit_groups (
  audit_id TEXT NOT NULL,
  group_id TEXT NOT NULL,
  edition INTEGER NOT NULL,
  location_id TEXT NOT NULL,
  restaurant_id TEXT NOT NULL,
  confidence TEXT NOT NULL CHECK (confidence IN ('certain', 'probable', 'possible')),
  first_at INTEGER NOT NULL,
  plan TEXT NOT NULL,
  approved_at INTEGER,
  approved_by TEXT NOT NULL DEFAULT '',
  PRIMARY KEY (audit_id, group_id)
) WITHOUT ROWID;
CREATE INDEX pos_audit_groups_place ON pos_audit_groups (audit_id, location_id, group_id);

-- An order of Square's belongs to one group for ever, and the survivor of a group is fixed when it is
-- first approved. group_key is the survivor's id.
CREATE TABLE pos_repair_orders (
  provider TEXT NOT NULL DEFAULT 'square',
  external_order_id TEXT NOT NULL,
  group_key TEXT NOT NULL,
  role TEXT NOT NULL CHECK (role IN ('survivor', 'duplicate')),
  audit_id TEXT NOT NULL,
  group_id TEXT NOT NULL,
  approved_at INTEGER NOT NULL,
  PRIMARY KEY (provider, external_order_id)
) WITHOUT ROWID;
CREATE INDEX pos_repair_orders_group ON pos_repair_orders (audit_id, group_id);

-- What is to be done at Square, once: a payment is refunded, or an unpaid order canceled. `target` is the
-- payment's id, or the order's.
--   due      to be done, or in doubt (in_doubt_since): then it is looked for before anything is sent again
--   pending  Square has taken the refund, and is not through with it
--   done     refunded, or canceled
--   stopped  will not be done by us; `reason` begins with a code
-- `look_because` says why something in doubt is looked for, if not because its answer was lost: 'conflict'
-- (the key is taken by another body) or 'refused' (a no that tells of an effect).
-- `request` is frozen before the first send of a generation and is what is sent under its key:
-- {"v":1,"key":…,"square_version":…,"body":"<bytes>"}. The owner is `holder` until lease_until.
-- `approved` is what the approving person saw of the order and of the one that stays, and what must still
-- be so when a request goes out: {"v":1,"total","content","payments","survivor":{"paid","total","content",
-- "payments"}}. Totals are without tips; `content` is pos_audit_orders.fingerprint.
-- `seal` holds what was approved, by whom, in which role and when, under a secret of the worker's: of a
-- row whose seal does not hold nothing is sent.
CREATE TABLE pos_repairs (
  provider TEXT NOT NULL DEFAULT 'square',
  action TEXT NOT NULL CHECK (action IN ('refund', 'cancel')),
  target TEXT NOT NULL,
  audit_id TEXT NOT NULL,
  group_id TEXT NOT NULL,
  restaurant_id TEXT NOT NULL,
  location_id TEXT NOT NULL,
  external_order_id TEXT NOT NULL,
  survivor_order_id TEXT NOT NULL,
  amount INTEGER NOT NULL DEFAULT 0,
  currency TEXT NOT NULL DEFAULT '',
  fee INTEGER NOT NULL DEFAULT 0,
  source_type TEXT NOT NULL DEFAULT '',
  approved_by TEXT NOT NULL DEFAULT '',
  approved TEXT NOT NULL DEFAULT '',
  state TEXT NOT NULL DEFAULT 'due' CHECK (state IN ('due', 'pending', 'done', 'stopped')),
  reason TEXT NOT NULL DEFAULT '',
  generation INTEGER NOT NULL DEFAULT 1,
  request TEXT,
  first_sent_at INTEGER,
  last_sent_at INTEGER,
  in_doubt_since INTEGER,
  look_because TEXT NOT NULL DEFAULT '',
  absent_at INTEGER,
  external_refund_id TEXT,
  attempts INTEGER NOT NULL DEFAULT 0,
  next_attempt_at INTEGER NOT NULL DEFAULT 0,
  holder TEXT NOT NULL DEFAULT '',
  claimed_at INTEGER,
  lease_until INTEGER NOT NULL DEFAULT 0,
  done_at INTEGER,
  created_at INTEGER NOT NULL DEFAULT (CAST((julianday('now') - 2440587.5) * 86400000 + 0.5 AS INTEGER)),
  updated_at INTEGER NOT NULL DEFAULT (CAST((julianday('now') - 2440587.5) * 86400000 + 0.5 AS INTEGER)),
  -- The mail that reports this repair to its restaurant: each repair is reported once. Empty: none yet.
  told_by TEXT NOT NULL DEFAULT '',
  approved_role TEXT NOT NULL DEFAULT '',
  approved_at INTEGER NOT NULL DEFAULT 0,
  seal TEXT NOT NULL DEFAULT '',
  PRIMARY KEY (provider, action, target)
) WITHOUT ROWID;
CREATE INDEX pos_repairs_open ON pos_repairs (next_attempt_at) WHERE state IN ('due', 'pending');
CREATE INDEX pos_repairs_held ON pos_repairs (lease_until) WHERE holder <> '';
CREATE INDEX pos_repairs_audit ON pos_repairs (audit_id, restaurant_id);
CREATE INDEX pos_repairs_order ON pos_repairs (external_order_id);
CREATE INDEX pos_repairs_untold ON pos_repairs (audit_id, restaurant_id) WHERE told_by = '';

-- A repair whose state changes after its mail was written is reported again.
CREATE TRIGGER pos_repairs_told_again AFTER UPDATE OF state ON pos_repairs
WHEN NEW.state <> OLD.state AND NEW.told_by <> ''
BEGIN
  UPDATE pos_repairs SET told_by = ''
  WHERE provider = NEW.provider AND action = NEW.action AND target = NEW.target;
END;

-- How that came about: append-only, one line per transition and token.
CREATE TABLE pos_repair_log (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  audit_id TEXT NOT NULL,
  target TEXT NOT NULL,
  at INTEGER NOT NULL DEFAULT (CAST((julianday('now') - 2440587.5) * 86400000 + 0.5 AS INTEGER)),
  actor TEXT NOT NULL,
  event TEXT NOT NULL,
  from_state TEXT NOT NULL DEFAULT '',
  to_state TEXT NOT NULL DEFAULT '',
  token TEXT NOT NULL,
  detail TEXT NOT NULL DEFAULT ''
);
CREATE UNIQUE INDEX pos_repair_log_line ON pos_repair_log (target, token, event);
CREATE INDEX pos_repair_log_audit ON pos_repair_log (audit_id, id);

-- What a restaurant is owed for its duplicates, once everything that was approved for it is at rest.
CREATE TABLE pos_credits (
  audit_id TEXT NOT NULL,
  restaurant_id TEXT NOT NULL,
  currency TEXT NOT NULL,
  duplicates INTEGER NOT NULL DEFAULT 0,
  refunded INTEGER NOT NULL DEFAULT 0,
  recorded INTEGER NOT NULL DEFAULT 0,
  canceled INTEGER NOT NULL DEFAULT 0,
  disputed INTEGER NOT NULL DEFAULT 0,
  fees INTEGER NOT NULL DEFAULT 0,
  months INTEGER NOT NULL DEFAULT 1,
  created_at INTEGER NOT NULL DEFAULT (CAST((julianday('now') - 2440587.5) * 86400000 + 0.5 AS INTEGER)),
  PRIMARY KEY (audit_id, restaurant_id, currency)
) WITHOUT ROWID;

-- The outbox. A mail is a draft until somebody approves it, and `request` is frozen from then on. `id` is
-- also its idempotency key. `seal` holds it as it was approved, as that of a repair does.
CREATE TABLE pos_mails (
  id TEXT PRIMARY KEY,
  audit_id TEXT NOT NULL,
  restaurant_id TEXT NOT NULL,
  language TEXT NOT NULL,
  recipient TEXT NOT NULL DEFAULT '',
  subject TEXT NOT NULL,
  body TEXT NOT NULL,
  state TEXT NOT NULL DEFAULT 'draft' CHECK (state IN ('draft', 'due', 'sent', 'dead')),
  reason TEXT NOT NULL DEFAULT '',
  request TEXT,
  external_id TEXT,
  approved_at INTEGER,
  approved_by TEXT NOT NULL DEFAULT '',
  first_sent_at INTEGER,
  last_sent_at INTEGER,
  in_doubt_since INTEGER,
  attempts INTEGER NOT NULL DEFAULT 0,
  next_attempt_at INTEGER NOT NULL DEFAULT 0,
  holder TEXT NOT NULL DEFAULT '',
  claimed_at INTEGER,
  lease_until INTEGER NOT NULL DEFAULT 0,
  sent_at INTEGER,
  created_at INTEGER NOT NULL DEFAULT (CAST((julianday('now') - 2440587.5) * 86400000 + 0.5 AS INTEGER)),
  updated_at INTEGER NOT NULL DEFAULT (CAST((julianday('now') - 2440587.5) * 86400000 + 0.5 AS INTEGER)),
  approved_role TEXT NOT NULL DEFAULT '',
  seal TEXT NOT NULL DEFAULT ''
) WITHOUT ROWID;
CREATE INDEX pos_mails_due ON pos_mails (next_attempt_at) WHERE state = 'due';
CREATE INDEX pos_mails_audit ON pos_mails (audit_id, restaurant_id);
-- A draft's `reason` says why it is to be rewritten. The worker that wrote or sent a mail stays its
-- `holder`; claimed_at is set only while a worker is about to send it.
CREATE INDEX pos_mails_draft ON pos_mails (audit_id, restaurant_id) WHERE state = 'draft';
CREATE INDEX pos_mails_holder ON pos_mails (holder) WHERE holder <> '';

-- A payment is never refunded, and an order never canceled, for two reasons: whoever rewrites what was
-- decided about one is told so.
CREATE TRIGGER pos_repair_orders_for_ever BEFORE UPDATE ON pos_repair_orders
WHEN NEW.group_key <> OLD.group_key OR NEW.role <> OLD.role
BEGIN
  SELECT RAISE(ABORT, 'pos_repair_orders: an order of the provider belongs to one group for ever');
END;

-- All of the schema is there. This stays the end of the last file.
INSERT INTO pos_sync_schema (id, version) VALUES (1, 1);
