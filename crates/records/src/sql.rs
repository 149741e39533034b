//! Thin helpers around raw SQL that both engines understand.

use futures::{Stream, TryStreamExt};
use sea_orm::{ConnectionTrait, DbBackend, QueryResult, Statement, StreamTrait, TryGetable, Value};

use crate::{RecordError, Result, Transaction};

fn statement<C: ConnectionTrait>(connection: &C, text: &str, values: Vec<Value>) -> Statement {
    let backend = connection.get_database_backend();
    match backend {
        DbBackend::Sqlite => Statement::from_sql_and_values(backend, numbered(text), values),
        _ => Statement::from_sql_and_values(backend, text, values),
    }
}

/// `$1` as `?1`: SQLite takes the first for a name and compares it with every name before it, so that the time a statement of thousands of values needs grows with their square.
fn numbered(text: &str) -> String {
    let mut numbered = String::with_capacity(text.len());
    let mut quote = None;
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        match quote {
            Some(mark) if character == mark => quote = None,
            None if matches!(character, '\'' | '"') => quote = Some(character),
            _ => {}
        }
        let is_place = character == '$' && quote.is_none() && characters.peek().is_some_and(char::is_ascii_digit);
        numbered.push(if is_place { '?' } else { character });
    }
    numbered
}

/// All rows of a query.
pub async fn all<C: ConnectionTrait>(connection: &C, text: &str, values: Vec<Value>) -> Result<Vec<QueryResult>> {
    Ok(connection.query_all_raw(statement(connection, text, values)).await?)
}

/// The first row of a query, if there is one.
pub async fn one<C: ConnectionTrait>(connection: &C, text: &str, values: Vec<Value>) -> Result<Option<QueryResult>> {
    Ok(connection.query_one_raw(statement(connection, text, values)).await?)
}

/// The rows of a query one by one as the database finds them, so that a result of any length fits into memory.
pub async fn stream<'c>(
    transaction: &'c Transaction,
    text: &str,
    values: Vec<Value>,
) -> Result<impl Stream<Item = Result<QueryResult>> + Unpin + Send + 'c> {
    let rows = transaction.stream_raw(statement(transaction, text, values)).await?;
    Ok(rows.map_err(RecordError::from))
}

/// Runs a statement and returns how many rows it touched.
pub async fn run<C: ConnectionTrait>(connection: &C, text: &str, values: Vec<Value>) -> Result<u64> {
    Ok(connection.execute_raw(statement(connection, text, values)).await?.rows_affected())
}

/// Reads typed columns from a row with an error that names the column.
pub trait Row {
    fn get<T: TryGetable>(&self, column: &str) -> Result<T>;
    /// The column parsed as JSON; it must hold valid JSON text.
    fn json(&self, column: &str) -> Result<serde_json::Value> {
        let text: String = self.get(column)?;
        serde_json::from_str(&text)
            .map_err(|error| RecordError::Decode { column: column.into(), detail: error.to_string() })
    }
}

impl Row for QueryResult {
    fn get<T: TryGetable>(&self, column: &str) -> Result<T> {
        self.try_get("", column)
            .map_err(|error| RecordError::Decode { column: column.into(), detail: error.to_string() })
    }
}

/// `$first, $first+1, …` — `count` placeholders for an `IN (…)` or a `VALUES (…)`.
pub fn placeholders(first: usize, count: usize) -> String {
    (first..first + count).map(|number| format!("${number}")).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::numbered;

    #[test]
    fn only_placeholders_are_renamed() {
        assert_eq!(
            numbered("SELECT '$1', \"$2\", 'it''s $3' FROM t WHERE a = $4 AND b IN ($5, $16)"),
            "SELECT '$1', \"$2\", 'it''s $3' FROM t WHERE a = ?4 AND b IN (?5, ?16)"
        );
    }
}
