//! Events through the doors: what is taken, what is refused, and what the sender is told.

use crate::both_engines;
use crate::support::{self, TestApp};
use kabinet_events::{EventQueries, StoredEvent, Subject};
use kabinet_model::role::Permission;
use serde_json::{Value, json};

async fn timeline(app: &TestApp, subject: Subject) -> Vec<StoredEvent> {
    let events = app.app.workspace("replies").unwrap().events.clone();
    events.ask(move |store, cancel| store.timeline(&[subject], None, None, 100, cancel)).await.unwrap()
}

both_engines! {
    async fn a_segment_batch_is_stored_item_by_item(app: TestApp) {
        let key = app.write_key().await;
        let batch = json!({"batch": [
            {"type": "track", "event": "signed_up", "userId": "7", "anonymousId": "v1", "messageId": "m1", "properties": {"plan": "pro"}},
            {"type": "track", "userId": "7", "messageId": "m2"},
            {"type": "identify", "userId": "7", "messageId": "m3", "traits": {"name": "Анна", "email": "evil@example.com"}},
        ], "writeKey": key});
        for _ in 0..2 {
            let answer = app.http.post(app.url("/v1/batch")).json(&batch).send().await.unwrap();
            assert_eq!(answer.status(), 200);
            assert_eq!(answer.json::<Value>().await.unwrap(), json!({"success": true}));
        }
        let events = timeline(&app, Subject::user("7")).await;
        assert_eq!(events.len(), 2);
        let sign_up = events.iter().find(|event| event.name == "signed_up").unwrap();
        assert_eq!(sign_up.properties["plan"], "pro");
        assert_eq!(sign_up.context["anonymous_id"], "v1");
        let identify = events.iter().find(|event| event.name == "$identify").unwrap();
        assert_eq!(identify.properties["name"], "Анна");
        assert!(!identify.properties.contains_key("email"), "a public key is not believed about e-mail");

        let secret = app.secret_key(&[Permission::EventsRead]).await;
        let debugger = app.http.get(app.url("/api/v1/replies/debugger?outcome=refused")).bearer_auth(&secret).send().await.unwrap();
        let refused: Value = debugger.json().await.unwrap();
        assert_eq!(refused["data"].as_array().unwrap().len(), 2);
        assert_eq!(refused["data"][0]["pointer"], "/event");
    }

    async fn a_wrong_key_is_told_what_is_wrong(app: TestApp) {
        let secret = app.secret_key(&[Permission::UsersRead]).await;
        for (key, status, hint) in [("nonsense", 401, "wk_"), ("wk_0000", 401, "No such key"), (secret.as_str(), 403, "events.write")] {
            let answer = app.http.post(app.url("/v1/track")).basic_auth(key, Some("")).json(&json!({"event": "x", "userId": "1"})).send().await.unwrap();
            assert_eq!(answer.status(), status, "{key}");
            assert_eq!(answer.headers()["content-type"], "application/problem+json");
            let problem: Value = answer.json().await.unwrap();
            assert!(problem["detail"].as_str().unwrap().contains(hint), "{problem}");
        }
    }

    async fn a_bearer_token_of_another_scheme_leaves_the_key_in_the_body(app: TestApp) {
        let key = app.write_key().await;
        let message = json!({"event": "opened", "userId": "7", "writeKey": key});
        for (token, status) in [("an-oauth-token", 200), (key.as_str(), 200), ("wk_0000", 401)] {
            let answer = app.http.post(app.url("/v1/track")).bearer_auth(token).json(&message).send().await.unwrap();
            assert_eq!(answer.status(), status, "{token}");
        }
    }

    async fn the_native_door_answers_for_each_item(app: TestApp) {
        let key = app.secret_key(&[Permission::EventsWrite]).await;
        let body = json!([
            {"id": "a", "event": "review_received", "user_id": "9", "timestamp": "2024-01-01T00:00:00Z"},
            {"id": "a", "event": "review_received", "user_id": "9"},
            {"event": "review_received", "user_id": "9", "colour": "red"},
            {"event": "review_received"},
        ]);
        let answer = app.http.post(app.url("/api/v1/replies/events")).bearer_auth(&key).json(&body).send().await.unwrap();
        assert_eq!(answer.status(), 200);
        let answer: Value = answer.json().await.unwrap();
        assert_eq!((&answer["accepted"], &answer["duplicates"], &answer["refused"]), (&json!(1), &json!(1), &json!(2)));
        assert_eq!(answer["items"][2]["pointer"], "/colour");
        assert_eq!(answer["items"][3]["pointer"], "/user_id");
        let events = timeline(&app, Subject::user("9")).await;
        assert_eq!(events[0].timestamp_ms, 1_704_067_200_000, "a server may tell of the past");
    }

    async fn a_posthog_batch_and_its_flags(app: TestApp) {
        let key = app.write_key().await;
        let batch = json!({"api_key": key, "batch": [
            {"event": "$identify", "distinct_id": "7", "uuid": "p1", "properties": {"$set": {"name": "Bo"}, "$anon_distinct_id": "dev1"}},
            {"event": "opened", "distinct_id": "dev2", "uuid": "p2", "properties": {"$process_person_profile": false}},
        ]});
        for path in ["/batch/", "/batch", "/i/v0/e/"] {
            let answer = app.http.post(app.url(path)).json(&batch).send().await.unwrap();
            assert_eq!(answer.status(), 200);
            assert_eq!(answer.json::<Value>().await.unwrap(), json!({"status": 1}));
        }
        assert_eq!(timeline(&app, Subject::user("7")).await[0].context["anonymous_id"], "dev1");
        assert_eq!(timeline(&app, Subject::anonymous("dev2")).await.len(), 1);
        let flags = app.http.post(app.url("/flags/?v=2")).json(&json!({"token": key, "distinct_id": "7"})).send().await.unwrap();
        assert_eq!(flags.status(), 200);
        assert_eq!(flags.json::<Value>().await.unwrap()["featureFlags"], json!({}));
    }

    async fn a_write_key_that_sends_too_fast_is_told_to_wait(app: TestApp) {
        let (key, other) = (app.write_key().await, app.write_key().await);
        let items: Vec<Value> = (0..2_500).map(|_| json!({"type": "track", "userId": "7"})).collect();
        let send = async |key: &str| {
            app.http.post(app.url("/v1/batch")).basic_auth(key, Some("")).json(&json!({"batch": items})).send().await.unwrap()
        };
        assert_eq!(send(&key).await.status(), 200);
        assert_eq!(send(&key).await.status(), 200);
        let refused = send(&key).await;
        assert_eq!(refused.status(), 429);
        assert_eq!(refused.headers()["retry-after"], "5", "2,500 items are earned back at 500 a second");
        assert_eq!(refused.json::<Value>().await.unwrap()["code"], "rate_limited");
        assert_eq!(send(&other).await.status(), 200, "each key has its own allowance");
        app.clock.set(support::NOON + 5_000);
        assert_eq!(send(&key).await.status(), 200);
        let secret = app.secret_key(&[Permission::EventsWrite]).await;
        for _ in 0..3 {
            assert_eq!(send(&secret).await.status(), 200, "a server's key has no limit");
        }
    }

    async fn pages_on_other_origins_may_send_when_the_key_says_so(app: TestApp) {
        let key = app.browser_key(&["https://shop.example"]).await;
        let body = json!({"api_key": key, "writeKey": key, "event": "opened", "distinct_id": "7", "userId": "7"});
        for path in ["/v1/track", "/e/", "/api/v1/replies/events"] {
            let preflight = app
                .http
                .request(reqwest::Method::OPTIONS, app.url(path))
                .header("origin", "https://shop.example")
                .header("access-control-request-method", "POST")
                .header("access-control-request-headers", "authorization, content-type");
            let preflight = preflight.send().await.unwrap();
            assert_eq!(preflight.status(), 204, "{path}");
            assert_eq!(preflight.headers()["access-control-allow-origin"], "https://shop.example");
            assert_eq!(preflight.headers()["access-control-allow-headers"], "authorization, content-type");
            assert_eq!(preflight.headers()["access-control-allow-methods"], "POST");
        }
        for (origin, status) in [("https://shop.example", 200), ("https://evil.example", 403)] {
            for path in ["/v1/track", "/e/"] {
                let answer = app.http.post(app.url(path)).header("origin", origin).json(&body).send().await.unwrap();
                assert_eq!(answer.status(), status, "{origin} {path}");
                assert_eq!(answer.headers()["access-control-allow-origin"], origin, "the page may read the answer");
            }
        }
        let elsewhere = app.http.get(app.url("/api/v1/replies/debugger")).header("origin", "https://shop.example").send().await.unwrap();
        assert!(!elsewhere.headers().contains_key("access-control-allow-origin"), "only the doors are open to pages");
    }

    async fn event_names_are_told_with_their_counts(app: TestApp) {
        app.apply_replies().await;
        let key = app.secret_key(&[Permission::EventsWrite, Permission::EventsRead]).await;
        let events = json!([{"event": "review_received", "user_id": "1"}, {"event": "review_received", "user_id": "2"}, {"event": "surprise", "user_id": "1"}]);
        app.http.post(app.url("/api/v1/replies/events")).bearer_auth(&key).json(&events).send().await.unwrap();
        let names: Value = app.http.get(app.url("/api/v1/replies/events/names")).bearer_auth(&key).send().await.unwrap().json().await.unwrap();
        assert_eq!(names["data"][0]["name"], "review_received");
        assert_eq!((&names["data"][0]["count"], &names["data"][0]["documented"]), (&json!(2), &json!(true)));
        assert_eq!((&names["data"][1]["name"], &names["data"][1]["documented"]), (&json!("surprise"), &json!(false)));
    }
}
