use kabinet_events::{EventQueries, Position, StoredEvent};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::identity;
use crate::http::access::{Allowed, needs};
use crate::http::error::ApiResult;
use crate::http::extract::{Json, Path, Query};
use crate::http::paging::{Page, PageQuery, damaged};
use crate::http::time;

#[derive(Debug, Deserialize, IntoParams)]
pub(super) struct TimelineQuery {
    /// Only events of these names, separated by commas.
    events: Option<String>,
    /// Rows a page, 1 to 200; 50 when unset.
    limit: Option<u32>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
pub(super) struct TimelineEvent {
    /// The sender's id of the message.
    id: String,
    name: String,
    /// `track`, `identify`, `page`, `screen`, `group` or `alias`.
    kind: &'static str,
    timestamp: String,
    #[schema(value_type = Object)]
    properties: serde_json::Map<String, serde_json::Value>,
    #[schema(value_type = Object)]
    context: serde_json::Map<String, serde_json::Value>,
    /// What it was sent under: `u:<user id>` or `a:<anonymous id>`.
    subject: String,
}

impl From<StoredEvent> for TimelineEvent {
    fn from(event: StoredEvent) -> TimelineEvent {
        TimelineEvent {
            id: event.message_id,
            name: event.name,
            kind: event.kind.as_str(),
            timestamp: time::rfc3339(event.timestamp_ms),
            properties: event.properties,
            context: event.context,
            subject: event.subject.to_string(),
        }
    }
}

/// Everything the user did, newest first, under all names the user is known under
#[utoipa::path(get, path = "/api/v1/{workspace}/users/{id}/timeline", tag = "users", params(("workspace" = String, Path), ("id" = String, Path), TimelineQuery),
    responses((status = 200, body = Page<TimelineEvent>), (status = 404, body = crate::http::error::Problem)), security(("staff" = ["users.read"])))]
pub(super) async fn timeline(
    access: Allowed<needs::UsersRead>,
    Path(path): Path<(String, String)>,
    Query(query): Query<TimelineQuery>,
) -> ApiResult<Json<Page<TimelineEvent>>> {
    let (_, user) = path;
    let workspace = &access.workspace;
    identity::require(workspace.records.reader(), &user).await?;
    let identities = identity::identities(workspace.records.reader(), &user).await?;
    let subjects = identity::subjects(&user, &identities);
    let page = PageQuery { limit: query.limit, cursor: query.cursor };
    let limit = page.limit()?;
    let list = format!("timeline {user} {}", query.events.as_deref().unwrap_or_default());
    let before = match page.position(&list)?.as_deref() {
        None => None,
        Some([timestamp, sequence]) => Some(Position {
            timestamp_ms: timestamp.as_i64().ok_or_else(damaged)?,
            sequence: sequence.as_u64().ok_or_else(damaged)?,
        }),
        Some(_) => return Err(damaged()),
    };
    let names: Option<Vec<String>> = query
        .events
        .map(|names| names.split(',').map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned).collect());
    let events = workspace
        .events
        .ask(move |store, cancel| store.timeline(&subjects, before, names.as_deref(), limit as usize + 1, cancel))
        .await?;
    let page = Page::cut(events, limit, &list, |event| vec![event.timestamp_ms.into(), event.sequence.into()]);
    Ok(Json(page.map(TimelineEvent::from)))
}
