//! Reading for people who wait: a snapshot whose statements end after a time limit, and end at once when nobody waits for them any more.
//!
//! A question over all users (a filter, a count) can take long. The caller who goes away drops the [`Reading`]; the statement under way is then interrupted in the
//! engine too, so that impatient reloads do not pile up work.

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use sea_orm::sqlx::Executor;
use sea_orm::{DatabaseConnection, TransactionTrait};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::database::{Location, connect, sqlite_options};
use crate::sql::{self, Row};
use crate::{Result, Transaction};

/// Readings at a time on SQLite; more wait for their turn.
const SQLITE_READINGS: usize = 4;
/// SQLite asks whether to go on after about so many of its instructions: some tens of microseconds.
const INSTRUCTIONS_BETWEEN_CHECKS: i32 = 2_000;

/// Readings without a time limit at a time: whoever downloads slowly must not keep everybody else from their lists.
const UNLIMITED_READINGS: usize = 2;

/// How often, and how far apart, PostgreSQL is asked to end what nobody waits for.
const CANCELS: u32 = 100;
const BETWEEN_CANCELS: Duration = Duration::from_millis(50);

/// Where readings of a database come from.
#[derive(Clone)]
pub(crate) struct Readings {
    source: Source,
    unlimited: Arc<Semaphore>,
}

#[derive(Clone)]
enum Source {
    Sqlite(Arc<SqliteReadings>),
    Postgres(DatabaseConnection),
}

pub(crate) struct SqliteReadings {
    turns: Arc<Semaphore>,
    idle: Mutex<Vec<Connection>>,
}

/// One SQLite connection that looks at its [`Stop`] while it works.
#[derive(Clone)]
struct Connection {
    database: DatabaseConnection,
    stop: Arc<Stop>,
}

/// Until when a statement may work, in milliseconds since `start`; 0 stops at once.
struct Stop {
    start: Instant,
    until: AtomicU64,
}

impl Stop {
    fn new() -> Stop {
        Stop { start: Instant::now(), until: AtomicU64::new(u64::MAX) }
    }

    fn elapsed_ms(&self) -> u64 {
        u64::try_from(self.start.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    fn arm(&self, limit: Option<Duration>) {
        let limit = limit.map_or(u64::MAX, |limit| u64::try_from(limit.as_millis()).unwrap_or(u64::MAX));
        self.until.store(self.elapsed_ms().saturating_add(limit), Ordering::Relaxed);
    }

    fn may_go_on(&self) -> bool {
        let until = self.until.load(Ordering::Relaxed);
        until == u64::MAX || self.elapsed_ms() < until
    }
}

impl Readings {
    pub(crate) async fn open(location: &Location, pool: &DatabaseConnection) -> Result<Readings> {
        let source = match location {
            Location::SqliteFile(path) => Source::Sqlite(Arc::new(SqliteReadings::open(path).await?)),
            Location::Postgres { .. } => Source::Postgres(pool.clone()),
        };
        Ok(Readings { source, unlimited: Arc::new(Semaphore::new(UNLIMITED_READINGS)) })
    }

    pub(crate) async fn begin(&self, limit: Option<Duration>) -> Result<Reading> {
        let unlimited = match limit {
            Some(_) => None,
            None => Some(self.unlimited.clone().acquire_owned().await.map_err(|_| closed())?),
        };
        let mut reading = match &self.source {
            Source::Sqlite(readings) => readings.clone().begin(limit).await?,
            Source::Postgres(pool) => begin_postgres(pool, limit).await?,
        };
        reading._unlimited = unlimited;
        Ok(reading)
    }

    pub(crate) async fn close(self) -> Result<()> {
        if let Source::Sqlite(readings) = self.source {
            let connections = std::mem::take(&mut *readings.idle.lock().unwrap_or_else(PoisonError::into_inner));
            for connection in connections {
                connection.database.close().await?;
            }
        }
        Ok(())
    }
}

/// A snapshot to read from. Call [`Reading::finish`] when done; dropping it earlier interrupts what is under way.
pub struct Reading {
    transaction: Option<Transaction>,
    on_drop: Interrupt,
    /// The turn of a reading without a time limit.
    _unlimited: Option<OwnedSemaphorePermit>,
}

enum Interrupt {
    Sqlite {
        connection: Connection,
        home: Arc<SqliteReadings>,
        _turn: OwnedSemaphorePermit,
    },
    /// The server process that answers, and the start of its transaction, by which a later one is told apart.
    Postgres {
        pool: DatabaseConnection,
        process: i32,
        began: String,
    },
    Nothing,
}

impl Reading {
    /// For [`crate::sql`]'s functions; reads only.
    pub fn connection(&self) -> &Transaction {
        self.transaction.as_ref().expect("a reading holds its transaction until it is finished")
    }

    /// Ends the reading after its last row was read.
    pub async fn finish(mut self) -> Result<()> {
        if let Some(transaction) = self.transaction.take() {
            transaction.rollback().await?;
        }
        if matches!(self.on_drop, Interrupt::Postgres { .. }) {
            self.on_drop = Interrupt::Nothing;
        }
        Ok(())
    }
}

impl Drop for Reading {
    fn drop(&mut self) {
        match std::mem::replace(&mut self.on_drop, Interrupt::Nothing) {
            Interrupt::Sqlite { connection, home, .. } => {
                // Whoever takes the connection next waits until the statement has noticed.
                connection.stop.until.store(0, Ordering::Relaxed);
                self.transaction = None;
                home.idle.lock().unwrap_or_else(PoisonError::into_inner).push(connection);
            }
            Interrupt::Postgres { pool, process, began } => {
                self.transaction = None;
                if let Ok(runtime) = tokio::runtime::Handle::try_current() {
                    runtime.spawn(cancel_in_postgres(pool, process, began));
                }
            }
            Interrupt::Nothing => {}
        }
    }
}

impl SqliteReadings {
    async fn open(path: &Path) -> Result<SqliteReadings> {
        let mut idle = Vec::with_capacity(SQLITE_READINGS);
        for _ in 0..SQLITE_READINGS {
            let stop = Arc::new(Stop::new());
            let mut options = sqlite_options(path, 1);
            let watched = stop.clone();
            options.connect_lazy(true).map_sqlx_sqlite_pool_opts(move |pool| {
                let watched = watched.clone();
                pool.after_connect(move |connection, _| {
                    let watched = watched.clone();
                    Box::pin(async move {
                        // A long result that has to be sorted goes to a file rather than into memory.
                        connection.execute("PRAGMA temp_store = file").await?;
                        let mut handle = connection.lock_handle().await?;
                        handle.set_progress_handler(INSTRUCTIONS_BETWEEN_CHECKS, move || watched.may_go_on());
                        Ok(())
                    })
                })
            });
            idle.push(Connection { database: connect(options).await?, stop });
        }
        Ok(SqliteReadings { turns: Arc::new(Semaphore::new(SQLITE_READINGS)), idle: Mutex::new(idle) })
    }

    async fn begin(self: Arc<Self>, limit: Option<Duration>) -> Result<Reading> {
        let turn = self.turns.clone().acquire_owned().await.map_err(|_| closed())?;
        let connection = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop().ok_or_else(closed)?;
        let mut reading = Reading {
            transaction: None,
            on_drop: Interrupt::Sqlite { connection: connection.clone(), home: self, _turn: turn },
            _unlimited: None,
        };
        // The first statement runs after an interrupted one has ended, so the time limit can only be set after it.
        reading.transaction = Some(connection.database.begin().await?);
        connection.stop.arm(limit);
        Ok(reading)
    }
}

fn closed() -> sea_orm::DbErr {
    sea_orm::DbErr::Conn(sea_orm::RuntimeErr::Internal("the database was closed".into()))
}

/// Cancels what a server process does in one transaction. The statement may only be on its way when the first cancel arrives, which then has no effect; so it is repeated
/// until that transaction is over.
async fn cancel_in_postgres(pool: DatabaseConnection, process: i32, began: String) {
    let cancel =
        "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE pid = $1 AND xact_start = CAST($2 AS timestamptz)";
    for _ in 0..CANCELS {
        match sql::all(&pool, cancel, vec![process.into(), began.clone().into()]).await {
            Ok(still_there) if still_there.is_empty() => return,
            Ok(_) => tokio::time::sleep(BETWEEN_CANCELS).await,
            Err(error) => return tracing::warn!(%error, "a query nobody waits for could not be cancelled"),
        }
    }
}

/// Begins a transaction in a task of its own. A caller who goes away between `BEGIN` and the settings that follow would otherwise leave the connection in a transaction
/// nobody knows of, and what the next one commits on it would only be a savepoint inside of that. The task finishes, finds nobody, and rolls back.
async fn uninterrupted(
    begin: impl Future<Output = std::result::Result<Transaction, sea_orm::DbErr>> + Send + 'static,
) -> Result<Transaction> {
    match tokio::spawn(begin).await {
        Ok(begun) => Ok(begun?),
        Err(ended) => Err(sea_orm::DbErr::Custom(format!("no transaction was begun: {ended}")).into()),
    }
}

async fn begin_postgres(pool: &DatabaseConnection, limit: Option<Duration>) -> Result<Reading> {
    let pool_of_task = pool.clone();
    let transaction = uninterrupted(async move {
        pool_of_task
            .begin_with_config(Some(sea_orm::IsolationLevel::RepeatableRead), Some(sea_orm::AccessMode::ReadOnly))
            .await
    })
    .await?;
    let limit = limit.map_or(0, |limit| limit.as_millis());
    let settings = "SELECT pg_backend_pid() AS process, CAST(now() AS text) AS began, set_config('statement_timeout', $1, true) AS statement_limit";
    let row = sql::one(&transaction, settings, vec![limit.to_string().into()]).await?.ok_or_else(closed)?;
    let (process, began) = (row.get("process")?, row.get("began")?);
    let on_drop = Interrupt::Postgres { pool: pool.clone(), process, began };
    Ok(Reading { transaction: Some(transaction), on_drop, _unlimited: None })
}
