use std::str::FromStr;

use kabinet_model::label::Language;
use kabinet_model::role::{Permission, Role};
use kabinet_records::sql::{self, Row};
use kabinet_records::{ConnectionTrait, Engine, QueryResult, RecordError, Result, Transaction};
use serde_json::{Value, json};

use super::model::{Access, Staff, fold_email};

/// Columns of `staff`, each under its own name; for joins, prefixed by the table.
pub const COLUMNS: &str =
    "staff.id, staff.email, staff.name, staff.role, staff.extra_permissions, staff.workspaces, staff.ip_allow_list,
    staff.locale, staff.time_zone, staff.password_hash, staff.disabled, staff.created_at, staff.last_login_at";

pub async fn by_id<C: ConnectionTrait>(connection: &C, id: &str) -> Result<Option<Staff>> {
    let query = format!("SELECT {COLUMNS} FROM staff WHERE id = $1");
    sql::one(connection, &query, vec![id.into()]).await?.as_ref().map(read).transpose()
}

pub async fn by_email<C: ConnectionTrait>(connection: &C, email: &str) -> Result<Option<Staff>> {
    let query = format!("SELECT {COLUMNS} FROM staff WHERE email_fold = $1");
    sql::one(connection, &query, vec![fold_email(email).into()]).await?.as_ref().map(read).transpose()
}

/// All staff, disabled ones too, in the order they joined.
pub async fn all<C: ConnectionTrait>(connection: &C) -> Result<Vec<Staff>> {
    let query = format!("SELECT {COLUMNS} FROM staff ORDER BY created_at, id");
    sql::all(connection, &query, vec![]).await?.iter().map(read).collect()
}

pub async fn is_empty<C: ConnectionTrait>(connection: &C) -> Result<bool> {
    Ok(sql::one(connection, "SELECT id FROM staff LIMIT 1", vec![]).await?.is_none())
}

/// Whether somebody other than `id` could still let people in.
pub async fn another_head_of_house<C: ConnectionTrait>(connection: &C, id: &str) -> Result<bool> {
    let query = "SELECT id FROM staff WHERE role = $1 AND workspaces IS NULL AND disabled = $2 AND id <> $3 LIMIT 1";
    let row = sql::one(connection, query, vec![Role::SuperAdmin.as_str().into(), false.into(), id.into()]).await?;
    Ok(row.is_some())
}

/// Lets one change of who is staff happen at a time, so that two people cannot both remove the other as the last super admin.
pub async fn lock(transaction: &Transaction) -> Result<()> {
    if transaction.get_database_backend() == Engine::Postgres.backend() {
        sql::one(transaction, "SELECT pg_advisory_xact_lock(hashtext('staff ' || current_schema()))", vec![]).await?;
    }
    Ok(())
}

pub async fn insert(transaction: &Transaction, staff: &Staff) -> Result<()> {
    let insert = "INSERT INTO staff (id, email, email_fold, name, role, extra_permissions, workspaces, ip_allow_list, locale, time_zone, password_hash, disabled, created_at)
                  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)";
    let values = vec![
        staff.id.clone().into(),
        staff.email.clone().into(),
        fold_email(&staff.email).into(),
        staff.name.clone().into(),
        staff.access.role.as_str().into(),
        json!(staff.access.extra_permissions).to_string().into(),
        staff.access.workspaces.as_ref().map(|slugs| json!(slugs).to_string()).into(),
        json!(staff.access.ip_allow_list).to_string().into(),
        staff.locale.map(language_tag).into(),
        staff.time_zone.clone().into(),
        staff.password_hash.clone().into(),
        staff.disabled.into(),
        staff.created_at.into(),
    ];
    sql::run(transaction, insert, values).await?;
    Ok(())
}

/// Writes who may do what; the rest of the row stays.
pub async fn update_access(transaction: &Transaction, staff: &Staff) -> Result<()> {
    let update = "UPDATE staff SET role = $1, extra_permissions = $2, workspaces = $3, ip_allow_list = $4, disabled = $5 WHERE id = $6";
    let values = vec![
        staff.access.role.as_str().into(),
        json!(staff.access.extra_permissions).to_string().into(),
        staff.access.workspaces.as_ref().map(|slugs| json!(slugs).to_string()).into(),
        json!(staff.access.ip_allow_list).to_string().into(),
        staff.disabled.into(),
        staff.id.clone().into(),
    ];
    sql::run(transaction, update, values).await?;
    Ok(())
}

/// Writes what people decide about themselves.
pub async fn update_profile(transaction: &Transaction, staff: &Staff) -> Result<()> {
    let update = "UPDATE staff SET name = $1, locale = $2, time_zone = $3 WHERE id = $4";
    let values = vec![
        staff.name.clone().into(),
        staff.locale.map(language_tag).into(),
        staff.time_zone.clone().into(),
        staff.id.clone().into(),
    ];
    sql::run(transaction, update, values).await?;
    Ok(())
}

pub async fn update_password<C: ConnectionTrait>(connection: &C, id: &str, hash: &str) -> Result<()> {
    sql::run(connection, "UPDATE staff SET password_hash = $1 WHERE id = $2", vec![hash.into(), id.into()]).await?;
    Ok(())
}

/// The access as the audit log shows it.
pub fn describe(access: &Access) -> Value {
    json!({"role": access.role, "extra_permissions": access.extra_permissions, "workspaces": access.workspaces, "ip_allow_list": access.ip_allow_list})
}

/// The person as the audit log shows them; never with a secret.
pub fn describe_staff(staff: &Staff) -> Value {
    let mut value = describe(&staff.access);
    value["email"] = json!(staff.email);
    value["name"] = json!(staff.name);
    value["disabled"] = json!(staff.disabled);
    value
}

pub fn read(row: &QueryResult) -> Result<Staff> {
    Ok(Staff {
        id: row.get("id")?,
        email: row.get("email")?,
        name: row.get("name")?,
        access: read_access(row)?,
        locale: row.get::<Option<String>>("locale")?.and_then(|tag| language(&tag)),
        time_zone: row.get("time_zone")?,
        password_hash: row.get("password_hash")?,
        disabled: row.get("disabled")?,
        created_at: row.get("created_at")?,
        last_login_at: row.get("last_login_at")?,
    })
}

fn language_tag(language: Language) -> &'static str {
    match language {
        Language::En => "en",
        Language::Ru => "ru",
        Language::Uz => "uz",
    }
}

fn language(tag: &str) -> Option<Language> {
    [Language::En, Language::Ru, Language::Uz].into_iter().find(|language| language_tag(*language) == tag)
}

/// The access columns, which `staff` and `invitation` have alike.
pub fn read_access(row: &QueryResult) -> Result<Access> {
    let decode = |column: &str, detail: String| RecordError::Decode { column: column.into(), detail };
    let role: String = row.get("role")?;
    let workspaces: Option<String> = row.get("workspaces")?;
    let extra: Vec<Permission> = serde_json::from_value(row.json("extra_permissions")?)
        .map_err(|error| decode("extra_permissions", error.to_string()))?;
    Ok(Access {
        role: Role::from_str(&role).map_err(|error| decode("role", error.to_string()))?,
        extra_permissions: extra,
        workspaces: workspaces
            .map(|text| serde_json::from_str(&text))
            .transpose()
            .map_err(|error| decode("workspaces", error.to_string()))?,
        ip_allow_list: serde_json::from_value(row.json("ip_allow_list")?)
            .map_err(|error| decode("ip_allow_list", error.to_string()))?,
    })
}
