use std::time::Instant;

use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use kabinet_model::label::Language;
use kabinet_model::role::Permission;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::export::{self, Format};
use super::fields::{self, Sort};
use super::list::{self, After, UserRow};
use super::selection::{Selection, UserFilter};
use crate::App;
use crate::http::access::{Allowed, needs};
use crate::http::error::{ApiResult, Problem};
use crate::http::extract::{Json, Query};
use crate::http::paging::{Page, PageQuery, cursor};

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(users)).routes(routes!(count))
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct UsersQuery {
    /// A rule in CEL, e.g. `status == "trial" && total_paid == 0`.
    filter: Option<String>,
    /// Key of an alert: only users in it now.
    alert: Option<String>,
    /// Text to look for in id, name, e-mail, phone number, Telegram id and name; upper and lower case are the same.
    q: Option<String>,
    /// Key of the field to sort by, `-` in front for descending; `-registered_at` when unset. Users without a value come last.
    sort: Option<String>,
    /// Keys of the fields to show, separated by commas; the definition's choice when unset.
    columns: Option<String>,
    /// `exact` adds `total`.
    #[param(inline)]
    count: Option<Count>,
    /// `csv` or `xlsx`: all rows of the filter as a file.
    #[param(inline)]
    format: Option<Format>,
    /// Language of a file's headers: `en`, `ru` or `uz`; English when unset.
    #[param(value_type = Option<String>)]
    lang: Option<Language>,
    /// Rows a page, 1 to 200; 50 when unset.
    limit: Option<u32>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum Count {
    Exact,
}

/// Users by filter, alert and search, in any order; as a page or as a file
#[utoipa::path(get, path = "/api/v1/{workspace}/users", tag = "users", params(("workspace" = String, Path), UsersQuery),
    responses((status = 200, body = Page<UserRow>), (status = 400, body = Problem), (status = 422, body = Problem), (status = 503, body = Problem)),
    security(("staff" = ["users.read"])))]
async fn users(
    access: Allowed<needs::UsersRead>,
    headers: HeaderMap,
    Query(query): Query<UsersQuery>,
) -> ApiResult<Response> {
    let filter = UserFilter { filter: query.filter, alert: query.alert, q: query.q };
    let applied = access.workspace.definition.load_full();
    let sort = Sort::parse(&applied.definition, query.sort.as_deref().unwrap_or(Sort::NEWEST))?;
    let format = query.format.or_else(|| format_of(&headers));
    if let Some(format) = format {
        access.also_needs(Permission::UsersExport)?;
        let language = query.lang.unwrap_or(Language::En);
        let wanted = export::Wanted { filter, sort, columns: query.columns, language };
        return export::export(&access, &applied, wanted, format).await;
    }
    let definition = &applied.definition;
    let columns = match &query.columns {
        Some(keys) => fields::list(definition, keys)?,
        None => fields::defaults(definition),
    };
    let page = PageQuery { limit: query.limit, cursor: query.cursor };
    let limit = page.limit()?;
    let name = format!("users {} {}", sort.text, filter.fingerprint());
    let after = After::from_cursor(page.position(&name)?)?;
    let workspace = &access.workspace;
    let selection = Selection::new(definition, workspace.records.engine(), workspace.clock.now_ms(), &filter)?;
    let reading = workspace.records.begin_reading(Some(list::TIME_LIMIT)).await?;
    let mut rows = list::rows(&reading, &selection, &sort, &columns, after, limit + 1).await?;
    let more = rows.len() as u64 > limit;
    rows.truncate(limit as usize);
    let data = list::with_alerts(&reading, definition, &rows, &columns).await?;
    let next_cursor = match (more, rows.last(), data.last()) {
        (true, Some(row), Some(user)) => Some(cursor(&name, vec![sort.of_row(row)?, user.id.as_str().into()])),
        _ => None,
    };
    let total = match query.count {
        Some(Count::Exact) => Some(list::count(&reading, &selection).await?),
        None => None,
    };
    reading.finish().await?;
    Ok(Json(Page { data, next_cursor, total }).into_response())
}

/// A file may be asked for by `Accept` too.
fn format_of(headers: &HeaderMap) -> Option<Format> {
    let accept = headers.get(header::ACCEPT)?.to_str().ok()?;
    accept.split(',').find_map(|part| match part.split(';').next().unwrap_or("").trim() {
        "text/csv" => Some(Format::Csv),
        Format::XLSX_TYPE => Some(Format::Xlsx),
        _ => None,
    })
}

#[derive(Debug, Serialize, ToSchema)]
struct UserCount {
    count: u64,
    took_ms: u64,
}

/// How many users a filter, an alert and a search name
#[utoipa::path(get, path = "/api/v1/{workspace}/users/count", tag = "users", params(("workspace" = String, Path), UserFilter),
    responses((status = 200, body = UserCount), (status = 422, body = Problem), (status = 503, body = Problem)), security(("staff" = ["users.read"])))]
async fn count(access: Allowed<needs::UsersRead>, Query(filter): Query<UserFilter>) -> ApiResult<Json<UserCount>> {
    let started = Instant::now();
    let workspace = &access.workspace;
    let applied = workspace.definition.load_full();
    let selection = Selection::new(&applied.definition, workspace.records.engine(), workspace.clock.now_ms(), &filter)?;
    let reading = workspace.records.begin_reading(Some(list::TIME_LIMIT)).await?;
    let count = list::count(&reading, &selection).await?;
    reading.finish().await?;
    Ok(Json(UserCount { count, took_ms: u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX) }))
}
