-- A user who was merged into another one keeps the row, so that the merge can be undone; lists leave the row out.
ALTER TABLE profile ADD COLUMN merged_into TEXT;
CREATE INDEX profile_merged ON profile (merged_into) WHERE merged_into IS NOT NULL;
-- Newest users first, and the search that starts with an id, a phone number or a Telegram name.
CREATE INDEX profile_phone ON profile (phone);
CREATE INDEX profile_telegram_username ON profile (telegram_username);
CREATE INDEX profile_trial ON profile (trial_ends_at, id);

CREATE TABLE note (
    id TEXT PRIMARY KEY,
    user_id TEXT NOT NULL,
    author_kind TEXT NOT NULL,
    author_id TEXT NOT NULL,
    author_name TEXT NOT NULL,
    text TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    edited_at BIGINT,
    deleted_at BIGINT,
    version BIGINT NOT NULL
);
CREATE INDEX note_user ON note (user_id, created_at, id);

CREATE TABLE saved_view (
    id TEXT PRIMARY KEY,
    owner_kind TEXT NOT NULL,
    owner_id TEXT NOT NULL,
    owner_name TEXT NOT NULL,
    name TEXT NOT NULL,
    filter TEXT,
    alert TEXT,
    q TEXT,
    sort TEXT,
    columns TEXT NOT NULL,
    shared BOOLEAN NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    version BIGINT NOT NULL
);
CREATE INDEX saved_view_owner ON saved_view (owner_id);

-- Two identities that were found to be one person. Undone merges stay, with the time of the undoing.
CREATE TABLE merge (
    id TEXT PRIMARY KEY,
    into_user TEXT NOT NULL,
    from_kind TEXT NOT NULL,
    from_value TEXT NOT NULL,
    moved TEXT NOT NULL,
    actor_kind TEXT NOT NULL,
    actor_id TEXT NOT NULL,
    actor_name TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    undone_at BIGINT,
    undone_by TEXT
);
CREATE INDEX merge_into ON merge (into_user, created_at);

-- What every moved identity was before; undoing a merge puts exactly this back. No previous user: the identity was new.
CREATE TABLE merge_identity (
    merge_id TEXT NOT NULL REFERENCES merge (id),
    kind TEXT NOT NULL,
    value TEXT NOT NULL,
    previous_user TEXT,
    previous_merge TEXT,
    previous_since BIGINT,
    PRIMARY KEY (merge_id, kind, value)
);

-- First answers to requests that carried an Idempotency-Key.
CREATE TABLE idempotency (
    scope TEXT NOT NULL,
    key TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    status BIGINT NOT NULL,
    body TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (scope, key)
);
CREATE INDEX idempotency_created ON idempotency (created_at);
