//! Sums kept on the way in, so that common questions read no events.
//!
//! Kept: per subject the first and last time, the count, and per event name the count and last time; per local day
//! (in [`crate::Options::zone`]) the set of subjects; per name and day the set of subjects and the count; per name the
//! count and last time. All of it lives in memory and is rebuilt from the columns and the log when the store opens.
//!
//! What happens in the awkward cases:
//! * A **late** event is added like any other: minima, maxima, counts and sets do not depend on the order of arrival.
//! * A **duplicate** never arrives here: the writer drops it by its message id.
//! * **Merged** or split identities change nothing: sums are kept per subject, and persons are sets of subjects that are
//!   put together when a question is asked.
//! * **Erasing** a subject takes its events out again one by one ([`Rollups::remove`]), then drops its sets and sums.
//!   The last time of the names it used is computed anew from the subjects that remain.
//! * A **changed zone** counts from the next opening.
//!
//! `EventStore::check_rollups` computes everything anew from the events and compares.

use std::collections::{BTreeMap, HashMap};

use roaring::RoaringBitmap;

use crate::days::Days;

/// An event as the rollups see it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Fact {
    pub subject: u32,
    pub name: u32,
    pub timestamp_ms: i64,
}

/// Count and last time of something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Tally {
    pub count: u64,
    pub last_ms: i64,
}

impl Tally {
    const NOTHING: Tally = Tally { count: 0, last_ms: i64::MIN };

    fn add(&mut self, timestamp_ms: i64) {
        self.count += 1;
        self.last_ms = self.last_ms.max(timestamp_ms);
    }
}

/// What is kept of one subject.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SubjectRollup {
    pub first_ms: i64,
    pub total: Tally,
    /// Name and its tally, in the order of the names' numbers.
    pub names: Vec<(u32, Tally)>,
}

impl SubjectRollup {
    const NOTHING: SubjectRollup = SubjectRollup { first_ms: i64::MAX, total: Tally::NOTHING, names: Vec::new() };

    fn add(&mut self, fact: Fact) {
        self.first_ms = self.first_ms.min(fact.timestamp_ms);
        self.total.add(fact.timestamp_ms);
        match self.names.binary_search_by_key(&fact.name, |(name, _)| *name) {
            Ok(place) => self.names[place].1.add(fact.timestamp_ms),
            Err(place) => self.names.insert(place, (fact.name, Tally { count: 1, last_ms: fact.timestamp_ms })),
        }
    }
}

/// What is kept of one name on one day.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Cell {
    pub subjects: RoaringBitmap,
    pub events: u64,
}

/// All sums of a store.
pub(crate) struct Rollups {
    days: Days,
    subjects: Vec<SubjectRollup>,
    by_day: BTreeMap<i32, RoaringBitmap>,
    cells: HashMap<u32, BTreeMap<i32, Cell>>,
    names: Vec<Tally>,
    events: u64,
}

impl Rollups {
    pub fn new(days: Days) -> Self {
        Rollups {
            days,
            subjects: Vec::new(),
            by_day: BTreeMap::new(),
            cells: HashMap::new(),
            names: Vec::new(),
            events: 0,
        }
    }

    /// Counts an event in.
    pub fn add(&mut self, fact: Fact) {
        let (subject, name) = (fact.subject as usize, fact.name as usize);
        if self.subjects.len() <= subject {
            self.subjects.resize(subject + 1, SubjectRollup::NOTHING);
        }
        if self.names.len() <= name {
            self.names.resize(name + 1, Tally::NOTHING);
        }
        self.subjects[subject].add(fact);
        self.names[name].add(fact.timestamp_ms);
        let day = self.days.day_of(fact.timestamp_ms);
        self.by_day.entry(day).or_default().insert(fact.subject);
        let cell = self.cells.entry(fact.name).or_default().entry(day).or_default();
        cell.subjects.insert(fact.subject);
        cell.events += 1;
        self.events += 1;
    }

    /// Counts all events of a subject out. `facts` are all of them.
    pub fn remove(&mut self, subject: u32, facts: &[Fact]) {
        for fact in facts {
            let day = self.days.day_of(fact.timestamp_ms);
            self.drop_from_day(day, subject);
            self.drop_from_cell(fact.name, day, subject);
        }
        self.events -= facts.len() as u64;
        let Some(rollup) = self.subjects.get_mut(subject as usize) else {
            return;
        };
        let gone = std::mem::replace(rollup, SubjectRollup::NOTHING);
        for (name, tally) in gone.names {
            self.names[name as usize].count -= tally.count;
            // Looking at all subjects is only needed when this one held the latest event of the name.
            if self.names[name as usize].last_ms == tally.last_ms {
                self.names[name as usize].last_ms = self.last_of_name(name);
            }
        }
    }

    fn drop_from_day(&mut self, day: i32, subject: u32) {
        if let Some(subjects) = self.by_day.get_mut(&day) {
            subjects.remove(subject);
            if subjects.is_empty() {
                self.by_day.remove(&day);
            }
        }
    }

    fn drop_from_cell(&mut self, name: u32, day: i32, subject: u32) {
        let Some(days) = self.cells.get_mut(&name) else {
            return;
        };
        if let Some(cell) = days.get_mut(&day) {
            cell.subjects.remove(subject);
            cell.events -= 1;
            if cell.events == 0 {
                days.remove(&day);
            }
        }
        if days.is_empty() {
            self.cells.remove(&name);
        }
    }

    fn last_of_name(&self, name: u32) -> i64 {
        let tallies = self.subjects.iter().flat_map(|subject| &subject.names);
        tallies.filter(|(used, _)| *used == name).map(|(_, tally)| tally.last_ms).max().unwrap_or(i64::MIN)
    }

    /// The days the sets are kept for.
    pub fn days(&self) -> &Days {
        &self.days
    }

    /// Events counted.
    pub fn events(&self) -> u64 {
        self.events
    }

    /// What is kept of a subject that has events.
    pub fn subject(&self, subject: u32) -> Option<&SubjectRollup> {
        self.subjects.get(subject as usize).filter(|rollup| rollup.total.count > 0)
    }

    /// Every subject that has events.
    pub fn subjects(&self) -> impl Iterator<Item = (u32, &SubjectRollup)> {
        (0u32..).zip(&self.subjects).filter(|(_, rollup)| rollup.total.count > 0)
    }

    /// Every name that has events.
    pub fn names(&self) -> impl Iterator<Item = (u32, Tally)> {
        (0u32..).zip(self.names.iter().copied()).filter(|(_, tally)| tally.count > 0)
    }

    /// Subjects active on each day of a span (ends included), with any event or with one of `names`.
    pub fn active_subjects(&self, from: i32, to: i32, names: Option<&[u32]>) -> BTreeMap<i32, RoaringBitmap> {
        if from > to {
            return BTreeMap::new();
        }
        let Some(names) = names else {
            return self.by_day.range(from..=to).map(|(day, subjects)| (*day, subjects.clone())).collect();
        };
        let mut found: BTreeMap<i32, RoaringBitmap> = BTreeMap::new();
        for days in names.iter().filter_map(|name| self.cells.get(name)) {
            for (day, cell) in days.range(from..=to) {
                *found.entry(*day).or_default() |= &cell.subjects;
            }
        }
        found
    }

    /// Events with a name on each day of a span (ends included).
    pub fn events_of_name(&self, name: u32, from: i32, to: i32) -> impl Iterator<Item = (i32, u64)> {
        let days = self.cells.get(&name).filter(|_| from <= to).map(|days| days.range(from..=to));
        days.into_iter().flatten().map(|(day, cell)| (*day, cell.events))
    }

    /// Says where these sums differ from others, if they do.
    pub fn difference(&self, other: &Rollups) -> Option<String> {
        if self.events != other.events {
            return Some(format!("{} events kept, {} counted", self.events, other.events));
        }
        if let Some(difference) = self.subject_difference(other) {
            return Some(difference);
        }
        if !self.names().eq(other.names()) {
            return Some("the tallies of event names differ".to_owned());
        }
        if self.by_day != other.by_day {
            return Some("the active subjects of a day differ".to_owned());
        }
        (self.cells != other.cells).then(|| "the subjects or counts of a name and day differ".to_owned())
    }

    fn subject_difference(&self, other: &Rollups) -> Option<String> {
        let most = self.subjects.len().max(other.subjects.len()) as u32;
        (0..most).find(|subject| self.subject(*subject) != other.subject(*subject)).map(|subject| {
            format!("subject {subject}: kept {:?}, counted {:?}", self.subject(subject), other.subject(subject))
        })
    }
}
