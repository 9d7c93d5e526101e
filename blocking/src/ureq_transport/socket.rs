//! TCP: connects to the first address that answers, and waits no longer than it may.

use std::fmt;
use std::io::{self, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use descope_core::FailureKind;
use http::Uri;
use ureq::Error;
use ureq::unversioned::transport::time::Duration as After;
use ureq::unversioned::transport::{
    Buffers, ConnectionDetails, Connector, Either, LazyBuffers, NextTimeout, Transport,
};

use super::failure::ConnectError;
use super::names::Names;
use super::progress::{self, Stage};

/// Kernels round a socket's limit up, by seconds when it is long. A short one that does not change
/// also saves the call that sets it.
const SLICE: Duration = Duration::from_secs(1);

/// Connects, unless what is before it in the chain has done so.
#[derive(Debug)]
pub(super) struct TcpConnector {
    names: Names,
}

impl TcpConnector {
    pub(super) fn new(names: Names) -> Self {
        Self { names }
    }

    fn dial(&self, details: &ConnectionDetails<'_>) -> Result<Socket, Error> {
        let (host, port) = host_and_port(details.uri);
        let by = progress::connect_by();
        let addresses = self.names.addresses(host, by)?;
        let mut last = io::Error::from(ErrorKind::TimedOut);
        for (place, address) in addresses.iter().enumerate() {
            let left = by.saturating_duration_since(Instant::now());
            // One that does not answer must leave time for the others.
            let limit = if place + 1 < addresses.len() { left / 2 } else { left };
            if limit.is_zero() {
                break;
            }
            match TcpStream::connect_timeout(&SocketAddr::new(*address, port), limit) {
                Ok(stream) => {
                    stream.set_nodelay(true)?;
                    let config = details.config;
                    let buffers =
                        LazyBuffers::new(config.input_buffer_size(), config.output_buffer_size());
                    return Ok(Socket { stream, buffers, read_limit: None, write_limit: None });
                }
                Err(error) => last = error,
            }
        }
        Err(match last.kind() {
            ErrorKind::TimedOut | ErrorKind::WouldBlock => Error::Timeout(ureq::Timeout::Connect),
            _ => ConnectError::new(FailureKind::Connect, last).into(),
        })
    }
}

/// ureq has checked that there is a host.
pub(super) fn host_and_port(uri: &Uri) -> (&str, u16) {
    let default = if uri.scheme_str() == Some("https") { 443 } else { 80 };
    (uri.host().unwrap_or_default(), uri.port_u16().unwrap_or(default))
}

impl<In: Transport> Connector<In> for TcpConnector {
    type Out = Either<In, Socket>;

    fn connect(
        &self,
        details: &ConnectionDetails<'_>,
        chained: Option<In>,
    ) -> Result<Option<Self::Out>, Error> {
        let transport = match chained {
            Some(transport) => Either::A(transport),
            None => Either::B(self.dial(details)?),
        };
        if details.needs_tls() {
            progress::reached(Stage::Handshake);
        }
        Ok(Some(transport))
    }
}

pub(super) struct Socket {
    stream: TcpStream,
    buffers: LazyBuffers,
    read_limit: Option<Duration>,
    write_limit: Option<Duration>,
}

impl Transport for Socket {
    fn buffers(&mut self) -> &mut dyn Buffers {
        &mut self.buffers
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), Error> {
        let limit = Limit::new(timeout);
        let mut written = 0;
        while written < amount {
            let slice = limit.slice()?;
            if self.write_limit != Some(slice) {
                self.stream.set_write_timeout(Some(slice))?;
                self.write_limit = Some(slice);
            }
            match (&self.stream).write(&self.buffers.output()[written..amount]) {
                Ok(0) => return Err(io::Error::from(ErrorKind::WriteZero).into()),
                Ok(count) => written += count,
                Err(error) if is_passing(&error) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, Error> {
        let limit = Limit::new(timeout);
        loop {
            let slice = limit.slice()?;
            if self.read_limit != Some(slice) {
                self.stream.set_read_timeout(Some(slice))?;
                self.read_limit = Some(slice);
            }
            match (&self.stream).read(self.buffers.input_append_buf()) {
                Ok(count) => {
                    self.buffers.input_appended(count);
                    return Ok(count > 0);
                }
                Err(error) if is_passing(&error) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// Whether there is nothing to read yet: neither an end nor an answer that nobody asked for.
    fn is_open(&mut self) -> bool {
        let is_empty = |stream: &TcpStream| {
            stream.peek(&mut [0]).is_err_and(|error| error.kind() == ErrorKind::WouldBlock)
        };
        self.stream.set_nonblocking(true).is_ok()
            && is_empty(&self.stream)
            && self.stream.set_nonblocking(false).is_ok()
    }
}

impl fmt::Debug for Socket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Socket").finish_non_exhaustive()
    }
}

/// A slice is over, or a signal came.
fn is_passing(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted)
}

/// Until when to wait.
struct Limit {
    by: Option<Instant>,
    timeout: NextTimeout,
}

impl Limit {
    fn new(timeout: NextTimeout) -> Self {
        let by = match timeout.after {
            After::Exact(after) => Instant::now().checked_add(after),
            After::NotHappening => None,
        };
        // ureq gives each step of a talk with a proxy the same time again.
        let connect_by = progress::is_connecting().then(progress::connect_by);
        Self { by: by.into_iter().chain(connect_by).min(), timeout }
    }

    fn slice(&self) -> Result<Duration, Error> {
        let left = self.by.map_or(SLICE, |by| by.saturating_duration_since(Instant::now()));
        if left.is_zero() { Err(Error::Timeout(self.timeout.reason)) } else { Ok(left.min(SLICE)) }
    }
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;

    fn pair() -> (Socket, TcpStream) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let stream = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let buffers = LazyBuffers::new(64, 64);
        let socket = Socket { stream, buffers, read_limit: None, write_limit: None };
        (socket, listener.accept().unwrap().0)
    }

    fn after(after: Duration) -> NextTimeout {
        NextTimeout { after: after.into(), ..NextTimeout::default() }
    }

    /// Half a minute in one piece would end two seconds late on Linux.
    #[test]
    fn a_socket_never_waits_long_at_once() {
        let (mut socket, mut peer) = pair();
        peer.write_all(b"input").unwrap();
        assert!(socket.await_input(after(Duration::from_secs(30))).unwrap());
        socket.transmit_output(1, after(Duration::from_secs(30))).unwrap();
        assert_eq!(socket.stream.read_timeout().unwrap(), Some(SLICE));
        assert_eq!(socket.stream.write_timeout().unwrap(), Some(SLICE));
    }

    #[test]
    fn a_limit_that_has_passed_ends_the_wait() {
        let (mut socket, _peer) = pair();
        for limit in [Duration::ZERO, Duration::from_millis(20)] {
            let began = Instant::now();
            let ended = socket.await_input(after(limit));
            assert!(matches!(ended, Err(Error::Timeout(_))), "{ended:?}");
            assert!(began.elapsed() < limit + SLICE);
        }
    }

    #[test]
    fn it_is_open_until_there_is_something_to_read() {
        let (mut socket, mut peer) = pair();
        assert!(socket.is_open());
        peer.write_all(b"unasked").unwrap();
        socket.stream.set_nonblocking(false).unwrap();
        socket.stream.peek(&mut [0]).unwrap();
        assert!(!socket.is_open());
        let (mut socket, peer) = pair();
        drop(peer);
        socket.stream.peek(&mut [0]).unwrap();
        assert!(!socket.is_open());
    }
}
