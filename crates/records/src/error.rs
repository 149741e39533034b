use sea_orm::{DbErr, RuntimeErr, SqlErr};

pub type Result<T> = std::result::Result<T, RecordError>;

/// What can go wrong in the record store, told apart as far as a caller can act on it.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    /// A unique index refused the row. `constraint` is the engine's own wording and names the columns or the index.
    #[error("a row with the same {constraint} exists already")]
    Duplicate { constraint: String },
    /// A row that is referred to does not exist, or a row that is still referred to was to be deleted.
    #[error("a row refers to another one that does not exist: {constraint}")]
    MissingReference { constraint: String },
    /// There is no room for the write. Reads still work; the write may be repeated when space is back.
    #[error("the disk of the database is full")]
    DiskFull,
    /// The database could not be reached, or did not answer in time.
    #[error("the database is not available")]
    Unavailable(#[source] DbErr),
    /// The statement reached its time limit, or nobody waited for it any more.
    #[error("the question took too long and was stopped")]
    TooSlow,
    /// A stored value is not what the code expects.
    #[error("column {column}: {detail}")]
    Decode { column: String, detail: String },
    #[error("migration {name}: {detail}")]
    Migration { name: String, detail: String },
    #[error("the database answered: {0}")]
    Database(#[source] DbErr),
}

impl From<DbErr> for RecordError {
    fn from(error: DbErr) -> Self {
        match error.sql_err() {
            Some(SqlErr::UniqueConstraintViolation(constraint)) => return RecordError::Duplicate { constraint },
            Some(SqlErr::ForeignKeyConstraintViolation(constraint)) => {
                return RecordError::MissingReference { constraint };
            }
            _ => {}
        }
        if is_disk_full(&error) {
            return RecordError::DiskFull;
        }
        if is_interrupted(&error) {
            return RecordError::TooSlow;
        }
        match error {
            DbErr::ConnectionAcquire(_) | DbErr::Conn(_) => RecordError::Unavailable(error),
            other => RecordError::Database(other),
        }
    }
}

/// SQLite says `SQLITE_FULL` (13), PostgreSQL 53100 `disk_full`.
fn is_disk_full(error: &DbErr) -> bool {
    let text = engine_text(error);
    text.contains("database or disk is full") || text.contains("No space left on device") || text.contains("53100")
}

/// SQLite says `SQLITE_INTERRUPT` (9), PostgreSQL 57014 `query_canceled`. A lock that was waited for in vain is another matter (55P03): the same statement
/// may be tried again.
fn is_interrupted(error: &DbErr) -> bool {
    let text = engine_text(error);
    text.ends_with("interrupted")
        || (text.contains("canceling statement due to") && !text.contains("due to lock timeout"))
}

/// What the engine itself said; empty for errors that are not the engine's.
fn engine_text(error: &DbErr) -> String {
    match error {
        DbErr::Exec(RuntimeErr::SqlxError(inner))
        | DbErr::Query(RuntimeErr::SqlxError(inner))
        | DbErr::Conn(RuntimeErr::SqlxError(inner)) => inner.to_string(),
        _ => String::new(),
    }
}
