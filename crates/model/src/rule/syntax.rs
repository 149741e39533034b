//! From text to CEL's own tree, within bounds, and what is wrong with text that has none.

use cel::Env;
use cel::common::ast::{IdedExpr, SourceInfo};

use super::{LONGEST_RULE, Position, RuleError};

const DEEPEST: u16 = 24;
/// The most parts a rule may have.
pub(super) const MOST_PARTS: usize = 300;
/// After these many, further ones only repeat them.
const MOST_SYNTAX_ERRORS: usize = 5;

/// Parses a text that is neither too long nor too deep.
pub(super) fn read(text: &str) -> Result<(IdedExpr, SourceInfo), Vec<RuleError>> {
    let length = text.chars().count();
    if length > LONGEST_RULE {
        return refuse(text, format!("the rule has {length} characters; at most {LONGEST_RULE} are allowed"));
    }
    if text.trim().is_empty() {
        return refuse(text, "the rule is empty".to_owned());
    }
    // The parser recurses over chains of operators and members without counting them.
    if count_operators(text) > MOST_PARTS {
        return refuse(text, format!("the rule is too large; at most {MOST_PARTS} parts are allowed"));
    }
    // An environment without macros: `has(name)` and the rest arrive as written.
    let parser = Env::default().parser().max_recursion_depth(DEEPEST);
    parser.parse_with_source_info(text).map_err(|failure| {
        failure.errors.iter().take(MOST_SYNTAX_ERRORS).map(|error| syntax_error(text, error)).collect()
    })
}

/// One error about the text as a whole.
pub(super) fn refuse<T>(text: &str, detail: String) -> Result<T, Vec<RuleError>> {
    let position = Position { start: 0, end: text.chars().count() };
    Err(vec![RuleError { position, detail, suggestion: None }])
}

/// Signs outside text literals that can make the tree deeper.
fn count_operators(text: &str) -> usize {
    let mut quote = None;
    let mut escaped = false;
    let mut count = 0;
    for letter in text.chars() {
        match quote {
            Some(_) if escaped => escaped = false,
            Some(_) if letter == '\\' => escaped = true,
            Some(mark) => quote = (letter != mark).then_some(mark),
            None if matches!(letter, '"' | '\'') => quote = Some(letter),
            None => count += usize::from("+-*/%.!?&|<>=([{".contains(letter)),
        }
    }
    count
}

fn syntax_error(text: &str, error: &cel::ParseError) -> RuleError {
    let (line, column) = error.pos;
    let before: usize =
        text.lines().take(usize::try_from(line - 1).unwrap_or(0)).map(|line| line.chars().count() + 1).sum();
    let length = text.chars().count();
    let start = (before + usize::try_from(column).unwrap_or(0)).min(length);
    let position = Position { start, end: (start + 1).min(length).max(start) };
    RuleError { position, detail: syntax_in_words(&error.msg), suggestion: None }
}

/// The parser speaks of tokens and contexts; people want to know what stands where it should not.
fn syntax_in_words(message: &str) -> String {
    let message = message.trim_start_matches("Syntax error: ");
    if message.contains("Recursion limit") || message == "UNKNOWN" {
        return format!("the rule cannot be read: it is nested deeper than {DEEPEST} levels");
    }
    let unexpected = message
        .strip_prefix("mismatched input ")
        .or_else(|| message.strip_prefix("extraneous input "))
        .or_else(|| message.strip_prefix("token recognition error at: "))
        .map(|rest| rest.split(" expecting").next().unwrap_or(rest));
    match unexpected {
        Some(unexpected) if !unexpected.contains("<EOF>") => {
            format!("the rule cannot be read: {unexpected} cannot stand here")
        }
        None if !message.contains("<EOF>") && !message.starts_with("Incomplete") => {
            format!("the rule cannot be read: {}", message.chars().take(120).collect::<String>())
        }
        _ => "the rule cannot be read: it ends too soon, or a bracket is not closed".to_owned(),
    }
}
