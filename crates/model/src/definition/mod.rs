//! A product's own definition: what its users' fields are, where they come from, and what alerts follow from them.
//!
//! A definition is a TOML file, `products/<slug>.toml`. [`Definition::parse`] reads and checks it whole; every problem
//! is told with its line, a pointer and, where possible, what to write instead. See `docs/definition.md` for the
//! format in words.

mod core_fields;
mod lines;
mod raw;
mod read;
mod read_source;
mod source;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use source::{
    EventAggregate, EventTake, RecordAggregate, RecordStates, RecordTake, Source, StateAggregate, StateTake,
};

use crate::ids::WorkspaceSlug;
use crate::label::Label;
use crate::money::Currency;
use crate::period::Zone;
use crate::record::RecordKind;
use crate::rule::{Rule, Scope, Variable};
use crate::value::FieldType;

/// A checked definition.
#[derive(Debug, Clone, PartialEq)]
pub struct Definition {
    /// The workspace's short name.
    pub slug: WorkspaceSlug,
    /// The product's name.
    pub name: Label,
    /// The zone in which "today" and days are counted.
    pub time_zone: Zone,
    /// The currency of the workspace's money.
    pub currency: Currency,
    /// Feature modules that are switched on.
    pub modules: Vec<Module>,
    /// How identities are joined to users.
    pub identity: IdentitySettings,
    /// The trial period.
    pub trial: TrialSettings,
    /// The events the product says it sends. Others are accepted too, but cannot be used in fields.
    pub events: Vec<EventDefinition>,
    /// Every field: the core ones first, then the definition's own in its order.
    pub fields: Vec<Field>,
    /// The keys of the fields the users table shows at first.
    pub columns: Vec<String>,
    /// The alerts, most severe first as written.
    pub alerts: Vec<Alert>,
    /// Blocks of fields on a user's page.
    pub detail_blocks: Vec<DetailBlock>,
    /// Indexes into `fields`, in an order in which computed fields come after what they use.
    order: Vec<usize>,
    scope: Scope,
}

/// What is wrong with a definition.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DefinitionError {
    /// The line in the file, from 1, if it can be told.
    pub line: Option<usize>,
    /// Where: an RFC 6901 pointer into the file.
    pub pointer: String,
    /// What is wrong.
    pub detail: String,
    /// What to write instead, if something is near.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
}

impl std::fmt::Display for DefinitionError {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if let Some(line) = self.line {
            write!(formatter, "line {line}: ")?;
        }
        if !self.pointer.is_empty() {
            write!(formatter, "{}: ", self.pointer)?;
        }
        formatter.write_str(&self.detail)?;
        match &self.hint {
            Some(hint) => write!(formatter, " ({hint})"),
            None => Ok(()),
        }
    }
}

/// A feature that a definition switches on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Module {
    /// Users and their notes; always on.
    Users,
    /// Companies users belong to.
    Accounts,
    /// Subscriptions.
    Subscriptions,
    /// Payments.
    Payments,
    /// Shops on marketplaces.
    SellerCabinets,
    /// Devices users were logged in on.
    Sessions,
    /// Alerts.
    Alerts,
}

impl Module {
    /// The record kind the module brings, if it brings one.
    pub fn record_kind(self) -> Option<RecordKind> {
        match self {
            Module::Users => Some(RecordKind::User),
            Module::Accounts => Some(RecordKind::Account),
            Module::Subscriptions => Some(RecordKind::Subscription),
            Module::Payments => Some(RecordKind::Payment),
            Module::SellerCabinets => Some(RecordKind::SellerCabinet),
            Module::Sessions => Some(RecordKind::Session),
            Module::Alerts => None,
        }
    }
}

/// Which identities beside the product's own id lead to a user by themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct IdentitySettings {
    /// A Telegram id.
    pub telegram: bool,
    /// An e-mail address.
    pub email: bool,
}

impl Default for IdentitySettings {
    fn default() -> Self {
        IdentitySettings { telegram: true, email: true }
    }
}

/// The trial period of a user whose record does not say when it ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TrialSettings {
    /// Days of 24 hours from registration; 0 is no trial.
    pub days: u16,
}

/// An event the product says it sends.
#[derive(Debug, Clone, PartialEq)]
pub struct EventDefinition {
    /// The name, exactly as sent.
    pub name: String,
    /// What it is called.
    pub label: Label,
    /// Whether it shows that the user did something (rather than that something happened to the user).
    pub activity: bool,
    /// The properties that fields may use, and their types.
    pub properties: BTreeMap<String, FieldType>,
}

/// A named value per user.
#[derive(Debug, Clone, PartialEq)]
pub struct Field {
    /// The name in rules, the API and the database: `[a-z][a-z0-9_]{0,49}`.
    pub key: String,
    /// The type of the value.
    pub field_type: FieldType,
    /// What it is called.
    pub label: Label,
    /// What it is called at the head of a table's column.
    pub short_label: Label,
    /// What it is called in exported files.
    pub csv_label: Label,
    /// What it means, in a sentence.
    pub description: Label,
    /// The unit, such as `tokens/day`, if it has one.
    pub unit: Option<String>,
    /// The values of an enum, in the order of the definition; empty for every other type.
    pub values: Vec<EnumValue>,
    /// Where the value comes from.
    pub source: Source,
    /// Whether every workspace has it.
    pub core: bool,
}

/// One value of an enum field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EnumValue {
    /// The value as it is sent and stored.
    pub value: String,
    /// What it is called.
    pub label: Label,
    /// How it is coloured.
    #[serde(default)]
    pub tone: Tone,
}

/// The meaning of a colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Tone {
    /// Good: green.
    Ok,
    /// Worth a look: yellow.
    Warn,
    /// Wrong: red.
    Danger,
    /// Nothing there: grey.
    #[default]
    Muted,
    /// Neutral: blue.
    Info,
}

/// How bad an alert is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Act now.
    Red,
    /// Have a look.
    Yellow,
}

/// A rule that staff want to know about.
#[derive(Debug, Clone, PartialEq)]
pub struct Alert {
    /// The name in the API and the database.
    pub key: String,
    /// How bad it is.
    pub severity: Severity,
    /// What it is called.
    pub label: Label,
    /// What it means and what to do, in a sentence or two.
    pub explanation: Label,
    /// The rule; a user is in the alert while it holds.
    pub rule: Rule,
    /// The channels it goes out on until staff choose others.
    pub channels: Vec<AlertChannel>,
}

/// A way an alert is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AlertChannel {
    /// The staff chat.
    Telegram,
    /// E-mail.
    Email,
}

/// A block of fields on a user's page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DetailBlock {
    /// The name in the API.
    pub key: String,
    /// The heading.
    pub label: Label,
    /// The keys of the fields, in order.
    pub fields: Vec<String>,
}

impl Definition {
    /// Reads and checks a definition. Every error found is listed.
    pub fn parse(text: &str) -> Result<Definition, Vec<DefinitionError>> {
        read::read(text)
    }

    /// The field of this key.
    pub fn field(&self, key: &str) -> Option<&Field> {
        self.fields.iter().find(|field| field.key == key)
    }

    /// The alert of this key.
    pub fn alert(&self, key: &str) -> Option<&Alert> {
        self.alerts.iter().find(|alert| alert.key == key)
    }

    /// The documented event of this name.
    pub fn event(&self, name: &str) -> Option<&EventDefinition> {
        self.events.iter().find(|event| event.name == name)
    }

    /// The definition's own fields, without the core ones.
    pub fn own_fields(&self) -> impl Iterator<Item = &Field> {
        self.fields.iter().filter(|field| !field.core)
    }

    /// The fields in an order in which computed fields come after what they use.
    pub fn fields_in_order(&self) -> impl Iterator<Item = &Field> {
        self.order.iter().map(|index| &self.fields[*index])
    }

    /// The names rules over this workspace's users may use.
    pub fn scope(&self) -> &Scope {
        &self.scope
    }

    /// The record kinds of the modules that are switched on.
    pub fn record_kinds(&self) -> Vec<RecordKind> {
        RecordKind::ALL
            .into_iter()
            .filter(|kind| self.modules.iter().any(|module| module.record_kind() == Some(*kind)))
            .collect()
    }
}

impl Field {
    /// The field as rules see it.
    pub fn variable(&self) -> Variable {
        Variable {
            key: self.key.clone(),
            variable_type: self.field_type,
            values: self.values.iter().map(|value| value.value.clone()).collect(),
            folds: self.folds(),
        }
    }

    /// Whether the lower-case form of the value is kept beside it, in a column named `<key>_fold`.
    pub fn folds(&self) -> bool {
        if self.core { matches!(self.key.as_str(), "name" | "email") } else { self.field_type == FieldType::Text }
    }
}

#[cfg(test)]
mod tests;
