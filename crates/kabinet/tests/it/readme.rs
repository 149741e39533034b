//! The README's way to attach a product, taken from the README and walked.

use std::path::Path;
use std::process::{Command, Output};

use kabinet_testing::{eventually, repository};
use serde_json::{Value, json};

use crate::support;

/// The code blocks of the section about attaching a product, in order, by language.
fn snippets(language: &str) -> Vec<String> {
    let readme = std::fs::read_to_string(repository::root().join("README.md")).unwrap();
    let section = readme.split("\n## ").find(|section| section.starts_with("Attach your product")).unwrap();
    let blocks = section.split("```").skip(1).step_by(2);
    let blocks = blocks.map(|block| block.split_once('\n').unwrap());
    blocks.filter(|(of, _)| *of == language).map(|(_, code)| code.to_owned()).collect()
}

fn run(command: &mut Command) -> String {
    let Output { status, stdout, stderr } = command.output().unwrap();
    assert!(status.success(), "{command:?}: {}{}", String::from_utf8_lossy(&stdout), String::from_utf8_lossy(&stderr));
    String::from_utf8(stdout).unwrap()
}

/// `kabinet` as the README calls it, on a folder of the test's.
fn shell(script: &str, data: &Path) -> Command {
    let program = Path::new(env!("CARGO_BIN_EXE_kabinet")).parent().unwrap();
    let path = format!("{}:{}", program.display(), std::env::var("PATH").unwrap());
    let mut command = Command::new("sh");
    command.args(["-euc", script]).current_dir(repository::root()).env("PATH", path);
    command.env("KABINET_DATA", data).env_remove("KABINET_DATABASE_URL");
    command.env("KABINET_CONFIG", data.join("kabinet.toml"));
    command
}

#[tokio::test(flavor = "multi_thread")]
async fn a_product_is_attached_as_the_readme_says() {
    let data = tempfile::tempdir().unwrap();
    support::common(data.path());
    let [set_up, records] = snippets("sh").try_into().unwrap();
    let [python] = snippets("python").try_into().unwrap();
    let [typescript] = snippets("ts").try_into().unwrap();

    let set_up = set_up.strip_suffix("kabinet serve\n").expect("the last step serves");
    let printed = run(&mut shell(set_up, data.path()));
    let key = printed.lines().last().unwrap().to_owned();
    assert!(key.starts_with("sk_"), "{printed}");
    let (server, url) = support::serve(data.path());
    let _server = support::EndedOnDrop(server);

    run(Command::new(repository::python()).args(["-c", &python]).env("KABINET_URL", &url).env("KABINET_KEY", &key));
    // Node looks for packages beside the script.
    let folder = tempfile::tempdir().unwrap();
    std::os::unix::fs::symlink(repository::root().join("clients/node_modules"), folder.path().join("node_modules"))
        .unwrap();
    let script = folder.path().join("snippet.mjs");
    std::fs::write(&script, typescript).unwrap();
    run(Command::new("node").arg(&script).env("KABINET_URL", &url).env("KABINET_KEY", &key));
    let answer = run(shell(&records, data.path()).env("KABINET_URL", &url).env("KABINET_KEY", &key));
    let answer: Value = serde_json::from_str(&answer).unwrap();
    assert_eq!((&answer["created"], &answer["refused"]), (&json!(1), &json!(0)));

    let _ = rustls::crypto::ring::default_provider().install_default();
    let http = reqwest::Client::new();
    let debugger = http.get(format!("{url}/api/v1/replies/debugger?outcome=accepted")).bearer_auth(&key);
    let accepted: Value = debugger.send().await.unwrap().json().await.unwrap();
    let mut names: Vec<&str> =
        accepted["data"].as_array().unwrap().iter().map(|item| item["name"].as_str().unwrap()).collect();
    names.sort_unstable();
    assert_eq!(names, ["$identify", "response_generated", "review_received"]);
    let fields = eventually("the user's fields", async || {
        let row = http.get(format!("{url}/api/v1/replies/users/42")).bearer_auth(&key).send().await.unwrap();
        let row: Value = row.json().await.unwrap();
        let is_computed =
            row["fields"]["total_paid"]["amount"] == 149_000 && row["fields"]["vision_usage_percent"] == 100.0;
        is_computed.then(|| row["fields"].clone())
    })
    .await;
    assert_eq!((&fields["name"], &fields["email"]), (&json!("Анна Соколова"), &json!("anna@example.com")));
    assert_eq!(fields["token_balance"], 15_000);
}
