//! Deployments that go on when their process is dead, or that take too long.

use std::ops::ControlFlow;
use std::time::Duration;

use descope_core::{ReplaceAccessKey, ReplaceError};
use descope_simulation::every_schedule;

use crate::setting::{
    Job, LATER, live, looked_at, no_place_holds_a_dead_secret, old_key, one_live_key_is_left,
};

/// A parent is killed while it deploys, and its child stores the secret in the places that are left,
/// at any time before another run takes over.
#[test]
fn a_child_that_outlives_its_parent_ends_in_time() {
    for reads_back in [false, true] {
        let runs = every_schedule(|schedule| {
            let (world, places) = old_key(2, |builder| builder);
            let look = || no_place_holds_a_dead_secret(&world, &places);
            let job = Job { reads_back, ..Job::plain() };
            let mut process = job.start(&world, &places);
            while live(&world).len() == 1 || process.is_on_the_wire() || !schedule.decide() {
                match process.step(&world) {
                    ControlFlow::Continue(next) => process = next,
                    ControlFlow::Break(end) => {
                        end.unwrap();
                        return;
                    }
                }
                look();
            }
            drop(process.kill());
            let secret = live(&world).pop().unwrap().cleartext().to_owned();
            let begun = places.borrow()[0] == secret;
            let childs = |place: usize| {
                if begun {
                    places.borrow_mut()[place].clone_from(&secret);
                }
                look();
            };
            world.pass(Duration::from_secs(1_800));
            if schedule.decide() {
                childs(1);
            }
            // A run that comes too early leaves it alone.
            let early = looked_at(job.start(&world, &places), &world, look);
            if live(&world).len() > 1 {
                assert!(matches!(early, Err(ReplaceError::Busy { .. })), "{early:?}");
            }
            childs(1);
            world.pass(LATER);
            let end = looked_at(job.start(&world, &places), &world, look);
            assert!(matches!(end, Ok(_) | Err(ReplaceError::AlreadyReplaced { .. })), "{end:?}");
            one_live_key_is_left(&world, &places);
        });
        println!("{runs} ways");
    }
}

/// It takes longer than another run waits for it, and is the last one that stores its secret.
#[test]
fn what_was_overtaken_and_is_in_use_is_activated_again() {
    for reads_back in [false, true] {
        let (world, places) = old_key(1, |builder| builder);
        let job = Job { reads_back, ..Job::plain() };
        let mut slow = job.start(&world, &places);
        let old = places.borrow()[0].clone();
        while places.borrow()[0] == old {
            slow = match slow.step(&world) {
                ControlFlow::Continue(next) => next,
                ControlFlow::Break(end) => panic!("{end:?}"),
            };
        }
        let secret = places.borrow()[0].clone();
        world.pass(LATER);
        let quick = Job::plain().start(&world, &places).run(&world).unwrap();
        assert_eq!(quick.retired.len(), 2);
        places.borrow_mut()[0] = secret;
        let error = slow.run(&world).unwrap_err();
        let ReplaceError::Overtaken { activated, successor, .. } = error else { panic!("{error}") };
        assert_eq!(activated, reads_back);
        assert!(live(&world).iter().any(|key| key.id == quick.key.id()));
        if activated {
            no_place_holds_a_dead_secret(&world, &places);
            world.pass(LATER);
            let end = job.start(&world, &places).run(&world).unwrap();
            assert_eq!(end.key.id(), successor);
            one_live_key_is_left(&world, &places);
        }
    }
}

/// The old key is retired when it is due, by whoever comes first, and never where somebody went back.
#[test]
fn a_grace_time_is_kept_and_ends() {
    let grace = Duration::from_secs(24 * 3_600);
    let (world, places) = old_key(1, |builder| builder);
    let job = Job::plain().with_grace(grace);
    let first = job.start(&world, &places).run(&world).unwrap();
    let due = first.due.unwrap();
    for hurried in [job.clone(), job.clone().with(ReplaceAccessKey::resume)] {
        world.pass(LATER);
        let error = hurried.start(&world, &places).run(&world).unwrap_err();
        let ReplaceError::AlreadyReplaced { by, due: Some(told), .. } = error else {
            panic!("{error}")
        };
        assert_eq!((by.as_str(), told, live(&world).len()), (first.key.id(), due, 2));
    }
    // Somebody goes back to the old key.
    world.emulator.deactivate(first.key.id());
    world.pass(grace);
    let left = crate::setting::retiring_due(&world).run(&world).unwrap().left;
    assert_eq!((left.len(), left[0].successor.as_str()), (1, first.key.id()));
    let again = Job::plain().start(&world, &places).run(&world).unwrap();
    assert_eq!(again.rolled_back.as_deref(), Some(first.key.id()));
    one_live_key_is_left(&world, &places);
    let old = world.emulator.key(crate::setting::OLD).unwrap();
    assert_eq!(old.description, "deploys");
}
