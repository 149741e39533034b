//! The last known state of each thing a user has.

use std::collections::BTreeMap;

use super::aggregate::record_counts;
use super::{FieldEvent, NextChange};
use crate::definition::{StateAggregate, StateTake};
use crate::record::Record;
use crate::time::UtcMillis;
use crate::value::Value;

pub(super) struct States<'a> {
    aggregate: &'a StateAggregate,
    /// What was told last of each thing, and when; `None` for things that no longer count.
    things: BTreeMap<String, Option<Told>>,
}

struct Told {
    at: UtcMillis,
    state: String,
}

impl<'a> States<'a> {
    pub fn new(aggregate: &'a StateAggregate, records: &[Record], next: &mut NextChange) -> States<'a> {
        let mut states = States { aggregate, things: BTreeMap::new() };
        let Some(told_by) = &aggregate.records else { return states };
        for record in records.iter().filter(|record| record.kind() == told_by.kind) {
            if !record_counts(told_by.filter.as_ref(), record, next) {
                states.things.insert(record.id().to_owned(), None);
                continue;
            }
            let at = record.value(&told_by.at).and_then(|value| value.as_timestamp());
            let state = record.value(&told_by.of);
            if let (Some(at), Some(state)) = (at, state.as_ref().and_then(Value::as_text)) {
                if at > next.now {
                    next.note(at);
                } else {
                    states.tell_of(record.id(), at, state);
                }
            }
        }
        states
    }

    pub fn tell(&mut self, event: FieldEvent<'_>) {
        if event.name != self.aggregate.event {
            return;
        }
        let thing = match event.properties.get(&self.aggregate.group_by) {
            Some(serde_json::Value::String(text)) => text.clone(),
            // The product's ids may be numbers; records keep them as text.
            Some(serde_json::Value::Number(number)) => number.to_string(),
            // What names no thing is about the one thing such a product knows.
            _ => String::new(),
        };
        if let Some(state) = event.properties.get(&self.aggregate.of).and_then(|given| given.as_str()) {
            self.tell_of(&thing, event.at, state);
        }
    }

    fn tell_of(&mut self, thing: &str, at: UtcMillis, state: &str) {
        let known = self.aggregate.states.is_empty() || self.aggregate.states.iter().any(|known| known == state);
        if !known {
            return;
        }
        let told = Told { at, state: state.to_owned() };
        match self.things.get_mut(thing) {
            None => {
                self.things.insert(thing.to_owned(), Some(told));
            }
            Some(Some(before)) if before.at <= at => *before = told,
            Some(_) => {}
        }
    }

    pub fn finish(self) -> Option<Value> {
        let told: Vec<Told> = self.things.into_values().flatten().collect();
        match &self.aggregate.take {
            StateTake::LastTime => told.iter().map(|told| told.at).max().map(Value::Timestamp),
            StateTake::Worst { order, default } => {
                let worst = order.iter().find(|state| told.iter().any(|told| told.state == **state));
                Some(Value::Text(worst.unwrap_or(default).clone()))
            }
        }
    }
}
