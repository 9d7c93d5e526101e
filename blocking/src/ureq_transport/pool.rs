//! Connections that wait for their next request.
//!
//! ureq has a pool too, but it asks for addresses before it looks there, holds its lock while it logs,
//! and tells neither whether a connection was in it nor which of them to give up. It stays empty.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use http::uri::{Authority, Scheme};
use ureq::Proxy;
use ureq::unversioned::transport::{ConnectionDetails, Transport};

/// How long a connection may wait. What stands between often closes them after a minute, some servers
/// after 20 s.
const IDLE_FOR: Duration = Duration::from_secs(15);
/// How many may wait: about as many as there are threads that make requests.
const MOST_IDLE: usize = 64;

#[derive(Debug, Default)]
pub(super) struct Pool(Mutex<Vec<Idle>>);

#[derive(Debug)]
struct Idle {
    to: Peer,
    transport: Box<dyn Transport>,
    since: Reading,
}

/// Whom a connection is to, and through which proxy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Peer {
    scheme: Option<Scheme>,
    authority: Option<Authority>,
    proxy: Option<Proxy>,
}

impl Peer {
    pub(super) fn of(details: &ConnectionDetails<'_>) -> Self {
        Self {
            scheme: details.uri.scheme().cloned(),
            authority: details.uri.authority().cloned(),
            proxy: details.config.proxy().cloned(),
        }
    }
}

/// Both clocks at one moment: while a machine is suspended the monotonic one may stand, and servers
/// close connections all the same.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reading {
    monotonic: Instant,
    wall: SystemTime,
}

impl Reading {
    pub(super) fn now() -> Self {
        #[expect(clippy::disallowed_methods, reason = "a driver is where clocks are read")]
        let wall = SystemTime::now();
        Self { monotonic: Instant::now(), wall }
    }

    /// By the clock that moved further.
    fn since(&self, earlier: &Self) -> Duration {
        let by_wall = self.wall.duration_since(earlier.wall).unwrap_or_default();
        self.monotonic.saturating_duration_since(earlier.monotonic).max(by_wall)
    }
}

impl Pool {
    /// A connection that is still open: the one that waited the shortest.
    pub(super) fn take(&self, to: &Peer, now: Reading) -> Option<Box<dyn Transport>> {
        loop {
            let mut all = self.lock();
            let old = drain(&mut all, |idle| now.since(&idle.since) > IDLE_FOR);
            let last = all.iter().rposition(|idle| idle.to == *to);
            let idle = last.map(|last| all.remove(last));
            drop(all);
            drop(old);
            let mut transport = idle?.transport;
            if transport.is_open() {
                return Some(transport);
            }
        }
    }

    pub(super) fn put(&self, to: Peer, transport: Box<dyn Transport>, now: Reading) {
        let mut all = self.lock();
        all.push(Idle { to, transport, since: now });
        let surplus = (all.len() > MOST_IDLE).then(|| all.remove(0));
        drop(all);
        drop(surplus);
    }

    /// Gives up all that wait for this peer.
    pub(super) fn clear(&self, to: &Peer) {
        let gone = drain(&mut self.lock(), |idle| idle.to == *to);
        drop(gone);
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Idle>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Takes those out that fit. They are closed where no lock is held.
fn drain(all: &mut Vec<Idle>, fits: impl Fn(&Idle) -> bool) -> Vec<Idle> {
    let mut out = Vec::new();
    let mut place = 0;
    while place < all.len() {
        if fits(&all[place]) {
            out.push(all.remove(place));
        } else {
            place += 1;
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use std::fmt;

    use ureq::Error;
    use ureq::unversioned::transport::{Buffers, NextTimeout};

    use super::*;

    /// A connection that is a number, open or not.
    struct Numbered {
        number: usize,
        is_open: bool,
    }

    impl fmt::Debug for Numbered {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            self.number.fmt(f)
        }
    }

    impl Transport for Numbered {
        fn buffers(&mut self) -> &mut dyn Buffers {
            unreachable!("it is not used")
        }

        fn transmit_output(&mut self, _: usize, _: NextTimeout) -> Result<(), Error> {
            unreachable!("it is not used")
        }

        fn await_input(&mut self, _: NextTimeout) -> Result<bool, Error> {
            unreachable!("it is not used")
        }

        fn is_open(&mut self) -> bool {
            self.is_open
        }
    }

    fn to(host: &str) -> Peer {
        Peer { scheme: Some(Scheme::HTTPS), authority: Some(host.parse().unwrap()), proxy: None }
    }

    fn put(pool: &Pool, host: &str, number: usize, is_open: bool, now: Reading) {
        pool.put(to(host), Box::new(Numbered { number, is_open }), now);
    }

    fn take(pool: &Pool, host: &str, now: Reading) -> Option<usize> {
        Some(format!("{:?}", pool.take(&to(host), now)?).parse().unwrap())
    }

    #[test]
    fn the_last_that_is_open_is_taken_and_only_by_its_own() {
        let (pool, now) = (Pool::default(), Reading::now());
        for (host, number, is_open) in
            [("a", 1, true), ("a", 2, true), ("b", 3, true), ("a", 4, false)]
        {
            put(&pool, host, number, is_open, now);
        }
        let through_proxy = Peer { proxy: Proxy::new("http://p:1").ok(), ..to("a") };
        let plain = Peer { scheme: Some(Scheme::HTTP), ..to("a") };
        assert!(pool.take(&through_proxy, now).is_none());
        assert!(pool.take(&plain, now).is_none());
        let taken = [take(&pool, "a", now), take(&pool, "a", now), take(&pool, "a", now)];
        assert_eq!(taken, [Some(2), Some(1), None]);
        assert_eq!(take(&pool, "b", now), Some(3));
    }

    #[test]
    fn an_old_one_is_not_used_whichever_clock_says_so() {
        let start = Reading::now();
        let second = Duration::from_secs(1);
        let later = |monotonic, wall| Reading {
            monotonic: start.monotonic + monotonic,
            wall: start.wall + wall,
        };
        let back = Reading { wall: start.wall - 1000 * second, ..start };
        for (now, is_used) in [
            (later(IDLE_FOR, IDLE_FOR), true),
            (later(IDLE_FOR + second, Duration::ZERO), false),
            (later(Duration::ZERO, IDLE_FOR + second), false),
            (back, true),
        ] {
            let pool = Pool::default();
            put(&pool, "a", 1, true, start);
            assert_eq!(take(&pool, "a", now).is_some(), is_used, "{now:?}");
        }
    }

    #[test]
    fn it_is_cleared_by_peer_and_bounded() {
        let (pool, now) = (Pool::default(), Reading::now());
        for number in 0..=MOST_IDLE {
            put(&pool, if number < 2 { "a" } else { "b" }, number, true, now);
        }
        assert_eq!((take(&pool, "a", now), take(&pool, "a", now)), (Some(1), None));
        pool.clear(&to("b"));
        assert_eq!(take(&pool, "b", now), None);
    }
}
