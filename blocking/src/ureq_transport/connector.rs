//! Connections: out of the pool or made, observed while they are used, and kept afterwards.
//!
//! This and the files beneath it are the one use of what ureq calls unversioned, and take no more of it
//! than has been the same in every release since 3.0.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;

use http::Uri;
use ureq::Error;
use ureq::config::Config;
use ureq::unversioned::resolver::{ResolvedSocketAddrs, Resolver};
#[cfg(feature = "socks-proxy")]
use ureq::unversioned::transport::SocksConnector;
use ureq::unversioned::transport::{
    Buffers, ConnectProxyConnector, ConnectionDetails, Connector, NextTimeout, RustlsConnector,
    Transport,
};

use super::environment::is_socks;
use super::names::Names;
use super::pool::{Peer, Pool, Reading};
use super::progress::{self, End, Stage};
use super::socket::{TcpConnector, host_and_port};

/// Everything from names to TLS. `chain` makes a connection where the pool has none.
#[derive(Debug)]
pub(super) struct Connections<C> {
    chain: C,
    pool: Arc<Pool>,
    names: Names,
}

impl Connections<()> {
    pub(super) fn new(names: Names) -> Connections<impl Connector<Out = impl Transport>> {
        let chain = ();
        #[cfg(feature = "socks-proxy")]
        let chain = chain.chain(SocksConnector::default());
        let chain = chain
            .chain(ConnectProxyConnector::default())
            .chain(TcpConnector::new(names.clone()))
            .chain(RustlsConnector::default());
        Connections { chain, pool: Arc::default(), names }
    }
}

impl<C: Connector> Connector for Connections<C> {
    type Out = Box<dyn Transport>;

    fn connect(
        &self,
        details: &ConnectionDetails<'_>,
        _: Option<()>,
    ) -> Result<Option<Self::Out>, Error> {
        if progress::is_connecting() {
            // A connection to a proxy, on which the one asked for is then built.
            let transport = self.chain.connect(details, None)?;
            progress::reached(Stage::Connecting);
            return Ok(transport.map(boxed));
        }
        progress::reached(Stage::Connecting);
        let to = Peer::of(details);
        let wants_fresh = progress::bounds().is_some_and(|bounds| bounds.fresh_connection);
        let idle = if wants_fresh { None } else { self.pool.take(&to, Reading::now()) };
        let is_reused = idle.is_some();
        let transport = match idle {
            Some(transport) => transport,
            None => match self.chain.connect(details, None) {
                Ok(Some(transport)) => boxed(transport),
                Ok(None) => return Ok(None),
                Err(error) => {
                    let proxy = details.config.proxy();
                    self.names.forget(proxy.map_or(host_and_port(details.uri).0, |it| it.host()));
                    return Err(error);
                }
            },
        };
        progress::reached(Stage::Connected);
        let pool = Arc::clone(&self.pool);
        Ok(Some(Box::new(Connection { transport: Some(transport), to, pool, is_reused })))
    }
}

fn boxed(transport: impl Transport) -> Box<dyn Transport> {
    Box::new(transport)
}

/// A connection in use.
#[derive(Debug)]
struct Connection {
    /// None when it has gone to the pool.
    transport: Option<Box<dyn Transport>>,
    to: Peer,
    pool: Arc<Pool>,
    /// It was used before, and nothing of this answer has arrived.
    is_reused: bool,
}

impl Connection {
    fn transport(&mut self) -> &mut dyn Transport {
        self.transport.as_mut().expect("ureq has no use for a connection that it has given back")
    }
}

impl Transport for Connection {
    fn buffers(&mut self) -> &mut dyn Buffers {
        self.transport().buffers()
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), Error> {
        progress::reached(Stage::Written);
        self.transport().transmit_output(amount, timeout)
    }

    fn await_input(&mut self, mut timeout: NextTimeout) -> Result<bool, Error> {
        let before = self.buffers().input().len();
        if !progress::may_wait(before)? {
            return Err(Error::Timeout(timeout.reason));
        }
        if self.is_reused {
            if let Some(bounds) = progress::bounds() {
                let left = bounds.first_byte_by.saturating_duration_since(Instant::now());
                timeout.after = timeout.after.min(left.into());
            }
        }
        let has_arrived = self.transport().await_input(timeout);
        match has_arrived {
            Ok(true) => {
                self.is_reused = false;
                progress::arrived(self.buffers().input(), before)?;
            }
            Ok(false) => progress::ended(End::Clean),
            Err(Error::Io(_)) => progress::ended(End::Broken),
            Err(_) => {}
        }
        has_arrived
    }

    /// ureq asks this when an answer is complete and the connection can serve another. It then goes to
    /// our pool, and for ureq it is closed. (Out of its own pool it would ask too.)
    fn is_open(&mut self) -> bool {
        if let Some(transport) = self.transport.take() {
            self.pool.put(self.to.clone(), transport, Reading::now());
        }
        false
    }

    fn is_tls(&self) -> bool {
        self.transport.as_ref().is_some_and(Transport::is_tls)
    }
}

/// What ends a connection that waited has most likely ended the others that did.
impl Drop for Connection {
    fn drop(&mut self) {
        if self.is_reused && self.transport.is_some() {
            self.pool.clear(&self.to);
        }
    }
}

/// ureq asks for addresses before each request. They are wanted where a connection is made, and looked
/// up there; only SOCKS, where ureq connects, needs them from here.
#[derive(Debug)]
pub(super) struct Lazy(pub(super) Names);

impl Resolver for Lazy {
    fn resolve(
        &self,
        uri: &Uri,
        config: &Config,
        _: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, Error> {
        let mut resolved = self.empty();
        if let Some(proxy) = config.proxy().filter(|proxy| is_socks(proxy.protocol())) {
            let (host, mut port) = host_and_port(uri);
            if uri == proxy.uri() {
                port = proxy.port();
            }
            let addresses = self.0.addresses(host, progress::connect_by())?;
            for address in addresses.iter().take(MOST_ADDRESSES) {
                resolved.push(SocketAddr::new(*address, port));
            }
        }
        Ok(resolved)
    }
}

/// What ureq has room for.
const MOST_ADDRESSES: usize = 16;
