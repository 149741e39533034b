//! One's own account: profile, password, sessions, second factor.

mod http;
mod second_factor_http;

use utoipa_axum::router::OpenApiRouter;

use crate::App;

pub(crate) fn routes() -> OpenApiRouter<App> {
    http::routes().merge(second_factor_http::routes())
}
