//! How a definition looks from outside.

use kabinet_model::definition::{Alert, Definition, DetailBlock, EnumValue, Field, Severity, Tone};
use kabinet_model::label::Label;
use serde::Serialize;
use utoipa::ToSchema;

/// A text in the panel's languages.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct LabelView {
    pub en: String,
    pub ru: String,
    pub uz: String,
}

impl From<&Label> for LabelView {
    fn from(label: &Label) -> LabelView {
        LabelView { en: label.en.clone(), ru: label.ru.clone(), uz: label.uz.clone() }
    }
}

/// A field of users: a column, a filter, a line on the user's page.
#[derive(Debug, Serialize, ToSchema)]
pub struct FieldView {
    pub key: String,
    /// `text`, `integer`, `number`, `percent`, `boolean`, `timestamp`, `enum` or `money`.
    #[serde(rename = "type")]
    pub field_type: &'static str,
    pub label: LabelView,
    /// For narrow column heads.
    pub short_label: LabelView,
    /// The head of the column in exported files.
    pub csv_label: LabelView,
    /// What it means.
    pub description: LabelView,
    pub unit: Option<String>,
    /// The values of an enum.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<ValueView>,
    /// Where the value comes from, in words.
    pub source: String,
    pub nullable: bool,
    pub sortable: bool,
    pub filterable: bool,
    /// Whether every workspace has it.
    pub core: bool,
    /// Of a money field.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub currency: Option<String>,
}

/// One value of an enum.
#[derive(Debug, Serialize, ToSchema)]
pub struct ValueView {
    pub value: String,
    pub label: LabelView,
    /// `ok`, `warn`, `danger`, `muted` or `info`.
    #[schema(value_type = String)]
    pub tone: Tone,
}

/// An alert.
#[derive(Debug, Serialize, ToSchema)]
pub struct AlertView {
    pub key: String,
    /// `red` or `yellow`.
    #[schema(value_type = String)]
    pub severity: Severity,
    pub label: LabelView,
    pub explanation: LabelView,
    /// The rule, as CEL.
    pub rule: String,
}

/// A block of fields on a user's page.
#[derive(Debug, Serialize, ToSchema)]
pub struct DetailBlockView {
    pub key: String,
    pub label: LabelView,
    pub fields: Vec<String>,
}

pub fn fields(definition: &Definition) -> Vec<FieldView> {
    definition.fields.iter().map(|field| field_view(field, definition)).collect()
}

pub fn alert(alert: &Alert) -> AlertView {
    AlertView {
        key: alert.key.clone(),
        severity: alert.severity,
        label: (&alert.label).into(),
        explanation: (&alert.explanation).into(),
        rule: alert.rule.to_cel(),
    }
}

pub fn detail_block(block: &DetailBlock) -> DetailBlockView {
    DetailBlockView { key: block.key.clone(), label: (&block.label).into(), fields: block.fields.clone() }
}

fn field_view(field: &Field, definition: &Definition) -> FieldView {
    let is_money = field.field_type == kabinet_model::value::FieldType::Money;
    FieldView {
        key: field.key.clone(),
        field_type: field.field_type.as_str(),
        label: (&field.label).into(),
        short_label: (&field.short_label).into(),
        csv_label: (&field.csv_label).into(),
        description: (&field.description).into(),
        unit: field.unit.clone(),
        values: field.values.iter().map(value_view).collect(),
        source: field.source.in_words(),
        nullable: field.key != "id",
        sortable: true,
        filterable: true,
        core: field.core,
        currency: is_money.then(|| definition.currency.to_string()),
    }
}

fn value_view(value: &EnumValue) -> ValueView {
    ValueView { value: value.value.clone(), label: (&value.label).into(), tone: value.tone }
}
