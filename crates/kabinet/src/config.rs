//! Settings from flags, environment and `kabinet.toml`: a flag wins over the environment, which wins over the file.

use std::net::IpAddr;
use std::path::PathBuf;

use anyhow::Context;
use clap::Args;
use kabinet_app::config::{Config, DatabaseUrl};
use kabinet_app::features::staff::PasswordCost;
use serde::Deserialize;
use tracing_subscriber::EnvFilter;

/// Where data lies unless told otherwise.
pub const DATA: &str = ".kabinet";

#[derive(Args)]
pub struct Options {
    /// Settings file
    #[arg(long, env = "KABINET_CONFIG", global = true)]
    config: Option<PathBuf>,
    /// Folder of everything that is stored [default: .kabinet]
    #[arg(long, env = "KABINET_DATA", global = true)]
    data: Option<PathBuf>,
    /// PostgreSQL instead of SQLite files: postgres://user:password@host/database
    #[arg(long, env = "KABINET_DATABASE_URL", global = true, hide_env_values = true)]
    database_url: Option<String>,
    /// Address people reach this instance under [default: http://127.0.0.1:7070]
    #[arg(long, env = "KABINET_PUBLIC_URL", global = true)]
    public_url: Option<String>,
}

/// `kabinet.toml`
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct File {
    data: Option<PathBuf>,
    database_url: Option<String>,
    public_url: Option<String>,
    trusted_proxies: Vec<IpAddr>,
    metrics_token: Option<String>,
    free_space_floor: Option<u64>,
    telegram_api: Option<String>,
    /// For hosts with little memory: hashes of passwords take 19 MiB instead of 64.
    small_host: bool,
    staff_requests_per_minute: Option<u32>,
}

impl Options {
    /// The settings, with `data` as the folder unless one is named.
    pub fn config(self, data: &str) -> anyhow::Result<Config> {
        let file = match &self.config {
            None => File::default(),
            Some(path) => {
                let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
                toml::from_str(&text).with_context(|| format!("{} is not a valid settings file", path.display()))?
            }
        };
        let defaults = Config::in_folder(self.data.or(file.data).unwrap_or_else(|| data.into()));
        Ok(Config {
            public_url: self.public_url.or(file.public_url).unwrap_or(defaults.public_url),
            database_url: self.database_url.or(file.database_url).map(DatabaseUrl),
            trusted_proxies: file.trusted_proxies,
            metrics_token: file.metrics_token.or_else(|| std::env::var("KABINET_METRICS_TOKEN").ok()),
            free_space_floor: file.free_space_floor,
            telegram_api: file.telegram_api.unwrap_or(defaults.telegram_api),
            password_cost: if file.small_host { PasswordCost::SMALL_HOST } else { defaults.password_cost },
            staff_requests_per_minute: file.staff_requests_per_minute.unwrap_or(defaults.staff_requests_per_minute),
            data: defaults.data,
        })
    }
}

/// `KABINET_LOG` in the form of `RUST_LOG`; warnings and our own information when unset.
pub fn log_filter() -> EnvFilter {
    EnvFilter::try_from_env("KABINET_LOG").unwrap_or_else(|_| EnvFilter::new("warn,kabinet=info,kabinet_app=info"))
}
