//! Staff of a test instance, and browsers in which they are signed in.

use kabinet_app::features::staff::{self, Access, Added, NewStaff};
use kabinet_app::http::access::{Actor, RequestFacts};
use kabinet_model::role::Role;
use reqwest::{Method, RequestBuilder, Response, StatusCode};
use serde_json::{Value, json};

use crate::support::TestApp;

pub const PASSWORD: &str = "correct horse battery";

/// A browser: keeps its cookies, and speaks like the panel.
#[derive(Clone)]
pub struct Browser {
    http: reqwest::Client,
    url: String,
}

impl Browser {
    pub fn new(app: &TestApp) -> Browser {
        Browser { http: reqwest::Client::builder().cookie_store(true).build().unwrap(), url: app.url.clone() }
    }

    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.http.request(method, format!("{}{path}", self.url)).header("X-Kabinet", "1")
    }

    pub async fn get(&self, path: &str) -> Answer {
        Answer::of(self.request(Method::GET, path).send().await.unwrap()).await
    }

    pub async fn post(&self, path: &str, body: Value) -> Answer {
        self.send(Method::POST, path, body).await
    }

    pub async fn put(&self, path: &str, body: Value) -> Answer {
        self.send(Method::PUT, path, body).await
    }

    pub async fn patch(&self, path: &str, body: Value) -> Answer {
        self.send(Method::PATCH, path, body).await
    }

    pub async fn delete(&self, path: &str) -> Answer {
        Answer::of(self.request(Method::DELETE, path).send().await.unwrap()).await
    }

    pub async fn send(&self, method: Method, path: &str, body: Value) -> Answer {
        Answer::of(self.request(method, path).json(&body).send().await.unwrap()).await
    }

    /// Signs in with the password every test person has.
    pub async fn sign_in(&self, email: &str) -> Answer {
        self.post("/api/v1/session", json!({"email": email, "password": PASSWORD})).await
    }

    pub async fn is_signed_in(&self) -> bool {
        self.get("/api/v1/session").await.status == StatusCode::OK
    }
}

/// Status, body and cookie of an answer.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub body: Value,
    pub cookie: Option<String>,
    pub retry_after: Option<u64>,
}

impl Answer {
    async fn of(response: Response) -> Answer {
        let header = |name: &str| response.headers().get(name).map(|value| value.to_str().unwrap().to_owned());
        let (cookie, retry_after) = (header("set-cookie"), header("retry-after").map(|text| text.parse().unwrap()));
        let status = response.status();
        let text = response.text().await.unwrap();
        Answer { status, body: serde_json::from_str(&text).unwrap_or(Value::String(text)), cookie, retry_after }
    }

    /// The body, when the status is the expected one.
    #[track_caller]
    pub fn expect(self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", self.body);
        self.body
    }

    /// Checks status and code of a problem, and returns it.
    #[track_caller]
    pub fn problem(self, status: u16, code: &str) -> Value {
        assert_eq!((self.status.as_u16(), self.body["code"].as_str()), (status, Some(code)), "{}", self.body);
        self.body
    }
}

pub fn email_of(role: Role) -> String {
    format!("{role}@example.com")
}

impl TestApp {
    /// Makes somebody staff and returns their id.
    pub async fn hire(&self, email: &str, access: Access) -> String {
        let new =
            NewStaff { email: email.into(), name: format!("Name of {email}"), access, password: Some(PASSWORD.into()) };
        match staff::add(&self.app, new, &Actor::cli(), &RequestFacts::default()).await {
            Ok(Added::Staff(staff)) => staff.id,
            Ok(Added::Invited { .. }) => panic!("a password was given"),
            Err(problem) => panic!("{}", problem.detail),
        }
    }

    /// Makes somebody of this role staff of all workspaces, and signs them in.
    pub async fn signed_in(&self, role: Role) -> Browser {
        self.hire(&email_of(role), Access { role, ..Access::everything() }).await;
        let browser = Browser::new(self);
        browser.sign_in(&email_of(role)).await.expect(201);
        browser
    }

    /// Moves the clock forwards.
    pub fn pass(&self, ms: i64) {
        self.clock.set(self.clock.now_ms() + ms);
    }
}
