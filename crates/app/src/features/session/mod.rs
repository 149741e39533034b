//! Sessions of staff: signing in, who is signed in, signing out.

mod cookie;
mod current;
mod desk;
mod forgery;
mod http;
mod model;
mod passkey_http;
mod sign_in;
mod store;

pub use current::{SignedIn, principal};
pub use desk::Desk;
pub use forgery::check_origin;
pub use http::{SessionList, SessionRow, SessionView, list_of, session_view, with_cookie};
pub use model::{Lifetime, Session};
pub use sign_in::{Admitted, Credentials, admit, confirm_password, with_password};
pub use store::{end, end_all, end_others, renew_token};

use utoipa_axum::router::OpenApiRouter;

use crate::App;

pub(crate) fn routes() -> OpenApiRouter<App> {
    http::routes().merge(passkey_http::routes())
}
