//! Limits by address: so many requests in so much time.

use std::collections::HashMap;
use std::net::IpAddr;
use std::time::Duration;

use http::{Response, header};

use crate::Operation;
use crate::error::Refusal;

/// How many requests each address may make; beyond that they are answered with 429 and a
/// `Retry-After`, and not carried out.
///
/// A window begins with the first request of an address, and ends when its time is over by the
/// emulator's clock; `Retry-After` is what is left of it, in whole seconds rounded up.
///
/// ```
/// use std::time::Duration;
/// use descope_emulator::{Emulator, Operation, RateLimit};
///
/// let limit = RateLimit::new(1000, Duration::from_secs(10));
/// let exchanges = RateLimit::new(100, Duration::from_secs(60)).on(Operation::Exchange);
/// let emulator = Emulator::builder().limit(limit).limit(exchanges).start();
/// # drop(emulator);
/// ```
#[derive(Debug, Clone)]
pub struct RateLimit {
    requests: u32,
    window: Duration,
    operations: Vec<Operation>,
    addresses: HashMap<IpAddr, Window>,
}

#[derive(Debug, Clone, Copy)]
struct Window {
    ends: Duration,
    requests: u32,
}

impl RateLimit {
    /// So many requests in a window of this length, from each address, whatever they ask for.
    #[must_use]
    pub fn new(requests: u32, window: Duration) -> Self {
        Self { requests, window, operations: Vec::new(), addresses: HashMap::new() }
    }

    /// Counts this operation alone, or one more.
    #[must_use]
    pub fn on(mut self, operation: Operation) -> Self {
        self.operations.push(operation);
        self
    }

    /// Counts a request; the time to wait where it is one too many.
    fn exceeded(
        &mut self,
        operation: Option<Operation>,
        address: IpAddr,
        now: Duration,
    ) -> Option<Duration> {
        let counts = self.operations.is_empty()
            || operation.is_some_and(|operation| self.operations.contains(&operation));
        if !counts {
            return None;
        }
        let fresh = Window { ends: now.saturating_add(self.window), requests: 0 };
        let window = self.addresses.entry(address).or_insert(fresh);
        if window.ends <= now {
            *window = fresh;
        }
        window.requests = window.requests.saturating_add(1);
        (window.requests > self.requests).then(|| window.ends - now)
    }
}

/// The answer to a request that exceeds one of the limits; all of them count it.
pub(crate) fn refuse(
    limits: &mut [RateLimit],
    operation: Option<Operation>,
    address: IpAddr,
    now: Duration,
) -> Option<Response<Vec<u8>>> {
    let waits = limits.iter_mut().filter_map(|limit| limit.exceeded(operation, address, now));
    let wait = waits.max()?;
    let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
    let mut response = Refusal::rate_limited().into_response();
    response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
    Some(response)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);

    #[test]
    fn each_address_has_its_own_window() {
        let mut limit = RateLimit::new(2, Duration::from_secs(10)).on(Operation::Exchange);
        let mut wait = |operation, address, milliseconds| {
            limit.exceeded(operation, address, Duration::from_millis(milliseconds))
        };
        let exchange = Some(Operation::Exchange);
        assert_eq!(wait(exchange, HERE, 1000), None);
        assert_eq!(wait(exchange, HERE, 5000), None);
        assert_eq!(wait(exchange, HERE, 6000), Some(Duration::from_secs(5)));
        assert_eq!(wait(exchange, IpAddr::from([192, 0, 2, 1]), 6000), None);
        assert_eq!(wait(Some(Operation::Load), HERE, 6000), None);
        assert_eq!(wait(None, HERE, 6000), None);
        assert_eq!(wait(exchange, HERE, 11_000), None);
    }

    #[test]
    fn the_longest_wait_is_told_in_whole_seconds() {
        let mut limits = [
            RateLimit::new(0, Duration::from_millis(1500)),
            RateLimit::new(0, Duration::from_millis(500)),
            RateLimit::new(9, Duration::from_secs(60)),
        ];
        let response = refuse(&mut limits, None, HERE, Duration::ZERO).unwrap();
        assert_eq!(
            (response.status().as_u16(), &response.headers()["retry-after"]),
            (429, &"2".parse::<http::HeaderValue>().unwrap())
        );
        assert!(refuse(&mut limits[2..], None, HERE, Duration::ZERO).is_none());
    }
}
