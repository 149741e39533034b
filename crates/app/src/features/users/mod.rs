//! The product's users: the table with sort, filter, search and export; one user's page with timeline, records and identities.

mod detail;
mod device;
mod export;
mod fields;
mod http;
mod identity;
mod list;
mod records;
mod selection;
mod timeline;

pub use detail::{of_account, row};
pub use identity::{Identity, known_ids, moved_subjects, require};
pub use list::{ActiveAlert, TIME_LIMIT, UserRow, count};
pub use selection::{Selection, UserFilter, check, like_pattern};

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::App;

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .merge(http::routes())
        .routes(routes!(detail::user))
        .routes(routes!(timeline::timeline))
        .merge(records::routes())
}
