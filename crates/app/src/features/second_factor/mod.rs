//! What people prove themselves with beside the password: codes of an authenticator app, passkeys, and recovery codes for the day both are lost.

mod ceremony;
mod passkeys;
mod recovery;
mod totp;

pub use ceremony::{Ceremony, begin, finish, peek};
pub use passkeys::{
    Passkey, finish_registration, finish_sign_in, list as list_passkeys, remove as remove_passkey, start_registration,
    start_sign_in,
};
pub use recovery::{renew as renew_recovery_codes, use_code as use_recovery_code};
pub use totp::{
    Enrolment, confirm as confirm_totp, enrol as enrol_totp, remove as remove_totp, use_code as use_totp_code,
};

pub(crate) use passkeys::webauthn;

use std::collections::HashMap;

use kabinet_records::sql::{self, Row};
use kabinet_records::{ConnectionTrait, Result, Transaction};
use serde::Serialize;
use utoipa::ToSchema;

/// What a person has set up.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct Status {
    pub totp: bool,
    pub passkeys: i64,
    pub recovery_codes_left: i64,
}

impl Status {
    /// Whether the password alone does not let the person in.
    pub fn is_set(&self) -> bool {
        self.totp || self.passkeys > 0
    }

    /// The ways to pass the second step.
    pub fn methods(&self) -> Vec<&'static str> {
        let ways =
            [("totp", self.totp), ("passkey", self.passkeys > 0), ("recovery_code", self.recovery_codes_left > 0)];
        ways.into_iter().filter(|(_, usable)| *usable).map(|(name, _)| name).collect()
    }
}

/// What one person has set up.
pub async fn status<C: ConnectionTrait>(connection: &C, staff_id: &str) -> Result<Status> {
    Ok(statuses(connection, Some(staff_id)).await?.remove(staff_id).unwrap_or_default())
}

/// What everybody has set up, by staff id; people without anything are missing.
pub async fn all_statuses<C: ConnectionTrait>(connection: &C) -> Result<HashMap<String, Status>> {
    statuses(connection, None).await
}

async fn statuses<C: ConnectionTrait>(connection: &C, only: Option<&str>) -> Result<HashMap<String, Status>> {
    let query = "SELECT 'totp' AS what, staff_id, COUNT(*) AS number FROM totp WHERE confirmed_at IS NOT NULL AND ($1 = '' OR staff_id = $1) GROUP BY staff_id
                 UNION ALL SELECT 'passkey', staff_id, COUNT(*) FROM passkey WHERE ($1 = '' OR staff_id = $1) GROUP BY staff_id
                 UNION ALL SELECT 'recovery', staff_id, COUNT(*) FROM recovery_code WHERE ($1 = '' OR staff_id = $1) GROUP BY staff_id";
    let mut statuses: HashMap<String, Status> = HashMap::new();
    for row in sql::all(connection, query, vec![only.unwrap_or("").into()]).await? {
        let (what, staff_id, number): (String, String, i64) =
            (row.get("what")?, row.get("staff_id")?, row.get("number")?);
        let status = statuses.entry(staff_id).or_default();
        match what.as_str() {
            "totp" => status.totp = true,
            "passkey" => status.passkeys = number,
            _ => status.recovery_codes_left = number,
        }
    }
    Ok(statuses)
}

/// Takes everything away from a person who lost it all; the operator's last resort, at the command line.
pub async fn remove_all(transaction: &Transaction, staff_id: &str) -> Result<()> {
    for table in ["totp", "passkey", "recovery_code"] {
        sql::run(transaction, &format!("DELETE FROM {table} WHERE staff_id = $1"), vec![staff_id.into()]).await?;
    }
    Ok(())
}
