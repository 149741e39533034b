//! One folder per feature. A feature's `routes()` is what the router sees of it.

pub mod accounts;
pub mod alerts;
pub mod audit;
pub mod channels;
pub mod definition;
pub mod derive;
pub mod doors;
pub mod events;
pub mod health;
pub mod keys;
pub mod merges;
pub mod notes;
pub mod overview;
pub mod records;
pub mod rules;
pub mod users;
pub mod views;
pub mod workspaces;

use utoipa_axum::router::OpenApiRouter;

use crate::App;

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .merge(accounts::routes())
        .merge(alerts::routes())
        .merge(channels::routes())
        .merge(definition::routes())
        .merge(doors::routes())
        .merge(events::routes())
        .merge(health::routes())
        .merge(keys::routes())
        .merge(merges::routes())
        .merge(notes::routes())
        .merge(overview::routes())
        .merge(records::routes())
        .merge(rules::routes())
        .merge(users::routes())
        .merge(views::routes())
        .merge(workspaces::routes())
}
