//! A transport of one `TcpStream` a request: plain http, within the bounds that come with each
//! request.

use std::fmt::Write as _;
use std::io::{self, Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::time::{Duration, Instant};

use descope_core::{Failure, FailureKind, Outgoing, Reply};
use http::header::{CONTENT_ENCODING, CONTENT_LENGTH, TRANSFER_ENCODING};
use http::response::Parts;
use http::{HeaderName, HeaderValue, Request, Response};

/// The most headers of an answer.
const MAX_HEADERS: usize = 128;

/// Why there is no whole answer.
const EARLY: &str = "the connection ended before the answer was complete";

/// Sends a request over a connection of its own.
pub(crate) fn send(outgoing: &Outgoing) -> Reply {
    let began = Instant::now();
    let mut connection = connect(outgoing, began)?;
    // From here on bytes may have been written, so that every failure counts as sent.
    let (head, body) = (head(&outgoing.request), outgoing.request.body());
    connection.write(&[head.as_bytes(), body].concat()).map_err(|error| failure(error, None))?;
    receive(&mut connection, outgoing)
}

/// Connects to the first address of the host that answers.
fn connect(outgoing: &Outgoing, began: Instant) -> Result<Connection, Failure> {
    let uri = outgoing.request.uri();
    let Some(host) = uri.host().filter(|_| uri.scheme_str() == Some("http")) else {
        return Err(Failure::not_sent(FailureKind::NotTls)
            .with_source("this transport speaks plain http alone"));
    };
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let addresses = (host, uri.port_u16().unwrap_or(80))
        .to_socket_addrs()
        .map_err(|error| Failure::not_sent(FailureKind::Resolve).with_source(error))?;
    let mut last = Failure::not_sent(FailureKind::Resolve);
    for address in addresses {
        let left = outgoing.connect_timeout.saturating_sub(began.elapsed());
        if left.is_zero() {
            return Err(Failure::not_sent(FailureKind::ConnectTimeout));
        }
        match TcpStream::connect_timeout(&address, left) {
            Ok(stream) => return Ok(Connection { stream, began, timeout: outgoing.timeout }),
            Err(error) => {
                let timed_out = error.kind() == io::ErrorKind::TimedOut;
                let kind =
                    if timed_out { FailureKind::ConnectTimeout } else { FailureKind::Connect };
                last = Failure::not_sent(kind).with_source(error);
            }
        }
    }
    Err(last)
}

/// The request's head. HTTP/1.0 is asked for: the answer is then not chunked, and ends at its
/// length or with the connection.
fn head(request: &Request<Vec<u8>>) -> String {
    let uri = request.uri();
    let path = uri.path_and_query().map_or("/", |path| path.as_str());
    let authority = uri.authority().map_or("", |authority| authority.as_str());
    let mut head = format!("{} {path} HTTP/1.0\r\nhost: {authority}\r\n", request.method());
    for (name, value) in request.headers() {
        // The core makes header values of visible ASCII.
        let _ = write!(head, "{name}: {}\r\n", value.to_str().unwrap_or_default());
    }
    if !request.body().is_empty() {
        let _ = write!(head, "content-length: {}\r\n", request.body().len());
    }
    head + "\r\n"
}

fn receive(connection: &mut Connection, outgoing: &Outgoing) -> Reply {
    let mut bytes = Vec::new();
    let (parts, length) = loop {
        match parse_head(&bytes) {
            Ok(Some((parts, length))) if length <= outgoing.max_header => break (parts, length),
            Ok(None) if bytes.len() <= outgoing.max_header => {}
            Ok(_) => {
                let what = "the headers are over their bound";
                return Err(Failure::new(FailureKind::HeaderTooLarge).with_source(what));
            }
            Err(error) => return Err(Failure::new(FailureKind::Malformed).with_source(error)),
        }
        match connection.read(&mut bytes) {
            Ok(0) => return Err(Failure::new(FailureKind::Closed).with_source(EARLY)),
            Ok(_) => {}
            Err(error) => return Err(failure(error, None)),
        }
    };
    let mut body = bytes.split_off(length);
    if parts.headers.contains_key(TRANSFER_ENCODING) {
        return Err(Failure::new(FailureKind::Malformed).with_source("a chunked HTTP/1.0 answer"));
    }
    // None is offered, so there can be none.
    if parts.headers.get(CONTENT_ENCODING).is_some_and(|coding| coding != "identity") {
        let failure = Failure::new(FailureKind::Coding);
        let failure = failure.with_source("the body is in a coding that was not offered");
        return Err(failure.with_partial(Response::from_parts(parts, Vec::new())));
    }
    let announced =
        parts.headers.get(CONTENT_LENGTH).map(|value| value.to_str().ok()?.parse().ok());
    let Some(announced) = announced.map_or(Some(None), |length: Option<usize>| length.map(Some))
    else {
        return Err(Failure::new(FailureKind::Malformed).with_source("a length that is no number"));
    };
    while announced.is_none_or(|length| body.len() < length) && body.len() <= outgoing.max_body {
        match connection.read(&mut body) {
            Ok(0) if announced.is_none() => break,
            Ok(0) => {
                let partial = Response::from_parts(parts, body);
                let failure = Failure::new(FailureKind::Closed).with_source(EARLY);
                return Err(failure.with_partial(partial));
            }
            Ok(_) => {}
            Err(error) => return Err(failure(error, Some(Response::from_parts(parts, body)))),
        }
    }
    body.truncate(announced.unwrap_or(usize::MAX));
    if body.len() > outgoing.max_body {
        body.truncate(outgoing.max_body);
        let failure = Failure::new(FailureKind::BodyTooLarge);
        let failure = failure.with_source("the body is over its bound");
        return Err(failure.with_partial(Response::from_parts(parts, body)));
    }
    Ok(Response::from_parts(parts, body))
}

/// A complete head and its length; none while it is incomplete.
fn parse_head(bytes: &[u8]) -> Result<Option<(Parts, usize)>, httparse::Error> {
    let mut headers = [httparse::EMPTY_HEADER; MAX_HEADERS];
    let mut parsed = httparse::Response::new(&mut headers);
    let httparse::Status::Complete(length) = parsed.parse(bytes)? else { return Ok(None) };
    let (mut parts, ()) = Response::new(()).into_parts();
    parts.status = parsed
        .code
        .and_then(|code| http::StatusCode::from_u16(code).ok())
        .ok_or(httparse::Error::Status)?;
    for header in parsed.headers {
        let name = HeaderName::try_from(header.name).map_err(|_| httparse::Error::HeaderName)?;
        let value =
            HeaderValue::from_bytes(header.value).map_err(|_| httparse::Error::HeaderValue)?;
        parts.headers.append(name, value);
    }
    Ok(Some((parts, length)))
}

fn failure(error: io::Error, partial: Option<Response<Vec<u8>>>) -> Failure {
    let kind = match error.kind() {
        // What a socket says of a timeout depends on the system.
        io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock => FailureKind::Timeout,
        _ => FailureKind::Closed,
    };
    let failure = Failure::new(kind).with_source(error);
    match partial {
        Some(partial) => failure.with_partial(partial),
        None => failure,
    }
}

/// A connection whose reads and writes end when the attempt's time is over.
struct Connection {
    stream: TcpStream,
    began: Instant,
    timeout: Duration,
}

impl Connection {
    fn left(&self) -> io::Result<Duration> {
        let left = self.timeout.saturating_sub(self.began.elapsed());
        if left.is_zero() { Err(io::ErrorKind::TimedOut.into()) } else { Ok(left) }
    }

    fn write(&mut self, mut bytes: &[u8]) -> io::Result<()> {
        while !bytes.is_empty() {
            self.stream.set_write_timeout(Some(self.left()?))?;
            let written = self.stream.write(bytes)?;
            bytes = &bytes[written..];
        }
        Ok(())
    }

    /// Appends what has arrived; zero at the end.
    fn read(&mut self, bytes: &mut Vec<u8>) -> io::Result<usize> {
        self.stream.set_read_timeout(Some(self.left()?))?;
        let mut buffer = [0; 8 << 10];
        let count = self.stream.read(&mut buffer)?;
        bytes.extend_from_slice(&buffer[..count]);
        Ok(count)
    }
}
