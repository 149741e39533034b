-- Ways out of the workspace: smtp or telegram. The secret (password, token) is sealed under the instance's key.
CREATE TABLE channel (
    kind TEXT PRIMARY KEY,
    settings TEXT NOT NULL,
    secret TEXT,
    updated_at BIGINT NOT NULL
);

-- Where staff want an alert sent. An alert without a row goes out as its definition says.
CREATE TABLE alert_channel (
    alert TEXT NOT NULL,
    channel TEXT NOT NULL,
    enabled BOOLEAN NOT NULL,
    target TEXT,
    PRIMARY KEY (alert, channel)
);

-- One row for each time a user entered an alert; left_at stays empty while the alert holds.
CREATE TABLE alert_entry (
    id TEXT PRIMARY KEY,
    alert TEXT NOT NULL,
    user_id TEXT NOT NULL,
    entered_at BIGINT NOT NULL,
    left_at BIGINT
);
CREATE UNIQUE INDEX alert_entry_active ON alert_entry (alert, user_id) WHERE left_at IS NULL;
CREATE INDEX alert_entry_entered ON alert_entry (alert, entered_at, id);
CREATE INDEX alert_entry_left ON alert_entry (alert, left_at, id);
CREATE INDEX alert_entry_user ON alert_entry (user_id);

-- What goes out about an entry: at most one row for each channel, so that it is told once.
CREATE TABLE alert_delivery (
    id TEXT PRIMARY KEY,
    entry_id TEXT NOT NULL REFERENCES alert_entry (id),
    channel TEXT NOT NULL,
    target TEXT NOT NULL,
    status TEXT NOT NULL,
    attempts BIGINT NOT NULL,
    due_at BIGINT NOT NULL,
    leased_by TEXT,
    leased_until BIGINT,
    changed_at BIGINT NOT NULL,
    error TEXT,
    UNIQUE (entry_id, channel)
);
CREATE INDEX alert_delivery_due ON alert_delivery (status, due_at);
