use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use kabinet_model::definition::Definition;
use kabinet_records::profile::{self, Plan};
use kabinet_records::sql::{self, Row};
use kabinet_records::{Database, Engine, describe_schema};
use sea_orm::{ConnectionTrait, TransactionTrait};

use crate::{definition, definition_text, store, trait_field};

const REPLIES: &str = include_str!("../../../../products/replies.toml");

async fn planned(database: &Database, current: &str, wanted: &str) -> Plan {
    let columns = profile::actual_columns(database).await.unwrap();
    profile::plan(database.engine(), &columns, &definition(current), &definition(wanted))
}

async fn apply(database: &Database, plan: &Plan) {
    profile::run(database, &plan.statements, &plan.rollback).await.unwrap();
}

fn replies() -> Definition {
    Definition::parse(REPLIES).unwrap()
}

async fn add_users(database: &Database, count: usize) {
    let transaction = database.begin().await.unwrap();
    for index in 0..count {
        let text = "INSERT INTO profile (id, name, stored_at, updated_at) VALUES ($1, $2, 1, 1)";
        let values = vec![format!("user-{index}").into(), format!("Имя {index}").into()];
        sql::run(&transaction, text, values).await.unwrap();
    }
    transaction.commit().await.unwrap();
}

async fn users(database: &Database) -> Vec<(String, String)> {
    let rows = sql::all(database.reader(), "SELECT id, name FROM profile ORDER BY id", vec![]).await.unwrap();
    rows.iter().map(|row| (row.get("id").unwrap(), row.get("name").unwrap())).collect()
}

// spec: W14
#[test]
fn the_statements_are_exact() {
    let wanted = definition(&[trait_field("city", "text"), trait_field("balance", "integer")].concat());
    let sqlite = profile::plan(Engine::Sqlite, &[], &definition(""), &wanted);
    assert_eq!(
        sqlite.statements,
        [
            "ALTER TABLE profile ADD COLUMN \"city\" text",
            "CREATE INDEX IF NOT EXISTS \"profile_city\" ON profile (\"city\", id)",
            "ALTER TABLE profile ADD COLUMN \"city_fold\" text",
            "ALTER TABLE profile ADD COLUMN \"balance\" bigint",
            "CREATE INDEX IF NOT EXISTS \"profile_balance\" ON profile (\"balance\", id)",
        ]
    );
    let postgres = profile::plan(Engine::Postgres, &[], &definition(""), &wanted);
    assert_eq!(postgres.statements[0], "ALTER TABLE profile ADD COLUMN \"city\" text");
    assert!(postgres.statements.contains(
        &"CREATE INDEX CONCURRENTLY IF NOT EXISTS \"profile_balance\" ON profile (\"balance\", id)".to_owned()
    ));
    assert_eq!(
        postgres.rollback,
        [
            "DROP INDEX CONCURRENTLY IF EXISTS \"profile_balance\"",
            "ALTER TABLE profile DROP COLUMN \"balance\"",
            "ALTER TABLE profile DROP COLUMN \"city_fold\"",
            "DROP INDEX CONCURRENTLY IF EXISTS \"profile_city\"",
            "ALTER TABLE profile DROP COLUMN \"city\"",
        ]
    );
}

// spec: W14
async fn applying_and_rolling_back_loses_nothing(engine: Engine) {
    let store = store(engine).await;
    let database = &store.database;
    add_users(database, 50).await;
    let before = (users(database).await, describe_schema(database.reader()).await.unwrap());
    let columns = profile::actual_columns(database).await.unwrap();
    let plan = profile::plan(engine, &columns, &definition(""), &replies());
    assert!(plan.refused.is_empty() && plan.changes.iter().all(|change| change.what == "add_field"));
    apply(database, &plan).await;
    assert_eq!(users(database).await, before.0);
    // Nothing is left to do.
    let columns = profile::actual_columns(database).await.unwrap();
    let again = profile::plan(engine, &columns, &replies(), &replies());
    assert_eq!((again.statements, again.changes), (vec![], vec![]));
    profile::run(database, &plan.rollback, &[]).await.unwrap();
    assert_eq!((users(database).await, describe_schema(database.reader()).await.unwrap()), before);
}

/// What a crash left half done is finished by planning again.
// spec: W14
async fn an_interrupted_change_is_finished_by_the_next_plan(engine: Engine) {
    let store = store(engine).await;
    let database = &store.database;
    let whole = planned(database, "", &trait_field("balance", "integer")).await;
    let (column, index) = (&whole.statements[..1], &whole.statements[1..]);
    profile::run(database, column, &[]).await.unwrap();
    let rest = planned(database, "", &trait_field("balance", "integer")).await;
    assert_eq!(rest.statements, index);
    profile::run(database, &rest.statements, &rest.rollback).await.unwrap();
    assert!(planned(database, "", &trait_field("balance", "integer")).await.statements.is_empty());
}

/// A field may not take the name of a column that the table has by itself.
async fn no_field_takes_a_column_of_the_table(engine: Engine) {
    let store = store(engine).await;
    for column in profile::actual_columns(&store.database).await.unwrap() {
        let text = definition_text(&trait_field(&column.name, "text"));
        let errors = Definition::parse(&text).err().unwrap_or_else(|| panic!("{} is not taken", column.name));
        assert!(errors[0].to_string().contains("is taken"), "{errors:?}");
    }
}

// spec: W14
async fn only_additions_are_accepted(engine: Engine) {
    let store = store(engine).await;
    let database = &store.database;
    let (city, balance) = (trait_field("city", "text"), trait_field("balance", "integer"));
    let both = [city.clone(), balance.clone()].concat();
    apply(database, &planned(database, "", &both).await).await;
    // A field that leaves keeps its column and its values.
    let hidden = planned(database, &both, &balance).await;
    assert!(hidden.statements.is_empty());
    assert_eq!((hidden.changes[0].what, hidden.changes[0].field.as_str()), ("hide_field", "city"));
    // It may come back.
    let returned = planned(database, &balance, &both).await;
    assert!(returned.statements.is_empty());
    assert_eq!(returned.changes[0].what, "show_field");
    // Another type is refused: by the definition in force, and by the column that is there.
    for current in [both.as_str(), ""] {
        let retyped = [trait_field("city", "integer"), balance.clone()].concat();
        let refused = planned(database, current, &retyped).await;
        assert!(refused.statements.is_empty());
        assert_eq!(refused.refused.len(), 1, "{refused:?}");
        assert!(refused.refused[0].what.contains("city"));
    }
    // Also where the column could hold both: its values would be read as something they are not.
    let same_column = [city, trait_field("balance", "timestamp")].concat();
    assert_eq!(planned(database, &both, &same_column).await.refused.len(), 1);
}

// spec: W14
async fn reads_go_on_while_a_definition_is_applied(engine: Engine) {
    let store = store(engine).await;
    let database = &store.database;
    add_users(database, 2_000).await;
    let reading = Arc::new(AtomicBool::new(true));
    let reader = tokio::spawn({
        let (database, reading) = (database.clone(), reading.clone());
        async move {
            let (mut reads, mut longest) = (0, Duration::ZERO);
            while reading.load(Ordering::Relaxed) {
                let started = Instant::now();
                let row = sql::one(database.reader(), "SELECT count(*) AS n FROM profile", vec![]).await.unwrap();
                assert_eq!(row.unwrap().get::<i64>("n").unwrap(), 2_000);
                longest = longest.max(started.elapsed());
                reads += 1;
            }
            (reads, longest)
        }
    });
    let columns = profile::actual_columns(database).await.unwrap();
    apply(database, &profile::plan(engine, &columns, &definition(""), &replies())).await;
    reading.store(false, Ordering::Relaxed);
    let (reads, longest) = reader.await.unwrap();
    assert!(reads > 3, "{reads} reads in all that time");
    // The promise is 200 ms; the rest is what a busy machine may add.
    assert!(longest < Duration::from_millis(1_700), "a read took {longest:?}");
}

crate::on_both_engines! {
    applying_and_rolling_back_loses_nothing an_interrupted_change_is_finished_by_the_next_plan
    no_field_takes_a_column_of_the_table only_additions_are_accepted reads_go_on_while_a_definition_is_applied
}

/// Someone reads in a long transaction, so that the change cannot have its turn: others still read at once, and the
/// change is made when the long reader is done.
// spec: W14
#[tokio::test(flavor = "multi_thread")]
async fn a_change_never_queues_in_front_of_readers() {
    let store = store(Engine::Postgres).await;
    let database = store.database.clone();
    add_users(&database, 10).await;
    let long_reader = database.reader().begin().await.unwrap();
    long_reader.execute_unprepared("SELECT * FROM profile").await.unwrap();
    let plan = planned(&database, "", &trait_field("city", "text")).await;
    let change = tokio::spawn({
        let database = database.clone();
        async move { profile::run(&database, &plan.statements, &plan.rollback).await }
    });
    for _ in 0..10 {
        let started = Instant::now();
        assert_eq!(users(&database).await.len(), 10);
        assert!(started.elapsed() < Duration::from_millis(1_700), "{:?}", started.elapsed());
    }
    assert!(!change.is_finished());
    long_reader.rollback().await.unwrap();
    change.await.unwrap().unwrap();
    sql::one(database.reader(), "SELECT \"city\", \"city_fold\" FROM profile", vec![]).await.unwrap();
}
