//! Random histories: the embedded store and the slow reference must agree on every answer, whatever was flushed,
//! compacted, erased and reopened in between.

use jiff::tz::TimeZone;
use kabinet_events::{
    Cancel, Event, EventKind, EventQueries, EventStore, Options, Outcome, Person, PersonMap, Position, StoredEvent,
    Subject, Window,
};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::builders::{DAY, HOUR, MARCH, all_events, object, options};
use crate::reference::Reference;

#[derive(Debug, Clone)]
enum Step {
    Append(Vec<Event>),
    Flush,
    Compact,
    Reopen,
    Erase(Subject),
}

fn subject() -> impl Strategy<Value = Subject> {
    (0..8_u8).prop_map(|number| match number {
        0..5 => Subject::user(format!("user {number}")),
        _ => Subject::anonymous(format!("\u{0}née'\"{number}")),
    })
}

fn name() -> impl Strategy<Value = String> {
    prop::sample::select(vec!["a", "b", "c", "имя", "rare"]).prop_map(str::to_owned)
}

fn value() -> impl Strategy<Value = Value> {
    prop_oneof![
        any::<i64>().prop_map(Value::from),
        any::<bool>().prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
        Just(Value::Null),
        Just(json!({ "deep": [1, { "er": null }] })),
    ]
}

fn any_event() -> impl Strategy<Value = Event> {
    // Few message ids, so that some repeat; hours over three months, so that days and months are crossed.
    let when = (0..2000_i64, 0..3_i64).prop_map(|(hour, ms)| MARCH + hour * HOUR + ms);
    (0..300_u32, name(), subject(), when, ".{0,5}", value(), 0..EventKind::ALL.len()).prop_map(
        |(id, name, subject, timestamp_ms, key, value, kind)| Event {
            message_id: format!("message {id}"),
            name,
            kind: EventKind::ALL[kind],
            subject,
            timestamp_ms,
            received_at_ms: timestamp_ms - 7,
            properties: object(json!({ key: value })),
            context: object(json!({ "id": id })),
        },
    )
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => prop::collection::vec(any_event(), 1..40).prop_map(Step::Append),
        2 => Just(Step::Flush),
        2 => Just(Step::Compact),
        1 => Just(Step::Reopen),
        1 => subject().prop_map(Step::Erase),
    ]
}

/// Two subjects are one person, one is left out.
struct SomePersons;

impl PersonMap for SomePersons {
    fn person(&self, subject: &Subject) -> Person {
        match subject.id() {
            "user 0" | "\u{0}née'\"5" => Person::Shared(0),
            "user 1" => Person::Left,
            _ => Person::Alone,
        }
    }
}

fn zoned_options() -> Options {
    let zone = TimeZone::get("Europe/Berlin").expect("the zone is bundled");
    Options { zone, ..options() }
}

fn comparable(outcomes: &[Outcome]) -> String {
    format!("{outcomes:?}")
}

fn fold(engine: &dyn EventQueries, subjects: &[Subject], names: Option<&[String]>, from_ms: i64) -> Vec<StoredEvent> {
    let mut seen = Vec::new();
    let mut note = |event: &StoredEvent| seen.push(event.clone());
    engine.fold_person(subjects, names, from_ms, &Cancel::new(), &mut note).expect("an answer");
    seen
}

/// Starts of days in Berlin around the change of clocks on 29 March 2026, and the same shifted off the days.
fn edges() -> Vec<Vec<i64>> {
    let offset = |day: i64| if day < 29 { HOUR } else { 2 * HOUR };
    let days: Vec<i64> = (0..80).map(|day| MARCH + day * DAY - offset(day)).collect();
    let shifted = days.iter().map(|edge| edge + 17).collect();
    vec![days, shifted]
}

fn compare(store: &EventStore, reference: &Reference) -> Result<(), TestCaseError> {
    let cancel = Cancel::new();
    prop_assert_eq!(all_events(store), all_events(reference));
    prop_assert_eq!(store.recent(7).ok(), reference.recent(7).ok());
    prop_assert_eq!(store.event_names().ok(), reference.event_names().ok());
    prop_assert_eq!(store.subjects().ok(), reference.subjects().ok());
    let some = ["a".to_owned(), "имя".to_owned(), "never".to_owned()];
    let persons = [
        vec![Subject::user("user 1")],
        vec![Subject::user("user 0"), Subject::anonymous("\u{0}née'\"5"), Subject::user("nobody")],
    ];
    for person in &persons {
        prop_assert_eq!(store.person_summary(person).ok(), reference.person_summary(person).ok());
        for names in [None, Some(&some[..])] {
            prop_assert_eq!(fold(store, person, names, i64::MIN), fold(reference, person, names, i64::MIN));
            let middle = MARCH + 800 * HOUR;
            prop_assert_eq!(fold(store, person, names, middle), fold(reference, person, names, middle));
            let before = Some(Position { timestamp_ms: middle, sequence: 30 });
            for before in [None, before] {
                let answer = |engine: &dyn EventQueries| engine.timeline(person, before, names, 9, &cancel).ok();
                prop_assert_eq!(answer(store), answer(reference));
            }
        }
    }
    for edges in edges() {
        for names in [None, Some(&some[..])] {
            for span in [1, 7] {
                let answer = |engine: &dyn EventQueries| {
                    engine.rolling_activity(&edges, span, names, &SomePersons, &cancel).ok()
                };
                prop_assert_eq!(answer(store), answer(reference));
            }
        }
        prop_assert_eq!(
            store.counts_by_bucket("a", &edges, &cancel).ok(),
            reference.counts_by_bucket("a", &edges, &cancel).ok()
        );
    }
    let overlapping = [
        Window { from_ms: MARCH, until_ms: MARCH + 40 * DAY },
        Window { from_ms: MARCH + 5, until_ms: MARCH + 9 * DAY },
    ];
    let answer = |engine: &dyn EventQueries| engine.distinct_persons(&overlapping, None, &SomePersons, &cancel).ok();
    prop_assert_eq!(answer(store), answer(reference));
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, ..ProptestConfig::default() })]

    #[test]
    fn every_answer_is_the_references(steps in prop::collection::vec(step(), 1..25)) {
        let directory = tempfile::tempdir().expect("a folder");
        let reference = Reference::default();
        let mut store = EventStore::open(directory.path(), zoned_options()).expect("the store opens");
        let mut followed = 0;
        for step in steps {
            match step {
                Step::Append(events) => {
                    let outcomes = store.append_blocking(events.clone()).expect("the events are stored");
                    prop_assert_eq!(comparable(&outcomes), comparable(&reference.append(events)));
                }
                Step::Flush => store.flush().expect("a flush"),
                Step::Compact => store.compact().expect("a compaction"),
                Step::Reopen => {
                    store.close().expect("a clean end");
                    drop(store);
                    store = EventStore::open(directory.path(), zoned_options()).expect("the store opens again");
                }
                Step::Erase(subject) => {
                    store.erase(std::slice::from_ref(&subject)).expect("an erasure");
                    reference.erase(&[subject]);
                }
            }
            prop_assert_eq!(store.check_rollups(), Ok(()));
            // A slow follower, always behind.
            let next = store.read_from(followed, 5).expect("an answer");
            prop_assert_eq!(&next, &reference.read_from(followed, 5).expect("an answer"));
            followed = next.last().map_or(followed, |event| event.sequence);
        }
        compare(&store, &reference)?;
        store.compact().expect("a compaction");
        store.verify_files().expect("whole files");
        prop_assert_eq!(store.stats().pending_erasures, 0);
        compare(&store, &reference)?;
    }
}
