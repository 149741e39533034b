use std::collections::BTreeMap;

use kabinet_model::definition::Definition;
use kabinet_model::field::FieldValues;
use kabinet_model::rule::Rule;
use kabinet_model::time::{HOUR, UtcMillis};
use kabinet_model::value::{Value, fold};
use kabinet_records::sql::{self, Row};
use kabinet_records::{Engine, profile, rule_sql};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, TestRunner};

use crate::{Store, definition, store, trait_field};

const ROWS: usize = 120;
const RULES: u32 = 400;

pub fn now() -> UtcMillis {
    "2026-11-21T12:00:00Z".parse().unwrap()
}

pub fn workspace() -> Definition {
    let fields = [
        ("api", "enum"),
        ("nick", "text"),
        ("balance", "integer"),
        ("speed", "number"),
        ("share", "percent"),
        ("addon", "boolean"),
        ("seen_at", "timestamp"),
        ("born_at", "timestamp"),
        ("paid", "money"),
        ("owed", "money"),
    ];
    definition(&fields.map(|(key, field_type)| trait_field(key, field_type)).join("\n"))
}

fn rule_text() -> impl Strategy<Value = String> {
    let number = prop_oneof![
        Just("balance".to_owned()),
        Just("speed".to_owned()),
        Just("share".to_owned()),
        (-20..20_i64).prop_map(|number| number.to_string()),
        (-20..20_i64).prop_map(|number| format!("{number}.25")),
        Just("days(now - seen_at)".to_owned()),
        Just("hours(born_at - seen_at)".to_owned()),
        Just("(paid / owed)".to_owned()),
        Just("(addon ? balance : speed)".to_owned()),
    ];
    let number = number.prop_recursive(2, 6, 2, |inner| {
        (inner.clone(), prop_oneof![Just("+"), Just("-"), Just("*"), Just("/")], inner)
            .prop_map(|(left, sign, right)| format!("({left} {sign} {right})"))
    });
    let time = prop_oneof![
        Just("seen_at".to_owned()),
        Just("born_at".to_owned()),
        Just("now".to_owned()),
        (0..96_i64).prop_map(|hours| format!("(now - duration(\"{hours}h\"))")),
        (0..96_i64).prop_map(|hours| format!("(seen_at + duration(\"{hours}h\"))")),
        Just("timestamp(\"2026-11-20T00:00:00Z\")".to_owned()),
    ];
    let sign = || prop_oneof![Just("<"), Just("<="), Just(">"), Just(">="), Just("=="), Just("!=")];
    let leaf = prop_oneof![
        (number.clone(), sign(), number.clone()).prop_map(|(left, sign, right)| format!("{left} {sign} {right}")),
        (time.clone(), sign(), time).prop_map(|(left, sign, right)| format!("{left} {sign} {right}")),
        (sign(), -5..5_i64).prop_map(|(sign, units)| format!("paid {sign} {units}.5")),
        number.prop_map(|number| format!("({number}) == null")),
        Just("paid + owed > 3".to_owned()),
        Just("paid - owed == 0".to_owned()),
        Just("now - seen_at > born_at - seen_at".to_owned()),
        Just("addon".to_owned()),
        Just("addon == true".to_owned()),
        Just("balance in [1, 2, 3.5]".to_owned()),
        Just("paid in [1, 2.5]".to_owned()),
        Just("api in [\"ok\", \"none\"]".to_owned()),
        Just("api != \"ok\"".to_owned()),
        Just("nick == null".to_owned()),
        Just("has(share)".to_owned()),
        (prop_oneof![Just("nick"), Just("nick.fold()")], "[аАxX%_'\\\\]{0,2}")
            .prop_map(|(name, needle)| format!("{name} == {needle:?}")),
        (
            prop_oneof![Just("nick"), Just("nick.fold()"), Just("name.fold()"), Just("name")],
            prop_oneof![Just("contains"), Just("startsWith"), Just("endsWith")],
            "[аАxX%_'\\\\😀]{0,2}",
        )
            .prop_map(|(name, test, needle)| format!("{name}.{test}({needle:?})")),
    ];
    leaf.prop_recursive(3, 16, 3, |inner| {
        prop_oneof![
            (inner.clone(), inner.clone()).prop_map(|(left, right)| format!("({left} && {right})")),
            (inner.clone(), inner.clone()).prop_map(|(left, right)| format!("({left} || {right})")),
            (inner.clone(), inner.clone()).prop_map(|(left, right)| format!("(({left}) == ({right}))")),
            inner.clone().prop_map(|inner| format!("!({inner})")),
            inner.clone().prop_map(|inner| format!("(({inner}) == null)")),
            (inner.clone(), inner.clone(), inner).prop_map(|(if_, yes, no)| format!("(({if_}) ? ({yes}) : ({no}))")),
        ]
    })
}

fn random_row() -> impl Strategy<Value = BTreeMap<&'static str, Value>> {
    let maybe = |value: BoxedStrategy<Value>| proptest::option::weighted(0.75, value);
    let time = || (-200..200_i64).prop_map(|hours| Value::Timestamp(now().plus(hours * HOUR / 2))).boxed();
    let text = || "[аАбБxX%_'\\\\😀Ё]{0,3}".prop_map(Value::Text).boxed();
    let number = || (-80..80_i64).prop_map(|quarters| Value::Number(quarters as f64 / 4.0)).boxed();
    let money = || (-500..500_i64).prop_map(|half| Value::Money(half * 50)).boxed();
    let api = prop_oneof![Just("ok"), Just("none")].prop_map(|text| Value::Text(text.to_owned())).boxed();
    let texts = (maybe(text()), maybe(text()), maybe(api));
    let numbers = (maybe((-20..20_i64).prop_map(Value::Integer).boxed()), maybe(number()), maybe(number()));
    let rest = (
        maybe(any::<bool>().prop_map(Value::Boolean).boxed()),
        maybe(time()),
        maybe(time()),
        maybe(money()),
        maybe(money()),
    );
    (texts, numbers, rest).prop_map(
        |((name, nick, api), (balance, speed, share), (addon, seen_at, born_at, paid, owed))| {
            let columns = [
                ("name", name),
                ("nick", nick),
                ("api", api),
                ("balance", balance),
                ("speed", speed),
                ("share", share),
                ("addon", addon),
                ("seen_at", seen_at),
                ("born_at", born_at),
                ("paid", paid),
                ("owed", owed),
            ];
            columns.into_iter().filter_map(|(key, value)| Some((key, value?))).collect()
        },
    )
}

pub async fn fill(store: &Store, workspace: &Definition, rows: &[FieldValues]) {
    let columns = profile::actual_columns(&store.database).await.unwrap();
    let plan = profile::plan(store.database.engine(), &columns, &definition(""), workspace);
    profile::run(&store.database, &plan.statements, &plan.rollback).await.unwrap();
    for (index, row) in rows.iter().enumerate() {
        let mut columns = vec!["id".to_owned(), "stored_at".to_owned(), "updated_at".to_owned()];
        let mut values: Vec<kabinet_records::Value> = vec![index.to_string().into(), 0_i64.into(), 0_i64.into()];
        for (key, value) in row.iter() {
            let field = workspace.field(key).unwrap();
            columns.push(key.to_owned());
            values.push(bound(value));
            if field.folds() {
                columns.push(format!("{key}_fold"));
                values.push(fold(value.as_text().unwrap()).into());
            }
        }
        let names = columns.iter().map(|name| format!("\"{name}\"")).collect::<Vec<_>>().join(", ");
        let places = sql::placeholders(1, values.len());
        store.database.write(&format!("INSERT INTO profile ({names}) VALUES ({places})"), values).await.unwrap();
    }
}

fn bound(value: &Value) -> kabinet_records::Value {
    match value {
        Value::Text(text) => text.clone().into(),
        Value::Integer(whole) | Value::Money(whole) => (*whole).into(),
        Value::Number(number) => (*number).into(),
        Value::Boolean(yes) => (*yes).into(),
        Value::Timestamp(instant) => instant.as_millis().into(),
    }
}

pub async fn found(store: &Store, rule: &Rule) -> Vec<usize> {
    let condition = rule_sql::condition(rule, store.database.engine(), now(), 1);
    let text = format!("SELECT id FROM profile WHERE {}", condition.text);
    let rows = sql::all(store.database.reader(), &text, condition.values).await.unwrap_or_else(|error| {
        panic!("{}\n{text}\n{error}", rule.to_cel());
    });
    let mut ids: Vec<usize> = rows.iter().map(|row| row.get::<String>("id").unwrap().parse().unwrap()).collect();
    ids.sort_unstable();
    ids
}

/// Random rules over random rows select the same rows in the database and in memory.
async fn selects_what_holds_in_memory(engine: Engine) {
    let workspace = workspace();
    let mut runner = TestRunner::new(Config::with_cases(RULES));
    let rows: Vec<FieldValues> = proptest::collection::vec(random_row(), ROWS)
        .new_tree(&mut runner)
        .unwrap()
        .current()
        .into_iter()
        .map(|row| {
            let mut values = FieldValues::default();
            row.into_iter().for_each(|(key, value)| values.set(key, Some(value)));
            values
        })
        .collect();
    let store = store(engine).await;
    fill(&store, &workspace, &rows).await;
    let handle = tokio::runtime::Handle::current();
    let mut checked = 0;
    runner
        .run(&rule_text(), |text| {
            let Ok(rule) = Rule::parse(&text, workspace.scope()) else { return Ok(()) };
            let expected: Vec<usize> = (0..rows.len()).filter(|index| rule.holds(&rows[*index], now())).collect();
            let selected = tokio::task::block_in_place(|| handle.block_on(found(&store, &rule)));
            prop_assert_eq!(selected, expected, "{}", text);
            Ok(())
        })
        .unwrap_or_else(|failure| panic!("{failure}"));
    for text in ["addon", "balance > 1", "nick.fold().contains(\"А\")", "days(now - seen_at) < 0"] {
        checked += found(&store, &Rule::parse(text, workspace.scope()).unwrap()).await.len();
    }
    assert!(checked > 0, "the rows are too few to prove anything");
}

/// What people type never becomes SQL.
async fn constants_are_bound(engine: Engine) {
    let workspace = workspace();
    let rule = Rule::parse("nick == \"'; DROP TABLE profile; --\" && balance > 7", workspace.scope()).unwrap();
    let condition = rule_sql::condition(&rule, engine, now(), 3);
    assert!(!condition.text.contains("DROP"), "{}", condition.text);
    assert!(condition.text.contains("$3") && condition.text.contains("$4") && !condition.text.contains("$5"));
    assert_eq!(condition.values.len(), 2);
    let store = store(engine).await;
    fill(&store, &workspace, &[]).await;
    assert!(found(&store, &Rule::parse("balance > 7", workspace.scope()).unwrap()).await.is_empty());
}

crate::on_both_engines! { selects_what_holds_in_memory constants_are_bound }
