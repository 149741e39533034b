//! A user's payments, subscriptions, seller cabinets, and sessions with devices: the records the product sent, newest first.

use kabinet_model::record::{
    PaymentRecord, Record, RecordKind, SellerCabinetRecord, SessionRecord, SubscriptionRecord,
};
use kabinet_model::time::UtcMillis;
use kabinet_records::Value;
use kabinet_records::sql::{self, placeholders};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{device, identity};
use crate::App;
use crate::features::records;
use crate::http::access::{Allowed, needs};
use crate::http::error::{ApiResult, Problem};
use crate::http::extract::{Json, Path, Query};
use crate::http::paging::{Page, PageQuery, damaged};
use crate::http::time;
use crate::workspace::Workspace;

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(payments))
        .routes(routes!(subscriptions))
        .routes(routes!(cabinets))
        .routes(routes!(sessions))
}

/// An amount in minor units.
#[derive(Debug, Serialize, ToSchema)]
struct MoneyView {
    amount: i64,
    currency: String,
}

#[derive(Debug, Serialize, ToSchema)]
struct PaymentView {
    id: String,
    /// The id it was sent under; another one than the page's for a user who was merged into this one.
    user_id: String,
    subscription_id: Option<String>,
    amount: MoneyView,
    status: String,
    paid_at: Option<String>,
    period_start: Option<String>,
    period_end: Option<String>,
    description: Option<String>,
    provider: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
struct SubscriptionView {
    id: String,
    user_id: String,
    plan: String,
    status: String,
    started_at: Option<String>,
    current_period_start: Option<String>,
    current_period_end: Option<String>,
    canceled_at: Option<String>,
    ended_at: Option<String>,
    amount: Option<MoneyView>,
    interval: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
struct CabinetView {
    id: String,
    user_id: String,
    name: Option<String>,
    marketplace: Option<String>,
    api_status: Option<String>,
    api_checked_at: Option<String>,
    connected_at: Option<String>,
    removed_at: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
struct UserSessionView {
    id: String,
    user_id: String,
    started_at: Option<String>,
    last_seen_at: Option<String>,
    ended_at: Option<String>,
    ip: Option<String>,
    user_agent: Option<String>,
    /// The device in words: as the product sent it, else read from the user agent.
    device: Option<String>,
    platform: Option<String>,
}

fn time(instant: Option<UtcMillis>) -> Option<String> {
    instant.map(|instant| time::rfc3339(instant.as_millis()))
}

fn text(id: impl ToString) -> String {
    id.to_string()
}

fn payment(payment: PaymentRecord) -> PaymentView {
    PaymentView {
        id: text(&payment.id),
        user_id: text(&payment.user_id),
        subscription_id: payment.subscription_id.map(text),
        amount: MoneyView { amount: payment.amount, currency: payment.currency.code().to_owned() },
        status: payment.status,
        paid_at: time(payment.paid_at),
        period_start: time(payment.period_start),
        period_end: time(payment.period_end),
        description: payment.description,
        provider: payment.provider,
    }
}

fn subscription(subscription: SubscriptionRecord) -> SubscriptionView {
    let amount = subscription.amount.zip(subscription.currency);
    SubscriptionView {
        id: text(&subscription.id),
        user_id: text(&subscription.user_id),
        plan: subscription.plan,
        status: subscription.status,
        started_at: time(subscription.started_at),
        current_period_start: time(subscription.current_period_start),
        current_period_end: time(subscription.current_period_end),
        canceled_at: time(subscription.canceled_at),
        ended_at: time(subscription.ended_at),
        amount: amount.map(|(amount, currency)| MoneyView { amount, currency: currency.code().to_owned() }),
        interval: subscription.interval,
    }
}

fn cabinet(cabinet: SellerCabinetRecord) -> CabinetView {
    CabinetView {
        id: text(&cabinet.id),
        user_id: text(&cabinet.user_id),
        name: cabinet.name,
        marketplace: cabinet.marketplace,
        api_status: cabinet.api_status,
        api_checked_at: time(cabinet.api_checked_at),
        connected_at: time(cabinet.connected_at),
        removed_at: time(cabinet.removed_at),
    }
}

fn session(session: SessionRecord) -> UserSessionView {
    let device = session.device.or_else(|| session.user_agent.as_deref().and_then(device::name));
    UserSessionView {
        id: text(&session.id),
        user_id: text(&session.user_id),
        started_at: time(session.started_at),
        last_seen_at: time(session.last_seen_at),
        ended_at: time(session.ended_at),
        ip: session.ip,
        user_agent: session.user_agent,
        device,
        platform: session.platform,
    }
}

/// Payments and attempts to pay, newest first; those without a time last
#[utoipa::path(get, path = "/api/v1/{workspace}/users/{id}/payments", tag = "users", params(("workspace" = String, Path), ("id" = String, Path), PageQuery),
    responses((status = 200, body = Page<PaymentView>), (status = 404, body = Problem)), security(("staff" = ["billing.read"])))]
async fn payments(
    access: Allowed<needs::BillingRead>,
    Path(path): Path<(String, String)>,
    Query(page): Query<PageQuery>,
) -> ApiResult<Json<Page<PaymentView>>> {
    let page = page_of(&access.workspace, RecordKind::Payment, "paid_at", &path.1, &page).await?;
    only(page, |record| match record {
        Record::Payment(record) => Some(payment(record)),
        _ => None,
    })
}

/// Subscriptions, the latest begun first
#[utoipa::path(get, path = "/api/v1/{workspace}/users/{id}/subscriptions", tag = "users", params(("workspace" = String, Path), ("id" = String, Path), PageQuery),
    responses((status = 200, body = Page<SubscriptionView>), (status = 404, body = Problem)), security(("staff" = ["billing.read"])))]
async fn subscriptions(
    access: Allowed<needs::BillingRead>,
    Path(path): Path<(String, String)>,
    Query(page): Query<PageQuery>,
) -> ApiResult<Json<Page<SubscriptionView>>> {
    let page = page_of(&access.workspace, RecordKind::Subscription, "started_at", &path.1, &page).await?;
    only(page, |record| match record {
        Record::Subscription(record) => Some(subscription(record)),
        _ => None,
    })
}

/// Seller cabinets, the latest connected first; removed ones too
#[utoipa::path(get, path = "/api/v1/{workspace}/users/{id}/cabinets", tag = "users", params(("workspace" = String, Path), ("id" = String, Path), PageQuery),
    responses((status = 200, body = Page<CabinetView>), (status = 404, body = Problem)), security(("staff" = ["users.read"])))]
async fn cabinets(
    access: Allowed<needs::UsersRead>,
    Path(path): Path<(String, String)>,
    Query(page): Query<PageQuery>,
) -> ApiResult<Json<Page<CabinetView>>> {
    let page = page_of(&access.workspace, RecordKind::SellerCabinet, "connected_at", &path.1, &page).await?;
    only(page, |record| match record {
        Record::SellerCabinet(record) => Some(cabinet(record)),
        _ => None,
    })
}

/// Sessions and devices, the latest used first
#[utoipa::path(get, path = "/api/v1/{workspace}/users/{id}/sessions", tag = "users", params(("workspace" = String, Path), ("id" = String, Path), PageQuery),
    responses((status = 200, body = Page<UserSessionView>), (status = 404, body = Problem)), security(("staff" = ["users.read"])))]
async fn sessions(
    access: Allowed<needs::UsersRead>,
    Path(path): Path<(String, String)>,
    Query(page): Query<PageQuery>,
) -> ApiResult<Json<Page<UserSessionView>>> {
    let page = page_of(&access.workspace, RecordKind::Session, "last_seen_at", &path.1, &page).await?;
    only(page, |record| match record {
        Record::Session(record) => Some(session(record)),
        _ => None,
    })
}

fn only<T>(page: Page<Record>, view: impl Fn(Record) -> Option<T>) -> ApiResult<Json<Page<T>>> {
    let data = page.data.into_iter().filter_map(view).collect();
    Ok(Json(Page { data, next_cursor: page.next_cursor, total: page.total }))
}

/// Stands for a missing time, which sorts last.
const NO_TIME: i64 = i64::MIN;

async fn page_of(
    workspace: &Workspace,
    kind: RecordKind,
    time_column: &str,
    user: &str,
    page: &PageQuery,
) -> ApiResult<Page<Record>> {
    let ids = identity::known_ids(workspace, user).await?;
    let limit = page.limit()?;
    let list = format!("{} {user}", kind.as_str());
    let mut values: Vec<Value> = ids.iter().map(|id| id.as_str().into()).collect();
    let mut condition = format!("user_id IN ({})", placeholders(1, ids.len()));
    let time = format!("COALESCE({time_column}, {NO_TIME})");
    if let Some(position) = page.position(&list)? {
        let [at, id] = position.as_slice() else { return Err(damaged()) };
        let next = values.len() + 1;
        condition.push_str(&format!(" AND ({time}, id) < (${next}, ${})", next + 1));
        values.push(at.as_i64().ok_or_else(damaged)?.into());
        values.push(id.as_str().ok_or_else(damaged)?.into());
    }
    let columns: Vec<String> = kind.columns().iter().map(|column| format!("\"{}\"", column.name)).collect();
    let query = format!(
        "SELECT {}, {time} AS sort_time FROM {} WHERE {condition} ORDER BY {time} DESC, id DESC LIMIT {}",
        columns.join(", "),
        records::table(kind),
        limit + 1
    );
    let rows = sql::all(workspace.records.reader(), &query, values).await?;
    let mut found = Vec::with_capacity(rows.len());
    for row in &rows {
        found.push((records::read(kind, row)?, sql::Row::get::<i64>(row, "sort_time")?));
    }
    let page = Page::cut(found, limit, &list, |(record, at)| vec![(*at).into(), record.id().into()]);
    Ok(page.map(|(record, _)| record))
}
