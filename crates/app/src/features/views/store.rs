use kabinet_records::sql::{self, Row};
use kabinet_records::{ConnectionTrait, QueryResult, RecordError, Transaction, Value};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::features::audit;
use crate::http::access::{Actor, Allowed, needs};
use crate::http::error::{ApiResult, Problem};
use crate::workspace::Workspace;

const COLUMNS: &str = "id, owner_kind, owner_id, owner_name, name, filter, alert, q, sort, columns, shared, version";

/// What a view shows.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ViewContent {
    /// 1 to 100 characters.
    pub name: String,
    /// A rule in CEL.
    pub filter: Option<String>,
    /// Key of an alert.
    pub alert: Option<String>,
    /// Text to look for.
    pub q: Option<String>,
    /// Key of a field, `-` in front for descending.
    pub sort: Option<String>,
    /// Keys of the fields to show; null for the workspace's own choice.
    pub columns: Option<Vec<String>>,
    /// Whether all staff see it.
    #[serde(default)]
    pub shared: bool,
}

pub struct View {
    pub id: String,
    pub owner_kind: String,
    pub owner_id: String,
    pub owner_name: String,
    pub content: ViewContent,
    pub version: i64,
}

impl View {
    fn is_of(&self, actor: &Actor) -> bool {
        self.owner_kind == actor.kind.as_str() && self.owner_id == actor.id
    }
}

pub async fn list(workspace: &Workspace, actor: &Actor) -> ApiResult<Vec<View>> {
    let query = format!(
        "SELECT {COLUMNS} FROM saved_view WHERE shared = $1 OR (owner_kind = $2 AND owner_id = $3) ORDER BY name, id"
    );
    let values = vec![true.into(), actor.kind.as_str().into(), actor.id.as_str().into()];
    let rows = sql::all(workspace.records.reader(), &query, values).await?;
    Ok(rows.iter().map(read).collect::<Result<Vec<_>, _>>()?)
}

pub async fn create(
    transaction: &Transaction,
    access: &Allowed<needs::ViewsWrite>,
    content: ViewContent,
) -> ApiResult<View> {
    let now = access.workspace.clock.now_ms();
    let view = View {
        id: Uuid::now_v7().to_string(),
        owner_kind: access.actor.kind.as_str().to_owned(),
        owner_id: access.actor.id.clone(),
        owner_name: access.actor.name.clone(),
        content,
        version: 1,
    };
    let insert = "INSERT INTO saved_view (id, owner_kind, owner_id, owner_name, name, filter, alert, q, sort, columns, shared, created_at, updated_at, version)
                  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $12, 1)";
    let mut values: Vec<Value> = vec![
        view.id.as_str().into(),
        view.owner_kind.as_str().into(),
        view.owner_id.as_str().into(),
        view.owner_name.as_str().into(),
    ];
    values.extend(content_values(&view.content));
    values.push(now.into());
    sql::run(transaction, insert, values).await?;
    record(transaction, access, "view.create", None, Some(&view), now).await?;
    Ok(view)
}

/// The view, if the caller may change it.
pub async fn find_own(access: &Allowed<needs::ViewsWrite>, id: &str) -> ApiResult<View> {
    let view = find(access.workspace.records.reader(), id).await?;
    own(access, view)
}

pub async fn change(
    access: &Allowed<needs::ViewsWrite>,
    id: &str,
    content: ViewContent,
    version: i64,
    conflict: impl FnOnce(View) -> Problem,
) -> ApiResult<View> {
    let now = access.workspace.clock.now_ms();
    let transaction = access.workspace.records.begin().await?;
    let before = own(access, find(&transaction, id).await?)?;
    if before.version != version {
        return Err(conflict(before));
    }
    let update = "UPDATE saved_view SET name = $1, filter = $2, alert = $3, q = $4, sort = $5, columns = $6, shared = $7, updated_at = $8, version = version + 1 WHERE id = $9";
    let mut values = content_values(&content);
    values.extend([now.into(), id.into()]);
    sql::run(&transaction, update, values).await?;
    let after = find(&transaction, id).await?;
    record(&transaction, access, "view.edit", Some(&before), Some(&after), now).await?;
    transaction.commit().await.map_err(RecordError::from)?;
    Ok(after)
}

pub async fn delete(access: &Allowed<needs::ViewsWrite>, id: &str) -> ApiResult<()> {
    let now = access.workspace.clock.now_ms();
    let transaction = access.workspace.records.begin().await?;
    let before = own(access, find(&transaction, id).await?)?;
    sql::run(&transaction, "DELETE FROM saved_view WHERE id = $1", vec![id.into()]).await?;
    record(&transaction, access, "view.delete", Some(&before), None, now).await?;
    Ok(transaction.commit().await.map_err(RecordError::from)?)
}

async fn find<C: ConnectionTrait>(connection: &C, id: &str) -> ApiResult<View> {
    let query = format!("SELECT {COLUMNS} FROM saved_view WHERE id = $1");
    let row = sql::one(connection, &query, vec![id.into()]).await?.ok_or_else(|| Problem::not_found("view"))?;
    Ok(read(&row)?)
}

/// A view that one may not see is not there; one that is shared may still belong to somebody else.
fn own(access: &Allowed<needs::ViewsWrite>, view: View) -> ApiResult<View> {
    if view.is_of(&access.actor) || access.is_super_admin() {
        return Ok(view);
    }
    if !view.content.shared {
        return Err(Problem::not_found("view"));
    }
    Err(Problem::forbidden(format!("Only {} or a super admin can change this view.", view.owner_name)))
}

fn content_values(content: &ViewContent) -> Vec<Value> {
    vec![
        content.name.trim().into(),
        content.filter.clone().into(),
        content.alert.clone().into(),
        content.q.clone().into(),
        content.sort.clone().into(),
        json!(content.columns).to_string().into(),
        content.shared.into(),
    ]
}

async fn record(
    transaction: &Transaction,
    access: &Allowed<needs::ViewsWrite>,
    action: &str,
    before: Option<&View>,
    after: Option<&View>,
    now: i64,
) -> Result<(), RecordError> {
    let entity = before.or(after).map_or("", |view| &view.id);
    let entry = audit::Entry {
        action,
        entity_kind: "view",
        entity_id: entity,
        before: before.map_or(serde_json::Value::Null, |view| json!(view.content)),
        after: after.map_or(serde_json::Value::Null, |view| json!(view.content)),
        reason: None,
    };
    audit::record(transaction, &access.actor, &access.request, now, entry).await
}

fn read(row: &QueryResult) -> Result<View, RecordError> {
    let columns = serde_json::from_value(row.json("columns")?)
        .map_err(|error| RecordError::Decode { column: "columns".into(), detail: error.to_string() })?;
    Ok(View {
        id: row.get("id")?,
        owner_kind: row.get("owner_kind")?,
        owner_id: row.get("owner_id")?,
        owner_name: row.get("owner_name")?,
        content: ViewContent {
            name: row.get("name")?,
            filter: row.get("filter")?,
            alert: row.get("alert")?,
            q: row.get("q")?,
            sort: row.get("sort")?,
            columns,
            shared: row.get("shared")?,
        },
        version: row.get("version")?,
    })
}
