use std::path::PathBuf;

use anyhow::{Context, bail};
use clap::Subcommand;
use kabinet_app::config::Config;
use kabinet_app::features::workspaces;
use kabinet_app::http::access::Actor;
use kabinet_model::ids::WorkspaceSlug;

use super::definition;

#[derive(Subcommand)]
pub enum Workspace {
    /// Add a workspace and print its slug
    Add {
        /// Lower-case name used in addresses; the definition's own when a definition is given
        slug: Option<String>,
        /// Definition to apply at once (products/<slug>.toml)
        #[arg(long)]
        definition: Option<PathBuf>,
    },
    /// Print the slugs of all workspaces, one a line
    List,
}

impl Workspace {
    pub async fn run(self, config: Config) -> anyhow::Result<()> {
        let app = super::open_control(config).await?;
        match self {
            Workspace::Add { slug, definition: None } => {
                let Some(slug) = slug else {
                    bail!("give a slug, or a definition that has one: --definition products/replies.toml")
                };
                let slug: WorkspaceSlug =
                    slug.parse().with_context(|| format!("{slug} cannot be a workspace's name"))?;
                workspaces::register(&app, &slug, &Actor::cli()).await?;
                super::print(slug.as_str())?;
            }
            Workspace::Add { slug, definition: Some(path) } => {
                let (text, parsed) = definition::read(&path)?;
                if slug.is_some_and(|slug| slug != parsed.slug.as_str()) {
                    bail!("the definition is for {}; leave the slug out", parsed.slug);
                }
                workspaces::register(&app, &parsed.slug, &Actor::cli()).await?;
                definition::apply(&app, &parsed.slug, &text).await?;
                super::print(parsed.slug.as_str())?;
            }
            Workspace::List => {
                for slug in workspaces::list(&app).await? {
                    super::print(slug.as_str())?;
                }
            }
        }
        Ok(app.close().await?)
    }
}
