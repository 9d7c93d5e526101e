//! The key cache: how often the keys are fetched, and who waits for it.

use alloc::sync::Arc;
use core::time::Duration;
use std::sync::atomic::{AtomicUsize, Ordering};

use loom::future::block_on;
use loom::thread;

use crate::base::Now;
use crate::call::patience::Patience;
use crate::config::{Limits, SigningKeyLimits};
use crate::error::Error;
use crate::jwt::SigningKeys;
use crate::model;
use crate::signing_key_cache::{Lookup, Origin, SigningKeyCache};

const PATIENCE: Patience =
    Patience { until: Duration::from_secs(10), attempts: 3, slack: Duration::from_secs(1) };

/// The clocks after so much time.
fn at(elapsed: Duration) -> Now {
    Now::new(elapsed, elapsed)
}

/// A service with the cache of its keys.
struct Service {
    cache: SigningKeyCache,
    answers: fn() -> Result<SigningKeys, Error>,
    fetches: AtomicUsize,
}

/// What became of a token, and whether it waited for another caller's fetch.
type Judged = (Result<bool, Error>, bool);

impl Service {
    fn new(answers: fn() -> Result<SigningKeys, Error>) -> Arc<Self> {
        let cache = SigningKeyCache::new(Limits::default(), None);
        Arc::new(Self { cache, answers, fetches: AtomicUsize::new(0) })
    }

    /// With the keys at hand.
    fn warm() -> Arc<Self> {
        let service = Self::new(|| Ok(SigningKeys(vec!["honest"])));
        assert!(service.judge("honest", Duration::ZERO).0.unwrap());
        service
    }

    fn fetches(&self) -> usize {
        self.fetches.load(Ordering::Relaxed)
    }

    /// What the flow of a validation does.
    fn judge(&self, kid: &str, now: Duration) -> Judged {
        let (mut waited, now) = (false, at(now));
        loop {
            match self.cache.look_up(kid, Origin::Presented, || false, now) {
                Lookup::Judge(keys) => return (Ok(keys.set.contains(kid)), waited),
                Lookup::Failed(error) => return (Err(error), waited),
                Lookup::Fetch { lease, .. } => {
                    self.fetches.fetch_add(1, Ordering::Relaxed);
                    let patience = (PATIENCE, true);
                    let (result, _) = self.cache.fetched(lease, (self.answers)(), patience, 0, now);
                    return (result.map(|keys| keys.set.contains(kid)), waited);
                }
                Lookup::Wait(follower) => {
                    waited = true;
                    block_on(follower.flight());
                    if let Some(Err(failure)) = follower.result().expect("it has landed") {
                        return (Err(failure.error), waited);
                    }
                }
            }
        }
    }
}

fn judging(service: &Arc<Service>, kid: &'static str, now: Duration) -> thread::JoinHandle<Judged> {
    let service = Arc::clone(service);
    thread::spawn(move || service.judge(kid, now))
}

#[test]
fn a_cold_cache_is_filled_by_one_fetch() {
    model(3, || {
        let service = Service::new(|| Ok(SigningKeys(vec!["honest"])));
        let others = [(); 2].map(|()| judging(&service, "honest", Duration::ZERO));
        assert!(service.judge("honest", Duration::ZERO).0.unwrap());
        for other in others {
            assert!(other.join().unwrap().0.unwrap());
        }
        assert_eq!(service.fetches(), 1);
    });
}

#[test]
fn a_leader_that_is_dropped_leaves_its_place_to_another() {
    model(3, || {
        let service = Service::new(|| Ok(SigningKeys(vec!["honest"])));
        let now = at(Duration::ZERO);
        let first = service.cache.look_up("honest", Origin::Presented, || false, now);
        assert!(matches!(first, Lookup::Fetch { .. }));
        let others = [(); 2].map(|()| judging(&service, "honest", Duration::ZERO));
        drop(first);
        for other in others {
            assert!(other.join().unwrap().0.unwrap());
        }
        assert_eq!(service.fetches(), 1);
    });
}

#[test]
fn a_fetch_that_failed_is_made_once_whoever_waited_and_whoever_came_later() {
    model(3, || {
        let service = Service::new(|| Err(Error::FRESH));
        let others = [(); 2].map(|()| judging(&service, "honest", Duration::ZERO));
        let (own, waited) = service.judge("honest", Duration::ZERO);
        let mut told = vec![(own.unwrap_err().remembered, waited)];
        for other in others {
            let (judged, waited) = other.join().unwrap();
            told.push((judged.unwrap_err().remembered, waited));
        }
        assert_eq!(service.fetches(), 1);
        // One led; the others waited for it, or were told of it afterwards.
        assert_eq!(told.iter().filter(|told| **told == (false, false)).count(), 1, "{told:?}");
    });
}

#[test]
fn after_the_pause_one_tries_again() {
    model(2, || {
        let service = Service::new(|| Err(Error::FRESH));
        service.judge("honest", Duration::ZERO).0.unwrap_err();
        let others = [(); 2].map(|()| judging(&service, "honest", Duration::from_millis(500)));
        for other in others {
            other.join().unwrap().0.unwrap_err();
        }
        assert_eq!(service.fetches(), 2);
    });
}

#[test]
fn forged_kids_cause_two_fetches_and_an_honest_token_waits_for_none() {
    model(2, || {
        let service = Service::warm();
        let forged = ["forged-1", "forged-2", "forged-3"];
        let forged = forged.map(|kid| judging(&service, kid, Duration::ZERO));
        let (honest, waited) = service.judge("honest", Duration::ZERO);
        assert!(honest.unwrap() && !waited);
        for one in forged {
            assert!(!one.join().unwrap().0.unwrap());
        }
        assert!(service.fetches() <= 1 + 2, "{}", service.fetches());
    });
}

#[test]
fn at_the_time_to_live_one_refreshes_and_nobody_waits() {
    model(3, || {
        let service = Service::warm();
        let later = SigningKeyLimits::default().time_to_live;
        let others = [(); 2].map(|()| judging(&service, "honest", later));
        let (own, waited) = service.judge("honest", later);
        assert!(own.unwrap() && !waited);
        for other in others {
            let (judged, waited) = other.join().unwrap();
            assert!(judged.unwrap() && !waited);
        }
        assert_eq!(service.fetches(), 1 + 1);
    });
}
