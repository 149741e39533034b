//! The application's tests through HTTP, on both databases. One binary, because linking one is quicker than linking many.

mod alerts;
mod channels;
mod client_captures;
mod clients;
mod derive;
mod derive_random;
mod doors;
mod exports;
mod merges;
mod notes;
mod people;
mod records;
mod support;
mod users;
mod views;
mod workspaces;
