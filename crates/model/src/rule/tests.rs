use std::borrow::Cow;
use std::collections::BTreeMap;

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::time::DAY;

fn scope() -> Scope {
    let variable = |key: &str, variable_type, values: &[&str]| Variable {
        key: key.to_owned(),
        variable_type,
        values: values.iter().map(|value| (*value).to_owned()).collect(),
        folds: key == "name",
    };
    Scope::new(
        vec![
            variable("name", FieldType::Text, &[]),
            variable("locale", FieldType::Text, &[]),
            variable("api", FieldType::Enum, &["ok", "error_401", "none"]),
            variable("balance", FieldType::Integer, &[]),
            variable("speed", FieldType::Number, &[]),
            variable("share", FieldType::Percent, &[]),
            variable("addon", FieldType::Boolean, &[]),
            variable("seen_at", FieldType::Timestamp, &[]),
            variable("born_at", FieldType::Timestamp, &[]),
            variable("paid", FieldType::Money, &[]),
            variable("owed", FieldType::Money, &[]),
        ],
        Currency::from_code("RUB").unwrap(),
    )
}

#[derive(Debug)]
struct Row(BTreeMap<&'static str, Value>);

impl Values for Row {
    fn value(&self, key: &str) -> Option<Cow<'_, Value>> {
        self.0.get(key).map(Cow::Borrowed)
    }
}

fn at(text: &str) -> UtcMillis {
    text.parse().unwrap()
}

fn now() -> UtcMillis {
    at("2026-11-21T12:00:00Z")
}

fn row() -> Row {
    Row(BTreeMap::from([
        ("name", Value::Text("Иван Ёлкин".to_owned())),
        ("api", Value::Text("error_401".to_owned())),
        ("balance", Value::Integer(120)),
        ("speed", Value::Number(0.5)),
        ("addon", Value::Boolean(false)),
        ("seen_at", Value::Timestamp(at("2026-11-18T12:00:00Z"))),
        ("paid", Value::Money(149_050)),
    ]))
}

fn truth(text: &str) -> Option<bool> {
    let expression = Expression::parse(text, &scope()).unwrap_or_else(|errors| panic!("{text}: {errors:?}"));
    expression.evaluate(&row(), now()).truth()
}

#[test]
fn rules_are_true_false_or_unknown() {
    for (text, expected) in [
        ("balance > 100", Some(true)),
        ("balance == 120.0", Some(true)),
        ("balance / 7 > 17.1 && balance / 7 < 17.2", Some(true)),
        ("7 / 2 == 3.5", Some(true)),
        ("balance / 0 == 1", None),
        ("-balance == 0 - 120", Some(true)),
        ("api == \"error_401\"", Some(true)),
        ("api in [\"ok\", \"none\"]", Some(false)),
        ("name.contains(\"ван\")", Some(true)),
        ("name.contains(\"ВАН\")", Some(false)),
        ("name.fold().contains(\"ВАН\")", Some(true)),
        ("name.fold() == \"иВаН ёлкин\"", Some(true)),
        ("name.startsWith(\"\") && name.endsWith(\"Ёлкин\")", Some(true)),
        ("addon", Some(false)),
        ("!addon", Some(true)),
        ("paid == 1490.5", Some(true)),
        ("1490.49 < paid", Some(true)),
        ("paid - 0.5 == 1490", Some(true)),
        ("seen_at == now - duration(\"72h\")", Some(true)),
        ("now - seen_at > duration(\"2d\")", Some(true)),
        ("days(now - seen_at) == 3 && hours(now - seen_at) == 72", Some(true)),
        ("days(seen_at - now) == -3", Some(true)),
        ("seen_at >= timestamp(\"2026-11-18T15:00:00+03:00\")", Some(true)),
        ("(addon ? balance : 7) == 7", Some(true)),
        ("(share > 1 ? balance : 7) == 7", Some(true)),
        // Missing: locale, share, born_at, owed.
        ("locale == \"ru\"", None),
        ("locale != \"ru\"", None),
        ("!(share > 50)", None),
        ("share > 50 || balance > 100", Some(true)),
        ("share > 50 && balance > 100", None),
        ("share > 50 && balance < 100", Some(false)),
        ("share > 50 || balance < 100", None),
        ("share == null", Some(true)),
        ("null != balance", Some(true)),
        ("has(share)", Some(false)),
        ("has(balance)", Some(true)),
        ("share + 1 == null", Some(true)),
        ("locale.contains(\"\")", None),
        ("locale in [\"ru\"]", None),
        ("born_at < now", None),
        ("(share > 1) == null", Some(true)),
    ] {
        assert_eq!(truth(text), expected, "{text}");
    }
}

fn error(text: &str) -> RuleError {
    Rule::parse(text, &scope()).expect_err(text).remove(0)
}

#[test]
fn errors_say_where_and_what_instead() {
    let found = error("balance > 1 && spead < 2");
    assert_eq!((found.position, found.suggestion.as_deref()), (Position { start: 15, end: 20 }, Some("speed")));
    // Characters, not bytes.
    let found = error("name == \"Ж\" && api == \"eror_401\"");
    assert_eq!(found.position, Position { start: 15, end: 32 });
    assert_eq!(found.suggestion.as_deref(), Some("error_401"));
    for (text, part) in [
        ("", "empty"),
        ("balance", "must be true or false"),
        ("balance >", "ends too soon"),
        ("balance > 1 balance", "'balance' cannot stand here"),
        ("balance > (1", "ends too soon"),
        ("balance > 1)", "')' cannot stand here"),
        ("balance @ 1", "'@' cannot stand here"),
        ("\"a\" > \"b\"", "no order"),
        ("name > \"b\"", "no order"),
        ("name == 1", "cannot be compared"),
        ("balance == \"1\"", "cannot be compared"),
        ("balance && addon", "must be true or false"),
        ("seen_at > \"2026-01-01T00:00:00Z\"", "timestamp("),
        ("now - seen_at > \"3d\"", "duration("),
        ("seen_at > timestamp(\"yesterday\")", "not a time"),
        ("now - seen_at > duration(\"3\")", "not a duration"),
        ("paid == 10.005", "more decimals"),
        ("paid * 2 > 1", "cannot be calculated"),
        ("paid > balance", "cannot be compared"),
        ("name.matches(\"a.*\")", "left out"),
        ("name.size() > 1", "not part of"),
        ("[1, 2].exists(x, x > balance)", "not part of"),
        ("locale.fold() == \"ru\"", "without regard to case"),
        ("balance in [1, speed]", "constants only"),
        ("balance in 5", "list"),
        ("balance % 2 == 1", "not part of"),
        ("balance > null", "null can only be compared"),
        ("null == null", "says nothing"),
        ("traits.x == 1", "no members"),
        ("{\"a\": 1}.a == 1", "no members"),
        ("b\"x\" == b\"x\"", "bytes"),
        ("balance > 1e16", "10^15"),
        ("balance > 99999999999999999999", "cannot be read"),
        ("addon == now", "cannot be compared"),
    ] {
        let found = error(text);
        assert!(found.detail.contains(part), "{text}: {}", found.detail);
        assert!(found.position.end <= text.chars().count() && found.position.start <= found.position.end);
    }
    assert_eq!(Rule::parse("spead > 1 && balanse > 2", &scope()).unwrap_err().len(), 2);
}

#[test]
fn size_and_depth_are_bounded() {
    for text in [
        format!("{}balance > 1{}", "(".repeat(500), ")".repeat(500)),
        format!("{}addon", "!".repeat(2000)),
        vec!["addon"; 600].join(" || "),
        format!("balance{} > 1", ".a".repeat(1500)),
        format!("balance {} > 1", "+ 1".repeat(900)),
        format!("name == \"{}\"", "x".repeat(5000)),
        format!("{} > 1", ["speed"; 10].join(" * ")),
        format!("{}[", "[".repeat(3000)),
        format!("{}1", "addon?1:".repeat(400)),
    ] {
        assert!(Rule::parse(&text, &scope()).is_err(), "{text:.40}");
    }
    let long_list: Vec<String> = (0..500).map(|number| number.to_string()).collect();
    let text = format!("balance in [{}]", long_list.join(","));
    assert!(Rule::parse(&text, &scope()).unwrap().holds(&row(), now()));
    assert!(Rule::parse(&vec!["addon"; 150].join(" || "), &scope()).is_ok());
}

#[test]
fn printing_is_canonical() {
    for (text, canonical) in [
        ("has( share )", "share != null"),
        ("!(share==null)", "share != null"),
        ("((addon)) && (addon && addon)", "addon && addon && addon"),
        ("addon && (addon || addon)", "addon && (addon || addon)"),
        ("!(addon || addon)", "!(addon || addon)"),
        ("!(api in ['ok'])", "!(api in [\"ok\"])"),
        ("paid >= 1490.50", "paid >= 1490.5"),
        ("5.0 < balance", "5 < balance"),
        ("now - duration('72h') > seen_at", "now - duration(\"3d\") > seen_at"),
        ("balance - (1 - 2) > -3", "balance - (1 - 2) > -3"),
        ("(balance - 1) - 2 == 0", "balance - 1 - 2 == 0"),
        ("balance / (speed * 2) > 1", "balance / (speed * 2) > 1"),
        ("(balance > 1) == addon", "(balance > 1) == addon"),
        ("(addon ? 1 : 2) == 1", "(addon ? 1 : 2) == 1"),
        ("name == \"a\\\"\\n\\\\\\u0007\"", "name == \"a\\\"\\n\\\\\\u0007\""),
        ("name.fold().contains(\"ИВАН\")", "name.fold().contains(\"иван\")"),
    ] {
        let rule = Rule::parse(text, &scope()).unwrap_or_else(|errors| panic!("{text}: {errors:?}"));
        assert_eq!(rule.to_cel(), canonical, "{text}");
        assert_eq!(Rule::parse(canonical, &scope()).unwrap(), rule, "{text}");
    }
}

#[test]
fn trees_and_text_are_the_same_rule() {
    for (text, tree) in [
        ("api == \"error_401\"", json!({"field": "api", "operator": "is", "value": "error_401"})),
        (
            "paid >= 1490.5 && (addon || share == null)",
            json!({"all": [
                {"field": "paid", "operator": "at_least", "value": 1490.5},
                {"any": [{"field": "addon", "operator": "is", "value": true}, {"field": "share", "operator": "is_not_set"}]}
            ]}),
        ),
        ("!(api in [\"ok\"])", json!({"field": "api", "operator": "not_in", "value": ["ok"]})),
        ("name.fold().contains(\"иван\")", json!({"field": "name", "operator": "contains", "value": "иван"})),
        ("seen_at >= now - duration(\"3d\")", json!({"field": "seen_at", "operator": "within_last", "value": "3d"})),
        ("seen_at < now - duration(\"3d\")", json!({"field": "seen_at", "operator": "longer_ago_than", "value": "3d"})),
        (
            "seen_at > now && seen_at <= now + duration(\"2d\")",
            json!({"field": "seen_at", "operator": "within_next", "value": "2d"}),
        ),
        ("locale.startsWith(\"Ru\")", json!({"field": "locale", "operator": "starts_with", "value": "Ru"})),
        ("name.contains(\"И\")", json!({"expression": "name.contains(\"И\")"})),
        (
            "seen_at < timestamp(\"2026-01-01T00:00:00.000Z\")",
            json!({"field": "seen_at", "operator": "less_than", "value": "2026-01-01T00:00:00.000Z"}),
        ),
        ("!(balance > 1)", json!({"not": {"field": "balance", "operator": "more_than", "value": 1}})),
        ("days(now - seen_at) > 30", json!({"expression": "days(now - seen_at) > 30"})),
        ("!addon", json!({"field": "addon", "operator": "is", "value": false})),
    ] {
        let rule = Rule::parse(text, &scope()).unwrap();
        assert_eq!(json!(rule.to_tree()), tree, "{text}");
        let tree: RuleTree = serde_json::from_value(tree).unwrap();
        let again = Rule::from_tree(&tree, &scope()).unwrap();
        assert_eq!(again.to_tree(), tree, "{text}");
        for row in [row(), Row(BTreeMap::new())] {
            assert_eq!(again.expression().evaluate(&row, now()), rule.expression().evaluate(&row, now()), "{text}");
        }
    }
}

#[test]
fn tree_errors_point_at_the_part() {
    let tree = json!({"all": [
        {"field": "balance", "operator": "is", "value": 1},
        {"not": {"field": "balanse", "operator": "is", "value": 1}},
        {"any": []},
        {"field": "api", "operator": "is", "value": "eror_401"},
        {"field": "seen_at", "operator": "within_last", "value": 3},
        {"expression": "balance >"}
    ]});
    let tree: RuleTree = serde_json::from_value(tree).unwrap();
    let errors = Rule::from_tree(&tree, &scope()).unwrap_err();
    let pointers: Vec<&str> = errors.iter().map(|error| error.pointer.as_str()).collect();
    assert_eq!(pointers, ["/all/1/not/field", "/all/2", "/all/3", "/all/4/value", "/all/5/expression"]);
}

#[test]
fn the_next_change_is_told() {
    let change = |text: &str| {
        let rule = Rule::parse(text, &scope()).unwrap();
        rule.expression().evaluate(&row(), now()).next_change_at.map(|instant| instant.since(now()))
    };
    // seen_at is exactly three days before now.
    assert_eq!(change("balance > 1"), None);
    assert_eq!(change("seen_at < now - duration(\"3d\")"), Some(1));
    assert_eq!(change("seen_at <= now - duration(\"3d\")"), None);
    assert_eq!(change("seen_at == now - duration(\"3d\")"), Some(1));
    assert_eq!(change("seen_at == now - duration(\"4d\")"), Some(DAY));
    assert_eq!(change("seen_at < now - duration(\"4d\")"), Some(DAY + 1));
    assert_eq!(change("now - seen_at > duration(\"4d\")"), Some(DAY + 1));
    assert_eq!(change("seen_at < now - duration(\"2d\")"), None);
    assert_eq!(change("days(now - seen_at) > 7"), Some(DAY));
    assert_eq!(change("days(seen_at - now) < -7"), Some(1));
    // Also where it does not matter now.
    assert_eq!(change("balance > 1 || now > timestamp(\"2026-11-21T12:00:01Z\")"), Some(1001));
}

/// Rule texts of every form over [`scope`].
fn rule_text() -> impl Strategy<Value = String> {
    let number = prop_oneof![
        Just("balance".to_owned()),
        Just("speed".to_owned()),
        Just("share".to_owned()),
        (-50..50_i64).prop_map(|number| number.to_string()),
        (-50..50_i64).prop_map(|number| format!("{number}.25")),
        Just("days(now - seen_at)".to_owned()),
        Just("hours(born_at - now)".to_owned()),
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
        (number.clone(), sign(), number).prop_map(|(l, s, r)| format!("{l} {s} {r}")),
        (time.clone(), sign(), time).prop_map(|(l, s, r)| format!("{l} {s} {r}")),
        (sign(), -5..5_i64).prop_map(|(s, units)| format!("paid {s} {units}.5")),
        Just("paid + owed > 3".to_owned()),
        Just("addon".to_owned()),
        Just("api in [\"ok\", \"none\"]".to_owned()),
        Just("api != \"ok\"".to_owned()),
        Just("locale == null".to_owned()),
        Just("has(share)".to_owned()),
        prop_oneof![Just("name"), Just("name.fold()"), Just("locale")]
            .prop_flat_map(|name| {
                (Just(name), prop_oneof![Just("contains"), Just("startsWith"), Just("endsWith")], "[аБx%_'\\\\\"]{0,2}")
            })
            .prop_map(|(name, test, needle)| format!("{name}.{test}({})", super::print::quote(&needle))),
    ];
    leaf.prop_recursive(3, 16, 3, |inner| {
        prop_oneof![
            (inner.clone(), inner.clone()).prop_map(|(l, r)| format!("({l} && {r})")),
            (inner.clone(), inner.clone()).prop_map(|(l, r)| format!("({l} || {r})")),
            inner.clone().prop_map(|inner| format!("!({inner})")),
            (inner.clone(), inner.clone(), inner).prop_map(|(c, y, n)| format!("(({c}) ? ({y}) : ({n}))")),
        ]
    })
}

fn random_row() -> impl Strategy<Value = Row> {
    let maybe = |value: BoxedStrategy<Value>| proptest::option::weighted(0.7, value);
    let time = || (-200..200_i64).prop_map(|hours| Value::Timestamp(now().plus(hours * 3_600_000))).boxed();
    (
        maybe("[аАбБxX%_'\\\\\"]{0,3}".prop_map(Value::Text).boxed()),
        maybe(prop_oneof![Just("ok"), Just("none")].prop_map(|text| Value::Text(text.to_owned())).boxed()),
        maybe((-50..50_i64).prop_map(Value::Integer).boxed()),
        maybe((-200..200_i64).prop_map(|quarters| Value::Number(quarters as f64 / 4.0)).boxed()),
        maybe(any::<bool>().prop_map(Value::Boolean).boxed()),
        maybe(time()),
        maybe(time()),
        maybe((-500..500_i64).prop_map(Value::Money).boxed()),
    )
        .prop_map(|(name, api, balance, speed, addon, seen_at, born_at, paid)| {
            let columns = [
                ("name", name.clone()),
                ("locale", name),
                ("api", api),
                ("balance", balance),
                ("speed", speed.clone()),
                ("share", speed),
                ("addon", addon),
                ("seen_at", seen_at),
                ("born_at", born_at),
                ("paid", paid.clone()),
                ("owed", paid),
            ];
            Row(columns.into_iter().filter_map(|(key, value)| Some((key, value?))).collect())
        })
}

proptest! {
    #[test]
    fn printed_rules_are_read_back_the_same(text in rule_text()) {
        if let Ok(rule) = Rule::parse(&text, &scope()) {
            let printed = rule.to_cel();
            prop_assert_eq!(Rule::parse(&printed, &scope()).expect(&printed), rule, "{}", printed);
        }
    }

    #[test]
    fn trees_mean_the_same(text in rule_text(), row in random_row()) {
        if let Ok(rule) = Rule::parse(&text, &scope()) {
            let tree: RuleTree = serde_json::from_value(json!(rule.to_tree())).unwrap();
            let again = Rule::from_tree(&tree, &scope()).expect(&text);
            prop_assert_eq!(again.expression().evaluate(&row, now()), rule.expression().evaluate(&row, now()));
        }
    }

    #[test]
    fn nothing_changes_before_the_next_change(text in rule_text(), row in random_row(), part in 0.0..1.0_f64) {
        if let Ok(rule) = Rule::parse(&text, &scope()) {
            let first = rule.expression().evaluate(&row, now());
            let last = first.next_change_at.map_or(now().plus(400 * DAY), |change| change.plus(-1));
            for instant in [last, now().plus((last.since(now()) as f64 * part) as i64)] {
                prop_assert_eq!(rule.expression().evaluate(&row, instant).truth(), first.truth(), "{} {}", text, instant);
            }
        }
    }

    #[test]
    fn any_text_is_answered(text in "\\PC{0,60}") {
        let _answered = Rule::parse(&text, &scope());
    }

    #[test]
    fn any_mixture_of_our_signs_is_answered(text in "[a-z0-9\"'().,\\[\\]<>=!&|?:+*/ -]{0,60}") {
        let _answered = Rule::parse(&text, &scope());
    }
}
