//! Words (subjects, event names) as small numbers, for as long as the process runs.

use std::collections::HashMap;
use std::sync::Arc;

/// Words by number and numbers by word. Numbers start at 0 and are never reused.
#[derive(Default)]
pub(crate) struct Dictionary {
    codes: HashMap<Arc<str>, u32>,
    words: Vec<Arc<str>>,
}

impl Dictionary {
    /// The number of a word, given out now when it is new.
    pub fn intern(&mut self, word: &Arc<str>) -> u32 {
        if let Some(code) = self.codes.get(word) {
            return *code;
        }
        let code = self.words.len() as u32;
        self.words.push(word.clone());
        self.codes.insert(word.clone(), code);
        code
    }

    /// The number of a word seen before.
    pub fn code(&self, word: &str) -> Option<u32> {
        self.codes.get(word).copied()
    }

    /// The word with this number.
    pub fn word(&self, code: u32) -> &Arc<str> {
        &self.words[code as usize]
    }

    /// All words, in the order of their numbers.
    pub fn words(&self) -> &[Arc<str>] {
        &self.words
    }
}
