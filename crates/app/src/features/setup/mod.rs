//! The first run: while there is no staff, a token printed in the console makes the first super admin. Nobody else can.

mod http;
mod token;

pub use token::renew_token;

pub(crate) use http::routes;
