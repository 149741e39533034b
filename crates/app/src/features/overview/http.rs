use kabinet_model::label::Label;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::tiles::{self, Tile};
use crate::App;
use crate::features::users::{Selection, TIME_LIMIT, count};
use crate::http::access::{Allowed, needs};
use crate::http::error::{ApiResult, Problem};
use crate::http::extract::Json;
use crate::http::time;

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(overview))
}

#[derive(Debug, Serialize, ToSchema)]
struct Overview {
    as_of: String,
    tiles: Vec<TileView>,
}

#[derive(Debug, Serialize, ToSchema)]
struct TileView {
    key: String,
    value: u64,
    unit: Option<&'static str>,
    /// The same number one period earlier, where that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    previous: Option<u64>,
    /// The rule that lists the users behind the number; an empty one lists everybody.
    filter: Option<String>,
    /// The alert that lists the users behind the number.
    #[serde(skip_serializing_if = "Option::is_none")]
    alert: Option<String>,
    /// What an alert's tile is called.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    label: Option<Label>,
}

/// The workspace's numbers, as of now
#[utoipa::path(get, path = "/api/v1/{workspace}/overview", tag = "overview", params(("workspace" = String, Path)),
    responses((status = 200, body = Overview), (status = 503, body = Problem)), security(("staff" = ["users.read"])))]
async fn overview(access: Allowed<needs::UsersRead>) -> ApiResult<Json<Overview>> {
    let workspace = &access.workspace;
    let now = workspace.clock.now_ms();
    let applied = workspace.definition.load_full();
    let definition = &applied.definition;
    let engine = workspace.records.engine();
    let reading = workspace.records.begin_reading(Some(TIME_LIMIT)).await?;
    let mut shown = Vec::new();
    for tile in tiles::tiles(definition, now) {
        let Tile { key, filter, previous, label } = tile;
        let value = count(&reading, &Selection::new(definition, engine, now, &filter)?).await?;
        let previous = match previous {
            Some(previous) => Some(count(&reading, &Selection::new(definition, engine, now, &previous)?).await?),
            None => None,
        };
        let rule = if filter.alert.is_none() { Some(filter.filter.unwrap_or_default()) } else { None };
        shown.push(TileView { key, value, unit: None, previous, filter: rule, alert: filter.alert, label });
    }
    reading.finish().await?;
    Ok(Json(Overview { as_of: time::rfc3339(now), tiles: shown }))
}
