//! The users table: sorting, filtering, searching and paging agree with a plain evaluation in memory, whatever the data.

use kabinet_model::role::Permission;
use kabinet_model::rule::{Rule, Values};
use kabinet_model::time::UtcMillis;
use kabinet_model::value::Value as FieldValue;
use serde_json::{Value, json};
use std::borrow::Cow;

use crate::both_engines;
use crate::people::{self, Person, Random};
use crate::support::{self, NOON, TestApp};

fn ids(page: &Value) -> Vec<String> {
    page["data"].as_array().unwrap().iter().map(|user| user["id"].as_str().unwrap().to_owned()).collect()
}

pub fn encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

/// All ids of a list, page after page.
async fn walk(app: &TestApp, key: &str, query: &str, limit: usize) -> Vec<String> {
    let mut all = Vec::new();
    let mut cursor = String::new();
    loop {
        let (status, page) = app.get(key, &format!("/users?limit={limit}&{query}{cursor}")).await;
        assert_eq!(status, 200, "{query}: {page}");
        all.extend(ids(&page));
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return all,
        }
    }
}

impl Values for Person {
    fn value(&self, key: &str) -> Option<Cow<'_, FieldValue>> {
        let text = |value: &Option<String>| value.clone().map(FieldValue::Text);
        let time = |value: Option<i64>| value.map(|ms| FieldValue::Timestamp(UtcMillis::saturating(ms)));
        let value = match key {
            "id" => Some(FieldValue::Text(self.id.clone())),
            "name" => text(&self.name),
            "email" => text(&self.email),
            "phone" => text(&self.phone),
            "status" => text(&self.status),
            "wb_api_status" => text(&self.wb_api_status),
            "registered_at" => time(self.registered_at),
            "last_activity_at" => time(self.last_activity_at),
            "total_paid" => self.total_paid.map(FieldValue::Money),
            "cabinets" => self.cabinets.map(FieldValue::Integer),
            "token_balance" => self.token_balance.map(FieldValue::Integer),
            "tokens_spent_per_day" => self.tokens_spent_per_day.map(FieldValue::Number),
            "vision_usage_percent" => self.vision_usage_percent.map(FieldValue::Number),
            "has_ai_analytics_sub" => self.has_ai_analytics_sub.map(FieldValue::Boolean),
            _ => None,
        };
        value.map(Cow::Owned)
    }
}

both_engines! {
    // spec: W01, W10
    async fn pages_are_the_sorted_list_cut_in_pieces(app: TestApp) {
        app.apply_replies().await;
        let crowd = people::crowd(230, 7);
        people::insert(&app.workspace(), &crowd).await;
        let key = app.secret_key(&[Permission::UsersRead]).await;
        let mut random = Random::seeded(11);
        for sort in ["id", "name", "email", "registered_at", "last_activity_at", "total_paid", "cabinets", "token_balance", "wb_api_status",
            "tokens_spent_per_day", "vision_usage_percent", "has_ai_analytics_sub", "status", "phone"] {
            for direction in ["", "-"] {
                let query = format!("sort={direction}{sort}&columns={sort}");
                let limit = 1 + random.below(90) as usize;
                let walked = walk(&app, &key, &query, limit).await;
                let whole = walk(&app, &key, &query, 200).await;
                assert_eq!(walked, whole, "{query} by {limit}");
                let mut unique = walked.clone();
                unique.sort();
                unique.dedup();
                assert_eq!(unique.len(), crowd.len(), "{query} by {limit}: every user once");
                in_order(&crowd, &walked, sort, direction == "-");
            }
        }
    }

    // spec: W01, W10, W11
    async fn a_filter_finds_whom_the_rule_holds_for(app: TestApp) {
        app.apply_replies().await;
        let crowd = people::crowd(300, 23);
        people::insert(&app.workspace(), &crowd).await;
        let key = app.secret_key(&[Permission::UsersRead]).await;
        let applied = app.workspace().definition.load_full();
        for rule in [
            "status == \"trial\" && total_paid == 0",
            "wb_api_status == \"error_401\" || token_balance > 9000",
            "name == null",
            "name.fold().contains(\"ИВАН\")",
            "vision_usage_percent >= 50.5 && !(has_ai_analytics_sub)",
            "total_paid >= 1490.5 && registered_at < now - duration(\"90d\")",
            "days(now - last_activity_at) > 7",
            "cabinets in [1, 3] && tokens_spent_per_day / 2 > 20",
            "token_balance != 5",
        ] {
            let checked = Rule::parse(rule, applied.definition.scope()).unwrap();
            let mut expected: Vec<String> = crowd
                .iter()
                .filter(|person| checked.holds(*person, UtcMillis::saturating(NOON)))
                .map(|person| person.id.clone())
                .collect();
            expected.sort();
            let mut found = walk(&app, &key, &format!("filter={}&sort=-token_balance", encoded(rule)), 37).await;
            found.sort();
            assert_eq!(found, expected, "{rule}");
            let (_, count) = app.get(&key, &format!("/users/count?filter={}", encoded(rule))).await;
            assert_eq!(count["count"], expected.len(), "{rule}");
            assert!(count["took_ms"].is_u64());
        }
        let (status, problem) = app.get(&key, &format!("/users?filter={}", encoded("statu == \"trial\""))).await;
        assert_eq!(status, 422);
        assert_eq!((&problem["errors"][0]["position"], &problem["errors"][0]["suggestion"]), (&json!({"start": 0, "end": 5}), &json!("status")));
    }

    // spec: W01
    async fn a_search_finds_people_by_any_of_their_names(app: TestApp) {
        app.apply_replies().await;
        let mut anna = Person::named("anna-1", "Анна Ёлкина");
        anna.email = Some("Anna@Example.com".into());
        anna.phone = Some("+7 (912) 555-01-02".into());
        anna.telegram_id = Some("7771234".into());
        anna.telegram_username = Some("AnnaSells".into());
        let mut tricky = Person::named("p%", "100% _sure_ \\o/");
        tricky.registered_at = None;
        people::insert(&app.workspace(), &[anna, tricky, Person::named("b", "Boris")]).await;
        let key = app.secret_key(&[Permission::UsersRead]).await;
        for (text, expected) in [
            ("ёлкин", vec!["anna-1"]),
            ("АННА", vec!["anna-1"]),
            ("ANNA@example", vec!["anna-1"]),
            ("9125550102", vec!["anna-1"]),
            ("+7 912 555", vec!["anna-1"]),
            ("777123", vec!["anna-1"]),
            ("@annasells", vec!["anna-1"]),
            ("anna-1", vec!["anna-1"]),
            ("100%", vec!["p%"]),
            ("_sure_", vec!["p%"]),
            ("\\o/", vec!["p%"]),
            ("%", vec!["p%"]),
            ("nobody", vec![]),
            ("' OR 1=1 --", vec![]),
        ] {
            let (status, page) = app.get(&key, &format!("/users?q={}", encoded(text))).await;
            assert_eq!((status, ids(&page)), (200, expected.into_iter().map(str::to_owned).collect()), "{text}");
        }
        assert_eq!(app.get(&key, "/users?q=%00").await.0, 400);
    }

    // spec: W11
    async fn an_alert_lists_the_users_in_it(app: TestApp) {
        app.apply_replies().await;
        people::insert(&app.workspace(), &people::crowd(20, 3)).await;
        for (user, alert) in [("3", "api_error"), ("3", "zero_usage"), ("9", "zero_usage")] {
            people::enter_alert(&app.workspace(), user, alert, NOON - 1000).await;
        }
        let key = app.secret_key(&[Permission::UsersRead]).await;
        let (_, page) = app.get(&key, "/users?alert=zero_usage&sort=id&count=exact&columns=status,total_paid").await;
        assert_eq!((ids(&page), &page["total"]), (vec!["3".to_owned(), "9".to_owned()], &json!(2)));
        assert_eq!(page["data"][0]["alerts"][0], json!({"key": "api_error", "since": "2026-03-10T11:59:59.000Z"}));
        assert_eq!(page["data"][0]["alerts"][1]["key"], "zero_usage");
        assert_eq!(page["data"][0]["fields"]["total_paid"]["currency"], "RUB", "{page}");
        assert_eq!(page["data"][0]["fields"].as_object().unwrap().len(), 2);
        let (status, problem) = app.get(&key, "/users?alert=zero_usag").await;
        assert_eq!(status, 400);
        assert!(problem["detail"].as_str().unwrap().contains("zero_usage"), "{problem}");
    }

    async fn a_cursor_belongs_to_its_list(app: TestApp) {
        app.apply_replies().await;
        people::insert(&app.workspace(), &people::crowd(20, 3)).await;
        let key = app.secret_key(&[Permission::UsersRead]).await;
        let (_, page) = app.get(&key, "/users?limit=5").await;
        let cursor = page["next_cursor"].as_str().unwrap();
        for (query, code) in [
            (format!("sort=name&cursor={cursor}"), "cursor_mismatch"),
            (format!("q=anna&cursor={cursor}"), "cursor_mismatch"),
            ("cursor=%%%".to_owned(), "malformed"),
            ("cursor=abcd".to_owned(), "cursor_damaged"),
            ("limit=0".to_owned(), "malformed"),
            ("limit=201".to_owned(), "malformed"),
            ("sort=nme".to_owned(), "malformed"),
            ("columns=name,nme".to_owned(), "malformed"),
        ] {
            let (status, problem) = app.get(&key, &format!("/users?{query}")).await;
            assert_eq!(status, 400, "{query}: {problem}");
            if code != "malformed" {
                assert_eq!(problem["code"], code, "{query}");
            }
        }
    }
}

/// Values first and in order, then the users without one.
fn in_order(crowd: &[Person], walked: &[String], key: &str, descending: bool) {
    let value_of = |id: &String| {
        let person = crowd.iter().find(|person| person.id == *id).unwrap();
        person.value(key).map(|value| value.into_owned())
    };
    let values: Vec<Option<FieldValue>> = walked.iter().map(value_of).collect();
    let first_missing = values.iter().position(Option::is_none).unwrap_or(values.len());
    assert!(values[first_missing..].iter().all(Option::is_none), "{key}: missing values come last");
    for pair in values[..first_missing].windows(2) {
        let (before, after) = (pair[0].as_ref().unwrap(), pair[1].as_ref().unwrap());
        let (before, after) = if descending { (after, before) } else { (before, after) };
        let fine = match (before, after) {
            (FieldValue::Boolean(before), FieldValue::Boolean(after)) => before <= after,
            // How letters sort is the database's affair; that pages agree with the whole list is checked above.
            (FieldValue::Text(_), FieldValue::Text(_)) => true,
            _ => {
                before.as_number().or(before.as_timestamp().map(|time| time.as_millis() as f64))
                    <= after.as_number().or(after.as_timestamp().map(|time| time.as_millis() as f64))
            }
        };
        assert!(fine, "{key}: {before:?} stands before {after:?}");
    }
}
