use std::path::{Path, PathBuf};

use anyhow::{Context, anyhow, bail};
use clap::Subcommand;
use kabinet_app::App;
use kabinet_app::config::Config;
use kabinet_app::features::{definition, workspaces};
use kabinet_app::http::access::{Actor, RequestFacts};
use kabinet_app::http::error::Problem;
use kabinet_model::definition::Definition;
use kabinet_model::ids::WorkspaceSlug;

#[derive(Subcommand)]
pub enum DefinitionCommand {
    /// Check a definition file
    Check { file: PathBuf },
    /// Print the exact SQL that applying a definition would run
    Plan { file: PathBuf },
    /// Apply a definition to the workspace it names
    Apply { file: PathBuf },
    /// Take back the definition in force and drop the columns it added
    Rollback {
        #[arg(long)]
        workspace: WorkspaceSlug,
    },
}

impl DefinitionCommand {
    pub async fn run(self, config: Config) -> anyhow::Result<()> {
        match self {
            DefinitionCommand::Check { file } => {
                let (_, parsed) = read(&file)?;
                super::print(&format!(
                    "{}: {} fields, {} alerts",
                    parsed.slug,
                    parsed.own_fields().count(),
                    parsed.alerts.len()
                ))
            }
            DefinitionCommand::Plan { file } => plan(config, &file).await,
            DefinitionCommand::Apply { file } => {
                let (text, parsed) = read(&file)?;
                let app = super::open_control(config).await?;
                apply(&app, &parsed.slug, &text).await?;
                Ok(app.close().await?)
            }
            DefinitionCommand::Rollback { workspace } => rollback(config, &workspace).await,
        }
    }
}

async fn plan(config: Config, file: &Path) -> anyhow::Result<()> {
    let (text, parsed) = read(file)?;
    let app = super::open_control(config).await?;
    let records = workspaces::open_records(&app, &parsed.slug).await?;
    let (_, plan) = definition::plan(&records, &parsed.slug, &text).await.map_err(in_words)?;
    for refusal in &plan.refused {
        super::print(&format!("-- refused: {}: {}", refusal.what, refusal.why))?;
    }
    for statement in &plan.statements {
        super::print(&format!("{statement};"))?;
    }
    super::print("-- to roll back:")?;
    for statement in &plan.rollback {
        super::print(&format!("-- {statement};"))?;
    }
    records.close().await?;
    app.close().await?;
    if !plan.refused.is_empty() {
        bail!("this definition cannot be applied");
    }
    Ok(())
}

/// Applies a definition that was read before; a running server takes it up within seconds.
pub async fn apply(app: &App, slug: &WorkspaceSlug, text: &str) -> anyhow::Result<()> {
    let records = workspaces::open_records(app, slug).await?;
    let now = app.clock.now_ms();
    let version = definition::apply(&records, slug, text, None, &Actor::cli(), &RequestFacts::default(), now)
        .await
        .map_err(in_words)?;
    tracing::info!(workspace = %slug, version = version.version, "{}", version.summary);
    Ok(records.close().await?)
}

async fn rollback(config: Config, slug: &WorkspaceSlug) -> anyhow::Result<()> {
    let app = super::open_control(config).await?;
    let records = workspaces::open_records(&app, slug).await?;
    let current = definition::active(&records, slug).await?;
    let now = app.clock.now_ms();
    definition::rollback(&records, current.version, &Actor::cli(), &RequestFacts::default(), now)
        .await
        .map_err(in_words)?;
    records.close().await?;
    Ok(app.close().await?)
}

/// A definition file and what it says.
pub fn read(file: &Path) -> anyhow::Result<(String, Definition)> {
    let text = std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
    let parsed =
        Definition::parse(&text).map_err(|errors| anyhow!("{}: {}", file.display(), definition::in_words(&errors)))?;
    Ok((text, parsed))
}

fn in_words(problem: Problem) -> anyhow::Error {
    anyhow!(problem.detail)
}
