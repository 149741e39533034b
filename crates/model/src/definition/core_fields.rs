//! The fields every workspace has: the columns of the user record.

use super::{Field, Source};
use crate::label::Label;
use crate::value::FieldType;

/// Names of columns on the profile table, or words of the rule language, that no field of a definition may take.
pub(super) const RESERVED_KEYS: [&str; 19] = [
    "traits",
    "name_fold",
    "email_fold",
    "created_at",
    "stored_at",
    "changes",
    "merged_into",
    "updated_at",
    "recompute_at",
    "version",
    "alerts",
    "account",
    "now",
    "true",
    "false",
    "null",
    "in",
    "has",
    "fields",
];

pub(super) fn core_fields() -> Vec<Field> {
    use FieldType::{Text, Timestamp};
    [
        ("id", Text, ["ID", "ID", "ID"]),
        ("account_id", Text, ["Account ID", "ID компании", "Kompaniya ID"]),
        ("name", Text, ["Name", "Имя", "Ism"]),
        ("email", Text, ["E-mail", "E-mail", "E-mail"]),
        ("phone", Text, ["Phone", "Телефон", "Telefon"]),
        ("telegram_id", Text, ["Telegram ID", "Telegram ID", "Telegram ID"]),
        ("telegram_username", Text, ["Telegram", "Telegram", "Telegram"]),
        ("locale", Text, ["Language", "Язык", "Til"]),
        ("registered_at", Timestamp, ["Registered", "Дата регистрации", "Roʻyxatdan oʻtgan"]),
        ("trial_ends_at", Timestamp, ["Trial ends", "Конец пробного периода", "Sinov tugashi"]),
        ("last_seen_at", Timestamp, ["Last seen", "Был в продукте", "Oxirgi kirish"]),
    ]
    .into_iter()
    .map(|(key, field_type, [en, ru, uz])| {
        let label = Label::new(en, ru, uz);
        Field {
            key: key.to_owned(),
            field_type,
            short_label: label.clone(),
            csv_label: label.clone(),
            description: Label::new("As the product sent it.", "Как передал продукт.", "Mahsulot yuborgan holida."),
            label,
            unit: None,
            values: Vec::new(),
            source: Source::Column(key),
            core: true,
        }
    })
    .collect()
}
