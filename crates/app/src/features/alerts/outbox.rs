//! What is to be told, row by row: `queued → claimed → sending → sent | failed | uncertain`.
//!
//! A claimed row is leased: when the process dies, another one takes it up after the lease. A row that was being sent when the process died may have
//! arrived; it becomes `uncertain` and is never sent again by itself, because an alert told twice is worse than one that staff see in the list alone.

use std::collections::BTreeMap;

use kabinet_delivery::{Outcome, Refusal};
use kabinet_records::sql::{self, Row, placeholders};
use kabinet_records::{Engine, RecordError, Value};
use uuid::Uuid;

use crate::workspace::Workspace;

/// Rows taken at a time. One message tells of all of them that go the same way.
const ROWS: usize = 200;
/// Longer than any one message takes to be sent.
const LEASE_MS: i64 = 5 * 60_000;
/// When it is tried again after each failure; then it has failed.
const BACK_OFF_MS: [i64; 5] = [60_000, 5 * 60_000, 30 * 60_000, 2 * 3_600_000, 6 * 3_600_000];

/// Rows that go the same way, to be told in one message.
pub struct Batch {
    lease: String,
    rows: Vec<Queued>,
    pub alert: String,
    pub channel: String,
    pub target: String,
}

struct Queued {
    id: String,
    attempts: i64,
    user: User,
}

/// Whom an entry is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    pub id: String,
    pub name: Option<String>,
}

impl Batch {
    /// Stable over attempts for as long as the batch holds the same rows; becomes the Message-ID.
    pub fn id(&self) -> &str {
        &self.rows[0].id
    }

    pub fn users(&self) -> Vec<User> {
        self.rows.iter().map(|row| row.user.clone()).collect()
    }

    fn ids(&self) -> Vec<Value> {
        self.rows.iter().map(|row| row.id.clone().into()).collect()
    }
}

/// Takes up what a dead process left behind: claimed rows are queued again, rows that were being sent are uncertain.
pub async fn recover(workspace: &Workspace) -> Result<(), RecordError> {
    let now = workspace.clock.now_ms();
    let over = "leased_until < $1";
    let requeue = format!(
        "UPDATE alert_delivery SET status = 'queued', leased_by = NULL, changed_at = $1 WHERE status = 'claimed' AND {over}"
    );
    workspace.records.write(&requeue, vec![now.into()]).await?;
    let give_up = format!(
        "UPDATE alert_delivery SET status = 'uncertain', changed_at = $1, error = $2 WHERE status = 'sending' AND {over}"
    );
    let error = "Kabinet stopped while it was sending; it may have arrived.";
    workspace.records.write(&give_up, vec![now.into(), error.into()]).await?;
    Ok(())
}

/// Claims what is due, grouped by what can be told in one message.
pub async fn claim(workspace: &Workspace) -> Result<Vec<Batch>, RecordError> {
    let now = workspace.clock.now_ms();
    let lease = Uuid::now_v7().to_string();
    let skip_locked = match workspace.records.engine() {
        Engine::Postgres => " FOR UPDATE SKIP LOCKED",
        Engine::Sqlite => "",
    };
    let claim = format!(
        "UPDATE alert_delivery SET status = 'claimed', attempts = attempts + 1, leased_by = $1, leased_until = $2, changed_at = $3
         WHERE id IN (SELECT id FROM alert_delivery WHERE status = 'queued' AND due_at <= $3 ORDER BY due_at, id LIMIT {ROWS}{skip_locked})"
    );
    let values = vec![lease.clone().into(), (now + LEASE_MS).into(), now.into()];
    if workspace.records.write(&claim, values).await? == 0 {
        return Ok(Vec::new());
    }
    let query = "SELECT delivery.id, delivery.channel, delivery.target, delivery.attempts, entry.alert, entry.user_id, profile.name
                 FROM alert_delivery AS delivery JOIN alert_entry AS entry ON entry.id = delivery.entry_id
                 LEFT JOIN profile ON profile.id = entry.user_id
                 WHERE delivery.leased_by = $1 AND delivery.status = 'claimed' ORDER BY delivery.id";
    let mut batches: BTreeMap<(String, String, String), Batch> = BTreeMap::new();
    for row in sql::all(workspace.records.reader(), query, vec![lease.clone().into()]).await? {
        let (alert, channel, target): (String, String, String) =
            (row.get("alert")?, row.get("channel")?, row.get("target")?);
        let user = User { id: row.get("user_id")?, name: row.get("name")? };
        let queued = Queued { id: row.get("id")?, attempts: row.get("attempts")?, user };
        let way = (alert.clone(), channel.clone(), target.clone());
        let batch = Batch { lease: lease.clone(), rows: Vec::new(), alert, channel, target };
        batches.entry(way).or_insert(batch).rows.push(queued);
    }
    Ok(batches.into_values().collect())
}

/// Marks the batch as being sent. `false` when the lease ran out meanwhile and the rows are another's.
pub async fn begin_sending(workspace: &Workspace, batch: &Batch) -> Result<bool, RecordError> {
    let now = workspace.clock.now_ms();
    let list = placeholders(4, batch.rows.len());
    let update = format!(
        "UPDATE alert_delivery SET status = 'sending', leased_until = $1, changed_at = $2
         WHERE leased_by = $3 AND status = 'claimed' AND id IN ({list})"
    );
    let mut values: Vec<Value> = vec![(now + LEASE_MS).into(), now.into(), batch.lease.clone().into()];
    values.extend(batch.ids());
    Ok(workspace.records.write(&update, values).await? == batch.rows.len() as u64)
}

/// Writes down what became of the batch.
pub async fn settle(workspace: &Workspace, batch: &Batch, outcome: &Outcome) -> Result<(), RecordError> {
    let now = workspace.clock.now_ms();
    let transaction = workspace.records.begin().await?;
    for row in &batch.rows {
        let next = next(outcome, row.attempts, now);
        let error = (next.status != "sent").then(|| outcome.detail().to_owned());
        let target = next.target.unwrap_or_else(|| batch.target.clone());
        let update = "UPDATE alert_delivery SET status = $1, due_at = $2, target = $3, error = $4, changed_at = $5, leased_by = NULL, leased_until = NULL
                      WHERE id = $6 AND leased_by = $7";
        let values = vec![
            next.status.into(),
            next.due_at.into(),
            target.into(),
            error.into(),
            now.into(),
            row.id.clone().into(),
            batch.lease.clone().into(),
        ];
        sql::run(&transaction, update, values).await?;
    }
    Ok(transaction.commit().await?)
}

#[derive(Debug, PartialEq, Eq)]
struct Next {
    status: &'static str,
    due_at: i64,
    target: Option<String>,
}

/// What follows from an outcome after so many attempts.
fn next(outcome: &Outcome, attempts: i64, now: i64) -> Next {
    let done = |status| Next { status, due_at: now, target: None };
    let back_off = usize::try_from(attempts - 1).ok().and_then(|failures| BACK_OFF_MS.get(failures));
    match (outcome, back_off) {
        (Outcome::Delivered { .. }, _) => done("sent"),
        (Outcome::Uncertain { .. }, _) => done("uncertain"),
        (Outcome::Refused { refusal: Refusal::MovedTo(chat), .. }, Some(_)) => {
            Next { status: "queued", due_at: now, target: Some(chat.to_string()) }
        }
        (Outcome::Refused { .. }, _) => done("failed"),
        (Outcome::Later { after, .. }, Some(back_off)) => {
            let asked = after.map_or(0, |after| i64::try_from(after.as_millis()).unwrap_or(i64::MAX));
            // Telegram says exactly when; a back-off on top of it would only delay the alert.
            let wait = if asked > 0 { asked } else { *back_off };
            Next { status: "queued", due_at: now.saturating_add(wait), target: None }
        }
        (Outcome::Misconfigured { .. }, Some(back_off)) => {
            Next { status: "queued", due_at: now + back_off, target: None }
        }
        (Outcome::Later { .. } | Outcome::Misconfigured { .. }, None) => done("failed"),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn detail() -> String {
        "x".into()
    }

    #[test]
    fn failures_are_tried_again_later_and_later_and_then_no_more() {
        let later = Outcome::Later { detail: detail(), after: None };
        let waits: Vec<(&str, i64)> =
            (1..=6).map(|attempt| next(&later, attempt, 0)).map(|next| (next.status, next.due_at)).collect();
        let minutes = |minutes: i64| ("queued", minutes * 60_000);
        assert_eq!(waits, [minutes(1), minutes(5), minutes(30), minutes(120), minutes(360), ("failed", 0)]);
        let asked = Outcome::Later { detail: detail(), after: Some(Duration::from_secs(7)) };
        assert_eq!(next(&asked, 1, 0).due_at, 7_000);
    }

    #[test]
    fn what_may_have_arrived_is_not_sent_again() {
        assert_eq!(next(&Outcome::Uncertain { detail: detail() }, 1, 0).status, "uncertain");
        let refused = |refusal| Outcome::Refused { refusal, detail: detail() };
        assert_eq!(next(&refused(Refusal::Blocked), 1, 0).status, "failed");
        let moved = next(&refused(Refusal::MovedTo(-7)), 1, 0);
        assert_eq!((moved.status, moved.target.as_deref()), ("queued", Some("-7")));
    }
}
