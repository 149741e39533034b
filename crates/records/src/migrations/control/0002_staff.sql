CREATE TABLE staff (
    id TEXT PRIMARY KEY,
    email TEXT NOT NULL,
    email_fold TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    role TEXT NOT NULL,
    extra_permissions TEXT NOT NULL,
    -- JSON array of slugs; null means all workspaces, those to come too.
    workspaces TEXT,
    ip_allow_list TEXT NOT NULL,
    -- Unset: what the browser asks for.
    locale TEXT,
    time_zone TEXT,
    password_hash TEXT NOT NULL,
    disabled BOOLEAN NOT NULL,
    created_at BIGINT NOT NULL,
    last_login_at BIGINT
);

-- A signed-in browser. Of the token only its SHA-256 is kept.
CREATE TABLE staff_session (
    id TEXT PRIMARY KEY,
    staff_id TEXT NOT NULL REFERENCES staff (id),
    token_hash TEXT NOT NULL UNIQUE,
    created_at BIGINT NOT NULL,
    last_seen_at BIGINT NOT NULL,
    idle_ms BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    ip TEXT,
    user_agent TEXT
);
CREATE INDEX staff_session_staff ON staff_session (staff_id);
CREATE INDEX staff_session_expiry ON staff_session (expires_at);

CREATE TABLE invitation (
    id TEXT PRIMARY KEY,
    token_hash TEXT NOT NULL UNIQUE,
    email TEXT NOT NULL,
    email_fold TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    role TEXT NOT NULL,
    extra_permissions TEXT NOT NULL,
    workspaces TEXT,
    ip_allow_list TEXT NOT NULL,
    invited_by TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);

-- At most one row: the token that makes the first super admin.
CREATE TABLE setup_token (
    token_hash TEXT PRIMARY KEY,
    created_at BIGINT NOT NULL
);

CREATE TABLE password_reset (
    token_hash TEXT PRIMARY KEY,
    staff_id TEXT NOT NULL REFERENCES staff (id),
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX password_reset_staff ON password_reset (staff_id);

-- The sealed secret of an authenticator app. last_step is the newest 30-second step whose code was accepted: no code counts twice.
CREATE TABLE totp (
    staff_id TEXT PRIMARY KEY REFERENCES staff (id),
    sealed_secret TEXT NOT NULL,
    last_step BIGINT NOT NULL,
    confirmed_at BIGINT
);

CREATE TABLE recovery_code (
    code_hash TEXT PRIMARY KEY,
    staff_id TEXT NOT NULL REFERENCES staff (id)
);
CREATE INDEX recovery_code_staff ON recovery_code (staff_id);

CREATE TABLE passkey (
    id TEXT PRIMARY KEY,
    staff_id TEXT NOT NULL REFERENCES staff (id),
    credential_id TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    credential TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    last_used_at BIGINT
);
CREATE INDEX passkey_staff ON passkey (staff_id);

-- What the server remembers between two steps of one sign-in or one passkey ceremony; used once.
CREATE TABLE ceremony (
    token_hash TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    staff_id TEXT,
    state TEXT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX ceremony_expiry ON ceremony (expires_at);

-- One row per limited thing. clear_at is when its allowance is whole again; the row means nothing after that.
CREATE TABLE rate_limit (
    bucket TEXT PRIMARY KEY,
    clear_at BIGINT NOT NULL,
    failures BIGINT NOT NULL
);
CREATE INDEX rate_limit_clear ON rate_limit (clear_at);
