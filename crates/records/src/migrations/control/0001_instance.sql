CREATE TABLE workspace (
    slug TEXT PRIMARY KEY,
    created_at BIGINT NOT NULL
);

CREATE TABLE api_key (
    id TEXT PRIMARY KEY,
    workspace TEXT NOT NULL REFERENCES workspace (slug),
    name TEXT NOT NULL,
    kind TEXT NOT NULL,
    hash TEXT NOT NULL UNIQUE,
    hint TEXT NOT NULL,
    scopes TEXT NOT NULL,
    origins TEXT NOT NULL,
    ip_allow_list TEXT NOT NULL,
    created_by TEXT,
    created_at BIGINT NOT NULL,
    expires_at BIGINT,
    last_used_at BIGINT,
    revoked_at BIGINT
);
CREATE INDEX api_key_workspace ON api_key (workspace);

-- The audit log. Rows are only ever added.
CREATE TABLE audit_entry (
    seq BIGINT PRIMARY KEY,
    at BIGINT NOT NULL,
    actor_kind TEXT NOT NULL,
    actor_id TEXT NOT NULL,
    actor_name TEXT NOT NULL,
    action TEXT NOT NULL,
    entity_kind TEXT NOT NULL,
    entity_id TEXT NOT NULL,
    before TEXT NOT NULL,
    after TEXT NOT NULL,
    reason TEXT,
    ip TEXT,
    user_agent TEXT,
    hash TEXT NOT NULL
);
CREATE INDEX audit_entry_entity ON audit_entry (entity_kind, entity_id, seq);
CREATE INDEX audit_entry_actor ON audit_entry (actor_id, seq);

-- Written by the readiness check.
CREATE TABLE heartbeat (
    id BIGINT PRIMARY KEY,
    at BIGINT NOT NULL
);
