//! Staff and the audit log from the command line.

use std::io::{BufRead, BufReader, Write};
use std::process::Stdio;

use crate::support::{REPLIES, kabinet, output};

// spec: B004
#[test]
fn staff_are_added_with_a_link_or_with_a_password_from_standard_input() {
    let data = tempfile::tempdir().unwrap();
    output(data.path(), &["workspace", "add", "--definition", REPLIES]);
    let add = [
        "staff",
        "add",
        "--email",
        "anna@example.com",
        "--name",
        "Анна",
        "--role",
        "support",
        "--workspaces",
        "replies",
    ];
    let link = output(data.path(), &add);
    assert!(link.starts_with("http://127.0.0.1:7070/invitations/"), "{link}");

    let mut child = kabinet(data.path(), &[&add[..], &["--password-stdin"]].concat())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all("correct horse battery\n".as_bytes()).unwrap();
    let id = String::from_utf8(child.wait_with_output().unwrap().stdout).unwrap();
    assert!(uuid::Uuid::parse_str(id.trim()).is_ok(), "{id}");

    for (arguments, told) in [
        (["--role", "king", "--password", "correct horse battery"], "super_admin"),
        (["--role", "support", "--password", "password1234"], "password: "),
        (["--role", "support", "--workspaces", "nowhere"], "no workspace nowhere"),
    ] {
        let add = ["staff", "add", "--email", "boris@example.com", "--name", "Boris"];
        let refused = kabinet(data.path(), &[&add[..], &arguments].concat()).output().unwrap();
        let said = String::from_utf8(refused.stderr).unwrap();
        assert!(!refused.status.success() && said.contains(told), "{said}");
    }
}

// spec: B004
#[test]
fn the_console_tells_how_to_become_the_first_super_admin() {
    let data = tempfile::tempdir().unwrap();
    let mut server = kabinet(data.path(), &["serve", "--listen", "127.0.0.1:0"])
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(server.stderr.take().unwrap()).lines();
    let link = lines.map_while(Result::ok).find(|line| line.contains("/setup?token="));
    server.kill().unwrap();
    server.wait().unwrap();
    assert!(link.unwrap().trim().starts_with("http://127.0.0.1:7070/setup?token="));
}

// spec: B005
#[test]
fn audit_verify_names_the_first_broken_entry_and_fails() {
    let data = tempfile::tempdir().unwrap();
    output(data.path(), &["workspace", "add", "--definition", REPLIES]);
    for number in 0..3 {
        let name = format!("key {number}");
        output(data.path(), &["key", "create", "--workspace", "replies", "--kind", "write", "--name", &name]);
    }
    let whole = output(data.path(), &["audit", "verify"]);
    let chains: Vec<_> = whole.lines().map(|line| line.split(':').next().unwrap()).collect();
    assert_eq!(chains, ["instance", "replies"]);
    assert!(whole.lines().all(|line| line.contains(": whole, ")), "{whole}");

    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let location = kabinet_records::Location::SqliteFile(data.path().join("kabinet.db"));
        let database = kabinet_records::Database::open(&location, kabinet_records::Schema::Control).await.unwrap();
        database.write("DROP TRIGGER audit_entry_no_update", vec![]).await.unwrap();
        database.write("UPDATE audit_entry SET after = replace(after, 'key 1', 'key 9')", vec![]).await.unwrap();
        database.close().await.unwrap();
    });
    let broken = kabinet(data.path(), &["audit", "verify"]).output().unwrap();
    assert!(!broken.status.success());
    let said = String::from_utf8(broken.stdout).unwrap();
    assert!(
        said.contains("instance: broken at entry 3. Entry 3 was altered") && said.contains("replies: whole"),
        "{said}"
    );
}
