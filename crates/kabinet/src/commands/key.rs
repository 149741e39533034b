use anyhow::{Context, bail};
use clap::{Subcommand, ValueEnum};
use kabinet_app::config::Config;
use kabinet_app::features::keys::{self, KeyKind, NewKey};
use kabinet_app::features::workspaces;
use kabinet_app::http::access::{Actor, RequestFacts};
use kabinet_model::role::Permission;

#[derive(Subcommand)]
pub enum Key {
    /// Create a key and print it, alone, to standard output
    Create {
        #[arg(long)]
        workspace: String,
        #[arg(long, value_enum)]
        kind: Kind,
        #[arg(long, default_value = "Command line")]
        name: String,
        /// Permissions of a secret key, separated by commas; all when unset
        #[arg(long, value_delimiter = ',')]
        scopes: Vec<Permission>,
        /// Origins from which browsers may use a write key, separated by commas; `*` for any
        #[arg(long, value_delimiter = ',')]
        origins: Vec<String>,
    },
}

#[derive(Clone, Copy, ValueEnum)]
pub enum Kind {
    Write,
    Secret,
}

impl Key {
    pub async fn run(self, config: Config) -> anyhow::Result<()> {
        let app = super::open_control(config).await?;
        let Key::Create { workspace, kind, name, scopes, origins } = self;
        let slug = workspace.parse().with_context(|| format!("{workspace} cannot be a workspace's name"))?;
        workspaces::open_records(&app, &slug).await?.close().await?;
        let (kind, scopes) = match kind {
            Kind::Write => (KeyKind::Write, Vec::new()),
            Kind::Secret if scopes.is_empty() => (KeyKind::Secret, Permission::ALL.to_vec()),
            Kind::Secret => (KeyKind::Secret, scopes),
        };
        let new = NewKey { name, kind, scopes, origins, ip_allow_list: Vec::new(), expires_at: None };
        match keys::create(&app, &workspace, new, &Actor::cli(), &RequestFacts::default()).await {
            Ok((_, text)) => super::print(&text)?,
            Err(problem) => bail!("{}", problem.detail),
        }
        Ok(app.close().await?)
    }
}
