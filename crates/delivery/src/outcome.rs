use std::fmt;
use std::time::Duration;

/// What became of one message to one recipient.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The other side took the message.
    Delivered {
        /// What the other side calls it: the Message-ID, or Telegram's message number.
        reference: String,
    },
    /// It was not sent; the same message may succeed later.
    Later {
        /// What the other side or the network said.
        detail: String,
        /// How long the other side asked to be left alone.
        after: Option<Duration>,
    },
    /// It was not sent, and never will be to this recipient.
    Refused {
        /// Why, as far as the protocol tells.
        refusal: Refusal,
        /// What the other side said.
        detail: String,
    },
    /// It was not sent, and nothing will be until someone changes the settings.
    Misconfigured {
        /// What is wrong with the settings.
        detail: String,
    },
    /// It may have been sent: the connection broke after the message was handed over and
    /// before the answer came. Sending again may deliver it twice.
    Uncertain {
        /// What broke.
        detail: String,
    },
}

/// Why a message is refused for good.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Nobody has that address or chat.
    NoSuchRecipient,
    /// The recipient blocked the sender, or removed it from the chat.
    Blocked,
    /// The group has another id now.
    MovedTo(i64),
    /// The message itself is not acceptable: too long, malformed, taken for spam.
    Content,
}

impl Outcome {
    /// A stable word: `delivered`, `later`, `refused`, `misconfigured` or `uncertain`.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Delivered { .. } => "delivered",
            Self::Later { .. } => "later",
            Self::Refused { .. } => "refused",
            Self::Misconfigured { .. } => "misconfigured",
            Self::Uncertain { .. } => "uncertain",
        }
    }

    /// What there is to say about it, for people.
    #[must_use]
    pub fn detail(&self) -> &str {
        match self {
            Self::Delivered { reference } => reference,
            Self::Later { detail, .. }
            | Self::Refused { detail, .. }
            | Self::Misconfigured { detail }
            | Self::Uncertain { detail } => detail,
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.code(), self.detail())
    }
}

/// What another system said, short enough for a table and without line breaks.
pub(crate) fn told(text: &str) -> String {
    const MAXIMUM_CHARACTERS: usize = 300;
    text.chars()
        .map(|character| if character.is_control() { ' ' } else { character })
        .take(MAXIMUM_CHARACTERS)
        .collect()
}
