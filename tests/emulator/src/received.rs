//! What was received: the last requests in full, and how many there were of each operation.

use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::net::IpAddr;

use http::{HeaderMap, Method, Request};
use serde_json::Value;

use crate::Operation;

/// The most bytes of bodies that are kept.
const KEPT_BYTES: usize = 64 << 20;

/// A request as it was received. `Debug` shows neither a header's value nor the body.
#[derive(Clone)]
#[non_exhaustive]
pub struct Received {
    /// The operation at its path, whatever the method; none at an unknown path.
    pub operation: Option<Operation>,
    /// The method.
    pub method: Method,
    /// The path, still percent-encoded.
    pub path: String,
    /// What follows the question mark, still percent-encoded; empty without one.
    pub query: String,
    /// The headers.
    pub headers: HeaderMap,
    /// The body, with its transfer coding removed.
    pub body: Vec<u8>,
    /// The address it came from.
    pub peer: IpAddr,
}

impl Received {
    pub(crate) fn new(request: &Request<Vec<u8>>, peer: IpAddr) -> Self {
        Self {
            operation: Operation::at(request.uri().path()),
            method: request.method().clone(),
            path: request.uri().path().to_owned(),
            query: request.uri().query().unwrap_or_default().to_owned(),
            headers: request.headers().clone(),
            body: request.body().clone(),
            peer,
        }
    }

    /// A header's value; none where it is missing or is not text.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The body as JSON; `Null` where it is none.
    #[must_use]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }
}

impl fmt::Debug for Received {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Received")
            .field("operation", &self.operation)
            .field("method", &self.method)
            .field("path", &self.path)
            .field("query", &self.query)
            .field("headers", &self.headers.keys().collect::<Vec<_>>())
            .field("body_bytes", &self.body.len())
            .field("peer", &self.peer)
            .finish()
    }
}

/// The requests so far.
#[derive(Debug)]
pub(crate) struct Log {
    kept: VecDeque<Received>,
    bytes: usize,
    limit: usize,
    counts: BTreeMap<(Option<Operation>, IpAddr), u64>,
}

impl Log {
    pub(crate) fn new(limit: usize) -> Self {
        Self { kept: VecDeque::new(), bytes: 0, limit, counts: BTreeMap::new() }
    }

    /// `client`: the address that it is counted for.
    pub(crate) fn add(&mut self, request: &Request<Vec<u8>>, peer: IpAddr, client: IpAddr) {
        let operation = Operation::at(request.uri().path());
        *self.counts.entry((operation, client)).or_default() += 1;
        if self.limit == 0 {
            return;
        }
        self.bytes += request.body().len();
        self.kept.push_back(Received::new(request, peer));
        while self.kept.len() > self.limit || self.bytes > KEPT_BYTES {
            let Some(oldest) = self.kept.pop_front() else { break };
            self.bytes -= oldest.body.len();
        }
    }

    pub(crate) fn clear(&mut self) {
        *self = Self::new(self.limit);
    }

    pub(crate) fn requests(&self) -> Vec<Received> {
        self.kept.iter().cloned().collect()
    }

    pub(crate) fn count(&self, operation: Option<Operation>) -> u64 {
        let counts = self.counts.iter().filter(|((counted, _), _)| *counted == operation);
        counts.map(|(_, count)| count).sum()
    }

    pub(crate) fn count_from(&self, operation: Operation, client: IpAddr) -> u64 {
        self.counts.get(&(Some(operation), client)).copied().unwrap_or_default()
    }

    pub(crate) fn total(&self) -> u64 {
        self.counts.values().sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PEER: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);

    fn request(path: &str, bytes: usize) -> Request<Vec<u8>> {
        Request::post(path)
            .header("authorization", "Bearer secret")
            .body(vec![b'x'; bytes])
            .unwrap()
    }

    #[test]
    fn all_are_counted_and_the_last_are_kept() {
        let mut log = Log::new(2);
        for path in ["/a", "/v1/mgmt/license", "/v1/mgmt/license?x=1"] {
            log.add(&request(path, 1), PEER, PEER);
        }
        assert_eq!(log.count(Some(Operation::License)), 2);
        assert_eq!((log.count(None), log.total()), (1, 3));
        assert_eq!(log.count_from(Operation::License, PEER), 2);
        assert_eq!(log.count_from(Operation::License, IpAddr::from([192, 0, 2, 1])), 0);
        assert_eq!(log.requests().len(), 2);
        assert_eq!(log.requests()[1].query, "x=1");
        log.add(&request("/big", KEPT_BYTES), PEER, PEER);
        assert_eq!(log.requests().len(), 1);
        log.clear();
        assert_eq!((log.total(), log.bytes), (0, 0));
    }

    #[test]
    fn debug_shows_no_header_value_and_no_body() {
        let mut log = Log::new(1);
        log.add(&request("/a", 4), PEER, PEER);
        let shown = format!("{log:?}");
        assert!(shown.contains("authorization"), "{shown}");
        assert!(!shown.contains("secret") && !shown.contains("xxxx"), "{shown}");
    }
}
