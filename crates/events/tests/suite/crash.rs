//! SIGKILL at any moment: lost 0, doubled 0, phantom 0.
//!
//! A child process appends from several threads while it flushes and compacts all the time; it says on its output what
//! it tries and what was acknowledged. The parent kills it after a random number of lines, opens the folder itself and
//! compares. `KABINET_CRASH_ROUNDS` sets the number of rounds (20 unless told otherwise).

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};

use kabinet_events::{Event, EventStore, Maintenance, Options, Outcome, Subject};
use rand::RngExt;

use crate::builders::{HOUR, MARCH, all_events, event_with_id, options};

const FOLDER: &str = "KABINET_CRASH_FOLDER";
const ROUND: &str = "KABINET_CRASH_ROUND";

/// Rounds that share a folder: it grows, so that compactions get big, but not without end.
const ROUNDS_PER_FOLDER: u32 = 10;

fn busy_options() -> Options {
    Options {
        maintenance: Maintenance::Background,
        flush_events: 60,
        flush_bytes: 1 << 16,
        compact_segments: 3,
        segment_events: 1500,
        ..options()
    }
}

fn event_of(id: &str) -> Event {
    let number = id.bytes().map(i64::from).sum::<i64>();
    event_with_id(id, Subject::user(format!("{}", number % 50)), "a", MARCH + number * HOUR)
}

/// The process to be killed. Without the folder's name in the environment this is no test at all.
#[test]
fn child_process() {
    let (Ok(folder), Ok(round)) = (std::env::var(FOLDER), std::env::var(ROUND)) else {
        return;
    };
    let store = EventStore::open(folder, busy_options()).expect("the store opens");
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let (store, round) = (&store, &round);
            scope.spawn(move || append_for_ever(store, round, thread));
        }
    });
}

fn append_for_ever(store: &EventStore, round: &str, thread: u32) {
    let mut number = 0_u64;
    loop {
        let size = 1 + number % 7 * (number % 3);
        let ids: Vec<String> = (number..number + size).map(|number| format!("{round}.{thread}.{number}")).collect();
        number += size;
        say(&ids.iter().map(|id| format!("TRY {id}\n")).collect::<String>());
        let outcomes = store.append_blocking(ids.iter().map(|id| event_of(id)).collect()).expect("an answer");
        let acknowledged = ids.iter().zip(outcomes).map(|(id, outcome)| match outcome {
            Outcome::Accepted { sequence } => format!("ACK {id} {sequence}\n"),
            other => panic!("{id} was {other:?}"),
        });
        say(&acknowledged.collect::<String>());
    }
}

/// One write, so that lines of threads do not mix.
fn say(lines: &str) {
    let mut output = std::io::stdout().lock();
    output.write_all(lines.as_bytes()).and_then(|()| output.flush()).expect("the parent listens");
}

#[derive(Default)]
struct Ledger {
    tried: BTreeSet<String>,
    acknowledged: BTreeMap<String, u64>,
}

impl Ledger {
    fn note(&mut self, line: &str) {
        let mut words = line.split_whitespace();
        match (words.next(), words.next(), words.next()) {
            (Some("TRY"), Some(id), None) => {
                self.tried.insert(id.to_owned());
            }
            (Some("ACK"), Some(id), Some(sequence)) => {
                self.acknowledged.insert(id.to_owned(), sequence.parse().expect("a number"));
            }
            // The test harness says things too.
            _ => (),
        }
    }
}

fn run_until_killed(folder: &Path, round: u32, lines: usize, ledger: &mut Ledger) {
    let mut child = Command::new(std::env::current_exe().expect("this program"))
        .args(["--exact", "crash::child_process", "--nocapture"])
        .env(FOLDER, folder)
        .env(ROUND, round.to_string())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("the child starts");
    let mut output = BufReader::new(child.stdout.take().expect("its output"));
    let mut line = String::new();
    for _ in 0..lines {
        line.clear();
        assert!(output.read_line(&mut line).expect("its words") > 0, "the child ended by itself");
        ledger.note(&line);
    }
    child.kill().expect("it is killed");
    // What it had said before it died counts as well; the last line may be cut off.
    let mut rest = String::new();
    std::io::Read::read_to_string(&mut output, &mut rest).expect("its last words");
    let whole = rest.rfind('\n').map_or("", |end| &rest[..end]);
    whole.lines().for_each(|line| ledger.note(line));
    child.wait().expect("it is gone");
}

/// Compares the folder with the ledger, sends again what was not acknowledged, and compares again.
fn check(folder: &Path, round: u32, ledger: &mut Ledger) {
    let store = EventStore::open(folder, busy_options()).expect("the store opens again");
    let stored = stored_once(&store, round);
    for (id, sequence) in &ledger.acknowledged {
        assert_eq!(stored.get(id), Some(sequence), "round {round}: {id} was acknowledged and is lost");
    }
    for id in stored.keys() {
        assert!(ledger.tried.contains(id), "round {round}: {id} was never sent");
    }
    let unsure: Vec<String> =
        ledger.tried.iter().filter(|id| !ledger.acknowledged.contains_key(*id)).cloned().collect();
    let outcomes = store.append_blocking(unsure.iter().map(|id| event_of(id)).collect()).expect("an answer");
    for (id, outcome) in unsure.into_iter().zip(outcomes) {
        let is_stored = stored.contains_key(&id);
        assert_eq!(outcome == Outcome::Duplicate, is_stored, "round {round}: {id} sent again was {outcome:?}");
    }
    let stored = stored_once(&store, round);
    assert_eq!(stored.len(), ledger.tried.len(), "round {round}");
    assert_eq!(store.check_rollups(), Ok(()), "round {round}");
    store.close().expect("a clean end");
    ledger.acknowledged = stored;
}

fn stored_once(store: &EventStore, round: u32) -> BTreeMap<String, u64> {
    let mut stored = BTreeMap::new();
    for event in all_events(store) {
        let before = stored.insert(event.message_id.clone(), event.sequence);
        assert_eq!(before, None, "round {round}: {} is doubled", event.message_id);
    }
    stored
}

#[test]
fn killed_at_any_moment_it_loses_nothing_acknowledged_and_doubles_nothing() {
    let rounds = std::env::var("KABINET_CRASH_ROUNDS").ok().and_then(|rounds| rounds.parse().ok()).unwrap_or(20);
    let mut folder = tempfile::tempdir().expect("a folder");
    let mut ledger = Ledger::default();
    let mut checked = 0;
    for round in 0..rounds {
        if round % ROUNDS_PER_FOLDER == 0 {
            checked += ledger.acknowledged.len();
            folder = tempfile::tempdir().expect("a folder");
            ledger = Ledger::default();
        }
        let lines = rand::rng().random_range(1..1500);
        run_until_killed(folder.path(), round, lines, &mut ledger);
        check(folder.path(), round, &mut ledger);
    }
    checked += ledger.acknowledged.len();
    say(&format!("{rounds} rounds, {checked} events: lost 0, doubled 0, phantom 0\n"));
}
