//! Derived data: what follows from events and records. Events become users, links between identities and traits; users get the fields of the definition, computed again whenever
//! an event, a record or the mere passing of time may have changed them.
//!
//! Two steps, each resumable after a crash because its progress is committed with its effect:
//! 1. [`intake`]: new events, in order, up to a sequence number that is kept in the workspace's settings. Users they touch are marked.
//! 2. [`compute`]: marked users and those whose time has come are computed and written.

mod compute;
mod intake;

pub use compute::compare_with_recomputed;

use std::sync::Arc;
use std::time::Duration;

use kabinet_records::sql::{self, Row};

use crate::features::alerts;
use crate::http::error::ApiResult;
use crate::workspace::Workspace;

/// How long the loop rests at most when nothing rings: time-driven changes are seen at least this often.
const LONGEST_REST: Duration = Duration::from_secs(30);
/// The rest between two rounds under steady traffic, so that a user who sends ten events a second is computed once.
const BREATH: Duration = Duration::from_millis(300);

/// Brings all derived data of a workspace up to date and returns the ids of the users that were computed.
pub async fn catch_up(workspace: &Workspace) -> ApiResult<Vec<String>> {
    while intake::take_events(workspace).await? {}
    compute::compute_due(workspace).await
}

/// Keeps a workspace's derived data up to date until the task is dropped.
pub(crate) async fn keep_up(workspace: Arc<Workspace>) {
    let mut events = workspace.events.subscribe();
    loop {
        if let Err(problem) = follow(&workspace).await {
            tracing::error!(workspace = %workspace.slug, detail = problem.detail, "derived fields fell behind; trying again");
        }
        tokio::time::sleep(BREATH).await;
        let rest = rest_until_due(&workspace).await;
        tokio::select! {
            changed = events.changed() => if changed.is_err() { return },
            () = workspace.records_changed.notified() => {}
            () = tokio::time::sleep(rest) => {}
        }
    }
}

async fn follow(workspace: &Workspace) -> ApiResult<()> {
    let changed = catch_up(workspace).await?;
    alerts::evaluate_users(workspace, &changed).await?;
    Ok(())
}

async fn rest_until_due(workspace: &Workspace) -> Duration {
    let next = sql::one(workspace.records.reader(), "SELECT MIN(recompute_at) AS at FROM profile", vec![]).await;
    let due = next.ok().flatten().and_then(|row| row.get::<Option<i64>>("at").ok().flatten());
    let wait = due.map_or(i64::MAX, |due| due.saturating_sub(workspace.clock.now_ms()));
    Duration::from_millis(wait.max(0) as u64).min(LONGEST_REST)
}
