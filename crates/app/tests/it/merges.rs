//! Two names of one person become one user, and apart again, with everything that belongs to them.

use kabinet_app::features::derive;
use kabinet_model::role::Permission;
use reqwest::Method;
use serde_json::{Value, json};

use crate::both_engines;
use crate::people;
use crate::support::{self, NOON, TestApp};

async fn send_records(app: &TestApp, key: &str, kind: &str, items: Value) {
    let (status, answer) = app.send(Method::POST, key, &format!("/records/{kind}"), items).await;
    assert_eq!((status, &answer["refused"]), (200, &json!(0)), "{answer}");
}

async fn send_events(app: &TestApp, key: &str, items: Value) {
    let (status, answer) = app.send(Method::POST, key, "/events", items).await;
    assert_eq!((status, &answer["refused"]), (200, &json!(0)), "{answer}");
}

async fn catch_up(app: &TestApp) {
    derive::catch_up(&app.workspace()).await.unwrap();
}

/// Everything staff can see about everybody, to be compared before and after. When the fields were computed is left out.
async fn picture(app: &TestApp, key: &str) -> Value {
    let mut picture = app.get(key, "/users?sort=id&limit=200").await.1;
    let ids: Vec<String> =
        picture["data"].as_array().unwrap().iter().map(|user| user["id"].as_str().unwrap().to_owned()).collect();
    for id in ids {
        let mut user = app.get(key, &format!("/users/{id}")).await.1;
        user.as_object_mut().unwrap().remove("as_of");
        for part in ["timeline", "payments", "subscriptions", "cabinets", "sessions", "notes"] {
            user[part] = app.get(key, &format!("/users/{id}/{part}")).await.1;
        }
        picture[id] = user;
    }
    picture
}

/// Two users with events, records and a note each; the first was an anonymous visitor too.
async fn two_users(app: &TestApp, key: &str) {
    app.apply_replies().await;
    send_records(app, key, "user", json!([
        {"id": "7", "name": "Анна", "email": "anna@example.com", "registered_at": "2026-02-01T00:00:00Z"},
        {"id": "8", "name": "Anna", "email": "anna@work.example", "telegram_id": "555", "registered_at": "2026-02-20T00:00:00Z"},
    ])).await;
    send_records(app, key, "payment", json!([
        {"id": "p1", "user_id": "7", "amount": 100_000, "currency": "RUB", "status": "succeeded", "paid_at": "2026-03-01T00:00:00Z"},
        {"id": "p2", "user_id": "8", "amount": 50_000, "currency": "RUB", "status": "succeeded", "paid_at": "2026-03-02T00:00:00Z"},
    ])).await;
    send_events(app, key, json!([
        {"id": "e1", "event": "response_generated", "user_id": "7", "timestamp": "2026-03-09T10:00:00Z", "properties": {"tokens": 10, "used_vision": false}},
        {"id": "e2", "event": "response_generated", "user_id": "8", "timestamp": "2026-03-09T11:00:00Z", "properties": {"tokens": 20, "used_vision": true}},
        {"id": "e3", "event": "opened", "anonymous_id": "browser-1", "timestamp": "2026-03-09T09:00:00Z"},
    ])).await;
    catch_up(app).await;
    for user in ["7", "8"] {
        assert_eq!(
            app.send(Method::POST, key, &format!("/users/{user}/notes"), json!({"text": format!("about {user}")}))
                .await
                .0,
            201
        );
    }
    people::enter_alert(&app.workspace(), "8", "zero_usage", NOON - 1000).await;
}

both_engines! {
    async fn a_user_becomes_part_of_another_and_apart_again(app: TestApp) {
        let key = app.admin_key().await;
        two_users(&app, &key).await;
        let before = picture(&app, &key).await;
        assert_eq!(before["data"].as_array().unwrap().len(), 2);

        let request = json!({"into": "7", "from": {"kind": "user", "value": "8"}});
        let (status, preview) = app.send(Method::POST, &key, "/merges/preview", request.clone()).await;
        assert_eq!(status, 200, "{preview}");
        assert_eq!(preview["moves"], json!({"events": 1, "records": 1, "identities": 3}));
        let conflicts: Vec<&str> = preview["conflicts"].as_array().unwrap().iter().map(|conflict| conflict["field"].as_str().unwrap()).collect();
        assert_eq!(conflicts, ["name", "email"]);
        assert_eq!(picture(&app, &key).await, before, "looking changes nothing");

        let (status, merge) = app.send(Method::POST, &key, "/merges", request.clone()).await;
        assert_eq!((status, &merge["moves"]), (201, &preview["moves"]), "{merge}");
        catch_up(&app).await;
        let list = app.get(&key, "/users?sort=id&count=exact").await.1;
        assert_eq!((list["total"].as_u64(), &list["data"][0]["id"]), (Some(1), &json!("7")));
        assert_eq!(app.get(&key, "/users?alert=zero_usage").await.1["data"], json!([]));
        let user = app.get(&key, "/users/7").await.1;
        assert_eq!(user["fields"]["total_paid"]["amount"], 150_000);
        assert_eq!(user["fields"]["vision_usage_percent"], 50.0);
        assert_eq!(app.get(&key, "/users/7/timeline").await.1["data"].as_array().unwrap().len(), 2);
        assert_eq!(app.get(&key, "/users/7/payments").await.1["data"][0]["user_id"], "8");
        assert_eq!(app.get(&key, "/users/7/notes").await.1["data"].as_array().unwrap().len(), 2);
        let (status, gone) = app.get(&key, "/users/8").await;
        assert_eq!((status, &gone["code"], &gone["merged_into"]), (404, &json!("merged"), &json!("7")));

        // What the product goes on sending under the old id belongs to the user who stayed.
        send_records(&app, &key, "payment", json!([{"id": "p3", "user_id": "8", "amount": 7, "currency": "RUB", "status": "failed"}])).await;
        catch_up(&app).await;
        assert_eq!(app.get(&key, "/users/7/payments").await.1["data"].as_array().unwrap().len(), 3);
        assert_eq!(app.get(&key, "/users?count=exact").await.1["total"], 1);

        let path = format!("/merges/{}", merge["id"].as_str().unwrap());
        for _ in 0..2 {
            assert_eq!(app.send(Method::DELETE, &key, &path, Value::Null).await.0, 204);
        }
        app.workspace().records.write("DELETE FROM payment WHERE id = 'p3'", vec![]).await.unwrap();
        catch_up(&app).await;
        assert_eq!(picture(&app, &key).await, before, "undone to the last detail");
        let merges = app.get(&key, "/merges").await.1;
        assert!(merges["data"][0]["reversed_at"].is_string());
        assert_eq!(app.audited("user").await, ["identity.merge", "identity.merge_undo"]);
    }

    async fn an_anonymous_visitor_becomes_part_of_a_user(app: TestApp) {
        let key = app.admin_key().await;
        two_users(&app, &key).await;
        let before = picture(&app, &key).await;
        let request = json!({"into": "7", "from": {"kind": "anonymous", "value": "browser-1"}});
        let (_, merge) = app.send(Method::POST, &key, "/merges", request.clone()).await;
        assert_eq!(merge["moves"], json!({"events": 1, "records": 0, "identities": 1}));
        assert_eq!(app.get(&key, "/users/7/timeline?events=opened").await.1["data"][0]["subject"], "a:browser-1");
        let (status, again) = app.send(Method::POST, &key, "/merges", request).await;
        assert_eq!((status, &again["errors"][0]["pointer"]), (422, &json!("/from/value")));
        let telegram = json!({"into": "7", "from": {"kind": "telegram", "value": "555"}});
        let (status, second) = app.send(Method::POST, &key, "/merges", telegram).await;
        assert_eq!(status, 201);
        for merge in [merge, second] {
            assert_eq!(app.send(Method::DELETE, &key, &format!("/merges/{}", merge["id"].as_str().unwrap()), Value::Null).await.0, 204);
        }
        catch_up(&app).await;
        assert_eq!(picture(&app, &key).await, before);
    }

    async fn a_merge_is_undone_after_the_later_ones(app: TestApp) {
        let key = app.admin_key().await;
        two_users(&app, &key).await;
        send_records(&app, &key, "user", json!([{"id": "9", "name": "Bo"}])).await;
        catch_up(&app).await;
        let before = picture(&app, &key).await;
        let merge = |into: &'static str, from: &'static str| {
            let (app, key) = (&app, &key);
            async move { app.send(Method::POST, key, "/merges", json!({"into": into, "from": {"kind": "user", "value": from}})).await.1 }
        };
        let first = merge("8", "9").await;
        let second = merge("7", "8").await;
        let identities = app.get(&key, "/users/7").await.1["identities"].as_array().unwrap().iter().filter(|identity| identity["kind"] == "user").count();
        assert_eq!(identities, 3);
        let path = |merge: &Value| format!("/merges/{}", merge["id"].as_str().unwrap());
        let (status, refused) = app.send(Method::DELETE, &key, &path(&first), Value::Null).await;
        assert_eq!((status, &refused["code"]), (409, &json!("merged_again")));
        assert_eq!(app.send(Method::DELETE, &key, &path(&second), Value::Null).await.0, 204);
        assert_eq!(app.send(Method::DELETE, &key, &path(&first), Value::Null).await.0, 204);
        catch_up(&app).await;
        assert_eq!(picture(&app, &key).await, before);
    }

    async fn what_cannot_be_merged_is_said(app: TestApp) {
        let key = app.admin_key().await;
        two_users(&app, &key).await;
        for (into, kind, value, pointer) in [
            ("7", "user", "7", "/from/value"),
            ("7", "user", "nobody", "/from/value"),
            ("nobody", "user", "8", "/into"),
            ("7", "email", "ANNA@example.com", "/from/value"),
            ("7", "anonymous", " ", "/from/value"),
        ] {
            let body = json!({"into": into, "from": {"kind": kind, "value": value}});
            for path in ["/merges/preview", "/merges"] {
                let (status, problem) = app.send(Method::POST, &key, path, body.clone()).await;
                assert_eq!((status, &problem["errors"][0]["pointer"]), (422, &json!(pointer)), "{body}: {problem}");
            }
        }
        let support = app.secret_key(&[Permission::UsersRead]).await;
        assert_eq!(app.get(&support, "/merges").await.0, 403);
    }
}
