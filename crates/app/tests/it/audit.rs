//! The audit log: what is in it, finding and exporting it, and noticing that it was altered.

use kabinet_app::features::audit;
use kabinet_app::features::staff::Access;
use kabinet_app::http::access::{Actor, RequestFacts};
use kabinet_model::role::{Permission, Role};
use kabinet_records::{Database, Engine, sql};
use serde_json::{Value, json};

use crate::both_engines;
use crate::browser::{Browser, email_of};
use crate::support::{self, TestApp};

/// Writes entries into the instance's chain.
async fn record(app: &TestApp, database: &Database, action: &str, after: Value) {
    let transaction = database.begin().await.unwrap();
    let entry = audit::Entry {
        action,
        entity_kind: "thing",
        entity_id: "1",
        before: Value::Null,
        after,
        reason: Some("Проверка"),
    };
    audit::record(&transaction, &Actor::cli(), &RequestFacts::default(), app.clock.now_ms(), entry).await.unwrap();
    transaction.commit().await.unwrap();
}

/// What somebody with access to the database itself can do: the triggers go first.
async fn tamper(database: &Database, statement: &str) {
    let triggers: &[&str] = match database.engine() {
        Engine::Sqlite => {
            &["DROP TRIGGER IF EXISTS audit_entry_no_update", "DROP TRIGGER IF EXISTS audit_entry_no_delete"]
        }
        Engine::Postgres => &["DROP TRIGGER IF EXISTS audit_entry_append_only ON audit_entry"],
    };
    for drop in triggers {
        database.write(drop, vec![]).await.unwrap();
    }
    assert_eq!(database.write(statement, vec![]).await.unwrap(), 1, "{statement}");
}

async fn verdict(app: &TestApp, chain: &str) -> audit::ChainVerdict {
    audit::verify_all(&app.app).await.unwrap().into_iter().find(|verdict| verdict.chain == chain).unwrap()
}

both_engines! {
    // spec: B005
    async fn every_staff_action_is_recorded_with_before_and_after(app: TestApp) {
        let admin = app.signed_in(Role::SuperAdmin).await;
        let id = app.hire(&email_of(Role::Support), Access { role: Role::Support, ..Access::everything() }).await;
        let request = admin.request(reqwest::Method::PATCH, &format!("/api/v1/staff/{id}")).header("user-agent", "Panel/1");
        assert_eq!(request.json(&json!({"role": "analyst"})).send().await.unwrap().status(), 200);

        let log = admin.get("/api/v1/audit?action=staff.change").await.expect(200);
        let entry = &log["data"][0];
        assert_eq!(entry["actor"]["name"], "Name of super_admin@example.com");
        assert_eq!(entry["actor"]["kind"], "staff");
        assert_eq!(entry["entity"], json!({"kind": "staff", "id": id}));
        assert_eq!((entry["before"]["role"].as_str(), entry["after"]["role"].as_str()), (Some("support"), Some("analyst")));
        assert_eq!((entry["ip"].as_str(), entry["user_agent"].as_str()), (Some("127.0.0.1"), Some("Panel/1")));
        assert_eq!(entry["at"], "2026-03-10T12:00:00.000Z");
        assert!(!log.to_string().contains("argon2"), "no secret is in the log");
        let sign_ins = admin.get("/api/v1/audit?action=session.create").await.expect(200);
        assert_eq!(sign_ins["data"][0]["after"]["means"], "password");
    }

    // spec: B005
    async fn refusals_are_recorded_once_a_minute(app: TestApp) {
        let admin = app.signed_in(Role::SuperAdmin).await;
        let readonly = app.signed_in(Role::Readonly).await;
        for _ in 0..3 {
            readonly.get("/api/v1/replies/audit").await.problem(403, "forbidden");
        }
        readonly.get("/api/v1/staff").await.problem(403, "forbidden");
        app.pass(60_000);
        readonly.get("/api/v1/replies/audit").await.problem(403, "forbidden");
        let log = admin.get("/api/v1/audit?action=access.deny").await.expect(200);
        let refused: Vec<_> = log["data"].as_array().unwrap().iter().rev().map(|entry| (entry["entity"]["id"].as_str().unwrap(), entry["after"]["workspace"].as_str())).collect();
        assert_eq!(refused, [("audit.read", Some("replies")), ("staff.read", None), ("audit.read", Some("replies"))]);
    }

    // spec: B005
    async fn the_log_can_be_searched(app: TestApp) {
        let admin = app.signed_in(Role::SuperAdmin).await;
        let records = &app.app.workspace("replies").unwrap().records;
        for number in 1..=5 {
            record(&app, records, if number % 2 == 0 { "note.write" } else { "thing.change" }, json!({"number": number, "text": "Привет, 50%_МИР"})).await;
            app.pass(1_000);
        }
        record(&app, records, "note.delete", json!({"text": "other"})).await;
        let numbers = async |query: &str| -> Vec<i64> {
            let found = admin.get(&format!("/api/v1/replies/audit?{query}")).await.expect(200);
            found["data"].as_array().unwrap().iter().filter_map(|entry| entry["after"]["number"].as_i64()).collect()
        };
        assert_eq!(numbers("action=note.write").await, [4, 2]);
        assert_eq!(numbers("action=note&limit=200").await, [4, 2]);
        assert_eq!(numbers("q=ПРИВЕТ").await, [5, 4, 3, 2, 1]);
        assert_eq!(numbers("q=50%25_мир").await, [5, 4, 3, 2, 1]);
        assert_eq!(numbers("q=50__мир").await, [] as [i64; 0]);
        assert_eq!(numbers("entity=thing:1&actor=cli").await, [5, 4, 3, 2, 1]);
        assert_eq!(numbers("entity=thing:2").await, [] as [i64; 0]);
        assert_eq!(numbers("from=2026-03-10T12:00:01Z&to=2026-03-10T12:00:03Z").await, [3, 2]);
        admin.get("/api/v1/replies/audit?from=yesterday").await.problem(400, "malformed");
    }

    // spec: B005
    async fn pages_follow_each_other_while_entries_are_added(app: TestApp) {
        let admin = app.signed_in(Role::SuperAdmin).await;
        let records = &app.app.workspace("replies").unwrap().records;
        let first_seq = admin.get("/api/v1/replies/audit?limit=1").await.body["data"][0]["seq"].as_i64().unwrap_or(0);
        for _ in 0..5 {
            record(&app, records, "thing.change", json!({})).await;
        }
        let mut seen = Vec::new();
        let mut cursor = String::new();
        loop {
            let page = admin.get(&format!("/api/v1/replies/audit?action=thing.change&limit=2&count=exact{cursor}")).await.expect(200);
            seen.extend(page["data"].as_array().unwrap().iter().map(|entry| entry["seq"].as_i64().unwrap() - first_seq));
            record(&app, records, "thing.change", json!({})).await;
            match page["next_cursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => break,
            }
        }
        assert_eq!(seen, [5, 4, 3, 2, 1]);
        admin.get(&format!("/api/v1/replies/audit?action=other{cursor}")).await.problem(400, "cursor_mismatch");
    }

    // spec: B005
    async fn the_log_can_be_taken_out_as_csv(app: TestApp) {
        let admin = app.signed_in(Role::SuperAdmin).await;
        let records = &app.app.workspace("replies").unwrap().records;
        for number in 0..1_100 {
            record(&app, records, "thing.change", json!({"text": "=HYPERLINK(\"x\"), Привет", "number": number})).await;
        }
        let csv = admin.get("/api/v1/replies/audit?format=csv&action=thing").await;
        let text = csv.body.as_str().unwrap();
        let lines: Vec<_> = text.trim_end().split("\r\n").collect();
        assert_eq!(lines[0].trim_start_matches('\u{feff}'), "seq,at,actor_kind,actor_id,actor_name,action,entity_kind,entity_id,before,after,reason,ip,user_agent,hash");
        assert_eq!(lines.len(), 1_101);
        assert!(lines[1].contains("1099") && lines[1_100].contains("\"\"number\"\":0"), "{}", lines[1]);

        let reader = Access { role: Role::Readonly, extra_permissions: vec![Permission::AuditRead], ..Access::everything() };
        app.hire("reader@example.com", reader).await;
        let browser = Browser::new(&app);
        browser.sign_in("reader@example.com").await.expect(201);
        browser.get("/api/v1/replies/audit").await.expect(200);
        browser.get("/api/v1/replies/audit?format=csv").await.problem(403, "forbidden");
    }

    // spec: B005
    async fn entries_cannot_be_changed_or_removed_by_the_application(app: TestApp) {
        record(&app, &app.app.control, "thing.change", json!({})).await;
        for database in [&app.app.control, &app.app.workspace("replies").unwrap().records] {
            record(&app, database, "thing.change", json!({})).await;
            for statement in ["UPDATE audit_entry SET action = 'x'", "DELETE FROM audit_entry"] {
                let refused = database.write(statement, vec![]).await.unwrap_err().to_string();
                assert!(refused.contains("append-only"), "{refused}");
            }
        }
    }

    // spec: B005
    async fn an_altered_entry_is_noticed(app: TestApp) {
        let admin = app.signed_in(Role::SuperAdmin).await;
        let records = app.app.workspace("replies").unwrap().records.clone();
        for _ in 0..5 {
            record(&app, &records, "thing.change", json!({"text": "before"})).await;
        }
        let whole = admin.get("/api/v1/replies/audit/verification").await.expect(200);
        assert_eq!(whole["ok"], true);
        let last = whole["entries"].as_i64().unwrap();
        tamper(&records, &format!("UPDATE audit_entry SET after = '{{\"text\":\"after\"}}' WHERE seq = {}", last - 2)).await;
        let broken = admin.get("/api/v1/replies/audit/verification").await.expect(200);
        assert_eq!((broken["ok"].as_bool(), broken["broken_at"].as_i64()), (Some(false), Some(last - 2)));
        assert!(verdict(&app, "instance").await.ok, "the other chain is whole");
    }

    // spec: B005
    async fn a_missing_entry_is_noticed(app: TestApp) {
        for _ in 0..5 {
            record(&app, &app.app.control, "thing.change", json!({})).await;
        }
        let before = verdict(&app, "instance").await;
        assert!(before.ok);
        tamper(&app.app.control, &format!("DELETE FROM audit_entry WHERE seq = {}", before.entries - 1)).await;
        assert_eq!(verdict(&app, "instance").await.broken_at, Some(before.entries - 1));
    }

    // spec: B005
    async fn a_cut_tail_is_noticed_by_the_heads_outside_of_the_database(app: TestApp) {
        for _ in 0..5 {
            record(&app, &app.app.control, "thing.change", json!({})).await;
        }
        assert!(audit::anchor_heads(&app.app).await.unwrap() >= 1);
        assert_eq!(audit::anchor_heads(&app.app).await.unwrap(), 0, "nothing new, nothing written");
        let before = verdict(&app, "instance").await;
        tamper(&app.app.control, &format!("DELETE FROM audit_entry WHERE seq = {}", before.entries)).await;
        let cut = verdict(&app, "instance").await;
        assert_eq!((cut.ok, cut.broken_at), (false, Some(before.entries)));
        record(&app, &app.app.control, "thing.change", json!({"text": "written in its place"})).await;
        let replaced = verdict(&app, "instance").await;
        assert_eq!((replaced.ok, replaced.broken_at), (false, Some(before.entries)));
        assert!(replaced.why.unwrap().contains("audit-heads.jsonl"));
    }

    // spec: B005
    async fn many_writers_make_one_chain(app: TestApp) {
        let before = verdict(&app, "instance").await.entries;
        let writers: Vec<_> = (0..100)
            .map(|number| {
                let (database, now) = (app.app.control.clone(), app.clock.now_ms());
                tokio::spawn(async move {
                    let transaction = database.begin().await.unwrap();
                    let entry = audit::Entry { action: "thing.change", entity_kind: "thing", entity_id: "1", before: Value::Null, after: json!({"number": number}), reason: None };
                    audit::record(&transaction, &Actor::system(), &RequestFacts::default(), now, entry).await.unwrap();
                    transaction.commit().await.unwrap();
                })
            })
            .collect();
        for writer in writers {
            writer.await.unwrap();
        }
        let after = verdict(&app, "instance").await;
        assert!(after.ok, "{after:?}");
        assert_eq!(after.entries, before + 100);
    }

    // spec: B005
    async fn an_entry_exists_exactly_when_its_effect_does(app: TestApp) {
        let before = verdict(&app, "instance").await.entries;
        let transaction = app.app.control.begin().await.unwrap();
        let entry = audit::Entry { action: "thing.change", entity_kind: "thing", entity_id: "zero\0byte", before: Value::Null, after: json!({"text": "\0"}), reason: Some("\0") };
        audit::record(&transaction, &Actor::system(), &RequestFacts::default(), app.clock.now_ms(), entry).await.unwrap();
        transaction.rollback().await.unwrap();
        assert_eq!(verdict(&app, "instance").await.entries, before);
        let rows = sql::all(app.app.control.reader(), "SELECT seq FROM audit_entry WHERE entity_kind = 'thing'", vec![]).await.unwrap();
        assert!(rows.is_empty());
    }
}
