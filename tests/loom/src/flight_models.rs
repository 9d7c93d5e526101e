//! Single flight: nobody waits for ever, and nobody leads without need.

use alloc::sync::Arc;
use core::future::Future;
use core::pin::pin;
use core::task::{Context, Poll, Waker};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::Wake;

use loom::future::block_on;
use loom::thread;

use crate::base::std_parts::{Mutex, lock};
use crate::call::flight::{Flight, Lease, Role, SingleFlight};
use crate::model;

/// The owner's lock with the flight under it.
type Owner = Arc<Mutex<SingleFlight<usize>>>;

fn owner() -> Owner {
    Arc::new(Mutex::new(SingleFlight::new()))
}

fn join(owner: &Owner) -> Role<usize> {
    lock(owner).join()
}

fn lead(owner: &Owner) -> Lease<usize> {
    match join(owner) {
        Role::Lead(lease) => lease,
        Role::Follow(_) => panic!("somebody leads already"),
    }
}

/// Leads or follows until there is a result; counts the leaders.
fn obtain(owner: &Owner, leaders: &AtomicUsize) -> usize {
    loop {
        match join(owner) {
            Role::Lead(lease) => {
                let number = leaders.fetch_add(1, Ordering::Relaxed);
                lease.land(number);
                return number;
            }
            Role::Follow(follower) => {
                block_on(follower.flight());
                // What has landed without a result was given up.
                if let Some(number) = follower.result().expect("it has landed") {
                    return number;
                }
            }
        }
    }
}

fn waits(owner: &Owner) -> thread::JoinHandle<Option<usize>> {
    let Role::Follow(follower) = join(owner) else { panic!("nobody leads") };
    thread::spawn(move || {
        block_on(follower.flight());
        follower.result().expect("it has landed")
    })
}

#[test]
fn those_who_wait_get_what_the_leader_lands() {
    model(3, || {
        let owner = owner();
        let lease = lead(&owner);
        let waiting = [waits(&owner), waits(&owner)];
        lease.land(7);
        for one in waiting {
            assert_eq!(one.join().unwrap(), Some(7));
        }
    });
}

#[test]
fn a_lease_that_is_dropped_wakes_the_others_without_a_result() {
    model(3, || {
        let owner = owner();
        let lease = lead(&owner);
        let waiting = [waits(&owner), waits(&owner)];
        drop(lease);
        for one in waiting {
            assert_eq!(one.join().unwrap(), None);
        }
    });
}

#[test]
fn whoever_asks_while_a_flight_is_under_way_shares_its_result() {
    model(3, || {
        let (owner, leaders) = (owner(), Arc::new(AtomicUsize::new(0)));
        let ask = |owner: &Owner| {
            let (owner, leaders) = (Arc::clone(owner), Arc::clone(&leaders));
            thread::spawn(move || obtain(&owner, &leaders))
        };
        let asking = [ask(&owner), ask(&owner)];
        let own = obtain(&owner, &leaders);
        let led = leaders.load(Ordering::Relaxed);
        assert!(own < led && led <= 3);
        for one in asking {
            assert!(one.join().unwrap() < leaders.load(Ordering::Relaxed));
        }
    });
}

#[test]
fn of_those_who_waited_for_one_that_gave_up_one_leads() {
    model(3, || {
        let (owner, leaders) = (owner(), Arc::new(AtomicUsize::new(0)));
        let lease = lead(&owner);
        let waiting: Vec<_> = (0..2)
            .map(|_| {
                let Role::Follow(follower) = join(&owner) else { panic!("nobody leads") };
                let (owner, leaders) = (Arc::clone(&owner), Arc::clone(&leaders));
                thread::spawn(move || {
                    block_on(follower.flight());
                    assert_eq!(follower.result(), Some(None));
                    obtain(&owner, &leaders)
                })
            })
            .collect();
        drop(lease);
        let numbers: Vec<usize> = waiting.into_iter().map(|one| one.join().unwrap()).collect();
        let led = leaders.load(Ordering::Relaxed);
        assert!(numbers.iter().all(|number| *number < led), "{numbers:?} of {led}");
    });
}

#[test]
fn one_who_stops_waiting_takes_nobodys_waker_along() {
    model(3, || {
        let owner = owner();
        let lease = lead(&owner);
        let Role::Follow(impatient) = join(&owner) else { panic!("nobody leads") };
        let patient = waits(&owner);
        let gives_up = thread::spawn(move || {
            let mut flight = impatient.flight();
            let _ = pin!(&mut flight).poll(&mut Context::from_waker(Waker::noop()));
        });
        lease.land(7);
        assert_eq!(patient.join().unwrap(), Some(7));
        gives_up.join().unwrap();
    });
}

#[test]
fn the_last_waker_that_polled_is_the_one_that_is_woken() {
    model(3, || {
        let owner = owner();
        let lease = lead(&owner);
        let Role::Follow(follower) = join(&owner) else { panic!("nobody leads") };
        let moved = thread::spawn(move || {
            let mut flight = follower.flight();
            let first = pin!(&mut flight).poll(&mut Context::from_waker(Waker::noop()));
            if first.is_pending() {
                block_on(&mut flight);
            }
        });
        lease.land(7);
        moved.join().unwrap();
    });
}

/// A task that waits itself, and ends with its waker.
struct Task(#[expect(dead_code, reason = "it is dropped")] Flight);

impl Wake for Task {
    fn wake(self: Arc<Self>) {
        panic!("nothing lands");
    }
}

#[test]
fn a_waker_may_do_as_it_likes_when_it_is_dropped() {
    model(0, || {
        let owner = owner();
        let _lease = lead(&owner);
        let flight = || match join(&owner) {
            Role::Follow(follower) => follower.flight(),
            Role::Lead(_) => panic!("nobody leads"),
        };
        let poll = |flight: &mut Flight, waker: &Waker| {
            assert_eq!(pin!(flight).poll(&mut Context::from_waker(waker)), Poll::Pending);
        };
        for polled_again in [true, false] {
            let (mut outer, mut inner) = (flight(), flight());
            poll(&mut inner, Waker::noop());
            let waker = Waker::from(Arc::new(Task(inner)));
            poll(&mut outer, &waker);
            drop(waker);
            if polled_again {
                poll(&mut outer, Waker::noop());
            }
            drop(outer);
        }
    });
}
