//! How far the request under way on this thread has come, observed at the outermost layer of its
//! connection: ureq's errors do not tell.
//!
//! This is the one use of what ureq calls unversioned, and takes no more of it than has been the same
//! in every release since 3.0.

use std::cell::Cell;
use std::io::Read;

use ureq::Error;
use ureq::unversioned::transport::{
    Buffers, ConnectionDetails, Connector, DefaultConnector, NextTimeout, Transport,
};

/// Where a request stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    /// Somewhere: all that is known with an agent of the caller's own.
    Unobserved,
    /// Its name is being looked up.
    Begun,
    /// A connection is being made, TLS included.
    Connecting,
    /// A connection stands.
    Connected,
    /// From the first write on, tried or done.
    Written,
    /// The answer's head has arrived.
    Body,
}

/// How the connection's input ended, if it did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    Open,
    /// The peer ended it in order.
    Clean,
    /// It was reset, or ended without TLS's closing message.
    Broken,
}

/// ureq does all of a request's work with sockets on the caller's thread, one request at a time.
#[derive(Clone, Copy)]
struct Request {
    stage: Stage,
    max_header: usize,
    /// Bytes of interim answers.
    interim: usize,
    /// Bytes since the body last grew: framing, trailers.
    overhead: usize,
    end: End,
    waits: bool,
}

const NONE: Request = Request {
    stage: Stage::Unobserved,
    max_header: 0,
    interim: 0,
    overhead: 0,
    end: End::Open,
    waits: true,
};

thread_local! {
    static REQUEST: Cell<Request> = const { Cell::new(NONE) };
}

pub(super) fn begin(stage: Stage, max_header: usize) {
    REQUEST.set(Request { stage, max_header, ..NONE });
}

pub(super) fn stage() -> Stage {
    REQUEST.get().stage
}

pub(super) fn end() -> End {
    REQUEST.get().end
}

pub(super) fn head_arrived() {
    edit(|request| {
        if request.stage != Stage::Unobserved {
            request.stage = Stage::Body;
        }
    });
}

/// From now on only what has already arrived is read. False if that cannot be held.
pub(super) fn stop_waiting() -> bool {
    edit(|request| {
        request.waits = false;
        request.stage != Stage::Unobserved
    })
}

fn edit<T>(change: impl FnOnce(&mut Request) -> T) -> T {
    let mut request = REQUEST.get();
    let result = change(&mut request);
    REQUEST.set(request);
    result
}

/// An answer's body.
pub(super) struct Growing<R>(pub(super) R);

impl<R: Read> Read for Growing<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let count = self.0.read(buffer)?;
        edit(|request| request.overhead = 0);
        Ok(count)
    }
}

/// ureq's own connector, observed.
#[derive(Debug, Default)]
pub(super) struct Observed(DefaultConnector);

impl Connector for Observed {
    type Out = Box<dyn Transport>;

    fn connect(
        &self,
        details: &ConnectionDetails<'_>,
        chained: Option<()>,
    ) -> Result<Option<Self::Out>, Error> {
        if stage() == Stage::Connecting {
            // A connection to a proxy, on which the one observed is then built.
            return self.0.connect(details, chained);
        }
        edit(|request| request.stage = Stage::Connecting);
        let Some(transport) = self.0.connect(details, chained)? else { return Ok(None) };
        edit(|request| request.stage = Stage::Connected);
        Ok(Some(Box::new(Connection(transport))))
    }
}

#[derive(Debug)]
struct Connection(Box<dyn Transport>);

impl Transport for Connection {
    fn buffers(&mut self) -> &mut dyn Buffers {
        self.0.buffers()
    }

    fn transmit_output(&mut self, amount: usize, mut timeout: NextTimeout) -> Result<(), Error> {
        edit(|request| request.stage = Stage::Written);
        // ureq may write twice under one limit: when a part was taken, it waits as long for the rest.
        timeout.after = (*timeout.after / 2).into();
        self.0.transmit_output(amount, timeout)
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, Error> {
        let request = REQUEST.get();
        if !request.waits {
            return Err(Error::Timeout(timeout.reason));
        }
        let before = self.0.buffers().input().len();
        // What the body has not taken by now is the beginning of a line.
        let overhead = request.overhead.max(before);
        if request.stage == Stage::Body && overhead > request.max_header {
            return Err(Error::LargeResponseHeader(overhead, request.max_header));
        }
        let arrived = self.0.await_input(timeout);
        match arrived {
            Ok(true) => edit(|request| request.arrived(self.0.buffers().input(), before))?,
            Ok(false) => edit(|request| request.end = End::Clean),
            Err(Error::Io(_)) => edit(|request| request.end = End::Broken),
            Err(_) => {}
        }
        arrived
    }

    fn is_open(&mut self) -> bool {
        self.0.is_open()
    }

    fn is_tls(&self) -> bool {
        self.0.is_tls()
    }
}

impl Request {
    /// Holds the bound of headers. `input` is all that has arrived and was not yet taken, the first
    /// `before` bytes of it earlier.
    fn arrived(&mut self, input: &[u8], before: usize) -> Result<(), Error> {
        if self.stage == Stage::Body {
            self.overhead += input.len() - before;
            return Ok(());
        }
        // ureq takes whole interim answers before it waits again: each is seen here once.
        let mut rest = input;
        while let (true, Some(length)) = (is_interim(rest), head_length(rest)) {
            self.interim += length;
            rest = &rest[length..];
        }
        let size = self.interim + head_length(rest).unwrap_or(rest.len());
        if size > self.max_header {
            return Err(Error::LargeResponseHeader(size, self.max_header));
        }
        Ok(())
    }
}

/// Any 1xx but 101, which is final.
fn is_interim(head: &[u8]) -> bool {
    head.starts_with(b"HTTP/1.") && head.get(9) == Some(&b'1') && head.get(9..12) != Some(b"101")
}

/// Up to and with the empty line. A line may end in a line feed alone.
fn head_length(input: &[u8]) -> Option<usize> {
    let mut lines = input.split_inclusive(|&byte| byte == b'\n');
    let mut length = lines.next()?.len();
    for line in lines {
        length += line.len();
        if line == b"\n" || line == b"\r\n" {
            return Some(length);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_ends_with_its_first_empty_line() {
        for (input, length) in [
            ("", None),
            ("HTTP/1.1 200 OK\r\n", None),
            ("HTTP/1.1 200 OK\r\n\r", None),
            ("HTTP/1.1 200 OK\r\n\r\n", Some(19)),
            ("HTTP/1.1 200 OK\r\na: b\r\n\r\nbody\r\n\r\n", Some(25)),
            ("HTTP/1.1 200 OK\n\nbody", Some(17)),
        ] {
            assert_eq!(head_length(input.as_bytes()), length, "{input:?}");
        }
    }

    #[test]
    fn interim_answers_add_up_whatever_the_portions_they_arrive_in() {
        let interim = b"HTTP/1.1 103 Early Hints\r\n\r\n";
        let answer = [&interim[..], interim, b"HTTP/1.1 200 OK\r\n\r\n and a long body"].concat();
        let head = 2 * interim.len() + 19;
        for portion in 1..=answer.len() {
            // What ureq does: it takes whole interim answers, and waits for more.
            let fits = |max_header| {
                let mut request = Request { stage: Stage::Written, max_header, ..NONE };
                let (mut taken, mut arrived) = (0, 0);
                while head_length(&answer[taken..arrived]).is_none() {
                    let before = arrived - taken;
                    arrived = answer.len().min(arrived + portion);
                    if request.arrived(&answer[taken..arrived], before).is_err() {
                        return false;
                    }
                    while is_interim(&answer[taken..arrived])
                        && head_length(&answer[taken..arrived]).is_some()
                    {
                        taken += interim.len();
                    }
                }
                true
            };
            assert!(fits(head), "portions of {portion}");
            assert!(!fits(head - 1), "portions of {portion}");
        }
    }

    #[test]
    fn a_101_is_final() {
        assert!(is_interim(b"HTTP/1.1 100 Continue\r\n\r\n"));
        assert!(!is_interim(b"HTTP/1.1 101 Switching Protocols\r\n\r\n"));
        assert!(!is_interim(b"HTTP/1.1 200 OK\r\n\r\n"));
    }
}
