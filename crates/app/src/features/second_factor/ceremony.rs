use kabinet_records::RecordError;
use kabinet_records::sql::{self, Row};
use serde_json::Value;

use crate::App;
use crate::http::error::{ApiResult, Problem};
use crate::secrets::{Token, token_hash};

/// Five minutes are enough to find the phone.
const LIFETIME_MS: i64 = 5 * 60_000;

/// Something that takes two requests. The caller gets a token that says which, the state stays here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ceremony {
    /// The password was right, the second factor is still missing.
    SecondStep,
    /// A passkey is being added by a signed-in person.
    Registration,
    /// A known person signs in with one of their passkeys.
    KnownSignIn,
    /// Somebody signs in with a passkey that says who they are.
    UnknownSignIn,
}

impl Ceremony {
    fn as_str(self) -> &'static str {
        match self {
            Ceremony::SecondStep => "second_step",
            Ceremony::Registration => "registration",
            Ceremony::KnownSignIn => "known_sign_in",
            Ceremony::UnknownSignIn => "unknown_sign_in",
        }
    }

    fn of_name(name: &str) -> Option<Ceremony> {
        [Ceremony::SecondStep, Ceremony::Registration, Ceremony::KnownSignIn, Ceremony::UnknownSignIn]
            .into_iter()
            .find(|kind| kind.as_str() == name)
    }
}

/// A ceremony under way.
pub struct Pending {
    pub kind: Ceremony,
    pub staff_id: Option<String>,
    pub state: Value,
}

/// Remembers the state and returns the token that leads back to it.
pub async fn begin(app: &App, kind: Ceremony, staff_id: Option<&str>, state: &Value) -> ApiResult<String> {
    let now = app.clock.now_ms();
    let token = Token::fresh();
    let insert = "INSERT INTO ceremony (token_hash, kind, staff_id, state, expires_at) VALUES ($1, $2, $3, $4, $5)";
    let values = vec![
        token.hash.into(),
        kind.as_str().into(),
        staff_id.map(str::to_owned).into(),
        state.to_string().into(),
        (now + LIFETIME_MS).into(),
    ];
    app.control.write("DELETE FROM ceremony WHERE expires_at <= $1", vec![now.into()]).await?;
    app.control.write(insert, values).await?;
    Ok(token.text)
}

/// Who a ceremony belongs to, without ending it.
pub async fn peek(app: &App, kind: Ceremony, token: &str) -> ApiResult<Option<String>> {
    let query = "SELECT staff_id FROM ceremony WHERE token_hash = $1 AND kind = $2 AND expires_at > $3";
    let values = vec![token_hash(token).into(), kind.as_str().into(), app.clock.now_ms().into()];
    match sql::one(app.control.reader(), query, values).await? {
        Some(row) => Ok(row.get("staff_id")?),
        None => Ok(None),
    }
}

/// Takes the state out, so that it serves once. 422 at `pointer` when there is none (any more).
pub async fn finish(app: &App, pointer: &str, token: &str) -> ApiResult<Pending> {
    let transaction = app.control.begin().await?;
    let delete = "DELETE FROM ceremony WHERE token_hash = $1 RETURNING kind, staff_id, state, expires_at";
    let row = sql::one(&transaction, delete, vec![token_hash(token).into()]).await?;
    transaction.commit().await.map_err(RecordError::from)?;
    let over = || Problem::invalid_field(pointer, "This took too long or was used already. Start again.");
    let row = row.ok_or_else(over)?;
    let expires_at: i64 = row.get("expires_at")?;
    let kind: String = row.get("kind")?;
    if expires_at <= app.clock.now_ms() {
        return Err(over());
    }
    Ok(Pending {
        kind: Ceremony::of_name(&kind).ok_or_else(over)?,
        staff_id: row.get("staff_id")?,
        state: row.json("state")?,
    })
}
