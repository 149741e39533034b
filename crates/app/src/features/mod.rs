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
pub mod invitations;
pub mod keys;
pub mod me;
pub mod merges;
pub mod notes;
pub mod overview;
pub mod password_reset;
pub mod records;
pub mod rules;
pub mod second_factor;
pub mod session;
pub mod setup;
pub mod staff;
pub mod users;
pub mod views;
pub mod workspaces;

use utoipa_axum::router::OpenApiRouter;

use crate::App;

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .merge(accounts::routes())
        .merge(alerts::routes())
        .merge(audit::routes())
        .merge(channels::routes())
        .merge(definition::routes())
        .merge(doors::routes())
        .merge(events::routes())
        .merge(health::routes())
        .merge(invitations::routes())
        .merge(keys::routes())
        .merge(me::routes())
        .merge(merges::routes())
        .merge(notes::routes())
        .merge(overview::routes())
        .merge(password_reset::routes())
        .merge(records::routes())
        .merge(rules::routes())
        .merge(session::routes())
        .merge(setup::routes())
        .merge(staff::routes())
        .merge(users::routes())
        .merge(views::routes())
        .merge(workspaces::routes())
}
