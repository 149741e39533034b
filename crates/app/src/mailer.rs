//! Mail that Kabinet itself sends to staff: invitations and password resets. The way out is put in by whoever runs the instance.

use async_trait::async_trait;

/// A mail to one person, as plain text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mail {
    pub to: String,
    pub subject: String,
    pub text: String,
}

/// The mail was not taken; says why and what to do.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct MailError(pub String);

/// A way to send mail to staff.
#[async_trait]
pub trait Mailer: Send + Sync {
    /// Hands the mail over; returns when the mail server has taken it.
    async fn send(&self, mail: Mail) -> Result<(), MailError>;
}
