//! A workspace at run time: its stores, its definition, and what goes on in it.

use std::sync::Arc;

use arc_swap::ArcSwap;
use kabinet_events::{EventStore, FreeFloor};
use kabinet_model::definition::Definition;
use kabinet_model::ids::WorkspaceSlug;
use kabinet_model::label::Label;
use kabinet_records::{Database, Schema};
use tokio::sync::Notify;

use crate::StartError;
use crate::clock::Clock;
use crate::config::Config;
use crate::features::alerts::Alerts;
use crate::features::channels::Connections;
use crate::features::definition::{self, Applied};
use crate::features::doors::debugger::Debugger;
use crate::features::doors::rates::Rates;

/// One product's data and definition. Whoever holds this handle may reach all of it, and nothing of another workspace.
pub struct Workspace {
    pub slug: WorkspaceSlug,
    pub clock: Clock,
    pub records: Database,
    pub events: EventStore,
    /// The definition in force; replaced as a whole when another version is applied.
    pub definition: ArcSwap<Applied>,
    /// What arrived lately, and why items were refused.
    pub debugger: Debugger,
    /// How fast its public keys may send.
    pub rates: Rates,
    /// Rung when records changed, so that derived fields follow at once.
    pub records_changed: Notify,
    /// Its ways to reach people.
    pub channels: Connections,
    pub alerts: Alerts,
}

impl Workspace {
    pub(crate) async fn open(config: &Config, slug: WorkspaceSlug, clock: Clock) -> Result<Workspace, StartError> {
        let records = Database::open(&config.records_location(&slug), Schema::Workspace).await?;
        let applied = definition::active(&records, &slug).await?;
        let options = event_options(config, &applied.definition, clock.clone());
        let events = EventStore::open(config.workspace_folder(&slug).join("events"), options)?;
        Ok(Workspace {
            slug,
            rates: Rates::new(clock.clone()),
            clock,
            records,
            events,
            definition: ArcSwap::from_pointee(applied),
            debugger: Debugger::default(),
            records_changed: Notify::new(),
            channels: Connections::default(),
            alerts: Alerts::default(),
        })
    }

    /// What people call it, by its definition.
    pub fn name(&self) -> Label {
        self.definition.load().definition.name.clone()
    }

    pub(crate) async fn close(&self) -> Result<(), StartError> {
        self.events.close()?;
        Ok(self.records.clone().close().await?)
    }
}

fn event_options(config: &Config, definition: &Definition, clock: Clock) -> kabinet_events::Options {
    let floor = config.free_space_floor.map(|bytes| FreeFloor { bytes, percent: 0 });
    kabinet_events::Options {
        zone: definition.time_zone.to_jiff(),
        free_floor: floor.unwrap_or_default(),
        clock: Arc::new(move || clock.now_ms()),
        ..Default::default()
    }
}
