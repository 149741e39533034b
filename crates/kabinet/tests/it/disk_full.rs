//! A disk that fills up under a running server, on a file system of its own: writes are refused, reads go on, and writing goes on by itself when there is room again.

use std::path::{Path, PathBuf};
use std::process::{Child, Command};

use kabinet_testing::eventually;
use serde_json::{Value, json};

use crate::support::{self, REPLIES, common, started};

/// A server whose data folder is a small file system, mounted in a namespace that only the server sees.
struct Confined {
    server: Child,
    url: String,
    key: String,
    /// The data folder as it looks from here.
    data: PathBuf,
}

impl Confined {
    fn start(folder: &Path) -> Confined {
        let prepared = folder.join("prepared");
        support::output(&prepared, &["workspace", "add", "--definition", REPLIES]);
        let key = support::output(&prepared, &["key", "create", "--workspace", "replies", "--kind", "secret"]);
        let data = folder.join("data");
        std::fs::create_dir(&data).unwrap();
        let script = format!(
            "mount -t tmpfs -o size=24m tmpfs {data} && cp -a {prepared}/. {data} && exec \"$@\"",
            data = data.display(),
            prepared = prepared.display()
        );
        let mut command = Command::new("unshare");
        command
            .args(["--user", "--map-root-user", "--mount", "sh", "-c", &script, "sh", env!("CARGO_BIN_EXE_kabinet")])
            .args(common(&data))
            .args(["serve", "--listen", "127.0.0.1:0"])
            .env_remove("KABINET_DATABASE_URL");
        let (server, url) = started(command);
        let data = PathBuf::from(format!("/proc/{}/root{}", server.id(), data.display()));
        Confined { server, url, key, data }
    }

    async fn post(&self, http: &reqwest::Client, path: &str, body: Value) -> u16 {
        let request = http.post(format!("{}{path}", self.url)).bearer_auth(&self.key).json(&body);
        request.send().await.unwrap().status().as_u16()
    }

    async fn get(&self, http: &reqwest::Client, path: &str) -> u16 {
        http.get(format!("{}{path}", self.url)).bearer_auth(&self.key).send().await.unwrap().status().as_u16()
    }

    /// Takes all the room there is left.
    fn fill(&self) -> PathBuf {
        let filler = self.data.join("filler");
        let mut file = std::fs::File::create(&filler).unwrap();
        let block = [0_u8; 4096];
        while std::io::Write::write_all(&mut file, &block).is_ok() {}
        filler
    }
}

impl Drop for Confined {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

fn events(from: usize) -> Value {
    let text = "x".repeat(2_000);
    (from..from + 10)
        .map(|id| json!({"id": format!("e{id}"), "event": "filled", "user_id": "7", "properties": {"text": text}}))
        .collect()
}

fn user(id: usize) -> Value {
    json!([{"id": format!("u{id}"), "name": "x".repeat(250)}])
}

#[tokio::test]
async fn a_full_disk_refuses_and_recovers() {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let folder = tempfile::tempdir().unwrap();
    let confined = Confined::start(folder.path());
    let http = reqwest::Client::new();
    assert_eq!(confined.post(&http, "/api/v1/replies/events", events(0)).await, 200);
    assert_eq!(confined.post(&http, "/api/v1/replies/records/user", user(0)).await, 200);

    let filler = confined.fill();
    let mut number = 10;
    eventually("the event door to refuse", || {
        number += 10;
        let (confined, http, batch) = (&confined, &http, events(number));
        async move { (confined.post(http, "/api/v1/replies/events", batch).await == 507).then_some(()) }
    })
    .await;
    eventually("the records door to refuse", || {
        number += 1;
        let (confined, http, batch) = (&confined, &http, user(number));
        async move { (confined.post(http, "/api/v1/replies/records/user", batch).await == 507).then_some(()) }
    })
    .await;
    assert_eq!(confined.get(&http, "/api/v1/replies").await, 200);
    assert_eq!(confined.get(&http, "/api/v1/replies/debugger").await, 200);
    assert_eq!(confined.get(&http, "/healthz").await, 200);

    std::fs::remove_file(filler).unwrap();
    eventually("both doors to open again", || {
        number += 10;
        let (confined, http, number) = (&confined, &http, number);
        async move {
            let taken = confined.post(http, "/api/v1/replies/events", events(number)).await;
            let stored = confined.post(http, "/api/v1/replies/records/user", user(number)).await;
            (taken == 200 && stored == 200).then_some(())
        }
    })
    .await;
}
