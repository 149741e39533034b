//! Made-up users for tests, put straight into the profile table: thousands in a moment, the same ones for the same seed.

use kabinet_app::workspace::Workspace;
use kabinet_model::value::fold;
use kabinet_records::{RecordError, Value, sql};

use crate::support::NOON;

const DAY: i64 = 24 * 3600 * 1000;
const ROWS_PER_STATEMENT: usize = 500;

/// A small generator of random numbers (xorshift64*), so that a failure repeats.
pub struct Random(u64);

impl Random {
    pub fn seeded(seed: u64) -> Random {
        Random(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    pub fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    pub fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }

    /// One in `of`.
    pub fn chance(&mut self, of: u64) -> bool {
        self.below(of) == 0
    }

    pub fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        from[self.below(from.len() as u64) as usize]
    }
}

/// A user with the fields of `replies` that tests sort and filter by.
#[derive(Debug, Clone, Default)]
pub struct Person {
    pub id: String,
    pub account_id: Option<String>,
    pub name: Option<String>,
    pub email: Option<String>,
    pub phone: Option<String>,
    pub telegram_id: Option<String>,
    pub telegram_username: Option<String>,
    pub registered_at: Option<i64>,
    pub last_activity_at: Option<i64>,
    pub status: Option<String>,
    pub total_paid: Option<i64>,
    pub cabinets: Option<i64>,
    pub token_balance: Option<i64>,
    pub wb_api_status: Option<String>,
    pub tokens_spent_per_day: Option<f64>,
    pub vision_usage_percent: Option<f64>,
    pub has_ai_analytics_sub: Option<bool>,
}

const NAMES: [&str; 10] = ["Анна", "Борис", "Вера", "Глеб", "Ёлка", "John", "mary", "Zoë", "Ўткир", "Oʻktam"];
const LAST_NAMES: [&str; 6] = ["Иванова", "Петров", "Smith", "Каримов", "Li", "O'Neil"];

impl Person {
    pub fn named(id: &str, name: &str) -> Person {
        Person { id: id.to_owned(), name: Some(name.to_owned()), registered_at: Some(NOON - DAY), ..Person::default() }
    }

    pub fn random(number: usize, random: &mut Random) -> Person {
        let name = format!("{} {}", random.pick(&NAMES), random.pick(&LAST_NAMES));
        let registered_at = NOON - (random.below(400 * 24) as i64) * 3_600_000;
        let status = random.pick(&["active", "trial", "expired", "expired"]);
        Person {
            id: number.to_string(),
            account_id: None,
            name: (!random.chance(20)).then_some(name),
            email: (!random.chance(10)).then(|| format!("User{number}@example{}.com", random.below(5))),
            phone: random
                .chance(2)
                .then(|| format!("+7 ({}) {}", 900 + random.below(99), 1_000_000 + random.below(8_999_999))),
            telegram_id: random.chance(2).then(|| (100_000 + number).to_string()),
            telegram_username: random.chance(3).then(|| format!("Tg_{number}")),
            registered_at: (!random.chance(30)).then_some(registered_at),
            last_activity_at: (!random.chance(4)).then(|| NOON - (random.below(60 * 24) as i64) * 3_600_000),
            status: Some(status.to_owned()),
            total_paid: Some(if status == "active" { (random.below(40) as i64) * 49_900 } else { 0 }),
            cabinets: Some(random.below(5) as i64),
            token_balance: (!random.chance(8)).then(|| random.below(10_000) as i64),
            wb_api_status: Some(
                random.pick(&["connected_ok", "connected_ok", "not_connected", "error_401"]).to_owned(),
            ),
            tokens_spent_per_day: Some((random.below(3_000) as f64) / 30.0),
            vision_usage_percent: (!random.chance(3)).then(|| (random.below(1_000) as f64) / 9.99),
            has_ai_analytics_sub: Some(random.chance(5)),
        }
    }

    fn values(&self) -> Vec<Value> {
        vec![
            self.id.as_str().into(),
            self.account_id.clone().into(),
            self.name.clone().into(),
            self.name.as_deref().map(fold).into(),
            self.email.clone().into(),
            self.email.as_deref().map(fold).into(),
            self.phone.clone().into(),
            self.telegram_id.clone().into(),
            self.telegram_username.clone().into(),
            self.registered_at.into(),
            self.last_activity_at.into(),
            self.status.clone().into(),
            self.total_paid.into(),
            self.cabinets.into(),
            self.token_balance.into(),
            self.wb_api_status.clone().into(),
            self.tokens_spent_per_day.into(),
            self.vision_usage_percent.into(),
            self.has_ai_analytics_sub.into(),
            NOON.into(),
            NOON.into(),
        ]
    }
}

const COLUMNS: [&str; 21] = [
    "id",
    "account_id",
    "name",
    "name_fold",
    "email",
    "email_fold",
    "phone",
    "telegram_id",
    "telegram_username",
    "registered_at",
    "last_activity_at",
    "status",
    "total_paid",
    "cabinets",
    "token_balance",
    "wb_api_status",
    "tokens_spent_per_day",
    "vision_usage_percent",
    "has_ai_analytics_sub",
    "stored_at",
    "updated_at",
];

/// Random users `1..=count`.
pub fn crowd(count: usize, seed: u64) -> Vec<Person> {
    let mut random = Random::seeded(seed);
    (1..=count).map(|number| Person::random(number, &mut random)).collect()
}

/// Puts users into the profile table, with the names they are known under.
pub async fn insert(workspace: &Workspace, people: &[Person]) {
    let transaction = workspace.records.begin().await.unwrap();
    for chunk in people.chunks(ROWS_PER_STATEMENT) {
        let rows: Vec<String> = (0..chunk.len())
            .map(|row| format!("({})", sql::placeholders(1 + row * COLUMNS.len(), COLUMNS.len())))
            .collect();
        let insert = format!("INSERT INTO profile ({}) VALUES {}", COLUMNS.join(", "), rows.join(", "));
        sql::run(&transaction, &insert, chunk.iter().flat_map(Person::values).collect()).await.unwrap();
        let rows: Vec<String> =
            (0..chunk.len()).map(|row| format!("('user', ${number}, ${number}, {NOON})", number = row + 1)).collect();
        let insert = format!("INSERT INTO identity (kind, value, user_id, since) VALUES {}", rows.join(", "));
        sql::run(&transaction, &insert, chunk.iter().map(|person| person.id.as_str().into()).collect()).await.unwrap();
    }
    transaction.commit().await.map_err(RecordError::from).unwrap();
    workspace.records.write("ANALYZE", vec![]).await.unwrap();
}

/// Makes every user `times` users, inside the database, which is quicker than sending them: for tests of large tables.
pub async fn multiply(workspace: &Workspace, times: usize) {
    let others = COLUMNS[1..].join(", ");
    let copies = format!(
        "INSERT INTO profile (id, {others})
         WITH RECURSIVE copy(number) AS (SELECT 2 UNION ALL SELECT number + 1 FROM copy WHERE number < {times})
         SELECT profile.id || '-' || copy.number, {others} FROM profile, copy"
    );
    workspace.records.write(&copies, vec![]).await.unwrap();
    workspace.records.write("ANALYZE", vec![]).await.unwrap();
}

/// Puts a user into an alert.
pub async fn enter_alert(workspace: &Workspace, user: &str, alert: &str, at: i64) {
    let insert = "INSERT INTO alert_entry (id, alert, user_id, entered_at) VALUES ($1, $2, $3, $4)";
    let values = vec![format!("{alert}-{user}-{at}").into(), alert.into(), user.into(), at.into()];
    workspace.records.write(insert, values).await.unwrap();
}
