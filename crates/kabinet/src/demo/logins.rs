//! Who may log into the demo: one person of each role, with passwords made on the first start and printed on every one.

use anyhow::Context;
use kabinet_app::App;
use kabinet_app::features::staff::{self, Access, NewStaff};
use kabinet_app::http::access::{Actor, RequestFacts};
use kabinet_model::role::Role;
use rand::RngExt;

use super::SLUG;
use super::state::State;

/// The first one is shown as *the* login.
const STAFF: [(&str, &str, Role); 4] = [
    ("demo@kabinet.example", "Дарья Демидова", Role::SuperAdmin),
    ("support@kabinet.example", "Семён Поддержкин", Role::Support),
    ("analyst@kabinet.example", "Анна Литвинова", Role::Analyst),
    ("readonly@kabinet.example", "Рустам Чтецов", Role::Readonly),
];

/// Letters and digits that nobody mistakes for others.
const LETTERS: &[u8] = b"abcdefghjkmnpqrstuvwxyz23456789";

/// Adds whoever is missing.
pub async fn prepare(app: &App, state: &mut State) -> anyhow::Result<()> {
    for (email, name, role) in STAFF {
        let password = state.passwords.entry(email.to_owned()).or_insert_with(password).clone();
        // Saved first: a password that is not kept is lost.
        state.save()?;
        if staff::by_email(app.control.reader(), email).await?.is_some() {
            continue;
        }
        let workspaces = (role != Role::SuperAdmin).then(|| vec![SLUG.to_owned()]);
        let access = Access { role, workspaces, ..Access::everything() };
        let new = NewStaff { email: email.to_owned(), name: name.to_owned(), access, password: Some(password) };
        staff::add(app, new, &Actor::cli(), &RequestFacts::default()).await.map_err(super::in_words)?;
    }
    Ok(())
}

/// The logins as lines to print: role, e-mail, password.
pub fn lines(state: &State) -> anyhow::Result<Vec<String>> {
    let line = |(email, _, role): &(&str, &str, Role)| {
        let password = state.passwords.get(*email).context("every login has a password")?;
        Ok(format!("  {:<12} {email:<26} {password}", role.as_str()))
    };
    STAFF.iter().map(line).collect()
}

fn password() -> String {
    let mut dice = rand::rng();
    let groups: Vec<String> =
        (0..4).map(|_| (0..5).map(|_| char::from(LETTERS[dice.random_range(0..LETTERS.len())])).collect()).collect();
    groups.join("-")
}
