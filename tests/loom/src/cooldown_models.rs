//! Cooldowns: after one has passed, one call probes, and nobody waits for ever.

use alloc::sync::Arc;
use core::time::Duration;
use std::sync::atomic::{AtomicUsize, Ordering};

use loom::future::block_on;
use loom::thread;

use crate::base::{Now, RequestKind};
use crate::cooldown::{Cooldowns, Entry};
use crate::model;

const KIND: RequestKind = RequestKind::Exchange;
const SECOND: Duration = Duration::from_secs(1);

fn at(elapsed: Duration) -> Now {
    Now::new(elapsed, elapsed)
}

/// A service that has asked to wait for a second.
struct Service {
    cooldowns: Cooldowns,
    probes: AtomicUsize,
}

impl Service {
    fn new() -> Arc<Self> {
        let cooldowns = Cooldowns::default();
        assert!(cooldowns.learn(KIND, Some(SECOND), None, at(Duration::ZERO)));
        Arc::new(Self { cooldowns, probes: AtomicUsize::new(0) })
    }

    /// What a call does, until it may be sent, or learns that it must wait on. `answer` is what its
    /// request asks for; `None` drops it unanswered.
    fn call(&self, answer: Option<Option<Duration>>) -> bool {
        loop {
            match self.cooldowns.enter(KIND, at(SECOND)) {
                Entry::Open(None) => return true,
                Entry::Open(Some(lease)) => {
                    self.probes.fetch_add(1, Ordering::Relaxed);
                    if let Some(asked) = answer {
                        self.cooldowns.learn(KIND, asked, Some(lease), at(SECOND));
                    }
                    return answer != Some(Some(SECOND));
                }
                Entry::Cooling { .. } => return false,
                Entry::Probed { probe, .. } => block_on(probe.flight()),
            }
        }
    }
}

fn calling(service: &Arc<Service>, answer: Option<Option<Duration>>) -> thread::JoinHandle<bool> {
    let service = Arc::clone(service);
    thread::spawn(move || service.call(answer))
}

fn probes(service: &Service) -> usize {
    service.probes.load(Ordering::Relaxed)
}

#[test]
fn one_probes_and_then_all_go() {
    model(3, || {
        let service = Service::new();
        let others = [(); 2].map(|()| calling(&service, Some(None)));
        assert!(service.call(Some(None)));
        for other in others {
            assert!(other.join().unwrap());
        }
        assert_eq!(probes(&service), 1);
    });
}

#[test]
fn a_probe_that_is_refused_holds_all_back() {
    model(3, || {
        let service = Service::new();
        let others = [(); 2].map(|()| calling(&service, Some(Some(SECOND))));
        assert!(!service.call(Some(Some(SECOND))));
        for other in others {
            assert!(!other.join().unwrap());
        }
        assert_eq!(probes(&service), 1);
    });
}

#[test]
fn a_probe_that_is_dropped_leaves_its_place_to_another() {
    model(3, || {
        let service = Service::new();
        let dropped = calling(&service, None);
        let answered = calling(&service, Some(None));
        assert!(dropped.join().unwrap() && answered.join().unwrap());
        assert!((1..=2).contains(&probes(&service)));
        assert!(service.call(Some(None)));
    });
}
