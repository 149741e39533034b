//! Measures an event store and prints the figures.
//!
//! `cargo run --release -p kabinet-events --example measure [EVENTS [FOLDER]]`: 200 000 events in a temporary folder
//! unless told otherwise. A named folder is kept, and one that holds a store already is only opened and asked.

#![expect(clippy::print_stdout, reason = "printing figures is what it is for")]

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use kabinet_events::{
    Cancel, EachSubject, Event, EventKind, EventQueries, EventStore, FreeFloor, Options, StoredEvent, Subject,
};
use rand::rngs::SmallRng;
use rand::{RngExt, SeedableRng};
use serde_json::{Map, json};

const START: i64 = 1_735_689_600_000;
const DAY: i64 = 86_400_000;
const DAYS: i64 = 365;
const NAMES: [&str; 6] =
    ["response_generated", "review_received", "page_view", "wb_api_checked", "session_start", "tokens_bought"];

fn main() -> anyhow::Result<()> {
    let events = std::env::args().nth(1).map_or(Ok(200_000), |text| text.parse())?;
    let temporary = tempfile::tempdir()?;
    let directory = std::env::args().nth(2).map_or(temporary.path().to_owned(), PathBuf::from);
    if !directory.join("manifest.json").exists() {
        let store = open(&directory)?;
        single_appends(&store)?;
        fill(&store, events)?;
        let timer = Instant::now();
        store.compact()?;
        println!("flush and compaction of all: {:?}", timer.elapsed());
        store.close()?;
    }
    let timer = Instant::now();
    let store = open(&directory)?;
    println!("opening: {:?}", timer.elapsed());
    questions(&store, events)?;
    let stats = store.stats();
    let stored = stats.events as f64;
    println!(
        "{} events in {} segments: {:.1} bytes an event on disk, {:.1} in columns; resident {} MB",
        stats.events,
        stats.segments,
        stats.bytes_on_disk as f64 / stored,
        stats.column_bytes as f64 / stored,
        resident_megabytes()?
    );
    store.close()?;
    Ok(())
}

fn open(directory: &Path) -> anyhow::Result<EventStore> {
    Ok(EventStore::open(directory, Options { free_floor: FreeFloor::NONE, ..Options::default() })?)
}

fn single_appends(store: &EventStore) -> anyhow::Result<()> {
    const WRITERS: u64 = 16;
    const EACH: u64 = 500;
    let (timer, syncs) = (Instant::now(), store.stats().log_syncs);
    std::thread::scope(|scope| -> anyhow::Result<()> {
        let writers: Vec<_> = (0..WRITERS)
            .map(|writer| {
                scope.spawn(move || -> anyhow::Result<()> {
                    let mut random = SmallRng::seed_from_u64(writer);
                    for number in 0..EACH {
                        store.append_blocking(vec![event(&mut random, &format!("single {writer} {number}"), 1000)])?;
                    }
                    Ok(())
                })
            })
            .collect();
        writers
            .into_iter()
            .try_for_each(|writer| writer.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
    })?;
    let rate = (WRITERS * EACH) as f64 / timer.elapsed().as_secs_f64();
    println!(
        "{WRITERS} writers of single events: {rate:.0} durable events/s, {} syncs",
        store.stats().log_syncs - syncs
    );
    Ok(())
}

fn fill(store: &EventStore, events: u64) -> anyhow::Result<()> {
    const BATCH: u64 = 500;
    let mut random = SmallRng::seed_from_u64(42);
    let subjects = (events / 200).max(100);
    let batches: Vec<Vec<Event>> = (0..events / BATCH)
        .map(|batch| {
            (0..BATCH).map(|number| event(&mut random, &format!("batch {batch} {number}"), subjects)).collect()
        })
        .collect();
    let timer = Instant::now();
    for batch in batches {
        store.append_blocking(batch)?;
    }
    println!("1 writer of batches of {BATCH}: {:.0} durable events/s", events as f64 / timer.elapsed().as_secs_f64());
    Ok(())
}

fn questions(store: &EventStore, events: u64) -> anyhow::Result<()> {
    let mut random = SmallRng::seed_from_u64(7);
    let subjects = (events / 200).max(100);
    let person = |random: &mut SmallRng| [Subject::user(format!("user {}", random.random_range(0..subjects)))];
    measure("a person's last 50 events", 200, || {
        store.timeline(&person(&mut random), None, None, 50, &Cancel::new()).map(|events| events.len() as u64)
    })?;
    measure("all of a person's events, folded", 200, || {
        let mut count = 0;
        let mut visit = |_: &StoredEvent| count += 1;
        store.fold_person(&person(&mut random), None, i64::MIN, &Cancel::new(), &mut visit)?;
        Ok(count)
    })?;
    measure("a person's summary", 200, || {
        store.person_summary(&person(&mut random)).map(|summary| summary.map_or(0, |summary| summary.count))
    })?;
    let days: Vec<i64> = (0..=DAYS).map(|day| START + day * DAY).collect();
    let shifted: Vec<i64> = days.iter().map(|edge| edge + 1).collect();
    measure("daily active over a year, from rollups", 5, || {
        Ok(store.activity(&days, None, &EachSubject, &Cancel::new())?.iter().sum())
    })?;
    measure("monthly active over a year, from rollups", 5, || {
        Ok(store.rolling_activity(&days, 30, None, &EachSubject, &Cancel::new())?.iter().sum())
    })?;
    measure("daily active over a year, from columns", 5, || {
        Ok(store.activity(&shifted, None, &EachSubject, &Cancel::new())?.iter().sum())
    })?;
    measure("the next 1000 events after the middle", 5, || {
        store.read_from(events / 2, 1000).map(|events| events.len() as u64)
    })?;
    measure("who is among the next 10000 events", 5, || {
        store.changes_from(events / 2, 10_000).map(|changes| changes.subjects.len() as u64)
    })
}

/// Prints the median time of a question and the sum of its answers.
fn measure(
    what: &str,
    times: usize,
    mut question: impl FnMut() -> Result<u64, kabinet_events::StoreError>,
) -> anyhow::Result<()> {
    let mut taken: Vec<Duration> = Vec::with_capacity(times);
    let mut sum = 0;
    for _ in 0..times {
        let timer = Instant::now();
        sum += question()?;
        taken.push(timer.elapsed());
    }
    taken.sort_unstable();
    println!("{what}: median {:?}, worst {:?} (answers {})", taken[times / 2], taken[times - 1], sum / times as u64);
    Ok(())
}

fn event(random: &mut SmallRng, message_id: &str, subjects: u64) -> Event {
    let timestamp_ms = START + random.random_range(0..DAYS * DAY);
    let properties = json!({
        "tokens": random.random_range(10..900),
        "used_vision": random.random_bool(0.3),
        "cabinet": format!("wb-{}", random.random_range(0..4)),
    });
    Event {
        message_id: format!("{message_id}-8a5f2c1e"),
        name: NAMES[random.random_range(0..NAMES.len())].to_owned(),
        kind: EventKind::Track,
        subject: Subject::user(format!("user {}", random.random_range(0..subjects))),
        timestamp_ms,
        received_at_ms: timestamp_ms + 40,
        properties: properties.as_object().cloned().unwrap_or_default(),
        context: Map::from_iter([("library".to_owned(), json!({ "name": "python", "version": "2.3.4" }))]),
    }
}

fn resident_megabytes() -> anyhow::Result<u64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or_default();
    Ok(line.trim().trim_end_matches(" kB").parse::<u64>()? / 1024)
}
