//! What the operator decides: file, environment and flags end here.

use std::net::IpAddr;
use std::path::PathBuf;

use kabinet_model::ids::WorkspaceSlug;
use kabinet_records::Location;

use crate::features::staff::PasswordCost;

/// Settings of an instance. Unset means refuse: nothing opens because a setting is missing.
#[derive(Debug, Clone)]
pub struct Config {
    /// Folder of everything the instance stores.
    pub data: PathBuf,
    /// The address people and clients reach the instance under, e.g. `https://kabinet.example.com`; links in mails start with it.
    pub public_url: String,
    /// PostgreSQL instead of SQLite files.
    pub database_url: Option<DatabaseUrl>,
    /// Reverse proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpAddr>,
    /// Bearer token for `/metrics`; without one only loopback may read it.
    pub metrics_token: Option<String>,
    /// Free space below which events are refused, in bytes; unset takes the event store's own floor.
    pub free_space_floor: Option<u64>,
    /// Base URL of the Telegram Bot API; another one is for tests and for self-hosted Bot API servers.
    pub telegram_api: String,
    /// What hashing one password of staff costs.
    pub password_cost: PasswordCost,
    /// Requests one staff member may make a minute.
    pub staff_requests_per_minute: u32,
}

/// A PostgreSQL URL; its password does not print.
#[derive(Clone)]
pub struct DatabaseUrl(pub String);

impl std::fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("DatabaseUrl(…)")
    }
}

impl Config {
    /// An instance on SQLite files below `data`, with defaults for the rest.
    pub fn in_folder(data: impl Into<PathBuf>) -> Config {
        Config {
            data: data.into(),
            public_url: "http://127.0.0.1:7070".into(),
            database_url: None,
            trusted_proxies: Vec::new(),
            metrics_token: None,
            free_space_floor: None,
            telegram_api: "https://api.telegram.org".into(),
            password_cost: PasswordCost::default(),
            staff_requests_per_minute: 600,
        }
    }

    /// Cookies are marked `Secure` and named `__Host-…` exactly when people come over HTTPS.
    pub fn is_https(&self) -> bool {
        self.public_url.starts_with("https://")
    }

    pub(crate) fn control_location(&self) -> Location {
        match &self.database_url {
            None => Location::SqliteFile(self.data.join("kabinet.db")),
            Some(url) => Location::Postgres { url: url.0.clone(), schema: "kabinet".into() },
        }
    }

    pub(crate) fn workspace_folder(&self, slug: &WorkspaceSlug) -> PathBuf {
        self.data.join("workspaces").join(slug.as_str())
    }

    pub(crate) fn records_location(&self, slug: &WorkspaceSlug) -> Location {
        match &self.database_url {
            None => Location::SqliteFile(self.workspace_folder(slug).join("records.db")),
            Some(url) => Location::Postgres {
                url: url.0.clone(),
                schema: format!("workspace_{}", slug.as_str().replace('-', "_")),
            },
        }
    }
}
