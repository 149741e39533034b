//! Passkeys, through the whole ceremony.

use kabinet_app::config::Config;
use kabinet_model::role::Role;
use reqwest::Method;
use serde_json::{Value, json};

use crate::authenticator::Authenticator;
use crate::both_engines;
use crate::browser::{Browser, PASSWORD, email_of};
use crate::support::{self, TestApp};

/// Adds a passkey to the person of this browser.
async fn added(app: &TestApp, browser: &Browser) -> Authenticator {
    let options = browser.post("/api/v1/me/passkeys/options", json!({"password": PASSWORD})).await.expect(200);
    let (authenticator, credential) = Authenticator::create(&app.app.config.public_url, &options);
    let body = json!({"state": options["state"], "name": "Laptop", "credential": credential});
    browser.post("/api/v1/me/passkeys", body).await.expect(201);
    authenticator
}

async fn options(browser: &Browser, challenge: Option<&Value>) -> Value {
    let body = challenge.map_or(json!({}), |challenge| json!({"challenge": challenge}));
    browser.post("/api/v1/session/passkey/options", body).await.expect(200)
}

both_engines! {
    // spec: B004
    async fn a_passkey_signs_in_without_a_password(app: TestApp) {
        let browser = app.signed_in(Role::Support).await;
        let mut passkey = added(&app, &browser).await;
        let listed = browser.get("/api/v1/me/passkeys").await.expect(200);
        assert_eq!((listed["data"][0]["name"].as_str(), listed["data"][0]["last_used_at"].as_str()), (Some("Laptop"), None));

        let visitor = Browser::new(&app);
        let asked = options(&visitor, None).await;
        let shown = json!({"state": asked["state"], "credential": passkey.get(&asked)});
        let session = visitor.post("/api/v1/session/passkey", shown.clone()).await.expect(201);
        assert_eq!(session["staff"]["email"], email_of(Role::Support));
        assert!(visitor.is_signed_in().await);
        let listed = browser.get("/api/v1/me/passkeys").await.expect(200);
        assert_eq!(listed["data"][0]["last_used_at"], "2026-03-10T12:00:00.000Z");

        let replayed = Browser::new(&app).post("/api/v1/session/passkey", shown).await.problem(422, "invalid");
        assert_eq!(replayed["errors"][0]["pointer"], "/state", "a ceremony serves once");
    }

    // spec: B004
    async fn a_passkey_is_a_second_factor(app: TestApp) {
        let browser = app.signed_in(Role::Support).await;
        let mut passkey = added(&app, &browser).await;
        let visitor = Browser::new(&app);
        let required = visitor.sign_in(&email_of(Role::Support)).await.problem(401, "second_factor_required");
        assert_eq!(required["methods"], json!(["passkey"]));
        let asked = options(&visitor, Some(&required["challenge"])).await;
        assert_eq!(asked["publicKey"]["allowCredentials"].as_array().unwrap().len(), 1);
        visitor.post("/api/v1/session/passkey", json!({"state": asked["state"], "credential": passkey.get(&asked)})).await.expect(201);

        app.pass(5 * 60_000);
        visitor.post("/api/v1/session/passkey/options", json!({"challenge": required["challenge"]})).await.problem(422, "invalid");
    }

    // spec: B004
    async fn what_is_not_the_passkey_is_refused(app: TestApp) {
        let browser = app.signed_in(Role::Support).await;
        let mut passkey = added(&app, &browser).await;
        let visitor = Browser::new(&app);
        let refused = async |shown: Value| visitor.post("/api/v1/session/passkey", shown).await.problem(401, "invalid_credentials");

        let (first, second) = (options(&visitor, None).await, options(&visitor, None).await);
        refused(json!({"state": second["state"], "credential": passkey.get(&first)})).await;

        let asked = options(&visitor, None).await;
        let mut altered = passkey.get(&asked);
        altered["response"]["signature"] = json!("MEUCIQDx");
        refused(json!({"state": asked["state"], "credential": altered})).await;

        let asked = options(&visitor, None).await;
        passkey.verifies_user = false;
        refused(json!({"state": asked["state"], "credential": passkey.get(&asked)})).await;
        passkey.verifies_user = true;

        let asked = options(&visitor, None).await;
        let (mut stranger, _) = Authenticator::create(&app.app.config.public_url, &json!({"publicKey": {"challenge": "x", "user": {"id": passkey.user_handle}, "rp": {"id": "localhost"}}}));
        refused(json!({"state": asked["state"], "credential": stranger.get(&asked)})).await;

        let other = app.signed_in(Role::Analyst).await;
        let analyst = other.get("/api/v1/session").await.expect(200);
        let asked = options(&visitor, None).await;
        let own = std::mem::replace(&mut passkey.user_handle, handle(&analyst));
        refused(json!({"state": asked["state"], "credential": passkey.get(&asked)})).await;
        passkey.user_handle = own;

        let asked = options(&visitor, None).await;
        visitor.post("/api/v1/session/passkey", json!({"state": asked["state"], "credential": passkey.get(&asked)})).await.expect(201);
    }

    // spec: B004
    async fn another_site_cannot_use_the_passkey(app: TestApp) {
        let browser = app.signed_in(Role::Support).await;
        let options = browser.post("/api/v1/me/passkeys/options", json!({"password": PASSWORD})).await.expect(200);
        let (_, credential) = Authenticator::create("https://evil.example", &options);
        let body = json!({"state": options["state"], "name": "Laptop", "credential": credential});
        let refused = browser.post("/api/v1/me/passkeys", body).await.problem(422, "invalid");
        assert_eq!(refused["errors"][0]["pointer"], "/credential");
    }

    // spec: B004
    async fn passkeys_belong_to_one_person_and_can_be_removed(app: TestApp) {
        let browser = app.signed_in(Role::Support).await;
        let other = app.signed_in(Role::Analyst).await;
        let options = browser.post("/api/v1/me/passkeys/options", json!({"password": PASSWORD})).await.expect(200);
        let (_, credential) = Authenticator::create(&app.app.config.public_url, &options);
        let body = json!({"state": options["state"], "name": "Laptop", "credential": credential});
        other.post("/api/v1/me/passkeys", body).await.problem(422, "invalid");

        added(&app, &browser).await;
        let id = browser.get("/api/v1/me/passkeys").await.body["data"][0]["id"].as_str().unwrap().to_owned();
        let path = format!("/api/v1/me/passkeys/{id}");
        other.send(Method::DELETE, &path, json!({"password": PASSWORD})).await.problem(404, "not_found");
        browser.send(Method::DELETE, &path, json!({"password": "wrong horse battery"})).await.problem(422, "wrong_password");
        browser.send(Method::DELETE, &path, json!({"password": PASSWORD})).await.expect(204);
        Browser::new(&app).sign_in(&email_of(Role::Support)).await.expect(201);
    }
}

/// A person's id as passkeys know it.
fn handle(session: &Value) -> String {
    use base64::Engine as _;
    let id: uuid::Uuid = session["staff"]["id"].as_str().unwrap().parse().unwrap();
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(id.as_bytes())
}

// spec: B004
#[tokio::test]
async fn passkeys_need_a_name_instead_of_an_address() {
    let by_address = |config: &mut Config| config.public_url = config.public_url.replace("localhost", "127.0.0.1");
    let app = TestApp::start_with(support::Engine::Sqlite, by_address).await;
    let browser = app.signed_in(Role::Support).await;
    let refused = browser
        .post("/api/v1/me/passkeys/options", json!({"password": PASSWORD}))
        .await
        .problem(409, "passkeys_unavailable");
    assert!(refused["detail"].as_str().unwrap().contains("public_url"));
}
