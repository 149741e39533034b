//! What arrives, as it arrives: the last items of a workspace with their outcome, kept in memory, and a live stream of them.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::Mutex;

use axum::response::sse::{Event as SseEvent, KeepAlive, Sse};
use futures::stream::{Stream, StreamExt};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::sync::broadcast;
use tokio_stream::wrappers::BroadcastStream;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::App;
use crate::http::access::{Allowed, needs};
use crate::http::error::ApiResult;
use crate::http::extract::{Json, Query};
use crate::http::time;

/// How many items are kept for a look back.
const KEPT: usize = 1_000;
/// Raw items larger than this are shown cut.
const RAW_LIMIT: usize = 8 << 10;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    Accepted,
    Duplicate,
    Refused,
}

/// One item that came through a door.
#[derive(Debug, Clone)]
pub struct DebugItem {
    pub id: String,
    pub at_ms: i64,
    pub door: &'static str,
    pub client: String,
    pub key_name: String,
    pub name: String,
    pub subject: String,
    pub outcome: Verdict,
    pub reason: Option<String>,
    pub pointer: Option<String>,
    pub raw: Value,
}

/// The items of one workspace.
pub struct Debugger {
    recent: Mutex<VecDeque<DebugItem>>,
    live: broadcast::Sender<DebugItem>,
}

impl Default for Debugger {
    fn default() -> Self {
        Debugger { recent: Mutex::new(VecDeque::with_capacity(KEPT)), live: broadcast::channel(256).0 }
    }
}

impl Debugger {
    pub fn show(&self, mut item: DebugItem) {
        if item.raw.to_string().len() > RAW_LIMIT {
            item.raw = Value::String(item.raw.to_string().chars().take(RAW_LIMIT).chain("…".chars()).collect());
        }
        // Nobody listening is the usual case and no error.
        let _ = self.live.send(item.clone());
        let mut recent = self.recent.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if recent.len() == KEPT {
            recent.pop_front();
        }
        recent.push_back(item);
    }

    fn newest_first(&self) -> Vec<DebugItem> {
        let recent = self.recent.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        recent.iter().rev().cloned().collect()
    }
}

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(stream))
}

#[derive(Serialize, ToSchema)]
struct DebugView {
    id: String,
    at: String,
    door: &'static str,
    client: String,
    key_name: String,
    name: String,
    subject: String,
    outcome: Verdict,
    reason: Option<String>,
    pointer: Option<String>,
    /// The item as it was sent, cut when it is large.
    #[schema(value_type = Object)]
    raw: Value,
}

#[derive(Serialize, ToSchema)]
struct DebugList {
    data: Vec<DebugView>,
}

#[derive(Deserialize, IntoParams)]
struct DebugQuery {
    /// Only items with this outcome.
    outcome: Option<Verdict>,
    /// Only items whose name, subject, key or reason contains this.
    q: Option<String>,
}

fn view(item: DebugItem) -> DebugView {
    DebugView {
        id: item.id,
        at: time::rfc3339(item.at_ms),
        door: item.door,
        client: item.client,
        key_name: item.key_name,
        name: item.name,
        subject: item.subject,
        outcome: item.outcome,
        reason: item.reason,
        pointer: item.pointer,
        raw: item.raw,
    }
}

fn matches(item: &DebugItem, query: &DebugQuery) -> bool {
    let wanted = query.q.as_deref().unwrap_or("").to_lowercase();
    let texts = [&item.name, &item.subject, &item.key_name, &item.client];
    query.outcome.is_none_or(|outcome| outcome == item.outcome)
        && (wanted.is_empty()
            || texts.into_iter().chain(&item.reason).any(|text| text.to_lowercase().contains(&wanted)))
}

/// The last items that arrived, newest first
#[utoipa::path(get, path = "/api/v1/{workspace}/debugger", tag = "debugger", params(("workspace" = String, Path), DebugQuery),
    responses((status = 200, body = DebugList)), security(("staff" = ["events.read"])))]
async fn list(access: Allowed<needs::EventsRead>, Query(query): Query<DebugQuery>) -> ApiResult<Json<DebugList>> {
    let items = access.workspace.debugger.newest_first();
    Ok(Json(DebugList { data: items.into_iter().filter(|item| matches(item, &query)).map(view).collect() }))
}

/// Items as they arrive (server-sent events named `item`)
#[utoipa::path(get, path = "/api/v1/{workspace}/debugger/stream", tag = "debugger", params(("workspace" = String, Path)),
    responses((status = 200, content_type = "text/event-stream", body = String)), security(("staff" = ["events.read"])))]
async fn stream(access: Allowed<needs::EventsRead>) -> Sse<impl Stream<Item = Result<SseEvent, Infallible>>> {
    let live = BroadcastStream::new(access.workspace.debugger.live.subscribe());
    // A listener that falls behind misses items; the list has them.
    let events = live.filter_map(|item| async move { item.ok() }).map(|item| {
        let data = serde_json::to_string(&view(item)).unwrap_or_default();
        Ok(SseEvent::default().event("item").data(data))
    });
    Sse::new(events).keep_alive(KeepAlive::default())
}
