//! What a program may count and alert on.

use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;
use core::time::Duration;

use http::StatusCode;

use crate::base::RequestKind;
use crate::error::ErrorKind;

/// Something that happened, for metrics and alerts: see
/// [`ConfigBuilder::on_event`](crate::ConfigBuilder::on_event). It holds no secret, no id and no
/// name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// A request has been answered, or has failed.
    #[non_exhaustive]
    Attempt {
        /// What kind of request it was.
        kind: RequestKind,
        /// What it was for, in words: "load access key".
        operation: &'static str,
        /// Which attempt of its call it was, from 1.
        attempt: u32,
        /// From sending to the answer.
        took: Duration,
        /// The answer's status, where there was one.
        status: Option<StatusCode>,
        /// What failed, unless the answer is a complete success.
        failure: Option<ErrorKind>,
    },
    /// After a failed attempt the request is retried.
    #[non_exhaustive]
    Retry {
        /// What kind of request it is.
        kind: RequestKind,
        /// What it is for, in words.
        operation: &'static str,
        /// The attempt that failed, from 1.
        attempt: u32,
        /// The pause before the next one.
        delay: Duration,
        /// What failed.
        failure: ErrorKind,
    },
    /// The service has asked to wait: until further notice no request of this kind is sent.
    #[non_exhaustive]
    CooldownBegan {
        /// What kind of requests is held back.
        kind: RequestKind,
        /// For how long, unless the service asks again.
        lasts: Duration,
    },
    /// The service answers requests of this kind again.
    #[non_exhaustive]
    CooldownEnded {
        /// What kind of requests was held back.
        kind: RequestKind,
    },
    /// An access key was exchanged and its token validated, or that failed after a request was sent.
    #[non_exhaustive]
    Exchange {
        /// The status of the answer that it failed by.
        status: Option<StatusCode>,
        /// What failed, where it was no success.
        failure: Option<ErrorKind>,
    },
    /// A token cache has got a new session, or has failed to.
    #[non_exhaustive]
    TokenRefresh {
        /// The token before it still serves.
        early: bool,
        /// What failed, where it was no success.
        failure: Option<ErrorKind>,
    },
    /// The signing keys were fetched, or that failed.
    #[non_exhaustive]
    SigningKeyFetch {
        /// The status of the answer that it failed by.
        status: Option<StatusCode>,
        /// What failed, where it was no success.
        failure: Option<ErrorKind>,
    },
    /// What a cache holds can no longer be renewed. Told once, however often it is tried.
    #[non_exhaustive]
    RenewalFailing {
        /// Which cache it is.
        cache: Cache,
        /// What the cache holds still serves, stale as it is; otherwise callers fail.
        serving: bool,
        /// The status of the answer that it failed by.
        status: Option<StatusCode>,
        /// What failed.
        failure: ErrorKind,
    },
    /// What the cache holds has been renewed, after that had failed.
    #[non_exhaustive]
    RenewalRecovered {
        /// Which cache it is.
        cache: Cache,
    },
    /// A caller was answered with what was at hand.
    #[non_exhaustive]
    CacheHit {
        /// Which cache it is.
        cache: Cache,
    },
    /// A caller was answered with a remembered failure
    /// ([`Error::is_remembered`](crate::Error::is_remembered)).
    #[non_exhaustive]
    FailureRemembered {
        /// Which cache remembers it.
        cache: Cache,
    },
}

/// A cache that keeps something between calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Cache {
    /// The session of a token cache.
    Token,
    /// The signing keys.
    SigningKeys,
}

type Hook = Arc<dyn Fn(&Event) + Send + Sync>;

/// Who is told of events, in the order in which they asked for it.
#[derive(Clone, Default)]
pub(crate) struct EventHooks(Vec<Hook>);

impl EventHooks {
    pub(crate) fn add(&mut self, hook: impl Fn(&Event) + Send + Sync + 'static) {
        self.0.push(Arc::new(hook));
    }

    /// They are foreign code: no lock may be held.
    pub(crate) fn tell(&self, event: Event) {
        self.0.iter().for_each(|hook| hook(&event));
    }
}

impl fmt::Debug for EventHooks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} hooks", self.0.len())
    }
}
