//! Notes of staff about users: by whom they may be changed, how a deletion is undone, and that creating one may be repeated.

use kabinet_model::role::Permission;
use reqwest::Method;
use serde_json::{Value, json};

use crate::both_engines;
use crate::people::{self, Person};
use crate::support::{self, TestApp};

/// Strings that break things, as others collected them.
pub fn naughty_strings() -> Vec<String> {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data/naughty_strings/blns.json");
    match std::fs::read_to_string(file) {
        Ok(text) => serde_json::from_str(&text).unwrap(),
        Err(_) => ["<script>alert(1)</script>", "'; DROP TABLE profile; --", "=1+1", "\u{202e}abc", "Ω≈ç√", "👩‍👩‍👧"]
            .map(String::from)
            .to_vec(),
    }
}

both_engines! {
    // spec: W02
    async fn a_note_is_written_edited_deleted_and_brought_back(app: TestApp) {
        app.apply_replies().await;
        people::insert(&app.workspace(), &[Person::named("7", "Анна")]).await;
        let key = app.secret_key(&[Permission::UsersRead, Permission::NotesWrite]).await;
        let (status, note) = app.send(Method::POST, &key, "/users/7/notes", json!({"text": "Просила счёт"})).await;
        assert_eq!(status, 201, "{note}");
        assert_eq!((&note["author"]["name"], &note["version"]), (&json!("test"), &json!(1)));
        let path = format!("/users/7/notes/{}", note["id"].as_str().unwrap());

        let (status, edited) = app.send(Method::PATCH, &key, &path, json!({"text": "Просила два счёта", "version": 1})).await;
        assert_eq!((status, &edited["text"], &edited["version"]), (200, &json!("Просила два счёта"), &json!(2)));
        assert!(edited["edited_at"].is_string());
        let (status, conflict) = app.send(Method::PATCH, &key, &path, json!({"text": "late", "version": 1})).await;
        assert_eq!((status, &conflict["code"], &conflict["current"]["version"]), (409, &json!("conflict"), &json!(2)));

        for _ in 0..2 {
            assert_eq!(app.send(Method::DELETE, &key, &path, Value::Null).await.0, 204);
        }
        assert_eq!(app.get(&key, "/users/7/notes").await.1["data"], json!([]));
        assert_eq!(app.send(Method::PATCH, &key, &path, json!({"text": "gone", "version": 3})).await.0, 404);
        let (status, back) = app.send(Method::POST, &key, &format!("{path}/restoration"), Value::Null).await;
        assert_eq!((status, &back["text"]), (200, &json!("Просила два счёта")));
        assert_eq!(app.get(&key, "/users/7/notes").await.1["data"][0]["id"], note["id"]);
        assert_eq!(app.audited("note").await, ["note.create", "note.edit", "note.delete", "note.restore"]);
    }

    // spec: W02
    async fn only_the_author_or_a_super_admin_changes_a_note(app: TestApp) {
        app.apply_replies().await;
        people::insert(&app.workspace(), &[Person::named("7", "Анна"), Person::named("8", "Bo")]).await;
        let author = app.secret_key(&[Permission::UsersRead, Permission::NotesWrite]).await;
        let other = app.secret_key(&[Permission::UsersRead, Permission::NotesWrite]).await;
        let admin = app.admin_key().await;
        let note = app.send(Method::POST, &author, "/users/7/notes", json!({"text": "mine"})).await.1;
        let path = format!("/users/7/notes/{}", note["id"].as_str().unwrap());
        assert_eq!(app.send(Method::PATCH, &other, &path, json!({"text": "yours", "version": 1})).await.0, 403);
        assert_eq!(app.send(Method::DELETE, &other, &path, Value::Null).await.0, 403);
        let elsewhere = path.replace("/users/7/", "/users/8/");
        assert_eq!(app.send(Method::DELETE, &author, &elsewhere, Value::Null).await.0, 404, "the note of another user");
        assert_eq!(app.send(Method::PATCH, &admin, &path, json!({"text": "ours", "version": 1})).await.0, 200);
        let reader = app.secret_key(&[Permission::UsersRead]).await;
        assert_eq!(app.send(Method::POST, &reader, "/users/7/notes", json!({"text": "no"})).await.0, 403);
        for (text, version) in [("", json!(2)), ("  ", json!(2)), ("x\0", json!(2)), (&"x".repeat(10_001), json!(2))] {
            let (status, problem) = app.send(Method::PATCH, &admin, &path, json!({"text": text, "version": version})).await;
            assert_eq!((status, &problem["errors"][0]["pointer"]), (422, &json!("/text")));
        }
    }

    async fn creating_may_be_repeated(app: TestApp) {
        app.apply_replies().await;
        people::insert(&app.workspace(), &[Person::named("7", "Анна")]).await;
        let key = app.secret_key(&[Permission::UsersRead, Permission::NotesWrite]).await;
        let create = |text: &'static str, retry: &'static str| {
            let request = app.http.post(app.url("/api/v1/replies/users/7/notes")).bearer_auth(&key);
            async move { request.header("Idempotency-Key", retry).json(&json!({"text": text})).send().await.unwrap() }
        };
        let (first, second) = tokio::join!(create("once", "k1"), create("once", "k1"));
        assert_eq!((first.status(), second.status()), (reqwest::StatusCode::CREATED, reqwest::StatusCode::CREATED));
        let replayed = [&first, &second].iter().filter(|answer| answer.headers().contains_key("idempotency-replayed")).count();
        assert_eq!(replayed, 1);
        assert_eq!(first.json::<Value>().await.unwrap(), second.json::<Value>().await.unwrap());
        let reused = create("twice", "k1").await;
        assert_eq!(reused.status(), 422);
        assert_eq!(reused.json::<Value>().await.unwrap()["code"], "idempotency_key_reused");
        assert_eq!(create("once", "k2").await.status(), 201);
        app.clock.set(support::NOON + 25 * 3_600_000);
        assert_eq!(create("twice", "k1").await.status(), 201, "a key is forgotten after a day");
        assert_eq!(app.get(&key, "/users/7/notes").await.1["data"].as_array().unwrap().len(), 3);
    }

    // spec: W02
    async fn naughty_notes_come_back_intact(app: TestApp) {
        app.apply_replies().await;
        people::insert(&app.workspace(), &[Person::named("7", "Анна")]).await;
        let key = app.secret_key(&[Permission::UsersRead, Permission::NotesWrite]).await;
        let texts: Vec<String> = naughty_strings().into_iter().filter(|text| !text.trim().is_empty()).collect();
        for text in &texts {
            let (status, note) = app.send(Method::POST, &key, "/users/7/notes", json!({"text": text})).await;
            assert_eq!((status, &note["text"]), (201, &json!(text)));
        }
        let mut seen = Vec::new();
        let mut path = "/users/7/notes?limit=200".to_owned();
        loop {
            let page = app.get(&key, &path).await.1;
            seen.extend(page["data"].as_array().unwrap().iter().map(|note| note["text"].as_str().unwrap().to_owned()));
            let Some(cursor) = page["next_cursor"].as_str() else { break };
            path = format!("/users/7/notes?limit=200&cursor={cursor}");
        }
        seen.reverse();
        assert_eq!(seen, texts);
    }
}
