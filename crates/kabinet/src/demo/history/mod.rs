//! A year in the life of sellers who use `replies`, made up from a seed.
//!
//! Pure: the same seed, number of sellers and times give the same bytes. A later `until` only adds to the end, because
//! every seller has dice of their own and lives through time in order. Nothing is stated that does not follow from what
//! happened: a balance is what was credited less what was spent and what lapsed, a total is the sum of its payments.

mod billing;
mod calendar;
mod dice;
mod events;
mod growth;
mod life;
mod people;
mod purse;
mod seller;
mod service;
#[cfg(test)]
mod tests;

#[cfg(test)]
use events::Happening;
pub use seller::SellerHistory;

/// What the history is made from.
#[derive(Debug, Clone, Copy)]
pub struct Story {
    pub seed: u64,
    /// How many sellers sign up in the year before `started_ms`.
    pub sellers: usize,
    /// When the demo was first started: the year ends there. Milliseconds since the epoch.
    pub started_ms: i64,
    /// Nothing happens from here on. Milliseconds since the epoch.
    pub until_ms: i64,
}

/// Every seller with all that happened to them, in the order they signed up.
pub fn sellers(story: Story) -> impl Iterator<Item = SellerHistory> {
    let days = growth::sign_up_days(story.sellers, story.started_ms);
    days.into_iter().enumerate().map(move |(number, day)| life::live(story, number, day))
}
