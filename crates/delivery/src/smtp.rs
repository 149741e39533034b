//! E-mail over SMTP.

#[cfg(test)]
mod tests;

use std::fmt::Display;
use std::time::Duration;

use lettre::Address;
use lettre::Message;
use lettre::address::Envelope;
use lettre::message::header::{ContentType, Header, HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart, SinglePart};
use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::{Credentials, DEFAULT_MECHANISMS};
use lettre::transport::smtp::client::{AsyncSmtpConnection, Certificate, TlsParameters};
use lettre::transport::smtp::commands::{Data, Mail as MailCommand, Rcpt};
use lettre::transport::smtp::extension::{ClientId, Extension, MailBodyParameter, MailParameter};
use tokio::sync::Mutex;

use crate::outcome::told;
use crate::{Outcome, Refusal, Secret};

/// Connecting, greeting and logging in.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(20);
/// From the sender's address to the answer to the message. RFC 5321 allows servers ten
/// minutes for that answer; nobody useful takes more than one.
const SEND_TIMEOUT: Duration = Duration::from_secs(60);

/// Where and as whom to hand in mail.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Name or address of the server.
    pub host: String,
    /// 25, 465 or 587, as a rule.
    pub port: u16,
    /// How the connection is encrypted.
    pub security: Security,
    /// User and password, when the server asks for them.
    pub login: Option<(String, Secret)>,
    /// The sender: `panel@example.com` or `Panel <panel@example.com>`.
    pub from: String,
    /// Where answers go, when not to the sender.
    pub reply_to: Option<String>,
    /// Certificate (PEM) of an own authority that the server's certificate may come from.
    pub authority: Option<String>,
}

/// How the connection is encrypted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Security {
    /// Not at all: for a server on the same machine.
    None,
    /// Encrypted after `STARTTLS`; refused when the server does not offer it.
    StartTls,
    /// TLS from the first byte.
    Tls,
}

/// One message to one recipient.
#[derive(Clone, Debug)]
pub struct Mail {
    /// Unique to this message; becomes the left half of its Message-ID, so that a second
    /// delivery of the same message can be recognised.
    pub id: String,
    /// The recipient: `anna@example.com` or `Anna <anna@example.com>`.
    pub to: String,
    /// The subject, one line.
    pub subject: String,
    /// The text for readers without HTML.
    pub plain: String,
    /// The same as HTML.
    pub html: Option<String>,
}

/// Settings that cannot work, found before anything is sent.
#[derive(Debug, thiserror::Error)]
pub enum InvalidSettings {
    /// An address cannot be parsed.
    #[error("{field} is no e-mail address: {value:?}")]
    Address {
        /// `from` or `reply_to`.
        field: &'static str,
        /// What was given.
        value: String,
    },
    /// The authority's certificate cannot be read, or the host is no name for TLS.
    #[error("TLS cannot be set up: {0}")]
    Tls(String),
}

/// Hands mail to one server. It keeps one connection open between messages.
pub struct Mailer {
    settings: Settings,
    from: Mailbox,
    reply_to: Option<Mailbox>,
    tls: Option<TlsParameters>,
    parked: Mutex<Option<AsyncSmtpConnection>>,
}

impl Mailer {
    /// Checks the settings; does not connect yet.
    ///
    /// # Errors
    /// An address that is none, or TLS settings that cannot be used.
    pub fn new(settings: Settings) -> Result<Self, InvalidSettings> {
        crate::telegram::use_ring();
        let mailbox = |field, value: &str| {
            let invalid = |_| InvalidSettings::Address { field, value: value.to_owned() };
            value.parse::<Mailbox>().map_err(invalid)
        };
        let from = mailbox("from", &settings.from)?;
        let reply_to = settings.reply_to.as_deref().map(|value| mailbox("reply_to", value)).transpose()?;
        let tls = (settings.security != Security::None).then(|| tls(&settings)).transpose()?;
        Ok(Self { settings, from, reply_to, tls, parked: Mutex::new(None) })
    }

    /// Connects and logs in, and sends nothing: for a test button.
    pub async fn check(&self) -> Outcome {
        match self.connection().await {
            Ok(connection) => {
                *self.parked.lock().await = Some(connection);
                Outcome::Delivered { reference: format!("connected to {}", self.settings.host) }
            }
            Err(outcome) => outcome,
        }
    }

    /// Hands in one message. At most 80 seconds pass.
    pub async fn send(&self, mail: &Mail) -> Outcome {
        let (envelope, message_id, bytes) = match self.compose(mail) {
            Ok(composed) => composed,
            Err(outcome) => return outcome,
        };
        let mut connection = match self.connection().await {
            Ok(connection) => connection,
            Err(outcome) => return outcome,
        };
        let mut stage = Stage::Sender;
        let dialog = tokio::time::timeout(SEND_TIMEOUT, hand_in(&mut connection, &envelope, &bytes, &mut stage));
        match dialog.await {
            Ok(Ok(())) => {
                *self.parked.lock().await = Some(connection);
                Outcome::Delivered { reference: message_id }
            }
            Ok(Err(problem)) => stage.outcome(&problem),
            Err(_) => stage.broken(format!("{} did not answer for {SEND_TIMEOUT:?}", self.settings.host)),
        }
    }

    fn compose(&self, mail: &Mail) -> Result<(Envelope, String, Vec<u8>), Outcome> {
        let refused = |refusal, detail: String| Outcome::Refused { refusal, detail };
        let to: Mailbox = mail
            .to
            .parse()
            .map_err(|_| refused(Refusal::NoSuchRecipient, format!("{:?} is no e-mail address", mail.to)))?;
        let message_id = format!("<{}@{}>", mail.id, self.from.email.domain());
        let subject: String = told(&mail.subject);
        let mut builder = Message::builder()
            .from(self.from.clone())
            .to(to.clone())
            .subject(subject)
            .date_now()
            .message_id(Some(message_id.clone()))
            .header(AutoSubmitted);
        if let Some(reply_to) = &self.reply_to {
            builder = builder.reply_to(reply_to.clone());
        }
        let plain = SinglePart::builder().header(ContentType::TEXT_PLAIN).body(mail.plain.clone());
        let message = match &mail.html {
            Some(html) => builder.multipart(
                MultiPart::alternative()
                    .singlepart(plain)
                    .singlepart(SinglePart::builder().header(ContentType::TEXT_HTML).body(html.clone())),
            ),
            None => builder.singlepart(plain),
        };
        let content = |problem: &dyn Display| refused(Refusal::Content, told(&problem.to_string()));
        let message = message.map_err(|problem| content(&problem))?;
        let envelope =
            Envelope::new(Some(self.from.email.clone()), vec![to.email]).map_err(|problem| content(&problem))?;
        Ok((envelope, message_id, message.formatted()))
    }

    /// The connection kept from the last message if it still answers, else a new one.
    async fn connection(&self) -> Result<AsyncSmtpConnection, Outcome> {
        let attempt = async {
            let parked = self.parked.lock().await.take();
            if let Some(mut connection) = parked
                && connection.test_connected().await
            {
                return Ok(connection);
            }
            self.connect().await
        };
        let late = |_| Outcome::Later {
            detail: format!("{} did not answer for {CONNECT_TIMEOUT:?}", self.settings.host),
            after: None,
        };
        tokio::time::timeout(CONNECT_TIMEOUT, attempt).await.map_err(late)?
    }

    async fn connect(&self) -> Result<AsyncSmtpConnection, Outcome> {
        let hello = ClientId::default();
        let Settings { host, port, security, .. } = &self.settings;
        let tls_at_once = self.tls.clone().filter(|_| *security == Security::Tls);
        let connected = AsyncSmtpConnection::connect_tokio1(
            (host.as_str(), *port),
            Some(CONNECT_TIMEOUT),
            &hello,
            tls_at_once,
            None,
        );
        let mut connection = connected.await.map_err(|problem| Stage::Connect.outcome(&problem))?;
        if *security == Security::StartTls
            && let Some(tls) = self.tls.clone()
        {
            if !connection.can_starttls() {
                let detail = format!("{host} does not offer STARTTLS; nothing is sent unencrypted");
                return Err(Outcome::Misconfigured { detail });
            }
            connection.starttls(tls, &hello).await.map_err(|problem| Stage::Connect.outcome(&problem))?;
        }
        if let Some((user, password)) = &self.settings.login {
            let credentials = Credentials::new(user.clone(), password.reveal().to_owned());
            connection
                .auth(DEFAULT_MECHANISMS, &credentials)
                .await
                .map_err(|problem| Stage::Login.outcome(&problem))?;
        }
        Ok(connection)
    }
}

impl std::fmt::Debug for Mailer {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Mailer").field("settings", &self.settings).finish_non_exhaustive()
    }
}

fn tls(settings: &Settings) -> Result<TlsParameters, InvalidSettings> {
    let invalid = |problem: Error| InvalidSettings::Tls(told(&problem.to_string()));
    let mut builder = TlsParameters::builder(settings.host.clone());
    if let Some(authority) = &settings.authority {
        builder = builder.add_root_certificate(Certificate::from_pem(authority.as_bytes()).map_err(invalid)?);
    }
    builder.build().map_err(invalid)
}

/// How far the dialog with the server is: the meaning of a failure depends on it.
#[derive(Clone, Copy)]
enum Stage {
    Connect,
    Login,
    Sender,
    Recipient,
    Announcement,
    /// The message is under way: without an answer nobody knows whether it was taken.
    Content,
}

async fn hand_in(
    connection: &mut AsyncSmtpConnection,
    envelope: &Envelope,
    bytes: &[u8],
    stage: &mut Stage,
) -> Result<(), Error> {
    let mut options = Vec::new();
    let server = connection.server_info();
    // Without the extension the command goes out plain, and the server says what it minds.
    if !has_ascii_addresses(envelope) && server.supports_feature(Extension::SmtpUtfEight) {
        options.push(MailParameter::SmtpUtfEight);
    }
    if !bytes.is_ascii() && server.supports_feature(Extension::EightBitMime) {
        options.push(MailParameter::Body(MailBodyParameter::EightBitMime));
    }
    connection.command(MailCommand::new(envelope.from().cloned(), options)).await?;
    *stage = Stage::Recipient;
    let recipients: &[Address] = envelope.to();
    for recipient in recipients {
        connection.command(Rcpt::new(recipient.clone(), Vec::new())).await?;
    }
    *stage = Stage::Announcement;
    connection.command(Data).await?;
    *stage = Stage::Content;
    connection.message(bytes).await?;
    Ok(())
}

fn has_ascii_addresses(envelope: &Envelope) -> bool {
    let is_ascii = |address: &Address| -> bool { AsRef::<str>::as_ref(address).is_ascii() };
    envelope.from().is_none_or(is_ascii) && envelope.to().iter().all(is_ascii)
}

impl Stage {
    fn outcome(self, problem: &Error) -> Outcome {
        let detail = told(&problem.to_string());
        if problem.is_transient() {
            return Outcome::Later { detail, after: None };
        }
        if !problem.is_permanent() {
            let settings_are_wrong = problem.is_tls() || (matches!(self, Self::Login) && problem.is_client());
            return if settings_are_wrong { Outcome::Misconfigured { detail } } else { self.broken(detail) };
        }
        match self {
            Self::Connect | Self::Login | Self::Sender => Outcome::Misconfigured { detail },
            Self::Recipient => Outcome::Refused { refusal: Refusal::NoSuchRecipient, detail },
            Self::Announcement | Self::Content => Outcome::Refused { refusal: Refusal::Content, detail },
        }
    }

    /// The connection broke or went silent.
    fn broken(self, detail: String) -> Outcome {
        match self {
            Self::Content => Outcome::Uncertain { detail },
            _ => Outcome::Later { detail, after: None },
        }
    }
}

/// RFC 3834: tells vacation responders not to answer.
#[derive(Clone)]
struct AutoSubmitted;

impl Header for AutoSubmitted {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("Auto-Submitted")
    }

    fn parse(_: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self)
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), "auto-generated".to_owned())
    }
}
