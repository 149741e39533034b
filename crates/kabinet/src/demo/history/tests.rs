use std::collections::BTreeMap;

use kabinet_model::definition::Definition;
use kabinet_model::field::{self, FieldEvent, UserInputs};
use kabinet_model::record::Record;
use kabinet_model::time::UtcMillis;
use kabinet_testing::repository;
use serde_json::Value as Json;

use super::calendar::DAY_MS;
use super::*;

/// 2026-11-21T12:00:00Z, a Saturday.
const NOW: i64 = 1_795_262_400_000;

fn story(seed: u64, sellers: usize) -> Story {
    Story { seed, sellers, started_ms: NOW, until_ms: NOW }
}

fn history(seed: u64, count: usize) -> Vec<SellerHistory> {
    sellers(story(seed, count)).collect()
}

fn bytes(history: &[SellerHistory]) -> String {
    let mut text = String::new();
    for seller in history {
        let records =
            serde_json::json!([seller.user, seller.subscriptions, seller.payments, seller.cabinets, seller.sessions]);
        text.push_str(&records.to_string());
        for (number, event) in seller.events.iter().enumerate() {
            text.push_str(&event.to_json(seller.user.id.as_str(), number).to_string());
        }
    }
    text
}

fn trait_of(seller: &SellerHistory, name: &str) -> i64 {
    seller.user.traits.as_ref().unwrap()[name].as_i64().unwrap()
}

#[test]
fn the_same_seed_gives_the_same_bytes() {
    assert_eq!(bytes(&history(7, 60)), bytes(&history(7, 60)));
    assert_ne!(bytes(&history(7, 60)), bytes(&history(8, 60)));
}

#[test]
fn later_times_only_add_to_the_history() {
    let earlier = history(7, 80);
    let later: Vec<_> = sellers(Story { until_ms: NOW + 3 * DAY_MS, ..story(7, 80) }).collect();
    let mut added = 0;
    for (before, after) in earlier.iter().zip(&later) {
        assert_eq!(before.events, after.events[..before.events.len()]);
        added += after.events.len() - before.events.len();
    }
    assert!(added > 0);
}

#[test]
fn balances_reconcile_with_what_was_credited_and_spent() {
    for seller in history(1, 400) {
        let (mut balance, mut answers) = (0, 0);
        for event in &seller.events {
            match event.what {
                Happening::TokensCredited { tokens, .. } => balance += tokens,
                Happening::TokensLapsed { tokens } => balance -= tokens,
                Happening::ResponseGenerated { tokens, .. } => {
                    balance -= tokens;
                    answers += 1;
                }
                _ => {}
            }
            assert!(balance >= 0, "{}", seller.user.id);
        }
        assert_eq!(balance, trait_of(&seller, "token_balance"));
        assert_eq!(answers, trait_of(&seller, "ai_requests"));
    }
}

#[test]
fn nothing_happens_before_registration_out_of_order_or_after_now() {
    for seller in history(2, 300) {
        let registered = seller.user.registered_at.unwrap().as_millis();
        assert!(registered < NOW && registered > NOW - 367 * DAY_MS);
        assert_eq!(seller.events[0].at_ms, registered);
        assert!(seller.events.is_sorted_by_key(|event| event.at_ms));
        assert!(seller.events.last().unwrap().at_ms < NOW);
        let paid = seller.payments.iter().filter_map(|payment| payment.paid_at);
        let seen = seller.sessions.iter().filter_map(|session| session.last_seen_at);
        let checked = seller.cabinets.iter().filter_map(|cabinet| cabinet.api_checked_at);
        for at in paid.chain(seen).chain(checked) {
            assert!((registered..NOW).contains(&at.as_millis()));
        }
    }
}

#[test]
fn plans_follow_from_payments() {
    for seller in history(3, 400) {
        assert!(seller.cabinets.len() <= 5);
        for payment in &seller.payments {
            assert_eq!(payment.paid_at.is_some(), payment.status == "succeeded");
            assert!(payment.amount > 0);
        }
        for subscription in &seller.subscriptions {
            let of_it = |payment: &&kabinet_model::record::PaymentRecord| {
                payment.subscription_id.as_ref() == Some(&subscription.id) && payment.status == "succeeded"
            };
            let last = seller.payments.iter().rfind(of_it).expect("a subscription begins with a payment");
            assert_eq!(last.period_end, subscription.current_period_end);
            if subscription.status == "active" {
                assert!(subscription.current_period_end.unwrap().as_millis() > NOW);
            }
        }
        for pair in seller.events.windows(2) {
            if let Happening::ResponseGenerated { cabinet, .. } = &pair[1].what {
                assert!(seller.cabinets.iter().any(|known| known.id.as_str() == cabinet));
            }
        }
    }
}

#[test]
fn more_sellers_sign_up_towards_the_end_and_fewer_on_weekends() {
    let mut by_quarter = [0; 4];
    let mut by_weekday = [0; 7];
    for seller in history(4, 2_000) {
        let registered = seller.user.registered_at.unwrap().as_millis();
        by_quarter[((NOW - registered) * 4 / (366 * DAY_MS)) as usize] += 1;
        by_weekday[super::calendar::weekday(registered)] += 1;
    }
    assert!(by_quarter.is_sorted_by(|later, earlier| later > earlier), "{by_quarter:?}");
    assert!(by_weekday[5] < by_weekday[1] && by_weekday[6] < by_weekday[1], "{by_weekday:?}");
}

/// What the product's own definition makes of the history: staff find every state they may have to deal with.
#[test]
fn the_definition_finds_every_status_and_both_alerts() {
    let text = std::fs::read_to_string(repository::root().join("products/replies.toml")).unwrap();
    let definition = Definition::parse(&text).unwrap();
    let now = UtcMillis::saturating(NOW);
    let mut seen: BTreeMap<(String, String), usize> = BTreeMap::new();
    for seller in history(5, 600) {
        let events: Vec<(i64, String, serde_json::Map<String, Json>)> = seller
            .events
            .iter()
            .map(|event| {
                let json = event.to_json("x", 0);
                (
                    event.at_ms,
                    json["event"].as_str().unwrap().to_owned(),
                    json["properties"].as_object().unwrap().clone(),
                )
            })
            .collect();
        let records: Vec<Record> = (seller.subscriptions.iter().cloned().map(Record::Subscription))
            .chain(seller.payments.iter().cloned().map(Record::Payment))
            .chain(seller.cabinets.iter().cloned().map(Record::SellerCabinet))
            .chain(seller.sessions.iter().cloned().map(Record::Session))
            .collect();
        let told =
            events.iter().map(|(at, name, properties)| FieldEvent { name, at: UtcMillis::saturating(*at), properties });
        let computed = field::compute(&definition, UserInputs { user: &seller.user, records: &records }, told, now);
        for key in ["status", "wb_api_status", "has_ai_analytics_sub"] {
            let value = computed.values.get(key);
            *seen.entry((key.into(), format!("{value:?}"))).or_default() += 1;
        }
        for alert in &computed.alerts {
            *seen.entry(("alert".into(), alert.clone())).or_default() += 1;
        }
        let paid = seller.payments.iter().filter(|payment| payment.status == "succeeded").map(|payment| payment.amount);
        let shown = computed.values.get("total_paid").map_or("None".into(), |value| format!("{value:?}"));
        let paid: i64 = paid.sum();
        assert!(shown.contains(&paid.to_string()), "{shown} is the sum of the payments: {paid}");
    }
    let some = |key: &str, value: &str| (key.to_owned(), format!("Some(Text({value:?}))"));
    for status in ["active", "trial", "expired"] {
        assert!(seen[&some("status", status)] >= 10, "{seen:#?}");
    }
    for status in ["connected_ok", "error_401", "not_connected"] {
        assert!(seen[&some("wb_api_status", status)] >= 5, "{seen:#?}");
    }
    for alert in ["api_error", "zero_usage"] {
        let count = seen[&("alert".to_owned(), alert.to_owned())];
        assert!((5..100).contains(&count), "an alert is worth looking at: {seen:#?}");
    }
    assert!(seen[&("has_ai_analytics_sub".to_owned(), "Some(Boolean(true))".to_owned())] >= 10, "{seen:#?}");
}
