//! Where an alert is told: what staff chose, or else what the definition says.

use std::collections::BTreeMap;

use kabinet_model::definition::{Alert, AlertChannel};
use kabinet_records::sql::{self, Row};
use kabinet_records::{ConnectionTrait, RecordError};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::features::channels;

/// One way an alert is told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Way {
    /// `telegram` or `email`
    #[schema(value_type = String)]
    pub channel: AlertChannel,
    pub enabled: bool,
    /// An e-mail address, or a chat other than the workspace's.
    pub target: Option<String>,
}

/// The ways of every alert, as staff chose them.
pub struct Chosen(BTreeMap<(String, String), (bool, Option<String>)>);

/// The word for a channel in the database and the API.
pub fn word(channel: AlertChannel) -> &'static str {
    match channel {
        AlertChannel::Telegram => "telegram",
        AlertChannel::Email => "email",
    }
}

impl Chosen {
    pub async fn read(connection: &impl ConnectionTrait) -> Result<Chosen, RecordError> {
        let rows = sql::all(connection, "SELECT alert, channel, enabled, target FROM alert_channel", vec![]).await?;
        let ways = rows
            .iter()
            .map(|row| Ok(((row.get("alert")?, row.get("channel")?), (row.get("enabled")?, row.get("target")?))));
        Ok(Chosen(ways.collect::<Result<_, RecordError>>()?))
    }

    /// Both ways of an alert.
    pub fn ways(&self, alert: &Alert) -> Vec<Way> {
        [AlertChannel::Telegram, AlertChannel::Email]
            .into_iter()
            .map(|channel| match self.0.get(&(alert.key.clone(), word(channel).to_owned())) {
                Some((enabled, target)) => Way { channel, enabled: *enabled, target: target.clone() },
                None => Way { channel, enabled: alert.channels.contains(&channel), target: None },
            })
            .collect()
    }
}

/// Channel and target of what has to be told about an entry into this alert. A way without a target leads nowhere and is left out.
pub async fn destinations(
    connection: &impl ConnectionTrait,
    alert: &Alert,
) -> Result<Vec<(&'static str, String)>, RecordError> {
    let staff_chat = channels::telegram_chat(connection).await?;
    let ways = Chosen::read(connection).await?.ways(alert);
    let lead = ways.into_iter().filter(|way| way.enabled).filter_map(|way| {
        let target = match way.channel {
            AlertChannel::Telegram => way.target.or_else(|| staff_chat.clone()),
            AlertChannel::Email => way.target,
        };
        target.map(|target| (word(way.channel), target))
    });
    Ok(lead.collect())
}
