//! What a transport of the SDK must hold to, tried over real sockets.
//!
//! [`check`] lets a transport meet every fault that a server can show it: connections refused, cut,
//! reset and stalled, answers that are slow, endless, malformed, odd or unasked, redirects, and
//! connections that die while idle. [`Report`] says what held, what did not, and why that matters. It
//! takes some seconds.
//!
//! ```
//! use descope_core::Transport;
//! use descope_emulator::conformance;
//!
//! fn hold_to_the_contract(transport: impl Transport) {
//!     let report = conformance::check(transport);
//!     assert!(report.is_sound(), "{report}");
//! }
//! ```
//!
//! A transport that speaks TLS is given [`authority_pem`] to trust, and is checked with
//! [`check_with_tls`]. One whose client has one limit for connecting, and not one for each request,
//! sets it to [`CONNECT_TIMEOUT`].

#[doc(hidden)]
pub mod faults;
mod meeting;
mod report;
mod requests;
mod rule;

use descope_core::Transport;

pub use faults::authority_pem;
pub use faults::table::CONNECT as CONNECT_TIMEOUT;
pub use report::{Finding, Report};
pub use rule::Rule;

use faults::table::good_server;
use faults::{Fault, Request, Server, each_at_once, table};

/// Checks a transport over plain http.
pub fn check(transport: impl Transport) -> Report {
    check_some(transport, |fault| fault.is_https().then_some("it is not checked over TLS"))
}

/// Checks a transport over plain http and TLS. It must trust [`authority_pem`].
pub fn check_with_tls(transport: impl Transport) -> Report {
    check_some(transport, |_| None)
}

/// Checks a transport under the faults for which `skip` has no reason.
#[doc(hidden)]
pub fn check_some(
    transport: impl Transport,
    skip: impl Fn(&Fault) -> Option<&'static str>,
) -> Report {
    let transport: &dyn Transport = &transport;
    let mut report = Report::default();
    let mut faults = table();
    let requests = probe(transport);
    let gzip = requests.iter().any(|request| {
        request.header("accept-encoding").is_some_and(|codings| codings.contains("gzip"))
    });
    let http_1_0 = requests.iter().any(|request| request.head.contains(" HTTP/1.0\r\n"));
    faults.retain(|fault| {
        let why = skip(fault)
            .or((!gzip && fault.is_of_gzip()).then_some("it does not offer gzip"))
            .or((http_1_0 && fault.is_of_http_1_1()).then_some("it asks for HTTP/1.0"));
        report.skipped.extend(why.map(|why| (fault.name.clone(), why)));
        why.is_none()
    });
    let meet = |fault: &Fault| (fault.name.clone(), meet_in_time(transport, fault));
    // What is endless may take memory without end: one at a time.
    let (large, small): (Vec<_>, Vec<_>) = faults.into_iter().partition(|fault| fault.large);
    let results = each_at_once(&small, meet).into_iter().chain(large.iter().map(meet));
    for (fault, findings) in results {
        if findings.is_empty() {
            report.held.push(fault);
        }
        report.findings.extend(findings);
    }
    report
}

/// A busy machine is no fault of the transport: what took too long is met again, four times at most.
fn meet_in_time(transport: &dyn Transport, fault: &Fault) -> Vec<Finding> {
    let is_late = |finding: &Finding| matches!(finding.rule, Rule::Time | Rule::Patience);
    let mut findings = meeting::meet(transport, fault);
    for _ in 0..4 {
        if !findings.iter().any(is_late) {
            break;
        }
        findings = meeting::meet(transport, fault);
    }
    findings
}

/// What the transport sends where all is well.
fn probe(transport: &dyn Transport) -> Vec<Request> {
    let open = good_server().open();
    let _ = transport.send(requests::get(&open.url));
    open.server.as_ref().map(Server::requests).unwrap_or_default()
}
