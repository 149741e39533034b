//! What happens to a seller, and how the product tells it.

use serde_json::{Value, json};

/// Something that happened.
#[derive(Debug, Clone, PartialEq)]
pub enum Happening {
    SignedUp { source: &'static str },
    LoggedIn { platform: &'static str },
    CabinetConnected { cabinet: String },
    CabinetRemoved { cabinet: String },
    WbApiChecked { cabinet: String, status: &'static str },
    ReviewReceived { cabinet: String, rating: u8, has_photo: bool },
    ResponseGenerated { cabinet: String, tokens: i64, used_vision: bool },
    TokensCredited { tokens: i64, source: &'static str },
    TokensLapsed { tokens: i64 },
    SubscriptionStarted { plan: &'static str },
    SubscriptionCanceled { plan: &'static str },
    PaymentFailed { plan: &'static str },
    AnswersPaused,
    AnswersResumed,
}

/// Something that happened to a seller at a time.
#[derive(Debug, Clone, PartialEq)]
pub struct SellerEvent {
    /// Milliseconds since the epoch.
    pub at_ms: i64,
    pub what: Happening,
}

impl Happening {
    fn name_and_properties(&self) -> (&'static str, Value) {
        use Happening::*;
        match self {
            SignedUp { source } => ("signed_up", json!({"source": source})),
            LoggedIn { platform } => ("logged_in", json!({"platform": platform})),
            CabinetConnected { cabinet } => ("cabinet_connected", json!({"cabinet": cabinet})),
            CabinetRemoved { cabinet } => ("cabinet_removed", json!({"cabinet": cabinet})),
            WbApiChecked { cabinet, status } => ("wb_api_checked", json!({"cabinet": cabinet, "status": status})),
            ReviewReceived { cabinet, rating, has_photo } => {
                ("review_received", json!({"cabinet": cabinet, "rating": rating, "has_photo": has_photo}))
            }
            ResponseGenerated { cabinet, tokens, used_vision } => {
                ("response_generated", json!({"cabinet": cabinet, "tokens": tokens, "used_vision": used_vision}))
            }
            TokensCredited { tokens, source } => ("tokens_credited", json!({"tokens": tokens, "source": source})),
            TokensLapsed { tokens } => ("tokens_lapsed", json!({"tokens": tokens})),
            SubscriptionStarted { plan } => ("subscription_started", json!({"plan": plan})),
            SubscriptionCanceled { plan } => ("subscription_canceled", json!({"plan": plan})),
            PaymentFailed { plan } => ("payment_failed", json!({"plan": plan})),
            AnswersPaused => ("answers_paused", json!({})),
            AnswersResumed => ("answers_resumed", json!({})),
        }
    }
}

impl SellerEvent {
    /// The event as the native door takes it. `number` is its place in the seller's history.
    pub fn to_json(&self, user_id: &str, number: usize) -> Value {
        let (event, properties) = self.what.name_and_properties();
        json!({
            "id": format!("history-{user_id}-{number}"),
            "event": event,
            "user_id": user_id,
            "timestamp": self.at_ms,
            "properties": properties,
        })
    }
}
