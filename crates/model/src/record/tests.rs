use serde_json::json;

use super::*;

fn errors(kind: RecordKind, item: serde_json::Value) -> Vec<(String, String)> {
    RecordPatch::parse(kind, &item).unwrap_err().into_iter().map(|error| (error.pointer, error.detail)).collect()
}

fn record(kind: RecordKind, item: serde_json::Value) -> Record {
    RecordPatch::parse(kind, &item).unwrap().apply(None).unwrap()
}

#[test]
fn a_user_is_read_as_sent() {
    let sent = json!({
        "id": 42, "name": "Ирина <script>", "email": "irina@пример.рф", "telegram_id": 5_000_000_001_i64,
        "registered_at": "2026-01-31T12:00:00+03:00", "trial_ends_at": 1_770_000_000_000_i64,
        "traits": {"token_balance": 5000}
    });
    let Record::User(user) = record(RecordKind::User, sent) else { panic!("not a user") };
    assert_eq!(user.id.as_str(), "42");
    assert_eq!(user.name.as_deref(), Some("Ирина <script>"));
    assert_eq!(user.telegram_id.as_deref(), Some("5000000001"));
    assert_eq!(user.registered_at.unwrap().to_string(), "2026-01-31T09:00:00.000Z");
    assert_eq!(user.traits.unwrap()["token_balance"], 5000);
}

#[test]
fn every_problem_is_listed_with_a_pointer() {
    let found = errors(
        RecordKind::Payment,
        json!({"user_id": "", "amount": 12.5, "currency": "RUR", "status": "suceeded", "paid_at": "today", "a/b": 1}),
    );
    let pointers: Vec<&str> = found.iter().map(|(pointer, _)| pointer.as_str()).collect();
    assert_eq!(pointers, ["/id", "/a~1b", "/amount", "/currency", "/paid_at", "/status", "/user_id"]);
    assert!(found[5].1.contains("Did you mean \"succeeded\"?"), "{}", found[5].1);
}

#[test]
fn an_unknown_member_is_refused_with_a_suggestion() {
    let found = errors(RecordKind::User, json!({"id": "1", "emial": "a@b.c"}));
    assert_eq!(found[0].0, "/emial");
    assert!(found[0].1.contains("Did you mean \"email\"?") && found[0].1.contains("traits"));
}

#[test]
fn lengths_shapes_and_depths_are_bounded() {
    let deep = (0..10).fold(json!(1), |inner, _| json!({ "a": inner }));
    for (item, pointer) in [
        (json!({"id": "1", "name": "x".repeat(301)}), "/name"),
        (json!({"id": "1", "name": "a\0b"}), "/name"),
        (json!({"id": "1", "email": "a b@c.d"}), "/email"),
        (json!({"id": "1", "email": "@c.d"}), "/email"),
        (json!({"id": "1", "telegram_id": "@irina"}), "/telegram_id"),
        (json!({"id": "1", "registered_at": "31.01.2026"}), "/registered_at"),
        (json!({"id": "1", "traits": []}), "/traits"),
        (json!({"id": "1", "traits": deep}), "/traits"),
        (json!({"id": "1", "traits": {"a": "x".repeat(40_000)}}), "/traits"),
        (json!({"id": "1", "traits": {"a\0": 1}}), "/traits"),
        (json!({"id": null}), "/id"),
        (json!(["1"]), ""),
    ] {
        let found = errors(RecordKind::User, item);
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!(found[0].0, pointer);
    }
}

#[test]
fn a_change_keeps_what_it_does_not_name() {
    let first =
        record(RecordKind::User, json!({"id": "1", "name": "Ирина", "phone": "+7", "traits": {"a": 1, "b": 2}}));
    let change = json!({"id": "1", "phone": null, "traits": {"b": null, "c": 3}});
    let change = RecordPatch::parse(RecordKind::User, &change).unwrap();
    let Record::User(user) = change.apply(Some(&first)).unwrap() else { panic!("not a user") };
    assert_eq!((user.name.as_deref(), user.phone.as_deref()), (Some("Ирина"), None));
    assert_eq!(json!(user.traits), json!({"a": 1, "c": 3}));
    assert_eq!(change.apply(Some(&Record::User(user.clone()))).unwrap(), Record::User(user));
}

#[test]
fn a_new_record_needs_what_is_required() {
    let patch = RecordPatch::parse(RecordKind::Payment, &json!({"id": "p1", "status": "failed"})).unwrap();
    let pointers: Vec<String> = patch.apply(None).unwrap_err().into_iter().map(|error| error.pointer).collect();
    assert_eq!(pointers, ["/user_id", "/amount", "/currency"]);
    let backwards = json!({"id": "p1", "user_id": "1", "amount": 1, "currency": "RUB", "status": "succeeded",
        "period_start": 2000, "period_end": 1000});
    let patch = RecordPatch::parse(RecordKind::Payment, &backwards).unwrap();
    assert_eq!(patch.apply(None).unwrap_err()[0].pointer, "/period_end");
}

#[test]
fn members_make_the_same_record_again() {
    let samples = [
        (RecordKind::Account, json!({"id": "a", "name": "ООО", "traits": {"x": [1, 2]}})),
        (RecordKind::User, json!({"id": "1", "account_id": "a"})),
        (RecordKind::Subscription, json!({"id": "s", "user_id": "1", "plan": "pro", "status": "active", "amount": 5})),
        (
            RecordKind::Payment,
            json!({"id": "p", "user_id": "1", "amount": 5, "currency": "XTR", "status": "succeeded"}),
        ),
        (RecordKind::SellerCabinet, json!({"id": "c", "user_id": "1", "removed_at": 5})),
        (RecordKind::Session, json!({"id": "d", "user_id": "1", "ip": "::1"})),
    ];
    for (kind, item) in samples {
        let whole = record(kind, item);
        assert_eq!((whole.kind(), kind.as_str().parse().unwrap()), (kind, kind));
        assert_eq!(Record::from_members(kind, whole.members()).unwrap(), whole);
        assert_eq!(kind.columns()[0].name, "id");
        let schema = kind.json_schema();
        assert_eq!(schema["properties"].as_object().unwrap().len(), kind.columns().len());
    }
    assert!("paymnt".parse::<RecordKind>().unwrap_err().to_string().contains("payment"));
}
