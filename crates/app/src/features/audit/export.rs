use axum::body::{Body, Bytes};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use futures::stream;
use kabinet_documents::{Cell, csv};
use kabinet_records::{Database, Value};

use super::search::{self, Found};
use crate::http::time;

const COLUMNS: [&str; 14] = [
    "seq",
    "at",
    "actor_kind",
    "actor_id",
    "actor_name",
    "action",
    "entity_kind",
    "entity_id",
    "before",
    "after",
    "reason",
    "ip",
    "user_agent",
    "hash",
];
/// Entries read and sent at once.
const PORTION: u64 = 500;

/// All entries that match as CSV, newest first, read while they are sent. A failure on the way breaks the transfer off, so that a cut file is not taken for a whole one.
pub(super) fn csv(database: Database, filter: (String, Vec<Value>), chain: &str) -> Response {
    let state = State { database, filter, below: None, is_begun: false };
    let portions = stream::try_unfold(Some(state), |state| async move {
        let Some(mut state) = state else { return Ok(None) };
        let entries = search::newest(&state.database, &state.filter, state.below, PORTION)
            .await
            .map_err(std::io::Error::other)?;
        let mut text = Vec::new();
        if !state.is_begun {
            text.extend_from_slice(csv::BYTE_ORDER_MARK);
            csv::write_row(&mut text, &COLUMNS.map(|name| Cell::Text(name.to_owned())))?;
            state.is_begun = true;
        }
        for found in &entries {
            csv::write_row(&mut text, &cells(found))?;
        }
        state.below = entries.last().map(|found| found.entry.seq);
        let more = entries.len() as u64 == PORTION;
        Ok::<_, std::io::Error>(Some((Bytes::from(text), more.then_some(state))))
    });
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"audit-{chain}.csv\"")),
    ];
    (headers, Body::from_stream(portions)).into_response()
}

struct State {
    database: Database,
    filter: (String, Vec<Value>),
    below: Option<i64>,
    is_begun: bool,
}

fn cells(found: &Found) -> Vec<Cell> {
    let entry = &found.entry;
    let text = |text: &str| Cell::Text(text.to_owned());
    let maybe = |text: &Option<String>| text.clone().map_or(Cell::Empty, Cell::Text);
    vec![
        Cell::Integer(entry.seq),
        Cell::Text(time::rfc3339(entry.at)),
        text(&entry.actor_kind),
        text(&entry.actor_id),
        text(&entry.actor_name),
        text(&entry.action),
        text(&entry.entity_kind),
        text(&entry.entity_id),
        text(&entry.before),
        text(&entry.after),
        maybe(&entry.reason),
        maybe(&entry.ip),
        maybe(&entry.user_agent),
        text(&found.hash),
    ]
}
