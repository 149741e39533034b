use kabinet_delivery::Outcome;
use kabinet_delivery::smtp::Mail;

use super::message::Telling;
use super::outbox::{self, Batch};
use crate::App;
use crate::features::channels;
use crate::http::error::ApiResult;
use crate::workspace::Workspace;

/// Sends everything that is due and returns how many messages left.
pub async fn deliver_due(app: &App, workspace: &Workspace) -> ApiResult<usize> {
    outbox::recover(workspace).await?;
    let mut sent = 0;
    loop {
        let batches = outbox::claim(workspace).await?;
        if batches.is_empty() {
            return Ok(sent);
        }
        for batch in batches {
            if outbox::begin_sending(workspace, &batch).await? {
                let outcome = send(app, workspace, &batch).await;
                sent += usize::from(matches!(outcome, Outcome::Delivered { .. }));
                if !matches!(outcome, Outcome::Delivered { .. }) {
                    tracing::warn!(workspace = %workspace.slug, alert = batch.alert, channel = batch.channel, %outcome, "an alert was not told");
                }
                outbox::settle(workspace, &batch, &outcome).await?;
            }
        }
    }
}

async fn send(app: &App, workspace: &Workspace, batch: &Batch) -> Outcome {
    let applied = workspace.definition.load_full();
    let Some(alert) = applied.definition.alert(&batch.alert) else {
        return Outcome::Misconfigured { detail: format!("the definition has no alert {} any more", batch.alert) };
    };
    let users = batch.users();
    let channel = if batch.channel == "telegram" { channels::TELEGRAM } else { channels::SMTP };
    let language = match channels::language(workspace.records.reader(), channel).await {
        Ok(language) => language,
        Err(problem) => return Outcome::Later { detail: problem.to_string(), after: None },
    };
    let panel = format!("{}/{}", app.config.public_url.trim_end_matches('/'), workspace.slug);
    let telling = Telling { workspace: workspace.slug.as_str(), panel, alert, users: &users, language };
    if channel == channels::TELEGRAM {
        match channels::bot(app, workspace).await {
            Ok(bot) => bot.send_message(&batch.target, &telling.telegram()).await,
            Err(unable) => unable,
        }
    } else {
        let mail = Mail {
            id: batch.id().to_owned(),
            to: batch.target.clone(),
            subject: telling.subject(),
            plain: telling.plain(),
            html: Some(telling.html()),
        };
        match channels::mailer(app, workspace).await {
            Ok(mailer) => mailer.send(&mail).await,
            Err(unable) => unable,
        }
    }
}
