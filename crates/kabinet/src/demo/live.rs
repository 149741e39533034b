//! What goes on while the demo runs: an event every second or two, through the doors a product would use.

use std::collections::VecDeque;
use std::time::Duration;

use rand::RngExt;
use serde_json::{Value, json};
use uuid::Uuid;

use super::doors::Doors;
use super::history::SellerHistory;
use super::state::State;

/// A seller who takes part: served now, with a cabinet whose key works.
#[derive(Debug, Clone)]
pub struct LiveSeller {
    user_id: String,
    cabinets: Vec<String>,
    /// As the history has it; live traffic is counted in [`State::live`].
    balance: i64,
    answers: i64,
    is_broken: bool,
}

impl LiveSeller {
    /// The seller, when they are served at `now_ms` and all their keys work.
    pub fn of(seller: &SellerHistory, now_ms: i64) -> Option<LiveSeller> {
        let is_covered =
            seller.payments.iter().any(|payment| payment.period_end.is_some_and(|end| end.as_millis() > now_ms));
        let connected: Vec<_> = seller.cabinets.iter().filter(|cabinet| cabinet.removed_at.is_none()).collect();
        let all_work = connected.iter().all(|cabinet| cabinet.api_status.as_deref() == Some("connected_ok"));
        let has = |name: &str| seller.user.traits.as_ref()?.get(name)?.as_i64();
        (is_covered && all_work && !connected.is_empty()).then(|| LiveSeller {
            user_id: seller.user.id.to_string(),
            cabinets: connected.iter().map(|cabinet| cabinet.id.to_string()).collect(),
            balance: has("token_balance").unwrap_or(0),
            answers: has("ai_requests").unwrap_or(0),
            is_broken: false,
        })
    }
}

/// Something that follows later from what happened now.
enum Later {
    Answer { seller: usize, cabinet: String },
    RepairKey { seller: usize, cabinet: String },
}

/// Every so many turns something wrong is sent.
const WRONG_EVERY: u64 = 15;

/// The traffic of one run.
pub struct Live {
    doors: Doors,
    state: State,
    sellers: Vec<LiveSeller>,
    /// With the turn it is due in.
    later: VecDeque<(u64, Later)>,
    turn: u64,
}

impl Live {
    pub fn new(doors: Doors, state: State, sellers: Vec<LiveSeller>) -> Live {
        Live { doors, state, sellers, later: VecDeque::new(), turn: 0 }
    }

    /// Goes on until it is dropped. A server that does not answer (it is being stopped) is no reason to fail.
    pub async fn run(mut self) {
        loop {
            tokio::time::sleep(Duration::from_millis(rand::rng().random_range(700..2_000))).await;
            if let Err(problem) = self.step().await {
                tracing::warn!(%problem, "live traffic");
            }
        }
    }

    /// One thing happens.
    async fn step(&mut self) -> anyhow::Result<()> {
        self.turn += 1;
        // By turns, not by chance: whoever opens the debugger soon sees what a refusal looks like.
        if self.turn % WRONG_EVERY == 3 && !self.sellers.is_empty() {
            let seller = rand::rng().random_range(0..self.sellers.len());
            return self.send_something_wrong(seller).await;
        }
        if let Some(due) = self.later.iter().position(|(turn, _)| *turn <= self.turn)
            && let Some((_, later)) = self.later.remove(due)
        {
            return match later {
                Later::Answer { seller, cabinet } => self.answer(seller, cabinet).await,
                Later::RepairKey { seller, cabinet } => self.check_key(seller, cabinet, "connected_ok").await,
            };
        }
        if self.sellers.is_empty() {
            return self.sign_up().await;
        }
        let seller = rand::rng().random_range(0..self.sellers.len());
        match rand::rng().random_range(0..93) {
            0..70 => self.review(seller).await,
            70..84 => self.log_in(seller).await,
            84..89 => self.break_key(seller).await,
            _ => self.sign_up().await,
        }
    }

    fn some_cabinet(&self, seller: usize) -> String {
        let cabinets = &self.sellers[seller].cabinets;
        cabinets[rand::rng().random_range(0..cabinets.len())].clone()
    }

    async fn track(&self, seller: usize, event: &str, properties: Value) -> anyhow::Result<()> {
        let body = json!({
            "event": event,
            "userId": self.sellers[seller].user_id,
            "messageId": Uuid::now_v7(),
            "properties": properties,
            "context": {"library": {"name": "demo", "version": "1"}},
        });
        self.doors.tell("/v1/track", &body).await
    }

    async fn review(&mut self, seller: usize) -> anyhow::Result<()> {
        if self.sellers[seller].is_broken {
            return Ok(());
        }
        let cabinet = self.some_cabinet(seller);
        let rating = if rand::rng().random_bool(0.75) { 5 } else { rand::rng().random_range(1..=4) };
        self.track(seller, "review_received", json!({"cabinet": cabinet, "rating": rating})).await?;
        let wait = rand::rng().random_range(2..15);
        self.later.push_back((self.turn + wait, Later::Answer { seller, cabinet }));
        Ok(())
    }

    /// The event comes from the app; balance and count are records of the product's server.
    async fn answer(&mut self, seller: usize, cabinet: String) -> anyhow::Result<()> {
        let used_vision = rand::rng().random_bool(0.2);
        let tokens = rand::rng().random_range(140..520) + if used_vision { 700 } else { 0 };
        let LiveSeller { user_id, balance, answers, .. } = self.sellers[seller].clone();
        if balance < tokens {
            return Ok(());
        }
        let body = json!([{
            "id": Uuid::now_v7(),
            "event": "response_generated",
            "user_id": user_id,
            "properties": {"cabinet": cabinet, "tokens": tokens, "used_vision": used_vision},
        }]);
        self.doors.tell("/api/v1/replies/events", &body).await?;
        self.sellers[seller].balance -= tokens;
        self.sellers[seller].answers += 1;
        let spent = self.state.live.entry(user_id.clone()).or_default();
        spent.tokens += tokens;
        spent.answers += 1;
        self.state.save()?;
        let traits = json!({"token_balance": balance - tokens, "ai_requests": answers + 1});
        self.doors.records("user", &[json!({"id": user_id, "traits": traits})]).await
    }

    async fn log_in(&mut self, seller: usize) -> anyhow::Result<()> {
        let body = json!({
            "api_key": self.doors.write_key,
            "event": "logged_in",
            "distinct_id": self.sellers[seller].user_id,
            "uuid": Uuid::now_v7(),
            "properties": {"platform": "telegram", "$lib": "demo"},
        });
        self.doors.tell("/i/v0/e/", &body).await
    }

    /// The seller enters an alert, and leaves it again a minute or two later.
    async fn break_key(&mut self, seller: usize) -> anyhow::Result<()> {
        if self.sellers[seller].is_broken {
            return Ok(());
        }
        let cabinet = self.some_cabinet(seller);
        let wait = rand::rng().random_range(40..120);
        self.later.push_back((self.turn + wait, Later::RepairKey { seller, cabinet: cabinet.clone() }));
        self.check_key(seller, cabinet, "error_401").await
    }

    async fn check_key(&mut self, seller: usize, cabinet: String, status: &str) -> anyhow::Result<()> {
        self.sellers[seller].is_broken = status != "connected_ok";
        self.track(seller, "wb_api_checked", json!({"cabinet": cabinet, "status": status})).await
    }

    async fn sign_up(&mut self) -> anyhow::Result<()> {
        let id = Uuid::now_v7().simple().to_string();
        let number = &id[id.len() - 6..];
        let user_id = format!("new-{number}");
        let user = json!({
            "id": user_id,
            "name": format!("Новый продавец {number}"),
            "email": format!("seller{number}@pochta.example"),
            "locale": "ru",
            "registered_at": jiff::Timestamp::now().to_string(),
            "traits": {"token_balance": 15_000, "ai_requests": 0},
        });
        self.doors.records("user", &[user]).await?;
        let event = json!({"event": "signed_up", "userId": user_id, "messageId": Uuid::now_v7(), "properties": {"source": "telegram"}});
        self.doors.tell("/v1/track", &event).await
    }

    /// Programmers make mistakes; the debugger shows which.
    async fn send_something_wrong(&mut self, seller: usize) -> anyhow::Result<()> {
        let user_id = &self.sellers[seller].user_id;
        let (path, body) = match rand::rng().random_range(0..4) {
            0 => ("/v1/track", json!({"userId": user_id, "properties": {"tokens": 120}})),
            1 => ("/v1/track", json!({"event": "review_received", "properties": {"rating": 5}})),
            2 => ("/api/v1/replies/events", json!([{"event": "review_received", "user_id": user_id, "rating": 5}])),
            _ => ("/v1/track", json!({"event": "review_received", "userId": user_id, "timestamp": "вчера"})),
        };
        self.doors.tell(path, &body).await
    }
}
