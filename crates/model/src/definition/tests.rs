use super::*;

const REPLIES: &str = include_str!("../../../../products/replies.toml");

fn replies() -> Definition {
    Definition::parse(REPLIES).unwrap_or_else(|errors| {
        let lines: Vec<String> = errors.iter().map(ToString::to_string).collect();
        panic!("{}", lines.join("\n"))
    })
}

// spec: W01, W04, W05, W06, W07, W08, W09
#[test]
fn replies_has_every_field_of_the_spec() {
    let definition = replies();
    let type_of = |key: &str| definition.field(key).unwrap_or_else(|| panic!("no {key}")).field_type;
    for (key, field_type) in [
        ("status", FieldType::Enum),
        ("total_paid", FieldType::Money),
        ("cabinets", FieldType::Integer),
        ("token_balance", FieldType::Integer),
        ("ai_requests", FieldType::Integer),
        ("last_activity_at", FieldType::Timestamp),
        ("wb_api_status", FieldType::Enum),
        ("first_response_date", FieldType::Timestamp),
        ("tokens_spent_per_day", FieldType::Number),
        ("vision_usage_percent", FieldType::Percent),
        ("avg_daily_reviews", FieldType::Integer),
        ("has_ai_analytics_sub", FieldType::Boolean),
    ] {
        assert_eq!(type_of(key), field_type, "{key}");
    }
    for field in &definition.fields {
        assert!(!field.source.in_words().is_empty(), "{}", field.key);
    }
    let kinds = ["user", "subscription", "payment", "seller_cabinet", "session"];
    assert_eq!(definition.record_kinds().iter().map(|kind| kind.as_str()).collect::<Vec<_>>(), kinds);
}

// spec: W10, W12, W13
#[test]
fn replies_speaks_the_words_of_the_spec() {
    let definition = replies();
    let short = |key: &str| definition.field(key).unwrap().short_label.ru.clone();
    assert_eq!(short("wb_api_status"), "Статус API");
    assert_eq!(short("tokens_spent_per_day"), "Расход/день");
    assert_eq!(short("vision_usage_percent"), "% Vision");
    assert_eq!(short("has_ai_analytics_sub"), "AI Аналитик");
    let csv = [
        "Статус API WB",
        "Средний расход токенов в день",
        "% использования Vision",
        "Среднее кол-во отзывов в день",
        "Подписка AI Аналитик",
    ];
    let in_order: Vec<&str> =
        definition.fields.iter().map(|field| field.csv_label.ru.as_str()).filter(|label| csv.contains(label)).collect();
    assert_eq!(in_order, csv);
    assert_eq!(definition.detail_blocks[0].label.ru, "Метрики использования (SaaS Metrics)");
    let tones: Vec<Tone> = definition.field("wb_api_status").unwrap().values.iter().map(|value| value.tone).collect();
    assert_eq!(tones, [Tone::Ok, Tone::Danger, Tone::Muted]);
}

// spec: W11
#[test]
fn replies_has_both_alerts() {
    let definition = replies();
    let severities: Vec<(&str, Severity)> =
        definition.alerts.iter().map(|alert| (alert.key.as_str(), alert.severity)).collect();
    assert_eq!(severities, [("api_error", Severity::Red), ("zero_usage", Severity::Yellow)]);
}

fn errors(change: impl Fn(String) -> String) -> Vec<String> {
    let text = change(MINIMAL.to_owned());
    Definition::parse(&text).expect_err(&text).iter().map(ToString::to_string).collect()
}

const MINIMAL: &str = r#"slug = "tiny"
name = { en = "Tiny", ru = "Малый", uz = "Kichik" }
time_zone = "Asia/Tashkent"
currency = "UZS"

[[events]]
name = "sold"
label = { en = "Sold", ru = "Продано", uz = "Sotildi" }
properties = { price = "integer", kind = "text" }

[[fields]]
key = "sales"
type = "integer"
label = { en = "Sales", ru = "Продажи", uz = "Savdolar" }
source = { from = "event", event = "sold", take = "count", where = 'kind == "big"' }

[[fields]]
key = "twice"
type = "number"
label = { en = "Twice", ru = "Дважды", uz = "Ikki marta" }
source = { from = "computed", expression = "sales * 2" }

[[alerts]]
key = "none_sold"
severity = "yellow"
label = { en = "None sold", ru = "Нет продаж", uz = "Savdo yoʻq" }
explanation = { en = "Call.", ru = "Позвонить.", uz = "Qoʻngʻiroq qiling." }
rule = "sales == 0"
"#;

#[test]
fn errors_have_a_line_a_pointer_and_a_hint() {
    assert!(Definition::parse(MINIMAL).is_ok());
    for (wrong, right, expected) in [
        ("slug = \"tiny\"", "slug = \"Tiny!\"", "line 1: /slug: \"Tiny!\" is not a workspace slug"),
        ("Asia/Tashkent", "Tashkent", "line 3: /time_zone: \"Tashkent\" is not a time zone"),
        ("UZS", "SUM", "line 4: /currency: \"SUM\" is not a currency"),
        ("name = \"sold\"", "nane = \"sold\"", "line 7: unknown field `nane`"),
        (
            "event = \"sold\"",
            "event = \"solt\"",
            "line 15: /fields/0/source/event: the event \"solt\" is not described under [[events]] (did you mean \"sold\"?)",
        ),
        (
            "kind ==",
            "knd ==",
            "line 15: /fields/0/source/where: there is no field named \"knd\" (at character 1) (did you mean \"kind\"?)",
        ),
        ("take = \"count\"", "take = \"sum\"", "line 15: /fields/0/source: of is missing: a property of the event"),
        (
            "take = \"count\"",
            "take = \"count\", window = \"1h\"",
            "/fields/0/source/window: a window is a positive number of whole days",
        ),
        (
            "take = \"count\"",
            "take = \"count\", of = \"price\"",
            "/fields/0/source/of: it has no meaning for this source",
        ),
        ("take = \"count\"", "take = \"sum\", of = \"kind\"", "/fields/0/source/of: kind is not a number"),
        ("sales * 2", "sale * 2", "line 21: /fields/1/source/expression: there is no field named \"sale\""),
        ("sales * 2", "twice * 2", "these fields are calculated from each other: twice"),
        ("sales * 2", "sales > 2", "it does not give number"),
        ("key = \"twice\"", "key = \"name\"", "line 18: /fields/1/key: \"name\" is taken by Kabinet"),
        ("key = \"twice\"", "key = \"sales\"", "two fields named \"sales\""),
        ("key = \"twice\"", "key = \"Twice\"", "must be a lower-case letter"),
        ("type = \"number\"", "type = \"enum\"", "an enum lists its values"),
        ("type = \"number\"", "type = \"decimal\"", "line 19: unknown variant `decimal`"),
        (
            "rule = \"sales == 0\"",
            "rule = \"sales == \\\"0\\\"\"",
            "/alerts/0/rule: a number and text cannot be compared",
        ),
        ("ru = \"Нет продаж\"", "ru = \"\"", "line 26: /alerts/0/label/ru: it is empty"),
        (
            "slug = \"tiny\"",
            "slug = \"tiny\"\ncolumns = [\"id\", \"sale\"]",
            "/columns/1: there is no field named \"sale\" (did you mean \"sales\"?)",
        ),
    ] {
        let found = errors(|text| text.replace(wrong, right));
        assert!(found.iter().any(|line| line.contains(expected)), "{right}: {found:#?}");
    }
}

#[test]
fn columns_of_the_profile_table_are_no_fields() {
    for taken in ["changes", "stored_at", "recompute_at", "traits", "email_fold", "now", "id"] {
        let found = errors(|text| text.replace("key = \"twice\"", &format!("key = \"{taken}\"")));
        assert!(found.iter().any(|line| line.contains("taken by Kabinet")), "{taken}: {found:?}");
    }
}

#[test]
fn computed_fields_may_stand_before_what_they_use() {
    let (head, tail) = MINIMAL.split_once("[[fields]]").unwrap();
    let (first, rest) = tail.split_once("[[fields]]").unwrap();
    let (second, alerts) = rest.split_once("[[alerts]]").unwrap();
    let text = format!("{head}[[fields]]{second}[[fields]]{first}[[alerts]]{alerts}");
    let definition = Definition::parse(&text).unwrap();
    let order: Vec<&str> = definition.fields_in_order().map(|field| field.key.as_str()).collect();
    let place = |key: &str| order.iter().position(|other| *other == key).unwrap();
    assert!(place("sales") < place("twice"));
}

#[test]
fn a_value_that_moves_with_the_clock_is_refused() {
    let found = errors(|text| {
        text.replace("type = \"number\"", "type = \"timestamp\"").replace("sales * 2", "now - duration('1d')")
    });
    assert!(found[0].contains("every millisecond"), "{found:?}");
}
