//! Saved views, the overview's numbers, companies, and the pages of one user.

use kabinet_model::role::Permission;
use reqwest::Method;
use serde_json::{Value, json};

use crate::both_engines;
use crate::people::{self, Person};
use crate::support::{self, NOON, TestApp};

both_engines! {
    // spec: W01
    async fn views_are_ones_own_or_shared(app: TestApp) {
        app.apply_replies().await;
        let mine = app.secret_key(&[Permission::UsersRead, Permission::ViewsWrite]).await;
        let other = app.secret_key(&[Permission::UsersRead, Permission::ViewsWrite]).await;
        let body = json!({"name": "В беде", "filter": "wb_api_status == \"error_401\"", "sort": "-total_paid", "columns": ["name", "status"], "shared": false});
        let (status, view) = app.send(Method::POST, &mine, "/views", body).await;
        assert_eq!((status, &view["version"]), (201, &json!(1)), "{view}");
        let path = format!("/views/{}", view["id"].as_str().unwrap());
        assert_eq!(app.get(&other, "/views").await.1["data"], json!([]));
        assert_eq!(app.send(Method::DELETE, &other, &path, Value::Null).await.0, 404);
        let (_, shared) = app.send(Method::PATCH, &mine, &path, json!({"shared": true, "sort": null, "version": 1})).await;
        assert_eq!((&shared["shared"], &shared["sort"], &shared["filter"], &shared["version"]), (&json!(true), &Value::Null, &view["filter"], &json!(2)));
        assert_eq!(app.get(&other, "/views").await.1["data"][0]["name"], "В беде");
        assert_eq!(app.send(Method::PATCH, &other, &path, json!({"name": "x", "version": 2})).await.0, 403);
        let (status, conflict) = app.send(Method::PATCH, &mine, &path, json!({"name": "x", "version": 1})).await;
        assert_eq!((status, &conflict["current"]["version"]), (409, &json!(2)));
        assert_eq!(app.send(Method::DELETE, &mine, &path, Value::Null).await.0, 204);
        assert_eq!(app.get(&mine, "/views").await.1["data"], json!([]));
        assert_eq!(app.audited("view").await, ["view.create", "view.edit", "view.delete"]);
        for (body, pointer) in [
            (json!({"name": ""}), "/name"),
            (json!({"name": "x", "filter": "nme == \"x\""}), "/filter"),
            (json!({"name": "x", "alert": "nope"}), "/alert"),
            (json!({"name": "x", "sort": "nope"}), "/sort"),
            (json!({"name": "x", "columns": ["name", "nope"]}), "/columns/1"),
            (json!({"name": "x", "colour": "red"}), "/colour"),
        ] {
            let (status, problem) = app.send(Method::POST, &mine, "/views", body.clone()).await;
            assert_eq!((status, &problem["errors"][0]["pointer"]), (422, &json!(pointer)), "{body}: {problem}");
        }
    }

    // spec: W11
    async fn a_tile_counts_the_rows_its_filter_lists(app: TestApp) {
        app.apply_replies().await;
        people::insert(&app.workspace(), &people::crowd(400, 5)).await;
        for user in ["3", "4", "5"] {
            people::enter_alert(&app.workspace(), user, "api_error", NOON).await;
        }
        let key = app.secret_key(&[Permission::UsersRead]).await;
        let (status, overview) = app.get(&key, "/overview").await;
        assert_eq!(status, 200, "{overview}");
        let tiles = overview["tiles"].as_array().unwrap();
        for tile in tiles {
            let query: String = [("filter", &tile["filter"]), ("alert", &tile["alert"])]
                .into_iter()
                .filter_map(|(name, value)| Some(format!("{name}={}", crate::users::encoded(value.as_str()?))))
                .collect::<Vec<_>>()
                .join("&");
            let (_, rows) = app.get(&key, &format!("/users?limit=1&count=exact&{query}")).await;
            assert_eq!(rows["total"], tile["value"], "{tile}");
        }
        let value = |key: &str| tiles.iter().find(|tile| tile["key"] == key).unwrap_or_else(|| panic!("{key}"))["value"].as_u64().unwrap();
        assert_eq!((value("users"), value("api_error")), (400, 3));
        assert!(value("active_today") > 0 && value("new_7d") > 0 && value("paying") > 0 && value("trial") > 0);
    }

    async fn a_rule_is_translated_between_text_and_tree(app: TestApp) {
        app.apply_replies().await;
        let key = app.secret_key(&[Permission::UsersRead]).await;
        let (status, checked) = app.send(Method::POST, &key, "/rules/check", json!({"rule": "status=='trial'&&total_paid==0"})).await;
        assert_eq!((status, &checked["rule"]), (200, &json!("status == \"trial\" && total_paid == 0")), "{checked}");
        assert_eq!(checked["fields"], json!(["status", "total_paid"]));
        let (_, back) = app.send(Method::POST, &key, "/rules/check", json!({"tree": checked["tree"]})).await;
        assert_eq!(back, checked);
        let (status, wrong) = app.send(Method::POST, &key, "/rules/check", json!({"rule": "statu == \"trial\""})).await;
        assert_eq!((status, &wrong["errors"][0]["suggestion"], &wrong["errors"][0]["pointer"]), (422, &json!("status"), &json!("/rule")));
        for body in [json!({}), json!({"tree": {"all": []}}), json!({"tree": {"field": "nope", "operator": "is", "value": 1}})] {
            assert_eq!(app.send(Method::POST, &key, "/rules/check", body.clone()).await.0, 422, "{body}");
        }
    }

    // spec: W02
    async fn records_of_a_user_come_newest_first(app: TestApp) {
        app.apply_replies().await;
        let key = app.admin_key().await;
        for (kind, items) in [
            ("user", json!([{"id": "7", "account_id": "shop", "traits": {"plan": "pro"}}])),
            ("account", json!([{"id": "shop", "name": "Магазин"}])),
            ("payment", json!([
                {"id": "p1", "user_id": "7", "amount": 100, "currency": "RUB", "status": "succeeded", "paid_at": "2026-03-01T00:00:00Z"},
                {"id": "p2", "user_id": "7", "amount": 200, "currency": "RUB", "status": "pending"},
                {"id": "p3", "user_id": "7", "amount": 300, "currency": "XTR", "status": "succeeded", "paid_at": "2026-03-03T00:00:00Z"},
            ])),
            ("session", json!([{"id": "s1", "user_id": "7", "last_seen_at": "2026-03-03T00:00:00Z", "user_agent": "Mozilla/5.0 (X11; Linux x86_64; rv:121.0) Gecko/20100101 Firefox/121.0"}])),
            ("seller_cabinet", json!([{"id": "c1", "user_id": "7", "name": "WB", "api_status": "error_401"}])),
            ("subscription", json!([{"id": "b1", "user_id": "7", "plan": "pro", "status": "active", "amount": 99_000, "currency": "RUB"}])),
        ] {
            assert_eq!(app.send(Method::POST, &key, &format!("/records/{kind}"), items).await.0, 200, "{kind}");
        }
        let mut seen = Vec::new();
        let mut path = "/users/7/payments?limit=1".to_owned();
        loop {
            let (status, page) = app.get(&key, &path).await;
            assert_eq!(status, 200, "{page}");
            seen.extend(page["data"].as_array().unwrap().iter().map(|payment| payment["id"].as_str().unwrap().to_owned()));
            let Some(cursor) = page["next_cursor"].as_str() else { break };
            path = format!("/users/7/payments?limit=1&cursor={cursor}");
        }
        assert_eq!(seen, ["p3", "p1", "p2"]);
        let data = |path: &'static str| { let (app, key) = (&app, &key); async move { app.get(key, path).await.1["data"][0].clone() } };
        assert_eq!(data("/users/7/sessions").await["device"], "Firefox 121 · Linux");
        assert_eq!(data("/users/7/cabinets").await["api_status"], "error_401");
        assert_eq!(data("/users/7/subscriptions").await["amount"], json!({"amount": 99_000, "currency": "RUB"}));
        assert_eq!(data("/accounts").await["user_count"], 1);
        let detail = app.get(&key, "/users/7").await.1;
        assert_eq!((&detail["account"]["name"], &detail["traits"]["plan"]), (&json!("Магазин"), &json!("pro")));
        assert_eq!(app.get(&key, "/accounts/shop").await.1["users"][0]["id"], "7");
        assert_eq!(app.get(&key, "/users/nobody/payments").await.0, 404);
        let reader = app.secret_key(&[Permission::UsersRead]).await;
        assert_eq!(app.get(&reader, "/users/7/payments").await.0, 403, "payments need billing.read");
        assert_eq!(app.get(&reader, "/users/7/cabinets").await.0, 200);
    }

    async fn a_timeline_turns_its_pages(app: TestApp) {
        app.apply_replies().await;
        people::insert(&app.workspace(), &[Person::named("7", "Анна")]).await;
        let key = app.admin_key().await;
        let events: Vec<Value> = (0..25).map(|number| json!({"id": format!("e{number}"), "event": if number % 5 == 0 { "rare" } else { "common" }, "user_id": "7",
            "timestamp": NOON - number * 60_000})).collect();
        assert_eq!(app.send(Method::POST, &key, "/events", json!(events)).await.0, 200);
        let mut seen = Vec::new();
        let mut path = "/users/7/timeline?limit=4".to_owned();
        loop {
            let page = app.get(&key, &path).await.1;
            seen.extend(page["data"].as_array().unwrap().iter().map(|event| event["id"].as_str().unwrap().to_owned()));
            let Some(cursor) = page["next_cursor"].as_str() else { break };
            path = format!("/users/7/timeline?limit=4&cursor={cursor}");
        }
        assert_eq!(seen, (0..25).map(|number| format!("e{number}")).collect::<Vec<_>>());
        let rare = app.get(&key, "/users/7/timeline?events=rare,unknown").await.1;
        assert_eq!(rare["data"].as_array().unwrap().len(), 5);
    }
}
