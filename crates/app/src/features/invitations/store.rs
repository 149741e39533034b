use kabinet_records::sql::{self, Row};
use kabinet_records::{ConnectionTrait, QueryResult, RecordError, Result, Transaction};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::App;
use crate::features::audit;
use crate::features::staff::{self, Access};
use crate::http::access::{Actor, RequestFacts};
use crate::http::error::{ApiResult, Problem};
use crate::secrets::{Token, token_hash};

const LIFETIME_MS: i64 = 7 * 24 * 60 * 60_000;

/// Somebody to be invited.
pub struct NewInvitation {
    pub email: String,
    pub name: String,
    pub access: Access,
}

/// An invitation that waits to be accepted.
#[derive(Clone)]
pub struct Invitation {
    pub id: String,
    pub email: String,
    pub name: String,
    pub access: Access,
    /// Name of who invited.
    pub invited_by: String,
    pub created_at: i64,
    pub expires_at: i64,
}

/// An invitation that was just made; the link is told only now.
pub struct Made {
    pub invitation: Invitation,
    pub link: String,
}

/// Makes an invitation; an older one for the same e-mail address dies. 409 when the address is somebody's already.
pub async fn create(app: &App, new: NewInvitation, actor: &Actor, request: &RequestFacts) -> ApiResult<Made> {
    let (email, name) = (new.email.trim(), new.name.trim());
    staff::check_who(email, name)?;
    let now = app.clock.now_ms();
    let token = Token::fresh();
    let invitation = Invitation {
        id: Uuid::now_v7().to_string(),
        email: email.to_owned(),
        name: name.to_owned(),
        access: new.access,
        invited_by: actor.name.clone(),
        created_at: now,
        expires_at: now + LIFETIME_MS,
    };
    let transaction = app.control.begin().await?;
    staff::lock(&transaction).await?;
    if staff::by_email(&transaction, email).await?.is_some() {
        return Err(Problem::conflict("already_staff", "Somebody with this e-mail address is staff already."));
    }
    sql::run(&transaction, "DELETE FROM invitation WHERE email_fold = $1", vec![staff::fold_email(email).into()])
        .await?;
    insert(&transaction, &invitation, &token).await?;
    let entry = audit::Entry {
        action: "invitation.create",
        entity_kind: "invitation",
        entity_id: &invitation.id,
        before: Value::Null,
        after: describe(&invitation),
        reason: None,
    };
    audit::record(&transaction, actor, request, now, entry).await?;
    transaction.commit().await.map_err(RecordError::from)?;
    let link = format!("{}/invitations/{}", app.config.public_url.trim_end_matches('/'), token.text);
    Ok(Made { invitation, link })
}

async fn insert(transaction: &Transaction, invitation: &Invitation, token: &Token) -> Result<()> {
    let insert = "INSERT INTO invitation (id, token_hash, email, email_fold, name, role, extra_permissions, workspaces, ip_allow_list, invited_by, created_at, expires_at)
                  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";
    let access = &invitation.access;
    let values = vec![
        invitation.id.clone().into(),
        token.hash.clone().into(),
        invitation.email.clone().into(),
        staff::fold_email(&invitation.email).into(),
        invitation.name.clone().into(),
        access.role.as_str().into(),
        json!(access.extra_permissions).to_string().into(),
        access.workspaces.as_ref().map(|slugs| json!(slugs).to_string()).into(),
        json!(access.ip_allow_list).to_string().into(),
        invitation.invited_by.clone().into(),
        invitation.created_at.into(),
        invitation.expires_at.into(),
    ];
    sql::run(transaction, insert, values).await?;
    Ok(())
}

const COLUMNS: &str =
    "id, email, name, role, extra_permissions, workspaces, ip_allow_list, invited_by, created_at, expires_at";

/// Invitations that still wait, newest first.
pub async fn waiting<C: ConnectionTrait>(connection: &C, now_ms: i64) -> Result<Vec<Invitation>> {
    let query = format!("SELECT {COLUMNS} FROM invitation WHERE expires_at > $1 ORDER BY created_at DESC, id DESC");
    sql::all(connection, &query, vec![now_ms.into()]).await?.iter().map(read).collect()
}

pub async fn by_id<C: ConnectionTrait>(connection: &C, id: &str) -> Result<Option<Invitation>> {
    let query = format!("SELECT {COLUMNS} FROM invitation WHERE id = $1");
    sql::one(connection, &query, vec![id.into()]).await?.as_ref().map(read).transpose()
}

/// The invitation of a link, unless it has expired.
pub async fn by_token<C: ConnectionTrait>(connection: &C, token: &str, now_ms: i64) -> Result<Option<Invitation>> {
    let query = format!("SELECT {COLUMNS} FROM invitation WHERE token_hash = $1 AND expires_at > $2");
    sql::one(connection, &query, vec![token_hash(token).into(), now_ms.into()]).await?.as_ref().map(read).transpose()
}

/// Takes the invitation away; false when somebody else did.
pub async fn delete(transaction: &Transaction, id: &str) -> Result<bool> {
    Ok(sql::run(transaction, "DELETE FROM invitation WHERE id = $1", vec![id.into()]).await? == 1)
}

/// The invitation as the audit log shows it.
pub fn describe(invitation: &Invitation) -> Value {
    let mut value = staff::describe(&invitation.access);
    value["email"] = json!(invitation.email);
    value["name"] = json!(invitation.name);
    value
}

fn read(row: &QueryResult) -> Result<Invitation> {
    Ok(Invitation {
        id: row.get("id")?,
        email: row.get("email")?,
        name: row.get("name")?,
        access: staff::read_access(row)?,
        invited_by: row.get("invited_by")?,
        created_at: row.get("created_at")?,
        expires_at: row.get("expires_at")?,
    })
}
