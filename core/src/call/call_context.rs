//! What all calls of one client share.

use alloc::sync::Arc;
use core::fmt;
use core::sync::atomic::{AtomicU64, Ordering};

use crate::call::license_tier::LicenseTier;
use crate::call::retry;
use crate::config::Config;

/// A configuration, and what the calls made with it have learnt. Cheap to clone; the clones share.
#[derive(Clone)]
pub(crate) struct CallContext(Arc<Shared>);

struct Shared {
    config: Config,
    seed: u64,
    draws: AtomicU64,
    tier: LicenseTier,
}

impl CallContext {
    pub(crate) fn new(config: Config, seed: u64) -> Self {
        Self(Arc::new(Shared {
            config,
            seed,
            draws: AtomicU64::new(0),
            tier: LicenseTier::default(),
        }))
    }

    pub(crate) fn config(&self) -> &Config {
        &self.0.config
    }

    pub(crate) fn tier(&self) -> &LicenseTier {
        &self.0.tier
    }

    pub(crate) fn random(&self) -> u64 {
        retry::mix(self.0.seed, self.0.draws.fetch_add(1, Ordering::Relaxed).wrapping_add(1))
    }
}

impl fmt::Debug for CallContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CallContext").field("config", &self.0.config).finish_non_exhaustive()
    }
}
