//! A seller's tokens.

/// What was credited, spent and lapsed. What a plan includes lapses with its period; what was bought stays.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Purse {
    lapsing: i64,
    lasting: i64,
}

impl Purse {
    pub fn balance(&self) -> i64 {
        self.lapsing + self.lasting
    }

    /// Tokens of the trial or a plan.
    pub fn credit_for_period(&mut self, tokens: i64) {
        self.lapsing += tokens;
    }

    /// Tokens bought beside a plan.
    pub fn credit_for_good(&mut self, tokens: i64) {
        self.lasting += tokens;
    }

    /// Takes the tokens of an answer, those that lapse first; `false` when there are not enough.
    pub fn spend(&mut self, tokens: i64) -> bool {
        if tokens > self.balance() {
            return false;
        }
        let from_lapsing = tokens.min(self.lapsing);
        self.lapsing -= from_lapsing;
        self.lasting -= tokens - from_lapsing;
        true
    }

    /// Ends a period, and says how many tokens lapsed with it.
    pub fn lapse(&mut self) -> i64 {
        std::mem::take(&mut self.lapsing)
    }
}
