//! Mail that Kabinet itself sends to staff: invitations and password resets. It leaves through the mail server of a workspace the person may enter, unless the instance was given
//! a way out of its own.

use async_trait::async_trait;
use kabinet_delivery::Outcome;
use uuid::Uuid;

use crate::App;
use crate::features::channels;
use crate::features::staff::Access;

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

/// Sends a mail to a person of this access; false, with a line in the log, when it did not leave.
pub(crate) async fn send_to_staff(app: &App, access: &Access, mail: Mail) -> bool {
    let outcome = match app.desk.mailer() {
        Some(mailer) => mailer.send(mail).await,
        None => send_through_workspace(app, access, mail).await,
    };
    if let Err(error) = &outcome {
        tracing::warn!(%error, "a mail to staff was not sent");
    }
    outcome.is_ok()
}

async fn send_through_workspace(app: &App, access: &Access, mail: Mail) -> Result<(), MailError> {
    for workspace in app.workspaces() {
        if !access.may_enter(workspace.slug.as_str()) {
            continue;
        }
        let Ok(mailer) = channels::mailer(app, &workspace).await else { continue };
        let mail = kabinet_delivery::smtp::Mail {
            id: Uuid::now_v7().to_string(),
            to: mail.to,
            subject: mail.subject,
            plain: mail.text,
            html: None,
        };
        return match mailer.send(&mail).await {
            Outcome::Delivered { .. } => Ok(()),
            failed => Err(MailError(failed.detail().to_owned())),
        };
    }
    Err(MailError("no workspace the person may enter has a mail server; set one up under Settings → Channels".into()))
}
