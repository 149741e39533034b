//! Who entered an alert and who left it: the rules, as SQL, compared with who is known to be in.

use kabinet_model::definition::Alert;
use kabinet_model::time::UtcMillis;
use kabinet_records::rule_sql;
use kabinet_records::sql::{self, Row, placeholders};
use kabinet_records::{RecordError, Transaction, Value};
use uuid::Uuid;

use super::channels::destinations;
use crate::http::error::ApiResult;
use crate::workspace::Workspace;

/// Users compared, or entries written, by one statement.
const ROWS_PER_STATEMENT: usize = 500;
/// From so many users on, comparing all of them at once is less work.
const CROWD: usize = 20_000;

/// How many users entered and left alerts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Changes {
    pub entered: usize,
    pub left: usize,
}

/// Compares all users. Finds what time alone has changed, and alerts that the definition gained, lost or changed.
pub async fn evaluate_all(workspace: &Workspace) -> ApiResult<Changes> {
    let turn = workspace.alerts.turn.lock().await;
    let applied = workspace.definition.load_full();
    let mut changes = Changes::default();
    for alert in &applied.definition.alerts {
        changes.add(compare(workspace, alert, None).await?);
    }
    let known: Vec<Value> = applied.definition.alerts.iter().map(|alert| alert.key.clone().into()).collect();
    changes.left += end_unknown(workspace, known).await?;
    drop(turn);
    changes.ring(workspace);
    Ok(changes)
}

/// Compares these users, right after their fields have changed.
pub async fn evaluate_users(workspace: &Workspace, users: &[String]) -> ApiResult<Changes> {
    if users.len() >= CROWD {
        return evaluate_all(workspace).await;
    }
    let turn = workspace.alerts.turn.lock().await;
    let applied = workspace.definition.load_full();
    let mut changes = Changes::default();
    for some in users.chunks(ROWS_PER_STATEMENT) {
        for alert in &applied.definition.alerts {
            changes.add(compare(workspace, alert, Some(some)).await?);
        }
    }
    drop(turn);
    changes.ring(workspace);
    Ok(changes)
}

impl Changes {
    fn add(&mut self, other: Changes) {
        self.entered += other.entered;
        self.left += other.left;
    }

    fn ring(self, workspace: &Workspace) {
        if self.entered > 0 {
            workspace.alerts.entered.notify_one();
        }
    }
}

async fn compare(workspace: &Workspace, alert: &Alert, users: Option<&[String]>) -> Result<Changes, RecordError> {
    let now = workspace.clock.now_ms();
    let entered = entered(workspace, alert, users, now).await?;
    let left = left(workspace, alert, users, now).await?;
    let mut changes = Changes::default();
    if entered.is_empty() && left.is_empty() {
        return Ok(changes);
    }
    let transaction = workspace.records.begin().await?;
    changes.left = end_entries(&transaction, &left, now).await?;
    let destinations = destinations(&transaction, alert).await?;
    for users in entered.chunks(ROWS_PER_STATEMENT) {
        let entries = begin_entries(&transaction, alert, users, now).await?;
        for (channel, target) in &destinations {
            queue(&transaction, &entries, channel, target, now).await?;
        }
        changes.entered += entries.len();
    }
    transaction.commit().await?;
    Ok(changes)
}

/// Users for whom the rule holds and who are not known to be in the alert.
async fn entered(
    workspace: &Workspace,
    alert: &Alert,
    users: Option<&[String]>,
    now: i64,
) -> Result<Vec<String>, RecordError> {
    let mut query = Query::new("SELECT profile.id FROM profile WHERE profile.merged_into IS NULL AND ");
    query.rule(workspace, alert, now);
    query.text.push_str(" AND NOT EXISTS (SELECT 1 FROM alert_entry AS entry WHERE entry.left_at IS NULL AND entry.user_id = profile.id AND entry.alert = ");
    query.value(alert.key.clone());
    query.text.push(')');
    query.among("profile.id", users);
    query.column(workspace, "id").await
}

/// Entries of users for whom the rule holds no longer, or who are gone or part of another user now.
async fn left(
    workspace: &Workspace,
    alert: &Alert,
    users: Option<&[String]>,
    now: i64,
) -> Result<Vec<String>, RecordError> {
    let mut query =
        Query::new("SELECT entry.id FROM alert_entry AS entry WHERE entry.left_at IS NULL AND entry.alert = ");
    query.value(alert.key.clone());
    query.among("entry.user_id", users);
    query.text.push_str(
        " AND NOT EXISTS (SELECT 1 FROM profile WHERE profile.id = entry.user_id AND profile.merged_into IS NULL AND ",
    );
    query.rule(workspace, alert, now);
    query.text.push(')');
    query.column(workspace, "id").await
}

/// A query while it is being written.
struct Query {
    text: String,
    values: Vec<Value>,
}

impl Query {
    fn new(text: &str) -> Query {
        Query { text: text.to_owned(), values: Vec::new() }
    }

    fn value(&mut self, value: impl Into<Value>) {
        self.values.push(value.into());
        self.text.push_str(&format!("${}", self.values.len()));
    }

    fn rule(&mut self, workspace: &Workspace, alert: &Alert, now: i64) {
        let now = UtcMillis::saturating(now);
        let condition = rule_sql::condition(&alert.rule, workspace.records.engine(), now, self.values.len() + 1);
        self.text.push_str(&format!("({})", condition.text));
        self.values.extend(condition.values);
    }

    fn among(&mut self, column: &str, users: Option<&[String]>) {
        if let Some(users) = users {
            let list = placeholders(self.values.len() + 1, users.len());
            self.text.push_str(&format!(" AND {column} IN ({list})"));
            self.values.extend(users.iter().map(|user| Value::from(user.clone())));
        }
    }

    async fn column(self, workspace: &Workspace, column: &str) -> Result<Vec<String>, RecordError> {
        let rows = sql::all(workspace.records.reader(), &self.text, self.values).await?;
        rows.iter().map(|row| row.get(column)).collect()
    }
}

/// Begins entries for users who are in no active one, which another process may have begun meanwhile; returns the new ones.
async fn begin_entries(
    transaction: &Transaction,
    alert: &Alert,
    users: &[String],
    now: i64,
) -> Result<Vec<String>, RecordError> {
    let rows = (0..users.len()).map(|row| format!("({})", placeholders(row * 4 + 1, 4))).collect::<Vec<_>>().join(", ");
    let insert = format!(
        "INSERT INTO alert_entry (id, alert, user_id, entered_at) VALUES {rows}
         ON CONFLICT (alert, user_id) WHERE left_at IS NULL DO NOTHING RETURNING id"
    );
    let values = users.iter().flat_map(|user| -> [Value; 4] {
        [Uuid::now_v7().to_string().into(), alert.key.clone().into(), user.clone().into(), now.into()]
    });
    let rows = sql::all(transaction, &insert, values.collect()).await?;
    rows.iter().map(|row| row.get("id")).collect()
}

async fn queue(
    transaction: &Transaction,
    entries: &[String],
    channel: &str,
    target: &str,
    now: i64,
) -> Result<(), RecordError> {
    if entries.is_empty() {
        return Ok(());
    }
    let rows = (0..entries.len())
        .map(|row| {
            format!(
                "({}, 'queued', 0, ${})",
                placeholders(row * 6 + 1, 4),
                format_args!("{}, ${}", row * 6 + 5, row * 6 + 6)
            )
        })
        .collect::<Vec<_>>()
        .join(", ");
    let insert = format!(
        "INSERT INTO alert_delivery (id, entry_id, channel, target, status, attempts, due_at, changed_at) VALUES {rows}
         ON CONFLICT (entry_id, channel) DO NOTHING"
    );
    let values = entries.iter().flat_map(|entry| -> [Value; 6] {
        let id = Uuid::now_v7().to_string();
        [id.into(), entry.clone().into(), channel.into(), target.into(), now.into(), now.into()]
    });
    sql::run(transaction, &insert, values.collect()).await?;
    Ok(())
}

async fn end_entries(transaction: &Transaction, entries: &[String], now: i64) -> Result<usize, RecordError> {
    let mut ended = 0;
    for some in entries.chunks(ROWS_PER_STATEMENT) {
        let list = placeholders(2, some.len());
        let update = format!("UPDATE alert_entry SET left_at = $1 WHERE left_at IS NULL AND id IN ({list})");
        let mut values: Vec<Value> = vec![now.into()];
        values.extend(some.iter().map(|id| Value::from(id.clone())));
        ended += sql::run(transaction, &update, values).await? as usize;
    }
    Ok(ended)
}

/// Ends the entries of alerts the definition no longer has.
async fn end_unknown(workspace: &Workspace, known: Vec<Value>) -> Result<usize, RecordError> {
    let among =
        if known.is_empty() { String::new() } else { format!(" AND alert NOT IN ({})", placeholders(2, known.len())) };
    let mut values: Vec<Value> = vec![workspace.clock.now_ms().into()];
    values.extend(known);
    let update = format!("UPDATE alert_entry SET left_at = $1 WHERE left_at IS NULL{among}");
    Ok(workspace.records.write(&update, values).await? as usize)
}
