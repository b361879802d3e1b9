-- Which mail tells a restaurant of a repair: each is told of once. '' is "none does yet", and what is
-- changed after it was told of is told again.
ALTER TABLE pos_repairs ADD COLUMN told_by TEXT NOT NULL DEFAULT '';
CREATE INDEX pos_repairs_untold ON pos_repairs (audit_id, restaurant_id) WHERE told_by = '';

CREATE TRIGGER pos_repairs_told_again AFTER UPDATE OF state ON pos_repairs
WHEN NEW.state <> OLD.state AND NEW.told_by <> ''
BEGIN
  UPDATE pos_repairs SET told_by = ''
  WHERE provider = NEW.provider AND action = NEW.action AND target = NEW.target;
END;

-- A draft's `reason` says why it is to be written anew. Whoever has written or sent a mail stays its
-- `holder`; claimed_at is there only while somebody is about to send it.
CREATE INDEX pos_mails_draft ON pos_mails (audit_id, restaurant_id) WHERE state = 'draft';
CREATE INDEX pos_mails_holder ON pos_mails (holder) WHERE holder <> '';
