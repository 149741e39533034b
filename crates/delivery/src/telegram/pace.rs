//! Telegram's limits: about one message per second to a chat and 30 per second in all.

use std::collections::HashMap;
use std::time::{Duration, Instant};

const BETWEEN_MESSAGES_TO_A_CHAT: Duration = Duration::from_secs(1);
const BETWEEN_MESSAGES: Duration = Duration::from_millis(34);
/// Chats remembered before those whose turn has come anyway are forgotten.
const REMEMBERED_CHATS: usize = 1_000;

/// When the next message may leave.
#[derive(Debug, Default)]
pub struct Pace {
    next: Option<Instant>,
    next_in_chat: HashMap<String, Instant>,
}

impl Pace {
    /// Takes the next turn in `chat`, or says how long that would last when it is longer
    /// than `patience`.
    pub fn turn(&mut self, chat: &str, now: Instant, patience: Duration) -> Result<Instant, Duration> {
        let overall = self.next.unwrap_or(now);
        let in_chat = self.next_in_chat.get(chat).copied().unwrap_or(now);
        let turn = now.max(overall).max(in_chat);
        let wait = turn - now;
        if wait > patience {
            return Err(wait);
        }
        // Counted from now, not from the turn: a chat far behind must not hold up the others.
        self.next = Some(overall.max(now) + BETWEEN_MESSAGES);
        if self.next_in_chat.len() >= REMEMBERED_CHATS {
            self.next_in_chat.retain(|_, next| *next > now);
        }
        self.next_in_chat.insert(chat.to_owned(), turn + BETWEEN_MESSAGES_TO_A_CHAT);
        Ok(turn)
    }

    /// Sends nothing to `chat` until then: Telegram asked for it.
    pub fn hold(&mut self, chat: &str, until: Instant) {
        self.next_in_chat.insert(chat.to_owned(), until);
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::Pace;

    const PATIENCE: Duration = Duration::from_secs(5);

    #[test]
    fn one_message_per_second_and_chat() {
        let mut pace = Pace::default();
        let now = Instant::now();
        let waits: Vec<u64> = (0..3).map(|_| (pace.turn("a", now, PATIENCE).expect("soon") - now).as_secs()).collect();
        assert_eq!(waits, [0, 1, 2]);
        let other = pace.turn("b", now, PATIENCE).expect("soon") - now;
        assert!(other < Duration::from_secs(1), "{other:?}");
    }

    #[test]
    fn thirty_messages_per_second_in_all() {
        let mut pace = Pace::default();
        let now = Instant::now();
        let turns = (0..60).map(|chat| pace.turn(&chat.to_string(), now, PATIENCE).expect("soon"));
        let in_first_second = turns.filter(|turn| *turn - now < Duration::from_secs(1)).count();
        assert!((25..=30).contains(&in_first_second), "{in_first_second}");
    }

    #[test]
    fn a_held_chat_gives_its_messages_back_and_others_go_on() {
        let mut pace = Pace::default();
        let now = Instant::now();
        pace.hold("a", now + Duration::from_secs(30));
        assert_eq!(pace.turn("a", now, PATIENCE), Err(Duration::from_secs(30)));
        assert_eq!(pace.turn("b", now, PATIENCE), Ok(now));
        let later = now + Duration::from_secs(30);
        assert_eq!(pace.turn("a", later, PATIENCE), Ok(later));
    }
}
