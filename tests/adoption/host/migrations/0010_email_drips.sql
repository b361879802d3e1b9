CREATE TABLE email_drips (id INTEGER PRIMARY KEY, guest_id INTEGER REFERENCES guests (id), step INTEGER NOT NULL, sent_at TEXT);
