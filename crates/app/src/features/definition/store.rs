use std::sync::Arc;

use kabinet_model::definition::{Definition, DefinitionError};
use kabinet_model::ids::WorkspaceSlug;
use kabinet_model::period::Zone;
use kabinet_records::profile::{self, Plan};
use kabinet_records::sql::{self, Row};
use kabinet_records::{Database, QueryResult, RecordError};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::StartError;
use crate::features::audit;
use crate::http::access::{Actor, RequestFacts};
use crate::http::error::{ApiResult, FieldError, Problem};
use crate::workspace::Workspace;

/// A definition that was applied at some time.
#[derive(Debug, Clone)]
pub struct Version {
    pub version: i64,
    pub text: String,
    pub applied_by: String,
    pub applied_at: i64,
    pub summary: String,
    pub active: bool,
    pub rolled_back_at: Option<i64>,
    pub statements: Vec<String>,
    pub rollback: Vec<String>,
}

/// The definition in force and its version; version 0 is the blank one.
pub struct Applied {
    pub version: i64,
    pub definition: Definition,
}

/// A workspace before its definition is applied: users with their core fields.
pub fn blank(slug: &WorkspaceSlug) -> Definition {
    let text = format!(
        "slug = \"{slug}\"\nname = {{ en = \"{slug}\", ru = \"{slug}\", uz = \"{slug}\" }}\ntime_zone = \"UTC\"\ncurrency = \"USD\"\nmodules = [\"users\"]\n"
    );
    Definition::parse(&text).expect("the blank definition is valid")
}

/// Settings that take precedence over what the definition says.
pub(crate) const NAME_SETTING: &str = "workspace_name";
pub(crate) const ZONE_SETTING: &str = "workspace_time_zone";

/// The definition in force, with the workspace's own name and zone where staff chose other ones.
pub async fn active(records: &Database, slug: &WorkspaceSlug) -> Result<Applied, StartError> {
    let mut applied = latest(records, slug).await?;
    let settings = "SELECT key, value FROM setting WHERE key IN ($1, $2)";
    for row in sql::all(records.reader(), settings, vec![NAME_SETTING.into(), ZONE_SETTING.into()]).await? {
        let (key, value): (String, String) = (row.get("key")?, row.get("value")?);
        let unreadable =
            |error: &dyn std::fmt::Display| StartError::Definition(format!("{slug}: setting {key}: {error}"));
        match key.as_str() {
            NAME_SETTING => {
                applied.definition.name = serde_json::from_str(&value).map_err(|error| unreadable(&error))?
            }
            _ => applied.definition.time_zone = Zone::named(&value).map_err(|error| unreadable(&error))?,
        }
    }
    Ok(applied)
}

async fn latest(records: &Database, slug: &WorkspaceSlug) -> Result<Applied, StartError> {
    let query = "SELECT version, text FROM definition_version WHERE active = $1 ORDER BY version DESC LIMIT 1";
    let Some(row) = sql::one(records.reader(), query, vec![true.into()]).await? else {
        return Ok(Applied { version: 0, definition: blank(slug) });
    };
    let text: String = row.get("text")?;
    let definition =
        Definition::parse(&text).map_err(|errors| StartError::Definition(format!("{slug}: {}", in_words(&errors))))?;
    Ok(Applied { version: row.get("version")?, definition })
}

/// Takes up a definition that another process (the command line) applied. Returns whether there was one.
pub async fn reload(workspace: &Workspace) -> Result<bool, StartError> {
    let query = "SELECT MAX(version) AS version FROM definition_version WHERE active = $1";
    let row = sql::one(workspace.records.reader(), query, vec![true.into()]).await?;
    let stored: i64 = row.map(|row| row.get::<Option<i64>>("version")).transpose()?.flatten().unwrap_or(0);
    if stored == workspace.definition.load().version {
        return Ok(false);
    }
    load(workspace).await?;
    Ok(true)
}

/// Reads the definition and the settings that go over it anew.
pub async fn load(workspace: &Workspace) -> Result<(), StartError> {
    workspace.definition.store(Arc::new(active(&workspace.records, &workspace.slug).await?));
    Ok(())
}

/// Checks a text and plans what applying it would do.
pub async fn plan(records: &Database, slug: &WorkspaceSlug, text: &str) -> ApiResult<(Definition, Plan)> {
    let next = Definition::parse(text).map_err(invalid)?;
    if next.slug != *slug {
        return Err(Problem::invalid_field(
            "/slug",
            format!("This definition is for {}, the workspace is {slug}.", next.slug),
        ));
    }
    let current = active(records, slug).await.map_err(Problem::internal)?;
    let columns = profile::actual_columns(records).await?;
    let plan = profile::plan(records.engine(), &columns, &current.definition, &next);
    Ok((next, plan))
}

/// Names a plan, so that what is applied is what was looked at.
pub fn plan_hash(text: &str, plan: &Plan) -> String {
    let mut hasher = Sha256::new();
    hasher.update(text);
    for statement in &plan.statements {
        hasher.update(statement);
    }
    hex::encode(hasher.finalize())[..16].to_owned()
}

/// Runs the plan and puts the definition in force. `expected_hash` refuses when the plan is no longer the one that was looked at.
pub async fn apply(
    records: &Database,
    slug: &WorkspaceSlug,
    text: &str,
    expected_hash: Option<&str>,
    actor: &Actor,
    request: &RequestFacts,
    now_ms: i64,
) -> ApiResult<Version> {
    let (_, plan) = plan(records, slug, text).await?;
    if let Some(refusal) = plan.refused.first() {
        return Err(Problem::conflict("definition_refused", format!("{}: {}", refusal.what, refusal.why)));
    }
    if expected_hash.is_some_and(|expected| expected != plan_hash(text, &plan)) {
        return Err(Problem::conflict("plan_changed", "The plan is no longer what you looked at; plan again."));
    }
    profile::run(records, &plan.statements, &plan.rollback).await?;
    let summary = summary(&plan);
    let transaction = records.begin().await?;
    let last =
        sql::one(&transaction, "SELECT COALESCE(MAX(version), 0) AS version FROM definition_version", vec![]).await?;
    let before: i64 = last.map(|row| row.get("version")).transpose()?.unwrap_or(0);
    let version = before + 1;
    sql::run(&transaction, "UPDATE definition_version SET active = $1", vec![false.into()]).await?;
    let insert = "INSERT INTO definition_version (version, text, statements, rollback_statements, summary, applied_by, applied_at, active)
                  VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    let values = vec![
        version.into(),
        text.into(),
        json!(plan.statements).to_string().into(),
        json!(plan.rollback).to_string().into(),
        summary.clone().into(),
        actor.name.clone().into(),
        now_ms.into(),
        true.into(),
    ];
    sql::run(&transaction, insert, values).await?;
    compute_everybody_again(&transaction).await?;
    let entry = audit::Entry {
        action: "definition.apply",
        entity_kind: "definition",
        entity_id: &version.to_string(),
        before: Value::Null,
        after: json!({"version": version, "summary": summary, "statements": plan.statements}),
        reason: None,
    };
    audit::record(&transaction, actor, request, now_ms, entry).await?;
    transaction.commit().await.map_err(RecordError::from)?;
    Ok(Version {
        version,
        text: text.to_owned(),
        applied_by: actor.name.clone(),
        applied_at: now_ms,
        summary,
        active: true,
        rolled_back_at: None,
        statements: plan.statements,
        rollback: plan.rollback,
    })
}

/// Takes back the version in force: the one before it holds again, and the columns it added are dropped.
pub async fn rollback(
    records: &Database,
    version: i64,
    actor: &Actor,
    request: &RequestFacts,
    now_ms: i64,
) -> ApiResult<()> {
    let all = versions(records).await?;
    let Some(current) = all.iter().find(|candidate| candidate.active) else {
        return Err(Problem::conflict("nothing_to_roll_back", "No definition is in force."));
    };
    if current.version != version {
        return Err(Problem::conflict(
            "not_in_force",
            format!("Version {} is in force; only that one can be rolled back.", current.version),
        ));
    }
    let earlier = all.iter().find(|candidate| candidate.version < version && candidate.rolled_back_at.is_none());
    let transaction = records.begin().await?;
    let retire = "UPDATE definition_version SET active = $1, rolled_back_at = $2 WHERE version = $3";
    sql::run(&transaction, retire, vec![false.into(), now_ms.into(), version.into()]).await?;
    if let Some(earlier) = earlier {
        sql::run(
            &transaction,
            "UPDATE definition_version SET active = $1 WHERE version = $2",
            vec![true.into(), earlier.version.into()],
        )
        .await?;
    }
    compute_everybody_again(&transaction).await?;
    let entry = audit::Entry {
        action: "definition.rollback",
        entity_kind: "definition",
        entity_id: &version.to_string(),
        before: json!({"version": version}),
        after: json!({"version": earlier.map_or(0, |earlier| earlier.version), "statements": current.rollback}),
        reason: None,
    };
    audit::record(&transaction, actor, request, now_ms, entry).await?;
    transaction.commit().await.map_err(RecordError::from)?;
    // Only now: while the version was in force, its columns were written to.
    Ok(profile::run(records, &current.rollback, &[]).await?)
}

/// All versions, newest first.
pub async fn versions(records: &Database) -> Result<Vec<Version>, RecordError> {
    let query = "SELECT version, text, statements, rollback_statements, summary, applied_by, applied_at, rolled_back_at, active FROM definition_version ORDER BY version DESC";
    sql::all(records.reader(), query, vec![]).await?.iter().map(read).collect()
}

fn read(row: &QueryResult) -> Result<Version, RecordError> {
    let list = |column: &str| -> Result<Vec<String>, RecordError> {
        serde_json::from_value(row.json(column)?)
            .map_err(|error| RecordError::Decode { column: column.into(), detail: error.to_string() })
    };
    Ok(Version {
        version: row.get("version")?,
        text: row.get("text")?,
        applied_by: row.get("applied_by")?,
        applied_at: row.get("applied_at")?,
        summary: row.get("summary")?,
        active: row.get("active")?,
        rolled_back_at: row.get("rolled_back_at")?,
        statements: list("statements")?,
        rollback: list("rollback_statements")?,
    })
}

async fn compute_everybody_again(transaction: &kabinet_records::Transaction) -> Result<(), RecordError> {
    sql::run(transaction, "UPDATE profile SET recompute_at = 0, changes = changes + 1", vec![]).await?;
    Ok(())
}

fn summary(plan: &Plan) -> String {
    if plan.changes.is_empty() {
        return "No field added or hidden".to_owned();
    }
    plan.changes
        .iter()
        .map(|change| format!("{} {}", change.what.replace('_', " "), change.field))
        .collect::<Vec<_>>()
        .join(", ")
}

/// Every fault of a definition in one line.
pub fn in_words(errors: &[DefinitionError]) -> String {
    errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

fn invalid(errors: Vec<DefinitionError>) -> Problem {
    let lines: Vec<Value> = errors.iter().map(|error| json!({"line": error.line, "hint": error.hint})).collect();
    let errors = errors
        .iter()
        .map(|error| FieldError { pointer: error.pointer.clone(), detail: error.to_string(), code: None })
        .collect();
    Problem::invalid(errors).with("lines", lines)
}
