//! The contract of `EventQueries`, checked by hand-worked examples. Every engine must pass it.

use kabinet_events::{
    Cancel, EachSubject, Event, EventQueries, EventStore, NameSummary, Person, PersonMap, Position, StoreError,
    Subject, Window,
};
use tempfile::TempDir;

use crate::builders::{DAY, HOUR, MARCH, event, event_with_id, open};
use crate::reference::Reference;

/// An engine under test.
trait Engine: EventQueries {
    fn append(&self, events: Vec<Event>);
    fn erase(&self, subjects: &[Subject]);
    /// Moves what was appended so far to where old events are kept.
    fn settle(&self);
}

struct Embedded {
    store: EventStore,
    _directory: TempDir,
}

impl std::ops::Deref for Embedded {
    type Target = EventStore;

    fn deref(&self) -> &EventStore {
        &self.store
    }
}

impl Engine for EventStore {
    fn append(&self, events: Vec<Event>) {
        self.append_blocking(events).expect("the events are stored");
    }

    fn erase(&self, subjects: &[Subject]) {
        EventStore::erase(self, subjects).expect("the subjects are erased");
    }

    fn settle(&self) {
        self.compact().expect("the store is compacted");
    }
}

impl Engine for Reference {
    fn append(&self, events: Vec<Event>) {
        Reference::append(self, events);
    }

    fn erase(&self, subjects: &[Subject]) {
        Reference::erase(self, subjects);
    }

    fn settle(&self) {}
}

/// Runs an example on every engine.
fn on_every_engine(example: impl Fn(&dyn Engine)) {
    example(&Reference::default());
    let directory = tempfile::tempdir().expect("a folder");
    let embedded = Embedded { store: open(directory.path()), _directory: directory };
    example(&*embedded);
    embedded.check_rollups().expect("rollups equal events");
}

fn users(ids: &[&str]) -> Vec<Subject> {
    ids.iter().map(|id| Subject::user(*id)).collect()
}

fn names(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

fn times(engine: &dyn Engine, subjects: &[Subject], before: Option<Position>, limit: usize) -> Vec<i64> {
    let events = engine.timeline(subjects, before, None, limit, &Cancel::new()).expect("an answer");
    events.iter().map(|event| event.timestamp_ms - MARCH).collect()
}

#[test]
fn a_timeline_is_newest_first_and_goes_on_where_a_page_ended() {
    on_every_engine(|engine| {
        engine.append(vec![event("1", "a", MARCH + 30), event("2", "a", MARCH + 31), event("1", "b", MARCH + 10)]);
        engine.settle();
        engine.append(vec![event("1", "c", MARCH + 20), event("1", "d", MARCH + 30)]);
        let person = users(&["1"]);
        assert_eq!(times(engine, &person, None, 10), [30, 30, 20, 10]);
        let page = engine.timeline(&person, None, None, 1, &Cancel::new()).expect("an answer");
        assert_eq!(page[0].name, "d", "of two events in one millisecond the later one comes first");
        assert_eq!(times(engine, &person, page.last().map(Position::from), 2), [30, 20]);
        let wanted = names(&["b", "c", "never"]);
        let found = engine.timeline(&person, None, Some(&wanted), 10, &Cancel::new()).expect("an answer");
        assert_eq!(found.iter().map(|event| &*event.name).collect::<Vec<_>>(), ["c", "b"]);
        assert_eq!(times(engine, &users(&["1", "2", "1"]), None, 10), [31, 30, 30, 20, 10]);
        assert_eq!(times(engine, &users(&["nobody"]), None, 10), [0_i64; 0]);
        assert_eq!(times(engine, &person, None, 0), [0_i64; 0]);
    });
}

#[test]
fn a_fold_shows_a_persons_events_in_the_order_of_time() {
    on_every_engine(|engine| {
        let late = event_with_id("anon", Subject::anonymous("1"), "seen", MARCH + 15);
        engine.append(vec![event("1", "a", MARCH + 30), event("1", "b", MARCH + 10), event("9", "a", MARCH)]);
        engine.settle();
        engine.append(vec![late]);
        let person = [Subject::user("1"), Subject::anonymous("1")];
        let mut seen = Vec::new();
        let mut note = |event: &kabinet_events::StoredEvent| seen.push((event.timestamp_ms - MARCH, event.sequence));
        engine.fold_person(&person, None, i64::MIN, &Cancel::new(), &mut note).expect("an answer");
        assert_eq!(seen, [(10, 2), (15, 4), (30, 1)]);
        let mut later = Vec::new();
        let wanted = names(&["a", "seen"]);
        let mut note = |event: &kabinet_events::StoredEvent| later.push(event.name.clone());
        engine.fold_person(&person, Some(&wanted), MARCH + 15, &Cancel::new(), &mut note).expect("an answer");
        assert_eq!(later, ["seen", "a"]);
    });
}

#[test]
fn a_summary_of_a_person_adds_up_its_subjects() {
    on_every_engine(|engine| {
        engine.append(vec![event("1", "a", MARCH + 5), event("1", "b", MARCH + 9)]);
        engine.settle();
        engine.append(vec![event("2", "a", MARCH + 7), event("3", "c", MARCH)]);
        let summary = engine.person_summary(&users(&["1", "2"])).expect("an answer").expect("a person");
        assert_eq!((summary.first_ms, summary.last_ms, summary.count), (MARCH + 5, MARCH + 9, 3));
        let tally = |name: &str, count, last_ms| NameSummary { name: name.to_owned(), count, last_ms };
        assert_eq!(summary.names, [tally("a", 2, MARCH + 7), tally("b", 1, MARCH + 9)]);
        assert_eq!(engine.person_summary(&users(&["nobody"])).expect("an answer"), None);
    });
}

struct OnePersonOfTwo;

impl PersonMap for OnePersonOfTwo {
    fn person(&self, subject: &Subject) -> Person {
        match subject.id() {
            "1" | "2" => Person::Shared(77),
            "staff" => Person::Left,
            _ => Person::Alone,
        }
    }
}

/// Days of UTC (where the store keeps rollups) and spans that fit no day give the same kind of answer.
#[test]
fn activity_counts_persons_once_a_bucket() {
    on_every_engine(|engine| {
        engine.append(vec![event("1", "a", MARCH), event("2", "a", MARCH + DAY - 1), event("staff", "a", MARCH)]);
        engine.settle();
        engine.append(vec![event("3", "b", MARCH + DAY), event("1", "b", MARCH + 2 * DAY + HOUR)]);
        let days: Vec<i64> = (0..=4).map(|day| MARCH + day * DAY).collect();
        let activity = |edges: &[i64], names: Option<&[String]>, persons: &dyn PersonMap| {
            engine.activity(edges, names, persons, &Cancel::new()).expect("an answer")
        };
        assert_eq!(activity(&days, None, &EachSubject), [3, 1, 1, 0]);
        assert_eq!(activity(&days, None, &OnePersonOfTwo), [1, 1, 1, 0]);
        assert_eq!(activity(&days, Some(&names(&["b"])), &EachSubject), [0, 1, 1, 0]);
        assert_eq!(activity(&days, Some(&names(&["never"])), &EachSubject), [0, 0, 0, 0]);
        let shifted: Vec<i64> = days.iter().map(|edge| edge - HOUR).collect();
        assert_eq!(activity(&shifted, None, &OnePersonOfTwo), [1, 2, 1, 0]);
        assert_eq!(activity(&[], None, &EachSubject), [0_u64; 0]);
        assert_eq!(activity(&[MARCH], None, &EachSubject), [0_u64; 0]);
        let rolling = engine.rolling_activity(&days, 2, None, &OnePersonOfTwo, &Cancel::new()).expect("an answer");
        assert_eq!(rolling, [1, 2, 2, 1], "who was active on a day or the day before");
        let weekly = engine.rolling_activity(&days, 7, None, &EachSubject, &Cancel::new()).expect("an answer");
        assert_eq!(weekly, [3, 4, 4, 4]);
    });
}

#[test]
fn windows_may_overlap_and_be_empty() {
    on_every_engine(|engine| {
        engine.append(vec![event("1", "a", MARCH + 10), event("2", "a", MARCH + 20)]);
        let window = |from: i64, until: i64| Window { from_ms: MARCH + from, until_ms: MARCH + until };
        let windows = [window(0, 30), window(10, 11), window(11, 20), window(20, 10), window(5, 5), window(15, 25)];
        let counts = engine.distinct_persons(&windows, None, &EachSubject, &Cancel::new()).expect("an answer");
        assert_eq!(counts, [2, 1, 0, 0, 0, 1]);
    });
}

#[test]
fn counts_by_bucket_count_events() {
    on_every_engine(|engine| {
        engine.append(vec![event("1", "a", MARCH), event("1", "a", MARCH + 1), event("2", "b", MARCH)]);
        engine.settle();
        engine.append(vec![event("2", "a", MARCH + DAY)]);
        let count =
            |name: &str, edges: &[i64]| engine.counts_by_bucket(name, edges, &Cancel::new()).expect("an answer");
        assert_eq!(count("a", &[MARCH, MARCH + DAY, MARCH + 2 * DAY]), [2, 1]);
        assert_eq!(count("a", &[MARCH + 1, MARCH + DAY + 1]), [2]);
        assert_eq!(count("never", &[MARCH, MARCH + DAY]), [0]);
        assert_eq!(count("a", &[]), [0_u64; 0]);
    });
}

#[test]
fn names_subjects_and_arrivals_are_listed() {
    on_every_engine(|engine| {
        engine.append(vec![event("2", "b", MARCH + 9), event("1", "a", MARCH + 5)]);
        engine.settle();
        engine.append(vec![event("2", "a", MARCH + 3)]);
        let listed = engine.event_names().expect("an answer");
        let tally = |name: &str, count, last_ms| NameSummary { name: name.to_owned(), count, last_ms };
        assert_eq!(listed, [tally("a", 2, MARCH + 5), tally("b", 1, MARCH + 9)]);
        let subjects = engine.subjects().expect("an answer");
        let spans: Vec<_> = subjects
            .iter()
            .map(|one| (one.subject.id(), one.first_ms - MARCH, one.last_ms - MARCH, one.count))
            .collect();
        assert_eq!(spans, [("1", 5, 5, 1), ("2", 3, 9, 2)]);
        let sequences =
            |events: Vec<kabinet_events::StoredEvent>| events.iter().map(|event| event.sequence).collect::<Vec<_>>();
        assert_eq!(sequences(engine.recent(2).expect("an answer")), [3, 2]);
        assert_eq!(sequences(engine.read_from(0, 2).expect("an answer")), [1, 2]);
        assert_eq!(sequences(engine.read_from(2, 9).expect("an answer")), [3]);
        assert_eq!(sequences(engine.read_from(3, 9).expect("an answer")), [0_u64; 0]);
        let changes = engine.changes_from(1, 9).expect("an answer");
        assert_eq!((changes.through, changes.subjects.len()), (3, 2));
        let none = engine.changes_from(3, 9).expect("an answer");
        assert_eq!((none.through, none.subjects.len()), (3, 0));
    });
}

#[test]
fn erased_events_are_gone_from_every_answer_and_new_ones_come_back() {
    on_every_engine(|engine| {
        engine.append(vec![event("1", "a", MARCH), event("2", "a", MARCH + 1), event("1", "only", MARCH + 2)]);
        engine.settle();
        engine.append(vec![event("1", "a", MARCH + 3)]);
        engine.erase(&users(&["1", "nobody"]));
        assert_eq!(times(engine, &users(&["1"]), None, 9), [0_i64; 0]);
        assert_eq!(engine.event_names().expect("an answer").len(), 1);
        assert_eq!(engine.read_from(0, 1).expect("an answer").len(), 1, "a gap does not end the reading");
        assert_eq!(engine.changes_from(0, 1).expect("an answer").subjects, users(&["2"]));
        let edges = [MARCH, MARCH + DAY];
        assert_eq!(engine.activity(&edges, None, &EachSubject, &Cancel::new()).expect("an answer"), [1]);
        engine.append(vec![event("1", "a", MARCH + 4)]);
        engine.settle();
        assert_eq!(times(engine, &users(&["1"]), None, 9), [4]);
        assert_eq!(engine.counts_by_bucket("a", &edges, &Cancel::new()).expect("an answer"), [2]);
        assert_eq!(engine.subjects().expect("an answer").len(), 2);
    });
}

#[test]
fn a_cancelled_query_ends_with_an_error() {
    on_every_engine(|engine| {
        engine.append(vec![event("1", "a", MARCH)]);
        let cancel = Cancel::new();
        cancel.cancel();
        let person = users(&["1"]);
        let is_cancelled = |error: Option<StoreError>| matches!(error, Some(StoreError::Cancelled));
        assert!(is_cancelled(engine.timeline(&person, None, None, 9, &cancel).err()));
        assert!(is_cancelled(engine.fold_person(&person, None, 0, &cancel, &mut |_| {}).err()));
        assert!(is_cancelled(engine.activity(&[MARCH, MARCH + 5], None, &EachSubject, &cancel).err()));
    });
}
