//! What is known of a workspace's events as a whole.

use kabinet_events::EventQueries;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::App;
use crate::features::workspaces::view::LabelView;
use crate::http::access::{Allowed, needs};
use crate::http::error::ApiResult;
use crate::http::extract::Json;
use crate::http::time;

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(names))
}

#[derive(Serialize, ToSchema)]
struct NameList {
    data: Vec<NameView>,
}

/// One event name.
#[derive(Serialize, ToSchema)]
struct NameView {
    name: String,
    /// What it is called in the definition.
    label: Option<LabelView>,
    count: u64,
    last_seen_at: String,
    /// Whether the definition describes it.
    documented: bool,
}

/// Every event name that arrived, by name, with how often and when last
#[utoipa::path(get, path = "/api/v1/{workspace}/events/names", tag = "events", params(("workspace" = String, Path)),
    responses((status = 200, body = NameList)), security(("staff" = ["events.read"])))]
async fn names(access: Allowed<needs::EventsRead>) -> ApiResult<Json<NameList>> {
    let seen = access.workspace.events.ask(|store, _| store.event_names()).await?;
    let applied = access.workspace.definition.load();
    let data = seen
        .into_iter()
        .map(|summary| {
            let described = applied.definition.event(&summary.name);
            NameView {
                label: described.map(|event| (&event.label).into()),
                documented: described.is_some(),
                count: summary.count,
                last_seen_at: time::rfc3339(summary.last_ms),
                name: summary.name,
            }
        })
        .collect();
    Ok(Json(NameList { data }))
}
