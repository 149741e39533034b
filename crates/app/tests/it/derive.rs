//! From events and records to the fields of users.

use kabinet_app::features::{definition, derive};
use kabinet_app::http::access::{Actor, RequestFacts};
use kabinet_model::role::Permission;
use kabinet_records::QueryResult;
use kabinet_records::sql::{self, Row};
use serde_json::{Value, json};

use crate::both_engines;
use crate::support::{self, TestApp};

const DAY: i64 = 24 * 3600 * 1000;

impl TestApp {
    pub async fn events(&self, key: &str, events: Value) {
        let answer =
            self.http.post(self.url("/api/v1/replies/events")).bearer_auth(key).json(&events).send().await.unwrap();
        let answer: Value = answer.json().await.unwrap();
        assert_eq!(answer["refused"], 0, "{answer}");
    }

    pub async fn records(&self, key: &str, kind: &str, items: Value) {
        let answer = self
            .http
            .post(self.url(&format!("/api/v1/replies/records/{kind}")))
            .bearer_auth(key)
            .json(&items)
            .send()
            .await
            .unwrap();
        let answer: Value = answer.json().await.unwrap();
        assert_eq!(answer["refused"], 0, "{answer}");
    }

    pub async fn profile(&self, id: &str) -> Option<QueryResult> {
        let workspace = self.app.workspace("replies").unwrap();
        sql::one(workspace.records.reader(), "SELECT * FROM profile WHERE id = $1", vec![id.into()]).await.unwrap()
    }

    pub async fn catch_up(&self) {
        let workspace = self.app.workspace("replies").unwrap();
        derive::catch_up(&workspace).await.unwrap();
        assert_eq!(derive::compare_with_recomputed(&workspace).await.unwrap(), Vec::<String>::new());
    }
}

fn at(ms: i64) -> String {
    jiff::Timestamp::from_millisecond(ms).unwrap().to_string()
}

both_engines! {
    // spec: W03, W04, W05, W06, W07, W08, W09
    async fn fields_follow_what_the_product_sends(app: TestApp) {
        app.apply_replies().await;
        let key = app.secret_key(&[Permission::EventsWrite, Permission::RecordsWrite]).await;
        let now = support::NOON;
        app.records(&key, "user", json!([{"id": "7", "name": "Анна", "registered_at": at(now - 10 * DAY), "traits": {"token_balance": 500}}])).await;
        app.records(&key, "subscription", json!([{"id": "s1", "user_id": "7", "plan": "ai_analyst", "status": "active", "started_at": at(now - DAY), "current_period_end": at(now + DAY)}])).await;
        app.records(&key, "payment", json!([
            {"id": "p1", "user_id": "7", "amount": 99_000, "currency": "RUB", "status": "succeeded", "paid_at": at(now - 5 * DAY), "period_start": at(now - 5 * DAY), "period_end": at(now + DAY)},
            {"id": "p2", "user_id": "7", "amount": 99_000, "currency": "RUB", "status": "failed"},
        ])).await;
        app.records(&key, "seller_cabinet", json!([{"id": "c1", "user_id": "7", "marketplace": "wildberries"}, {"id": "c2", "user_id": "7", "marketplace": "wildberries"}])).await;
        app.events(&key, json!([
            {"event": "response_generated", "user_id": "7", "timestamp": at(now - 9 * DAY), "properties": {"tokens": 300, "used_vision": true}},
            {"event": "response_generated", "user_id": "7", "timestamp": at(now - DAY), "properties": {"tokens": 700, "used_vision": false}},
            {"event": "review_received", "user_id": "7", "timestamp": at(now - DAY), "properties": {"cabinet": "c1", "rating": 5}},
            {"event": "wb_api_checked", "user_id": "7", "timestamp": at(now - DAY), "properties": {"cabinet": "c1", "status": "connected_ok"}},
            {"event": "wb_api_checked", "user_id": "7", "timestamp": at(now - DAY), "properties": {"cabinet": "c2", "status": "error_401"}},
        ])).await;
        app.catch_up().await;
        let row = app.profile("7").await.unwrap();
        assert_eq!(row.get::<String>("status").unwrap(), "active");
        assert_eq!(row.get::<i64>("total_paid").unwrap(), 99_000);
        assert_eq!(row.get::<i64>("cabinets").unwrap(), 2);
        assert_eq!(row.get::<i64>("token_balance").unwrap(), 500);
        assert_eq!(row.get::<String>("wb_api_status").unwrap(), "error_401");
        assert_eq!(row.get::<i64>("first_response_date").unwrap(), now - 9 * DAY);
        assert_eq!(row.get::<f64>("tokens_spent_per_day").unwrap(), 100.0, "1,000 tokens in 10 days");
        assert_eq!(row.get::<f64>("vision_usage_percent").unwrap(), 50.0);
        assert!(row.get::<bool>("has_ai_analytics_sub").unwrap());

        // Two days later the paid period is over and the subscription too; nothing was sent.
        app.clock.set(now + 2 * DAY);
        app.catch_up().await;
        let row = app.profile("7").await.unwrap();
        assert_eq!(row.get::<String>("status").unwrap(), "expired");
        assert_eq!(row.get::<f64>("tokens_spent_per_day").unwrap(), 1000.0 / 12.0);
    }

    async fn users_appear_from_events_and_visitors_join_them(app: TestApp) {
        app.apply_replies().await;
        let key = app.secret_key(&[Permission::EventsWrite]).await;
        let now = support::NOON;
        app.events(&key, json!([
            {"event": "response_generated", "anonymous_id": "v1", "timestamp": at(now - 3 * DAY), "properties": {"tokens": 10, "used_vision": false}},
            {"type": "identify", "user_id": "9", "anonymous_id": "v1", "timestamp": at(now - 2 * DAY), "properties": {"name": "Боря", "email": "not an address", "plan": "pro"}},
        ])).await;
        app.catch_up().await;
        let row = app.profile("9").await.unwrap();
        assert_eq!(row.get::<String>("name").unwrap(), "Боря");
        assert_eq!(row.get::<Option<String>>("email").unwrap(), None);
        assert_eq!(row.json("traits").unwrap(), json!({"email": "not an address", "plan": "pro"}));
        assert_eq!(row.get::<i64>("registered_at").unwrap(), now - 2 * DAY);
        assert_eq!(row.get::<i64>("first_response_date").unwrap(), now - 3 * DAY, "what the visitor did counts for the user");
        assert!(app.profile("v1").await.is_none());
    }

    // spec: W14
    async fn a_definition_adds_columns_and_rolls_back(app: TestApp) {
        let workspace = app.app.workspace("replies").unwrap();
        let key = app.secret_key(&[Permission::RecordsWrite]).await;
        app.records(&key, "user", json!([{"id": "7", "name": "Анна"}])).await;
        let text = support::replies_definition();
        let (_, plan) = definition::plan(&workspace.records, &workspace.slug, &text).await.unwrap();
        assert!(plan.statements.iter().any(|statement| statement == "ALTER TABLE profile ADD COLUMN \"tokens_spent_per_day\" double precision"), "{plan:?}");
        assert!(plan.statements.iter().all(|statement| statement.starts_with("ALTER TABLE profile ADD COLUMN") || statement.starts_with("CREATE INDEX")));
        app.apply_replies().await;
        app.catch_up().await;
        let (_, again) = definition::plan(&workspace.records, &workspace.slug, &text).await.unwrap();
        assert!(again.statements.is_empty() && again.refused.is_empty());
        let retyped = text.replace("key = \"ai_requests\"\ntype = \"integer\"", "key = \"ai_requests\"\ntype = \"text\"");
        assert_ne!(retyped, text);
        let (_, refused) = definition::plan(&workspace.records, &workspace.slug, &retyped).await.unwrap_or_else(|problem| panic!("{problem:?}"));
        assert_eq!(refused.refused.len(), 1);

        definition::rollback(&workspace.records, 1, &Actor::system(), &RequestFacts::default(), support::NOON).await.unwrap();
        definition::reload(&workspace).await.unwrap();
        app.catch_up().await;
        let row = app.profile("7").await.unwrap();
        assert_eq!(row.get::<String>("name").unwrap(), "Анна");
        assert!(row.get::<f64>("tokens_spent_per_day").is_err(), "its column is gone");
    }
}
