//! One transport and one fault: a GET, and a POST on a fresh connection.

use std::error::Error as StdError;
use std::time::{Duration, Instant};

use descope_core::{Failure, FailureKind, Outgoing, Reply, Transport};
use http::Response;
use serde_json::Value;

use super::faults::table::{CONNECT, DEADLINE, MAX_BODY, UNASKED_ID};
use super::faults::{Fault, Open, Sent, Server, Took};
use super::requests::{MANAGEMENT_KEY, differences, get, post};
use super::{Finding, Rule};

/// What did not hold.
pub(super) fn meet(transport: &dyn Transport, fault: &Fault) -> Vec<Finding> {
    let mut findings = Vec::new();
    // Whether the whole client succeeds with this answer: then it is one that can be used.
    let (loaded, created) = (fault.load.result.is_ok(), fault.create.result.is_ok());
    for (method, must, usable) in [("GET", &fault.get, loaded), ("POST", &fault.post, created)] {
        let open = fault.peer.open();
        let mut meeting =
            Meeting { fault, method, must, usable, open: &open, found: &mut findings };
        if !fault.kept_alive || meeting.prime(transport) {
            meeting.hold(transport);
        }
    }
    findings
}

struct Meeting<'a> {
    fault: &'a Fault,
    method: &'static str,
    must: &'a Sent,
    usable: bool,
    open: &'a Open,
    found: &'a mut Vec<Finding>,
}

impl Meeting<'_> {
    fn find(&mut self, rule: Rule, what: impl Into<String>) {
        let (fault, method) = (self.fault.name.clone(), self.method);
        self.found.push(Finding { rule, fault, method, what: what.into() });
    }

    fn outgoing(&self) -> Outgoing {
        if self.method == "GET" { get(&self.open.url) } else { post(&self.open.url) }
    }

    /// Fills the pool with a connection, and lets the server do with it what it does when idle.
    fn prime(&mut self, transport: &dyn Transport) -> bool {
        let reply = transport.send(get(&self.open.url));
        if !reply.as_ref().is_ok_and(|response| response.status() == 200) {
            self.find(Rule::Answers, format!("a good answer is {}", shown(&reply)));
            return false;
        }
        self.open.server.iter().for_each(Server::settle);
        true
    }

    fn hold(&mut self, transport: &dyn Transport) {
        let outgoing = self.outgoing();
        let given = outgoing.request.clone();
        let enough = outgoing.max_refusal_body;
        let requests = || {
            let server = self.open.server.as_ref();
            server.map_or_else(Vec::new, Server::requests)
        };
        let before = requests().len();
        let start = Instant::now();
        let reply = transport.send(outgoing);
        let took = start.elapsed();
        let arrived = requests().split_off(before);

        for request in &arrived {
            for difference in differences(request, &given) {
                self.find(Rule::AsGiven, difference);
            }
        }
        if arrived.len() > 1 {
            self.find(Rule::Once, format!("{} requests arrived", arrived.len()));
        }
        let ends_alike = match (&reply, self.must.reply) {
            (Ok(response), Ok(status)) => response.status() == status,
            (Err(failure), Err(kind)) => failure.kind == kind,
            _ => false,
        };
        self.hold_time(took, ends_alike);
        match (&reply, self.must.reply) {
            (Ok(response), Ok(status)) => self.hold_answer(response, status),
            // It was sent on another connection than the one that dies, which is as good.
            (Ok(response), Err(_)) if self.fault.kept_alive && response.status() == 200 => {}
            (Ok(response), Err(kind)) => {
                let what = format!("{} instead of {kind:?}", response.status());
                self.find(rule_of_answer_instead_of(kind), what);
            }
            // It stopped where the core reads no further.
            (Err(failure), Ok(status))
                if failure.refusal().is_some_and(|answer| {
                    answer.status() == status && answer.body().len() >= enough
                }) => {}
            (Err(_), Ok(status)) => {
                let rule = match self.fault.kept_alive && self.method == "POST" {
                    true => Rule::Fresh,
                    false if self.fault.is_lenient() => Rule::Kind,
                    false => Rule::Answers,
                };
                self.find(rule, format!("{} instead of {status}", shown(&reply)));
            }
            (Err(failure), Err(_)) => self.hold_kind(failure),
        }
        if let Err(failure) = &reply {
            self.hold_failure(failure, !arrived.is_empty());
        }
    }

    /// `ends_alike`: it ended as it was to. Otherwise it may well end at another time.
    fn hold_time(&mut self, took: Duration, ends_alike: bool) {
        if self.must.took.fits(took, CONNECT, DEADLINE) {
            return;
        }
        let end = match self.must.took {
            Took::AtOnce => "at once",
            Took::Connect => "at the limit for connecting",
            Took::Deadline | Took::Within => "at the limit of the attempt",
        };
        let what = format!("it took {} ms, and was to end {end}", took.as_millis());
        let in_time = match self.must.took {
            Took::Connect => Took::Connect.fits(took.max(CONNECT), CONNECT, DEADLINE),
            _ => Took::Within.fits(took, CONNECT, DEADLINE),
        };
        if !in_time {
            self.find(Rule::Time, what);
        } else if ends_alike {
            self.find(Rule::Patience, what);
        }
    }

    fn hold_answer(&mut self, response: &Response<Vec<u8>>, status: u16) {
        let is = response.status().as_u16();
        if is != status {
            let rule = if (300..400).contains(&status) { Rule::Once } else { Rule::Answers };
            self.find(rule, format!("{is} instead of {status}"));
        } else if response.body().len() > MAX_BODY {
            self.find(Rule::Size, format!("a body of {} bytes", response.body().len()));
        } else if status == 200 && self.usable {
            let body: Value = serde_json::from_slice(response.body()).unwrap_or_default();
            if body["key"]["id"] == UNASKED_ID {
                self.find(Rule::Own, "the answer is one that came before the request");
            } else if body["key"]["id"] != "K1" {
                self.find(Rule::Whole, "the body is not what was sent");
            }
        }
    }

    fn hold_kind(&mut self, failure: &Failure) {
        let Err(kind) = self.must.reply else { return };
        if failure.kind != kind {
            self.find(Rule::Kind, format!("{:?} instead of {kind:?}", failure.kind));
        }
    }

    fn hold_failure(&mut self, failure: &Failure, arrived: bool) {
        if !failure.sent && (self.must.sent || arrived) {
            self.find(Rule::Sent, "it is said not to have been sent");
        } else if failure.sent && !self.must.sent {
            self.find(Rule::Unsent, "it is said to have been sent");
        }
        if self.must.reply.is_err() {
            self.hold_partial(failure.partial.as_deref());
        }
        let is_of_time = matches!(failure.kind, FailureKind::Timeout | FailureKind::ConnectTimeout);
        if failure.source.is_none() && !is_of_time {
            self.find(Rule::Source, format!("{:?} has none", failure.kind));
        }
        if everything(failure).contains(&MANAGEMENT_KEY[..20]) {
            self.find(Rule::Secrets, "the failure shows the management key");
        }
    }

    fn hold_partial(&mut self, partial: Option<&Response<Vec<u8>>>) {
        match (&self.must.partial, partial) {
            (_, Some(partial)) if partial.body().len() > MAX_BODY => {
                self.find(Rule::Size, format!("a part of {} bytes", partial.body().len()));
            }
            (None, None) => {}
            (None, Some(partial)) => {
                let what = format!("a part of an answer with status {}", partial.status());
                self.find(Rule::Partial, what);
            }
            (Some((status, _)), None) => {
                self.find(Rule::Partial, format!("nothing of the answer with status {status}"));
            }
            (Some((status, body)), Some(partial)) => {
                let (is_status, is_body) = (partial.status().as_u16(), partial.body());
                let begins = is_body.starts_with(body) && (!body.is_empty() || is_body.is_empty());
                if is_status != *status || !begins {
                    let beginning = String::from_utf8_lossy(&is_body[..is_body.len().min(40)]);
                    let what = format!("status {is_status} and {beginning:?} of the answer");
                    self.find(Rule::Partial, what);
                }
            }
        }
    }
}

/// What is broken by an answer where there should have been a failure.
fn rule_of_answer_instead_of(kind: FailureKind) -> Rule {
    match kind {
        FailureKind::BodyTooLarge | FailureKind::HeaderTooLarge => Rule::Size,
        FailureKind::Malformed => Rule::Http,
        FailureKind::Certificate | FailureKind::Tls | FailureKind::NotTls => Rule::Certificates,
        _ => Rule::Whole,
    }
}

fn shown(reply: &Reply) -> String {
    match reply {
        Ok(response) => response.status().to_string(),
        Err(failure) => match &failure.source {
            Some(source) => format!("{:?} ({source})", failure.kind),
            None => format!("{:?}", failure.kind),
        },
    }
}

/// All that a failure shows as text.
fn everything(failure: &Failure) -> String {
    let mut text = format!("{failure:?}");
    let mut source: Option<&dyn StdError> = match &failure.source {
        Some(source) => Some(&**source),
        None => None,
    };
    while let Some(error) = source {
        text.push_str(&format!(" {error} {error:?}"));
        source = error.source();
    }
    text
}
