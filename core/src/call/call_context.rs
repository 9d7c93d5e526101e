//! What all calls of one client share.

use alloc::sync::Arc;
use core::fmt;
use core::sync::atomic::{AtomicUsize, Ordering};

use crate::base::Now;
use crate::call::cooldown::Cooldowns;
use crate::call::license_tier::LicenseTier;
use crate::call::retry;
use crate::config::{Config, Event};

/// A configuration, and what the calls made with it have learnt. Cheap to clone; the clones share.
#[derive(Clone)]
pub(crate) struct CallContext(Arc<Shared>);

struct Shared {
    config: Config,
    entropy: [u64; 4],
    draws: AtomicUsize,
    tier: LicenseTier,
    cooldowns: Cooldowns,
}

impl CallContext {
    pub(crate) fn new(config: Config, entropy: [u8; 32]) -> Self {
        Self(Arc::new(Shared {
            config,
            entropy: words(entropy),
            draws: AtomicUsize::new(0),
            tier: LicenseTier::default(),
            cooldowns: Cooldowns::default(),
        }))
    }

    pub(crate) fn config(&self) -> &Config {
        &self.0.config
    }

    pub(crate) fn tier(&self) -> &LicenseTier {
        &self.0.tier
    }

    pub(crate) fn cooldowns(&self) -> &Cooldowns {
        &self.0.cooldowns
    }

    /// Tells those who asked for it. Under no lock.
    pub(crate) fn tell(&self, event: Event) {
        self.config().hooks.tell(event);
    }

    /// Another number for each draw.
    fn draw(&self) -> u64 {
        self.0.draws.fetch_add(1, Ordering::Relaxed).wrapping_add(1) as u64
    }

    /// For jitter. The clocks are in it, so that two that go on from one snapshot differ.
    pub(crate) fn random(&self, now: Now) -> u64 {
        let [seed, ..] = self.0.entropy;
        let clocks = now.unix().as_nanos() ^ now.monotonic().as_nanos().rotate_left(32);
        let draw = self.draw();
        retry::mix(seed ^ retry::mix(clocks as u64, draw), draw)
    }

    /// 128 bits that nobody else has, as long as either source is good.
    pub(crate) fn unique(&self, fresh: [u8; 32]) -> u128 {
        let draw = self.draw();
        let all = [self.0.entropy, words(fresh)].concat();
        let half = |first| {
            let of_it = all.iter().skip(first).step_by(2);
            u128::from(of_it.fold(draw, |sum, word| retry::mix(sum, *word)))
        };
        half(0) << 64 | half(1)
    }
}

fn words(bytes: [u8; 32]) -> [u64; 4] {
    let word =
        |start| bytes[start..start + 8].iter().fold(0, |word, byte| word << 8 | u64::from(*byte));
    [0, 8, 16, 24].map(word)
}

impl fmt::Debug for CallContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CallContext").field("config", &self.0.config).finish_non_exhaustive()
    }
}
