//! Client libraries of other products, unmodified: only their host and key are ours. Their scripts lie in `clients/`.

use std::collections::BTreeMap;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::both_engines;
use crate::support::{self, NOON, TestApp};
use axum::Router;
use axum::body::{Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::http::{Response, StatusCode, header};
use kabinet_events::{EventQueries, StoredEvent, Subject};
use kabinet_model::role::Permission;
use kabinet_records::sql::{self, Row};
use kabinet_testing::repository;
use serde_json::{Value, json};
use tokio::net::TcpListener;

const MINUTE: i64 = 60_000;

/// Runs a script to its end; what it printed to standard error when it failed.
async fn run(script: &str, variables: &[(&str, &str)], url: &str, key: &str) -> Result<(), String> {
    let program = if script.ends_with(".py") { repository::python() } else { "node".into() };
    let mut command = tokio::process::Command::new(program);
    command.arg(script).current_dir(repository::root().join("clients")).stdin(Stdio::null());
    command.env("KABINET_URL", url).env("KABINET_KEY", key).envs(variables.iter().copied());
    let output = command.output().await.expect("the script starts");
    if output.status.success() { Ok(()) } else { Err(String::from_utf8_lossy(&output.stderr).into_owned()) }
}

/// A network that loses the first answer: the request arrives, and the client is told 503.
struct LossyNetwork {
    server: String,
    http: reqwest::Client,
    requests: AtomicUsize,
}

impl LossyNetwork {
    async fn before(server: &str) -> (String, Arc<LossyNetwork>) {
        let network = Arc::new(LossyNetwork {
            server: server.to_owned(),
            http: reqwest::Client::new(),
            requests: AtomicUsize::new(0),
        });
        let router = Router::new().fallback(LossyNetwork::pass).with_state(network.clone());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await });
        (url, network)
    }

    async fn pass(State(network): State<Arc<LossyNetwork>>, request: Request) -> Response<axum::body::Body> {
        let (mut parts, body) = request.into_parts();
        let body: Bytes = to_bytes(body, usize::MAX).await.unwrap();
        for name in [header::HOST, header::CONTENT_LENGTH, header::TRANSFER_ENCODING, header::CONNECTION] {
            parts.headers.remove(name);
        }
        let url = format!("{}{}", network.server, parts.uri);
        let sent = network.http.request(parts.method, url).headers(parts.headers).body(body);
        let answer = sent.send().await.unwrap();
        let (status, mut headers) = (answer.status(), answer.headers().clone());
        headers.remove(header::TRANSFER_ENCODING);
        let bytes = answer.bytes().await.unwrap();
        let is_batch = parts.uri.path().trim_end_matches('/').ends_with("batch");
        if is_batch && network.requests.fetch_add(1, Ordering::SeqCst) == 0 {
            assert_eq!(status, StatusCode::OK, "{}", String::from_utf8_lossy(&bytes));
            return Response::builder()
                .status(StatusCode::SERVICE_UNAVAILABLE)
                .header(header::RETRY_AFTER, "1")
                .body("lost".into())
                .unwrap();
        }
        let mut response = Response::new(bytes.into());
        *response.status_mut() = status;
        *response.headers_mut() = headers;
        response
    }
}

async fn stored(app: &TestApp) -> Vec<StoredEvent> {
    let events = app.app.workspace("replies").unwrap().events.clone();
    events.ask(|store, _| store.recent(100)).await.unwrap()
}

/// Sends everything with a wrong key (the client reports it, nothing is stored), then with a right one over a network that loses the first answer (everything is stored
/// once), and returns what is stored.
async fn exchange(app: &TestApp, script: &str, variables: &[(&str, &str)], key: &str) -> Vec<StoredEvent> {
    let complaint = run(script, variables, &app.url, "wk_wrong").await.expect_err("a wrong key is reported");
    assert!(complaint.contains("401") || complaint.contains("Unauthorized"), "{complaint}");
    assert_eq!(stored(app).await, []);

    let (url, network) = LossyNetwork::before(&app.url).await;
    run(script, variables, &url, key).await.unwrap_or_else(|complaint| panic!("{script}: {complaint}"));
    assert!(network.requests.load(Ordering::SeqCst) > 1, "the lost batch is sent again");
    let events = stored(app).await;
    let secret = app.secret_key(&[Permission::EventsRead]).await;
    let list = app.http.get(app.url("/api/v1/replies/debugger")).bearer_auth(&secret).send().await.unwrap();
    let list: Value = list.json().await.unwrap();
    let mut outcomes: BTreeMap<&str, usize> = BTreeMap::new();
    for item in list["data"].as_array().unwrap() {
        *outcomes.entry(item["outcome"].as_str().unwrap()).or_default() += 1;
    }
    assert_eq!(outcomes["accepted"], events.len());
    assert!(outcomes["duplicate"] > 0, "what was sent again is recognised: {outcomes:?}");
    assert!(!outcomes.contains_key("refused"), "{list}");
    for event in &events {
        assert!(!event.message_id.is_empty(), "the library's own id: {event:?}");
        let told = if event.name == "response_generated" { NOON - 60 * MINUTE } else { NOON };
        assert!((told - MINUTE..=told + 1_000).contains(&event.timestamp_ms), "{event:?}");
        assert_eq!(event.received_at_ms, NOON);
    }
    events
}

fn only<'a>(events: &'a [StoredEvent], name: &str) -> &'a StoredEvent {
    let found: Vec<&StoredEvent> = events.iter().filter(|event| event.name == name).collect();
    assert_eq!(found.len(), 1, "{name} is stored once: {found:?}");
    found[0]
}

fn seller() -> Subject {
    Subject::user("seller-1")
}

/// What the scripts of Segment's and RudderStack's libraries tell.
fn check_segment(events: &[StoredEvent], key_is_secret: bool) {
    assert_eq!(events.len(), 7);
    let identify = only(events, "$identify");
    assert_eq!((&identify.subject, &identify.properties["name"]), (&seller(), &json!("Анна Соколова")));
    assert_eq!(identify.properties["city"], "Казань");
    if key_is_secret {
        assert_eq!(identify.properties["email"], "anna@example.com");
    } else {
        assert!(!identify.properties.contains_key("email"));
        assert_eq!(identify.context["ignored_traits"], json!(["email"]));
    }
    let answer = only(events, "response_generated");
    assert_eq!((&answer.subject, answer.message_id.as_str()), (&seller(), "answer-1"));
    assert_eq!((&answer.properties["tokens"], &answer.properties["used_vision"]), (&json!(120), &json!(true)));
    assert!(answer.context["library"]["name"].is_string());
    let page = only(events, "$pageview");
    assert_eq!((&page.properties["name"], &page.properties["category"]), (&json!("Pricing"), &json!("Docs")));
    assert_eq!(page.properties["url"], "https://example.com/pricing");
    assert_eq!(only(events, "$screen").properties["name"], "General");
    let group = only(events, "$group");
    assert_eq!((&group.subject, &group.properties["group_id"]), (&seller(), &json!("shop-1")));
    assert_eq!(group.properties["name"], "Ромашка");
    let alias = only(events, "$alias");
    assert_eq!((&alias.subject, &alias.properties["previous_id"]), (&seller(), &json!("visitor-1")));
    let opened = only(events, "opened");
    assert_eq!((&opened.subject, &opened.properties["source"]), (&Subject::anonymous("visitor-2"), &json!("mini app")));
}

/// What the scripts of PostHog's libraries tell.
fn check_posthog(events: &[StoredEvent], identify: &str) {
    assert_eq!(events.len(), 9, "{events:#?}");
    assert_eq!(only(events, "$feature_flag_called").properties["$feature_flag"], "beta");
    let identify = only(events, identify);
    assert_eq!((&identify.subject, &identify.properties["name"]), (&seller(), &json!("Анна Соколова")));
    assert!(!identify.properties.contains_key("email"), "a public key is not believed about e-mail");
    let answer = only(events, "response_generated");
    assert_eq!(answer.subject, seller());
    assert_eq!(answer.message_id, "0190c0de-0000-7000-8000-000000000001");
    assert_eq!((&answer.properties["tokens"], &answer.properties["used_vision"]), (&json!(120), &json!(true)));
    assert_eq!(answer.context["traits"], json!({"shop": "Ромашка"}), "traits told beside an action");
    assert_eq!(only(events, "$pageview").properties["$current_url"], "https://example.com/pricing");
    assert_eq!(only(events, "$screen").properties["$screen_name"], "General");
    let group = only(events, "$groupidentify");
    assert!(matches!(group.subject, Subject::Anonymous(_)), "a group is no person");
    assert_eq!((&group.properties["group_id"], &group.properties["name"]), (&json!("shop-1"), &json!("Ромашка")));
    let alias = only(events, "$create_alias");
    assert_eq!((&alias.subject, &alias.properties["previous_id"]), (&seller(), &json!("visitor-1")));
    let opened = only(events, "opened");
    assert!(matches!(opened.subject, Subject::Anonymous(_)));
    assert_eq!(opened.properties["source"], "mini app");
    let exception = only(events, "$exception");
    assert_eq!(exception.properties["$exception_list"][0]["value"], "division by zero");
}

/// The seller is a user with the traits that were told; neither the visitors nor the group became one.
async fn check_user(app: &TestApp, traits: Value) {
    app.catch_up().await;
    let row = app.profile("seller-1").await.expect("a user");
    assert_eq!(row.get::<String>("name").unwrap(), "Анна Соколова");
    assert_eq!(row.json("traits").unwrap(), traits);
    let workspace = app.app.workspace("replies").unwrap();
    let count = sql::one(workspace.records.reader(), "SELECT COUNT(*) AS users FROM profile", vec![]).await.unwrap();
    assert_eq!(count.unwrap().get::<i64>("users").unwrap(), 1);
    let query = "SELECT user_id FROM identity WHERE kind = 'anonymous' AND value = 'visitor-1'";
    let visitor = sql::one(workspace.records.reader(), query, vec![]).await.unwrap().expect("the alias joined them");
    assert_eq!(visitor.get::<String>("user_id").unwrap(), "seller-1");
}

both_engines! {
    async fn segment_analytics_python(app: TestApp) {
        let events = exchange(&app, "segment_python.py", &[], &app.write_key().await).await;
        check_segment(&events, false);
        check_user(&app, json!({"city": "Казань"})).await;
    }

    async fn segment_analytics_python_with_gzip_and_a_secret_key(app: TestApp) {
        let key = app.secret_key(&[Permission::EventsWrite]).await;
        let events = exchange(&app, "segment_python.py", &[("GZIP", "1")], &key).await;
        check_segment(&events, true);
        check_user(&app, json!({"city": "Казань"})).await;
    }

    async fn segment_analytics_node(app: TestApp) {
        let events = exchange(&app, "segment_node.mjs", &[], &app.write_key().await).await;
        check_segment(&events, false);
        check_user(&app, json!({"city": "Казань"})).await;
    }

    async fn rudder_sdk_node_with_its_default_settings(app: TestApp) {
        let events = exchange(&app, "rudder_node.mjs", &[], &app.write_key().await).await;
        check_segment(&events, false);
        check_user(&app, json!({"city": "Казань"})).await;
    }

    async fn rudder_sdk_node_without_gzip(app: TestApp) {
        let events = exchange(&app, "rudder_node.mjs", &[("GZIP", "0")], &app.write_key().await).await;
        check_segment(&events, false);
        check_user(&app, json!({"city": "Казань"})).await;
    }

    async fn posthog_python(app: TestApp) {
        let events = exchange(&app, "posthog_python.py", &[], &app.write_key().await).await;
        check_posthog(&events, "$set");
        check_user(&app, json!({"city": "Казань", "shop": "Ромашка"})).await;
    }

    async fn posthog_python_with_gzip(app: TestApp) {
        let events = exchange(&app, "posthog_python.py", &[("GZIP", "1")], &app.write_key().await).await;
        check_posthog(&events, "$set");
        check_user(&app, json!({"city": "Казань", "shop": "Ромашка"})).await;
    }

    async fn posthog_node(app: TestApp) {
        let events = exchange(&app, "posthog_node.mjs", &[], &app.write_key().await).await;
        check_posthog(&events, "$identify");
        check_user(&app, json!({"city": "Казань", "shop": "Ромашка"})).await;
    }
}
