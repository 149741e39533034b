//! The schema on both engines: a database that grew step by step equals a fresh one, and one written by a newer version is refused.

use kabinet_records::{ConnectionTrait, Database, Location, RecordError, Schema, describe_schema, migration_names};
use kabinet_testing::postgres;

struct Place {
    location: Location,
    _folder: tempfile::TempDir,
    _database: Option<postgres::Database>,
}

fn places() -> Vec<Place> {
    let folder = tempfile::tempdir().unwrap();
    let sqlite = Location::SqliteFile(folder.path().join("records.db"));
    let database = postgres::database();
    let schema = Location::Postgres { url: database.url().to_owned(), schema: "workspace_test".into() };
    vec![
        Place { location: sqlite, _folder: folder, _database: None },
        Place { location: schema, _folder: tempfile::tempdir().unwrap(), _database: Some(database) },
    ]
}

#[tokio::test]
async fn an_upgraded_schema_equals_a_fresh_one() {
    for schema in [Schema::Control, Schema::Workspace] {
        for (fresh, upgraded) in places().iter().zip(places().iter()) {
            let fresh = Database::open(&fresh.location, schema).await.unwrap();
            // Every version of the past stops after one more migration and is upgraded from there.
            for version in 1..=migration_names(schema).len() {
                Database::open_at(&upgraded.location, schema, version).await.unwrap().close().await.unwrap();
            }
            let upgraded = Database::open(&upgraded.location, schema).await.unwrap();
            let expected = describe_schema(fresh.reader()).await.unwrap();
            assert!(expected.len() > 10);
            assert_eq!(describe_schema(upgraded.reader()).await.unwrap(), expected);
        }
    }
}

#[tokio::test]
async fn a_schema_of_a_newer_version_is_refused_untouched() {
    for place in places() {
        let database = Database::open(&place.location, Schema::Workspace).await.unwrap();
        let insert = "INSERT INTO schema_migration (name, applied_at) VALUES ('9999_future', 0)";
        database.writer().execute_unprepared(insert).await.unwrap();
        database.close().await.unwrap();
        let refused = Database::open(&place.location, Schema::Workspace).await;
        assert!(matches!(refused, Err(RecordError::Migration { name, .. }) if name == "9999_future"));
    }
}

#[tokio::test]
async fn two_processes_may_start_at_once() {
    for place in (0..5).flat_map(|_| places()) {
        let (first, second) = tokio::join!(
            Database::open(&place.location, Schema::Workspace),
            Database::open(&place.location, Schema::Workspace)
        );
        first.unwrap().close().await.unwrap();
        second.unwrap().close().await.unwrap();
    }
}
