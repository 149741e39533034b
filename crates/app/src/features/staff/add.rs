use kabinet_records::RecordError;
use serde_json::Value;
use uuid::Uuid;

use super::model::{Access, Staff, is_email};
use super::{password, store};
use crate::App;
use crate::features::{audit, invitations, second_factor, session};
use crate::http::access::{Actor, RequestFacts};
use crate::http::error::{ApiResult, FieldError, Problem};

/// Somebody to be made staff.
pub struct NewStaff {
    pub email: String,
    pub name: String,
    pub access: Access,
    /// Unset: the person chooses one, through an invitation.
    pub password: Option<String>,
}

/// What came of it.
pub enum Added {
    /// The person can sign in with the given password.
    Staff(Box<Staff>),
    /// The person has to open this link.
    Invited { link: String },
}

/// Adds somebody at the word of the operator, who may give any access.
pub async fn add(app: &App, new: NewStaff, actor: &Actor, request: &RequestFacts) -> ApiResult<Added> {
    let NewStaff { email, name, access, password } = new;
    let Some(password) = password else {
        let made = invitations::create(app, invitations::NewInvitation { email, name, access }, actor, request).await?;
        return Ok(Added::Invited { link: made.link });
    };
    let staff = prepare(app, &email, &name, access, &password).await?;
    let transaction = app.control.begin().await?;
    store::lock(&transaction).await?;
    join(app, &transaction, &staff, actor, request).await?;
    transaction.commit().await.map_err(RecordError::from)?;
    Ok(Added::Staff(Box::new(staff)))
}

/// Checks what is asked and makes the row, which is not stored yet.
pub(crate) async fn prepare(app: &App, email: &str, name: &str, access: Access, password: &str) -> ApiResult<Staff> {
    let (email, name) = (email.trim(), name.trim());
    check_who(email, name)?;
    password::require_good("/password", password, &[email, name])?;
    Ok(Staff {
        id: Uuid::now_v7().to_string(),
        email: email.to_owned(),
        name: name.to_owned(),
        access,
        locale: None,
        time_zone: None,
        password_hash: app.desk.passwords.hash(password).await?,
        disabled: false,
        created_at: app.clock.now_ms(),
        last_login_at: None,
    })
}

/// 422 unless the e-mail address and the name can be ones.
pub(crate) fn check_who(email: &str, name: &str) -> ApiResult<()> {
    let mut errors = Vec::new();
    if !is_email(email) {
        errors.push(FieldError {
            pointer: "/email".into(),
            detail: "This is not an e-mail address.".into(),
            code: None,
        });
    }
    if let Some(detail) = name_fault(name) {
        errors.push(FieldError { pointer: "/name".into(), detail, code: None });
    }
    if errors.is_empty() { Ok(()) } else { Err(Problem::invalid(errors)) }
}

/// Why a person cannot be called so.
pub(crate) fn name_fault(name: &str) -> Option<String> {
    let length = name.chars().count();
    let is_clean = !name.chars().any(char::is_control);
    (!(1..=100).contains(&length) || !is_clean).then(|| "Give a name of 1 to 100 characters.".to_owned())
}

/// Stores a person and records it. 409 when the e-mail address is somebody's already.
pub(crate) async fn join(
    app: &App,
    transaction: &kabinet_records::Transaction,
    staff: &Staff,
    actor: &Actor,
    request: &RequestFacts,
) -> ApiResult<()> {
    if store::by_email(transaction, &staff.email).await?.is_some() {
        return Err(Problem::conflict("already_staff", "Somebody with this e-mail address is staff already."));
    }
    store::insert(transaction, staff).await?;
    let entry = audit::Entry {
        action: "staff.create",
        entity_kind: "staff",
        entity_id: &staff.id,
        before: Value::Null,
        after: store::describe_staff(staff),
        reason: None,
    };
    Ok(audit::record(transaction, actor, request, app.clock.now_ms(), entry).await?)
}

/// Removes the second factor of somebody who lost it all, and ends their sessions: the operator's last resort.
pub async fn reset_second_factor(app: &App, email: &str, actor: &Actor, request: &RequestFacts) -> ApiResult<()> {
    let transaction = app.control.begin().await?;
    let staff = store::by_email(&transaction, email).await?.ok_or_else(|| Problem::not_found("staff member"))?;
    let before = second_factor::status(&transaction, &staff.id).await?;
    second_factor::remove_all(&transaction, &staff.id).await?;
    session::end_all(&transaction, &staff.id).await?;
    let entry = audit::Entry {
        action: "staff.reset_second_factor",
        entity_kind: "staff",
        entity_id: &staff.id,
        before: serde_json::json!(before),
        after: Value::Null,
        reason: None,
    };
    audit::record(&transaction, actor, request, app.clock.now_ms(), entry).await?;
    Ok(transaction.commit().await.map_err(RecordError::from)?)
}
