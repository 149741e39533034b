//! Workspaces of the instance: creating them, and the definition each one runs.

use kabinet_model::ids::WorkspaceSlug;
use kabinet_records::Database;
use kabinet_records::sql::{self, Row};

use crate::{App, StartError};

/// Paths below `/api/v1/` that are not workspaces.
const RESERVED: &[&str] =
    &["audit", "instance", "invitations", "me", "password-reset", "session", "setup", "staff", "workspaces"];

pub(crate) async fn all_slugs(control: &Database) -> Result<Vec<WorkspaceSlug>, StartError> {
    let rows = sql::all(control.reader(), "SELECT slug FROM workspace ORDER BY slug", vec![]).await?;
    rows.iter()
        .map(|row| {
            let slug: String = row.get("slug")?;
            slug.parse().map_err(|error| StartError::Definition(format!("workspace {slug}: {error}")))
        })
        .collect()
}

/// Adds a workspace under the slug of its definition. The definition itself is applied by the definition feature.
pub async fn create(app: &App, slug: WorkspaceSlug) -> Result<std::sync::Arc<crate::workspace::Workspace>, StartError> {
    if RESERVED.contains(&slug.as_str()) {
        return Err(StartError::Definition(format!("a workspace cannot be called {slug}: the API uses that word")));
    }
    let insert = "INSERT INTO workspace (slug, created_at) VALUES ($1, $2) ON CONFLICT (slug) DO NOTHING";
    app.control.write(insert, vec![slug.as_str().into(), app.clock.now_ms().into()]).await?;
    match app.workspace(slug.as_str()) {
        Some(open) => Ok(open),
        None => app.open_workspace(slug).await,
    }
}
