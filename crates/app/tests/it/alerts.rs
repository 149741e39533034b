//! Who enters an alert is told about once, on every channel, and who leaves it is remembered.

use kabinet_app::features::{alerts, derive};
use kabinet_app::jobs;
use kabinet_model::role::Permission;
use kabinet_records::sql::{self, Row};
use kabinet_testing::smtp::SmtpServer;
use kabinet_testing::telegram::{ALWAYS_BUSY, BLOCKED, SILENT, TOKEN, TelegramServer, UPGRADED, UPGRADED_TO};
use serde_json::{Value, json};

use crate::both_engines;
use crate::support::{self, NOON, TestApp};

const MINUTE: i64 = 60_000;
const DAY: i64 = 24 * 60 * MINUTE;
const STAFF_CHAT: &str = "-1001";

/// A workspace with the definition of `replies`, a bot and a mail server.
struct Desk<'a> {
    app: &'a TestApp,
    key: String,
    bot_api: TelegramServer,
    mail: SmtpServer,
}

impl<'a> Desk<'a> {
    async fn open(app: &'a TestApp) -> Desk<'a> {
        app.apply_replies().await;
        let key = app.secret_key(Permission::ALL).await;
        let desk = Desk { app, key, bot_api: TelegramServer::start().await, mail: SmtpServer::start() };
        let telegram =
            json!({"token": TOKEN, "chat_id": STAFF_CHAT, "base_url": desk.bot_api.base_url(), "language": "ru"});
        desk.put("channels/telegram", telegram).await;
        let smtp =
            json!({"host": "localhost", "port": desk.mail.port(), "security": "none", "from": "panel@replies.test"});
        desk.put("channels/smtp", smtp).await;
        desk
    }

    async fn put(&self, path: &str, body: Value) -> Value {
        let request = self.app.http.put(self.app.url(&format!("/api/v1/replies/{path}"))).bearer_auth(&self.key);
        let answer = request.json(&body).send().await.unwrap();
        assert_eq!(answer.status(), 200, "{path}");
        answer.json().await.unwrap()
    }

    async fn get(&self, path: &str) -> Value {
        let request = self.app.http.get(self.app.url(&format!("/api/v1/replies/{path}"))).bearer_auth(&self.key);
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), 200, "{path}");
        answer.json().await.unwrap()
    }

    async fn ways(&self, alert: &str, ways: Value) {
        self.put(&format!("alerts/{alert}/channels"), ways).await;
    }

    /// Sends what is given, derives, compares and delivers: what the jobs of a running instance do.
    async fn send(&self, kind: &str, items: Value) {
        let request = self.app.http.post(self.app.url(&format!("/api/v1/replies/{kind}"))).bearer_auth(&self.key);
        let answer: Value = request.json(&items).send().await.unwrap().json().await.unwrap();
        assert_eq!(answer["refused"], 0, "{answer}");
        let workspace = self.app.app.workspace("replies").unwrap();
        let changed = derive::catch_up(&workspace).await.unwrap();
        alerts::evaluate_users(&workspace, &changed).await.unwrap();
        self.deliver().await;
    }

    async fn wb_checked(&self, user: &str, status: &str) {
        let at = jiff::Timestamp::from_millisecond(self.app.clock.now_ms()).unwrap().to_string();
        let properties = json!({"cabinet": format!("cabinet of {user}"), "status": status});
        self.send(
            "events",
            json!([{"event": "wb_api_checked", "user_id": user, "timestamp": at, "properties": properties}]),
        )
        .await;
    }

    async fn user_with_cabinet(&self, id: &str, name: &str) {
        self.send("records/user", json!([{"id": id, "name": name, "registered_at": "2026-01-01T00:00:00Z"}])).await;
        let cabinet = json!([{"id": format!("cabinet of {id}"), "user_id": id, "marketplace": "wildberries"}]);
        self.send("records/seller_cabinet", cabinet).await;
    }

    async fn sweep(&self) -> alerts::Changes {
        let workspace = self.app.app.workspace("replies").unwrap();
        derive::catch_up(&workspace).await.unwrap();
        let changes = alerts::evaluate_all(&workspace).await.unwrap();
        self.deliver().await;
        changes
    }

    async fn deliver(&self) {
        let workspace = self.app.app.workspace("replies").unwrap();
        alerts::deliver_due(&self.app.app, &workspace).await.unwrap();
    }

    fn pass(&self, milliseconds: i64) {
        self.app.clock.set(self.app.clock.now_ms() + milliseconds);
    }

    async fn entries(&self, alert: &str, state: &str) -> Vec<Value> {
        let page = self.get(&format!("alerts/{alert}/entries?state={state}")).await;
        page["data"].as_array().unwrap().clone()
    }

    async fn status_of_only_delivery(&self, alert: &str) -> Value {
        self.entries(alert, "active").await[0]["deliveries"][0]["status"].clone()
    }
}

both_engines! {
    // spec: W11, W15
    async fn entering_is_told_once_and_leaving_is_remembered(app: TestApp) {
        let desk = Desk::open(&app).await;
        desk.ways("api_error", json!([{"channel": "email", "enabled": true, "target": "staff@replies.test"}])).await;
        desk.user_with_cabinet("7", "Анна <b>").await;
        desk.wb_checked("7", "error_401").await;
        let told = desk.bot_api.message_to(STAFF_CHAT).await;
        assert!(told.contains("Ошибка API") && told.contains("Анна &lt;b&gt;") && told.contains("/replies/users/7"), "{told}");
        let mail = desk.mail.mail_to("staff@replies.test").await;
        assert_eq!(mail.subject(), "🔴 API error · replies (1)");

        for _ in 0..3 {
            desk.pass(MINUTE);
            desk.sweep().await;
            desk.wb_checked("7", "error_401").await;
        }
        assert_eq!(desk.bot_api.taken("sendMessage", STAFF_CHAT).len(), 1, "once per entry");
        assert_eq!(desk.mail.counts()["staff@replies.test"], 1, "once per entry");
        let active = desk.entries("api_error", "active").await;
        assert_eq!((active.len(), &active[0]["entered_at"], &active[0]["user"]["id"]), (1, &json!("2026-03-10T12:00:00.000Z"), &json!("7")));
        let statuses: Vec<&Value> = active[0]["deliveries"].as_array().unwrap().iter().map(|delivery| &delivery["status"]).collect();
        assert_eq!(statuses, ["sent", "sent"]);

        desk.pass(MINUTE);
        desk.wb_checked("7", "connected_ok").await;
        assert!(desk.entries("api_error", "active").await.is_empty());
        let left = desk.entries("api_error", "left").await;
        assert_eq!((&left[0]["user"]["name"], &left[0]["left_at"]), (&json!("Анна <b>"), &json!("2026-03-10T12:04:00.000Z")));
        let alerts = desk.get("alerts").await;
        let alert = &alerts["data"][0];
        assert_eq!((&alert["key"], &alert["count"], &alert["entered_7d"], &alert["left_7d"]), (&json!("api_error"), &json!(0), &json!(1), &json!(1)));

        desk.pass(MINUTE);
        desk.wb_checked("7", "error_401").await;
        assert_eq!(desk.bot_api.taken("sendMessage", STAFF_CHAT).len(), 2, "a new entry is told again");
        let of_user = desk.get("users/7/alerts").await;
        assert_eq!((&of_user["active"][0]["key"], of_user["history"].as_array().unwrap().len()), (&json!("api_error"), 2));
    }

    // spec: W15
    async fn a_running_instance_tells_by_itself(app: TestApp) {
        let desk = Desk::open(&app).await;
        let _jobs = jobs::start(&app.app);
        let post = async |kind: &str, items: Value| {
            let request = app.http.post(app.url(&format!("/api/v1/replies/{kind}"))).bearer_auth(&desk.key);
            assert_eq!(request.json(&items).send().await.unwrap().status(), 200);
        };
        post("records/seller_cabinet", json!([{"id": "c1", "user_id": "7", "marketplace": "wildberries"}])).await;
        post("events", json!([{"event": "wb_api_checked", "user_id": "7", "properties": {"cabinet": "c1", "status": "error_401"}}])).await;
        assert!(desk.bot_api.message_to(STAFF_CHAT).await.contains("Ошибка API"));
    }

    // spec: W11, W15
    async fn time_alone_brings_users_into_an_alert(app: TestApp) {
        let desk = Desk::open(&app).await;
        desk.send("records/user", json!([{"id": "7", "registered_at": "2026-03-01T00:00:00Z", "traits": {"token_balance": 100}}])).await;
        let at = jiff::Timestamp::from_millisecond(NOON).unwrap().to_string();
        desk.send("events", json!([{"event": "response_generated", "user_id": "7", "timestamp": at, "properties": {"tokens": 5, "used_vision": false}}])).await;
        let quiet = desk.entries("zero_usage", "active").await;
        assert!(quiet.is_empty(), "{quiet:?}");
        desk.pass(3 * DAY);
        assert_eq!(desk.sweep().await, alerts::Changes::default(), "exactly three days are not more than three days");
        desk.pass(1);
        assert_eq!(desk.sweep().await, alerts::Changes { entered: 1, left: 0 });
        assert!(desk.bot_api.message_to(STAFF_CHAT).await.contains("Нулевая активность"));
    }

    async fn many_entries_at_once_are_one_message(app: TestApp) {
        let desk = Desk::open(&app).await;
        let users: Vec<Value> = (0..50).map(|number| json!({"id": format!("u{number}"), "traits": {"token_balance": 1}})).collect();
        desk.send("records/user", json!(users)).await;
        let messages = desk.bot_api.taken("sendMessage", STAFF_CHAT);
        assert_eq!(messages.len(), 1);
        assert!(messages[0].text("text").contains("(50)") && messages[0].text("text").contains("+30"));
        let page = desk.get("alerts/zero_usage/entries?limit=30").await;
        let cursor = page["next_cursor"].as_str().unwrap();
        let rest = desk.get(&format!("alerts/zero_usage/entries?limit=30&cursor={cursor}")).await;
        assert_eq!((rest["data"].as_array().unwrap().len(), &rest["next_cursor"]), (20, &Value::Null));
    }

    async fn a_busy_channel_is_tried_again_and_a_closed_one_is_not(app: TestApp) {
        let desk = Desk::open(&app).await;
        let telegram = |chat: i64| json!([{"channel": "telegram", "enabled": true, "target": chat.to_string()}]);
        desk.ways("api_error", telegram(ALWAYS_BUSY)).await;
        desk.user_with_cabinet("7", "Анна").await;
        desk.wb_checked("7", "error_401").await;
        let entry = &desk.entries("api_error", "active").await[0];
        assert_eq!((&entry["deliveries"][0]["status"], &entry["deliveries"][0]["error"]), (&json!("queued"), &json!("Too Many Requests: retry after 30")));
        let calls = desk.bot_api.calls().len();
        desk.pass(29_000);
        desk.deliver().await;
        assert_eq!(desk.bot_api.calls().len(), calls, "Telegram asked for 30 seconds");

        for (chat, status) in [(BLOCKED, "failed"), (SILENT, "uncertain")] {
            desk.wb_checked("7", "connected_ok").await;
            desk.ways("api_error", telegram(chat)).await;
            desk.pass(MINUTE);
            desk.wb_checked("7", "error_401").await;
            assert_eq!(desk.status_of_only_delivery("api_error").await, status);
            desk.pass(DAY);
            desk.deliver().await;
            assert_eq!(desk.status_of_only_delivery("api_error").await, status, "never again by itself");
        }

        desk.wb_checked("7", "connected_ok").await;
        desk.ways("api_error", telegram(UPGRADED)).await;
        desk.pass(MINUTE);
        desk.wb_checked("7", "error_401").await;
        assert_eq!(desk.status_of_only_delivery("api_error").await, "sent");
        assert_eq!(desk.bot_api.taken("sendMessage", &UPGRADED_TO.to_string()).len(), 1, "the group's new id is used");
    }

    async fn what_a_dead_process_left_behind_is_taken_up(app: TestApp) {
        let desk = Desk::open(&app).await;
        let records = &app.app.workspace("replies").unwrap().records;
        let leave = async |status: &str| {
            let update = "UPDATE alert_delivery SET status = $1, leased_by = 'dead', leased_until = $2";
            records.write(update, vec![status.into(), (app.clock.now_ms() + MINUTE).into()]).await.unwrap();
        };
        desk.user_with_cabinet("7", "Анна").await;
        desk.wb_checked("7", "error_401").await;
        leave("claimed").await;
        desk.deliver().await;
        assert_eq!(desk.status_of_only_delivery("api_error").await, "claimed", "the lease still runs");
        desk.pass(MINUTE + 1);
        desk.deliver().await;
        assert_eq!(desk.status_of_only_delivery("api_error").await, "sent", "it was not being sent yet");
        leave("sending").await;
        let taken = desk.bot_api.taken("sendMessage", STAFF_CHAT).len();
        desk.pass(MINUTE + 1);
        desk.deliver().await;
        assert_eq!(desk.status_of_only_delivery("api_error").await, "uncertain");
        assert_eq!(desk.bot_api.taken("sendMessage", STAFF_CHAT).len(), taken, "it may have arrived");
    }

    async fn deliverers_side_by_side_tell_once(app: TestApp) {
        let desk = Desk::open(&app).await;
        desk.ways("zero_usage", json!([{"channel": "telegram", "enabled": false, "target": null}, {"channel": "email", "enabled": true, "target": "staff@replies.test"}])).await;
        let workspace = app.app.workspace("replies").unwrap();
        let request = app.http.post(app.url("/api/v1/replies/records/user")).bearer_auth(&desk.key);
        request.json(&json!([{"id": "7", "traits": {"token_balance": 1}}])).send().await.unwrap();
        derive::catch_up(&workspace).await.unwrap();
        let users = ["7".to_owned()];
        let (first, second) = tokio::join!(alerts::evaluate_all(&workspace), alerts::evaluate_users(&workspace, &users));
        assert_eq!(first.unwrap().entered + second.unwrap().entered, 1);
        let deliver = || alerts::deliver_due(&app.app, &workspace);
        let (first, second, third) = tokio::join!(deliver(), deliver(), deliver());
        assert_eq!(first.unwrap() + second.unwrap() + third.unwrap(), 1);
        desk.mail.mail_to("staff@replies.test").await;
        assert_eq!(desk.mail.counts()["staff@replies.test"], 1);
    }

    async fn an_alert_that_is_gone_ends_and_users_that_are_gone_leave(app: TestApp) {
        let desk = Desk::open(&app).await;
        desk.user_with_cabinet("7", "Анна").await;
        desk.wb_checked("7", "error_401").await;
        let records = &app.app.workspace("replies").unwrap().records;
        records.write("UPDATE alert_entry SET alert = 'gone'", vec![]).await.unwrap();
        let changes = desk.sweep().await;
        assert_eq!((changes.entered, changes.left), (1, 1));
        records.write("UPDATE profile SET merged_into = '8' WHERE id = '7'", vec![]).await.unwrap();
        assert_eq!(desk.sweep().await, alerts::Changes { entered: 0, left: 1 }, "a merged user is in no alert");
        records.write("UPDATE profile SET merged_into = NULL WHERE id = '7'", vec![]).await.unwrap();
        assert_eq!(desk.sweep().await, alerts::Changes { entered: 1, left: 0 });
        records.write("DELETE FROM profile WHERE id = '7'", vec![]).await.unwrap();
        assert_eq!(desk.sweep().await, alerts::Changes { entered: 0, left: 1 });
        let open = sql::one(records.reader(), "SELECT COUNT(*) AS number FROM alert_entry WHERE left_at IS NULL", vec![]).await.unwrap();
        assert_eq!(open.unwrap().get::<i64>("number").unwrap(), 0);
    }

    async fn ways_that_cannot_work_are_refused(app: TestApp) {
        let desk = Desk::open(&app).await;
        let put = async |alert: &str, ways: Value| {
            let url = app.url(&format!("/api/v1/replies/alerts/{alert}/channels"));
            let answer = app.http.put(url).bearer_auth(&desk.key).json(&ways).send().await.unwrap();
            (answer.status().as_u16(), answer.json::<Value>().await.unwrap())
        };
        for way in [
            json!({"channel": "email", "enabled": true, "target": null}),
            json!({"channel": "email", "enabled": false, "target": "a@b.test, c@d.test"}),
            json!({"channel": "telegram", "enabled": true, "target": "staff"}),
        ] {
            let (status, problem) = put("api_error", json!([way])).await;
            assert_eq!((status, &problem["errors"][0]["pointer"]), (422, &json!("/0/target")), "{problem}");
        }
        assert_eq!(put("nonsense", json!([])).await.0, 404);
        let (_, ways) = put("api_error", json!([{"channel": "telegram", "enabled": false, "target": ""}])).await;
        assert_eq!(ways[0], json!({"channel": "telegram", "enabled": false, "target": null}));
        assert_eq!(ways[1], json!({"channel": "email", "enabled": true, "target": null}), "as the definition says");
        let audit = sql::one(app.app.workspace("replies").unwrap().records.reader(), "SELECT after FROM audit_entry WHERE action = 'alert.channels'", vec![]).await.unwrap();
        assert_eq!(audit.unwrap().json("after").unwrap(), ways);
    }
}
