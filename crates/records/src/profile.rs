//! The profile table's columns for the fields of a definition: what has to change, as the exact SQL, and how to take it back.
//!
//! A definition adds and never rewrites. A new field is a new nullable column without a default, which both engines add without touching a row; a field that is
//! dropped from the definition keeps its column, hidden; a field whose type changes is refused, because its values would have to be rewritten.

use kabinet_model::definition::{Definition, Field};
use kabinet_model::value::FieldType;

use crate::sql::{self, Row};
use crate::{ConnectionTrait, Database, Engine, RecordError, Result};

/// How long an `ALTER TABLE` waits for readers on PostgreSQL before it lets those behind it pass and tries again.
const LOCK_TIMEOUT: &str = "200ms";
const ATTEMPTS: u32 = 50;

/// What applying a definition would do to the profile table.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Plan {
    pub changes: Vec<Change>,
    /// Run in this order, each by itself.
    pub statements: Vec<String>,
    /// Undoes the statements; run in this order.
    pub rollback: Vec<String>,
    /// What a definition may not do. A plan with refusals cannot be applied.
    pub refused: Vec<Refusal>,
}

/// One difference, in a stable word: `add_field`, `show_field` (its column is there from before) or `hide_field`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    pub what: &'static str,
    pub field: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    pub what: String,
    pub why: String,
}

/// A column as the database has it: name and type in lower case, and whether a finished index begins with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActualColumn {
    pub name: String,
    pub sql_type: String,
    pub indexed: bool,
}

/// The type of the column that holds a field.
pub const fn sql_type(field_type: FieldType) -> &'static str {
    match field_type {
        FieldType::Text | FieldType::Enum => "text",
        FieldType::Integer | FieldType::Money | FieldType::Timestamp => "bigint",
        FieldType::Number | FieldType::Percent => "double precision",
        FieldType::Boolean => "boolean",
    }
}

/// What has to happen so that the table with the columns `actual` can hold `next`.
pub fn plan(engine: Engine, actual: &[ActualColumn], current: &Definition, next: &Definition) -> Plan {
    let mut plan = Plan::default();
    for field in next.own_fields() {
        plan_field(engine, actual, current, field, &mut plan);
    }
    for field in current.own_fields().filter(|field| next.field(&field.key).is_none()) {
        plan.changes.push(Change { what: "hide_field", field: field.key.clone() });
    }
    plan.rollback.reverse();
    plan
}

fn plan_field(engine: Engine, actual: &[ActualColumn], current: &Definition, field: &Field, plan: &mut Plan) {
    let wanted = sql_type(field.field_type);
    if let Some(before) = current.field(&field.key).filter(|before| !holds_the_same(before, field)) {
        plan.refused.push(Refusal {
            what: format!("field {} becomes {}", field.key, field.field_type.as_str()),
            why: format!(
                "it is {}, and its values would be read as something they are not; a definition adds and never rewrites. Give the new field another key.",
                before.field_type.as_str()
            ),
        });
        return;
    }
    match actual.iter().find(|column| column.name == field.key) {
        Some(column) if column.sql_type != wanted => plan.refused.push(Refusal {
            what: format!("field {} becomes {}", field.key, field.field_type.as_str()),
            why: format!(
                "its column holds {}; a definition adds and never rewrites. Give the new field another key.",
                column.sql_type
            ),
        }),
        Some(column) => {
            // Its building was interrupted, or belonged to a plan that was.
            if !column.indexed {
                add_index(engine, plan, &field.key);
            }
            if current.field(&field.key).is_none() {
                plan.changes.push(Change { what: "show_field", field: field.key.clone() });
            }
        }
        None => {
            plan.changes.push(Change { what: "add_field", field: field.key.clone() });
            add_column(plan, &field.key, wanted);
            add_index(engine, plan, &field.key);
        }
    }
    let fold = format!("{}_fold", field.key);
    if field.folds() && !actual.iter().any(|column| column.name == fold) {
        add_column(plan, &fold, "text");
    }
}

/// Whether the values of one field can be read as those of the other. An integer and a timestamp share a column type, not a meaning.
fn holds_the_same(before: &Field, after: &Field) -> bool {
    let texts = |field: &Field| matches!(field.field_type, FieldType::Text | FieldType::Enum);
    before.field_type == after.field_type || (texts(before) && texts(after))
}

fn add_column(plan: &mut Plan, name: &str, sql_type: &str) {
    plan.statements.push(format!("ALTER TABLE profile ADD COLUMN \"{name}\" {sql_type}"));
    plan.rollback.push(format!("ALTER TABLE profile DROP COLUMN \"{name}\""));
}

/// Every field sorts and filters, so every field has an index that ends in the id, which breaks ties.
fn add_index(engine: Engine, plan: &mut Plan, name: &str) {
    // CONCURRENTLY neither blocks writers while it builds nor while it drops.
    let concurrently = if engine == Engine::Postgres { "CONCURRENTLY " } else { "" };
    plan.statements
        .push(format!("CREATE INDEX {concurrently}IF NOT EXISTS \"profile_{name}\" ON profile (\"{name}\", id)"));
    plan.rollback.push(format!("DROP INDEX {concurrently}IF EXISTS \"profile_{name}\""));
}

/// The columns the profile table has now.
pub async fn actual_columns(database: &Database) -> Result<Vec<ActualColumn>> {
    let query = match database.engine() {
        Engine::Sqlite => {
            "SELECT lower(c.name) AS name, lower(c.type) AS sql_type,
               (SELECT count(*) FROM pragma_index_list('profile') AS i, pragma_index_info(i.name) AS p
                WHERE p.seqno = 0 AND p.name = c.name) AS indexes
             FROM pragma_table_info('profile') AS c"
        }
        Engine::Postgres => {
            "SELECT c.column_name::text AS name, c.data_type::text AS sql_type,
               (SELECT count(*) FROM pg_index AS i
                JOIN pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
                WHERE i.indrelid = 'profile'::regclass AND i.indisvalid AND a.attname = c.column_name) AS indexes
             FROM information_schema.columns AS c
             WHERE c.table_schema = current_schema() AND c.table_name = 'profile'"
        }
    };
    let rows = sql::all(database.reader(), query, vec![]).await?;
    rows.iter()
        .map(|row| {
            let indexed = row.get::<i64>("indexes")? > 0;
            Ok(ActualColumn { name: row.get("name")?, sql_type: row.get("sql_type")?, indexed })
        })
        .collect()
}

/// Runs the statements one by one. When one fails, those that ran before it are undone, so that the table is as it was.
pub async fn run(database: &Database, statements: &[String], undo: &[String]) -> Result<()> {
    for (done, statement) in statements.iter().enumerate() {
        if let Err(error) = run_patiently(database, statement).await {
            // `undo` is the statements' mirror image: its last `done` entries take back what ran.
            for step in undo.iter().skip(undo.len().saturating_sub(done)) {
                run_patiently(database, step).await?;
            }
            return Err(error);
        }
    }
    Ok(())
}

/// On PostgreSQL an `ALTER TABLE` that waits for a long read makes every later read wait behind it. So it waits only shortly, steps back, and tries again.
async fn run_patiently(database: &Database, statement: &str) -> Result<()> {
    if let Some(index) = index_being_built(statement) {
        // A building that broke off leaves an unusable index under the name; a usable one would not have been planned.
        let drop = format!("DROP INDEX CONCURRENTLY IF EXISTS {index}");
        database.writer().execute_unprepared(&drop).await?;
    }
    if database.engine() == Engine::Sqlite || statement.contains("CONCURRENTLY") {
        database.writer().execute_unprepared(statement).await?;
        return Ok(());
    }
    for _ in 1..ATTEMPTS {
        match run_with_lock_timeout(database, statement).await {
            Err(RecordError::Database(error)) if error.to_string().contains("lock timeout") => continue,
            outcome => return outcome,
        }
    }
    run_with_lock_timeout(database, statement).await
}

fn index_being_built(statement: &str) -> Option<&str> {
    statement.strip_prefix("CREATE INDEX CONCURRENTLY IF NOT EXISTS ")?.split(' ').next()
}

async fn run_with_lock_timeout(database: &Database, statement: &str) -> Result<()> {
    let transaction = database.begin().await?;
    transaction.execute_unprepared(&format!("SET LOCAL lock_timeout = '{LOCK_TIMEOUT}'")).await?;
    transaction.execute_unprepared(statement).await?;
    Ok(transaction.commit().await?)
}
