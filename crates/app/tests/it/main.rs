//! The application's tests through HTTP, on both databases. One binary, because linking one is quicker than linking many.

mod alerts;
mod channels;
mod client_captures;
mod clients;
mod derive;
mod derive_random;
mod doors;
mod records;
mod support;
mod workspaces;
