use kabinet_delivery::smtp::Security as SmtpSecurity;
use kabinet_model::label::Language;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// How the connection to the SMTP server is encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Security {
    /// Not at all: for a server on the same machine.
    None,
    StartTls,
    Tls,
}

impl From<Security> for SmtpSecurity {
    fn from(security: Security) -> SmtpSecurity {
        match security {
            Security::None => SmtpSecurity::None,
            Security::StartTls => SmtpSecurity::StartTls,
            Security::Tls => SmtpSecurity::Tls,
        }
    }
}

/// What is stored of an SMTP server beside the password.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Smtp {
    pub host: String,
    pub port: u16,
    pub security: Security,
    pub username: Option<String>,
    pub from: String,
    pub reply_to: Option<String>,
    pub language: Language,
}

/// What is stored of a bot beside the token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Telegram {
    pub chat_id: String,
    /// Another Bot API server than the instance's.
    pub base_url: Option<String>,
    pub language: Language,
}

/// An SMTP server as it is to be stored.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewSmtp {
    pub host: String,
    pub port: u16,
    pub security: Security,
    #[serde(default)]
    pub username: Option<String>,
    /// Write-only. Unset keeps the stored one, as long as it goes to the same server and user.
    #[serde(default)]
    pub password: Option<String>,
    /// The sender: `panel@example.com` or `Panel <panel@example.com>`.
    pub from: String,
    #[serde(default)]
    pub reply_to: Option<String>,
    /// What messages are written in: `en`, `ru` or `uz`; English when unset.
    #[serde(default = "english")]
    #[schema(value_type = Option<String>)]
    pub language: Language,
}

/// A bot as it is to be stored.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewTelegram {
    /// Write-only. Unset keeps the stored one, as long as it goes to the same Bot API server.
    #[serde(default)]
    pub token: Option<String>,
    /// The staff chat: its number, or `@name` of a public one.
    pub chat_id: String,
    #[serde(default)]
    pub base_url: Option<String>,
    /// What messages are written in: `en`, `ru` or `uz`; English when unset.
    #[serde(default = "english")]
    #[schema(value_type = Option<String>)]
    pub language: Language,
}

fn english() -> Language {
    Language::En
}

impl NewSmtp {
    pub fn settings(&self) -> Smtp {
        Smtp {
            host: self.host.trim().to_owned(),
            port: self.port,
            security: self.security,
            username: self.username.clone().filter(|user| !user.is_empty()),
            from: self.from.trim().to_owned(),
            reply_to: self.reply_to.clone().filter(|address| !address.is_empty()),
            language: self.language,
        }
    }
}

impl Smtp {
    /// Whether a password given for the other settings may be sent with these: otherwise whoever can change the host could have the stored password sent to a server of theirs.
    pub fn keeps_secret_of(&self, other: &Smtp) -> bool {
        (&self.host, self.port, &self.username) == (&other.host, other.port, &other.username)
            && (self.security == other.security || self.security != Security::None)
    }
}

impl NewTelegram {
    pub fn settings(&self) -> Telegram {
        Telegram {
            chat_id: self.chat_id.trim().to_owned(),
            base_url: self.base_url.clone().filter(|url| !url.is_empty()),
            language: self.language,
        }
    }
}

/// A chat's number, or the `@name` of a public one.
pub fn is_chat(text: &str) -> bool {
    match text.strip_prefix('@') {
        Some(name) => {
            name.len() >= 4 && name.chars().all(|character| character.is_ascii_alphanumeric() || character == '_')
        }
        None => text.parse::<i64>().is_ok_and(|number| number != 0),
    }
}
