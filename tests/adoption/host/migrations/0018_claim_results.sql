-- What a cron did under its claim. It goes with the claim.
CREATE TABLE claim_results (
  id INTEGER PRIMARY KEY,
  claim_key TEXT NOT NULL REFERENCES cron_idempotency_claims (claim_key) ON DELETE CASCADE,
  result TEXT NOT NULL
);
