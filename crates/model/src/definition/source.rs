//! Where a field's value comes from.

use std::collections::BTreeMap;

use super::Field;
use crate::record::RecordKind;
use crate::rule::{Expression, Rule};
use crate::value::FieldType;

/// Where a field's value comes from. How each is calculated is written at [`crate::field::compute`].
#[derive(Debug, Clone, PartialEq)]
pub enum Source {
    /// A column of the user record.
    Column(&'static str),
    /// A member of the user record's `traits`.
    Trait(String),
    /// Counted from the user's events.
    Event(EventAggregate),
    /// From the last known state of each thing the user has.
    State(StateAggregate),
    /// Counted from the user's records of a kind.
    Record(RecordAggregate),
    /// Calculated from other fields.
    Computed(Expression),
    /// `trial`, `active` or `expired`; see [`crate::status`].
    Status,
    /// The last time the user did anything.
    Activity,
}

/// A value counted from events of one name.
#[derive(Debug, Clone, PartialEq)]
pub struct EventAggregate {
    /// The events' name.
    pub event: String,
    /// Which of them count; all when `None`.
    pub filter: Option<Rule>,
    /// Only those of the last so many milliseconds; all when `None`.
    pub window: Option<i64>,
    /// What is taken from them.
    pub take: EventTake,
    /// The types of the properties in use.
    pub properties: BTreeMap<String, FieldType>,
}

/// What is taken from events.
#[derive(Debug, Clone, PartialEq)]
pub enum EventTake {
    /// How many there are.
    Count,
    /// The sum of a property.
    Sum(String),
    /// The time of the earliest, or a property of it.
    First(Option<String>),
    /// The time of the latest, or a property of it.
    Last(Option<String>),
    /// On how many calendar days, in the workspace's zone, there was at least one.
    DistinctDays,
    /// The share that matches a rule.
    Ratio(Rule),
    /// How many, or how much of a property, on a mean day of the window.
    PerDay(Option<String>),
}

/// A value taken from the last known state of each thing (cabinet, device …) of a user, as told by events and records.
#[derive(Debug, Clone, PartialEq)]
pub struct StateAggregate {
    /// The events that tell a state.
    pub event: String,
    /// The property that says which thing it is.
    pub group_by: String,
    /// The property that says its state.
    pub of: String,
    /// The records that also tell a state, and which things still count.
    pub records: Option<RecordStates>,
    /// The states there are. A told state that is none of them is ignored.
    pub states: Vec<String>,
    /// What is taken from them.
    pub take: StateTake,
}

/// Records that tell the state of the thing with their id.
#[derive(Debug, Clone, PartialEq)]
pub struct RecordStates {
    /// Their kind.
    pub kind: RecordKind,
    /// The column with the state.
    pub of: String,
    /// The column with the time at which that was the state.
    pub at: String,
    /// Things whose record does not fulfil this no longer count; things without a record do.
    pub filter: Option<Rule>,
}

/// What is taken from states.
#[derive(Debug, Clone, PartialEq)]
pub enum StateTake {
    /// The worst, or a default when there are none; worst first.
    Worst {
        /// The states, worst first.
        order: Vec<String>,
        /// The value when nothing is known.
        default: String,
    },
    /// The time at which a state was last told.
    LastTime,
}

/// A value counted from records of one kind.
#[derive(Debug, Clone, PartialEq)]
pub struct RecordAggregate {
    /// The kind.
    pub kind: RecordKind,
    /// Which of them count; all when `None`.
    pub filter: Option<Rule>,
    /// What is taken from them.
    pub take: RecordTake,
}

/// What is taken from records.
#[derive(Debug, Clone, PartialEq)]
pub enum RecordTake {
    /// How many there are.
    Count,
    /// Whether there is one.
    Exists,
    /// The sum of a column.
    Sum(String),
    /// The least value of a column.
    Min(String),
    /// The greatest value of a column.
    Max(String),
    /// The worst value of a column, or a default when there are none.
    Worst {
        /// The column.
        of: String,
        /// The values, worst first.
        order: Vec<String>,
        /// The value when there are no records.
        default: String,
    },
}

impl Source {
    /// Where the value comes from, in words for people.
    pub fn in_words(&self) -> String {
        match self {
            Source::Column(column) => format!("the user record's {column}"),
            Source::Trait(name) => format!("the user record's trait {name}"),
            Source::Event(aggregate) => {
                let what = match &aggregate.take {
                    EventTake::Count => "how many".to_owned(),
                    EventTake::Sum(of) => format!("the sum of {of} over"),
                    EventTake::First(None) => "the time of the first of".to_owned(),
                    EventTake::First(Some(of)) => format!("{of} of the first of"),
                    EventTake::Last(None) => "the time of the last of".to_owned(),
                    EventTake::Last(Some(of)) => format!("{of} of the last of"),
                    EventTake::DistinctDays => "the number of days with".to_owned(),
                    EventTake::Ratio(rule) => format!("the share with {} of", rule.to_cel()),
                    EventTake::PerDay(None) => "how many a day of".to_owned(),
                    EventTake::PerDay(Some(of)) => format!("the sum of {of} a day over"),
                };
                let window = match aggregate.window {
                    Some(window) => format!(" in the last {}", crate::time::format_duration(window)),
                    None => String::new(),
                };
                format!("{what} the events {}{}{window}", aggregate.event, filter_in_words(&aggregate.filter))
            }
            Source::State(aggregate) => {
                let what = match aggregate.take {
                    StateTake::Worst { .. } => "the worst last",
                    StateTake::LastTime => "the time of the last",
                };
                format!("{what} {} of each {} in the events {}", aggregate.of, aggregate.group_by, aggregate.event)
            }
            Source::Record(aggregate) => {
                let what = match &aggregate.take {
                    RecordTake::Count => "how many".to_owned(),
                    RecordTake::Exists => "whether there are".to_owned(),
                    RecordTake::Sum(of) => format!("the sum of {of} over"),
                    RecordTake::Min(of) => format!("the least {of} of"),
                    RecordTake::Max(of) => format!("the greatest {of} of"),
                    RecordTake::Worst { of, .. } => format!("the worst {of} of"),
                };
                format!("{what} {} records{}", aggregate.kind, filter_in_words(&aggregate.filter))
            }
            Source::Computed(expression) => expression.to_cel(),
            Source::Status => "inside the trial, inside a paid period, or neither".to_owned(),
            Source::Activity => "the last event, session or visit of the user".to_owned(),
        }
    }
}

fn filter_in_words(filter: &Option<Rule>) -> String {
    filter.as_ref().map(|rule| format!(" where {}", rule.to_cel())).unwrap_or_default()
}

/// The keys of the fields a field is calculated from.
pub(super) fn dependencies(field: &Field) -> Vec<&str> {
    match &field.source {
        Source::Computed(expression) => expression.names().into_iter().collect(),
        _ => Vec::new(),
    }
}
