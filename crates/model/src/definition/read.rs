//! From the text of a definition to a checked one.

use std::collections::BTreeSet;

use super::core_fields::{RESERVED_KEYS, core_fields};
use super::lines::{line_at, line_of};
use super::raw::{RawDefinition, RawField, SourceKind};
use super::read_source::{read_expression, read_source};
use super::source::dependencies;
use super::{Alert, Definition, DefinitionError, DetailBlock, EventDefinition, Field, Module, Source};
use crate::ids::WorkspaceSlug;
use crate::label::Label;
use crate::money::Currency;
use crate::period::Zone;
use crate::rule::{Rule, RuleError, Scope, Variable};
use crate::suggest::closest;
use crate::value::FieldType;

const MOST_FIELDS: usize = 200;

/// Collects errors while a definition is read.
pub(super) struct Reader<'d> {
    text: &'d str,
    pub events: Vec<EventDefinition>,
    pub currency: Currency,
    errors: Vec<DefinitionError>,
}

impl Reader<'_> {
    pub fn fail(&mut self, pointer: &str, detail: String) {
        self.fail_with(pointer, detail, None);
    }

    pub fn fail_with(&mut self, pointer: &str, detail: String, hint: Option<String>) {
        let line = line_of(self.text, pointer);
        self.errors.push(DefinitionError { line, pointer: pointer.to_owned(), detail, hint });
    }

    pub fn fail_rule(&mut self, pointer: &str, errors: Vec<RuleError>) {
        for error in errors {
            let detail = format!("{} (at character {})", error.detail, error.position.start + 1);
            let hint = error.suggestion.map(|suggestion| format!("did you mean {suggestion:?}?"));
            self.fail_with(pointer, detail, hint);
        }
    }
}

pub(super) fn read(text: &str) -> Result<Definition, Vec<DefinitionError>> {
    let raw: RawDefinition = toml::from_str(text).map_err(|error| {
        vec![DefinitionError {
            line: error.span().map(|span| line_at(text, span.start)),
            pointer: String::new(),
            detail: error.message().trim_end().to_owned(),
            hint: None,
        }]
    })?;
    let mut reader = Reader {
        text,
        events: Vec::new(),
        currency: Currency::from_code("XTR").map_err(|error| vec![unreadable(error.to_string())])?,
        errors: Vec::new(),
    };
    let slug = WorkspaceSlug::new(raw.slug.clone()).map_err(|error| reader.fail("/slug", error.to_string())).ok();
    let time_zone = Zone::named(&raw.time_zone).map_err(|error| reader.fail("/time_zone", error.to_string())).ok();
    match Currency::from_code(&raw.currency) {
        Ok(currency) => reader.currency = currency,
        Err(error) => reader.fail("/currency", error.to_string()),
    }
    check_label(&mut reader, "/name", &raw.name);
    reader.events = read_events(&mut reader, &raw);
    let (fields, scope) = read_fields(&mut reader, &raw.fields);
    let order = order_of(&mut reader, &fields);
    let alerts = read_alerts(&mut reader, &raw, &scope);
    check_keys_exist(&mut reader, "/columns", &raw.columns, &scope);
    check_blocks(&mut reader, &raw.detail_blocks, &scope);
    let mut modules: BTreeSet<Module> = raw.modules.into_iter().collect();
    modules.insert(Module::Users);
    match (slug, time_zone) {
        (Some(slug), Some(time_zone)) if reader.errors.is_empty() => Ok(Definition {
            slug,
            name: raw.name,
            time_zone,
            currency: reader.currency,
            modules: modules.into_iter().collect(),
            identity: raw.identity,
            trial: raw.trial,
            events: reader.events,
            fields,
            columns: raw.columns,
            alerts,
            detail_blocks: raw.detail_blocks,
            order,
            scope,
        }),
        _ => {
            reader.errors.sort_by_key(|error| error.line);
            Err(reader.errors)
        }
    }
}

fn unreadable(detail: String) -> DefinitionError {
    DefinitionError { line: None, pointer: String::new(), detail, hint: None }
}

fn read_events(reader: &mut Reader<'_>, raw: &RawDefinition) -> Vec<EventDefinition> {
    let mut seen = BTreeSet::new();
    let mut events = Vec::new();
    for (index, event) in raw.events.iter().enumerate() {
        let pointer = format!("/events/{index}");
        if event.name.is_empty() || event.name.chars().count() > 200 {
            reader.fail(&format!("{pointer}/name"), "it must have 1 to 200 characters".to_owned());
        }
        if !seen.insert(&event.name) {
            reader.fail(&format!("{pointer}/name"), format!("the event {:?} is described twice", event.name));
        }
        check_label(reader, &format!("{pointer}/label"), &event.label);
        for name in event.properties.keys() {
            if !is_key(name) {
                let detail = "only properties named in letters, digits and _ can be used in rules".to_owned();
                reader.fail(&format!("{pointer}/properties/{name}"), detail);
            }
        }
        events.push(EventDefinition {
            name: event.name.clone(),
            label: event.label.clone(),
            activity: event.activity,
            properties: event.properties.clone(),
        });
    }
    events
}

fn read_fields(reader: &mut Reader<'_>, raw: &[RawField]) -> (Vec<Field>, Scope) {
    let mut fields = core_fields();
    if raw.len() > MOST_FIELDS {
        reader.fail("/fields", format!("there are {} fields; at most {MOST_FIELDS} are allowed", raw.len()));
    }
    for (index, field) in raw.iter().enumerate() {
        check_field(reader, &format!("/fields/{index}"), field, &raw[..index]);
    }
    // Expressions may use any field, so the names of all come first.
    let mut variables: Vec<Variable> = fields.iter().map(Field::variable).collect();
    variables.extend(raw.iter().map(|field| Variable {
        key: field.key.clone(),
        variable_type: field.field_type,
        values: field.values.iter().map(|value| value.value.clone()).collect(),
        folds: field.field_type == FieldType::Text,
    }));
    let scope = Scope::new(variables, reader.currency);
    for (index, field) in raw.iter().enumerate() {
        let pointer = format!("/fields/{index}");
        let mut source = read_source(reader, &pointer, field);
        if field.source.from == SourceKind::Computed {
            source = read_expression(reader, &pointer, field, &scope).map(Source::Computed);
        }
        if let Some(source) = source {
            fields.push(built_field(field, source));
        }
    }
    (fields, scope)
}

fn built_field(raw: &RawField, source: Source) -> Field {
    Field {
        key: raw.key.clone(),
        field_type: raw.field_type,
        label: raw.label.clone(),
        short_label: raw.short_label.clone().unwrap_or_else(|| raw.label.clone()),
        csv_label: raw.csv_label.clone().unwrap_or_else(|| raw.label.clone()),
        description: raw.description.clone(),
        unit: raw.unit.clone(),
        values: raw.values.clone(),
        source,
        core: false,
    }
}

fn check_field(reader: &mut Reader<'_>, pointer: &str, field: &RawField, before: &[RawField]) {
    let key = &field.key;
    if !is_key(key) {
        let detail = format!("{key:?} must be a lower-case letter, then up to 49 letters, digits and _");
        reader.fail(&format!("{pointer}/key"), detail);
    }
    let taken = RESERVED_KEYS.contains(&key.as_str()) || core_fields().iter().any(|core| core.key == *key);
    if taken || key.ends_with("_fold") {
        reader.fail(&format!("{pointer}/key"), format!("{key:?} is taken by Kabinet; choose another"));
    }
    if before.iter().any(|other| other.key == *key) {
        reader.fail(&format!("{pointer}/key"), format!("there are two fields named {key:?}"));
    }
    check_label(reader, &format!("{pointer}/label"), &field.label);
    if (field.field_type == FieldType::Enum) == field.values.is_empty() {
        let detail = match field.field_type {
            FieldType::Enum => "an enum lists its values",
            _ => "only an enum has values",
        };
        reader.fail(&format!("{pointer}/values"), detail.to_owned());
    }
    let mut seen = BTreeSet::new();
    for (index, value) in field.values.iter().enumerate() {
        let pointer = format!("{pointer}/values/{index}");
        if value.value.is_empty() || !seen.insert(&value.value) {
            reader.fail(&format!("{pointer}/value"), "it is empty or listed twice".to_owned());
        }
        check_label(reader, &format!("{pointer}/label"), &value.label);
    }
}

/// Puts computed fields after what they use; refuses circles.
fn order_of(reader: &mut Reader<'_>, fields: &[Field]) -> Vec<usize> {
    let mut order = Vec::with_capacity(fields.len());
    let mut placed: BTreeSet<&str> = BTreeSet::new();
    let known: BTreeSet<&str> = fields.iter().map(|field| field.key.as_str()).collect();
    loop {
        let before = order.len();
        for (index, field) in fields.iter().enumerate() {
            // A name that is not known was reported where it is used.
            let ready = dependencies(field).iter().all(|key| placed.contains(key) || !known.contains(key));
            if ready && placed.insert(&field.key) {
                order.push(index);
            }
        }
        if order.len() == before {
            break;
        }
    }
    let stuck: Vec<&str> = fields.iter().map(|field| field.key.as_str()).filter(|key| !placed.contains(key)).collect();
    if !stuck.is_empty() {
        reader.fail("/fields", format!("these fields are calculated from each other: {}", stuck.join(", ")));
    }
    order
}

fn read_alerts(reader: &mut Reader<'_>, raw: &RawDefinition, scope: &Scope) -> Vec<Alert> {
    let mut alerts = Vec::new();
    let mut seen = BTreeSet::new();
    for (index, alert) in raw.alerts.iter().enumerate() {
        let pointer = format!("/alerts/{index}");
        if !is_key(&alert.key) || !seen.insert(&alert.key) {
            let detail = format!("{:?} is no key, or is used twice", alert.key);
            reader.fail(&format!("{pointer}/key"), detail);
        }
        check_label(reader, &format!("{pointer}/label"), &alert.label);
        check_label(reader, &format!("{pointer}/explanation"), &alert.explanation);
        match Rule::parse(&alert.rule, scope) {
            Ok(rule) => alerts.push(Alert {
                key: alert.key.clone(),
                severity: alert.severity,
                label: alert.label.clone(),
                explanation: alert.explanation.clone(),
                rule,
                channels: alert.channels.clone(),
            }),
            Err(errors) => reader.fail_rule(&format!("{pointer}/rule"), errors),
        }
    }
    alerts
}

fn check_blocks(reader: &mut Reader<'_>, blocks: &[DetailBlock], scope: &Scope) {
    for (index, block) in blocks.iter().enumerate() {
        let pointer = format!("/detail_blocks/{index}");
        if !is_key(&block.key) {
            reader.fail(&format!("{pointer}/key"), format!("{:?} is no key", block.key));
        }
        check_label(reader, &format!("{pointer}/label"), &block.label);
        check_keys_exist(reader, &format!("{pointer}/fields"), &block.fields, scope);
    }
}

fn check_keys_exist(reader: &mut Reader<'_>, pointer: &str, keys: &[String], scope: &Scope) {
    for (index, key) in keys.iter().enumerate() {
        if scope.variable(key).is_none() {
            let names = scope.variables().iter().map(|variable| variable.key.as_str());
            let hint = closest(key, names).map(|near| format!("did you mean {near:?}?"));
            reader.fail_with(&format!("{pointer}/{index}"), format!("there is no field named {key:?}"), hint);
        }
    }
}

fn check_label(reader: &mut Reader<'_>, pointer: &str, label: &Label) {
    for (language, text) in [("en", &label.en), ("ru", &label.ru), ("uz", &label.uz)] {
        if text.trim().is_empty() {
            reader.fail(&format!("{pointer}/{language}"), "it is empty".to_owned());
        }
    }
}

fn is_key(text: &str) -> bool {
    text.len() <= 50
        && text.starts_with(|first: char| first.is_ascii_lowercase())
        && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
}
