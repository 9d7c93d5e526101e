//! The faults by name.

mod bodies;
mod connecting;
mod cut;
mod echoes;
mod framing;
mod handshakes;
mod kept_alive;
mod sizes;
mod slow;
mod statuses;

use std::sync::Arc;
use std::time::Duration;

use super::expect::{Called, Sent};
use super::{Act, Behaviour, Fault, Identity, Peer, Request};

/// The cleartext that every good answer to a create holds.
pub const CLEARTEXT: &str = "K2cleartext0that0nobody0may0ever0see0in0a0log";

/// The id of the key in an answer that nobody asked for.
pub const UNASKED_ID: &str = "K9";

/// How long one attempt, and a call, may take in the tests.
pub const DEADLINE: Duration = Duration::from_millis(700);

/// How long connecting may take in a check.
pub const CONNECT: Duration = Duration::from_millis(350);

/// The bound of bodies.
pub const MAX_BODY: usize = 1 << 20;

/// All of them.
#[must_use]
pub fn table() -> Vec<Fault> {
    let groups = [
        connecting::faults(),
        handshakes::faults(),
        framing::faults(),
        cut::faults(),
        slow::faults(),
        sizes::faults(),
        bodies::faults(),
        kept_alive::faults(),
        statuses::faults(),
        echoes::faults(),
    ];
    groups.into_iter().flatten().collect()
}

/// A server that answers each request as it should.
#[must_use]
pub fn good_server() -> Peer {
    answering(|request| vec![well(request)])
}

/// A fault that GET and POST meet alike.
fn fault(name: impl Into<String>, peer: Peer, sent: Sent, load: Called, create: Called) -> Fault {
    let post = sent.clone();
    Fault {
        name: name.into(),
        kept_alive: false,
        large: false,
        peer,
        get: sent,
        post,
        load,
        create,
    }
}

fn answering(answer: impl Fn(&Request) -> Vec<Act> + Send + Sync + 'static) -> Peer {
    Peer::Server(Behaviour { answer: Some(Arc::new(answer)), ..Behaviour::default() })
}

/// The same over TLS, with a certificate.
fn speaking(
    identity: Identity,
    answer: impl Fn(&Request) -> Vec<Act> + Send + Sync + 'static,
) -> Peer {
    Peer::Server(Behaviour {
        https: true,
        identity: Some(identity),
        answer: Some(Arc::new(answer)),
        accept: Vec::new(),
    })
}

/// Sends this, and then does that.
fn raw(bytes: impl Into<Vec<u8>>, then: &[Act]) -> Peer {
    let bytes = bytes.into();
    let then = then.to_vec();
    answering(move |_| [&[Act::Send(bytes.clone())], &then[..]].concat())
}

fn send(bytes: impl AsRef<[u8]>) -> Act {
    Act::Send(bytes.as_ref().to_vec())
}

/// Status line and headers, each header with its line's end.
fn head(status: u16, headers: &str) -> String {
    format!("HTTP/1.1 {status} Whatever\r\n{headers}\r\n")
}

/// A whole answer.
fn whole(status: u16, headers: &str, body: impl AsRef<[u8]>) -> Vec<u8> {
    let body = body.as_ref();
    let length = format!("content-length: {}\r\n{headers}", body.len());
    [head(status, &length).as_bytes(), body].concat()
}

/// What the service answers when all is well.
fn good(request: &Request) -> String {
    let key = r#"{"id":"K1","name":"ci","status":"active"}"#;
    if request.is_create() {
        format!(r#"{{"cleartext":"{CLEARTEXT}","key":{key}}}"#)
    } else {
        format!(r#"{{"key":{key}}}"#)
    }
}

fn well(request: &Request) -> Act {
    Act::Send(whole(200, "content-type: application/json\r\n", good(request)))
}
