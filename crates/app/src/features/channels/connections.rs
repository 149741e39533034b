//! Open ways out. One sender of each kind lives as long as its settings, so that its connection and its pace are kept between messages.

use std::sync::{Arc, Mutex};

use kabinet_delivery::smtp::{Mailer, Settings};
use kabinet_delivery::telegram::Bot;
use kabinet_delivery::{Outcome, Secret};

use super::model::{Smtp, Telegram};
use super::store::{self, SMTP, Stored, TELEGRAM};
use crate::App;
use crate::workspace::Workspace;

/// The senders of a workspace.
#[derive(Default)]
pub struct Connections {
    mailer: Mutex<Option<(Version, Arc<Mailer>)>>,
    bot: Mutex<Option<(Version, Arc<Bot>)>>,
}

/// What a sender was made from: the settings and the sealed secret. The seal is new each time the secret is.
type Version = (String, Option<String>);

/// Why there is no sender, as what becomes of every message.
type Unable = Outcome;

/// The workspace's mailer.
pub(crate) async fn mailer(app: &App, workspace: &Workspace) -> Result<Arc<Mailer>, Unable> {
    let stored: Stored<Smtp> = stored(workspace, SMTP).await?;
    let version = (format!("{:?}", stored.settings), stored.sealed_secret.clone());
    reuse(&workspace.channels.mailer, version, || {
        let password = secret(app, workspace, SMTP, &stored)?;
        Mailer::new(smtp_settings(&stored.settings, password)).map_err(|problem| misconfigured(&problem))
    })
}

/// The workspace's bot.
pub(crate) async fn bot(app: &App, workspace: &Workspace) -> Result<Arc<Bot>, Unable> {
    let stored: Stored<Telegram> = stored(workspace, TELEGRAM).await?;
    let version = (format!("{:?}", stored.settings.base_url), stored.sealed_secret.clone());
    reuse(&workspace.channels.bot, version, || {
        let token = secret(app, workspace, TELEGRAM, &stored)?;
        let base_url = stored.settings.base_url.as_deref().unwrap_or(&app.config.telegram_api);
        Bot::new(&token.unwrap_or_default(), base_url).map_err(|problem| misconfigured(&problem))
    })
}

/// What the delivery crate wants to know of an SMTP server.
pub fn smtp_settings(settings: &Smtp, password: Option<String>) -> Settings {
    let login = settings.username.clone().map(|user| (user, Secret::new(password.unwrap_or_default())));
    Settings {
        host: settings.host.clone(),
        port: settings.port,
        security: settings.security.into(),
        login,
        from: settings.from.clone(),
        reply_to: settings.reply_to.clone(),
        authority: None,
    }
}

fn reuse<Sender>(
    slot: &Mutex<Option<(Version, Arc<Sender>)>>,
    version: Version,
    make: impl FnOnce() -> Result<Sender, Unable>,
) -> Result<Arc<Sender>, Unable> {
    let mut slot = slot.lock().expect("nobody panics with the lock");
    match &*slot {
        Some((made_from, sender)) if *made_from == version => Ok(Arc::clone(sender)),
        _ => {
            let sender = Arc::new(make()?);
            *slot = Some((version, Arc::clone(&sender)));
            Ok(sender)
        }
    }
}

async fn stored<S: serde::de::DeserializeOwned>(workspace: &Workspace, kind: &str) -> Result<Stored<S>, Unable> {
    match store::find(workspace.records.reader(), kind).await {
        Ok(Some(stored)) => Ok(stored),
        Ok(None) => Err(misconfigured(&format_args!("{kind} is not set up; see Settings → Channels"))),
        Err(problem) => Err(Outcome::Later { detail: problem.to_string(), after: None }),
    }
}

fn secret<S>(app: &App, workspace: &Workspace, kind: &str, stored: &Stored<S>) -> Result<Option<String>, Unable> {
    store::open_secret(app, workspace, kind, stored.sealed_secret.as_deref())
        .map_err(|problem| misconfigured(&problem.detail))
}

fn misconfigured(problem: &dyn std::fmt::Display) -> Unable {
    Outcome::Misconfigured { detail: problem.to_string() }
}
