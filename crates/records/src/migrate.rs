//! Migrations: numbered SQL files, shared by both engines, applied in order on a connection of their own, each in one transaction.
//!
//! A migration is never edited after it was released; a new one is added. It first expands (new table, new nullable column); what is no longer read is contracted
//! one release later, so that the version before still works on the schema of this one.

use sea_orm::{ConnectionTrait, DatabaseConnection, SqliteTransactionMode, TransactionOptions, TransactionTrait};

use crate::database::{Location, connect, postgres_options, sqlite_options};
use crate::sql::{self, Row};
use crate::{RecordError, Result};

/// Which of the two schemas a database carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Schema {
    /// The instance: workspaces, staff, keys.
    Control,
    /// One workspace: its users and everything about them.
    Workspace,
}

struct Migration {
    name: &'static str,
    sqlite: &'static str,
    postgres: &'static str,
}

/// Both engines run the same file `NAME.sql`, or, where they have no words in common (triggers), `NAME.sqlite.sql` and `NAME.postgres.sql`.
macro_rules! migration {
    ($folder:literal, $name:literal) => {
        Migration {
            name: $name,
            sqlite: include_str!(concat!("migrations/", $folder, "/", $name, ".sql")),
            postgres: include_str!(concat!("migrations/", $folder, "/", $name, ".sql")),
        }
    };
    ($folder:literal, $name:literal per_engine) => {
        Migration {
            name: $name,
            sqlite: include_str!(concat!("migrations/", $folder, "/", $name, ".sqlite.sql")),
            postgres: include_str!(concat!("migrations/", $folder, "/", $name, ".postgres.sql")),
        }
    };
}

macro_rules! migrations {
    ($folder:literal: $($name:literal $($kind:ident)?),* $(,)?) => {
        &[$(migration!($folder, $name $($kind)?)),*]
    };
}

const CONTROL: &[Migration] =
    migrations!("control": "0001_instance", "0002_staff", "0003_audit_append_only" per_engine);
const WORKSPACE: &[Migration] = migrations!("workspace": "0001_house", "0003_users", "0004_alerts", "0005_audit_append_only" per_engine, "0006_search" per_engine);

impl Schema {
    fn migrations(self) -> &'static [Migration] {
        match self {
            Schema::Control => CONTROL,
            Schema::Workspace => WORKSPACE,
        }
    }
}

/// The names of a schema's migrations, in order.
pub fn migration_names(schema: Schema) -> Vec<&'static str> {
    schema.migrations().iter().map(|migration| migration.name).collect()
}

/// Applies the first `count` migrations that are not applied yet.
pub(crate) async fn migrate(location: &Location, schema: Schema, count: usize) -> Result<()> {
    let connection = match location {
        Location::SqliteFile(path) => {
            if let Some(folder) = path.parent() {
                std::fs::create_dir_all(folder)
                    .map_err(|error| failed("open", format!("{}: {error}", folder.display())))?;
            }
            connect(sqlite_options(path, 1)).await?
        }
        Location::Postgres { url, schema } => {
            let connection = connect(postgres_options(url, schema, 1)).await?;
            // Two processes that start at once must not both create and migrate: the second waits here until the first
            // closes its connection.
            let lock = "SELECT pg_advisory_lock(hashtext($1))";
            sql::one(&connection, lock, vec![format!("kabinet {schema}").into()]).await?;
            connection.execute_unprepared(&format!("CREATE SCHEMA IF NOT EXISTS \"{schema}\"")).await?;
            connection
        }
    };
    let outcome = apply_all(&connection, schema.migrations(), count).await;
    connection.close().await?;
    outcome
}

async fn apply_all(connection: &DatabaseConnection, migrations: &[Migration], count: usize) -> Result<()> {
    connection
        .execute_unprepared(
            "CREATE TABLE IF NOT EXISTS schema_migration (name TEXT PRIMARY KEY, applied_at BIGINT NOT NULL)",
        )
        .await?;
    refuse_newer_schema(connection, migrations).await?;
    for migration in migrations.iter().take(count) {
        apply(connection, migration).await?;
    }
    Ok(())
}

/// A schema with a migration this program has never heard of belongs to a newer version; writing to it could destroy what that version relies on.
async fn refuse_newer_schema(connection: &DatabaseConnection, migrations: &[Migration]) -> Result<()> {
    for row in sql::all(connection, "SELECT name FROM schema_migration ORDER BY name", vec![]).await? {
        let name: String = row.get("name")?;
        if !migrations.iter().any(|known| known.name == name) {
            return Err(failed(
                &name,
                "this database was written by a newer version of Kabinet; start that version, or restore a backup"
                    .into(),
            ));
        }
    }
    Ok(())
}

async fn apply(connection: &DatabaseConnection, migration: &Migration) -> Result<()> {
    let options =
        TransactionOptions { sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate), ..Default::default() };
    let transaction = connection.begin_with_options(options).await?;
    let applied =
        sql::one(&transaction, "SELECT name FROM schema_migration WHERE name = $1", vec![migration.name.into()])
            .await?;
    if applied.is_some() {
        return Ok(transaction.rollback().await?);
    }
    let text = match transaction.get_database_backend() {
        sea_orm::DbBackend::Postgres => migration.postgres,
        _ => migration.sqlite,
    };
    transaction.execute_unprepared(text).await.map_err(|error| failed(migration.name, error.to_string()))?;
    let now = jiff::Timestamp::now().as_millisecond();
    sql::run(
        &transaction,
        "INSERT INTO schema_migration (name, applied_at) VALUES ($1, $2)",
        vec![migration.name.into(), now.into()],
    )
    .await?;
    Ok(transaction.commit().await?)
}

fn failed(name: &str, detail: String) -> RecordError {
    RecordError::Migration { name: name.into(), detail }
}

/// A canonical description of all tables, columns and indexes, one per line; used to prove that a fresh schema equals an upgraded one.
pub async fn describe_schema<C: ConnectionTrait>(connection: &C) -> Result<Vec<String>> {
    let query = match connection.get_database_backend() {
        sea_orm::DbBackend::Postgres => {
            "SELECT 'column ' || table_name || '.' || column_name || ' ' || data_type || ' ' || is_nullable AS line FROM information_schema.columns WHERE table_schema = current_schema()
             UNION ALL SELECT 'index ' || replace(indexdef, schemaname || '.', '') FROM pg_indexes WHERE schemaname = current_schema() ORDER BY line"
        }
        _ => {
            "SELECT 'column ' || m.name || '.' || c.name || ' ' || c.type || ' ' || c.\"notnull\" AS line FROM sqlite_master m JOIN pragma_table_info(m.name) c WHERE m.type = 'table'
             UNION ALL SELECT 'index ' || sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL ORDER BY line"
        }
    };
    sql::all(connection, query, vec![]).await?.iter().map(|row| row.get("line")).collect()
}
