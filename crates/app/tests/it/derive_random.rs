//! Whatever arrives, in whatever order, and however time passes: what is stored is what a fresh computation gives.

use kabinet_model::role::Permission;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};

use crate::both_engines;
use crate::support::{self, TestApp};

const HOUR: i64 = 3600 * 1000;
const SCRIPTS: usize = 8;

#[derive(Debug, Clone)]
enum Step {
    Events(Value),
    Records(&'static str, Value),
    HoursPass(i64),
    CatchUp,
}

/// One of three users, of one script.
fn user() -> impl Strategy<Value = String> {
    (0..3_u8).prop_map(|number| format!("user-{number}"))
}

fn ago() -> impl Strategy<Value = i64> {
    prop_oneof![0..100 * HOUR, 0..40 * 24 * HOUR]
}

fn event() -> impl Strategy<Value = Value> {
    let what = prop_oneof![
        (0..300_i64, any::<bool>())
            .prop_map(|(tokens, vision)| ("response_generated", json!({"tokens": tokens, "used_vision": vision}))),
        Just(("response_generated", json!({"tokens": "many"}))),
        Just(("review_received", json!({}))),
        (0..3_u8, prop_oneof![Just("connected_ok"), Just("error_401"), Just("not_connected"), Just("odd")]).prop_map(
            |(cabinet, status)| ("wb_api_checked", json!({"cabinet": format!("c{cabinet}"), "status": status}))
        ),
        Just(("opened", json!({}))),
    ];
    let who = prop_oneof![
        3 => user().prop_map(|id| json!({"user_id": id})),
        1 => (0..2_u8).prop_map(|number| json!({"anonymous_id": format!("visitor-{number}")})),
        1 => (user(), 0..2_u8).prop_map(|(id, number)| json!({"user_id": id, "anonymous_id": format!("visitor-{number}")})),
    ];
    (what, who, ago()).prop_map(|((name, properties), who, ago)| {
        let mut event = json!({"event": name, "properties": properties, "ago": ago});
        event.as_object_mut().unwrap().extend(who.as_object().unwrap().clone());
        event
    })
}

fn record() -> impl Strategy<Value = (&'static str, Value)> {
    let time = || {
        proptest::option::of(-5 * 24 * HOUR..40 * 24 * HOUR)
            .prop_map(|ago| ago.map_or(Value::Null, |ago| json!({"ago": ago})))
    };
    let id = || (0..3_u8).prop_map(|number| number.to_string());
    prop_oneof![
        (user(), time(), time(), 0..3_i64).prop_map(|(id, registered, trial, balance)| {
            ("user", json!({"id": id, "registered_at": registered, "trial_ends_at": trial, "traits": {"token_balance": balance}}))
        }),
        (id(), user(), time(), time(), prop_oneof![Just("succeeded"), Just("failed"), Just("refunded")]).prop_map(
            |(id, user, paid, start, status)| {
                ("payment", json!({"id": id, "user_id": user, "amount": 99_000, "currency": "RUB", "status": status,
                    "paid_at": paid, "period_start": start}))
            }
        ),
        (id(), user(), time(), prop_oneof![Just("ai_analytics"), Just("pro")]).prop_map(|(id, user, end, plan)| {
            ("subscription", json!({"id": id, "user_id": user, "plan": plan, "status": "active", "amount": 5_000,
                "started_at": {"ago": 30 * 24 * HOUR}, "current_period_end": end}))
        }),
        (id(), user(), time(), time()).prop_map(|(id, user, checked, removed)| {
            ("seller_cabinet", json!({"id": format!("c{id}"), "user_id": user, "api_status": "error_401",
                "api_checked_at": checked, "removed_at": removed}))
        }),
        (id(), user(), time()).prop_map(|(id, user, seen)| ("session", json!({"id": id, "user_id": user, "last_seen_at": seen}))),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => proptest::collection::vec(event(), 1..4).prop_map(|events| Step::Events(events.into())),
        3 => record().prop_map(|(kind, item)| Step::Records(kind, json!([item]))),
        2 => (1..200_i64).prop_map(Step::HoursPass),
        2 => Just(Step::CatchUp),
    ]
}

/// Puts real times in place of `{"ago": n}`, and names of this script in place of the shared ones.
fn placed(value: &mut Value, now: i64, script: usize) {
    match value {
        Value::Object(members) => {
            if members.len() == 1
                && let Some(ago) = members.get("ago").and_then(Value::as_i64)
            {
                *value = json!(now - ago);
                return;
            }
            if let Some(ago) = members.remove("ago").and_then(|ago| ago.as_i64()) {
                members.insert(
                    "timestamp".into(),
                    jiff::Timestamp::from_millisecond(now - ago).unwrap().to_string().into(),
                );
            }
            for name in ["id", "user_id", "anonymous_id", "cabinet"] {
                if let Some(Value::String(text)) = members.get_mut(name) {
                    *text = format!("{script}-{text}");
                }
            }
            members.values_mut().for_each(|member| placed(member, now, script));
        }
        Value::Array(items) => items.iter_mut().for_each(|item| placed(item, now, script)),
        _ => {}
    }
}

both_engines! {
    // spec: W03, W04, W05, W06, W07, W08, W09
    async fn stored_fields_are_what_a_fresh_computation_gives(app: TestApp) {
        app.apply_replies().await;
        let key = app.secret_key(&[Permission::EventsWrite, Permission::RecordsWrite]).await;
        let mut runner = TestRunner::deterministic();
        let mut now = support::NOON;
        for script in 0..SCRIPTS {
            let steps = proptest::collection::vec(step(), 10..30).new_tree(&mut runner).unwrap().current();
            for mut step in steps.into_iter().chain([Step::CatchUp]) {
                match &mut step {
                    Step::Events(events) => {
                        placed(events, now, script);
                        app.events(&key, events.clone()).await;
                    }
                    Step::Records(kind, items) => {
                        placed(items, now, script);
                        app.records(&key, kind, items.clone()).await;
                    }
                    Step::HoursPass(hours) => {
                        now += *hours * HOUR;
                        app.clock.set(now);
                    }
                    // Compares stored and recomputed.
                    Step::CatchUp => app.catch_up().await,
                }
            }
        }
    }
}
