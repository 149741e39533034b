use axum::extract::State as AppState;
use kabinet_model::definition::{Alert, AlertChannel, Severity};
use kabinet_model::label::Label;
use kabinet_records::RecordError;
use kabinet_records::sql;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::channels::{Chosen, Way, word};
use super::queries::{self, Counts, Delivery, Entry, State};
use crate::App;
use crate::features::{audit, channels, users};
use crate::http::access::{Allowed, needs};
use crate::http::error::{ApiResult, FieldError, Problem};
use crate::http::extract::{Json, Path, Query};
use crate::http::paging::{Page, PageQuery};
use crate::http::time;

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(entries))
        .routes(routes!(put_channels))
        .routes(routes!(of_user))
}

const LATELY_MS: i64 = 7 * 24 * 3_600_000;

#[derive(Serialize, ToSchema)]
struct AlertState {
    key: String,
    /// `red` or `yellow`
    #[schema(value_type = String)]
    severity: Severity,
    #[schema(value_type = Object)]
    label: Label,
    #[schema(value_type = Object)]
    explanation: Label,
    /// In CEL.
    rule: String,
    /// Users in it now.
    count: i64,
    entered_7d: i64,
    left_7d: i64,
    channels: Vec<Way>,
}

fn view(alert: &Alert, counts: Counts, channels: Vec<Way>) -> AlertState {
    AlertState {
        key: alert.key.clone(),
        severity: alert.severity,
        label: alert.label.clone(),
        explanation: alert.explanation.clone(),
        rule: alert.rule.to_cel(),
        count: counts.active,
        entered_7d: counts.entered,
        left_7d: counts.left,
        channels,
    }
}

/// The alerts of the definition, with how many users are in each and where they are told
#[utoipa::path(get, path = "/api/v1/{workspace}/alerts", tag = "alerts", params(("workspace" = String, Path)),
    responses((status = 200, body = Page<AlertState>)), security(("staff" = ["alerts.read"])))]
async fn list(access: Allowed<needs::AlertsRead>) -> ApiResult<Json<Page<AlertState>>> {
    let workspace = &access.workspace;
    let reader = workspace.records.reader();
    let counts = queries::counts(reader, workspace.clock.now_ms() - LATELY_MS).await?;
    let chosen = Chosen::read(reader).await?;
    let applied = workspace.definition.load_full();
    let views = applied
        .definition
        .alerts
        .iter()
        .map(|alert| view(alert, counts.get(&alert.key).copied().unwrap_or_default(), chosen.ways(alert)));
    Ok(Json(Page { data: views.collect(), next_cursor: None, total: None }))
}

#[derive(Deserialize, IntoParams)]
struct EntriesQuery {
    /// `active` (the default), or `left` for who left the alert again
    state: Option<String>,
    limit: Option<u32>,
    cursor: Option<String>,
}

#[derive(Serialize, ToSchema)]
struct EntryView {
    user: UserView,
    entered_at: String,
    left_at: Option<String>,
    deliveries: Vec<DeliveryView>,
}

#[derive(Serialize, ToSchema)]
struct UserView {
    id: String,
    name: Option<String>,
}

#[derive(Serialize, ToSchema)]
struct DeliveryView {
    channel: String,
    /// `queued`, `claimed`, `sending`, `sent`, `failed` or `uncertain`
    status: String,
    at: String,
    error: Option<String>,
}

fn entry_view(entry: Entry, deliveries: Vec<Delivery>) -> EntryView {
    EntryView {
        user: UserView { id: entry.user_id, name: entry.user_name },
        entered_at: time::rfc3339(entry.entered_at),
        left_at: entry.left_at.map(time::rfc3339),
        deliveries: deliveries
            .into_iter()
            .map(|delivery| DeliveryView {
                channel: delivery.channel,
                status: delivery.status,
                at: time::rfc3339(delivery.at),
                error: delivery.error,
            })
            .collect(),
    }
}

/// Who is in an alert, or who left it, with what was told about it; those that changed last first
#[utoipa::path(get, path = "/api/v1/{workspace}/alerts/{alert}/entries", tag = "alerts",
    params(("workspace" = String, Path), ("alert" = String, Path), EntriesQuery),
    responses((status = 200, body = Page<EntryView>), (status = 404, body = Problem)), security(("staff" = ["alerts.read"])))]
async fn entries(
    access: Allowed<needs::AlertsRead>,
    Path(path): Path<(String, String)>,
    Query(query): Query<EntriesQuery>,
) -> ApiResult<Json<Page<EntryView>>> {
    let (_, key) = path;
    let workspace = &access.workspace;
    find(&access.workspace.definition.load().definition.alerts, &key)?;
    let state = match query.state.as_deref() {
        None | Some("active") => State::Active,
        Some("left") => State::Left,
        Some(other) => return Err(Problem::malformed(format!("state is active or left, not {other}."))),
    };
    let paging = PageQuery { limit: query.limit, cursor: query.cursor };
    let limit = paging.limit()?;
    let list = format!("alert entries {key} {state:?}");
    let after = paging.position(&list)?.map(position).transpose()?;
    let reader = workspace.records.reader();
    let rows = queries::entries(reader, &key, state, after, limit + 1).await?;
    let page = Page::cut(rows, limit, &list, |entry| {
        let at = match state {
            State::Active => entry.entered_at,
            State::Left => entry.left_at.unwrap_or_default(),
        };
        vec![at.into(), entry.id.clone().into()]
    });
    let mut deliveries = queries::deliveries(reader, &page.data).await?;
    let views = page.data.into_iter().map(|entry| {
        let told = deliveries.remove(&entry.id).unwrap_or_default();
        entry_view(entry, told)
    });
    Ok(Json(Page { data: views.collect(), next_cursor: page.next_cursor, total: None }))
}

fn position(values: Vec<Value>) -> ApiResult<(i64, String)> {
    match values.as_slice() {
        [at, id] => at.as_i64().zip(id.as_str().map(str::to_owned)),
        _ => None,
    }
    .ok_or_else(|| Problem::malformed("The cursor is damaged; start again without it."))
}

fn find<'a>(alerts: &'a [Alert], key: &str) -> ApiResult<&'a Alert> {
    alerts.iter().find(|alert| alert.key == key).ok_or_else(|| Problem::not_found("alert"))
}

/// Choose where an alert is told; channels that are not named stay as they are
#[utoipa::path(put, path = "/api/v1/{workspace}/alerts/{alert}/channels", tag = "alerts",
    params(("workspace" = String, Path), ("alert" = String, Path)), request_body = Vec<Way>,
    responses((status = 200, body = Vec<Way>), (status = 404, body = Problem), (status = 422, body = Problem)), security(("staff" = ["alerts.write"])))]
async fn put_channels(
    AppState(app): AppState<App>,
    access: Allowed<needs::AlertsWrite>,
    Path(path): Path<(String, String)>,
    Json(ways): Json<Vec<Way>>,
) -> ApiResult<Json<Vec<Way>>> {
    let (_, key) = path;
    let applied = access.workspace.definition.load_full();
    let alert = find(&applied.definition.alerts, &key)?;
    let ways: Vec<Way> = ways.into_iter().map(tidied).collect();
    check(&ways)?;
    let transaction = access.workspace.records.begin().await?;
    let before = Chosen::read(&transaction).await?.ways(alert);
    for way in &ways {
        let upsert = "INSERT INTO alert_channel (alert, channel, enabled, target) VALUES ($1, $2, $3, $4)
                      ON CONFLICT (alert, channel) DO UPDATE SET enabled = excluded.enabled, target = excluded.target";
        let values = vec![key.clone().into(), word(way.channel).into(), way.enabled.into(), way.target.clone().into()];
        sql::run(&transaction, upsert, values).await?;
    }
    let after = Chosen::read(&transaction).await?.ways(alert);
    let entry = audit::Entry {
        action: "alert.channels",
        entity_kind: "alert",
        entity_id: &key,
        before: json!(before),
        after: json!(after),
        reason: None,
    };
    audit::record(&transaction, &access.actor, &access.request, app.clock.now_ms(), entry).await?;
    transaction.commit().await.map_err(RecordError::from)?;
    Ok(Json(after))
}

fn tidied(way: Way) -> Way {
    let target = way.target.map(|target| target.trim().to_owned()).filter(|target| !target.is_empty());
    Way { target, ..way }
}

fn check(ways: &[Way]) -> ApiResult<()> {
    let mut errors = Vec::new();
    for (index, way) in ways.iter().enumerate() {
        let detail = match (&way.target, way.channel) {
            (None, AlertChannel::Email) if way.enabled => Some("Say to which address the e-mail goes."),
            (Some(address), AlertChannel::Email) if !is_email(address) => Some("This is no e-mail address."),
            (Some(chat), AlertChannel::Telegram) if !channels::is_chat(chat) => {
                Some("A chat is a number such as -1001234567890, or the @name of a public one.")
            }
            _ => None,
        };
        if let Some(detail) = detail {
            errors.push(FieldError { pointer: format!("/{index}/target"), detail: detail.into(), code: None });
        }
    }
    if errors.is_empty() { Ok(()) } else { Err(Problem::invalid(errors)) }
}

/// One address and nothing else; the mail server has the last word.
fn is_email(text: &str) -> bool {
    let plain = |part: &str| {
        !part.is_empty() && !part.contains(|character: char| character.is_whitespace() || "@,;<>\"".contains(character))
    };
    text.len() <= 254 && text.split_once('@').is_some_and(|(user, host)| plain(user) && plain(host))
}

#[derive(Serialize, ToSchema)]
struct UserAlerts {
    active: Vec<ActiveView>,
    /// Newest first; the active ones too.
    history: Vec<HistoryView>,
}

#[derive(Serialize, ToSchema)]
struct ActiveView {
    key: String,
    since: String,
}

#[derive(Serialize, ToSchema)]
struct HistoryView {
    key: String,
    entered_at: String,
    left_at: Option<String>,
}

/// The alerts a user is in, and was in
#[utoipa::path(get, path = "/api/v1/{workspace}/users/{user}/alerts", tag = "users", params(("workspace" = String, Path), ("user" = String, Path)),
    responses((status = 200, body = UserAlerts), (status = 404, body = Problem)), security(("staff" = ["users.read"])))]
async fn of_user(access: Allowed<needs::UsersRead>, Path(path): Path<(String, String)>) -> ApiResult<Json<UserAlerts>> {
    let (_, user) = path;
    let reader = access.workspace.records.reader();
    users::require(reader, &user).await?;
    let entries = queries::of_user(reader, &user).await?;
    let active = entries.iter().filter(|entry| entry.left_at.is_none());
    Ok(Json(UserAlerts {
        active: active
            .map(|entry| ActiveView { key: entry.alert.clone(), since: time::rfc3339(entry.entered_at) })
            .collect(),
        history: entries
            .iter()
            .map(|entry| HistoryView {
                key: entry.alert.clone(),
                entered_at: time::rfc3339(entry.entered_at),
                left_at: entry.left_at.map(time::rfc3339),
            })
            .collect(),
    }))
}
