use anyhow::Context;
use clap::Subcommand;
use kabinet_app::config::Config;
use kabinet_app::features::workspaces;

#[derive(Subcommand)]
pub enum Workspace {
    /// Add a workspace and print its slug
    Add {
        /// Lower-case name used in addresses
        slug: String,
    },
    /// Print the slugs of all workspaces, one a line
    List,
}

impl Workspace {
    pub async fn run(self, config: Config) -> anyhow::Result<()> {
        let app = super::open(config).await?;
        match self {
            Workspace::Add { slug } => {
                let slug = slug.parse().with_context(|| format!("{slug} cannot be a workspace's name"))?;
                let workspace = workspaces::create(&app, slug).await?;
                super::print(workspace.slug.as_str())?;
            }
            Workspace::List => {
                for workspace in app.workspaces() {
                    super::print(workspace.slug.as_str())?;
                }
            }
        }
        Ok(app.close().await?)
    }
}
