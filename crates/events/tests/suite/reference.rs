//! A slow engine that is plainly right: it keeps all events in a list and looks at every one.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::{Mutex, MutexGuard};

use kabinet_events::{
    Cancel, Changes, Event, EventQueries, NameSummary, Outcome, Person, PersonMap, PersonSummary, Position, StoreError,
    StoredEvent, Subject, SubjectSummary, Window,
};

#[derive(Default)]
pub struct Reference {
    contents: Mutex<Contents>,
}

#[derive(Default)]
struct Contents {
    events: Vec<StoredEvent>,
    message_ids: HashSet<String>,
    last: u64,
}

impl Reference {
    pub fn append(&self, events: Vec<Event>) -> Vec<Outcome> {
        let mut contents = self.contents();
        events.into_iter().map(|event| contents.push(event)).collect()
    }

    pub fn erase(&self, subjects: &[Subject]) {
        self.contents().events.retain(|event| !subjects.contains(&event.subject));
    }

    fn contents(&self) -> MutexGuard<'_, Contents> {
        self.contents.lock().unwrap_or_else(|poison| poison.into_inner())
    }

    fn person_events(&self, subjects: &[Subject], names: Option<&[String]>) -> Vec<StoredEvent> {
        let wanted = |event: &&StoredEvent| subjects.contains(&event.subject) && matches_names(names, &event.name);
        let mut found: Vec<StoredEvent> = self.contents().events.iter().filter(wanted).cloned().collect();
        found.sort_by_key(|event| Position::from(event));
        found
    }
}

impl Contents {
    fn push(&mut self, event: Event) -> Outcome {
        if !self.message_ids.insert(event.message_id.clone()) {
            return Outcome::Duplicate;
        }
        self.last += 1;
        self.events.push(StoredEvent::new(self.last, event));
        Outcome::Accepted { sequence: self.last }
    }
}

fn matches_names(names: Option<&[String]>, name: &str) -> bool {
    names.is_none_or(|names| names.iter().any(|wanted| wanted == name))
}

impl EventQueries for Reference {
    fn timeline(
        &self,
        subjects: &[Subject],
        before: Option<Position>,
        names: Option<&[String]>,
        limit: usize,
        cancel: &Cancel,
    ) -> Result<Vec<StoredEvent>, StoreError> {
        cancel.check()?;
        let mut found = self.person_events(subjects, names);
        found.retain(|event| before.is_none_or(|before| Position::from(event) < before));
        found.reverse();
        found.truncate(limit);
        Ok(found)
    }

    fn fold_person(
        &self,
        subjects: &[Subject],
        names: Option<&[String]>,
        from_ms: i64,
        cancel: &Cancel,
        visit: &mut dyn FnMut(&StoredEvent),
    ) -> Result<(), StoreError> {
        cancel.check()?;
        self.person_events(subjects, names).iter().filter(|event| event.timestamp_ms >= from_ms).for_each(visit);
        Ok(())
    }

    fn person_summary(&self, subjects: &[Subject]) -> Result<Option<PersonSummary>, StoreError> {
        let events = self.person_events(subjects, None);
        let (Some(first), Some(last)) = (events.first(), events.last()) else {
            return Ok(None);
        };
        Ok(Some(PersonSummary {
            first_ms: first.timestamp_ms,
            last_ms: last.timestamp_ms,
            count: events.len() as u64,
            names: summarise_names(&events),
        }))
    }

    fn distinct_persons(
        &self,
        windows: &[Window],
        names: Option<&[String]>,
        persons: &dyn PersonMap,
        cancel: &Cancel,
    ) -> Result<Vec<u64>, StoreError> {
        cancel.check()?;
        let contents = self.contents();
        let count = |window: &Window| {
            let mut seen: HashSet<(Option<&Subject>, Person)> = HashSet::new();
            for event in &contents.events {
                if event.timestamp_ms < window.from_ms || event.timestamp_ms >= window.until_ms {
                    continue;
                }
                if !matches_names(names, &event.name) {
                    continue;
                }
                match persons.person(&event.subject) {
                    Person::Alone => seen.insert((Some(&event.subject), Person::Alone)),
                    Person::Left => continue,
                    shared => seen.insert((None, shared)),
                };
            }
            seen.len() as u64
        };
        Ok(windows.iter().map(count).collect())
    }

    fn counts_by_bucket(&self, name: &str, edges: &[i64], cancel: &Cancel) -> Result<Vec<u64>, StoreError> {
        cancel.check()?;
        let contents = self.contents();
        let count = |edges: &[i64]| {
            let inside = |event: &&StoredEvent| {
                event.name == name && event.timestamp_ms >= edges[0] && event.timestamp_ms < edges[1]
            };
            contents.events.iter().filter(inside).count() as u64
        };
        Ok(edges.windows(2).map(count).collect())
    }

    fn event_names(&self) -> Result<Vec<NameSummary>, StoreError> {
        Ok(summarise_names(&self.contents().events))
    }

    fn subjects(&self) -> Result<Vec<SubjectSummary>, StoreError> {
        let mut found: HashMap<Subject, SubjectSummary> = HashMap::new();
        for event in &self.contents().events {
            let entry = found.entry(event.subject.clone()).or_insert_with(|| SubjectSummary {
                subject: event.subject.clone(),
                first_ms: i64::MAX,
                last_ms: i64::MIN,
                count: 0,
            });
            entry.first_ms = entry.first_ms.min(event.timestamp_ms);
            entry.last_ms = entry.last_ms.max(event.timestamp_ms);
            entry.count += 1;
        }
        let mut found: Vec<SubjectSummary> = found.into_values().collect();
        found.sort_by(|a, b| a.subject.cmp(&b.subject));
        Ok(found)
    }

    fn recent(&self, limit: usize) -> Result<Vec<StoredEvent>, StoreError> {
        Ok(self.contents().events.iter().rev().take(limit).cloned().collect())
    }

    fn read_from(&self, after: u64, limit: usize) -> Result<Vec<StoredEvent>, StoreError> {
        Ok(self.contents().events.iter().filter(|event| event.sequence > after).take(limit).cloned().collect())
    }

    fn changes_from(&self, after: u64, limit: usize) -> Result<Changes, StoreError> {
        let events = self.read_from(after, limit)?;
        let through = events.last().map_or(after, |event| event.sequence);
        let subjects: BTreeSet<Subject> = events.into_iter().map(|event| event.subject).collect();
        Ok(Changes { subjects: subjects.into_iter().collect(), through })
    }
}

fn summarise_names(events: &[StoredEvent]) -> Vec<NameSummary> {
    let mut names: BTreeMap<&str, NameSummary> = BTreeMap::new();
    for event in events {
        let entry = names.entry(&event.name).or_insert_with(|| NameSummary {
            name: event.name.clone(),
            count: 0,
            last_ms: i64::MIN,
        });
        entry.count += 1;
        entry.last_ms = entry.last_ms.max(event.timestamp_ms);
    }
    names.into_values().collect()
}
