//! What an alert says when it goes out. The words are the definition's own labels, so that there is nothing to translate.

use kabinet_delivery::telegram::escape;
use kabinet_model::definition::{Alert, Severity};
use kabinet_model::label::Language;

use super::outbox::User;

/// Users named in one message; the rest is a number and the list in the panel.
const NAMED: usize = 20;
/// Characters of a name or id that are shown; twenty users then fit into Telegram's 4096.
const LONGEST_NAME: usize = 60;

/// Everything a message is made of.
pub struct Telling<'a> {
    /// The workspace's slug.
    pub workspace: &'a str,
    /// The workspace's address in the panel, without a slash at the end.
    pub panel: String,
    pub alert: &'a Alert,
    pub users: &'a [User],
    pub language: Language,
}

impl Telling<'_> {
    /// `🔴 API key does not work · replies (3)`
    pub fn subject(&self) -> String {
        let sign = match self.alert.severity {
            Severity::Red => "🔴",
            Severity::Yellow => "🟡",
        };
        let label = self.alert.label.in_language(self.language);
        format!("{sign} {label} · {} ({})", self.workspace, self.users.len())
    }

    fn explanation(&self) -> &str {
        self.alert.explanation.in_language(self.language)
    }

    /// The users of the alert, in the panel.
    fn list_address(&self) -> String {
        format!("{}/users?alert={}", self.panel, address_part(&self.alert.key))
    }

    fn lines(&self) -> impl Iterator<Item = Line> {
        self.users.iter().take(NAMED).map(|user| Line {
            name: user.name.as_deref().map(short).filter(|name| !name.is_empty()).unwrap_or_else(|| short(&user.id)),
            id: short(&user.id),
            address: format!("{}/users/{}", self.panel, address_part(&user.id)),
        })
    }

    fn rest(&self) -> Option<String> {
        let rest = self.users.len().saturating_sub(NAMED);
        (rest > 0).then(|| format!("… +{rest}"))
    }

    /// For Telegram, in its HTML; well below its 4096 characters.
    pub fn telegram(&self) -> String {
        let mut text = format!("<b>{}</b>\n{}\n", escape(&self.subject()), escape(self.explanation()));
        for line in self.lines() {
            text.push_str(&format!(
                "\n• <a href=\"{}\">{}</a> ({})",
                line.address,
                escape(&line.name),
                escape(&line.id)
            ));
        }
        if let Some(rest) = self.rest() {
            text.push_str(&format!("\n{rest}"));
        }
        text.push_str(&format!("\n\n<a href=\"{0}\">{0}</a>", escape(&self.list_address())));
        text
    }

    /// For e-mail, for readers without HTML.
    pub fn plain(&self) -> String {
        let mut text = format!("{}\n\n", self.explanation());
        for line in self.lines() {
            text.push_str(&format!("- {} ({}): {}\n", line.name, line.id, line.address));
        }
        if let Some(rest) = self.rest() {
            text.push_str(&format!("{rest}\n"));
        }
        text.push_str(&format!("\n{}\n", self.list_address()));
        text
    }

    /// The same as HTML.
    pub fn html(&self) -> String {
        let mut list = String::new();
        for line in self.lines() {
            list.push_str(&format!(
                "<li><a href=\"{}\">{}</a> ({})</li>",
                line.address,
                escape(&line.name),
                escape(&line.id)
            ));
        }
        if let Some(rest) = self.rest() {
            list.push_str(&format!("<li>{rest}</li>"));
        }
        let address = self.list_address();
        format!("<p>{}</p><ul>{list}</ul><p><a href=\"{address}\">{address}</a></p>", escape(self.explanation()))
    }
}

struct Line {
    name: String,
    id: String,
    address: String,
}

/// A name or id on one line.
fn short(text: &str) -> String {
    let plain = text.chars().map(|character| if character.is_control() { ' ' } else { character });
    plain.take(LONGEST_NAME).collect::<String>().trim().to_owned()
}

/// Text as one part of an address: everything but the plainest characters is percent-encoded, so it cannot leave an HTML attribute either.
fn address_part(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => char::from(byte).to_string(),
            _ => format!("%{byte:02X}"),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use kabinet_model::definition::Definition;

    use super::*;

    fn replies() -> Definition {
        Definition::parse(include_str!("../../../../../products/replies.toml")).unwrap()
    }

    fn user(id: &str, name: &str) -> User {
        User { id: id.into(), name: Some(name.into()) }
    }

    #[test]
    fn names_and_ids_are_inert() {
        let definition = replies();
        let users = [user("7\"/?#", "<b>Анна\n& Co</b>"), User { id: "8".into(), name: None }];
        let telling = Telling {
            workspace: "replies",
            panel: "https://kabinet.test/replies".into(),
            alert: &definition.alerts[0],
            users: &users,
            language: Language::Ru,
        };
        let line = "<a href=\"https://kabinet.test/replies/users/7%22%2F%3F%23\">&lt;b&gt;Анна &amp; Co&lt;/b&gt;</a>";
        assert!(telling.telegram().contains(line), "{}", telling.telegram());
        assert!(telling.html().contains(line), "{}", telling.html());
        assert!(telling.plain().contains("- 8 (8): https://kabinet.test/replies/users/8\n"), "{}", telling.plain());
        assert!(telling.subject().starts_with("🔴 ") && telling.subject().ends_with(" · replies (2)"));
    }

    #[test]
    fn a_crowd_fits_into_one_message() {
        let definition = replies();
        let users: Vec<User> = (0..200).map(|number| user(&format!("{number:0200}"), &"Ю".repeat(100))).collect();
        for alert in &definition.alerts {
            let telling = Telling {
                workspace: "replies",
                panel: "https://k.test/replies".into(),
                alert,
                users: &users,
                language: Language::Uz,
            };
            let text = telling.telegram();
            assert!(text.contains("… +180"));
            let shown = text.split('<').map(|part| part.split_once('>').map_or(part, |(_, shown)| shown));
            assert!(shown.map(|part| part.chars().count()).sum::<usize>() < 4_096, "{text}");
            assert!(telling.plain().lines().count() < 30);
        }
    }
}
