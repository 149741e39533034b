//! The values of a user's fields, and when time alone will change them.

mod aggregate;
mod states;

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde_json::{Map, Value as Json};

use aggregate::Counters;

use crate::definition::{Definition, Field, Source};
use crate::record::{Record, UserRecord};
use crate::rule::Values;
use crate::status::status_at;
use crate::time::UtcMillis;
use crate::value::{FieldType, Value};

/// What is known about a user from records.
#[derive(Debug, Clone, Copy)]
pub struct UserInputs<'a> {
    /// The user's own record.
    pub user: &'a UserRecord,
    /// Every other record of the user: subscriptions, payments, cabinets, sessions; in any order.
    pub records: &'a [Record],
}

/// What fields see of one event of the user.
#[derive(Debug, Clone, Copy)]
pub struct FieldEvent<'a> {
    /// The name of the event.
    pub name: &'a str,
    /// When it happened.
    pub at: UtcMillis,
    /// Its properties.
    pub properties: &'a Map<String, Json>,
}

/// The values of a user's fields by key. A missing value is not in the map.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct FieldValues(BTreeMap<String, Value>);

impl FieldValues {
    /// The value of a field; `None` when it is missing.
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.0.get(key)
    }

    /// Sets or clears a value.
    pub fn set(&mut self, key: &str, value: Option<Value>) {
        match value {
            Some(value) => self.0.insert(key.to_owned(), value),
            None => self.0.remove(key),
        };
    }

    /// The values that are there, by key.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.0.iter().map(|(key, value)| (key.as_str(), value))
    }
}

impl Values for FieldValues {
    fn value(&self, key: &str) -> Option<Cow<'_, Value>> {
        self.0.get(key).map(Cow::Borrowed)
    }
}

/// What [`compute`] found.
#[derive(Debug, Clone, PartialEq)]
pub struct Computed {
    /// The value of every field that has one.
    pub values: FieldValues,
    /// The alerts the user is in, by key, in the definition's order.
    pub alerts: Vec<String>,
    /// The first instant after `now` at which a value or an alert may be another if nothing but time changes; until then
    /// all are the same for certain. `None`: time alone changes nothing any more.
    pub next_change_at: Option<UtcMillis>,
}

/// The earliest of the instants at which something may change.
#[derive(Debug, Clone, Copy)]
struct NextChange {
    now: UtcMillis,
    at: Option<UtcMillis>,
}

impl NextChange {
    fn note(&mut self, instant: UtcMillis) {
        if instant > self.now {
            self.at = Some(self.at.map_or(instant, |known| known.min(instant)));
        }
    }
}

/// Calculates every field of a user at an instant.
///
/// `events` are the events of this user alone, in any order; among events of the same millisecond the later one in the
/// iteration counts as later. Events after `now` (a client's clock may run ahead) count once their time has come.
///
/// How values are calculated:
///
/// * **window** `w`: events with `now − w < time ≤ now`.
/// * **count** is 0, **sum** is 0, **distinct_days** is 0 when there are no events; **first**, **last** and **ratio** are
///   missing. An event whose property is missing or of another type than described is skipped by sum, first and last of
///   that property.
/// * **per_day** with window `w`: the sum (or count) in the window ÷ days, where days is the time since registration in
///   days, rounded up, at least 1 and at most `w`. An unknown registration counts as long ago.
/// * **ratio**: of the events that count, the share for which the rule holds; ×100 in a percent field.
/// * **distinct_days**: calendar days in the workspace's zone.
/// * **state** values: for each thing, the state told last counts, by an event or by its record; things whose record does
///   not fulfil `record_where` are left out.
/// * **record** aggregates: count and sum are 0, exists is false, min and max are missing when there are no records. A
///   sum in a money field takes only what its rule lets through: filter by currency there.
/// * A decimal value in an integer field is rounded, half away from zero. A value out of its type's range is missing.
pub fn compute<'e>(
    definition: &Definition,
    inputs: UserInputs<'_>,
    events: impl Iterator<Item = FieldEvent<'e>>,
    now: UtcMillis,
) -> Computed {
    let mut computation = Computation::new(definition, inputs, now);
    events.for_each(|event| computation.see(event));
    computation.finish()
}

/// [`compute`] for a caller that is shown the events one by one.
pub struct Computation<'a> {
    definition: &'a Definition,
    inputs: UserInputs<'a>,
    counters: Counters<'a>,
    next: NextChange,
}

impl<'a> Computation<'a> {
    /// Begins with no event seen.
    pub fn new(definition: &'a Definition, inputs: UserInputs<'a>, now: UtcMillis) -> Computation<'a> {
        let mut next = NextChange { now, at: None };
        let counters = Counters::new(definition, inputs, &mut next);
        Computation { definition, inputs, counters, next }
    }

    /// Takes one event of the user into account.
    pub fn see(&mut self, event: FieldEvent<'_>) {
        self.counters.count(event, &mut self.next);
    }

    /// The values after all events.
    pub fn finish(self) -> Computed {
        let Computation { definition, inputs, counters, mut next } = self;
        let mut counted = counters.finish(inputs, &mut next);
        let mut values = FieldValues::default();
        for field in definition.fields_in_order() {
            let value = match &field.source {
                Source::Event(_) | Source::State(_) | Source::Activity => counted.remove(field.key.as_str()).flatten(),
                _ => value_without_events(definition, field, inputs, &values, &mut next),
            };
            values.set(&field.key, value.filter(|value| is_listed(field, value)));
        }
        let mut alerts = Vec::new();
        for alert in &definition.alerts {
            let outcome = alert.rule.expression().evaluate(&values, next.now);
            outcome.next_change_at.into_iter().for_each(|instant| next.note(instant));
            if outcome.is_true() {
                alerts.push(alert.key.clone());
            }
        }
        Computed { values, alerts, next_change_at: next.at }
    }
}

/// The value of a field that needs no events; `before` has the fields it is calculated from.
fn value_without_events(
    definition: &Definition,
    field: &Field,
    inputs: UserInputs<'_>,
    before: &FieldValues,
    next: &mut NextChange,
) -> Option<Value> {
    match &field.source {
        Source::Column(column) => user_column(inputs.user, column),
        Source::Trait(name) => {
            let given = inputs.user.traits.as_ref().and_then(|traits| traits.get(name));
            given.and_then(|given| Value::from_json(field.field_type, given))
        }
        Source::Record(aggregate) => aggregate::record_value(field, aggregate, inputs.records, next),
        Source::Computed(expression) => {
            let outcome = expression.evaluate(before, next.now);
            outcome.next_change_at.into_iter().for_each(|instant| next.note(instant));
            outcome.into_value(field.field_type)
        }
        Source::Status => {
            let (status, change) = status_at(inputs.user, inputs.records, definition.trial, next.now);
            change.into_iter().for_each(|instant| next.note(instant));
            Some(Value::Text(status.as_str().to_owned()))
        }
        Source::Event(_) | Source::State(_) | Source::Activity => None,
    }
}

/// An enum holds listed values only; anything else counts as missing.
fn is_listed(field: &Field, value: &Value) -> bool {
    match (field.field_type, value) {
        (FieldType::Enum, Value::Text(text)) => field.values.iter().any(|listed| listed.value == *text),
        _ => true,
    }
}

fn user_column(user: &UserRecord, column: &str) -> Option<Value> {
    let text = |text: &Option<String>| text.clone().map(Value::Text);
    let time = |instant: Option<UtcMillis>| instant.map(Value::Timestamp);
    match column {
        "id" => Some(Value::Text(user.id.to_string())),
        "account_id" => user.account_id.as_ref().map(|id| Value::Text(id.to_string())),
        "name" => text(&user.name),
        "email" => text(&user.email),
        "phone" => text(&user.phone),
        "telegram_id" => text(&user.telegram_id),
        "telegram_username" => text(&user.telegram_username),
        "locale" => text(&user.locale),
        "registered_at" => time(user.registered_at),
        "trial_ends_at" => time(user.trial_ends_at),
        "last_seen_at" => time(user.last_seen_at),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
