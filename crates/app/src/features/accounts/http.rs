use kabinet_model::value::fold;
use kabinet_records::Value;
use kabinet_records::sql::{self, Row};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::App;
use crate::features::users::{self, UserRow};
use crate::http::access::{Allowed, needs};
use crate::http::error::{ApiResult, Problem};
use crate::http::extract::{Json, Path, Query};
use crate::http::paging::{Page, PageQuery, damaged};
use crate::http::time;

/// Users shown on an account's page; more are found in the users table by `account_id`.
const USERS_SHOWN: u64 = 200;

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(show))
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct AccountsQuery {
    /// Text to look for in id and name.
    q: Option<String>,
    /// Rows a page, 1 to 200; 50 when unset.
    limit: Option<u32>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
struct AccountRow {
    id: String,
    name: Option<String>,
    created_at: Option<String>,
    /// How many users belong to it.
    user_count: i64,
}

#[derive(Debug, Serialize, ToSchema)]
struct AccountDetail {
    id: String,
    name: Option<String>,
    created_at: Option<String>,
    /// What else the product said about the account.
    #[schema(value_type = Object)]
    traits: serde_json::Value,
    /// How many users belong to it.
    user_count: i64,
    /// The first 200 of them, by name; the users table has all of them under the filter `account_id`.
    users: Vec<UserRow>,
}

const USERS_OF: &str = "(SELECT COUNT(*) FROM profile p WHERE p.account_id = account.id AND p.merged_into IS NULL)";

/// Companies by id
#[utoipa::path(get, path = "/api/v1/{workspace}/accounts", tag = "accounts", params(("workspace" = String, Path), AccountsQuery),
    responses((status = 200, body = Page<AccountRow>)), security(("staff" = ["users.read"])))]
async fn list(
    access: Allowed<needs::UsersRead>,
    Query(query): Query<AccountsQuery>,
) -> ApiResult<Json<Page<AccountRow>>> {
    let page = PageQuery { limit: query.limit, cursor: query.cursor };
    let limit = page.limit()?;
    let name = format!("accounts {}", query.q.as_deref().unwrap_or_default());
    let mut conditions = vec!["1 = 1".to_owned()];
    let mut values: Vec<Value> = Vec::new();
    if let Some(position) = page.position(&name)? {
        let [id] = position.as_slice() else { return Err(damaged()) };
        values.push(id.as_str().ok_or_else(damaged)?.into());
        conditions.push("id > $1".into());
    }
    if let Some(text) = query.q.as_deref().map(str::trim).filter(|text| !text.is_empty()) {
        if text.contains('\0') {
            return Err(Problem::malformed("q: the character U+0000 is in no name."));
        }
        values.extend([users::like_pattern(&fold(text)).into(), users::like_pattern(text).into()]);
        let (name, id) = (values.len() - 1, values.len());
        conditions.push(format!("(name_fold LIKE ${name} ESCAPE '\\' OR id LIKE ${id} ESCAPE '\\')"));
    }
    let text = format!(
        "SELECT id, name, created_at, {USERS_OF} AS users FROM account WHERE {} ORDER BY id LIMIT {}",
        conditions.join(" AND "),
        limit + 1
    );
    let reading = access.workspace.records.begin_reading(Some(users::TIME_LIMIT)).await?;
    let rows = sql::all(reading.connection(), &text, values).await?;
    reading.finish().await?;
    let mut accounts = Vec::with_capacity(rows.len());
    for row in &rows {
        accounts.push(AccountRow {
            id: row.get("id")?,
            name: row.get("name")?,
            created_at: row.get::<Option<i64>>("created_at")?.map(time::rfc3339),
            user_count: row.get("users")?,
        });
    }
    Ok(Json(Page::cut(accounts, limit, &name, |account| vec![account.id.as_str().into()])))
}

/// One company with its users
#[utoipa::path(get, path = "/api/v1/{workspace}/accounts/{account}", tag = "accounts", params(("workspace" = String, Path), ("account" = String, Path)),
    responses((status = 200, body = AccountDetail), (status = 404, body = Problem)), security(("staff" = ["users.read"])))]
async fn show(access: Allowed<needs::UsersRead>, Path(path): Path<(String, String)>) -> ApiResult<Json<AccountDetail>> {
    let reader = access.workspace.records.reader();
    let query = format!("SELECT id, name, created_at, traits, {USERS_OF} AS users FROM account WHERE id = $1");
    let row =
        sql::one(reader, &query, vec![path.1.as_str().into()]).await?.ok_or_else(|| Problem::not_found("account"))?;
    let users = users::of_account(&access.workspace, &path.1, USERS_SHOWN).await?;
    let traits: Option<String> = row.get("traits")?;
    Ok(Json(AccountDetail {
        id: row.get("id")?,
        name: row.get("name")?,
        created_at: row.get::<Option<i64>>("created_at")?.map(time::rfc3339),
        traits: traits.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_else(|| serde_json::json!({})),
        user_count: row.get("users")?,
        users,
    }))
}
