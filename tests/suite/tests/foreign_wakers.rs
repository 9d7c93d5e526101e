//! Wakers are foreign code: one that panics leaves nobody asleep, and the one who wakes alone; one is
//! kept no longer than its flight.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Wake, Waker};

use descope_core::{CallOptions, ExchangeAccessKey, Flight, Step, TokenLimits};
use descope_suite::world::{CLEARTEXT, World, at_once, sends};

struct Panics;

impl Wake for Panics {
    fn wake(self: Arc<Self>) {
        panic!("this waker panics");
    }
}

#[derive(Default)]
struct Counts(AtomicUsize);

impl Wake for Counts {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

#[test]
fn one_that_panics_leaves_the_others_awake_and_the_leader_alone() {
    let world = World::new();
    let exchange = ExchangeAccessKey::new(CLEARTEXT);
    let cache = world.context.token_cache(exchange, TokenLimits::default());
    let obtain = || cache.obtain(CallOptions::new(), world.now());
    let leader = sends(obtain());
    let counts = Arc::new(Counts::default());
    let wakers = [Arc::new(Panics).into(), Arc::clone(&counts).into(), Arc::new(Panics).into()];
    let mut waiting: Vec<(Flight, _)> = wakers
        .into_iter()
        .map(|waker: Waker| match obtain() {
            Step::Wait(mut flight, _, waiting) => {
                let polled = pin!(&mut flight).poll(&mut Context::from_waker(&waker));
                assert_eq!(polled, Poll::Pending);
                (flight, waiting)
            }
            other => panic!("it does not wait: {other:?}"),
        })
        .collect();
    let session = world.drive(leader).unwrap();
    assert_eq!(counts.0.load(Ordering::SeqCst), 1);
    for (flight, waiting) in waiting.drain(..) {
        drop(flight);
        assert!(Arc::ptr_eq(&at_once(waiting.wake(world.now())).unwrap(), &session));
    }
}

#[test]
fn flights_that_are_given_up_leave_nothing_behind() {
    let world = World::new();
    let exchange = ExchangeAccessKey::new(CLEARTEXT);
    let cache = world.context.token_cache(exchange, TokenLimits::default());
    let obtain = || cache.obtain(CallOptions::new(), world.now());
    let _leader = sends(obtain());
    let counts = Arc::new(Counts::default());
    let waker = Waker::from(Arc::clone(&counts));
    let give_up = || {
        let Step::Wait(mut flight, ..) = obtain() else { panic!("it does not wait") };
        let polled = pin!(&mut flight).poll(&mut Context::from_waker(&waker));
        assert_eq!(polled, Poll::Pending);
    };
    give_up();
    assert_eq!(Arc::strong_count(&counts), 2, "the waker is dropped with the flight");
    let taken = allocation_counter::measure(|| (0..100).for_each(|_| give_up()));
    assert_eq!(taken.bytes_current, 0, "its place is used again");
}
