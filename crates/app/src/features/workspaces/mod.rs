//! Workspaces of the instance: adding and opening them.

mod http;
pub mod view;

use std::sync::Arc;

use kabinet_model::ids::WorkspaceSlug;
use kabinet_records::sql::{self, Row};
use kabinet_records::{Database, RecordError, Schema};
use serde_json::{Value, json};

use crate::features::audit;
use crate::http::access::{Actor, RequestFacts};
use crate::workspace::Workspace;
use crate::{App, StartError};

pub(crate) use http::routes;

/// Paths below `/api/v1/` that are not workspaces.
const RESERVED: &[&str] =
    &["audit", "instance", "invitations", "me", "password-reset", "session", "setup", "staff", "workspaces"];

/// The slugs of all workspaces, sorted.
pub async fn list(app: &App) -> Result<Vec<WorkspaceSlug>, StartError> {
    all_slugs(&app.control).await
}

pub(crate) async fn all_slugs(control: &Database) -> Result<Vec<WorkspaceSlug>, StartError> {
    let rows = sql::all(control.reader(), "SELECT slug FROM workspace ORDER BY slug", vec![]).await?;
    rows.iter()
        .map(|row| {
            let slug: String = row.get("slug")?;
            slug.parse().map_err(|error| StartError::Definition(format!("workspace {slug}: {error}")))
        })
        .collect()
}

/// Puts a workspace on the instance's list; one that is there already stays as it is. A running server opens it within seconds.
pub async fn register(app: &App, slug: &WorkspaceSlug, actor: &Actor) -> Result<(), StartError> {
    if RESERVED.contains(&slug.as_str()) {
        return Err(StartError::Definition(format!("a workspace cannot be called {slug}: the API uses that word")));
    }
    let now = app.clock.now_ms();
    let transaction = app.control.begin().await?;
    let insert = "INSERT INTO workspace (slug, created_at) VALUES ($1, $2) ON CONFLICT (slug) DO NOTHING";
    if sql::run(&transaction, insert, vec![slug.as_str().into(), now.into()]).await? > 0 {
        let entry = audit::Entry {
            action: "workspace.add",
            entity_kind: "workspace",
            entity_id: slug.as_str(),
            before: Value::Null,
            after: json!({"slug": slug.as_str()}),
            reason: None,
        };
        audit::record(&transaction, actor, &RequestFacts::default(), now, entry).await?;
    }
    transaction.commit().await.map_err(RecordError::from)?;
    Ok(())
}

/// The records of a workspace, for commands that work beside a running server (which alone has the event store open).
pub async fn open_records(app: &App, slug: &WorkspaceSlug) -> Result<Database, StartError> {
    if !all_slugs(&app.control).await?.contains(slug) {
        return Err(StartError::Definition(format!(
            "there is no workspace {slug}; `kabinet workspace list` prints them"
        )));
    }
    Ok(Database::open(&app.config.records_location(slug), Schema::Workspace).await?)
}

/// Adds a workspace and opens it.
pub async fn create(app: &App, slug: WorkspaceSlug, actor: &Actor) -> Result<Arc<Workspace>, StartError> {
    register(app, &slug, actor).await?;
    match app.workspace(slug.as_str()) {
        Some(open) => Ok(open),
        None => app.open_workspace(slug).await,
    }
}

/// Opens the workspaces on the list that are not open yet.
pub(crate) async fn open_new(app: &App) -> Result<(), StartError> {
    for slug in all_slugs(&app.control).await? {
        if app.workspace(slug.as_str()).is_none() {
            app.open_workspace(slug).await?;
        }
    }
    Ok(())
}
