//! Complete refusals.

use descope_core::ErrorKind::{self, Api, Decode, RateLimited, RedirectRefused};
use descope_core::Outcome::{self, Rejected, Unknown};

use super::super::expect::{answered, fails, succeeds};
use super::{answering, fault, raw, send, well, whole};
use crate::conformance::faults::{Fault, Peer};

pub(super) fn faults() -> Vec<Fault> {
    let mut faults = passing();
    faults.extend(retry_after());
    faults.extend(final_ones());
    faults.extend(redirects());
    faults
}

/// Statuses that may pass: once, twice, and for ever.
fn passing() -> Vec<Fault> {
    let unknown = [408, 500, 502, 503, 504, 520, 522, 523, 524].map(|status| (status, Unknown));
    let rejected = [425, 429, 521, 530].map(|status| (status, Rejected));
    let mut faults = Vec::new();
    for (status, outcome) in unknown.into_iter().chain(rejected) {
        let kind = if status == 429 { RateLimited } else { Api };
        let create = |again| if outcome == Unknown { fails(kind, Unknown, 1) } else { again };
        for (times, word) in [(1, "once"), (2, "twice"), (usize::MAX, "for ever")] {
            let peer = answering(move |request| {
                let refused = request.number <= times;
                vec![if refused { send(whole(status, "", REFUSAL)) } else { well(request) }]
            });
            let again = match times {
                usize::MAX => fails(kind, outcome, 3),
                _ => succeeds(times as u32 + 1),
            };
            let name = format!("{status} {word}");
            faults.push(fault(name, peer, answered(status), again.clone(), create(again)));
        }
    }
    faults
}

fn retry_after() -> Vec<Fault> {
    let at_once = |status| {
        let (kind, outcome) = kind_of(status);
        (
            fails(kind, outcome, 3),
            if outcome == Unknown { fails(kind, outcome, 1) } else { fails(kind, outcome, 3) },
        )
    };
    let never = |status| {
        let (kind, outcome) = kind_of(status);
        (fails(kind, outcome, 1), fails(kind, outcome, 1))
    };
    let mut faults = Vec::new();
    for status in [429, 503] {
        for (name, value, (load, create)) in [
            ("0", "0", at_once(status)),
            ("in the past", "Sun, 06 Nov 1994 08:49:37 GMT", at_once(status)),
            ("negative", "-1", at_once(status)),
            ("garbage", "soon", at_once(status)),
            ("a fraction", "1.5", at_once(status)),
            ("empty", "", at_once(status)),
            ("seconds", "30", never(status)),
            ("a date", "Fri, 01 Jan 2100 00:00:00 GMT", never(status)),
            ("huge", "99999999999999999999999999", never(status)),
        ] {
            let peer = raw(whole(status, &format!("retry-after: {value}\r\n"), ""), &[]);
            let name = format!("{status}, to be sent again: {name}");
            faults.push(fault(name, peer, answered(status), load, create));
        }
    }
    faults
}

fn kind_of(status: u16) -> (ErrorKind, Outcome) {
    if status == 429 { (RateLimited, Rejected) } else { (Api, Unknown) }
}

fn final_ones() -> Vec<Fault> {
    let rejected = [400, 401, 403, 404, 409, 410, 413, 422, 431, 525, 526];
    let unknown = [304, 501, 505, 507, 511, 527, 599, 600, 999];
    let rejected = rejected.map(|status| (status, Api, Rejected));
    let unknown = unknown.map(|status| (status, Api, Unknown));
    let nothing = [204, 205].map(|status| (status, Decode, Unknown));
    rejected
        .into_iter()
        .chain(unknown)
        .chain(nothing)
        .map(|(status, kind, outcome)| {
            let body = if [204, 304].contains(&status) { "" } else { REFUSAL };
            let peer = raw(whole(status, "", body), &[]);
            let failed = fails(kind, outcome, 1);
            fault(format!("status {status}"), peer, answered(status), failed.clone(), failed)
        })
        .collect()
}

fn redirects() -> Vec<Fault> {
    let to = |status, location: &str| -> Peer {
        let header =
            if location.is_empty() { String::new() } else { format!("location: {location}\r\n") };
        raw(whole(status, &header, "moved"), &[])
    };
    let refused = fails(RedirectRefused, Rejected, 1);
    [
        ("to the same host", 301, "/v1/elsewhere"),
        ("to itself", 302, "?"),
        ("to another host", 302, "https://evil.example/v1/mgmt/accesskey"),
        ("to another port", 307, "http://127.0.0.1:1/"),
        ("to plain http", 308, "http://127.0.0.1/"),
        ("to see other", 303, "/v1/other"),
        ("to choose from", 300, ""),
        ("to nowhere", 301, ""),
        ("to garbage", 307, "http://["),
    ]
    .into_iter()
    .map(|(name, status, location)| {
        let name = format!("redirect {name}");
        fault(name, to(status, location), answered(status), refused.clone(), refused.clone())
    })
    .collect()
}

const REFUSAL: &str =
    r#"{"errorCode":"E011003","errorDescription":"no","errorMessage":"not this time"}"#;
