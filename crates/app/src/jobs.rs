//! What runs beside the requests: derived fields, and taking up what the command line changed.

use std::collections::BTreeMap;
use std::time::Duration;

use tokio::task::JoinSet;

use crate::App;
use crate::features::{alerts, audit, definition, derive, workspaces};
use crate::workspace::Workspace;

/// How often the instance looks for workspaces and definitions that another process (the command line) added.
const LOOK_AROUND: Duration = Duration::from_secs(2);

/// The running jobs of an instance; they end when this is dropped.
pub struct Jobs(#[expect(dead_code, reason = "dropping the set is what ends the jobs")] JoinSet<()>);

/// Starts the jobs of an instance.
pub fn start(app: &App) -> Jobs {
    let mut set = JoinSet::new();
    set.spawn(look_around(app.clone()));
    set.spawn(audit::keep_anchored(app.clone()));
    Jobs(set)
}

/// Returns the reason when an event store has stopped after a failed write to disk. The process must end then: what is durable is known again only after recovering from the log.
pub async fn until_broken(app: &App) -> String {
    loop {
        for workspace in app.workspaces() {
            if let Some(reason) = workspace.events.poisoned() {
                return format!("the event store of {} stopped: {reason}", workspace.slug);
            }
        }
        tokio::time::sleep(LOOK_AROUND).await;
    }
}

async fn look_around(app: App) {
    let mut jobs: BTreeMap<String, JoinSet<()>> = BTreeMap::new();
    loop {
        if let Err(error) = workspaces::open_new(&app).await {
            tracing::error!(%error, "a new workspace could not be opened");
        }
        for workspace in app.workspaces() {
            take_up_definition(&workspace).await;
            jobs.entry(workspace.slug.to_string()).or_insert_with(|| {
                let mut set = JoinSet::new();
                set.spawn(derive::keep_up(workspace.clone()));
                set.spawn(alerts::keep_up(app.clone(), workspace));
                set
            });
        }
        tokio::time::sleep(LOOK_AROUND).await;
    }
}

async fn take_up_definition(workspace: &Workspace) {
    match definition::reload(workspace).await {
        Ok(false) => {}
        Ok(true) => {
            tracing::info!(workspace = %workspace.slug, version = workspace.definition.load().version, "took up a definition");
            workspace.records_changed.notify_one();
        }
        Err(error) => tracing::error!(workspace = %workspace.slug, %error, "the definition could not be read"),
    }
}
