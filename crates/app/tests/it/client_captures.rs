//! Requests of client libraries as they were on the wire, sent again byte for byte but for the key. They hold the shapes of library versions that are no longer installed.

use std::io::Write;

use crate::both_engines;
use crate::support::{self, NOON, TestApp};
use kabinet_events::{EventQueries, StoredEvent};
use kabinet_testing::repository;
use serde::Deserialize;
use serde_json::Value;

#[derive(Deserialize)]
struct Captured {
    path: String,
    headers: std::collections::BTreeMap<String, String>,
    content_encoding: String,
    json: Value,
}

fn captured(name: &str) -> Vec<Captured> {
    let path = repository::root().join("testdata/clients").join(format!("{name}.jsonl"));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn pack(bytes: Vec<u8>, encoding: &str) -> Vec<u8> {
    match encoding {
        "gzip" => {
            let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
            encoder.write_all(&bytes).unwrap();
            encoder.finish().unwrap()
        }
        _ => bytes,
    }
}

/// Sends the requests of a capture under our key, and returns what is stored then, oldest first.
async fn send_again(app: &TestApp, name: &str) -> Vec<StoredEvent> {
    let key = app.write_key().await;
    for mut request in captured(name) {
        for member in ["api_key", "token", "writeKey"] {
            if request.json.get(member).is_some() {
                request.json[member] = key.clone().into();
            }
        }
        let body = pack(serde_json::to_vec(&request.json).unwrap(), &request.content_encoding);
        let mut again = app.http.post(app.url(&request.path)).body(body);
        for (header, value) in &request.headers {
            let header = header.to_ascii_lowercase();
            again = match header.as_str() {
                "host" | "content-length" | "connection" => again,
                "authorization" => again.basic_auth(&key, Some("")),
                _ => again.header(header, value),
            };
        }
        let answer = again.send().await.unwrap();
        assert_eq!(answer.status(), 200, "{name} {}", request.path);
    }
    let events = app.app.workspace("replies").unwrap().events.clone();
    events.ask(|store, _| store.read_from(0, 100)).await.unwrap()
}

fn lines(events: &[StoredEvent]) -> Vec<String> {
    events.iter().map(|event| format!("{} {}", event.subject, event.name)).collect()
}

both_engines! {
    async fn segment_libraries(app: TestApp) {
        let mut expected = ["u:user_1 $identify", "u:user_1 Order Completed", "u:user_1 $pageview", "u:user_1 $screen", "u:user_1 $group", "u:user_1 $alias"];
        for name in ["segment_py", "segment_py_gzip"] {
            let before = stored_count(&app).await;
            let events = send_again(&app, name).await;
            assert_eq!(lines(&events[before..]), expected, "{name}");
            assert!(events.iter().all(|event| event.timestamp_ms.abs_diff(NOON) < 60_000), "times follow our clock");
        }
        expected[3] = "a:anon_1 $screen";
        let before = stored_count(&app).await;
        let events = send_again(&app, "segment_node").await;
        assert_eq!(lines(&events[before..]), expected);
        assert_eq!(events[before + 1].properties["products"][0]["price"], 39.95);
    }

    async fn rudder_libraries(app: TestApp) {
        for name in ["rudder_node", "rudder_node_default"] {
            let before = stored_count(&app).await;
            let events = send_again(&app, name).await;
            assert_eq!(lines(&events[before..]), ["u:user_1 Order Completed"], "{name}");
        }
    }

    async fn posthog_libraries(app: TestApp) {
        for name in ["posthog_py", "posthog_py_gzip", "posthog_node"] {
            let before = stored_count(&app).await;
            let events = send_again(&app, name).await;
            let stored = lines(&events[before..]);
            for line in ["u:user_1 signed_up", "u:user_1 $create_alias", "u:user_1 $feature_flag_called"] {
                assert!(stored.iter().any(|stored| stored == line), "{name}: {stored:?}");
            }
            let sign_up = &events[before];
            assert_eq!(sign_up.properties["plan"], "pro");
            assert_eq!(sign_up.context["ignored_traits"], serde_json::json!(["email"]), "{name}");
        }
    }
}

async fn stored_count(app: &TestApp) -> usize {
    app.app.workspace("replies").unwrap().events.stats().events as usize
}
