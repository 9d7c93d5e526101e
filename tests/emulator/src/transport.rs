//! The emulator as a transport of the SDK: no sockets, and the same faults.

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use descope_core::{Failure, FailureKind, Outgoing, Reply, Transport};
use http::{Response, header};

use crate::emulator::Instance;
use crate::fault::Delivery;

/// Hands requests to an emulator without a socket; from [`Emulator::transport`]. Cheap to clone; the
/// emulated project lives as long as the emulator or one of these.
///
/// A fault that concerns a connection becomes what a transport would report of it. One that takes
/// time takes it, up to the attempt's timeout.
///
/// [`Emulator::transport`]: crate::Emulator::transport
#[derive(Clone)]
pub struct InProcess {
    pub(crate) instance: Arc<Instance>,
    pub(crate) peer: IpAddr,
}

impl InProcess {
    /// The same from another address, for permitted addresses.
    #[must_use]
    pub fn from_peer(mut self, address: IpAddr) -> Self {
        self.peer = address;
        self
    }
}

impl Transport for InProcess {
    fn send(&self, outgoing: Outgoing) -> Reply {
        let (response, delivery) = self.instance.serve(&outgoing.request, self.peer);
        let response = bounded(response, &outgoing)?;
        match delivery {
            Delivery::Whole => Ok(response),
            Delivery::Delayed(time) => late(response, time, outgoing.timeout),
            Delivery::Slow(pause) => {
                let bytes = u32::try_from(head_size(&response) + response.body().len());
                let time = pause.saturating_mul(bytes.unwrap_or(u32::MAX));
                late(response, time, outgoing.timeout)
            }
            Delivery::Cut => {
                let (head, mut body) = response.into_parts();
                body.truncate(body.len() / 2);
                let partial = Response::from_parts(head, body);
                Err(Failure::new(FailureKind::Closed).with_partial(partial))
            }
            Delivery::Closed | Delivery::Reset => Err(Failure::new(FailureKind::Closed)),
            Delivery::Garbage => Err(Failure::new(FailureKind::Malformed)),
            Delivery::Stalled => {
                thread::sleep(outgoing.timeout);
                Err(Failure::new(FailureKind::Timeout))
            }
        }
    }
}

/// Holds an answer to the bounds that come with the request.
fn bounded(response: Response<Vec<u8>>, outgoing: &Outgoing) -> Reply {
    if head_size(&response) > outgoing.max_header {
        return Err(Failure::new(FailureKind::HeaderTooLarge));
    }
    if response.body().len() <= outgoing.max_body {
        return Ok(response);
    }
    let (head, mut body) = response.into_parts();
    body.truncate(outgoing.max_body);
    let partial = Response::from_parts(head, body);
    Err(Failure::new(FailureKind::BodyTooLarge).with_partial(partial))
}

fn late(response: Response<Vec<u8>>, time: Duration, timeout: Duration) -> Reply {
    thread::sleep(time.min(timeout));
    if time < timeout { Ok(response) } else { Err(Failure::new(FailureKind::Timeout)) }
}

/// About what the head would take on the wire.
fn head_size(response: &Response<Vec<u8>>) -> usize {
    let headers = response.headers().iter();
    let sizes = headers.map(|(name, value)| name.as_str().len() + value.len() + 4);
    sizes.sum::<usize>() + "HTTP/1.1 200 OK\r\n\r\n".len() + header::CONTENT_LENGTH.as_str().len()
}

impl fmt::Debug for InProcess {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InProcess")
            .field("project_id", &self.instance.service.settings.project_id)
            .field("peer", &self.peer)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use descope_core::{
        ActOnAccessKey, CallOptions, Config, Context, CreateAccessKey, Endpoint, Error, ErrorKind,
        Expiry, LoadAccessKey, Now, Outcome, Step,
    };

    use super::*;
    use crate::{Emulator, Fault, Operation};

    /// The one loop that a driver is; it does not sleep, and has 20 ms for a call that takes time.
    fn call<E: Endpoint>(emulator: &Emulator, endpoint: E) -> Result<E::Output, Error> {
        let config = Config::builder(emulator.project_id())
            .base_url(emulator.base_url())
            .management_key(emulator.management_key())
            .build()?;
        let transport = emulator.transport();
        let now = || Now::new(Duration::ZERO, Duration::from_secs(emulator.now().unsigned_abs()));
        let options = CallOptions::new().deadline(Duration::from_millis(20));
        let mut step = Context::new(config, [7; 32]).call(endpoint, options, now());
        loop {
            step = match step {
                Step::Send(outgoing, sent) => sent.reply(transport.send(outgoing), now()),
                Step::Sleep(_, asleep) => asleep.wake(now()),
                Step::Wait(..) => panic!("there is nobody to wait for"),
                Step::Done(result) => return result,
            }
        }
    }

    fn create() -> CreateAccessKey {
        CreateAccessKey::new("k", Expiry::Never)
    }

    #[test]
    fn the_sdk_works_over_it() {
        let emulator = Emulator::builder().in_process();
        let created = call(&emulator, create()).unwrap();
        assert_eq!(emulator.keys()[0].cleartext(), created.cleartext.expose());
        call(&emulator, ActOnAccessKey::delete(&emulator.keys()[0].id)).unwrap();
        assert!(emulator.keys().is_empty());
    }

    #[test]
    fn faults_are_what_a_transport_reports() {
        for (fault, kind, keys) in [
            (Fault::lost_answer(), ErrorKind::Transport, 1),
            (Fault::closed(), ErrorKind::Transport, 0),
            (Fault::reset().carried_out(), ErrorKind::Transport, 1),
            (Fault::cut(), ErrorKind::Transport, 1),
            (Fault::garbage(), ErrorKind::Protocol, 0),
            (Fault::status(503), ErrorKind::Api, 0),
            (Fault::status(502).carried_out(), ErrorKind::Api, 1),
            (Fault::delayed(Duration::MAX), ErrorKind::Timeout, 1),
        ] {
            let emulator = Emulator::builder().in_process();
            let shown = format!("{fault:?}");
            emulator.inject(fault);
            let error = call(&emulator, create()).unwrap_err();
            assert_eq!((error.kind(), error.outcome()), (kind, Outcome::Unknown), "{shown}");
            assert_eq!(emulator.keys().len(), keys, "{shown}");
            assert_eq!(emulator.count(Operation::Create), 1, "{shown}");
        }
    }

    #[test]
    fn bounds_are_held() {
        let key = crate::Key::new("k").with_id("K2");
        let emulator = Emulator::builder().key(key).in_process();
        let long = "x".repeat(2 << 20);
        emulator.inject(Fault::edited(move |answer| answer["more"] = long.clone().into()));
        let error = call(&emulator, LoadAccessKey::new("K2")).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::BodyTooLarge);
        emulator.inject(Fault::status(400).header("x-long", &"x".repeat(64 << 10)));
        let error = call(&emulator, LoadAccessKey::new("K2")).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Protocol);
    }

    #[test]
    fn permitted_addresses_see_the_peer_that_was_set() {
        let key = crate::Key::new("k").with_cleartext("K2secret").permitted_ip("192.0.2.0/24");
        let emulator = Emulator::builder().key(key).in_process();
        let exchange = |transport: InProcess| {
            let request = http::Request::post("http://127.0.0.1:1/v1/auth/accesskey/exchange")
                .header("authorization", format!("Bearer {}:K2secret", emulator.project_id()))
                .body(Vec::new())
                .unwrap();
            transport.instance.serve(&request, transport.peer).0.status().as_u16()
        };
        assert_eq!(exchange(emulator.transport()), 401);
        assert_eq!(exchange(emulator.transport().from_peer([192, 0, 2, 9].into())), 200);
    }
}
