use std::sync::LazyLock;

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::record::{RecordKind, RecordPatch};
use crate::time::{DAY, HOUR};

fn replies() -> &'static Definition {
    static REPLIES: LazyLock<Definition> =
        LazyLock::new(|| Definition::parse(include_str!("../../../../products/replies.toml")).unwrap());
    &REPLIES
}

fn now() -> UtcMillis {
    "2026-11-21T12:00:00Z".parse().unwrap()
}

fn days_ago(days: f64) -> UtcMillis {
    now().plus(-(days * DAY as f64) as i64)
}

fn record(kind: RecordKind, item: Json) -> Record {
    RecordPatch::parse(kind, &item).unwrap().apply(None).unwrap()
}

fn user(members: Json) -> UserRecord {
    let mut item = json!({"id": "1", "registered_at": days_ago(100.0)});
    item.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
    match record(RecordKind::User, item) {
        Record::User(user) => user,
        other => panic!("{other:?}"),
    }
}

#[derive(Debug, Clone)]
struct Sent {
    name: &'static str,
    at: UtcMillis,
    properties: Map<String, Json>,
}

fn sent(name: &'static str, at: UtcMillis, properties: Json) -> Sent {
    Sent { name, at, properties: properties.as_object().unwrap().clone() }
}

fn run(user: &UserRecord, records: &[Record], events: &[Sent], now: UtcMillis) -> Computed {
    let events =
        events.iter().map(|event| FieldEvent { name: event.name, at: event.at, properties: &event.properties });
    compute(replies(), UserInputs { user, records }, events, now)
}

fn field(user: &UserRecord, records: &[Record], events: &[Sent], key: &str) -> Json {
    run(user, records, events, now()).values.get(key).map_or(Json::Null, |value| value.to_json(None))
}

fn answer(days: f64, tokens: i64, used_vision: bool) -> Sent {
    sent("response_generated", days_ago(days), json!({"tokens": tokens, "used_vision": used_vision}))
}

fn checked(days: f64, cabinet: &str, status: &str) -> Sent {
    sent("wb_api_checked", days_ago(days), json!({"cabinet": cabinet, "status": status}))
}

// spec: W06
#[test]
fn tokens_per_day_are_of_the_last_30_days_or_since_registration() {
    let key = "tokens_spent_per_day";
    let old = user(json!({}));
    assert_eq!(field(&old, &[], &[], key), json!(0.0));
    // 300 tokens in the window; the answer exactly 30 days ago has left it.
    let events = [answer(0.0, 100, false), answer(29.9, 200, false), answer(30.0, 1000, false)];
    assert_eq!(field(&old, &[], &events, key), json!(10.0));
    // Registered 2.5 days ago: three begun days.
    let young = user(json!({"registered_at": days_ago(2.5)}));
    assert_eq!(field(&young, &[], &events[..1], key), json!(100.0 / 3.0));
    // In the first day one day counts, not a part of it.
    let newborn = user(json!({"registered_at": days_ago(0.1)}));
    assert_eq!(field(&newborn, &[], &events[..1], key), json!(100.0));
    let unknown = user(json!({"registered_at": null}));
    assert_eq!(field(&unknown, &[], &events[..1], key), json!(100.0 / 30.0));
    // What is not a number is skipped.
    let odd = [sent("response_generated", days_ago(1.0), json!({"tokens": "100"})), answer(1.0, 60, false)];
    assert_eq!(field(&old, &[], &odd, key), json!(2.0));
}

// spec: W05
#[test]
fn the_first_response_is_the_earliest_and_null_until_it_happens() {
    let someone = user(json!({}));
    assert_eq!(field(&someone, &[], &[], "first_response_date"), Json::Null);
    assert_eq!(field(&someone, &[], &[], "hours_to_first_response"), Json::Null);
    let events = [answer(3.0, 1, false), answer(97.5, 1, false), answer(50.0, 1, false)];
    assert_eq!(field(&someone, &[], &events, "first_response_date"), json!(days_ago(97.5)));
    assert_eq!(field(&someone, &[], &events, "hours_to_first_response"), json!(60));
    assert_eq!(field(&someone, &[], &events, "last_response_at"), json!(days_ago(3.0)));
}

// spec: W07
#[test]
fn vision_usage_is_a_share_of_all_answers_and_null_when_there_are_none() {
    let someone = user(json!({}));
    let key = "vision_usage_percent";
    assert_eq!(field(&someone, &[], &[], key), Json::Null);
    let events = [answer(1.0, 1, true), answer(2.0, 1, false), answer(80.0, 1, false), answer(90.0, 1, false)];
    assert_eq!(field(&someone, &[], &events, key), json!(25.0));
    assert_eq!(field(&someone, &[], &events[..1], key), json!(100.0));
    assert_eq!(field(&someone, &[], &events[1..], key), json!(0.0));
}

// spec: W08
#[test]
fn daily_reviews_are_a_rounded_mean() {
    let someone = user(json!({}));
    let reviews = |count: usize| -> Vec<Sent> {
        (0..count).map(|index| sent("review_received", days_ago(index as f64 / 10.0), json!({}))).collect()
    };
    for (count, mean) in [(0, 0), (14, 0), (15, 1), (44, 1), (45, 2), (90, 3)] {
        assert_eq!(field(&someone, &[], &reviews(count), "avg_daily_reviews"), json!(mean), "{count}");
    }
}

// spec: W04
#[test]
fn the_api_status_is_the_worst_over_the_cabinets() {
    let someone = user(json!({}));
    let status = |records: &[Record], events: &[Sent]| {
        let computed = run(&someone, records, events, now());
        let text = computed.values.get("wb_api_status").and_then(Value::as_text).unwrap().to_owned();
        (text, computed.values.get("wb_api_checked_at").and_then(Value::as_timestamp))
    };
    assert_eq!(status(&[], &[]), ("not_connected".to_owned(), None));
    let good = checked(2.0, "a", "connected_ok");
    assert_eq!(status(&[], std::slice::from_ref(&good)), ("connected_ok".to_owned(), Some(days_ago(2.0))));
    let bad = checked(1.0, "b", "error_401");
    assert_eq!(status(&[], &[good.clone(), bad.clone()]), ("error_401".to_owned(), Some(days_ago(1.0))));
    // Only the last check of each cabinet counts, whatever the order of arrival.
    let repaired = checked(0.5, "b", "connected_ok");
    let events = [repaired, good.clone(), bad.clone()];
    assert_eq!(status(&[], &events), ("connected_ok".to_owned(), Some(days_ago(0.5))));
    // A state nobody knows changes nothing.
    let odd = checked(0.1, "b", "banana");
    assert_eq!(status(&[], &[bad.clone(), odd]).0, "error_401");
    // What names no cabinet is about one.
    let nameless = sent("wb_api_checked", days_ago(3.0), json!({"status": "error_401"}));
    assert_eq!(status(&[], &[nameless, good.clone()]).0, "error_401");
    // A removed cabinet no longer counts.
    let removed = record(RecordKind::SellerCabinet, json!({"id": "b", "user_id": "1", "removed_at": days_ago(0.2)}));
    assert_eq!(status(&[removed], &[good.clone(), bad.clone()]), ("connected_ok".to_owned(), Some(days_ago(2.0))));
    // A record tells a state as an event does.
    let told = record(
        RecordKind::SellerCabinet,
        json!({"id": "b", "user_id": "1", "api_status": "connected_ok", "api_checked_at": days_ago(0.2)}),
    );
    assert_eq!(status(&[told], &[good, bad]), ("connected_ok".to_owned(), Some(days_ago(0.2))));
}

// spec: W09
#[test]
fn the_ai_analyst_subscription_counts_while_it_runs() {
    let someone = user(json!({}));
    for (change, expected) in [
        (json!({}), true),
        (json!({"plan": "pro"}), false),
        (json!({"plan": "AI-Analyst monthly"}), true),
        (json!({"status": "canceled"}), false),
        (json!({"status": "trialing"}), true),
        (json!({"ended_at": days_ago(1.0)}), false),
        (json!({"current_period_end": days_ago(0.0)}), false),
        (json!({"current_period_end": days_ago(-1.0)}), true),
        (json!({"started_at": days_ago(-1.0)}), false),
    ] {
        let mut item = json!({"id": "s", "user_id": "1", "plan": "ai_analytics", "status": "active"});
        item.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        let records = [record(RecordKind::Subscription, item)];
        assert_eq!(field(&someone, &records, &[], "has_ai_analytics_sub"), json!(expected), "{change}");
    }
    assert_eq!(field(&someone, &[], &[], "has_ai_analytics_sub"), json!(false));
}

// spec: W01
#[test]
fn totals_counts_and_traits() {
    let someone = user(json!({"traits": {"token_balance": 5000, "ai_requests": 12.0}, "last_seen_at": days_ago(5.0)}));
    let payment = |id: &str, amount: i64, currency: &str, status: &str| {
        record(
            RecordKind::Payment,
            json!({"id": id, "user_id": "1", "amount": amount, "currency": currency, "status": status}),
        )
    };
    let cabinet = |id: &str, change: Json| {
        let mut item = json!({"id": id, "user_id": "1"});
        item.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        record(RecordKind::SellerCabinet, item)
    };
    let records = [
        payment("1", 99_000, "RUB", "succeeded"),
        payment("2", 50_050, "RUB", "succeeded"),
        payment("3", 10_000, "RUB", "failed"),
        payment("4", 10_000, "USD", "succeeded"),
        cabinet("a", json!({"marketplace": "Wildberries"})),
        cabinet("b", json!({})),
        cabinet("c", json!({"marketplace": "ozon"})),
        cabinet("d", json!({"marketplace": "wb", "removed_at": days_ago(1.0)})),
        record(RecordKind::Session, json!({"id": "s", "user_id": "1", "last_seen_at": days_ago(3.0)})),
    ];
    let get = |key| field(&someone, &records, &[], key);
    assert_eq!(get("total_paid"), json!(149_050));
    assert_eq!(get("cabinets"), json!(2));
    assert_eq!(get("token_balance"), json!(5000));
    assert_eq!(get("ai_requests"), json!(12));
    assert_eq!(get("last_activity_at"), json!(days_ago(3.0)));
    // What the marketplace does is no activity of the user; what is not described is.
    let events = [sent("review_received", days_ago(0.1), json!({})), sent("page_opened", days_ago(2.0), json!({}))];
    assert_eq!(field(&someone, &records, &events, "last_activity_at"), json!(days_ago(2.0)));
    let nobody = user(json!({}));
    for (key, value) in [("total_paid", json!(0)), ("cabinets", json!(0)), ("token_balance", Json::Null)] {
        assert_eq!(field(&nobody, &[], &[], key), value, "{key}");
    }
}

// spec: W11
#[test]
fn alerts_hold_while_their_rules_do() {
    let rich = user(json!({"traits": {"token_balance": 100}}));
    let poor = user(json!({"traits": {"token_balance": 0}}));
    let alerts = |user: &UserRecord, events: &[Sent], at: UtcMillis| run(user, &[], events, at).alerts;
    assert_eq!(alerts(&rich, &[], now()), ["zero_usage"]);
    assert!(alerts(&poor, &[], now()).is_empty());
    assert!(alerts(&user(json!({})), &[], now()).is_empty());
    let used = [answer(1.0, 10, false)];
    assert!(alerts(&rich, &used, now()).is_empty());
    // The third day without an answer ends exactly here.
    let last = used[0].at;
    assert!(alerts(&rich, &used, last.plus(3 * DAY)).is_empty());
    assert_eq!(alerts(&rich, &used, last.plus(3 * DAY + 1)), ["zero_usage"]);
    // Answers that cost nothing are no usage.
    assert_eq!(alerts(&rich, &[answer(1.0, 0, false)], now()), ["zero_usage"]);
    let broken = [answer(1.0, 10, false), checked(1.0, "a", "error_401")];
    assert_eq!(alerts(&rich, &broken, now()), ["api_error"]);
    let both = [checked(1.0, "a", "error_401")];
    assert_eq!(alerts(&rich, &both, now()), ["api_error", "zero_usage"]);
}

// spec: W11
#[test]
fn three_days_without_an_answer_are_announced() {
    let rich = user(json!({"traits": {"token_balance": 100}}));
    let used = [answer(1.0, 10, false)];
    let computed = run(&rich, &[], &used, now());
    assert_eq!(computed.next_change_at, Some(used[0].at.plus(3 * DAY + 1)));
}

fn any_event() -> impl Strategy<Value = Sent> {
    let at = (-3 * DAY..100 * DAY).prop_map(|ago| now().plus(-ago));
    let kind = prop_oneof![
        (0..500_i64, any::<bool>())
            .prop_map(|(tokens, vision)| ("response_generated", json!({"tokens": tokens, "used_vision": vision}))),
        Just(("review_received", json!({}))),
        (prop_oneof![Just("a"), Just("b")], prop_oneof![Just("connected_ok"), Just("error_401"), Just("odd")])
            .prop_map(|(cabinet, status)| ("wb_api_checked", json!({"cabinet": cabinet, "status": status}))),
        Just(("page_opened", json!({}))),
    ];
    (at, kind).prop_map(|(at, (name, properties))| sent(name, at, properties))
}

fn any_user() -> impl Strategy<Value = (UserRecord, Vec<Record>)> {
    let time = || proptest::option::of((-10 * DAY..60 * DAY).prop_map(|ago| now().plus(-ago)));
    let statuses = || prop_oneof![Just("succeeded"), Just("failed"), Just("refunded")];
    let payment = (time(), time(), statuses()).prop_map(|(paid_at, start, status)| {
        let end = start.map(|start| start.plus(30 * DAY));
        record(
            RecordKind::Payment,
            json!({"id": "p", "user_id": "1", "amount": 100, "currency": "RUB", "status": status,
                "paid_at": paid_at, "period_start": start, "period_end": end}),
        )
    });
    let subscription = (time(), time(), any::<bool>()).prop_map(|(start, ended, addon)| {
        let plan = if addon { "ai_analytics" } else { "pro" };
        let end = start.map(|start| start.plus(30 * DAY));
        record(
            RecordKind::Subscription,
            json!({"id": "s", "user_id": "1", "plan": plan, "status": "active", "amount": 5, "ended_at": ended,
                "current_period_start": start, "current_period_end": end}),
        )
    });
    let cabinet = (time(), time()).prop_map(|(checked, removed)| {
        record(
            RecordKind::SellerCabinet,
            json!({"id": "a", "user_id": "1", "api_status": "error_401", "api_checked_at": checked, "removed_at": removed}),
        )
    });
    let records = prop_oneof![payment, subscription, cabinet];
    (time(), time(), time(), 0..3_i64, proptest::collection::vec(records, 0..4)).prop_map(
        |(registered, trial_ends, seen, balance, records)| {
            let members = json!({"registered_at": registered, "trial_ends_at": trial_ends, "last_seen_at": seen,
                "traits": {"token_balance": balance}});
            (user(members), records)
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn nothing_changes_before_the_told_instant(
        (user, records) in any_user(),
        events in proptest::collection::vec(any_event(), 0..12),
        part in 0.0..1.0_f64,
    ) {
        let mut at = now();
        for _ in 0..12 {
            let computed = run(&user, &records, &events, at);
            let last = computed.next_change_at.map_or(at.plus(200 * DAY), |change| change.plus(-1));
            for instant in [last, at.plus((last.since(at) as f64 * part) as i64)] {
                let later = run(&user, &records, &events, instant);
                prop_assert_eq!(&later.values, &computed.values, "at {}", instant);
                prop_assert_eq!(&later.alerts, &computed.alerts, "at {}", instant);
            }
            match computed.next_change_at {
                Some(change) => at = change,
                None => break,
            }
        }
    }

    #[test]
    fn the_order_of_events_does_not_matter(
        (user, records) in any_user(),
        mut events in proptest::collection::vec(any_event(), 0..12),
    ) {
        let computed = run(&user, &records, &events, now());
        events.reverse();
        prop_assert_eq!(run(&user, &records, &events, now()), computed);
    }
}

#[test]
fn an_event_of_the_future_counts_when_its_time_has_come() {
    let someone = user(json!({}));
    let events = [sent("response_generated", now().plus(HOUR), json!({"tokens": 30}))];
    let before = run(&someone, &[], &events, now());
    assert_eq!(before.values.get("first_response_date"), None);
    assert_eq!(before.next_change_at, Some(now().plus(HOUR)));
    let after = run(&someone, &[], &events, now().plus(HOUR));
    assert_eq!(after.values.get("first_response_date"), Some(&Value::Timestamp(now().plus(HOUR))));
    assert_eq!(after.values.get("tokens_spent_per_day"), Some(&Value::Number(1.0)));
}
