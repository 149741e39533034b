//! From a pointer into the file to the line it stands on.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// The line, from 1, of the value the pointer names; the nearest one around it when there is no such value.
pub(super) fn line_of(text: &str, pointer: &str) -> Option<usize> {
    let table = DeTable::parse(text).ok()?;
    let mut offset = table.span().start;
    let mut value: Option<&Spanned<DeValue<'_>>> = None;
    for token in pointer.split('/').skip(1) {
        let name = token.replace("~1", "/").replace("~0", "~");
        let next = match value.map(Spanned::get_ref) {
            None => table.get_ref().get(name.as_str()),
            Some(DeValue::Table(inner)) => inner.get(name.as_str()),
            Some(DeValue::Array(items)) => name.parse().ok().and_then(|index: usize| items.get(index)),
            Some(_) => None,
        };
        match next {
            Some(found) => {
                offset = found.span().start;
                value = Some(found);
            }
            None => break,
        }
    }
    Some(line_at(text, offset))
}

/// The line, from 1, of a byte offset.
pub(super) fn line_at(text: &str, offset: usize) -> usize {
    text.bytes().take(offset).filter(|byte| *byte == b'\n').count() + 1
}
