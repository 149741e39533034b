use std::path::{Path, PathBuf};
use std::time::Duration;

use sea_orm::sqlx::sqlite::{SqliteJournalMode, SqliteSynchronous};
use sea_orm::{
    ConnectOptions, DatabaseConnection, DatabaseTransaction, SqliteTransactionMode, TransactionOptions,
    TransactionTrait,
};

use crate::migrate::{self, Schema};
use crate::reading::{Reading, Readings};
use crate::{RecordError, Result, sql};

pub type Transaction = DatabaseTransaction;

/// Which database engine answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    Sqlite,
    Postgres,
}

impl Engine {
    pub fn backend(self) -> sea_orm::DbBackend {
        match self {
            Engine::Sqlite => sea_orm::DbBackend::Sqlite,
            Engine::Postgres => sea_orm::DbBackend::Postgres,
        }
    }
}

/// Where a database lives.
#[derive(Clone, PartialEq, Eq)]
pub enum Location {
    /// One SQLite file; its folder is created when missing.
    SqliteFile(PathBuf),
    /// One schema inside a PostgreSQL database; the schema is created when missing.
    Postgres { url: String, schema: String },
}

impl std::fmt::Debug for Location {
    /// The URL holds a password, so only the schema is shown.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Location::SqliteFile(path) => write!(f, "SqliteFile({})", path.display()),
            Location::Postgres { schema, .. } => write!(f, "Postgres(schema {schema})"),
        }
    }
}

/// An open database. Writes go through [`Database::begin`]; reads take [`Database::reader`].
///
/// On SQLite there is one writing connection, so that writers queue in the process instead of failing with `SQLITE_BUSY`, and a pool of readers beside it.
#[derive(Clone)]
pub struct Database {
    engine: Engine,
    writer: DatabaseConnection,
    reader: DatabaseConnection,
    readings: Readings,
}

const SQLITE_READERS: u32 = 4;
const POSTGRES_CONNECTIONS: u32 = 8;

impl Database {
    /// Brings the schema up to date on a connection of its own, then opens the pools.
    pub async fn open(location: &Location, schema: Schema) -> Result<Self> {
        Database::open_at(location, schema, usize::MAX).await
    }

    /// Opens a database whose schema is that of the first `migrations` migrations: what an earlier version left behind.
    pub async fn open_at(location: &Location, schema: Schema, migrations: usize) -> Result<Self> {
        migrate::migrate(location, schema, migrations).await?;
        let (engine, writer, reader) = match location {
            Location::SqliteFile(path) => {
                let writer = connect(sqlite_options(path, 1)).await?;
                (Engine::Sqlite, writer, connect(sqlite_options(path, SQLITE_READERS)).await?)
            }
            Location::Postgres { url, schema } => {
                let pool = connect(postgres_options(url, schema, POSTGRES_CONNECTIONS)).await?;
                (Engine::Postgres, pool.clone(), pool)
            }
        };
        let readings = Readings::open(location, &reader).await?;
        let database = Database { engine, writer, reader, readings };
        database.assert_safe_settings().await?;
        Ok(database)
    }

    pub fn engine(&self) -> Engine {
        self.engine
    }

    /// For reading. Never write through it: on SQLite it is not the writing connection.
    pub fn reader(&self) -> &DatabaseConnection {
        &self.reader
    }

    /// A snapshot for a question that may take long: each statement ends after `limit` with [`RecordError::TooSlow`], and at once when the reading is dropped.
    pub async fn begin_reading(&self, limit: Option<Duration>) -> Result<Reading> {
        self.readings.begin(limit).await
    }

    /// A writing transaction; `IMMEDIATE` on SQLite, so that a read followed by a write cannot fail half-way.
    pub async fn begin(&self) -> Result<Transaction> {
        let options = TransactionOptions {
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            ..Default::default()
        };
        Ok(self.writer.begin_with_options(options).await?)
    }

    /// One writing statement outside a transaction of the caller's.
    pub async fn write(&self, text: &str, values: Vec<sea_orm::Value>) -> Result<u64> {
        sql::run(&self.writer, text, values).await
    }

    /// The connection for statements that cannot run inside a transaction, such as `CREATE INDEX CONCURRENTLY`.
    pub fn writer(&self) -> &DatabaseConnection {
        &self.writer
    }

    pub async fn close(self) -> Result<()> {
        self.readings.close().await?;
        if self.engine == Engine::Sqlite {
            self.reader.close().await?;
        }
        Ok(self.writer.close().await?)
    }

    /// A database that was told not to sync, or not to check foreign keys, would break promises silently.
    async fn assert_safe_settings(&self) -> Result<()> {
        let wrong = |detail: &str| RecordError::Migration { name: "settings".into(), detail: detail.into() };
        match self.engine {
            Engine::Sqlite => {
                use sql::Row;
                let row = sql::one(&self.writer, "PRAGMA foreign_keys", vec![])
                    .await?
                    .ok_or_else(|| wrong("PRAGMA foreign_keys gave no answer"))?;
                if row.get::<i32>("foreign_keys")? != 1 {
                    return Err(wrong("foreign keys are off"));
                }
            }
            Engine::Postgres => {
                use sql::Row;
                let row = sql::one(&self.writer, "SHOW server_version_num", vec![])
                    .await?
                    .ok_or_else(|| wrong("no server version"))?;
                let version: String = row.get("server_version_num")?;
                if version.parse::<u32>().unwrap_or(0) < 130_000 {
                    return Err(wrong("PostgreSQL 13 or newer is needed"));
                }
            }
        }
        Ok(())
    }
}

pub(crate) async fn connect(options: ConnectOptions) -> Result<DatabaseConnection> {
    Ok(sea_orm::Database::connect(options).await?)
}

pub(crate) fn sqlite_options(path: &Path, connections: u32) -> ConnectOptions {
    let mut options = ConnectOptions::new("sqlite://the-file-is-named-below");
    let path = path.to_path_buf();
    options
        .max_connections(connections)
        .min_connections(1)
        .acquire_timeout(Duration::from_secs(10))
        .sqlx_logging(false)
        .test_before_acquire(false)
        .map_sqlx_sqlite_opts(move |sqlite| {
            sqlite
                .filename(&path)
                .create_if_missing(true)
                .journal_mode(SqliteJournalMode::Wal)
                .synchronous(SqliteSynchronous::Full)
                .foreign_keys(true)
                .busy_timeout(Duration::from_secs(10))
                .pragma("temp_store", "memory")
                .pragma("cache_size", "-16000")
        });
    options
}

pub(crate) fn postgres_options(url: &str, schema: &str, connections: u32) -> ConnectOptions {
    let mut options = ConnectOptions::new(url);
    options
        .max_connections(connections)
        .min_connections(0)
        .acquire_timeout(Duration::from_secs(10))
        .sqlx_logging(false)
        .set_schema_search_path(schema);
    options
}
