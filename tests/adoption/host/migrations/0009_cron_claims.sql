-- Each cron that must do something once claims it here.
CREATE TABLE cron_idempotency_claims (claim_key TEXT PRIMARY KEY, claimed_at TEXT DEFAULT CURRENT_TIMESTAMP);
