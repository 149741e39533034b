CREATE TABLE setting (
    key TEXT PRIMARY KEY,
    value TEXT NOT NULL
);

CREATE TABLE definition_version (
    version BIGINT PRIMARY KEY,
    text TEXT NOT NULL,
    statements TEXT NOT NULL,
    rollback_statements TEXT NOT NULL,
    summary TEXT NOT NULL,
    applied_by TEXT NOT NULL,
    applied_at BIGINT NOT NULL,
    rolled_back_at BIGINT,
    active BOOLEAN NOT NULL
);

CREATE TABLE account (
    id TEXT PRIMARY KEY,
    name TEXT,
    name_fold TEXT,
    created_at BIGINT,
    traits TEXT,
    stored_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);

-- One row per user. The fields of the definition are added as typed columns beside these.
CREATE TABLE profile (
    id TEXT PRIMARY KEY,
    account_id TEXT,
    name TEXT,
    name_fold TEXT,
    email TEXT,
    email_fold TEXT,
    phone TEXT,
    telegram_id TEXT,
    telegram_username TEXT,
    locale TEXT,
    registered_at BIGINT,
    trial_ends_at BIGINT,
    last_seen_at BIGINT,
    traits TEXT,
    stored_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    -- When the derived fields must be computed again; 0 means now.
    recompute_at BIGINT,
    -- Counts the reasons to compute again, so that one that arrives during a computation is not lost.
    changes BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX profile_recompute ON profile (recompute_at);
CREATE INDEX profile_account ON profile (account_id);
CREATE INDEX profile_name ON profile (name_fold, id);
CREATE INDEX profile_email ON profile (email_fold, id);
CREATE INDEX profile_telegram ON profile (telegram_id);
CREATE INDEX profile_registered ON profile (registered_at, id);
CREATE INDEX profile_seen ON profile (last_seen_at, id);

-- Every name a person is known under: kind is user, anonymous, telegram or email.
CREATE TABLE identity (
    kind TEXT NOT NULL,
    value TEXT NOT NULL,
    user_id TEXT NOT NULL,
    since BIGINT NOT NULL,
    merge_id TEXT,
    PRIMARY KEY (kind, value)
);
CREATE INDEX identity_user ON identity (user_id);

CREATE TABLE subscription (
    id TEXT PRIMARY KEY,
    user_id TEXT NOT NULL,
    plan TEXT NOT NULL,
    status TEXT NOT NULL,
    started_at BIGINT,
    current_period_start BIGINT,
    current_period_end BIGINT,
    canceled_at BIGINT,
    ended_at BIGINT,
    amount BIGINT,
    currency TEXT,
    "interval" TEXT,
    stored_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE INDEX subscription_user ON subscription (user_id, started_at);

CREATE TABLE payment (
    id TEXT PRIMARY KEY,
    user_id TEXT NOT NULL,
    subscription_id TEXT,
    amount BIGINT NOT NULL,
    currency TEXT NOT NULL,
    status TEXT NOT NULL,
    paid_at BIGINT,
    period_start BIGINT,
    period_end BIGINT,
    description TEXT,
    provider TEXT,
    stored_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE INDEX payment_user ON payment (user_id, paid_at);

CREATE TABLE seller_cabinet (
    id TEXT PRIMARY KEY,
    user_id TEXT NOT NULL,
    name TEXT,
    marketplace TEXT,
    api_status TEXT,
    api_checked_at BIGINT,
    connected_at BIGINT,
    removed_at BIGINT,
    stored_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE INDEX seller_cabinet_user ON seller_cabinet (user_id);

CREATE TABLE user_session (
    id TEXT PRIMARY KEY,
    user_id TEXT NOT NULL,
    started_at BIGINT,
    last_seen_at BIGINT,
    ended_at BIGINT,
    ip TEXT,
    user_agent TEXT,
    device TEXT,
    platform TEXT,
    stored_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE INDEX user_session_user ON user_session (user_id, last_seen_at);

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
