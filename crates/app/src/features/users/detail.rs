use std::collections::BTreeMap;

use kabinet_model::definition::Field;
use kabinet_records::sql::{self, Row};
use serde::Serialize;
use utoipa::ToSchema;

use super::fields::{self, Sort};
use super::identity;
use super::list::{self, ActiveAlert, UserRow};
use super::selection::{Selection, UserFilter};
use crate::http::access::{Allowed, needs};
use crate::http::error::{ApiResult, Problem};
use crate::http::extract::{Json, Path};
use crate::http::time;
use crate::workspace::Workspace;

/// Everything about one user.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct UserDetail {
    id: String,
    /// Values by field key: scalars; money as `{amount, currency}`; times as RFC 3339.
    #[schema(value_type = Object)]
    fields: BTreeMap<String, serde_json::Value>,
    alerts: Vec<ActiveAlert>,
    /// The company the user belongs to.
    account: Option<AccountOfUser>,
    /// Every name the user is known under.
    identities: Vec<IdentityView>,
    /// What else the product said about the user.
    #[schema(value_type = Object)]
    traits: serde_json::Value,
    /// When the fields were last computed or changed.
    as_of: String,
}

#[derive(Debug, Serialize, ToSchema)]
struct AccountOfUser {
    id: String,
    name: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
struct IdentityView {
    /// `user`, `anonymous`, `telegram` or `email`.
    kind: String,
    value: String,
    since: String,
}

/// One user with all fields, identities and traits
#[utoipa::path(get, path = "/api/v1/{workspace}/users/{id}", tag = "users", params(("workspace" = String, Path), ("id" = String, Path)),
    responses((status = 200, body = UserDetail), (status = 404, body = Problem)), security(("staff" = ["users.read"])))]
pub(super) async fn user(
    access: Allowed<needs::UsersRead>,
    Path(path): Path<(String, String)>,
) -> ApiResult<Json<UserDetail>> {
    let workspace = &access.workspace;
    let row = row(workspace, &path.1).await?;
    let query = "SELECT p.traits, p.updated_at, p.account_id, a.name AS account_name FROM profile p LEFT JOIN account a ON a.id = p.account_id WHERE p.id = $1";
    let rest = sql::one(workspace.records.reader(), query, vec![path.1.as_str().into()])
        .await?
        .ok_or_else(|| Problem::not_found("user"))?;
    let account_id: Option<String> = rest.get("account_id")?;
    let account_name = rest.get("account_name")?;
    let traits: Option<String> = rest.get("traits")?;
    let identities = identity::identities(workspace.records.reader(), &path.1).await?;
    Ok(Json(UserDetail {
        id: row.id,
        fields: row.fields,
        alerts: row.alerts,
        account: account_id.map(|id| AccountOfUser { id, name: account_name }),
        identities: identities
            .into_iter()
            .map(|identity| IdentityView {
                kind: identity.kind,
                value: identity.value,
                since: time::rfc3339(identity.since),
            })
            .collect(),
        traits: traits.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_else(|| serde_json::json!({})),
        as_of: time::rfc3339(rest.get("updated_at")?),
    }))
}

/// One user with all fields. 404 when there is none, with `merged_into` when there was one.
pub async fn row(workspace: &Workspace, user: &str) -> ApiResult<UserRow> {
    let applied = workspace.definition.load_full();
    let definition = &applied.definition;
    identity::require(workspace.records.reader(), user).await?;
    let columns: Vec<&Field> = definition.fields.iter().collect();
    let list: Vec<String> = columns.iter().map(|field| fields::selected(&field.key)).collect();
    let query = format!("SELECT {} FROM profile WHERE id = $1", list.join(", "));
    let reading = workspace.records.begin_reading(Some(list::TIME_LIMIT)).await?;
    let rows = sql::all(reading.connection(), &query, vec![user.into()]).await?;
    let users = list::with_alerts(&reading, definition, &rows, &columns).await?;
    reading.finish().await?;
    users.into_iter().next().ok_or_else(|| Problem::not_found("user"))
}

/// The users of an account by name, at most `limit`, with the default columns.
pub async fn of_account(workspace: &Workspace, account: &str, limit: u64) -> ApiResult<Vec<UserRow>> {
    let applied = workspace.definition.load_full();
    let definition = &applied.definition;
    let columns = fields::defaults(definition);
    let sort = Sort::parse(definition, "name")?;
    let mut selection = Selection::new(definition, workspace.records.engine(), 0, &UserFilter::default())?;
    let place = selection.bind(account.into());
    selection.and(format!("account_id = {place}"));
    let reading = workspace.records.begin_reading(Some(list::TIME_LIMIT)).await?;
    let rows = list::rows(&reading, &selection, &sort, &columns, None, limit).await?;
    let users = list::with_alerts(&reading, definition, &rows, &columns).await?;
    reading.finish().await?;
    Ok(users)
}
