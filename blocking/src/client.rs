//! The client: a configuration with a transport. What it offers beyond calls stands with what it
//! offers, each in a file of its own; this one knows none of them.

use std::fmt;
use std::sync::Arc;

use descope_core::{
    CallOptions, Clock, Config, Context, Endpoint, Error, Machine, Now, Step, Transport,
};

use crate::drive::drive;
use crate::entropy::entropy;
use crate::logging;
use crate::per_process::PerProcess;

/// A client of one project.
///
/// Cheap to clone and safe to share between threads: clones share connections, signing keys and
/// what they have learned of the service. A forked child starts with the configuration alone.
///
/// ```
/// use descope_blocking::Client;
///
/// let client = Client::builder("P2aBcDeFgHiJkLmNoPqRsTuVwXyZ").management_key("K2-secret").build()?;
/// # Ok::<(), descope_blocking::Error>(())
/// ```
#[derive(Clone)]
pub struct Client {
    shared: Arc<Shared>,
    options: CallOptions,
}

struct Shared {
    context: PerProcess<Context>,
    transport: Arc<dyn Transport>,
    clock: Arc<dyn Clock>,
}

impl Client {
    pub(crate) fn new(
        config: Config,
        transport: Arc<dyn Transport>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        let context = PerProcess::new(Context::new(config, entropy()));
        let shared = Shared { context, transport, clock };
        Self { shared: Arc::new(shared), options: CallOptions::new() }
    }

    /// A client that differs in the options of its calls, and shares all else:
    ///
    /// ```no_run
    /// # use descope_blocking::{CallOptions, Client};
    /// # let client = Client::from_env()?;
    /// let patient = CallOptions::new().deadline(std::time::Duration::from_secs(120));
    /// let key = client.with_options(patient).access_keys().load("K2key")?;
    /// # Ok::<(), descope_blocking::Error>(())
    /// ```
    #[must_use]
    pub fn with_options(&self, options: CallOptions) -> Self {
        Self { shared: Arc::clone(&self.shared), options }
    }

    /// Calls any endpoint of the core, or one of the caller's own.
    ///
    /// # Errors
    ///
    /// As the endpoint says.
    pub fn call<E: Endpoint>(&self, endpoint: E) -> Result<E::Output, Error> {
        let now = self.now();
        for warning in endpoint.warnings(now) {
            logging::warning(format_args!("{}: {warning}", endpoint.operation().name));
        }
        self.drive(self.context().call(endpoint, self.options.clone(), now))
    }

    /// The core's side of this client, for flows of one's own.
    #[must_use]
    pub fn context(&self) -> &Context {
        let anew = |parents: &Context| Context::new(parents.config().clone(), entropy());
        self.shared.context.get(anew)
    }

    /// The same; in a forked child that has made none of its own yet, its parent's, of which nothing may
    /// be used that is behind a lock. The system need not be asked which process this is.
    #[cfg(feature = "jwt")]
    pub(crate) fn inherited_context(&self) -> &Context {
        self.shared.context.inherited()
    }

    /// A text that no other key's description holds, for
    /// [`CreateAccessKey::marker`](crate::CreateAccessKey::marker): 128 random bits.
    #[must_use]
    pub fn marker(&self) -> String {
        self.context().marker(entropy())
    }

    /// Drives a machine of the core to its end with this client's transport.
    ///
    /// # Errors
    ///
    /// The machine's.
    pub fn drive<M: Machine>(&self, step: Step<M>) -> Result<M::Output, Error> {
        drive(&*self.shared.transport, &*self.shared.clock, step)
    }

    pub(crate) fn options(&self) -> &CallOptions {
        &self.options
    }

    /// A reading of this client's clocks, to start a machine with.
    #[must_use]
    pub fn now(&self) -> Now {
        self.shared.clock.now()
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("config", self.context().config())
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}
