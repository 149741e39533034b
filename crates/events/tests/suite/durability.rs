//! What was acknowledged stays, whatever happens to the process, the power or the end of a file.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use kabinet_events::{Event, EventQueries, EventStore, Maintenance, Options, Outcome, StoreError, Subject};

use crate::builders::{DAY, HOUR, MARCH, all_events, append, event, event_with_id, open, options};
use crate::files::{Contents, Cut, LedgerFiles, lay_out};

fn ids(store: &EventStore) -> Vec<String> {
    all_events(store).into_iter().map(|event| event.message_id).collect()
}

fn numbered(range: std::ops::Range<i64>) -> Vec<Event> {
    range.map(|number| event(&format!("{}", number % 7), "a", MARCH + number * HOUR)).collect()
}

fn log_file(directory: &Path, number: u64) -> PathBuf {
    directory.join(format!("log/{number:010}.log"))
}

#[test]
fn events_come_back_after_reopening_from_log_and_segments() {
    let directory = tempfile::tempdir().expect("a folder");
    let store = open(directory.path());
    append(&store, numbered(0..50));
    store.flush().expect("a flush");
    append(&store, numbered(50..70));
    let before = all_events(&store);
    store.close().expect("a clean end");
    let again = open(directory.path());
    assert_eq!(all_events(&again), before);
    assert_eq!(append(&again, numbered(70..71)), [71], "numbers go on where they ended");
    assert_eq!(again.check_rollups(), Ok(()));
}

#[test]
fn a_second_process_is_kept_out() {
    let directory = tempfile::tempdir().expect("a folder");
    let store = open(directory.path());
    assert!(matches!(EventStore::open(directory.path(), options()), Err(StoreError::Locked { .. })));
    drop(store);
    open(directory.path());
}

#[test]
fn a_retry_stores_nothing_twice_in_one_call_after_a_flush_and_after_reopening() {
    let directory = tempfile::tempdir().expect("a folder");
    let store = open(directory.path());
    let one = || event_with_id("same id", Subject::user("1"), "a", MARCH);
    let twice = store.append_blocking(vec![one(), one()]).expect("an answer");
    assert_eq!(twice, [Outcome::Accepted { sequence: 1 }, Outcome::Duplicate]);
    store.flush().expect("a flush");
    assert_eq!(store.append_blocking(vec![one()]).expect("an answer"), [Outcome::Duplicate]);
    store.close().expect("a clean end");
    let again = open(directory.path());
    assert_eq!(again.append_blocking(vec![one()]).expect("an answer"), [Outcome::Duplicate]);
    assert_eq!(again.stats().events, 1);
}

#[test]
fn a_message_id_is_remembered_for_seven_days_and_forgotten_later() {
    let directory = tempfile::tempdir().expect("a folder");
    let on_day = |day: i64| Options { clock: Arc::new(move || MARCH + day * DAY), dedup_days: 7, ..options() };
    let one = || event_with_id("same id", Subject::user("1"), "a", MARCH);
    let send_on = |day: i64| {
        let store = EventStore::open(directory.path(), on_day(day)).expect("the store opens");
        let outcomes = store.append_blocking(vec![one()]).expect("an answer");
        store.flush().expect("a flush");
        outcomes
    };
    assert_eq!(send_on(0), [Outcome::Accepted { sequence: 1 }]);
    assert_eq!(send_on(7), [Outcome::Duplicate]);
    assert_eq!(send_on(8), [Outcome::Accepted { sequence: 2 }]);
}

#[test]
fn id_files_are_merged_and_lose_nothing() {
    let directory = tempfile::tempdir().expect("a folder");
    let store = open(directory.path());
    for number in 0..30 {
        append(&store, numbered(number..number + 1));
        store.flush().expect("a flush");
    }
    store.close().expect("a clean end");
    let files = std::fs::read_dir(directory.path().join("segments")).expect("a folder");
    let id_files = files.filter(|file| {
        file.as_ref().is_ok_and(|file| file.path().extension().is_some_and(|extension| extension == "ids"))
    });
    assert!(id_files.count() <= 9);
    let again = open(directory.path());
    let outcomes = again.append_blocking(numbered(0..30)).expect("an answer");
    assert!(outcomes.iter().all(|outcome| *outcome == Outcome::Duplicate));
}

#[test]
fn what_cannot_be_stored_is_refused_alone() {
    let directory = tempfile::tempdir().expect("a folder");
    let store = open(directory.path());
    let mut huge = event("1", "huge", MARCH);
    huge.properties.insert("text".to_owned(), "x".repeat(2 << 20).into());
    let bad = [event("1", "a", -1), event("1", "a", i64::MAX), event("1", "", MARCH), huge];
    let mut events = bad.to_vec();
    events.push(event_with_id("", Subject::user("1"), "a", MARCH));
    events.push(event("1", "good", MARCH));
    let outcomes = store.append_blocking(events).expect("an answer");
    assert_eq!(outcomes.last(), Some(&Outcome::Accepted { sequence: 1 }));
    assert!(outcomes[..5].iter().all(|outcome| matches!(outcome, Outcome::Refused { .. })), "{outcomes:?}");
}

#[test]
fn every_acknowledgement_comes_after_a_sync_that_covers_it() {
    let directory = tempfile::tempdir().expect("a folder");
    let files = LedgerFiles::new(directory.path());
    let options = Options {
        files: Arc::new(files.clone()),
        maintenance: Maintenance::Background,
        flush_events: 100,
        ..options()
    };
    let store = EventStore::open(directory.path(), options).expect("the store opens");
    let syncs_before = files.syncs();
    std::thread::scope(|scope| {
        for thread in 0..8 {
            let (store, files) = (&store, &files);
            scope.spawn(move || {
                for number in 0..40 {
                    let id = format!("<{thread}/{number}>");
                    let one = event_with_id(&id, Subject::user(thread.to_string()), "a", MARCH + number);
                    append(store, vec![one]);
                    assert!(files.is_synced(&id), "{id} was acknowledged before it was synced");
                }
            });
        }
    });
    assert_eq!(store.stats().events, 320);
    assert!(files.syncs() > syncs_before);
    assert_eq!(store.check_rollups(), Ok(()));
}

/// A process that died may have written a record without syncing it. Whoever opens the store then answers "duplicate"
/// to the retry, which is an acknowledgement.
#[test]
fn what_is_found_at_opening_is_synced_before_it_counts() {
    let directory = tempfile::tempdir().expect("a folder");
    append(&open(directory.path()), vec![event_with_id("<found>", Subject::user("1"), "a", MARCH)]);
    let files = LedgerFiles::new(directory.path());
    let options = Options { files: Arc::new(files.clone()), ..options() };
    let store = EventStore::open(directory.path(), options).expect("the store opens");
    let retry = event_with_id("<found>", Subject::user("1"), "a", MARCH);
    assert_eq!(store.append_blocking(vec![retry]).expect("an answer"), [Outcome::Duplicate]);
    assert!(files.is_synced("<found>"));
}

#[test]
fn callers_that_wait_together_share_a_sync() {
    let directory = tempfile::tempdir().expect("a folder");
    let store = open(directory.path());
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    let before = store.stats().log_syncs;
    runtime.block_on(async {
        let appends = (0..200).map(|number| {
            tokio::spawn({
                let store = store.clone();
                async move { store.append(numbered(number..number + 1)).await }
            })
        });
        for append in appends.collect::<Vec<_>>() {
            append.await.expect("a task").expect("an answer");
        }
    });
    let syncs = store.stats().log_syncs - before;
    assert!((1..200).contains(&syncs), "{syncs} syncs for 200 appends");
    assert_eq!(store.stats().events, 200);
}

/// Appends, flushes and compactions, with a note of what is acknowledged before each file operation.
fn history_with_cuts() -> (Vec<Cut>, Vec<String>) {
    let directory = tempfile::tempdir().expect("a folder");
    let files = LedgerFiles::new(directory.path());
    let options = Options { files: Arc::new(files.clone()), ..options() };
    files.record_cuts();
    let store = EventStore::open(directory.path(), options).expect("the store opens");
    let mut acknowledged = Vec::new();
    for round in 0..6 {
        for batch in 0..3 {
            let first = (round * 3 + batch) * 10;
            let events = numbered(first..first + 10);
            acknowledged.extend(events.iter().map(|event| event.message_id.clone()));
            append(&store, events);
            files.acknowledge(10);
        }
        match round % 3 {
            0 => store.flush().expect("a flush"),
            1 => store.compact().expect("a compaction"),
            _ => (),
        }
    }
    store.close().expect("a clean end");
    (files.take_cuts(), acknowledged)
}

/// Opens what a cut left and compares with the ledger.
fn check_cut(contents: &Contents, cut: &Cut, acknowledged: &[String]) {
    let directory = lay_out(contents);
    let store = open(directory.path());
    let stored = ids(&store);
    let certain = &acknowledged[..cut.acknowledged];
    assert!(stored.starts_with(certain), "lost: {} acknowledged, {} stored", certain.len(), stored.len());
    assert!(acknowledged.starts_with(&stored), "phantom events");
    assert_eq!(store.check_rollups(), Ok(()));
    let outcomes = store.append_blocking(numbered(0..180)).expect("an answer");
    let fresh = outcomes.iter().filter(|outcome| **outcome != Outcome::Duplicate).count();
    assert_eq!(fresh, 180 - stored.len(), "a retry stores what is missing and nothing else");
    assert_eq!(ids(&store), acknowledged);
}

#[test]
fn a_power_cut_before_any_file_operation_loses_nothing_acknowledged() {
    let (cuts, acknowledged) = history_with_cuts();
    assert!(cuts.len() > 100, "only {} operations", cuts.len());
    for cut in &cuts {
        check_cut(&cut.synced, cut, &acknowledged);
    }
}

#[test]
fn a_crash_before_any_file_operation_loses_nothing_acknowledged() {
    let (cuts, acknowledged) = history_with_cuts();
    for cut in &cuts {
        check_cut(&cut.written, cut, &acknowledged);
    }
}

#[test]
fn a_power_cut_before_any_file_operation_keeps_an_acknowledged_erasure() {
    let directory = tempfile::tempdir().expect("a folder");
    let files = LedgerFiles::new(directory.path());
    let options = Options { files: Arc::new(files.clone()), ..options() };
    let store = EventStore::open(directory.path(), options).expect("the store opens");
    append(&store, numbered(0..20));
    store.flush().expect("a flush");
    append(&store, numbered(20..30));
    files.record_cuts();
    store.erase(&[Subject::user("3")]).expect("an erasure");
    files.acknowledge(1);
    store.flush().expect("a flush");
    append(&store, vec![event("3", "new", MARCH)]);
    files.acknowledge(1);
    store.compact().expect("a compaction");
    for cut in files.take_cuts() {
        let directory = lay_out(&cut.synced);
        let store = open(directory.path());
        let left = ids(&store).iter().filter(|id| id.starts_with("3 ")).count();
        match cut.acknowledged {
            0 => assert!(left == 0 || left == 4, "an erasure happens whole or not at all"),
            1 => assert!(left <= 1),
            _ => assert_eq!(left, 1),
        }
        assert_eq!(store.check_rollups(), Ok(()));
        store.compact().expect("a compaction");
        assert_eq!(ids(&store).iter().filter(|id| id.starts_with("3 ")).count(), left);
    }
}

#[test]
fn a_torn_end_of_the_log_is_cut_at_the_last_whole_record() {
    let directory = tempfile::tempdir().expect("a folder");
    let store = open(directory.path());
    append(&store, numbered(0..5));
    let whole = std::fs::metadata(log_file(directory.path(), 1)).expect("the log").len() as usize;
    append(&store, numbered(5..7));
    store.close().expect("a clean end");
    let bytes = std::fs::read(log_file(directory.path(), 1)).expect("the log");
    let manifest = std::fs::read(directory.path().join("manifest.json")).expect("the manifest");
    let log_name = PathBuf::from("log/0000000001.log");
    for length in (whole..bytes.len()).step_by(5).chain([bytes.len() - 1]).chain((0..24).step_by(4)) {
        let contents = Contents::from([
            (log_name.clone(), bytes[..length].to_vec()),
            (PathBuf::from("manifest.json"), manifest.clone()),
        ]);
        let cut = lay_out(&contents);
        let store = open(cut.path());
        let left = if length < 24 { 0 } else { 5 };
        assert_eq!(ids(&store).len(), left, "cut at {length}");
        append(&store, numbered(100..101));
        store.close().expect("a clean end");
        assert_eq!(ids(&open(cut.path())).len(), left + 1, "appended after the cut at {length}");
    }
}

#[test]
fn a_flipped_bit_is_never_taken_for_an_event() {
    let directory = tempfile::tempdir().expect("a folder");
    let store = open(directory.path());
    append(&store, numbered(0..1));
    let first_record_end = std::fs::metadata(log_file(directory.path(), 1)).expect("the log").len() as usize;
    append(&store, numbered(1..2));
    store.close().expect("a clean end");
    let path = log_file(directory.path(), 1);
    let bytes = std::fs::read(&path).expect("the log");
    for place in 0..bytes.len() {
        let mut damaged = bytes.clone();
        damaged[place] ^= 1 << (place % 8);
        std::fs::write(&path, &damaged).expect("written");
        match EventStore::open(directory.path(), options()) {
            Err(StoreError::Corrupt { file, offset, .. }) => {
                assert!(place < first_record_end, "an error for the last record at {place}");
                assert_eq!(file, path);
                assert!(offset as usize <= place);
            }
            Err(other) => panic!("bit {place}: {other}"),
            Ok(store) => {
                assert!(place >= first_record_end, "damage at {place} before whole records went unseen");
                assert_eq!(ids(&store).len(), 1);
            }
        }
    }
}

#[test]
fn a_missing_log_file_segment_or_manifest_is_an_error() {
    let make = || {
        let directory = tempfile::tempdir().expect("a folder");
        let store = open(directory.path());
        append(&store, numbered(0..5));
        store.flush().expect("a flush");
        append(&store, numbered(5..9));
        store.close().expect("a clean end");
        directory
    };
    for file in ["log/0000000002.log", "segments/0000000001.parquet", "segments/0000000002.ids", "manifest.json"] {
        let directory = make();
        std::fs::remove_file(directory.path().join(file)).expect("removed");
        assert!(EventStore::open(directory.path(), options()).is_err(), "{file} is missing and nobody noticed");
    }
}

#[test]
fn a_damaged_segment_is_found_and_never_merged() {
    let directory = tempfile::tempdir().expect("a folder");
    let store = open(directory.path());
    append(&store, numbered(0..30));
    store.flush().expect("a flush");
    store.verify_files().expect("whole files");
    append(&store, numbered(30..35));
    let path = directory.path().join("segments/0000000001.parquet");
    let mut bytes = std::fs::read(&path).expect("the segment");
    bytes[100] ^= 4;
    std::fs::write(&path, bytes).expect("written");
    let is_damage =
        |result: Result<(), StoreError>| matches!(result, Err(StoreError::Corrupt { file, .. }) if file == path);
    assert!(is_damage(store.verify_files()));
    assert!(is_damage(store.compact()));
}

#[test]
fn rubbish_of_a_crash_is_removed_at_opening() {
    let directory = tempfile::tempdir().expect("a folder");
    let store = open(directory.path());
    append(&store, numbered(0..5));
    store.flush().expect("a flush");
    store.close().expect("a clean end");
    let rubbish =
        ["segments/0000000099.parquet", "segments/0000000098.ids", "log/0000000001.log", "manifest.json.next"];
    for file in rubbish {
        std::fs::write(directory.path().join(file), b"half").expect("written");
    }
    let store = open(directory.path());
    append(&store, numbered(5..6));
    store.compact().expect("a compaction");
    for file in rubbish {
        assert!(!directory.path().join(file).exists(), "{file} is still there");
    }
    assert_eq!(ids(&store).len(), 6);
}

#[test]
fn an_erasure_survives_reopening_and_leaves_the_disk_with_the_next_compaction() {
    let directory = tempfile::tempdir().expect("a folder");
    let store = open(directory.path());
    append(&store, numbered(0..30));
    store.compact().expect("a compaction");
    append(&store, vec![event("3", "secret", MARCH)]);
    store.erase(&[Subject::user("3")]).expect("an erasure");
    let left: BTreeSet<String> = ids(&store).into_iter().collect();
    assert!(left.iter().all(|id| !id.starts_with("3 ")));
    store.close().expect("a clean end");

    let store = open(directory.path());
    assert_eq!(ids(&store).into_iter().collect::<BTreeSet<_>>(), left);
    assert_eq!(store.stats().pending_erasures, 1);
    store.flush().expect("a flush");
    store.close().expect("a clean end");
    let store = open(directory.path());
    assert_eq!(store.stats().pending_erasures, 1, "the manifest remembers what the log told");
    store.compact().expect("a compaction");
    assert_eq!((store.stats().pending_erasures, store.stats().events), (0, left.len() as u64));
    assert_eq!(store.append_blocking(vec![event("3", "secret", MARCH)]).expect("an answer"), [Outcome::Duplicate]);
    store.close().expect("a clean end");
    let store = open(directory.path());
    assert_eq!(ids(&store).into_iter().collect::<BTreeSet<_>>(), left);
    assert_eq!(store.subjects().expect("an answer").len(), 6);
}
