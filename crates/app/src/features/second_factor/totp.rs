use fast_qr::convert::svg::SvgBuilder;
use fast_qr::qr::QRBuilder;
use kabinet_records::sql::{self, Row};
use kabinet_records::{RecordError, Transaction};
use serde::Serialize;
use totp_rs::{Builder, Secret, Totp};
use utoipa::ToSchema;

use crate::App;
use crate::features::staff::Staff;
use crate::http::error::{ApiResult, Problem};
use crate::limits;
use crate::secrets::random_bytes;

/// What an authenticator app needs to know.
#[derive(Serialize, ToSchema)]
pub struct Enrolment {
    /// Base32, to type in by hand.
    secret: String,
    otpauth_url: String,
    /// The URL as a QR code: an SVG document.
    qr_svg: String,
}

/// Makes a secret that counts once a code of it was shown. 409 when an app is set up already.
pub async fn enrol(app: &App, staff: &Staff) -> ApiResult<Enrolment> {
    let secret = Secret::from(random_bytes::<20>());
    let base32 = secret.to_base32();
    let totp = build(secret, Some(&staff.email)).map_err(Problem::internal)?;
    let otpauth_url = totp.to_url().map_err(Problem::internal)?;
    let qr = QRBuilder::new(otpauth_url.as_str()).build().map_err(|error| Problem::internal(format!("{error:?}")))?;
    let sealed = app.secrets.seal(&place(&staff.id), &base32);
    let upsert = "INSERT INTO totp (staff_id, sealed_secret, last_step) VALUES ($1, $2, 0)
                  ON CONFLICT (staff_id) DO UPDATE SET sealed_secret = $2, last_step = 0 WHERE totp.confirmed_at IS NULL";
    if app.control.write(upsert, vec![staff.id.clone().into(), sealed.into()]).await? == 0 {
        return Err(Problem::conflict("totp_enabled", "An authenticator app is set up already. Remove it first."));
    }
    Ok(Enrolment { secret: base32, otpauth_url, qr_svg: SvgBuilder::default().to_str(&qr) })
}

/// Puts the secret into force; false when the code is not one of it.
pub async fn confirm(app: &App, transaction: &Transaction, staff_id: &str, code: &str) -> ApiResult<bool> {
    let query = "SELECT sealed_secret FROM totp WHERE staff_id = $1 AND confirmed_at IS NULL";
    let Some(row) = sql::one(transaction, query, vec![staff_id.into()]).await? else {
        return Err(Problem::conflict(
            "totp_not_started",
            "Ask for a secret first, and show it to your authenticator app.",
        ));
    };
    let now = app.clock.now_ms();
    let Some(step) = step_of(app, staff_id, &row.get::<String>("sealed_secret")?, code)? else { return Ok(false) };
    let update = "UPDATE totp SET confirmed_at = $1, last_step = $2 WHERE staff_id = $3";
    sql::run(transaction, update, vec![now.into(), step.into(), staff_id.into()]).await?;
    Ok(true)
}

/// Whether the code is right now and was not used before. A right code is used up by this.
pub async fn use_code(app: &App, staff_id: &str, code: &str) -> ApiResult<bool> {
    limits::take(app, &limits::SECOND_FACTOR, staff_id).await?;
    let query = "SELECT sealed_secret FROM totp WHERE staff_id = $1 AND confirmed_at IS NOT NULL";
    let Some(row) = sql::one(app.control.reader(), query, vec![staff_id.into()]).await? else { return Ok(false) };
    let Some(step) = step_of(app, staff_id, &row.get::<String>("sealed_secret")?, code)? else { return Ok(false) };
    let update = "UPDATE totp SET last_step = $1 WHERE staff_id = $2 AND last_step < $1";
    let is_new = app.control.write(update, vec![step.into(), staff_id.into()]).await? == 1;
    if is_new {
        limits::forget(app, &limits::SECOND_FACTOR, staff_id).await?;
    }
    Ok(is_new)
}

/// Forgets the app. False when none was set up.
pub async fn remove(transaction: &Transaction, staff_id: &str) -> Result<bool, RecordError> {
    let delete = "DELETE FROM totp WHERE staff_id = $1 AND confirmed_at IS NOT NULL";
    Ok(sql::run(transaction, delete, vec![staff_id.into()]).await? == 1)
}

/// The 30-second step the code belongs to: this one, or the one before or after it.
fn step_of(app: &App, staff_id: &str, sealed: &str, code: &str) -> ApiResult<Option<i64>> {
    let base32 = app.secrets.open(&place(staff_id), sealed).map_err(Problem::internal)?;
    let secret = Secret::try_from_base32(&base32).map_err(Problem::internal)?;
    let totp = build(secret, None).map_err(Problem::internal)?;
    let digits: String = code.chars().filter(|character| !character.is_whitespace()).collect();
    let seconds = u64::try_from(app.clock.now_ms() / 1_000).unwrap_or(0);
    Ok(totp.check(&digits, seconds).and_then(|step| i64::try_from(step).ok()))
}

fn build(secret: Secret, email: Option<&str>) -> Result<Totp, totp_rs::TotpError> {
    let builder = Builder::new().with_secret(secret).with_issuer(Some("Kabinet"));
    match email {
        Some(email) => builder.with_account_name(email).build(),
        None => builder.build(),
    }
}

fn place(staff_id: &str) -> String {
    format!("instance|totp|secret|{staff_id}")
}
