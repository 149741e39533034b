//! Passkeys (WebAuthn). A passkey asks for the finger or the PIN itself, so it stands for both factors.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use kabinet_records::sql::{self, Row};
use kabinet_records::{ConnectionTrait, RecordError, Transaction};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use uuid::Uuid;
use webauthn_rs::prelude::{
    AuthenticationResult, CredentialID, DiscoverableAuthentication, Passkey as Credential, PasskeyAuthentication,
    PasskeyRegistration, PublicKeyCredential, RegisterPublicKeyCredential, Url, WebauthnError,
};
use webauthn_rs::{Webauthn, WebauthnBuilder};

use super::ceremony::{self, Ceremony, Pending};
use crate::App;
use crate::features::staff::{self, Staff};
use crate::http::error::{ApiResult, Problem};

/// A passkey as its owner sees it.
#[derive(Debug, Clone)]
pub struct Passkey {
    pub id: String,
    pub name: String,
    pub created_at: i64,
    pub last_used_at: Option<i64>,
}

/// The relying party for the instance's own address. Browsers offer passkeys only under a host name, with HTTPS or on localhost.
pub(crate) fn webauthn(public_url: &str) -> Option<Webauthn> {
    let url = Url::parse(public_url).ok()?;
    let host = url.domain()?.to_owned();
    let is_local = host == "localhost" || host.ends_with(".localhost");
    if url.scheme() != "https" && !is_local {
        return None;
    }
    WebauthnBuilder::new(&host, &url).ok()?.rp_name("Kabinet").allow_any_port(is_local).build().ok()
}

fn relying_party(app: &App) -> ApiResult<&Webauthn> {
    app.desk.webauthn.as_ref().ok_or_else(|| {
        Problem::conflict("passkeys_unavailable", "Browsers offer passkeys only under a host name with HTTPS, or on localhost. Open Kabinet under such an address and set public_url to it.")
    })
}

/// The passkeys of a person, oldest first.
pub async fn list<C: ConnectionTrait>(connection: &C, staff_id: &str) -> Result<Vec<Passkey>, RecordError> {
    let query = "SELECT id, name, created_at, last_used_at FROM passkey WHERE staff_id = $1 ORDER BY created_at, id";
    let rows = sql::all(connection, query, vec![staff_id.into()]).await?;
    let read = |row: &kabinet_records::QueryResult| {
        Ok(Passkey {
            id: row.get("id")?,
            name: row.get("name")?,
            created_at: row.get("created_at")?,
            last_used_at: row.get("last_used_at")?,
        })
    };
    rows.iter().map(read).collect()
}

/// Takes a passkey away; `None` when the person has none of this id, else its name.
pub async fn remove(transaction: &Transaction, staff_id: &str, id: &str) -> Result<Option<String>, RecordError> {
    let delete = "DELETE FROM passkey WHERE id = $1 AND staff_id = $2 RETURNING name";
    sql::one(transaction, delete, vec![id.into(), staff_id.into()]).await?.map(|row| row.get("name")).transpose()
}

/// What the browser needs to make a passkey, with the `state` to send back.
pub async fn start_registration(app: &App, staff: &Staff) -> ApiResult<Value> {
    let relying_party = relying_party(app)?;
    let known: Vec<CredentialID> =
        credentials(app, &staff.id).await?.iter().map(|credential| credential.cred_id().clone()).collect();
    let handle = Uuid::parse_str(&staff.id).map_err(Problem::internal)?;
    let (options, state) = relying_party
        .start_passkey_registration(handle, &staff.email, &staff.name, Some(known))
        .map_err(Problem::internal)?;
    let mut options = json!(options);
    // Ask for a passkey that knows whose it is, so that it serves without typing an e-mail address; a key that cannot do so still serves as a second factor.
    options["publicKey"]["authenticatorSelection"]["residentKey"] = json!("preferred");
    let token = ceremony::begin(app, Ceremony::Registration, Some(&staff.id), &json!(state)).await?;
    Ok(with_state(options, token))
}

/// Keeps the passkey the browser made and returns its id.
pub async fn finish_registration(
    app: &App,
    staff: &Staff,
    pending: Pending,
    credential: Value,
    name: &str,
) -> ApiResult<(Passkey, Transaction)> {
    if pending.kind != Ceremony::Registration || pending.staff_id.as_deref() != Some(&staff.id) {
        return Err(Problem::invalid_field("/state", "This belongs to something else. Start again."));
    }
    let state: PasskeyRegistration = serde_json::from_value(pending.state).map_err(Problem::internal)?;
    let response: RegisterPublicKeyCredential = parse(credential)?;
    let made = relying_party(app)?.finish_passkey_registration(&response, &state).map_err(refused)?;
    let now = app.clock.now_ms();
    let passkey =
        Passkey { id: Uuid::now_v7().to_string(), name: name.to_owned(), created_at: now, last_used_at: None };
    let transaction = app.control.begin().await?;
    let insert = "INSERT INTO passkey (id, staff_id, credential_id, name, credential, created_at) VALUES ($1, $2, $3, $4, $5, $6)";
    let values = vec![
        passkey.id.clone().into(),
        staff.id.clone().into(),
        stored_id(made.cred_id()).into(),
        name.into(),
        json!(made).to_string().into(),
        now.into(),
    ];
    sql::run(&transaction, insert, values).await?;
    Ok((passkey, transaction))
}

/// What the browser needs to show a passkey. With the `staff_id` of somebody who gave the right password, one of theirs; else any that knows whose it is.
pub async fn start_sign_in(app: &App, staff_id: Option<&str>) -> ApiResult<Value> {
    let relying_party = relying_party(app)?;
    let (options, token) = match staff_id {
        Some(staff_id) => {
            let known = credentials(app, staff_id).await?;
            let (options, state) = relying_party.start_passkey_authentication(&known).map_err(refused)?;
            (json!(options), ceremony::begin(app, Ceremony::KnownSignIn, Some(staff_id), &json!(state)).await?)
        }
        None => {
            let (options, state) = relying_party.start_discoverable_authentication().map_err(refused)?;
            let mut options = json!(options);
            // The library knows only the form's autofill; the button of the login page asks outright.
            if let Some(options) = options.as_object_mut() {
                options.remove("mediation");
            }
            (options, ceremony::begin(app, Ceremony::UnknownSignIn, None, &json!(state)).await?)
        }
    };
    Ok(with_state(options, token))
}

/// Whose passkey it was that the browser showed; `None` when it is nobody's or the proof is wrong.
pub async fn finish_sign_in(app: &App, pending: Pending, credential: Value) -> ApiResult<Option<Staff>> {
    let response: PublicKeyCredential = parse(credential)?;
    let Some((staff_id, known)) = by_credential_id(app, response.get_credential_id()).await? else { return Ok(None) };
    let relying_party = relying_party(app)?;
    let proof = match pending.kind {
        Ceremony::KnownSignIn if pending.staff_id.as_deref() == Some(&staff_id) => {
            let state: PasskeyAuthentication = serde_json::from_value(pending.state).map_err(Problem::internal)?;
            relying_party.finish_passkey_authentication(&response, &state)
        }
        Ceremony::UnknownSignIn => {
            let (handle, _) = match relying_party.identify_discoverable_authentication(&response) {
                Ok(identified) => identified,
                Err(_) => return Ok(None),
            };
            if handle.to_string() != staff_id {
                return Ok(None);
            }
            let state: DiscoverableAuthentication = serde_json::from_value(pending.state).map_err(Problem::internal)?;
            relying_party.finish_discoverable_authentication_v2(&response, state, &known)
        }
        _ => return Err(Problem::invalid_field("/state", "This belongs to something else. Start again.")),
    };
    match proof {
        Ok(proof) if proof.user_verified() => note_use(app, known, &proof).await?,
        Ok(_) | Err(_) => return Ok(None),
    }
    Ok(staff::by_id(app.control.reader(), &staff_id).await?)
}

/// Keeps the counter by which a copied key is noticed.
async fn note_use(app: &App, mut credential: Credential, proof: &AuthenticationResult) -> ApiResult<()> {
    credential.update_credential(proof);
    let update = "UPDATE passkey SET credential = $1, last_used_at = $2 WHERE credential_id = $3";
    let values =
        vec![json!(credential).to_string().into(), app.clock.now_ms().into(), stored_id(credential.cred_id()).into()];
    app.control.write(update, values).await?;
    Ok(())
}

async fn credentials(app: &App, staff_id: &str) -> ApiResult<Vec<Credential>> {
    let rows =
        sql::all(app.control.reader(), "SELECT credential FROM passkey WHERE staff_id = $1", vec![staff_id.into()])
            .await?;
    rows.iter().map(|row| serde_json::from_value(row.json("credential")?).map_err(Problem::internal)).collect()
}

async fn by_credential_id(app: &App, id: &[u8]) -> ApiResult<Option<(String, Credential)>> {
    let query = "SELECT staff_id, credential FROM passkey WHERE credential_id = $1";
    let Some(row) = sql::one(app.control.reader(), query, vec![stored_id(id).into()]).await? else { return Ok(None) };
    Ok(Some((row.get("staff_id")?, serde_json::from_value(row.json("credential")?).map_err(Problem::internal)?)))
}

fn stored_id(id: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(id)
}

fn with_state(mut options: Value, token: String) -> Value {
    options["state"] = json!(token);
    options
}

fn parse<T: DeserializeOwned>(credential: Value) -> ApiResult<T> {
    serde_json::from_value(credential)
        .map_err(|error| Problem::invalid_field("/credential", format!("This is not what a browser returns: {error}.")))
}

fn refused(error: WebauthnError) -> Problem {
    Problem::invalid_field("/credential", format!("The passkey was not accepted: {error}. Try again."))
}
