//! The users table as a file: the right words, inert contents, every row, and no more memory for a larger table.

use kabinet_model::role::Permission;
use serde_json::json;

use crate::both_engines;
use crate::notes::naughty_strings;
use crate::people::{self, Person};
use crate::support::{self, TestApp};

async fn download(app: &TestApp, key: &str, query: &str) -> (reqwest::header::HeaderMap, Vec<u8>) {
    let answer =
        app.http.get(app.url(&format!("/api/v1/replies/users?{query}"))).bearer_auth(key).send().await.unwrap();
    assert_eq!(answer.status(), 200, "{query}");
    (answer.headers().clone(), answer.bytes().await.unwrap().to_vec())
}

fn parsed(csv: &[u8]) -> Vec<Vec<String>> {
    let text = std::str::from_utf8(csv).unwrap().strip_prefix('\u{feff}').expect("a byte order mark");
    let mut rows = Vec::new();
    let (mut row, mut cell, mut quoted) = (Vec::new(), String::new(), false);
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        match (character, quoted) {
            ('"', true) if characters.peek() == Some(&'"') => cell.extend(characters.next()),
            ('"', _) => quoted = !quoted,
            (',', false) => row.push(std::mem::take(&mut cell)),
            ('\r', false) if characters.peek() == Some(&'\n') => {
                characters.next();
                row.push(std::mem::take(&mut cell));
                rows.push(std::mem::take(&mut row));
            }
            (other, _) => cell.push(other),
        }
    }
    assert!(!quoted && cell.is_empty() && row.is_empty(), "whole rows only");
    rows
}

both_engines! {
    // spec: W13
    async fn a_csv_opens_right_in_excel(app: TestApp) {
        app.apply_replies().await;
        let mut anna = Person::named("7", "=HYPERLINK(\"http://evil\")");
        anna.total_paid = Some(149_050);
        anna.wb_api_status = Some("error_401".into());
        anna.tokens_spent_per_day = Some(12.5);
        anna.has_ai_analytics_sub = Some(true);
        people::insert(&app.workspace(), &[anna, Person::named("8", "Борис; \"младший\"")]).await;
        let key = app.secret_key(&[Permission::UsersRead, Permission::UsersExport, Permission::AuditRead]).await;
        let (headers, csv) = download(&app, &key, "format=csv&lang=ru&sort=id").await;
        assert_eq!(headers["content-type"], "text/csv; charset=utf-8");
        assert_eq!(headers["content-disposition"], "attachment; filename=\"replies-users-2026-03-10.csv\"");
        let rows = parsed(&csv);
        for header in ["Статус API WB", "Средний расход токенов в день", "% использования Vision", "Среднее кол-во отзывов в день", "Подписка AI Аналитик"] {
            assert_eq!(rows[0].iter().filter(|cell| *cell == header).count(), 1, "{header} in {:?}", rows[0]);
        }
        let value = |row: usize, header: &str| rows[row][rows[0].iter().position(|cell| cell == header).unwrap()].clone();
        assert_eq!(value(1, "Всего оплачено, RUB"), "1490.50");
        assert_eq!(value(1, "Статус API WB"), "error_401");
        assert_eq!(value(1, "Средний расход токенов в день"), "12.5");
        assert_eq!(value(1, "Дата регистрации"), "2026-03-09 15:00:00", "in the workspace's zone");
        assert!(rows[1].contains(&"'=HYPERLINK(\"http://evil\")".to_owned()), "a formula is text: {:?}", rows[1]);
        assert!(rows[2].contains(&"Борис; \"младший\"".to_owned()));

        let (_, chosen) = download(&app, &key, "format=csv&columns=name,id&sort=-id&q=борис").await;
        assert_eq!(parsed(&chosen), [vec!["Name".to_owned(), "ID".to_owned()], vec!["Борис; \"младший\"".to_owned(), "8".to_owned()]]);
        let accepted = app.http.get(app.url("/api/v1/replies/users")).bearer_auth(&key).header("accept", "text/csv").send().await.unwrap();
        assert_eq!(accepted.headers()["content-type"], "text/csv; charset=utf-8");
        let audit = kabinet_records::sql::all(app.workspace().records.reader(), "SELECT after FROM audit_entry WHERE action = 'users.export' ORDER BY seq", vec![]).await.unwrap();
        let entries: Vec<serde_json::Value> = audit.iter().map(|row| kabinet_records::sql::Row::json(row, "after").unwrap()).collect();
        assert_eq!((entries.len(), &entries[1]["rows"], &entries[1]["q"], &entries[1]["format"]), (3, &json!(1), &json!("борис"), &json!("csv")));
        let reader = app.secret_key(&[Permission::UsersRead]).await;
        assert_eq!(app.get(&reader, "/users?format=csv").await.0, 403);
    }

    // spec: W13
    async fn naughty_names_come_back_intact_and_inert(app: TestApp) {
        app.apply_replies().await;
        let names: Vec<String> = naughty_strings().into_iter().filter(|text| !text.is_empty()).collect();
        let people: Vec<Person> = names.iter().enumerate().map(|(number, name)| Person::named(&format!("{number:04}"), name)).collect();
        people::insert(&app.workspace(), &people).await;
        let key = app.secret_key(&[Permission::UsersRead, Permission::UsersExport]).await;
        let mut listed = Vec::new();
        let mut path = "/users?sort=id&columns=name&limit=200".to_owned();
        loop {
            let page = app.get(&key, &path).await.1;
            listed.extend(page["data"].as_array().unwrap().iter().map(|user| user["fields"]["name"].as_str().unwrap().to_owned()));
            let Some(cursor) = page["next_cursor"].as_str() else { break };
            path = format!("/users?sort=id&columns=name&limit=200&cursor={cursor}");
        }
        assert_eq!(listed, names);
        let (_, csv) = download(&app, &key, "format=csv&columns=id,name&sort=id").await;
        let rows = parsed(&csv);
        assert_eq!(rows.len(), names.len() + 1);
        for (row, name) in rows[1..].iter().zip(&names) {
            assert!(row[1] == *name || row[1] == format!("'{name}"), "{name:?} became {:?}", row[1]);
            assert!(!row[1].starts_with(['=', '@', '\t', '\r']), "{:?} may be a formula", row[1]);
        }
        let (headers, xlsx) = download(&app, &key, "format=xlsx&columns=id,name&sort=id").await;
        assert!(headers["content-type"].to_str().unwrap().contains("spreadsheetml"));
        assert_eq!(&xlsx[..4], b"PK\x03\x04");
    }

    // spec: W13
    async fn an_export_of_any_size_takes_the_same_memory(app: TestApp) {
        app.apply_replies().await;
        const USERS: usize = 100_000;
        people::insert(&app.workspace(), &people::crowd(USERS / 100, 1)).await;
        people::multiply(&app.workspace(), 100).await;
        let key = app.secret_key(&[Permission::UsersRead, Permission::UsersExport]).await;
        let before = resident_kib();
        let mut most = before;
        let mut answer = app.http.get(app.url("/api/v1/replies/users?format=csv&sort=-last_activity_at")).bearer_auth(&key).send().await.unwrap();
        let (mut lines, mut bytes) = (0_usize, 0_usize);
        while let Some(chunk) = answer.chunk().await.unwrap() {
            lines += chunk.iter().filter(|byte| **byte == b'\n').count();
            bytes += chunk.len();
            most = most.max(resident_kib());
        }
        assert_eq!(lines, USERS + 1);
        let grown = (most - before) / 1024;
        eprintln!("{USERS} users, {} MB of CSV: resident memory grew by {grown} MB", bytes >> 20);
        assert!(grown < 32, "memory grew by {grown} MB");
    }
}

/// Resident memory of this process; PostgreSQL is another one.
pub fn resident_kib() -> i64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}
