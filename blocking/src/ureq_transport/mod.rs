//! The default transport: ureq 3 over rustls.

mod answer;
mod bounded_read;
mod builder;
mod ca_certificates;
mod connector;
mod environment;
mod failure;
mod names;
mod no_proxy;
mod pool;
mod progress;
mod socket;

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use descope_core::{Error, Failure, FailureKind, Outgoing, Reply, Transport};
use http::{Method, Request, Uri};
use ureq::config::Config;
use ureq::{Agent, AsSendBody, Proxy};

pub use self::builder::UreqTransportBuilder;
use self::connector::{Connections, Lazy};
use self::environment::Environment;
use self::names::Names;
use self::progress::Bounds;
use crate::per_process::PerProcess;

/// The default transport, over ureq 3. It keeps the limits of each request, follows no redirect,
/// and turns no status into an error.
///
/// One transport keeps a pool of connections, which its clones share. Making one does no IO.
///
/// ```
/// use descope_blocking::UreqTransport;
///
/// let transport = UreqTransport::builder().proxy("http://proxy.example.com:3128").build()?;
/// # Ok::<(), descope_core::Error>(())
/// ```
///
/// # What it tells of a failure
///
/// [`Failure::sent`](descope_core::Failure::sent) is false only where no write of the request was
/// tried. The source is the error underneath (of the socket, of rustls) and holds no header and no
/// body.
///
/// # Limits of time
///
/// The connect timeout covers looking the name up, all addresses, the proxy and TLS. A limit that
/// passes is told within half a second, however long it was. (Not through a SOCKS proxy, to which ureq
/// connects: there kernels round long limits up, by an eighth.)
///
/// # Connections
///
/// Up to 64 wait for their next request, 15 s each, by the clock of the machine or that of the wall.
/// Names are looked up where a connection is made, by four threads at most, which end when they have
/// had nothing to do for 10 s; an answer is used for 10 s. A request on a connection that stands
/// starts no thread. A forked child makes connections of its own; where a snapshot of a machine is
/// started twice, both have the same ones, and TLS ends those at the first request.
///
/// # Logs
///
/// ureq and what it is made of log too, through `log`. At level *trace* `ureq_proto` logs every byte
/// of requests and answers, credentials included: leave that level off for it.
#[derive(Clone)]
pub struct UreqTransport {
    agent: Arc<PerProcess<Agent>>,
    /// Whether the agent is our own: a caller's tells less, and cannot be made again.
    observed: bool,
    /// Where proxies come from the environment.
    environment: Option<Environment>,
}

impl UreqTransport {
    /// With the defaults of [`builder`](Self::builder).
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Starts with the defaults: Mozilla's root certificates, proxies from the environment, a user
    /// agent of `descope-rust/<version>`.
    pub fn builder() -> UreqTransportBuilder {
        UreqTransportBuilder::new()
    }

    /// Uses an agent of the caller's own, with its connector, resolver, proxy, TLS configuration,
    /// middleware and pool. Redirects, statuses, bounds and timeouts are still set for each request,
    /// whatever the agent's configuration says of them.
    ///
    /// With such an agent:
    ///
    /// - Certificates, proxies (for loopback too, unless they come from the environment), cookies and
    ///   pooling are as the agent has them. A request that wants a fresh connection gets one that is
    ///   not pooled, as long as the agent's connector makes a new one when it is asked to.
    /// - How far a request has come when the connection is lost or times out, ureq's errors do not
    ///   tell. It then counts as sent, a lost TLS handshake too.
    /// - A body without a length is complete however the connection ends, and one that is lost in the
    ///   midst of its gzip coding is told as a corrupt coding.
    /// - Names are looked up as the agent does it: ureq's own resolver starts a thread for each request,
    ///   and panics where none can be made. After a fork its pool is still the parent's. A logger that panics under its pool's lock spoils the agent.
    /// - Interim answers and trailers without end are cut off by the timeout, not by the bound of
    ///   headers.
    #[must_use]
    pub fn from_agent(agent: Agent) -> Self {
        Self { agent: Arc::new(PerProcess::new(agent)), observed: false, environment: None }
    }

    fn with_config(config: Config, environment: Option<Environment>) -> Self {
        let agent = Arc::new(PerProcess::new(own_agent(config)));
        Self { agent, observed: true, environment }
    }

    fn agent(&self) -> &Agent {
        match self.observed {
            true => self.agent.get(|parents| own_agent(parents.config().clone())),
            false => self.agent.inherited(),
        }
    }

    /// The proxy for this request, or the variable that should name one and does not.
    fn proxy(&self, uri: &Uri, loopback: bool) -> Result<Option<&Proxy>, &'static str> {
        match &self.environment {
            Some(_) if loopback => Ok(None),
            Some(environment) => environment.proxy_to(uri),
            None => {
                let own = self.agent().config().proxy();
                Ok(own.filter(|own| !(loopback && own.is_from_env())))
            }
        }
    }
}

fn own_agent(config: Config) -> Agent {
    let names = Names::default();
    Agent::with_parts(config, Connections::new(names.clone()), Lazy(names))
}

impl Default for UreqTransport {
    fn default() -> Self {
        Self::with_config(builder::defaults(), Some(Environment::of_process()))
    }
}

impl fmt::Debug for UreqTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UreqTransport").finish_non_exhaustive()
    }
}

impl Transport for UreqTransport {
    fn send(&self, outgoing: Outgoing) -> Reply {
        let proxy = match self.proxy(outgoing.request.uri(), outgoing.loopback) {
            Ok(proxy) => proxy.cloned(),
            Err(variable) => {
                let failure = Failure::not_sent(FailureKind::Proxy);
                return Err(failure.with_source(format!("{variable} {UNUSABLE}")));
            }
        };
        let via = proxy.as_ref().map(|proxy| format!("{}:{}", proxy.host(), proxy.port()));
        self.exchange(outgoing, proxy).map_err(|failure| match via {
            Some(via) => failure.with_proxy(via),
            None => failure,
        })
    }

    fn check(&self, config: &descope_core::Config) -> Result<(), Error> {
        let base_url: Uri = config.base_url().parse().unwrap_or_default();
        match self.proxy(&base_url, config.is_loopback()) {
            Ok(_) => Ok(()),
            Err(variable) => Err(Error::invalid_argument(variable, UNUSABLE)),
        }
    }
}

const UNUSABLE: &str = "names no proxy that can be used (such as http://proxy.example.com:3128)";

impl UreqTransport {
    fn exchange(&self, outgoing: Outgoing, proxy: Option<Proxy>) -> Reply {
        let (parts, bytes) = outgoing.request.into_parts();
        let (mut bytes, mut nothing) = (&bytes[..], ());
        // For an empty body ureq would send `content-length: 0`, on a GET too.
        let body = if bytes.is_empty() && matches!(parts.method, Method::GET | Method::DELETE) {
            nothing.as_body()
        } else {
            bytes.as_body()
        };

        let started = Instant::now();
        let timeout = outgoing.timeout.min(LONGEST);
        let connect_timeout = outgoing.connect_timeout.min(timeout);
        let agent = self.agent();
        let mut config = agent
            .configure_request(Request::from_parts(parts, body))
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .proxy(proxy)
            .timeout_global(Some(timeout))
            .timeout_resolve(Some(connect_timeout))
            .timeout_connect(Some(connect_timeout));
        let bounds = if self.observed {
            // The bound is held by `progress`, which counts interim answers too. ureq compares with
            // its whole buffer, in which the body may have begun.
            config = config.max_response_header_size(
                outgoing.max_header.saturating_add(agent.config().input_buffer_size()),
            );
            Some(Bounds {
                connect_by: started + connect_timeout,
                fresh_connection: outgoing.fresh_connection,
                first_byte_by: started + outgoing.reused_timeout.min(timeout),
                max_header: outgoing.max_header.min(agent.config().input_buffer_size() - 1),
            })
        } else {
            config = config.max_response_header_size(outgoing.max_header);
            if outgoing.fresh_connection {
                // A request whose buffers differ from the agent's bypasses the pool both ways; the
                // idle age alone would do, but it would also close what the pool holds for this host.
                config = config
                    .max_idle_age(Duration::ZERO)
                    .output_buffer_size(agent.config().output_buffer_size() + 1);
            }
            None
        };
        let request = config.build();

        let _under_way = progress::begin(bounds);
        match agent.run(request) {
            Ok(response) => answer::receive(response, outgoing.max_body, outgoing.max_refusal_body),
            Err(error) => Err(failure::failure(error, progress::stage())),
        }
    }
}

/// ureq adds timeouts to the clock without a check for overflow.
const LONGEST: Duration = Duration::from_secs(366 * 24 * 60 * 60);
