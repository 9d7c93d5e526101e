//! How far the request under way on this thread has come, and what it must hold to. ureq's errors do
//! not tell the one, and pass on nothing of the other.

use std::cell::Cell;
use std::io::Read;
use std::time::Instant;

use ureq::Error;

/// Where a request stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    /// Somewhere: all that is known with an agent of the caller's own.
    Unobserved,
    /// It is being prepared.
    Begun,
    /// A connection is being made: name, TCP, proxy.
    Connecting,
    /// The TLS handshake is under way.
    Handshake,
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

/// What a request must hold to beside the limits that ureq knows.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bounds {
    pub(super) connect_by: Instant,
    pub(super) fresh_connection: bool,
    /// On a connection that was used before: when the answer must have begun.
    pub(super) first_byte_by: Instant,
    pub(super) max_header: usize,
}

/// ureq does all of a request's work with sockets on the caller's thread.
#[derive(Clone, Copy)]
struct Request {
    stage: Stage,
    bounds: Option<Bounds>,
    /// Bytes of interim answers.
    interim: usize,
    /// Bytes since the body last grew: framing, trailers.
    overhead: usize,
    end: End,
    waits: bool,
}

const NONE: Request = Request {
    stage: Stage::Unobserved,
    bounds: None,
    interim: 0,
    overhead: 0,
    end: End::Open,
    waits: true,
};

thread_local! {
    static REQUEST: Cell<Request> = const { Cell::new(NONE) };
}

/// Until it is dropped a request is under way. One can begin within another: loggers are called in the
/// midst of a request, and may make requests.
pub(super) struct UnderWay {
    outer: Request,
}

/// Without bounds the request is not observed.
pub(super) fn begin(bounds: Option<Bounds>) -> UnderWay {
    let stage = if bounds.is_some() { Stage::Begun } else { Stage::Unobserved };
    UnderWay { outer: REQUEST.replace(Request { stage, bounds, ..NONE }) }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        REQUEST.set(self.outer);
    }
}

pub(super) fn stage() -> Stage {
    REQUEST.get().stage
}

pub(super) fn reached(stage: Stage) {
    edit(|request| {
        if request.stage != Stage::Unobserved {
            request.stage = stage;
        }
    });
}

pub(super) fn is_connecting() -> bool {
    matches!(stage(), Stage::Connecting | Stage::Handshake)
}

pub(super) fn bounds() -> Option<Bounds> {
    REQUEST.get().bounds
}

/// Until when the connection must stand.
pub(super) fn connect_by() -> Instant {
    bounds().map_or_else(Instant::now, |bounds| bounds.connect_by)
}

pub(super) fn end() -> End {
    REQUEST.get().end
}

pub(super) fn ended(end: End) {
    edit(|request| request.end = end);
}

/// From now on only what has already arrived is read. False if that cannot be held.
pub(super) fn stop_waiting() -> bool {
    edit(|request| {
        request.waits = false;
        request.stage != Stage::Unobserved
    })
}

/// Whether to wait for more input, when this much is there that was not taken.
pub(super) fn may_wait(untaken: usize) -> Result<bool, Error> {
    let request = REQUEST.get();
    let max_header = request.max_header();
    // What the body has not taken by now is the beginning of a line.
    let overhead = request.overhead.max(untaken);
    if request.waits && request.stage == Stage::Body && overhead > max_header {
        return Err(Error::LargeResponseHeader(overhead, max_header));
    }
    Ok(request.waits)
}

/// Holds the bound of headers. `input` is all that has arrived and was not yet taken, the first
/// `before` bytes of it earlier.
pub(super) fn arrived(input: &[u8], before: usize) -> Result<(), Error> {
    edit(|request| request.arrived(input, before))
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

impl Request {
    fn max_header(&self) -> usize {
        self.bounds.map_or(usize::MAX, |bounds| bounds.max_header)
    }

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
        if size > self.max_header() {
            return Err(Error::LargeResponseHeader(size, self.max_header()));
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
                let bounds = Bounds {
                    connect_by: Instant::now(),
                    fresh_connection: false,
                    first_byte_by: Instant::now(),
                    max_header,
                };
                let mut request = Request { stage: Stage::Written, bounds: Some(bounds), ..NONE };
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
