//! The shapes of the TOML file, before their meaning is checked.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{AlertChannel, DetailBlock, EnumValue, IdentitySettings, Module, Severity, TrialSettings};
use crate::label::Label;
use crate::record::RecordKind;
use crate::value::FieldType;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawDefinition {
    pub slug: String,
    pub name: Label,
    pub time_zone: String,
    pub currency: String,
    #[serde(default)]
    pub modules: Vec<Module>,
    #[serde(default)]
    pub identity: IdentitySettings,
    #[serde(default)]
    pub trial: TrialSettings,
    #[serde(default)]
    pub columns: Vec<String>,
    #[serde(default)]
    pub events: Vec<RawEvent>,
    #[serde(default)]
    pub fields: Vec<RawField>,
    #[serde(default)]
    pub alerts: Vec<RawAlert>,
    #[serde(default)]
    pub detail_blocks: Vec<DetailBlock>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawEvent {
    pub name: String,
    pub label: Label,
    #[serde(default = "yes")]
    pub activity: bool,
    #[serde(default)]
    pub properties: BTreeMap<String, FieldType>,
}

fn yes() -> bool {
    true
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawField {
    pub key: String,
    #[serde(rename = "type")]
    pub field_type: FieldType,
    pub label: Label,
    pub short_label: Option<Label>,
    pub csv_label: Option<Label>,
    #[serde(default)]
    pub description: Label,
    pub unit: Option<String>,
    #[serde(default)]
    pub values: Vec<EnumValue>,
    pub source: RawSource,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum SourceKind {
    Trait,
    Event,
    State,
    Record,
    Computed,
    Status,
    Activity,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Take {
    Count,
    Sum,
    First,
    Last,
    DistinctDays,
    Ratio,
    PerDay,
    Exists,
    Min,
    Max,
    Worst,
    LastTime,
}

/// Every member any source can have; which belong together is checked afterwards, with better words than the parser's.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawSource {
    pub from: SourceKind,
    #[serde(rename = "trait")]
    pub trait_name: Option<String>,
    pub event: Option<String>,
    pub record: Option<RecordKind>,
    pub take: Option<Take>,
    pub of: Option<String>,
    #[serde(rename = "where")]
    pub filter: Option<String>,
    #[serde(rename = "match")]
    pub matching: Option<String>,
    pub window: Option<String>,
    pub group_by: Option<String>,
    pub worst_first: Option<Vec<String>>,
    pub default: Option<String>,
    pub record_of: Option<String>,
    pub record_at: Option<String>,
    pub record_where: Option<String>,
    pub expression: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawAlert {
    pub key: String,
    pub severity: Severity,
    pub label: Label,
    pub explanation: Label,
    pub rule: String,
    #[serde(default)]
    pub channels: Vec<AlertChannel>,
}
