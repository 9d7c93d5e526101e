//! Ages and generations of signing keys. (Beside the cache's file, which a model checker compiles too.)

use alloc::format;
use alloc::vec::Vec;
use core::time::Duration;

use super::signing_key_cache::{Freshness, Lookup, Origin, SigningKeyCache, freshness};
use crate::base::Now;
use crate::call::patience::Patience;
use crate::config::{Limits, SigningKeyLimits};
use crate::jwt::SigningKeys;

#[test]
fn keys_age_by_the_clock_that_moved_further_and_end_by_the_one_that_cannot_be_set() {
    use Freshness::{Doubtful, Fresh, Stale, TooOld};
    let limits = SigningKeyLimits::default();
    let seconds = Duration::from_secs;
    let at = Now::new(seconds(100), seconds(1_800_000_000));
    for (monotonic, unix, expected) in [
        (0, 0, Fresh),
        (599, 599, Fresh),
        (600, 600, Stale),
        (600, 0, Stale),
        (0, 600, Stale),
        (4_199, 4_199, Stale),
        (4_200, 4_200, TooOld),
        // The wall clock was set back, or stood.
        (4_200, 0, TooOld),
        // The machine slept, or its wall clock was set ahead.
        (0, 4_200, Doubtful),
        (4_199, 28_800, Doubtful),
        (4_200, 28_800, TooOld),
    ] {
        let now = Now::new(at.monotonic() + seconds(monotonic), at.unix() + seconds(unix));
        assert_eq!(freshness(&limits, at, now), expected, "{monotonic} {unix}");
    }
    let before = Now::new(at.monotonic(), Duration::ZERO);
    assert_eq!(freshness(&limits, at, before), Fresh);
}

fn set(kids: &[&str]) -> SigningKeys {
    let key = |kid: &&str| {
        format!(
            r#"{{"kty":"OKP","crv":"Ed25519","kid":"{kid}","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}}"#
        )
    };
    let keys: Vec<_> = kids.iter().map(key).collect();
    SigningKeys::parse(format!(r#"{{"keys":[{}]}}"#, keys.join(",")).as_bytes()).unwrap()
}

#[test]
fn a_set_that_has_not_changed_keeps_its_generation() {
    let cache = SigningKeyCache::new(Limits::default(), None);
    let now = Now::new(Duration::ZERO, Duration::ZERO);
    let patience = Patience { until: Duration::MAX, attempts: 3, slack: Duration::ZERO };
    for (kids, generation) in [
        (&["a", "b"][..], 0),
        (&["a", "b"], 0),
        (&["b", "a"], 0),
        (&["b"], 1),
        (&["a", "b"], 2),
        (&["a", "b"], 2),
    ] {
        let lookup = cache.look_up("unknown", Origin::Exchanged, || false, now);
        let Lookup::Fetch { lease, .. } = lookup else { panic!("it fetches nothing") };
        let (fetched, turned) = cache.fetched(lease, Ok(set(kids)), (patience, true), 0, now);
        assert_eq!((fetched.unwrap().generation, turned), (generation, false), "{kids:?}");
    }
}
