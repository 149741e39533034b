//! The profile table on both engines: rules as SQL, and definitions as additive changes.

mod naughty;
mod plans;
mod rules;

use kabinet_model::definition::Definition;
use kabinet_records::{Database, Engine, Location, Schema};

/// An empty workspace database that lives as long as this value.
struct Store {
    database: Database,
    _files: tempfile::TempDir,
    _server: Option<kabinet_testing::postgres::Database>,
}

async fn store(engine: Engine) -> Store {
    let files = tempfile::tempdir().unwrap();
    let server = (engine == Engine::Postgres).then(kabinet_testing::postgres::database);
    let location = match &server {
        None => Location::SqliteFile(files.path().join("workspace.sqlite")),
        Some(server) => Location::Postgres { url: server.url().to_owned(), schema: "w_test".to_owned() },
    };
    let database = Database::open(&location, Schema::Workspace).await.unwrap();
    Store { database, _files: files, _server: server }
}

/// Writes each test once and runs it on both engines.
macro_rules! on_both_engines {
    ($($(#[$attribute:meta])* $name:ident)*) => {
        mod sqlite {
            $( $(#[$attribute])* #[tokio::test(flavor = "multi_thread")]
            async fn $name() { super::$name(kabinet_records::Engine::Sqlite).await } )*
        }
        mod postgres {
            $( $(#[$attribute])* #[tokio::test(flavor = "multi_thread")]
            async fn $name() { super::$name(kabinet_records::Engine::Postgres).await } )*
        }
    };
}
pub(crate) use on_both_engines;

fn definition(fields: &str) -> Definition {
    Definition::parse(&definition_text(fields)).unwrap_or_else(|errors| panic!("{errors:#?}"))
}

fn definition_text(fields: &str) -> String {
    let head = r#"
slug = "shop"
name = { en = "Shop", ru = "Магазин", uz = "Doʻkon" }
time_zone = "Europe/Moscow"
currency = "RUB"
"#;
    format!("{head}{fields}")
}

fn trait_field(key: &str, field_type: &str) -> String {
    let values = match field_type {
        "enum" => {
            r#"values = [{ value = "ok", label = { en = "a", ru = "a", uz = "a" } }, { value = "none", label = { en = "b", ru = "b", uz = "b" } }]"#
        }
        _ => "",
    };
    format!(
        "[[fields]]\nkey = \"{key}\"\ntype = \"{field_type}\"\nlabel = {{ en = \"x\", ru = \"x\", uz = \"x\" }}\n\
         source = {{ from = \"trait\" }}\n{values}\n"
    )
}
