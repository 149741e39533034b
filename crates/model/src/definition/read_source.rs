//! Reads and checks where a field's value comes from.

use super::EventDefinition;
use super::raw::{RawField, RawSource, SourceKind, Take};
use super::read::Reader;
use super::source::{
    EventAggregate, EventTake, RecordAggregate, RecordStates, RecordTake, Source, StateAggregate, StateTake,
};
use crate::money::Currency;
use crate::record::{Column, ColumnType, RecordKind};
use crate::rule::{ExprType, Expression, Rule, Scope, Variable};
use crate::suggest::closest;
use crate::time::{DAY, parse_duration};
use crate::value::FieldType;

/// The names of a record kind's columns in rules.
pub(super) fn record_scope(kind: RecordKind, currency: Currency) -> Scope {
    let variables = kind.columns().iter().filter_map(column_variable).collect();
    Scope::new(variables, currency)
}

fn column_variable(column: &Column) -> Option<Variable> {
    let values = match column.column_type {
        ColumnType::Choice(words) => words.iter().map(|word| (*word).to_owned()).collect(),
        _ => Vec::new(),
    };
    let variable_type = column_field_type(column)?;
    let folds = variable_type == FieldType::Text;
    Some(Variable { key: column.name.to_owned(), variable_type, values, folds })
}

fn column_field_type(column: &Column) -> Option<FieldType> {
    match column.column_type {
        ColumnType::Choice(_) => Some(FieldType::Enum),
        ColumnType::MinorUnits => Some(FieldType::Integer),
        ColumnType::Timestamp => Some(FieldType::Timestamp),
        ColumnType::Object => None,
        _ => Some(FieldType::Text),
    }
}

/// The names of an event's properties in rules.
fn event_scope(event: &EventDefinition, currency: Currency) -> Scope {
    let variables = event
        .properties
        .iter()
        .map(|(name, property_type)| Variable {
            key: name.clone(),
            variable_type: *property_type,
            values: Vec::new(),
            folds: *property_type == FieldType::Text,
        })
        .collect();
    Scope::new(variables, currency)
}

/// Reads one field's source. Computed fields need every other field first, so theirs come back as `None`.
pub(super) fn read_source(reader: &mut Reader<'_>, pointer: &str, field: &RawField) -> Option<Source> {
    let raw = &field.source;
    let mut source = SourceReader { reader, pointer, raw, field };
    match raw.from {
        SourceKind::Trait => source.read_trait(),
        SourceKind::Event => source.read_event(),
        SourceKind::State => source.read_state(),
        SourceKind::Record => source.read_record(),
        SourceKind::Computed => {
            source.allow(&["expression"]);
            None
        }
        SourceKind::Status => {
            source.allow(&[]);
            source.needs_type(&[FieldType::Enum]);
            source.needs_values(crate::status::Status::NAMES);
            Some(Source::Status)
        }
        SourceKind::Activity => {
            source.allow(&[]);
            source.needs_type(&[FieldType::Timestamp]);
            Some(Source::Activity)
        }
    }
}

/// Reads a computed field's expression over the other fields.
pub(super) fn read_expression(
    reader: &mut Reader<'_>,
    pointer: &str,
    field: &RawField,
    scope: &Scope,
) -> Option<Expression> {
    let place = format!("{pointer}/source/expression");
    let Some(text) = &field.source.expression else {
        reader.fail(&format!("{pointer}/source"), "a computed field needs an expression".to_owned());
        return None;
    };
    let expression = match Expression::parse(text, scope) {
        Ok(expression) => expression,
        Err(errors) => {
            reader.fail_rule(&place, errors);
            return None;
        }
    };
    let wanted = ExprType::of_field(field.field_type);
    let found = expression.expr_type();
    let texts = |expr_type| matches!(expr_type, ExprType::Text | ExprType::Enum);
    if found != wanted && !(texts(found) && texts(wanted)) {
        reader.fail(&place, format!("it does not give {}, the type of the field", field.field_type.as_str()));
        return None;
    }
    if expression.follows_clock() {
        let detail = "its value would change every millisecond; compare with now, or use days() or hours()";
        reader.fail(&place, detail.to_owned());
        return None;
    }
    Some(expression)
}

struct SourceReader<'r, 'd, 's> {
    reader: &'r mut Reader<'d>,
    pointer: &'s str,
    raw: &'s RawSource,
    field: &'s RawField,
}

impl SourceReader<'_, '_, '_> {
    fn read_trait(&mut self) -> Option<Source> {
        self.allow(&["trait"]);
        let name = self.raw.trait_name.clone().unwrap_or_else(|| self.field.key.clone());
        Some(Source::Trait(name))
    }

    fn read_event(&mut self) -> Option<Source> {
        let event = self.event()?;
        let take = self.take()?;
        let filter = self.rule("where", &self.raw.filter, &event_scope(&event, self.reader.currency));
        let window = self.window();
        let take = match take {
            Take::Count => {
                self.allow(&["event", "take", "where", "window"]);
                self.needs_type(&[FieldType::Integer, FieldType::Number]);
                EventTake::Count
            }
            Take::DistinctDays => {
                self.allow(&["event", "take", "where", "window"]);
                self.needs_type(&[FieldType::Integer, FieldType::Number]);
                EventTake::DistinctDays
            }
            Take::Sum => {
                self.allow(&["event", "take", "of", "where", "window"]);
                self.needs_type(&[FieldType::Integer, FieldType::Number, FieldType::Money]);
                EventTake::Sum(self.numeric_property(&event)?)
            }
            Take::First | Take::Last => {
                self.allow(&["event", "take", "of", "where", "window"]);
                let of = match &self.raw.of {
                    Some(_) => Some(self.property_of_field_type(&event)?),
                    None => {
                        self.needs_type(&[FieldType::Timestamp]);
                        None
                    }
                };
                if take == Take::First { EventTake::First(of) } else { EventTake::Last(of) }
            }
            Take::Ratio => {
                self.allow(&["event", "take", "match", "where", "window"]);
                self.needs_type(&[FieldType::Percent, FieldType::Number]);
                let scope = event_scope(&event, self.reader.currency);
                let matching = self.rule("match", &self.raw.matching, &scope);
                match matching {
                    Some(rule) => EventTake::Ratio(rule),
                    None => return self.missing("match", "which events are counted against all of them"),
                }
            }
            Take::PerDay => {
                self.allow(&["event", "take", "of", "where", "window"]);
                self.needs_type(&[FieldType::Integer, FieldType::Number]);
                let of = match &self.raw.of {
                    Some(_) => Some(self.numeric_property(&event)?),
                    None => None,
                };
                if window.is_none() {
                    return self.missing("window", "over how many days the mean is taken, such as \"30d\"");
                }
                EventTake::PerDay(of)
            }
            Take::Exists | Take::Min | Take::Max | Take::Worst | Take::LastTime => {
                return self.wrong_take("count, sum, first, last, distinct_days, ratio or per_day");
            }
        };
        if filter.as_ref().is_some_and(uses_now) {
            self.fail("where", "an event's rule cannot use now; give a window".to_owned());
        }
        Some(Source::Event(EventAggregate { event: event.name, filter, window, take, properties: event.properties }))
    }

    fn read_state(&mut self) -> Option<Source> {
        let event = self.event()?;
        let members = [
            "event",
            "take",
            "group_by",
            "of",
            "record",
            "record_of",
            "record_at",
            "record_where",
            "worst_first",
            "default",
        ];
        let group_by = self.property(&event, "group_by", &self.raw.group_by)?;
        let of = self.property(&event, "of", &self.raw.of)?;
        let (states, take) = match self.take()? {
            Take::Worst => {
                self.allow(&members);
                let (order, default) = self.worst()?;
                (order.clone(), StateTake::Worst { order, default })
            }
            Take::LastTime => {
                self.allow(&members[..8]);
                self.needs_type(&[FieldType::Timestamp]);
                (Vec::new(), StateTake::LastTime)
            }
            _ => return self.wrong_take("worst or last_time"),
        };
        let records = match self.raw.record {
            None => None,
            Some(kind) => {
                let of = self.column(kind, "record_of", &self.raw.record_of, FieldType::Text)?;
                let at = self.column(kind, "record_at", &self.raw.record_at, FieldType::Timestamp)?;
                let scope = record_scope(kind, self.reader.currency);
                let filter = self.rule("record_where", &self.raw.record_where, &scope);
                Some(RecordStates { kind, of, at, filter })
            }
        };
        Some(Source::State(StateAggregate { event: event.name, group_by, of, records, states, take }))
    }

    fn read_record(&mut self) -> Option<Source> {
        let Some(kind) = self.raw.record else {
            return self.missing("record", "the kind of record, such as \"payment\"");
        };
        let filter = self.rule("where", &self.raw.filter, &record_scope(kind, self.reader.currency));
        let take = match self.take()? {
            Take::Count => {
                self.allow(&["record", "take", "where"]);
                self.needs_type(&[FieldType::Integer, FieldType::Number]);
                RecordTake::Count
            }
            Take::Exists => {
                self.allow(&["record", "take", "where"]);
                self.needs_type(&[FieldType::Boolean]);
                RecordTake::Exists
            }
            Take::Sum => {
                self.allow(&["record", "take", "of", "where"]);
                self.needs_type(&[FieldType::Integer, FieldType::Number, FieldType::Money]);
                RecordTake::Sum(self.column(kind, "of", &self.raw.of, FieldType::Integer)?)
            }
            Take::Min | Take::Max => {
                self.allow(&["record", "take", "of", "where"]);
                self.needs_type(&[FieldType::Integer, FieldType::Number, FieldType::Money, FieldType::Timestamp]);
                let wanted = match self.field.field_type {
                    FieldType::Timestamp => FieldType::Timestamp,
                    _ => FieldType::Integer,
                };
                let of = self.column(kind, "of", &self.raw.of, wanted)?;
                if self.raw.take == Some(Take::Min) { RecordTake::Min(of) } else { RecordTake::Max(of) }
            }
            Take::Worst => {
                self.allow(&["record", "take", "of", "where", "worst_first", "default"]);
                let of = self.column(kind, "of", &self.raw.of, FieldType::Text)?;
                let (order, default) = self.worst()?;
                RecordTake::Worst { of, order, default }
            }
            _ => return self.wrong_take("count, exists, sum, min, max or worst"),
        };
        Some(Source::Record(RecordAggregate { kind, filter, take }))
    }

    fn event(&mut self) -> Option<EventDefinition> {
        let Some(name) = &self.raw.event else {
            return self.missing("event", "the name of the event");
        };
        let found = self.reader.events.iter().find(|event| event.name == *name).cloned();
        if found.is_none() {
            let names: Vec<String> = self.reader.events.iter().map(|event| event.name.clone()).collect();
            let hint = closest(name, names.iter().map(String::as_str)).map(|near| format!("did you mean {near:?}?"));
            let pointer = format!("{}/source/event", self.pointer);
            let detail = format!("the event {name:?} is not described under [[events]]");
            self.reader.fail_with(&pointer, detail, hint);
        }
        found
    }

    fn take(&mut self) -> Option<Take> {
        match self.raw.take {
            Some(take) => Some(take),
            None => self.missing("take", "what is taken, such as \"count\""),
        }
    }

    fn window(&mut self) -> Option<i64> {
        match parse_duration(self.raw.window.as_deref()?) {
            Ok(window) if window > 0 && window % DAY == 0 => Some(window),
            Ok(_) => {
                self.fail("window", "a window is a positive number of whole days, such as \"30d\"".to_owned());
                None
            }
            Err(error) => {
                self.fail("window", error.to_string());
                None
            }
        }
    }

    fn rule(&mut self, member: &str, text: &Option<String>, scope: &Scope) -> Option<Rule> {
        match Rule::parse(text.as_ref()?, scope) {
            Ok(rule) => Some(rule),
            Err(errors) => {
                self.reader.fail_rule(&format!("{}/source/{member}", self.pointer), errors);
                None
            }
        }
    }

    fn property(&mut self, event: &EventDefinition, member: &str, name: &Option<String>) -> Option<String> {
        let Some(name) = name else {
            return self.missing(member, "a property of the event");
        };
        if event.properties.contains_key(name) {
            return Some(name.clone());
        }
        let hint =
            closest(name, event.properties.keys().map(String::as_str)).map(|near| format!("did you mean {near:?}?"));
        let detail = format!("the event {} has no property {name:?}", event.name);
        self.reader.fail_with(&format!("{}/source/{member}", self.pointer), detail, hint);
        None
    }

    fn numeric_property(&mut self, event: &EventDefinition) -> Option<String> {
        let name = self.property(event, "of", &self.raw.of)?;
        match event.properties[&name] {
            FieldType::Integer | FieldType::Number | FieldType::Percent | FieldType::Money => Some(name),
            _ => {
                self.fail("of", format!("{name} is not a number"));
                None
            }
        }
    }

    fn property_of_field_type(&mut self, event: &EventDefinition) -> Option<String> {
        let name = self.property(event, "of", &self.raw.of)?;
        let texts = |field_type| matches!(field_type, FieldType::Text | FieldType::Enum);
        let (property, field) = (event.properties[&name], self.field.field_type);
        if property == field || (texts(property) && texts(field)) {
            return Some(name);
        }
        self.fail("of", format!("{name} is {}, but the field is {}", property.as_str(), field.as_str()));
        None
    }

    fn column(&mut self, kind: RecordKind, member: &str, name: &Option<String>, wanted: FieldType) -> Option<String> {
        let Some(name) = name else {
            return self.missing(member, "a column of the record");
        };
        let Some(column) = kind.column(name) else {
            let hint = closest(name, kind.columns().iter().map(|column| column.name))
                .map(|near| format!("did you mean {near:?}?"));
            let pointer = format!("{}/source/{member}", self.pointer);
            self.reader.fail_with(&pointer, format!("a {kind} has no column {name:?}"), hint);
            return None;
        };
        let found = match column_field_type(column) {
            Some(FieldType::Enum) => Some(FieldType::Text),
            other => other,
        };
        if found == Some(wanted) {
            return Some(name.clone());
        }
        self.fail(member, format!("{name} is not {}", wanted.as_str()));
        None
    }

    fn worst(&mut self) -> Option<(Vec<String>, String)> {
        self.needs_type(&[FieldType::Enum]);
        let Some(order) = self.raw.worst_first.clone() else {
            return self.missing("worst_first", "every value of the field, worst first");
        };
        let Some(default) = self.raw.default.clone() else {
            return self.missing("default", "the value when nothing is known");
        };
        let mut known: Vec<&str> = self.field.values.iter().map(|value| value.value.as_str()).collect();
        let mut listed: Vec<&str> = order.iter().map(String::as_str).collect();
        known.sort_unstable();
        listed.sort_unstable();
        if known != listed {
            self.fail("worst_first", format!("it must list every value of the field once: {}", known.join(", ")));
        }
        if !known.contains(&default.as_str()) {
            self.fail("default", format!("it must be one of {}", known.join(", ")));
        }
        Some((order, default))
    }

    fn needs_type(&mut self, allowed: &[FieldType]) {
        if !allowed.contains(&self.field.field_type) {
            let names: Vec<&str> = allowed.iter().map(|field_type| field_type.as_str()).collect();
            let pointer = format!("{}/type", self.pointer);
            self.reader.fail(&pointer, format!("with this source the type must be {}", names.join(" or ")));
        }
    }

    fn needs_values(&mut self, names: &[&str]) {
        let given: Vec<&str> = self.field.values.iter().map(|value| value.value.as_str()).collect();
        if names.iter().any(|name| !given.contains(name)) || given.len() != names.len() {
            let pointer = format!("{}/values", self.pointer);
            self.reader.fail(&pointer, format!("with this source the values are {}", names.join(", ")));
        }
    }

    /// Refuses members that have no meaning for this source.
    fn allow(&mut self, members: &[&str]) {
        let raw = self.raw;
        let given = [
            ("trait", raw.trait_name.is_some()),
            ("event", raw.event.is_some()),
            ("record", raw.record.is_some()),
            ("take", raw.take.is_some()),
            ("of", raw.of.is_some()),
            ("where", raw.filter.is_some()),
            ("match", raw.matching.is_some()),
            ("window", raw.window.is_some()),
            ("group_by", raw.group_by.is_some()),
            ("worst_first", raw.worst_first.is_some()),
            ("default", raw.default.is_some()),
            ("record_of", raw.record_of.is_some()),
            ("record_at", raw.record_at.is_some()),
            ("record_where", raw.record_where.is_some()),
            ("expression", raw.expression.is_some()),
        ];
        for (member, is_given) in given {
            if is_given && !members.contains(&member) {
                self.fail(member, "it has no meaning for this source; remove it".to_owned());
            }
        }
    }

    fn wrong_take(&mut self, allowed: &str) -> Option<Source> {
        self.fail("take", format!("from this source one can take {allowed}"));
        None
    }

    fn missing<T>(&mut self, member: &str, what: &str) -> Option<T> {
        let pointer = format!("{}/source", self.pointer);
        self.reader.fail(&pointer, format!("{member} is missing: {what}"));
        None
    }

    fn fail(&mut self, member: &str, detail: String) {
        self.reader.fail(&format!("{}/source/{member}", self.pointer), detail);
    }
}

fn uses_now(rule: &Rule) -> bool {
    fn inside(expr: &crate::rule::Expr) -> bool {
        *expr == crate::rule::Expr::Now || expr.children().into_iter().any(inside)
    }
    inside(rule.expression().root())
}
