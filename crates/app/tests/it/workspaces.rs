//! A workspace as the panel sees it, its settings, and the operator's health checks.

use kabinet_app::features::definition;
use kabinet_model::role::Permission;
use serde_json::{Value, json};

use crate::both_engines;
use crate::support::{self, TestApp};

both_engines! {
    // spec: W10, W12
    async fn the_definition_is_what_the_panel_shows(app: TestApp) {
        app.apply_replies().await;
        let key = app.secret_key(&[Permission::UsersRead]).await;
        let workspace: Value = app.http.get(app.url("/api/v1/replies")).bearer_auth(&key).send().await.unwrap().json().await.unwrap();
        let field = |key: &str| workspace["fields"].as_array().unwrap().iter().find(|field| field["key"] == key).unwrap().clone();
        assert_eq!(field("wb_api_status")["short_label"]["ru"], "Статус API");
        assert_eq!(field("wb_api_status")["values"][1], json!({"value": "error_401", "tone": "danger", "label": {"en": "Error 401", "ru": "Ошибка 401", "uz": "401 xatosi"}}));
        assert_eq!(field("tokens_spent_per_day")["short_label"]["ru"], "Расход/день");
        assert_eq!(field("vision_usage_percent")["short_label"]["ru"], "% Vision");
        assert_eq!(field("has_ai_analytics_sub")["short_label"]["ru"], "AI Аналитик");
        assert_eq!(field("total_paid")["currency"], "RUB");
        assert_eq!(workspace["detail_blocks"][0]["label"]["ru"], "Метрики использования (SaaS Metrics)");
        assert_eq!(workspace["time_zone"], "Europe/Moscow");
    }

    async fn a_workspace_can_have_another_zone_than_its_definition(app: TestApp) {
        app.apply_replies().await;
        let key = app.secret_key(&[Permission::WorkspaceManage]).await;
        let change = |body: Value| app.http.patch(app.url("/api/v1/replies/settings")).bearer_auth(&key).json(&body).send();
        let answer: Value = change(json!({"time_zone": "Asia/Tashkent"})).await.unwrap().json().await.unwrap();
        assert_eq!(answer["time_zone"], "Asia/Tashkent");
        let workspace = app.app.workspace("replies").unwrap();
        definition::load(&workspace).await.unwrap();
        assert_eq!(workspace.definition.load().definition.time_zone.name(), "Asia/Tashkent");
        let wrong = change(json!({"time_zone": "Mars/Olympus"})).await.unwrap();
        assert_eq!(wrong.status(), 422);
        assert_eq!(wrong.json::<Value>().await.unwrap()["errors"][0]["pointer"], "/time_zone");
        let back: Value = change(json!({"time_zone": null})).await.unwrap().json().await.unwrap();
        assert_eq!(back["time_zone"], "Europe/Moscow");
        assert_eq!(change(json!({"currency": "USD"})).await.unwrap().status(), 422);
    }

    async fn health_is_told_to_the_operator_alone(app: TestApp) {
        for path in ["/healthz", "/readyz"] {
            assert_eq!(app.http.get(app.url(path)).send().await.unwrap().text().await.unwrap(), "ok");
        }
        let metrics = app.http.get(app.url("/metrics")).send().await.unwrap().text().await.unwrap();
        assert!(metrics.contains("kabinet_events{workspace=\"replies\"}"), "{metrics}");
        let proxied = app.http.get(app.url("/metrics")).header("x-forwarded-for", "203.0.113.7").send().await.unwrap();
        assert_eq!(proxied.status(), 401);
    }
}
