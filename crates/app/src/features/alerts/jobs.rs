use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, timeout};

use super::{deliver_due, evaluate_all};
use crate::App;
use crate::workspace::Workspace;

/// How often all users are compared: what only time changes is seen at most this late.
const BETWEEN_SWEEPS: Duration = Duration::from_secs(60);
/// How often the outbox is looked at when nothing rings: for what is due again after a failure.
const BETWEEN_LOOKS: Duration = Duration::from_secs(5);

/// Keeps a workspace's alerts true and told until the task is dropped.
pub(crate) async fn keep_up(app: App, workspace: Arc<Workspace>) {
    let mut next_sweep = Instant::now();
    loop {
        if Instant::now() >= next_sweep {
            next_sweep = Instant::now() + BETWEEN_SWEEPS;
            if let Err(problem) = evaluate_all(&workspace).await {
                tracing::error!(workspace = %workspace.slug, detail = problem.detail, "alerts could not be compared; trying again in a minute");
            }
        }
        if let Err(problem) = deliver_due(&app, &workspace).await {
            tracing::error!(workspace = %workspace.slug, detail = problem.detail, "the outbox of alerts could not be read; trying again");
        }
        // Whichever comes first; a ring that came while messages were being sent is kept.
        drop(timeout(BETWEEN_LOOKS, workspace.alerts.entered.notified()).await);
    }
}
