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
        let now = self.instance.clock.now();
        let (response, delivery) = self.instance.service.serve(&outgoing.request, self.peer, now);
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
