//! Ways out of a workspace: set up over HTTP, tested by a button, secrets never told again.

use kabinet_model::role::Permission;
use kabinet_records::sql::{self, Row};
use kabinet_testing::smtp::{Options, SmtpServer, Tls};
use kabinet_testing::telegram::{NOT_FOUND, TOKEN, TelegramServer};
use serde_json::{Value, json};

use crate::both_engines;
use crate::support::{self, TestApp};

const PASSWORD: &str = "correct-horse";

struct Staff<'a> {
    app: &'a TestApp,
    key: String,
}

impl<'a> Staff<'a> {
    async fn of(app: &'a TestApp) -> Staff<'a> {
        Staff { app, key: app.secret_key(&[Permission::ChannelsManage]).await }
    }

    async fn call(&self, method: reqwest::Method, path: &str, body: Value) -> (u16, Value) {
        let url = self.app.url(&format!("/api/v1/replies/channels{path}"));
        let answer = self.app.http.request(method, url).bearer_auth(&self.key).json(&body).send().await.unwrap();
        let status = answer.status().as_u16();
        (status, answer.json().await.unwrap_or(Value::Null))
    }

    async fn put(&self, path: &str, body: Value) -> (u16, Value) {
        self.call(reqwest::Method::PUT, path, body).await
    }

    async fn test(&self, path: &str, body: Value) -> Value {
        let (status, answer) = self.call(reqwest::Method::POST, path, body).await;
        assert_eq!(status, 200, "{answer}");
        answer
    }
}

fn smtp_body(server: &SmtpServer) -> Value {
    json!({"host": "localhost", "port": server.port(), "security": "none", "username": "panel", "password": PASSWORD,
           "from": "Replies <panel@replies.test>"})
}

fn server_with_login() -> SmtpServer {
    let credentials = Some(("panel".to_owned(), PASSWORD.to_owned()));
    SmtpServer::start_with(&Options { tls: Tls::None, credentials })
}

both_engines! {
    async fn a_mail_server_is_set_up_and_tested(app: TestApp) {
        let staff = Staff::of(&app).await;
        let server = server_with_login();
        let (status, channels) = staff.put("/smtp", smtp_body(&server)).await;
        assert_eq!((status, &channels["smtp"]["password"]), (200, &json!({"set": true})), "{channels}");
        let sent = staff.test("/smtp/test", json!({"to": "anna@example.test"})).await;
        assert_eq!(sent["outcome"], "delivered", "{sent}");
        assert!(server.mail_to("anna@example.test").await.subject().contains("replies"));
        let refused = staff.test("/smtp/test", json!({"to": "gone-550@example.test"})).await;
        assert_eq!(refused["outcome"], "refused");
        assert!(refused["detail"].as_str().unwrap().contains("User unknown"), "{refused}");

        let mut other_sender = smtp_body(&server);
        other_sender["password"] = Value::Null;
        other_sender["from"] = "other@replies.test".into();
        assert_eq!(staff.put("/smtp", other_sender).await.0, 200, "the password is kept");
        assert_eq!(staff.test("/smtp/test", json!({"to": "boris@example.test"})).await["outcome"], "delivered");
        assert_eq!(server.mail_to("boris@example.test").await.from, "other@replies.test");
    }

    async fn secrets_are_sealed_and_never_told(app: TestApp) {
        let staff = Staff::of(&app).await;
        let server = server_with_login();
        staff.put("/smtp", smtp_body(&server)).await;
        let telegram = json!({"token": TOKEN, "chat_id": "-1001"});
        assert_eq!(staff.put("/telegram", telegram).await.0, 200);
        let (_, told) = staff.call(reqwest::Method::GET, "", Value::Null).await;
        let records = &app.app.workspace("replies").unwrap().records;
        let mut stored = told.to_string();
        for query in ["SELECT settings || coalesce(secret, '') AS text FROM channel", "SELECT before || after AS text FROM audit_entry"] {
            for row in sql::all(records.reader(), query, vec![]).await.unwrap() {
                stored.push_str(&row.get::<String>("text").unwrap());
            }
        }
        assert!(stored.contains("localhost") && stored.contains("-1001"), "{stored}");
        assert!(!stored.contains(PASSWORD) && !stored.contains(TOKEN), "{stored}");
    }

    async fn a_stored_secret_does_not_follow_to_another_server(app: TestApp) {
        let staff = Staff::of(&app).await;
        let (server, stranger) = (server_with_login(), server_with_login());
        staff.put("/smtp", smtp_body(&server)).await;
        let mut moved = smtp_body(&stranger);
        moved["password"] = Value::Null;
        let (status, problem) = staff.put("/smtp", moved).await;
        assert_eq!((status, &problem["errors"][0]["pointer"]), (422, &json!("/password")));

        let bot_api = TelegramServer::start().await;
        let body = json!({"token": TOKEN, "chat_id": "-1001", "base_url": bot_api.base_url()});
        assert_eq!(staff.put("/telegram", body).await.0, 200);
        let elsewhere = TelegramServer::start().await;
        let moved = json!({"chat_id": "-1001", "base_url": elsewhere.base_url()});
        let (status, problem) = staff.put("/telegram", moved).await;
        assert_eq!((status, &problem["errors"][0]["pointer"]), (422, &json!("/token")));
    }

    async fn a_bot_is_set_up_and_tested(app: TestApp) {
        let staff = Staff::of(&app).await;
        let server = TelegramServer::start().await;
        let body = json!({"token": TOKEN, "chat_id": "-1001", "base_url": server.base_url()});
        let (status, channels) = staff.put("/telegram", body).await;
        assert_eq!((status, &channels["telegram"]["token"]), (200, &json!({"set": true})), "{channels}");
        assert_eq!(staff.test("/telegram/test", json!({})).await["outcome"], "delivered");
        assert!(server.message_to("-1001").await.contains("replies"));
        let gone = staff.test("/telegram/test", json!({"to": NOT_FOUND.to_string()})).await;
        assert_eq!((&gone["outcome"], &gone["detail"]), (&json!("refused"), &json!("Bad Request: chat not found")));

        let other_token = json!({"token": "7:AAHwrongwrongwrongwrongwrongwrong", "chat_id": "-1001", "base_url": server.base_url()});
        staff.put("/telegram", other_token).await;
        assert_eq!(staff.test("/telegram/test", json!({})).await["outcome"], "misconfigured");
        assert_eq!(staff.call(reqwest::Method::DELETE, "/telegram", Value::Null).await.0, 204);
        let forgotten = staff.test("/telegram/test", json!({})).await;
        assert!(forgotten["detail"].as_str().unwrap().contains("not set up"), "{forgotten}");
    }

    async fn settings_that_cannot_work_are_refused(app: TestApp) {
        let staff = Staff::of(&app).await;
        let smtp = |member: &str, value: Value| {
            let mut body = json!({"host": "localhost", "port": 25, "security": "none", "from": "a@b.test"});
            body[member] = value;
            body
        };
        let telegram = |member: &str, value: Value| {
            let mut body = json!({"token": TOKEN, "chat_id": "-1001"});
            body[member] = value;
            body
        };
        for (path, body, pointer) in [
            ("/smtp", smtp("host", json!("http://x/")), "/host"),
            ("/smtp", smtp("port", json!(0)), "/port"),
            ("/smtp", smtp("from", json!("panel")), "/from"),
            ("/smtp", smtp("reply_to", json!("a b@c")), "/reply_to"),
            ("/smtp", smtp("colour", json!("red")), "/colour"),
            ("/telegram", telegram("token", json!("nonsense")), "/token"),
            ("/telegram", telegram("chat_id", json!("staff")), "/chat_id"),
            ("/telegram", telegram("base_url", json!("file:///etc/passwd")), "/base_url"),
        ] {
            let (status, problem) = staff.put(path, body).await;
            assert_eq!((status, problem["errors"][0]["pointer"].as_str()), (422, Some(pointer)), "{problem}");
        }
        let reader = app.secret_key(&[Permission::UsersRead]).await;
        let stranger = Staff { app: &app, key: reader };
        assert_eq!(stranger.call(reqwest::Method::GET, "", Value::Null).await.0, 403);
        assert_eq!(staff.call(reqwest::Method::POST, "/pigeon/test", json!({})).await.0, 404);
    }
}
