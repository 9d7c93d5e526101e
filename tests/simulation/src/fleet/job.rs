//! What a worker of a process does all the time.

use std::time::Duration;

/// What a worker asks its process's client for, and how often. Refused, it asks again after the same
/// time.
#[derive(Debug, Clone, Copy)]
pub struct Job {
    /// What for.
    pub ask: Ask,
    /// How often.
    pub every: Duration,
    /// Its own deadline, where it is not the configured one.
    pub deadline: Option<Duration>,
}

/// What a worker asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ask {
    /// A token from the process's token source.
    Token,
    /// The same for a peer that refuses every token: each is invalidated.
    TokenInVain,
    /// To validate a token that the service has issued within the last minutes.
    Validate,
    /// To validate a token that a stranger has made up.
    ValidateForged,
    /// To validate a token of the first signing key that never ends.
    ValidateStolen,
    /// To load a key.
    Load,
    /// To create a key, and every second time to rotate the last one that it created.
    Create,
}

impl Ask {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Token,
        Self::TokenInVain,
        Self::Validate,
        Self::ValidateForged,
        Self::ValidateStolen,
        Self::Load,
        Self::Create,
    ];

    /// What it is called in reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Token => "token",
            Self::TokenInVain => "token that a peer refuses",
            Self::Validate => "validate",
            Self::ValidateForged => "validate a forged token",
            Self::ValidateStolen => "validate a stolen token",
            Self::Load => "load",
            Self::Create => "create or rotate",
        }
    }
}

impl Job {
    /// Once a second, with the configured deadline.
    #[must_use]
    pub const fn new(ask: Ask) -> Self {
        Self { ask, every: Duration::from_secs(1), deadline: None }
    }

    /// Once in so many seconds.
    #[must_use]
    pub const fn every(self, seconds: u64) -> Self {
        Self { every: Duration::from_secs(seconds), ..self }
    }

    /// With a deadline of its own.
    #[must_use]
    pub const fn deadline(self, deadline: Duration) -> Self {
        Self { deadline: Some(deadline), ..self }
    }
}
