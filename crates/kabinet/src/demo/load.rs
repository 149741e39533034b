//! Tells a running server the history, as the product would have: what happened, then what is.

use std::time::Instant;

use serde_json::Value;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use super::doors::Doors;
use super::history::{self, SellerHistory};
use super::live::LiveSeller;
use super::state::State;

/// Sellers told at once.
const SELLERS_A_ROUND: usize = 100;
/// The most events a batch may have.
const EVENTS_A_BATCH: usize = 1_000;
/// Batches under way at the same time; they share the store's syncs.
const BATCHES_AT_ONCE: usize = 4;

/// What was told.
#[derive(Debug, Default)]
pub struct Told {
    pub sellers: usize,
    pub records: usize,
    /// Events the server did not know yet.
    pub events: usize,
    /// Who takes part in live traffic.
    pub live: Vec<LiveSeller>,
}

/// Tells everything up to `now_ms` that was not told before, and says so with `progress`.
pub async fn load(doors: &Doors, state: &State, now_ms: i64, progress: impl Fn(&Told)) -> anyhow::Result<Told> {
    let (sender, mut rounds) = mpsc::channel::<Vec<SellerHistory>>(2);
    let story = state.story(now_ms);
    let generator = tokio::task::spawn_blocking(move || {
        let mut sellers = history::sellers(story).peekable();
        while sellers.peek().is_some() {
            let round: Vec<SellerHistory> = sellers.by_ref().take(SELLERS_A_ROUND).collect();
            if sender.blocking_send(round).is_err() {
                return;
            }
        }
    });
    let mut told = Told::default();
    let mut shown = Instant::now();
    while let Some(mut round) = rounds.recv().await {
        for seller in &mut round {
            take_live_traffic_into_account(seller, state);
        }
        // A balance that is known before the answers would look like a user who has tokens and uses none.
        told.events += send_events(doors, &round, state.told_until_ms).await?;
        told.records += send_records(doors, &round).await?;
        told.sellers += round.len();
        told.live.extend(round.iter().filter_map(|seller| LiveSeller::of(seller, now_ms)));
        if shown.elapsed().as_secs() >= 3 {
            progress(&told);
            shown = Instant::now();
        }
    }
    generator.await?;
    Ok(told)
}

/// The history does not know what live traffic spent when the demo ran before.
fn take_live_traffic_into_account(seller: &mut SellerHistory, state: &State) {
    let Some(spent) = state.live.get(seller.user.id.as_str()) else { return };
    let Some(traits) = &mut seller.user.traits else { return };
    for (name, change) in [("token_balance", -spent.tokens), ("ai_requests", spent.answers)] {
        let before = traits.get(name).and_then(Value::as_i64).unwrap_or(0);
        traits.insert(name.into(), (before + change).max(0).into());
    }
}

async fn send_records(doors: &Doors, round: &[SellerHistory]) -> anyhow::Result<usize> {
    let mut kinds: [(&str, Vec<Value>); 5] =
        ["user", "subscription", "payment", "seller_cabinet", "session"].map(|kind| (kind, Vec::new()));
    for seller in round {
        kinds[0].1.push(serde_json::to_value(&seller.user)?);
        add(&mut kinds[1].1, &seller.subscriptions)?;
        add(&mut kinds[2].1, &seller.payments)?;
        add(&mut kinds[3].1, &seller.cabinets)?;
        add(&mut kinds[4].1, &seller.sessions)?;
    }
    for (kind, items) in &kinds {
        doors.records(kind, items).await?;
    }
    Ok(kinds.iter().map(|(_, items)| items.len()).sum())
}

fn add<T: serde::Serialize>(items: &mut Vec<Value>, records: &[T]) -> anyhow::Result<()> {
    for record in records {
        items.push(serde_json::to_value(record)?);
    }
    Ok(())
}

async fn send_events(doors: &Doors, round: &[SellerHistory], from_ms: i64) -> anyhow::Result<usize> {
    let mut under_way = JoinSet::new();
    let (mut batch, mut accepted) = (Vec::with_capacity(EVENTS_A_BATCH), 0);
    for seller in round {
        for (number, event) in seller.events.iter().enumerate().filter(|(_, event)| event.at_ms >= from_ms) {
            batch.push(event.to_json(seller.user.id.as_str(), number));
            if batch.len() == EVENTS_A_BATCH {
                accepted += send_when_there_is_room(doors, &mut under_way, std::mem::take(&mut batch)).await?;
            }
        }
    }
    accepted += send_when_there_is_room(doors, &mut under_way, batch).await?;
    while let Some(answer) = under_way.join_next().await {
        accepted += answer??;
    }
    Ok(accepted)
}

async fn send_when_there_is_room(
    doors: &Doors,
    under_way: &mut JoinSet<anyhow::Result<usize>>,
    batch: Vec<Value>,
) -> anyhow::Result<usize> {
    let mut accepted = 0;
    while under_way.len() >= BATCHES_AT_ONCE
        && let Some(answer) = under_way.join_next().await
    {
        accepted += answer??;
    }
    if !batch.is_empty() {
        let (doors, body) = (doors.clone(), serde_json::to_vec(&batch)?);
        under_way.spawn(async move { Ok(doors.events(body).await?.accepted) });
    }
    Ok(accepted)
}
