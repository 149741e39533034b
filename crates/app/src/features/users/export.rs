//! The users table as a file: all rows of a filter, streamed from the database to the client, so that memory does not grow with the table.
//!
//! One snapshot is counted, written down in the audit log, and only then read. When the client goes away the reading ends.

use std::io::Write;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use futures::{Stream, StreamExt};
use kabinet_documents::{Cell, csv, xlsx};
use kabinet_model::definition::{Definition, Field};
use kabinet_model::label::Language;
use kabinet_model::time::UtcMillis;
use kabinet_model::value::FieldType;
use kabinet_records::{QueryResult, Reading, RecordError, sql};
use serde::Deserialize;
use serde_json::json;
use tokio::sync::mpsc;
use tokio::sync::mpsc::error::SendTimeoutError;
use tokio_stream::wrappers::ReceiverStream;
use tokio_util::io::ReaderStream;
use utoipa::ToSchema;

use super::fields::{self, Print, Sort};
use super::list;
use super::selection::{Selection, UserFilter};
use crate::features::audit;
use crate::features::definition::Applied;
use crate::http::access::{Allowed, needs};
use crate::http::error::{ApiResult, Problem};
use crate::workspace::Workspace;

/// Bytes of a chunk of CSV.
const CHUNK: usize = 64 << 10;
/// Chunks that may wait for a slow client; the database waits too.
const CHUNKS_AHEAD: usize = 4;
/// How long a client may take nothing.
const PATIENCE: Duration = Duration::from_secs(60);
/// Rows handed to the writer of a workbook at a time.
const BATCH: usize = 500;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum Format {
    Csv,
    Xlsx,
}

impl Format {
    pub(super) const XLSX_TYPE: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

    fn extension(self) -> &'static str {
        match self {
            Format::Csv => "csv",
            Format::Xlsx => "xlsx",
        }
    }

    fn content_type(self) -> &'static str {
        match self {
            Format::Csv => "text/csv; charset=utf-8",
            Format::Xlsx => Format::XLSX_TYPE,
        }
    }
}

/// What is to be exported.
pub(super) struct Wanted {
    pub filter: UserFilter,
    pub sort: Sort,
    /// Comma-separated keys; without them the table's columns and every other field of the definition.
    pub columns: Option<String>,
    pub language: Language,
}

/// A file on its way: the snapshot and how to print its rows.
struct Export {
    reading: Reading,
    query: [(String, Selection); 2],
    applied: Arc<Applied>,
    keys: Vec<String>,
    print: Print,
    headers: Vec<String>,
}

pub(super) async fn export(
    access: &Allowed<needs::UsersRead>,
    applied: &Arc<Applied>,
    wanted: Wanted,
    format: Format,
) -> ApiResult<Response> {
    let workspace = &access.workspace;
    let definition = &applied.definition;
    let columns = match &wanted.columns {
        Some(keys) => fields::list(definition, keys)?,
        None => fields::export_defaults(definition),
    };
    let now = workspace.clock.now_ms();
    let selection = Selection::new(definition, workspace.records.engine(), now, &wanted.filter)?;
    let reading = workspace.records.begin_reading(None).await?;
    let rows = list::count(&reading, &selection).await?;
    record(access, &wanted, format, &columns, rows).await?;
    let export = Export {
        reading,
        query: queries(&selection, &wanted.sort, &columns),
        applied: applied.clone(),
        keys: columns.iter().map(|field| field.key.clone()).collect(),
        print: Print {
            currency: definition.currency,
            zone: definition.time_zone.to_jiff(),
            // A CSV is read by programs too, so its values are the stable ones; a workbook is for people.
            words: (format == Format::Xlsx).then_some(wanted.language),
        },
        headers: columns.iter().map(|field| header_of(field, definition, wanted.language)).collect(),
    };
    let body = match format {
        Format::Csv => export.into_csv(),
        Format::Xlsx => export.into_xlsx(workspace.slug.as_str()).await?,
    };
    let headers = [
        (header::CONTENT_TYPE, format.content_type().to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{}\"", file_name(workspace, now, format))),
    ];
    Ok((headers, body).into_response())
}

/// The workspace and the day in its zone.
fn file_name(workspace: &Workspace, now: i64, format: Format) -> String {
    let day = workspace.definition.load().definition.time_zone.date_of(UtcMillis::saturating(now));
    format!("{}-users-{day}.{}", workspace.slug, format.extension())
}

/// The definition's word for the column; money names its currency, because its cells are bare numbers in whole units.
fn header_of(field: &Field, definition: &Definition, language: Language) -> String {
    let label = field.csv_label.in_language(language);
    match field.field_type {
        FieldType::Money => format!("{label}, {}", definition.currency),
        _ => label.to_owned(),
    }
}

async fn record(
    access: &Allowed<needs::UsersRead>,
    wanted: &Wanted,
    format: Format,
    columns: &[&Field],
    rows: u64,
) -> ApiResult<()> {
    let workspace = &access.workspace;
    let keys: Vec<&str> = columns.iter().map(|field| field.key.as_str()).collect();
    let transaction = workspace.records.begin().await?;
    let entry = audit::Entry {
        action: "users.export",
        entity_kind: "workspace",
        entity_id: workspace.slug.as_str(),
        before: serde_json::Value::Null,
        after: json!({
            "format": format.extension(), "rows": rows, "filter": wanted.filter.filter, "alert": wanted.filter.alert, "q": wanted.filter.q,
            "sort": wanted.sort.text, "columns": keys,
        }),
        reason: None,
    };
    audit::record(&transaction, &access.actor, &access.request, workspace.clock.now_ms(), entry).await?;
    Ok(transaction.commit().await.map_err(RecordError::from)?)
}

/// The two parts of a sorted list: users with a value, then those without.
fn queries(selection: &Selection, sort: &Sort, columns: &[&Field]) -> [(String, Selection); 2] {
    let part = |condition: String, order: String| {
        let mut part = selection.clone();
        part.and(condition);
        let list = list::select_list(sort, columns);
        (format!("SELECT {list} FROM profile WHERE {} ORDER BY {order}", part.condition()), part)
    };
    let direction = sort.direction();
    [
        part(format!("{} IS NOT NULL", sort.column), format!("{} {direction}, id {direction}", sort.column)),
        part(format!("{} IS NULL", sort.column), format!("id {direction}")),
    ]
}

impl Export {
    fn fields(&self) -> Vec<&Field> {
        self.keys.iter().filter_map(|key| self.applied.definition.field(key)).collect()
    }

    fn into_csv(self) -> Body {
        let (sender, receiver) = mpsc::channel::<Result<Vec<u8>, std::io::Error>>(CHUNKS_AHEAD);
        tokio::spawn(async move {
            if let Err(error) = self.write_csv(&sender).await {
                tracing::error!(%error, "an export broke off");
                // The client must not take a part for the whole: the connection ends with an error.
                let broken = std::io::Error::other("the export broke off");
                drop(sender.send(Err(broken)).await);
            }
        });
        Body::from_stream(ReceiverStream::new(receiver))
    }

    async fn write_csv(self, sender: &mpsc::Sender<Result<Vec<u8>, std::io::Error>>) -> Result<(), RecordError> {
        let fields = self.fields();
        let mut chunk = Vec::with_capacity(CHUNK + (CHUNK >> 2));
        let headers: Vec<Cell> = self.headers.iter().map(|header| Cell::Text(header.clone())).collect();
        write_all(&mut chunk, csv::BYTE_ORDER_MARK);
        write_row(&mut chunk, &headers);
        for (query, part) in &self.query {
            let mut rows = self.stream(query, part).await?;
            while let Some(row) = rows.next().await {
                write_row(&mut chunk, &self.cells(&row?, &fields)?);
                if chunk.len() >= CHUNK {
                    let full = std::mem::replace(&mut chunk, Vec::with_capacity(CHUNK + (CHUNK >> 2)));
                    if !hand_over(sender, full).await? {
                        // Nobody reads any more; dropping the reading ends the query.
                        return Ok(());
                    }
                }
            }
        }
        if !hand_over(sender, chunk).await? {
            return Ok(());
        }
        self.reading.finish().await
    }

    /// The workbook is packed at its end, so it is written to a temporary file first.
    async fn into_xlsx(self, name: &str) -> ApiResult<Body> {
        let columns = self.headers.iter().map(|title| xlsx::Column { title: title.clone(), width: 20 }).collect();
        let mut writer = xlsx::Writer::new(name, columns).map_err(Problem::internal)?;
        let (sender, mut receiver) = mpsc::channel::<Vec<Vec<Cell>>>(CHUNKS_AHEAD);
        let writing = tokio::task::spawn_blocking(move || {
            while let Some(batch) = receiver.blocking_recv() {
                for cells in batch {
                    writer.write_row(&cells)?;
                }
            }
            writer.finish()
        });
        self.send_batches(sender).await?;
        let file = writing.await.map_err(Problem::internal)?.map_err(Problem::internal)?;
        Ok(Body::from_stream(ReaderStream::with_capacity(tokio::fs::File::from_std(file), CHUNK)))
    }

    async fn send_batches(self, sender: mpsc::Sender<Vec<Vec<Cell>>>) -> Result<(), RecordError> {
        let fields = self.fields();
        let mut batch = Vec::with_capacity(BATCH);
        for (query, part) in &self.query {
            let mut rows = self.stream(query, part).await?;
            while let Some(row) = rows.next().await {
                batch.push(self.cells(&row?, &fields)?);
                if batch.len() == BATCH && sender.send(std::mem::take(&mut batch)).await.is_err() {
                    // The writer failed and says why.
                    return Ok(());
                }
            }
        }
        drop(sender.send(batch).await);
        self.reading.finish().await
    }

    async fn stream(
        &self,
        query: &str,
        part: &Selection,
    ) -> Result<impl Stream<Item = Result<QueryResult, RecordError>> + Unpin, RecordError> {
        sql::stream(self.reading.connection(), query, part.values.clone()).await
    }

    fn cells(&self, row: &QueryResult, fields: &[&Field]) -> Result<Vec<Cell>, RecordError> {
        fields.iter().map(|field| fields::cell(row, field, &self.print)).collect()
    }
}

/// Hands a chunk to the client; `false` when the client is gone. One who takes nothing for a minute must not hold a snapshot any longer, and gets an error instead of the rest.
async fn hand_over(
    sender: &mpsc::Sender<Result<Vec<u8>, std::io::Error>>,
    chunk: Vec<u8>,
) -> Result<bool, RecordError> {
    match sender.send_timeout(Ok(chunk), PATIENCE).await {
        Ok(()) => Ok(true),
        Err(SendTimeoutError::Closed(_)) => Ok(false),
        Err(SendTimeoutError::Timeout(_)) => Err(RecordError::TooSlow),
    }
}

fn write_row(chunk: &mut Vec<u8>, cells: &[Cell]) {
    csv::write_row(chunk, cells).expect("memory takes every row");
}

fn write_all(chunk: &mut Vec<u8>, bytes: &[u8]) {
    chunk.write_all(bytes).expect("memory takes every byte");
}
