//! One process of a fleet: its client, its clocks, its connections.

use std::time::Duration;

use descope_core::{Config, Context, ExchangeAccessKey, Limits, Now, TokenCache, TokenLimits};
use http::Response;

use super::RequestKind;
use super::service::CLEARTEXT;
use crate::World;

/// The longest cooldown on the service's word, and on that of something in its place.
const LONGEST: Duration = Duration::from_secs(300);
const LONGEST_OF_OTHERS: Duration = Duration::from_secs(30);

pub(crate) struct Member {
    pub(crate) context: Context,
    pub(crate) tokens: TokenCache,
    /// How long its monotonic clock stood, before the suspension that it is in.
    stood: Duration,
    /// From when to when it is suspended.
    suspended: Option<(Duration, Duration)>,
    /// Pooled connections that are dead.
    pub(crate) dead_connections: usize,
    /// Until when it was told to send no request of each kind, since the beginning.
    cooldowns: [Duration; RequestKind::ALL.len()],
    pub(crate) requests: u64,
    /// The current minute, and how often it has fetched tokens and signing keys in it.
    minute: (u64, u64),
    /// The most of them in any minute.
    pub(crate) busiest_minute: u64,
}

/// Lets nothing be remembered of failures between calls.
pub(crate) fn forget(limits: &mut Limits) {
    limits.max_cooldown = Duration::ZERO;
    limits.max_cooldown_by_others = Duration::ZERO;
    limits.pauses.longest = Duration::ZERO;
    limits.pauses.refused = Duration::ZERO;
    limits.pauses.attempts = limits.max_attempts;
}

impl Member {
    pub(crate) fn new(config: Config, entropy: [u8; 32], limits: TokenLimits) -> Self {
        let context = Context::new(config, entropy);
        Self {
            tokens: context.token_cache(ExchangeAccessKey::new(CLEARTEXT), limits),
            context,
            stood: Duration::ZERO,
            suspended: None,
            dead_connections: 0,
            cooldowns: [Duration::ZERO; RequestKind::ALL.len()],
            requests: 0,
            minute: (0, 0),
            busiest_minute: 0,
        }
    }

    /// Dies, and starts again as this one.
    pub(crate) fn restart(&mut self, as_new: Self) {
        let Self { requests, minute, busiest_minute, .. } = *self;
        *self = Self { requests, minute, busiest_minute, ..as_new };
    }

    pub(crate) fn suspend(&mut self, from: Duration, time: Duration) {
        self.suspended.get_or_insert((from, from + time));
    }

    /// When it goes on, where it is suspended.
    pub(crate) fn suspended_until(&mut self, elapsed: Duration) -> Option<Duration> {
        let (from, until) = self.suspended?;
        if elapsed < until {
            return Some(until);
        }
        self.stood += until - from;
        self.suspended = None;
        None
    }

    /// What its clocks show, while it is not suspended.
    pub(crate) fn now(&self, world: &World) -> Now {
        let now = world.now();
        Now::new(now.monotonic().saturating_sub(self.stood), now.unix())
    }

    /// Counts a request.
    pub(crate) fn count(&mut self, kind: RequestKind, elapsed: Duration) {
        self.requests += 1;
        if kind == RequestKind::Management {
            return;
        }
        if self.minute.0 != elapsed.as_secs() / 60 {
            self.minute = (elapsed.as_secs() / 60, 0);
        }
        self.minute.1 += 1;
        self.busiest_minute = self.busiest_minute.max(self.minute.1);
    }

    /// Takes note of an answer, as a client should.
    pub(crate) fn heed(
        &mut self,
        kind: RequestKind,
        answer: &Response<Vec<u8>>,
        elapsed: Duration,
    ) {
        let header = answer.headers().get("retry-after").and_then(|value| value.to_str().ok());
        let Some(seconds) = header.and_then(|value| value.parse().ok()) else { return };
        if matches!(answer.status().as_u16(), 429 | 503) {
            let of_service = answer.body().starts_with(br#"{"errorCode""#);
            let longest = if of_service { LONGEST } else { LONGEST_OF_OTHERS };
            let until = elapsed + Duration::from_secs(seconds).min(longest);
            let cooldown = &mut self.cooldowns[kind as usize];
            *cooldown = (*cooldown).max(until);
        }
    }

    /// Until when it was told to send nothing of this kind.
    pub(crate) fn cooldown(&self, kind: RequestKind) -> Duration {
        self.cooldowns[kind as usize]
    }
}
