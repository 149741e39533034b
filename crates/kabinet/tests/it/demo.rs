//! The demo as people start it: its history comes in through the doors, and starting again doubles nothing.

use std::io::{BufRead, BufReader, Lines};
use std::path::Path;
use std::process::{ChildStdout, Stdio};

use kabinet_testing::eventually;
use serde_json::{Value, json};

use crate::support::{self, EndedOnDrop};

/// A running demo, and what it prints.
struct Demo {
    _process: EndedOnDrop,
    lines: Lines<BufReader<ChildStdout>>,
    url: String,
}

impl Demo {
    fn start(data: &Path) -> Demo {
        let mut command = support::kabinet(data, &["demo", "--users", "40", "--seed", "3", "--listen", "127.0.0.1:0"]);
        let mut process = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let first = lines.next().unwrap().unwrap();
        let url = first.split(' ').find(|word| word.starts_with("http://")).unwrap().trim_end_matches('.').to_owned();
        Demo { _process: EndedOnDrop(process), lines, url }
    }

    /// The records and new events it says that it told.
    fn told(&mut self) -> (usize, usize) {
        let line = self.lines.by_ref().map(Result::unwrap).find(|line| line.starts_with("Told ")).unwrap();
        let numbers: Vec<usize> = line.split(' ').filter_map(|word| word.parse().ok()).collect();
        (numbers[0], numbers[1])
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_demo_tells_its_history_once_and_goes_on() {
    let data = tempfile::tempdir().unwrap();
    let mut demo = Demo::start(data.path());
    let (records, events) = demo.told();
    assert!(records > 100 && events > 1_000, "{records} records, {events} events");

    let key = support::output(data.path(), &["key", "create", "--workspace", "replies", "--kind", "secret"]);
    let _ = rustls::crypto::ring::default_provider().install_default();
    let http = reqwest::Client::new();
    let ask = async |path: &str| -> Value {
        let request = http.get(format!("{}/api/v1/replies/{path}", demo.url)).bearer_auth(&key);
        request.send().await.unwrap().json().await.unwrap()
    };
    for outcome in ["accepted", "refused"] {
        eventually(&format!("live traffic that is {outcome}"), async || {
            let items = ask(&format!("debugger?outcome={outcome}")).await;
            let from_live = |item: &&Value| item["client"] == json!("kabinet-demo");
            items["data"].as_array().unwrap().iter().find(from_live).map(|_| ())
        })
        .await;
    }
    eventually("all users, with those who signed up meanwhile", async || {
        let users = ask("users/count").await["count"].as_u64().unwrap();
        (40..60).contains(&users).then_some(())
    })
    .await;
    for filter in ["status%20%3D%3D%20%22active%22", "status%20%3D%3D%20%22expired%22", "token_balance%20%3E%200"] {
        eventually("every user's fields", async || {
            ask(&format!("users/count?filter={filter}")).await["count"].as_u64().filter(|count| *count > 0)
        })
        .await;
    }
    drop(demo);

    let mut again = Demo::start(data.path());
    let (records_again, events_again) = again.told();
    assert!(records_again >= records);
    assert!(events_again < events / 20, "only what happened meanwhile is new: {events_again}");
}
