//! Values counted from events in one pass, and from records.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use serde_json::{Map, Value as Json};

use super::states::States;
use super::{FieldEvent, NextChange, UserInputs};
use crate::definition::{Definition, EventAggregate, EventTake, Field, RecordAggregate, RecordTake, Source};
use crate::period::Zone;
use crate::record::Record;
use crate::rule::{Rule, Values};
use crate::time::{DAY, UtcMillis};
use crate::value::{FieldType, Value};

/// Counts for all fields that come from events together, so that the events are gone through once.
pub(super) struct Counters<'a> {
    definition: &'a Definition,
    counters: Vec<(&'a Field, Counter<'a>)>,
}

impl<'a> Counters<'a> {
    pub fn new(definition: &'a Definition, inputs: UserInputs<'_>, next: &mut NextChange) -> Counters<'a> {
        let counters = definition
            .fields
            .iter()
            .filter_map(|field| Some((field, Counter::new(field, definition, inputs, next)?)))
            .collect();
        Counters { definition, counters }
    }

    pub fn count(&mut self, event: FieldEvent<'_>, next: &mut NextChange) {
        if event.at > next.now {
            next.note(event.at);
            return;
        }
        for (_, counter) in &mut self.counters {
            counter.count(self.definition, event, next);
        }
    }

    /// The values of the fields that come from events, by key.
    pub fn finish(self, inputs: UserInputs<'_>, next: &mut NextChange) -> BTreeMap<&'a str, Option<Value>> {
        self.counters
            .into_iter()
            .map(|(field, counter)| (field.key.as_str(), counter.finish(field, inputs, next)))
            .collect()
    }
}

enum Counter<'a> {
    Aggregate(AggregateCounter<'a>),
    States(States<'a>),
    Activity(Option<UtcMillis>),
}

impl<'a> Counter<'a> {
    fn new(
        field: &'a Field,
        definition: &'a Definition,
        inputs: UserInputs<'_>,
        next: &mut NextChange,
    ) -> Option<Counter<'a>> {
        match &field.source {
            Source::Event(aggregate) => Some(Counter::Aggregate(AggregateCounter {
                aggregate,
                zone: &definition.time_zone,
                count: 0,
                matched: 0,
                sum: 0.0,
                days: BTreeSet::new(),
                chosen: None,
            })),
            Source::State(aggregate) => Some(Counter::States(States::new(aggregate, inputs.records, next))),
            Source::Activity => Some(Counter::Activity(last_seen(inputs, next))),
            _ => None,
        }
    }

    fn count(&mut self, definition: &Definition, event: FieldEvent<'_>, next: &mut NextChange) {
        match self {
            Counter::Aggregate(counter) => {
                if counter.aggregate.event == event.name {
                    counter.count(event, next);
                }
            }
            Counter::States(states) => states.tell(event),
            Counter::Activity(last) => {
                if definition.event(event.name).is_none_or(|described| described.activity) {
                    *last = (*last).max(Some(event.at));
                }
            }
        }
    }

    fn finish(self, field: &Field, inputs: UserInputs<'_>, next: &mut NextChange) -> Option<Value> {
        match self {
            Counter::Aggregate(counter) => counter.finish(field, inputs, next),
            Counter::States(states) => states.finish(),
            Counter::Activity(last) => last.map(Value::Timestamp),
        }
    }
}

/// When records say the user was last there; times to come count once they have come.
fn last_seen(inputs: UserInputs<'_>, next: &mut NextChange) -> Option<UtcMillis> {
    let sessions = inputs.records.iter().filter_map(|record| match record {
        Record::Session(session) => session.last_seen_at.or(session.started_at),
        _ => None,
    });
    let mut last = None;
    for instant in sessions.chain(inputs.user.last_seen_at) {
        if instant <= next.now {
            last = last.max(Some(instant));
        } else {
            next.note(instant);
        }
    }
    last
}

struct AggregateCounter<'a> {
    aggregate: &'a EventAggregate,
    zone: &'a Zone,
    count: i64,
    matched: i64,
    sum: f64,
    days: BTreeSet<Date>,
    chosen: Option<(UtcMillis, Value)>,
}

impl AggregateCounter<'_> {
    fn count(&mut self, event: FieldEvent<'_>, next: &mut NextChange) {
        let leaves_at = self.aggregate.window.map(|window| event.at.plus(window));
        if leaves_at.is_some_and(|leaves_at| leaves_at <= next.now) {
            return;
        }
        let properties = Properties { types: &self.aggregate.properties, given: event.properties };
        if self.aggregate.filter.as_ref().is_some_and(|rule| !rule.holds(&properties, next.now)) {
            return;
        }
        leaves_at.into_iter().for_each(|leaves_at| next.note(leaves_at));
        self.count += 1;
        match &self.aggregate.take {
            EventTake::Count | EventTake::PerDay(None) => {}
            EventTake::Sum(of) | EventTake::PerDay(Some(of)) => {
                self.sum += properties.value(of).and_then(|value| value.as_number()).unwrap_or(0.0);
            }
            EventTake::DistinctDays => {
                self.days.insert(self.zone.date_of(event.at));
            }
            EventTake::Ratio(rule) => self.matched += i64::from(rule.holds(&properties, next.now)),
            EventTake::First(of) => {
                let earlier = self.chosen.as_ref().is_none_or(|(at, _)| event.at < *at);
                self.choose(earlier, of.as_deref(), event.at, &properties);
            }
            EventTake::Last(of) => {
                let later = self.chosen.as_ref().is_none_or(|(at, _)| event.at >= *at);
                self.choose(later, of.as_deref(), event.at, &properties);
            }
        }
    }

    fn choose(&mut self, better: bool, of: Option<&str>, at: UtcMillis, properties: &Properties<'_>) {
        if !better {
            return;
        }
        let value = match of {
            None => Some(Value::Timestamp(at)),
            Some(of) => properties.value(of).map(Cow::into_owned),
        };
        if let Some(value) = value {
            self.chosen = Some((at, value));
        }
    }

    fn finish(self, field: &Field, inputs: UserInputs<'_>, next: &mut NextChange) -> Option<Value> {
        let number = match &self.aggregate.take {
            EventTake::First(_) | EventTake::Last(_) => {
                return self.chosen.and_then(|(_, value)| in_type(field.field_type, value));
            }
            EventTake::Count => self.count as f64,
            EventTake::Sum(_) => self.sum,
            EventTake::DistinctDays => self.days.len() as f64,
            EventTake::Ratio(_) if self.count == 0 => return None,
            EventTake::Ratio(_) => {
                let whole = if field.field_type == FieldType::Percent { 100.0 } else { 1.0 };
                whole * self.matched as f64 / self.count as f64
            }
            EventTake::PerDay(of) => {
                let total = if of.is_some() { self.sum } else { self.count as f64 };
                let window_days = self.aggregate.window.unwrap_or(DAY) / DAY;
                // Nothing divided by any number of days is nothing.
                let steps = total != 0.0;
                total / days_since_registration(inputs, window_days, steps, next) as f64
            }
        };
        in_type(field.field_type, Value::Number(number))
    }
}

/// Days since registration, rounded up, from 1 to the window; notes the instant of the next step.
fn days_since_registration(inputs: UserInputs<'_>, window_days: i64, steps: bool, next: &mut NextChange) -> i64 {
    let Some(registered_at) = inputs.user.registered_at else { return window_days };
    let since = next.now.since(registered_at);
    let days = (since + DAY - 1).div_euclid(DAY).clamp(1, window_days);
    if steps && days < window_days {
        next.note(registered_at.plus(days * DAY + 1));
    }
    days
}

/// A number or value as the field's type holds it.
fn in_type(field_type: FieldType, value: Value) -> Option<Value> {
    match (field_type, value) {
        (FieldType::Integer, Value::Number(number)) => {
            Value::number(number.round()).and_then(|_| Value::integer(number.round() as i64))
        }
        (FieldType::Number | FieldType::Percent, Value::Number(number)) => Value::number(number),
        (FieldType::Number | FieldType::Percent, Value::Integer(number)) => Value::number(number as f64),
        (FieldType::Money, Value::Number(number)) => {
            Value::number(number.round()).map(|_| Value::Money(number.round() as i64))
        }
        (FieldType::Money, Value::Integer(minor)) => Some(Value::Money(minor)),
        (_, value) => Some(value),
    }
}

/// An event's properties as rules see them: of the described type, or missing.
struct Properties<'a> {
    types: &'a BTreeMap<String, FieldType>,
    given: &'a Map<String, Json>,
}

impl Values for Properties<'_> {
    fn value(&self, key: &str) -> Option<Cow<'_, Value>> {
        Value::from_json(*self.types.get(key)?, self.given.get(key)?).map(Cow::Owned)
    }
}

/// A record's columns as rules see them.
pub(super) struct Columns<'a>(pub &'a Record);

impl Values for Columns<'_> {
    fn value(&self, key: &str) -> Option<Cow<'_, Value>> {
        self.0.value(key).map(Cow::Owned)
    }
}

/// Whether a record fulfils a rule; notes when that may change.
pub(super) fn record_counts(rule: Option<&Rule>, record: &Record, next: &mut NextChange) -> bool {
    rule.is_none_or(|rule| {
        let outcome = rule.expression().evaluate(&Columns(record), next.now);
        outcome.next_change_at.into_iter().for_each(|instant| next.note(instant));
        outcome.is_true()
    })
}

pub(super) fn record_value(
    field: &Field,
    aggregate: &RecordAggregate,
    records: &[Record],
    next: &mut NextChange,
) -> Option<Value> {
    let counting: Vec<&Record> = records
        .iter()
        .filter(|record| record.kind() == aggregate.kind)
        .filter(|record| record_counts(aggregate.filter.as_ref(), record, next))
        .collect();
    let column = |of: &String| counting.iter().filter_map(|record| record.value(of)).collect::<Vec<Value>>();
    let value = match &aggregate.take {
        RecordTake::Count => Value::Number(counting.len() as f64),
        RecordTake::Exists => return Some(Value::Boolean(!counting.is_empty())),
        RecordTake::Sum(of) => Value::Integer(
            column(of)
                .iter()
                .filter_map(|value| match value {
                    Value::Integer(number) => Some(*number),
                    _ => None,
                })
                .fold(0_i64, i64::saturating_add),
        ),
        RecordTake::Min(of) => column(of).into_iter().min_by_key(sort_key)?,
        RecordTake::Max(of) => column(of).into_iter().max_by_key(sort_key)?,
        RecordTake::Worst { of, order, default } => {
            let told = column(of);
            let worst = order.iter().find(|value| told.iter().any(|told| told.as_text() == Some(value)));
            return Some(Value::Text(worst.unwrap_or(default).clone()));
        }
    };
    let within = |number: i64| Value::integer(number).map(|_| number);
    match (field.field_type, value) {
        (FieldType::Integer, Value::Integer(number)) => within(number).map(Value::Integer),
        (FieldType::Money, Value::Integer(number)) => within(number).map(Value::Money),
        (field_type, value) => in_type(field_type, value),
    }
}

fn sort_key(value: &Value) -> i64 {
    match value {
        Value::Integer(number) | Value::Money(number) => *number,
        Value::Timestamp(instant) => instant.as_millis(),
        Value::Text(_) | Value::Number(_) | Value::Boolean(_) => 0,
    }
}
