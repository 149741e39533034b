//! A full or failing disk makes the store refuse; it never lies, and never loses what it acknowledged.

use std::fmt::Debug;
use std::sync::Arc;

use kabinet_events::{Event, EventStore, FreeFloor, Maintenance, Options, StoreError, Subject};
use tempfile::TempDir;

use crate::builders::{MARCH, all_events, append, event, open, options};
use crate::files::LedgerFiles;

fn numbered(range: std::ops::Range<i64>) -> Vec<Event> {
    range.map(|number| event(&format!("{}", number % 7), "a", MARCH + number)).collect()
}

fn is_disk_full<T: Debug>(result: Result<T, StoreError>) -> bool {
    matches!(result, Err(StoreError::DiskFull { .. }))
}

fn is_poisoned<T: Debug>(result: Result<T, StoreError>) -> bool {
    matches!(result, Err(StoreError::Poisoned { .. }))
}

struct Bench {
    directory: TempDir,
    files: LedgerFiles,
    store: EventStore,
}

fn bench() -> Bench {
    bench_with(options())
}

fn bench_with(options: Options) -> Bench {
    let directory = tempfile::tempdir().expect("a folder");
    let files = LedgerFiles::new(directory.path());
    let options = Options { files: Arc::new(files.clone()), ..options };
    let store = EventStore::open(directory.path(), options).expect("the store opens");
    Bench { directory, files, store }
}

#[test]
fn a_full_disk_refuses_keeps_reading_and_recovers_by_itself() {
    let Bench { directory, files, store } = bench();
    append(&store, numbered(0..10));
    // Enough for a part of the record: the torn rest must be taken back.
    for room in [0, 1, 13, 200] {
        files.set_room(Some(room));
        assert!(is_disk_full(store.append_blocking(numbered(10..20))), "with {room} bytes of room");
        assert_eq!(all_events(&store).len(), 10);
    }
    assert!(is_disk_full(store.flush()));
    assert!(is_disk_full(store.compact()));
    assert_eq!(all_events(&store).len(), 10);
    files.set_room(None);
    append(&store, numbered(10..20));
    assert_eq!(all_events(&store).len(), 20);
    store.close().expect("a clean end");
    let again = open(directory.path());
    assert_eq!(all_events(&again).len(), 20, "no torn rest stands in the log before the later events");
    again.compact().expect("a compaction");
    append(&again, numbered(20..30));
    assert_eq!(all_events(&again).len(), 30);
    assert_eq!(again.check_rollups(), Ok(()));
}

#[test]
fn a_disk_that_fills_up_during_a_flush_or_compaction_harms_nothing() {
    let Bench { directory, files, store } = bench();
    let mut next = 0;
    for room in (0..12_000).step_by(97) {
        append(&store, numbered(next..next + 4));
        next += 4;
        files.set_room(Some(room));
        let outcome = store.compact();
        assert!(outcome.is_ok() || is_disk_full(outcome), "with {room} bytes of room");
        files.set_room(None);
        assert_eq!(store.stats().events, next as u64);
    }
    assert_eq!(all_events(&store).len(), next as usize);
    store.compact().expect("a compaction");
    store.verify_files().expect("whole files");
    store.close().expect("a clean end");
    let again = open(directory.path());
    assert_eq!(all_events(&again).len(), next as usize);
    assert_eq!(again.check_rollups(), Ok(()));
}

#[test]
fn events_are_refused_below_the_free_floor_and_erasing_still_works() {
    let free_floor = FreeFloor { bytes: 100, percent: 5 };
    let Bench { files, store, directory: _directory } = bench_with(Options { free_floor, ..options() });
    files.set_free(100);
    append(&store, numbered(0..10));
    files.set_free(99);
    assert!(is_disk_full(store.append_blocking(numbered(10..11))));
    let repeated = store.append_blocking(numbered(0..1));
    assert!(repeated.is_ok(), "what is stored already needs no room");
    store.erase(&[Subject::user("1")]).expect("an erasure");
    assert_eq!(all_events(&store).len(), 8);
    files.set_free(500);
    append(&store, numbered(10..11));
}

#[test]
fn a_floor_is_the_greater_of_bytes_and_percent() {
    let space = |total| kabinet_events::Space { free: 0, total };
    assert_eq!(FreeFloor::default().needed(space(1_000_000_000)), 500_000_000);
    assert_eq!(FreeFloor::default().needed(space(100_000_000_000)), 5_000_000_000);
    assert_eq!(FreeFloor::NONE.needed(space(100_000_000_000)), 0);
}

#[test]
fn a_failed_sync_poisons_the_store_and_reopening_recovers() {
    let Bench { directory, files, store } = bench();
    append(&store, numbered(0..10));
    files.fail_syncs(true);
    assert!(is_poisoned(store.append_blocking(numbered(10..20))));
    files.fail_syncs(false);
    assert!(is_poisoned(store.append_blocking(numbered(10..20))), "a failed sync is never tried again");
    assert!(is_poisoned(store.flush()) && is_poisoned(store.compact()));
    assert!(is_poisoned(store.erase(&[Subject::user("1")])));
    assert!(store.poisoned().is_some());
    assert_eq!(all_events(&store).len(), 10, "reading goes on");
    assert!(is_poisoned(store.close()));
    let again = open(directory.path());
    let outcomes = again.append_blocking(numbered(0..20)).expect("an answer");
    assert_eq!(outcomes.len(), 20);
    assert_eq!(all_events(&again).len(), 20, "nothing lost, nothing doubled");
}

#[test]
fn a_failed_sync_during_a_flush_poisons_and_loses_nothing() {
    let Bench { directory, files, store } = bench();
    append(&store, numbered(0..10));
    files.fail_syncs(true);
    assert!(is_poisoned(store.flush()));
    files.fail_syncs(false);
    assert!(is_poisoned(store.append_blocking(numbered(10..11))));
    drop(store);
    assert_eq!(all_events(&open(directory.path())).len(), 10);
}

/// With a tail that may hold 8 events and a disk that takes no segment, appends neither hang nor pile up.
#[test]
fn a_full_tail_makes_appends_wait_and_a_full_disk_refuses_them() {
    let background = Options { maintenance: Maintenance::Background, flush_events: 1, ..options() };
    let Bench { files, store, directory: _directory } = bench_with(background);
    for number in 0..200 {
        append(&store, numbered(number..number + 1));
    }
    assert!(store.stats().tail_events <= 9, "the tail stays small");
    files.set_room(Some(100_000));
    let refused = (200..100_000).find(|number| is_disk_full(store.append_blocking(numbered(*number..*number + 1))));
    let stored = refused.expect("the disk gets full");
    files.set_room(None);
    // Waits for the flush that is just failing, and makes one that succeeds.
    store.flush().expect("a flush");
    append(&store, numbered(stored..stored + 1));
    assert_eq!(store.stats().events, stored as u64 + 1);
}
