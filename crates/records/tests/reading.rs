//! Readings end at their time limit, and when nobody waits for them any more; the connection is as good as new afterwards.

use std::time::{Duration, Instant};

use kabinet_records::sql::{self, Row};
use kabinet_records::{Database, Engine, Location, RecordError, Schema};
use kabinet_testing::postgres;

/// Counts to a billion: minutes of work.
const ENDLESS: &str = "WITH RECURSIVE number(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < 1000000000) SELECT COUNT(*) AS found FROM number";

async fn databases() -> Vec<(Database, tempfile::TempDir, Option<postgres::Database>)> {
    let folder = tempfile::tempdir().unwrap();
    let sqlite = Location::SqliteFile(folder.path().join("records.db"));
    let server = postgres::database();
    let schema = Location::Postgres { url: server.url().to_owned(), schema: "workspace_test".into() };
    vec![
        (Database::open(&sqlite, Schema::Workspace).await.unwrap(), folder, None),
        (Database::open(&schema, Schema::Workspace).await.unwrap(), tempfile::tempdir().unwrap(), Some(server)),
    ]
}

async fn count_users(database: &Database) -> i64 {
    let reading = database.begin_reading(Some(Duration::from_secs(30))).await.unwrap();
    let row = sql::one(reading.connection(), "SELECT COUNT(*) AS found FROM profile", vec![]).await.unwrap().unwrap();
    reading.finish().await.unwrap();
    row.get("found").unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_question_ends_at_its_time_limit() {
    for (database, _folder, _server) in databases().await {
        let reading = database.begin_reading(Some(Duration::from_millis(100))).await.unwrap();
        let outcome = sql::all(reading.connection(), ENDLESS, vec![]).await;
        assert!(matches!(outcome, Err(RecordError::TooSlow)), "{:?}: {:?}", database.engine(), outcome.err());
        drop(reading);
        assert_eq!(count_users(&database).await, 0);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_question_nobody_waits_for_ends() {
    for (database, _folder, _server) in databases().await {
        // More than there are connections: left running, they would keep everybody else waiting for minutes.
        for _ in 0..10 {
            let asked = database.clone();
            let question = tokio::spawn(async move {
                let reading = asked.begin_reading(None).await.unwrap();
                sql::all(reading.connection(), ENDLESS, vec![]).await.map(drop)
            });
            wait_until_it_works(&database).await;
            question.abort();
            assert!(question.await.unwrap_err().is_cancelled());
        }
        let started = Instant::now();
        for _ in 0..10 {
            assert_eq!(count_users(&database).await, 0);
        }
        assert!(started.elapsed() < Duration::from_secs(20), "{:?}", database.engine());
        if database.engine() == Engine::Postgres {
            let deadline = Instant::now() + Duration::from_secs(20);
            while working(&database).await > 0 {
                assert!(Instant::now() < deadline, "PostgreSQL still counts for nobody");
            }
        }
    }
}

/// Until the server works on a question. SQLite works in this process; giving way to its thread is enough.
async fn wait_until_it_works(database: &Database) {
    let deadline = Instant::now() + Duration::from_secs(20);
    match database.engine() {
        Engine::Sqlite => {
            for _ in 0..50 {
                tokio::task::yield_now().await;
            }
        }
        Engine::Postgres => {
            while working(database).await == 0 {
                assert!(Instant::now() < deadline, "the question never began");
            }
        }
    }
}

async fn working(database: &Database) -> i64 {
    let query =
        "SELECT COUNT(*) AS found FROM pg_stat_activity WHERE state = 'active' AND query LIKE 'WITH RECURSIVE%'";
    sql::one(database.reader(), query, vec![]).await.unwrap().unwrap().get("found").unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reading_sees_one_state_of_the_data() {
    for (database, _folder, _server) in databases().await {
        let reading = database.begin_reading(None).await.unwrap();
        let count = |row: Option<kabinet_records::QueryResult>| row.unwrap().get::<i64>("found").unwrap();
        let query = "SELECT COUNT(*) AS found FROM profile";
        assert_eq!(count(sql::one(reading.connection(), query, vec![]).await.unwrap()), 0);
        database.write("INSERT INTO profile (id, stored_at, updated_at) VALUES ('1', 0, 0)", vec![]).await.unwrap();
        assert_eq!(count(sql::one(reading.connection(), query, vec![]).await.unwrap()), 0);
        reading.finish().await.unwrap();
        assert_eq!(count_users(&database).await, 1);
    }
}
