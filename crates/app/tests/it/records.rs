//! Records through their door: upsert by the product's own id, told per item what happened.

use crate::both_engines;
use crate::support::{self, TestApp};
use kabinet_model::role::Permission;
use kabinet_records::sql::{self, Row};
use serde_json::{Value, json};

async fn send(app: &TestApp, key: &str, kind: &str, body: String) -> (u16, Value) {
    let request = app.http.post(app.url(&format!("/api/v1/replies/records/{kind}"))).bearer_auth(key).body(body);
    let answer = request.send().await.unwrap();
    (answer.status().as_u16(), answer.json().await.unwrap())
}

both_engines! {
    async fn sending_the_same_again_changes_nothing(app: TestApp) {
        let key = app.secret_key(&[Permission::RecordsWrite]).await;
        let users = json!([
            {"id": "7", "name": "Ёлкина Анна", "email": "Anna@Example.com", "telegram_id": 42, "registered_at": "2026-01-01T00:00:00Z", "traits": {"token_balance": 5}},
            {"id": "8", "colour": "red"},
        ]).to_string();
        let (status, first) = send(&app, &key, "user", users.clone()).await;
        assert_eq!(status, 200, "{first}");
        assert_eq!((&first["created"], &first["refused"]), (&json!(1), &json!(1)));
        assert_eq!(first["items"][0]["errors"][0]["pointer"], "/colour");
        let (_, again) = send(&app, &key, "user", users).await;
        assert_eq!((&again["created"], &again["unchanged"]), (&json!(0), &json!(1)));

        let line = "{\"id\":\"7\",\"traits\":{\"ai_requests\":3}}\n{\"id\":\"9\",\"name\":null}\n".to_owned();
        let (_, patched) = send(&app, &key, "user", line).await;
        assert_eq!((&patched["updated"], &patched["created"]), (&json!(1), &json!(1)));
        let records = &app.app.workspace("replies").unwrap().records;
        let row = sql::one(records.reader(), "SELECT name_fold, email_fold, traits FROM profile WHERE id = $1", vec!["7".into()]).await.unwrap().unwrap();
        assert_eq!(row.get::<String>("name_fold").unwrap(), "ёлкина анна");
        assert_eq!(row.get::<String>("email_fold").unwrap(), "anna@example.com");
        assert_eq!(row.json("traits").unwrap(), json!({"token_balance": 5, "ai_requests": 3}));
        let identities = sql::all(records.reader(), "SELECT kind FROM identity WHERE user_id = $1 ORDER BY kind", vec!["7".into()]).await.unwrap();
        let kinds: Vec<String> = identities.iter().map(|row| row.get("kind").unwrap()).collect();
        assert_eq!(kinds, ["email", "telegram", "user"]);
    }

    async fn every_kind_is_stored_and_wrong_ones_are_refused(app: TestApp) {
        let key = app.secret_key(&[Permission::RecordsWrite]).await;
        for (kind, item) in [
            ("account", json!({"id": "a", "name": "ООО Ромашка"})),
            ("subscription", json!({"id": "s", "user_id": "7", "plan": "pro", "status": "active", "amount": 99000, "currency": "RUB", "interval": "month"})),
            ("payment", json!({"id": "p", "user_id": "7", "amount": 99000, "currency": "RUB", "status": "succeeded", "paid_at": "2026-03-01T00:00:00Z"})),
            ("seller_cabinet", json!({"id": "c", "user_id": "7", "marketplace": "wildberries"})),
            ("session", json!({"id": "d", "user_id": "7", "user_agent": "Mozilla/5.0", "ip": "10.0.0.1"})),
        ] {
            let (status, answer) = send(&app, &key, kind, json!([item]).to_string()).await;
            assert_eq!((status, &answer["created"]), (200, &json!(1)), "{kind}: {answer}");
        }
        let (status, problem) = send(&app, &key, "payment", json!([{"id": "p2", "user_id": "7", "amount": 1.5, "currency": "RUB", "status": "succeeded"}]).to_string()).await;
        assert_eq!((status, &problem["errors"][0]["pointer"]), (422, &json!("/0/amount")));
        assert_eq!(send(&app, &key, "spaceship", "[]".into()).await.0, 404);
        let reader = app.secret_key(&[Permission::UsersRead]).await;
        assert_eq!(send(&app, &reader, "user", "[]".into()).await.0, 403);
    }
}
