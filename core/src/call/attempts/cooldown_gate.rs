//! How a call keeps to what the service has asked of all calls of its kind.

use core::time::Duration;

use super::{Call, End};
use crate::base::Now;
use crate::call::step::Step;
use crate::call::{Endpoint, cooldown, retry};
use crate::config::Event;
use crate::error::{Error, ErrorKind};

impl<E: Endpoint> Call<E> {
    /// Nothing is sent before this time has passed: the call waits, or fails at once.
    pub(super) fn cool_down(mut self, left: Duration, lasts: Duration, now: Now) -> Step<Self> {
        let text = "the service asked to wait longer than this call's deadline allows";
        let mut error = self.held_back(text).gave_up().with_wait(left);
        if let Some(last) = &self.last {
            error = error.with_source(last.clone());
        }
        let delay = left.saturating_add(self.jitter_over(lasts, now));
        match retry::fitting(left, delay, self.left(now)) {
            Some(delay) => self.sleep(delay, error),
            None => Step::Done(Err(self.finish(error, now))),
        }
    }

    /// Those who have waited leave one after the other.
    pub(super) fn after_probe(self, lasted: Duration, now: Now) -> Step<Self> {
        let delay = self.jitter_over(lasted, now).min(self.left(now) / 2);
        let reason = self.held_back("the service had asked to wait");
        self.sleep(delay, reason)
    }

    fn held_back(&self, text: &'static str) -> Error {
        let error = Error::new(ErrorKind::RateLimited, text);
        error.with_call(self.endpoint.operation(), self.worst, self.attempts)
    }

    fn jitter_over(&self, told: Duration, now: Now) -> Duration {
        let limits = self.context.config().limits();
        retry::jitter_over(limits, told, limits.backoff, self.context.random(now))
    }

    /// Takes what the end of a request says to whoever counts them, and to all calls of its kind.
    pub(super) fn learn(&mut self, end: &End, now: Now) {
        let (kind, failed) = (self.kind(), end.as_ref().err().map(|(error, _)| error));
        self.context.tell(Event::Attempt {
            kind,
            operation: self.operation().name,
            attempt: self.attempts,
            took: now.monotonic().saturating_sub(self.sent.monotonic()),
            status: end.as_ref().map_or_else(|(error, _)| error.status(), |it| Some(it.status())),
            failure: failed.map(Error::kind),
        });
        let limits = self.context.config().limits();
        let asked = failed.and_then(|error| {
            let (status, retry_after) = (error.status()?.as_u16(), error.retry_after());
            let (rate_limited, by_service) = (error.is_rate_limited(), error.is_from_service());
            cooldown::asked(limits, rate_limited, status, retry_after, by_service)
        });
        if self.context.cooldowns().learn(kind, asked, self.probe.take(), now) {
            self.context.tell(match asked {
                Some(lasts) => Event::CooldownBegan { kind, lasts },
                None => Event::CooldownEnded { kind },
            });
        }
    }
}
