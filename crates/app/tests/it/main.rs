//! The application's tests through HTTP, on both databases. One binary, because linking one is quicker than linking many.

mod alerts;
mod audit;
mod authenticator;
mod browser;
mod channels;
mod client_captures;
mod clients;
mod derive;
mod derive_random;
mod doors;
mod exports;
mod merges;
mod notes;
mod passkeys;
mod people;
mod permissions;
mod records;
mod second_factor;
mod sign_in;
mod staff;
mod support;
mod users;
mod views;
mod workspaces;
