//! Authenticator apps and recovery codes.

use kabinet_app::features::staff;
use kabinet_app::http::access::{Actor, RequestFacts};
use kabinet_model::role::Role;
use serde_json::{Value, json};
use totp_rs::{Builder, Secret};

use crate::both_engines;
use crate::browser::{Browser, PASSWORD, email_of};
use crate::support::{self, TestApp};

const STEP: i64 = 30_000;

/// The code an authenticator app shows now.
fn code(app: &TestApp, secret: &str) -> String {
    let totp = Builder::new().with_secret(Secret::try_from_base32(secret).unwrap()).build().unwrap();
    totp.generate(u64::try_from(app.clock.now_ms() / 1_000).unwrap()).to_string()
}

/// Sets an authenticator app up and returns its secret and the recovery codes.
async fn enrolled(app: &TestApp, browser: &Browser) -> (String, Vec<String>) {
    let enrolment = browser.post("/api/v1/me/totp", json!({"password": PASSWORD})).await.expect(200);
    let secret = enrolment["secret"].as_str().unwrap().to_owned();
    let codes = browser.put("/api/v1/me/totp", json!({"code": code(app, &secret)})).await.expect(200);
    (secret, serde_json::from_value(codes["recovery_codes"].clone()).unwrap())
}

fn form(role: Role, key: &str, value: &str) -> Value {
    json!({"email": email_of(role), "password": PASSWORD, key: value})
}

both_engines! {
    // spec: B004
    async fn an_authenticator_app_is_a_second_factor(app: TestApp) {
        let browser = app.signed_in(Role::Support).await;
        browser.post("/api/v1/me/totp", json!({"password": "wrong horse battery"})).await.problem(422, "wrong_password");
        browser.put("/api/v1/me/totp", json!({"code": "000000"})).await.problem(409, "totp_not_started");
        let enrolment = browser.post("/api/v1/me/totp", json!({"password": PASSWORD})).await.expect(200);
        assert!(enrolment["otpauth_url"].as_str().unwrap().starts_with("otpauth://totp/Kabinet:support%40example.com?secret="), "{enrolment}");
        assert!(enrolment["qr_svg"].as_str().unwrap().starts_with("<svg"));
        let secret = enrolment["secret"].as_str().unwrap();
        browser.put("/api/v1/me/totp", json!({"code": "000000"})).await.problem(422, "wrong_code");
        Browser::new(&app).sign_in(&email_of(Role::Support)).await.expect(201);

        let confirmed = browser.put("/api/v1/me/totp", json!({"code": code(&app, secret)})).await;
        assert!(confirmed.cookie.is_some(), "a new token");
        assert_eq!(confirmed.expect(200)["recovery_codes"].as_array().unwrap().len(), 10);
        let session = browser.get("/api/v1/session").await.expect(200);
        assert_eq!(session["staff"]["second_factor"], json!({"totp": true, "passkeys": 0, "recovery_codes_left": 10}));
        browser.post("/api/v1/me/totp", json!({"password": PASSWORD})).await.problem(409, "totp_enabled");

        let second = Browser::new(&app);
        let asked = second.sign_in(&email_of(Role::Support)).await.problem(401, "second_factor_required");
        assert_eq!(asked["methods"], json!(["totp", "recovery_code"]));
        assert!(!second.is_signed_in().await);
        app.pass(STEP);
        second.post("/api/v1/session", form(Role::Support, "code", "000000")).await.problem(401, "invalid_credentials");
        second.post("/api/v1/session", form(Role::Support, "code", &code(&app, secret))).await.expect(201);
    }

    // spec: B004
    async fn a_code_counts_once(app: TestApp) {
        let browser = app.signed_in(Role::Support).await;
        let (secret, _) = enrolled(&app, &browser).await;
        let thief = Browser::new(&app);
        thief.post("/api/v1/session", form(Role::Support, "code", &code(&app, &secret))).await.problem(401, "invalid_credentials");
        app.pass(STEP);
        let seen = code(&app, &secret);
        Browser::new(&app).post("/api/v1/session", form(Role::Support, "code", &seen)).await.expect(201);
        thief.post("/api/v1/session", form(Role::Support, "code", &seen)).await.problem(401, "invalid_credentials");
    }

    // spec: B004
    async fn a_code_is_good_one_step_early_and_late(app: TestApp) {
        let browser = app.signed_in(Role::Support).await;
        let (secret, _) = enrolled(&app, &browser).await;
        app.pass(10 * STEP);
        let late = code(&app, &secret);
        app.pass(2 * STEP);
        browser.post("/api/v1/session", form(Role::Support, "code", &late)).await.problem(401, "invalid_credentials");
        let early = code(&app, &secret);
        app.pass(-STEP);
        let spaced = format!("{} {}", &early[..3], &early[3..]);
        browser.post("/api/v1/session", form(Role::Support, "code", &spaced)).await.expect(201);
    }

    // spec: B004
    async fn codes_cannot_be_guessed(app: TestApp) {
        let browser = app.signed_in(Role::Support).await;
        let (secret, _) = enrolled(&app, &browser).await;
        app.pass(STEP);
        for _ in 0..5 {
            browser.post("/api/v1/session", form(Role::Support, "code", "000000")).await.problem(401, "invalid_credentials");
        }
        let refused = browser.post("/api/v1/session", form(Role::Support, "code", &code(&app, &secret))).await;
        assert_eq!((refused.status.as_u16(), refused.retry_after), (429, Some(60)));
    }

    // spec: B004
    async fn a_recovery_code_lets_in_once(app: TestApp) {
        let browser = app.signed_in(Role::Support).await;
        let (_, codes) = enrolled(&app, &browser).await;
        let second = Browser::new(&app);
        let typed = codes[3].to_uppercase().replace('-', " ");
        let session = second.post("/api/v1/session", form(Role::Support, "recovery_code", &typed)).await.expect(201);
        assert_eq!(session["staff"]["second_factor"]["recovery_codes_left"], 9);
        second.post("/api/v1/session", form(Role::Support, "recovery_code", &codes[3])).await.problem(401, "invalid_credentials");

        let renewed = browser.post("/api/v1/me/recovery-codes", json!({"password": PASSWORD})).await.expect(200);
        assert_eq!(renewed["recovery_codes"].as_array().unwrap().len(), 10);
        second.post("/api/v1/session", form(Role::Support, "recovery_code", &codes[4])).await.problem(401, "invalid_credentials");
        second.post("/api/v1/session", form(Role::Support, "recovery_code", renewed["recovery_codes"][0].as_str().unwrap())).await.expect(201);
    }

    // spec: B004
    async fn removing_the_app_takes_password_and_code(app: TestApp) {
        let browser = app.signed_in(Role::Support).await;
        let (secret, _) = enrolled(&app, &browser).await;
        app.pass(STEP);
        let remove = |password: &str, code: &str| browser.send(reqwest::Method::DELETE, "/api/v1/me/totp", json!({"password": password, "code": code}));
        remove("wrong horse battery", &code(&app, &secret)).await.problem(422, "wrong_password");
        remove(PASSWORD, "000000").await.problem(422, "wrong_code");
        remove(PASSWORD, &code(&app, &secret)).await.expect(204);
        Browser::new(&app).sign_in(&email_of(Role::Support)).await.expect(201);
    }

    // spec: B004
    async fn the_operator_can_let_in_who_lost_everything(app: TestApp) {
        let browser = app.signed_in(Role::Support).await;
        enrolled(&app, &browser).await;
        staff::reset_second_factor(&app.app, &email_of(Role::Support), &Actor::cli(), &RequestFacts::default()).await.unwrap();
        assert!(!browser.is_signed_in().await);
        browser.sign_in(&email_of(Role::Support)).await.expect(201);
    }

    // spec: B004
    async fn the_secret_is_sealed_in_the_database(app: TestApp) {
        let browser = app.signed_in(Role::Support).await;
        let (secret, _) = enrolled(&app, &browser).await;
        let row = kabinet_records::sql::one(app.app.control.reader(), "SELECT sealed_secret FROM totp", vec![]).await.unwrap().unwrap();
        let stored: String = kabinet_records::sql::Row::get(&row, "sealed_secret").unwrap();
        assert!(!stored.contains(&secret));
    }
}
