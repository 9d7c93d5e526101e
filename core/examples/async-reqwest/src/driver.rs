//! The loop that drives the core, in async.

use std::time::{Instant, SystemTime, UNIX_EPOCH};

use descope_core::{CallOptions, Config, Context, Endpoint, Error, Machine, Now, Step};

use crate::transport::Http;

/// An async client of one project. Clones share all that was learnt.
///
/// A future that is dropped gives its call up; where others waited for what it fetched, one of them
/// goes on.
#[derive(Debug, Clone)]
pub(crate) struct Driver {
    context: Context,
    http: Http,
    origin: Instant,
}

impl Driver {
    /// Does no IO.
    pub(crate) fn new(config: Config, http: Http) -> Self {
        let mut entropy = [0; 32];
        getrandom::fill(&mut entropy).expect("the system gives random bytes");
        Self { context: Context::new(config, entropy), http, origin: Instant::now() }
    }

    /// Where caches of tokens come from.
    pub(crate) fn context(&self) -> &Context {
        &self.context
    }

    /// Calls an endpoint: create, load, search, …
    pub(crate) async fn call<E: Endpoint>(&self, endpoint: E) -> Result<E::Output, Error> {
        self.run(|core, now| core.call(endpoint, CallOptions::new(), now)).await
    }

    /// Runs whatever the core can start: an exchange, a validation, a token of a cache, a call with
    /// options of its own.
    pub(crate) async fn run<M: Machine>(
        &self,
        start: impl FnOnce(&Context, Now) -> Step<M>,
    ) -> Result<M::Output, Error> {
        let mut step = start(&self.context, self.now());
        loop {
            step = match step {
                Step::Send(outgoing, sent) => {
                    let reply = self.http.send(outgoing).await;
                    sent.reply(reply, self.now())
                }
                Step::Sleep(delay, asleep) => {
                    tokio::time::sleep(delay).await;
                    asleep.wake(self.now())
                }
                Step::Wait(flight, limit, waiting) => {
                    // Landed or not: the machine sees for itself.
                    let _ = tokio::time::timeout(limit, flight).await;
                    waiting.wake(self.now())
                }
                Step::Done(result) => return result,
            }
        }
    }

    fn now(&self) -> Now {
        #[expect(clippy::disallowed_methods, reason = "a driver is where clocks are read")]
        let unix = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Now::new(self.origin.elapsed(), unix)
    }
}
