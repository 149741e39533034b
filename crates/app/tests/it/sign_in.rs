//! The first run, signing in and out, sessions, limits, forged requests, forgotten passwords.

use std::sync::{Arc, Mutex};

use kabinet_app::App;
use kabinet_app::features::setup;
use kabinet_app::features::staff::{self, Access, PasswordCost};
use kabinet_app::limits;
use kabinet_app::mailer::{Mail, MailError, Mailer};
use kabinet_model::role::Role;
use kabinet_testing::eventually;
use reqwest::Method;
use serde_json::{Value, json};

use crate::both_engines;
use crate::browser::{Browser, PASSWORD, email_of};
use crate::support::{self, TestApp};

const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;

/// Keeps the mails instead of sending them.
#[derive(Default)]
pub struct Mailbox(Mutex<Vec<Mail>>);

#[async_trait::async_trait]
impl Mailer for Mailbox {
    async fn send(&self, mail: Mail) -> Result<(), MailError> {
        self.0.lock().unwrap().push(mail);
        Ok(())
    }
}

impl Mailbox {
    pub fn of(app: &TestApp) -> Arc<Mailbox> {
        let mailbox = Arc::new(Mailbox::default());
        app.app.desk.set_mailer(mailbox.clone());
        mailbox
    }

    /// The next mail's link, once it is there.
    pub async fn link(&self) -> String {
        let mail = eventually("a mail", async || self.0.lock().unwrap().pop()).await;
        mail.text.split_whitespace().find(|word| word.starts_with("http")).unwrap().to_owned()
    }

    fn is_empty(&self) -> bool {
        self.0.lock().unwrap().is_empty()
    }
}

async fn hired(app: &TestApp, role: Role) -> String {
    app.hire(&email_of(role), Access { role, ..Access::everything() }).await
}

both_engines! {
    // spec: B004
    async fn the_first_person_comes_in_with_the_token_from_the_console(app: TestApp) {
        let browser = Browser::new(&app);
        assert_eq!(browser.get("/api/v1/setup").await.expect(200), json!({"needed": true}));
        let older = setup::renew_token(&app.app).await.unwrap().unwrap();
        let link = setup::renew_token(&app.app).await.unwrap().unwrap();
        let form = |link: &str| json!({"token": link.rsplit_once("token=").unwrap().1, "email": "anna@example.com", "name": "Анна", "password": PASSWORD});

        browser.post("/api/v1/setup", form(&older)).await.problem(401, "wrong_setup_token");
        let session = browser.post("/api/v1/setup", form(&link)).await.expect(201);
        assert_eq!(session["staff"]["role"], "super_admin");
        assert_eq!(session["workspaces"][0]["slug"], "replies");
        assert!(browser.is_signed_in().await);

        browser.post("/api/v1/setup", form(&link)).await.problem(409, "setup_done");
        assert!(setup::renew_token(&app.app).await.unwrap().is_none());
    }

    // spec: B004
    async fn a_session_is_a_cookie_that_ends(app: TestApp) {
        hired(&app, Role::Support).await;
        let browser = Browser::new(&app);
        let answer = browser.sign_in("SUPPORT@example.com ").await;
        let cookie = answer.cookie.clone().unwrap();
        assert!(cookie.starts_with("kabinet=") && cookie.ends_with("; Path=/; HttpOnly; SameSite=Lax"), "{cookie}");
        let session = answer.expect(201);
        assert_eq!(session["staff"]["permissions"], json!(Role::Support.permissions()));
        assert_eq!(session["staff"]["last_login_at"], "2026-03-10T12:00:00.000Z");
        assert_eq!(session["expires_at"], "2026-03-11T00:00:00.000Z");
        assert_eq!(session["workspaces"][0]["name"].as_object().unwrap().len(), 3);

        browser.delete("/api/v1/session").await.expect(204);
        assert!(!browser.is_signed_in().await);
        let request = browser.request(Method::GET, "/api/v1/session").header("cookie", cookie.split(';').next().unwrap());
        assert_eq!(request.send().await.unwrap().status(), 401, "the token is dead, not only forgotten");
    }

    // spec: B004
    async fn rest_and_age_end_a_session(app: TestApp) {
        let browser = app.signed_in(Role::SuperAdmin).await;
        app.pass(29 * MINUTE);
        assert!(browser.is_signed_in().await);
        app.pass(30 * MINUTE);
        assert!(!browser.is_signed_in().await, "half an hour of rest");
        browser.sign_in(&email_of(Role::SuperAdmin)).await.expect(201);
        for _ in 0..24 {
            assert!(browser.is_signed_in().await);
            app.pass(29 * MINUTE + 59_000);
        }
        app.pass(MINUTE);
        assert!(!browser.is_signed_in().await, "twelve hours");
    }

    // spec: B004
    async fn only_people_without_admin_rights_are_remembered(app: TestApp) {
        for (role, is_kept) in [(Role::Analyst, true), (Role::SuperAdmin, false)] {
            hired(&app, role).await;
            let browser = Browser::new(&app);
            let form = json!({"email": email_of(role), "password": PASSWORD, "remember": true});
            let answer = browser.post("/api/v1/session", form).await;
            assert_eq!(answer.cookie.unwrap().contains("Max-Age=2592000"), is_kept);
            app.pass(10 * 24 * HOUR);
            assert_eq!(browser.is_signed_in().await, is_kept);
        }
    }

    // spec: B004
    async fn wrong_credentials_get_one_answer(app: TestApp) {
        let id = hired(&app, Role::Support).await;
        let browser = Browser::new(&app);
        let wrong = browser.post("/api/v1/session", json!({"email": email_of(Role::Support), "password": "wrong horse battery"})).await.problem(401, "invalid_credentials");
        let unknown = browser.post("/api/v1/session", json!({"email": "nobody@example.com", "password": PASSWORD})).await.problem(401, "invalid_credentials");
        assert_eq!(wrong["detail"], unknown["detail"]);

        let admin = app.signed_in(Role::SuperAdmin).await;
        admin.patch(&format!("/api/v1/staff/{id}"), json!({"disabled": true})).await.expect(200);
        let disabled = browser.sign_in(&email_of(Role::Support)).await.problem(401, "invalid_credentials");
        assert_eq!(disabled["detail"], unknown["detail"]);
        let log = admin.get("/api/v1/audit?action=session.refuse").await.expect(200);
        assert_eq!(log["data"].as_array().unwrap().len(), 3);
        assert_eq!(log["data"][1]["entity"]["id"], "unknown", "what was typed is not kept: it may be a password");
        assert_eq!(log["data"][2]["entity"]["id"], id);
    }

    // spec: B004
    async fn guessing_is_slowed_down_and_a_restart_does_not_help(app: TestApp) {
        hired(&app, Role::Support).await;
        let browser = Browser::new(&app);
        let wrong = || json!({"email": email_of(Role::Support), "password": "wrong horse battery"});
        for _ in 0..5 {
            browser.post("/api/v1/session", wrong()).await.problem(401, "invalid_credentials");
        }
        let refused = browser.sign_in(&email_of(Role::Support)).await;
        assert_eq!(refused.retry_after, Some(12));
        refused.problem(429, "rate_limited");
        browser.sign_in("somebody.else@example.com").await.problem(401, "invalid_credentials");

        let restarted = App::open_control(app.app.config.clone(), app.clock.clone()).await.unwrap();
        let counted = limits::take(&restarted, &limits::LOGIN_BY_ACCOUNT, &email_of(Role::Support)).await;
        assert_eq!(counted.unwrap_err().status, 429);

        app.pass(12_000);
        browser.post("/api/v1/session", wrong()).await.problem(401, "invalid_credentials");
        app.pass(12_000);
        assert_eq!(browser.post("/api/v1/session", wrong()).await.retry_after, Some(1), "the sixth failure in a row costs a second more");
        app.pass(1_000);
        browser.sign_in(&email_of(Role::Support)).await.expect(201);
        for _ in 0..4 {
            browser.sign_in(&email_of(Role::Support)).await.expect(201);
        }
    }

    // spec: B004
    async fn one_address_has_twenty_tries_a_minute(app: TestApp) {
        let browser = Browser::new(&app);
        for number in 0..20 {
            browser.sign_in(&format!("somebody{number}@example.com")).await.problem(401, "invalid_credentials");
        }
        let refused = browser.sign_in("somebody20@example.com").await;
        assert_eq!((refused.status.as_u16(), refused.retry_after), (429, Some(3)));
    }

    // spec: B005
    async fn forged_requests_are_refused(app: TestApp) {
        let browser = app.signed_in(Role::Support).await;
        let change = |request: reqwest::RequestBuilder| async { request.json(&json!({"name": "Mallory"})).send().await.unwrap().status().as_u16() };
        let to_me = || browser.request(Method::PATCH, "/api/v1/me");
        assert_eq!(change(to_me().header("origin", "https://evil.example")).await, 403);
        assert_eq!(change(to_me().header("sec-fetch-site", "cross-site")).await, 403);
        let as_form = to_me().header("content-type", "text/plain").body("{\"name\": \"Mallory\"}").send().await.unwrap();
        assert_eq!(as_form.status(), 403);
        assert_eq!(change(to_me().header("origin", &app.app.config.public_url).header("sec-fetch-site", "same-origin")).await, 200);
        let sign_in = browser.request(Method::POST, "/api/v1/session").header("origin", "https://evil.example");
        let sign_in = sign_in.json(&json!({"email": email_of(Role::Support), "password": PASSWORD})).send().await.unwrap();
        assert_eq!(sign_in.status(), 403, "nobody is signed in as somebody else from another site");
    }

    // spec: B004
    async fn people_see_and_end_their_sessions(app: TestApp) {
        let first = app.signed_in(Role::Support).await;
        let second = Browser::new(&app);
        second.sign_in(&email_of(Role::Support)).await.expect(201);
        let third = Browser::new(&app);
        third.sign_in(&email_of(Role::Support)).await.expect(201);

        let sessions = first.get("/api/v1/me/sessions").await.expect(200);
        let sessions = sessions["data"].as_array().unwrap();
        assert_eq!(sessions.len(), 3);
        assert_eq!(sessions[0]["ip"], "127.0.0.1");
        let current: Vec<_> = sessions.iter().filter(|session| session["current"] == true).collect();
        assert_eq!(current.len(), 1);

        let of_second = second.get("/api/v1/me/sessions").await.expect(200);
        let id = of_second["data"].as_array().unwrap().iter().find(|session| session["current"] == true).unwrap()["id"].as_str().unwrap().to_owned();
        first.delete(&format!("/api/v1/me/sessions/{id}")).await.expect(204);
        assert!(!second.is_signed_in().await && third.is_signed_in().await);
        first.delete("/api/v1/me/sessions").await.expect(204);
        assert!(first.is_signed_in().await && !third.is_signed_in().await);
        let somebody = app.signed_in(Role::Analyst).await;
        first.delete(&format!("/api/v1/me/sessions/{}", somebody.get("/api/v1/me/sessions").await.body["data"][0]["id"].as_str().unwrap())).await.problem(404, "not_found");
    }

    // spec: B004
    async fn a_changed_password_ends_the_other_sessions(app: TestApp) {
        let browser = app.signed_in(Role::Support).await;
        let other = Browser::new(&app);
        let cookie = other.sign_in(&email_of(Role::Support)).await.cookie;
        let change = |current: &str, new: &str| json!({"current_password": current, "password": new});
        browser.put("/api/v1/me/password", change("wrong horse battery", "new horse battery")).await.problem(422, "wrong_password");
        let weak = browser.put("/api/v1/me/password", change(PASSWORD, "password1234")).await.problem(422, "invalid");
        assert_eq!(weak["errors"][0]["pointer"], "/password");

        let changed = browser.put("/api/v1/me/password", change(PASSWORD, "new horse battery")).await;
        assert!(changed.cookie.is_some() && changed.cookie != cookie, "a new token");
        changed.expect(204);
        assert!(browser.is_signed_in().await && !other.is_signed_in().await);
        other.sign_in(&email_of(Role::Support)).await.problem(401, "invalid_credentials");
    }

    // spec: B004
    async fn a_forgotten_password_is_replaced_by_mail(app: TestApp) {
        let browser = app.signed_in(Role::Support).await;
        let mailbox = Mailbox::of(&app);
        let stranger = Browser::new(&app);
        stranger.post("/api/v1/password-reset", json!({"email": "nobody@example.com"})).await.expect(202);
        stranger.post("/api/v1/password-reset", json!({"email": email_of(Role::Support)})).await.expect(202);
        let link = mailbox.link().await;
        assert!(mailbox.is_empty(), "nobody@example.com got none");
        let choose = |password: &str| json!({"token": link.rsplit_once("token=").unwrap().1, "password": password});

        stranger.put("/api/v1/password-reset", choose("short")).await.problem(422, "invalid");
        stranger.put("/api/v1/password-reset", choose("another horse battery")).await.expect(204);
        assert!(!browser.is_signed_in().await, "all sessions end");
        assert!(!stranger.is_signed_in().await, "and none begins");
        stranger.put("/api/v1/password-reset", choose("third horse battery")).await.problem(422, "reset_link_over");
        stranger.post("/api/v1/session", json!({"email": email_of(Role::Support), "password": "another horse battery"})).await.expect(201);

        stranger.post("/api/v1/password-reset", json!({"email": email_of(Role::Support)})).await.expect(202);
        let link = mailbox.link().await;
        app.pass(HOUR);
        let late = json!({"token": link.rsplit_once("token=").unwrap().1, "password": "fourth horse battery"});
        stranger.put("/api/v1/password-reset", late).await.problem(422, "reset_link_over");
    }

    // spec: B004
    async fn mails_are_limited_for_known_and_unknown_addresses_alike(app: TestApp) {
        hired(&app, Role::Support).await;
        for email in [email_of(Role::Support), "nobody@example.com".to_owned()] {
            let browser = Browser::new(&app);
            for _ in 0..3 {
                browser.post("/api/v1/password-reset", json!({"email": email})).await.expect(202);
            }
            browser.post("/api/v1/password-reset", json!({"email": email})).await.problem(429, "rate_limited");
        }
    }

    // spec: B004
    async fn a_hash_is_made_anew_when_its_cost_has_risen(app: TestApp) {
        hired(&app, Role::Support).await;
        let cheaper = staff::Passwords::new(PasswordCost { memory_kib: 32, passes: 1 }).hash(PASSWORD).await.unwrap();
        let id = staff::by_email(app.app.control.reader(), &email_of(Role::Support)).await.unwrap().unwrap().id;
        staff::update_password(app.app.control.writer(), &id, &cheaper).await.unwrap();
        Browser::new(&app).sign_in(&email_of(Role::Support)).await.expect(201);
        let query = "SELECT password_hash FROM staff WHERE id = $1";
        let row = kabinet_records::sql::one(app.app.control.reader(), query, vec![id.into()]).await.unwrap().unwrap();
        let hash: String = kabinet_records::sql::Row::get(&row, "password_hash").unwrap();
        assert!(hash.contains("m=64,t=1"), "{hash}");
    }
}

// spec: B004
#[tokio::test]
async fn a_person_may_make_so_many_requests_a_minute() {
    let app = TestApp::start_with(support::Engine::Sqlite, |config| config.staff_requests_per_minute = 3).await;
    let browser = app.signed_in(Role::Support).await;
    let other = app.signed_in(Role::Analyst).await;
    for _ in 0..3 {
        assert!(browser.is_signed_in().await);
    }
    browser.get("/api/v1/session").await.problem(429, "rate_limited");
    assert!(other.is_signed_in().await);
}

// spec: B004
#[tokio::test]
async fn the_cookie_is_locked_to_the_host_over_https() {
    let app =
        TestApp::start_with(support::Engine::Sqlite, |config| config.public_url = "https://kabinet.example.com".into())
            .await;
    hired(&app, Role::Support).await;
    let answer = Browser::new(&app).sign_in(&email_of(Role::Support)).await;
    let cookie = answer.cookie.unwrap();
    assert!(
        cookie.starts_with("__Host-kabinet=") && cookie.ends_with("; Path=/; HttpOnly; SameSite=Lax; Secure"),
        "{cookie}"
    );
    assert_ne!(answer.body, Value::Null);
}
