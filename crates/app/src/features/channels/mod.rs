//! Ways out of a workspace: its SMTP server and its Telegram bot. Secrets are sealed at rest and never read back by anyone.

mod connections;
mod http;
mod model;
mod store;

pub use connections::Connections;
pub(crate) use connections::{bot, mailer};
pub(crate) use http::routes;
pub(crate) use model::is_chat;
pub use model::{NewSmtp, NewTelegram, Security};
pub(crate) use store::{SMTP, TELEGRAM, language, telegram_chat};
