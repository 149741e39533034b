use kabinet_model::field::FieldValues;
use kabinet_model::record::{Record, RecordKind, RecordPatch};
use kabinet_model::rule::Rule;
use kabinet_model::value::Value;
use kabinet_records::Engine;
use kabinet_records::sql::{self, Row};
use serde_json::json;

use crate::rules::{fill, found, now, workspace};
use crate::store;

fn naughty_strings() -> Vec<String> {
    let file = kabinet_testing::repository::root().join("testdata/naughty_strings/blns.json");
    let text = std::fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    serde_json::from_str(&text).unwrap()
}

/// What breaks other programs is stored, found and read back as it is: as a value, and as a constant in a rule.
async fn naughty_strings_stay_what_they_are(engine: Engine) {
    let strings = naughty_strings();
    let workspace = workspace();
    let rows: Vec<FieldValues> = strings
        .iter()
        .map(|text| {
            let mut row = FieldValues::default();
            row.set("nick", Some(Value::Text(text.clone())));
            row
        })
        .collect();
    let store = store(engine).await;
    fill(&store, &workspace, &rows).await;
    for row in sql::all(store.database.reader(), "SELECT id, nick FROM profile", vec![]).await.unwrap() {
        let index: usize = row.get::<String>("id").unwrap().parse().unwrap();
        assert_eq!(row.get::<String>("nick").unwrap(), strings[index]);
    }
    let searches = strings.iter().map(|text| json!({"field": "nick", "operator": "contains", "value": text}));
    let lists = strings.chunks(10).map(|texts| json!({"field": "nick", "operator": "in", "value": texts}));
    for tree in searches.chain(lists) {
        let rule = Rule::from_tree(&serde_json::from_value(tree).unwrap(), workspace.scope()).unwrap();
        assert_eq!(Rule::parse(&rule.to_cel(), workspace.scope()).unwrap(), rule, "{}", rule.to_cel());
        let expected: Vec<usize> = (0..rows.len()).filter(|index| rule.holds(&rows[*index], now())).collect();
        assert_eq!(found(&store, &rule).await, expected, "{}", rule.to_cel());
    }
}

crate::on_both_engines! { naughty_strings_stay_what_they_are }

#[test]
fn naughty_strings_pass_the_checks_of_records_unchanged() {
    for text in naughty_strings().into_iter().filter(|text| !text.is_empty() && text.chars().count() <= 200) {
        let item = json!({"id": text, "name": text, "phone": null, "traits": {text.clone(): text}});
        let patch = RecordPatch::parse(RecordKind::User, &item).unwrap_or_else(|errors| panic!("{text:?}: {errors:?}"));
        let Record::User(user) = patch.apply(None).unwrap() else { panic!("not a user") };
        assert_eq!((user.id.as_str(), user.name.as_deref()), (text.as_str(), Some(text.as_str())));
        assert_eq!(json!(user.traits), json!({text.clone(): text}));
    }
}
