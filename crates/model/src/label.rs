//! Words shown to people, in the three languages of the panel.

use serde::{Deserialize, Serialize};

/// A language of the panel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    /// English.
    En,
    /// Russian.
    Ru,
    /// Uzbek, in Latin letters.
    Uz,
}

/// One text in English, Russian and Uzbek.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Label {
    /// English.
    pub en: String,
    /// Russian.
    pub ru: String,
    /// Uzbek, in Latin letters.
    pub uz: String,
}

impl Label {
    /// A label from its three texts.
    pub fn new(en: &str, ru: &str, uz: &str) -> Label {
        Label { en: en.to_owned(), ru: ru.to_owned(), uz: uz.to_owned() }
    }

    /// The text in one language.
    pub fn in_language(&self, language: Language) -> &str {
        match language {
            Language::En => &self.en,
            Language::Ru => &self.ru,
            Language::Uz => &self.uz,
        }
    }
}
