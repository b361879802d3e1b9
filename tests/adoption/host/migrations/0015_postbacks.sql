CREATE TABLE postbacks (id INTEGER PRIMARY KEY, affiliate_id TEXT REFERENCES affiliates (id), state TEXT NOT NULL DEFAULT 'due', tries INTEGER NOT NULL DEFAULT 0);
