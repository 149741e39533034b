//! What the handle adds to the questions: following new events, asking from asynchronous code, cancelling.

use std::sync::Arc;
use std::sync::mpsc::channel;

use kabinet_events::{
    Cancel, EachSubject, EventQueries, EventStore, Maintenance, Options, Person, PersonMap, StoreError, Subject,
};

use crate::builders::{DAY, HOUR, MARCH, all_events, append, event, open, options};

#[test]
fn a_follower_sees_every_event_in_order_and_resumes_after_a_restart() {
    let directory = tempfile::tempdir().expect("a folder");
    let store = open(directory.path());
    let last = store.subscribe();
    assert_eq!(*last.borrow(), 0);
    append(&store, (0..25).map(|number| event("1", "a", MARCH - number * HOUR)).collect());
    assert_eq!(*last.borrow(), 25);
    store.compact().expect("a compaction");
    append(&store, vec![event("2", "a", MARCH)]);
    let half = store.read_from(0, 20).expect("an answer");
    store.close().expect("a clean end");
    let store = open(directory.path());
    assert_eq!(*store.subscribe().borrow(), 26, "the last number is known at once");
    let rest = store.read_from(20, 20).expect("an answer");
    let sequences: Vec<u64> = half.iter().chain(&rest).map(|event| event.sequence).collect();
    assert_eq!(sequences, (1..=26).collect::<Vec<u64>>());
}

#[test]
fn a_follower_never_sees_what_was_erased_since_its_last_step() {
    let directory = tempfile::tempdir().expect("a folder");
    let store = open(directory.path());
    append(&store, (0..30).map(|number| event(&format!("{}", number % 3), "a", MARCH + number)).collect());
    store.compact().expect("a compaction");
    assert_eq!(store.read_from(0, 3).expect("an answer").len(), 3);
    store.erase(&[Subject::user("1")]).expect("an erasure");
    store.compact().expect("a compaction");
    let rest = store.read_from(3, 100).expect("an answer");
    assert_eq!(rest.len(), 18);
    assert!(rest.iter().all(|event| event.subject != Subject::user("1")));
}

#[test]
fn an_acknowledged_event_is_seen_at_once_while_the_store_works() {
    let directory = tempfile::tempdir().expect("a folder");
    let busy = Options { maintenance: Maintenance::Background, flush_events: 20, compact_segments: 2, ..options() };
    let store = EventStore::open(directory.path(), busy).expect("the store opens");
    std::thread::scope(|scope| {
        for user in ["1", "2", "3"] {
            let store = &store;
            scope.spawn(move || {
                let person = [Subject::user(user)];
                for number in 0..150 {
                    append(store, vec![event(user, "a", MARCH + number)]);
                    let newest = store.timeline(&person, None, None, 1, &Cancel::new()).expect("an answer");
                    assert_eq!(newest[0].timestamp_ms, MARCH + number);
                    let summary = store.person_summary(&person).expect("an answer").expect("a person");
                    assert_eq!(summary.count, number as u64 + 1);
                }
            });
        }
    });
    assert_eq!(all_events(&store).len(), 450);
    assert_eq!(store.check_rollups(), Ok(()));
}

/// Tells that the query has begun, then waits until the test lets it go on.
struct Gate {
    begun: std::sync::mpsc::Sender<()>,
    go_on: std::sync::Mutex<std::sync::mpsc::Receiver<()>>,
}

impl PersonMap for Gate {
    fn person(&self, _: &Subject) -> Person {
        let _ = self.begun.send(());
        if let Ok(go_on) = self.go_on.lock() {
            let _ = go_on.recv();
        }
        Person::Alone
    }
}

#[test]
fn a_dropped_question_is_cancelled() {
    let directory = tempfile::tempdir().expect("a folder");
    let store = open(directory.path());
    append(&store, vec![event("1", "a", MARCH)]);
    store.flush().expect("a flush");
    let (begun, has_begun) = channel();
    let (let_go, go_on) = channel();
    let (answer, answered) = channel();
    let gate = Arc::new(Gate { begun, go_on: std::sync::Mutex::new(go_on) });
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).build().expect("a runtime");
    let question = runtime.spawn({
        let store = store.clone();
        async move {
            let question = move |store: &EventStore, cancel: &Cancel| {
                let result = store.activity(&[MARCH + 1, MARCH + DAY], None, &*gate, cancel);
                let _ = answer.send(result.clone());
                result
            };
            store.ask(question).await
        }
    });
    has_begun.recv().expect("the question begins");
    question.abort();
    let ended = runtime.block_on(question);
    assert!(ended.is_err_and(|error| error.is_cancelled()));
    let_go.send(()).expect("the question waits");
    assert!(matches!(answered.recv().expect("an answer"), Err(StoreError::Cancelled)));
}

#[test]
fn a_question_from_asynchronous_code_is_answered() {
    let directory = tempfile::tempdir().expect("a folder");
    let store = open(directory.path());
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    let active = runtime.block_on(async {
        store.append(vec![event("1", "a", MARCH), event("2", "a", MARCH)]).await.expect("an answer");
        store.ask(|store, cancel| store.activity(&[MARCH, MARCH + DAY], None, &EachSubject, cancel)).await
    });
    assert_eq!(active.expect("an answer"), [2]);
}

#[test]
fn a_closed_store_refuses_and_says_so() {
    let directory = tempfile::tempdir().expect("a folder");
    let store = open(directory.path());
    append(&store, vec![event("1", "a", MARCH)]);
    store.close().expect("a clean end");
    assert!(matches!(store.append_blocking(vec![event("2", "a", MARCH)]), Err(StoreError::Closed)));
    assert!(matches!(store.flush(), Err(StoreError::Closed)));
    assert_eq!(all_events(&store).len(), 1);
    store.close().expect("closing twice is harmless");
}

#[test]
fn months_and_subjects_split_big_segments_and_old_ones_stay_untouched() {
    let directory = tempfile::tempdir().expect("a folder");
    let store = open(directory.path());
    let month = 31 * DAY;
    for number in 0..10 {
        let events = (0..12).map(|one| event(&format!("{one}"), "a", MARCH + number * month / 3 + one));
        append(&store, events.collect());
        store.compact().expect("a compaction");
    }
    let names = || -> Vec<String> {
        let files = std::fs::read_dir(directory.path().join("segments")).expect("a folder");
        let names = files.map(|file| file.expect("a file").file_name().to_string_lossy().into_owned());
        let mut names: Vec<String> = names.filter(|name| name.ends_with(".parquet")).collect();
        names.sort();
        names
    };
    let before = names();
    assert!(before.len() > 1);
    append(&store, vec![event("1", "late", MARCH + 5)]);
    store.compact().expect("a compaction");
    let kept = before.iter().filter(|name| names().contains(name)).count();
    assert!(kept + 1 >= before.len(), "only the newest, open segment is rewritten for a late event");
    let wide = (0..100).map(|one| event(&format!("wide {one}"), "a", MARCH + 400 * DAY));
    append(&store, wide.collect());
    store.compact().expect("a compaction");
    assert!(names().len() > before.len() + 1, "a month beyond the size is split between subjects");
    assert_eq!(all_events(&store).len(), 221);
    assert_eq!(store.check_rollups(), Ok(()));
}

#[test]
fn a_changed_zone_counts_days_anew_from_the_next_opening() {
    let directory = tempfile::tempdir().expect("a folder");
    let store = open(directory.path());
    append(&store, vec![event("1", "a", MARCH - 2 * HOUR), event("2", "a", MARCH + HOUR)]);
    store.flush().expect("a flush");
    let days_from = |start: i64| [start, start + DAY, start + 2 * DAY];
    let active = |store: &EventStore, edges: &[i64]| {
        store.activity(edges, None, &EachSubject, &Cancel::new()).expect("an answer")
    };
    assert_eq!(active(&store, &days_from(MARCH - DAY)), [1, 1]);
    store.close().expect("a clean end");
    let zone = jiff::tz::TimeZone::get("Asia/Tashkent").expect("the zone is bundled");
    let store = EventStore::open(directory.path(), Options { zone, ..options() }).expect("the store opens");
    assert_eq!(store.check_rollups(), Ok(()));
    assert_eq!(active(&store, &days_from(MARCH - DAY - 5 * HOUR)), [0, 2], "both are on 1 March in Tashkent");
    assert_eq!(active(&store, &days_from(MARCH - DAY)), [1, 1], "days of another zone are counted from the columns");
}
