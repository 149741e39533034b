//! The whole server is killed (`kill -9`) again and again while clients send. What was acknowledged must be there, once; and what is derived from it must be right.
//!
//! 20 rounds by default; `KABINET_CRASH_ROUNDS=300` for the long check.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use kabinet_app::App;
use kabinet_app::clock::Clock;
use kabinet_app::config::Config;
use kabinet_app::features::derive;
use kabinet_events::EventQueries;
use kabinet_testing::eventually;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde_json::{Value, json};

use crate::support::{REPLIES, output, serve};

const CLIENTS: usize = 4;
const BATCH: usize = 5;
const USERS: usize = 10;

type Ids = Arc<Mutex<BTreeSet<String>>>;

fn batch(round: usize, client: usize, number: usize) -> Vec<Value> {
    (0..BATCH)
        .map(|item| {
            json!({
                "id": format!("{round}-{client}-{number}-{item}"),
                "event": "response_generated",
                "user_id": format!("user {}", (client + number + item) % USERS),
                "properties": {"tokens": 1, "used_vision": item % 2 == 0},
            })
        })
        .collect()
}

/// Sends batches until the server is gone, and remembers the ids that were acknowledged.
async fn send_until_killed(url: String, key: String, round: usize, client: usize, acknowledged: Ids) {
    let http = reqwest::Client::new();
    for number in 0.. {
        let items = batch(round, client, number);
        let sent = http.post(format!("{url}/api/v1/replies/events")).bearer_auth(&key).json(&items).send().await;
        let Ok(answer) = sent else { return };
        assert_eq!(answer.status(), 200);
        let Ok(answer) = answer.json::<Value>().await else { return };
        assert_eq!(answer["refused"], 0, "{answer}");
        let ids = items.iter().map(|item| item["id"].as_str().unwrap().to_owned());
        acknowledged.lock().unwrap().extend(ids);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_acknowledged_is_lost_or_doubled() {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let rounds: usize = std::env::var("KABINET_CRASH_ROUNDS").ok().map_or(20, |rounds| rounds.parse().unwrap());
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path();
    output(data, &["workspace", "add", "--definition", REPLIES]);
    let key = output(data, &["key", "create", "--workspace", "replies", "--kind", "secret"]);

    let acknowledged: Ids = Arc::default();
    let mut random = StdRng::seed_from_u64(7);
    for round in 0..rounds {
        let (mut server, url) = serve(data);
        let clients: Vec<_> = (0..CLIENTS)
            .map(|client| {
                tokio::spawn(send_until_killed(url.clone(), key.clone(), round, client, acknowledged.clone()))
            })
            .collect();
        let enough = acknowledged.lock().unwrap().len() + random.random_range(20..400);
        eventually("enough acknowledgements to kill the server", || {
            let reached = acknowledged.lock().unwrap().len() >= enough;
            async move { reached.then_some(()) }
        })
        .await;
        server.kill().unwrap();
        server.wait().unwrap();
        for client in clients {
            client.await.unwrap();
        }
    }

    let mut config = Config::in_folder(data);
    config.free_space_floor = Some(0);
    let app = App::open(config, Clock::system()).await.unwrap();
    let workspace = app.workspace("replies").unwrap();
    let stored = workspace.events.ask(|store, _| store.read_from(0, usize::MAX)).await.unwrap();
    let distinct: BTreeSet<&str> = stored.iter().map(|event| event.message_id.as_str()).collect();
    assert_eq!(stored.len(), distinct.len(), "an event is there twice");
    let acknowledged = acknowledged.lock().unwrap().clone();
    assert!(acknowledged.len() >= rounds * 20);
    let lost = acknowledged.iter().filter(|id| !distinct.contains(id.as_str())).count();
    assert_eq!(lost, 0, "of {} acknowledged events", acknowledged.len());
    derive::catch_up(&workspace).await.unwrap();
    assert_eq!(derive::compare_with_recomputed(&workspace).await.unwrap(), Vec::<String>::new());
}
