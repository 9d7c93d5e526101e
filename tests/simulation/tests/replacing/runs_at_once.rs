//! Two runs at once, in every order.

use std::ops::ControlFlow;
use std::time::Duration;

use descope_core::{ReplaceAccessKey, ReplaceError};
use descope_simulation::{Schedule, World, every_schedule};

use crate::setting::{
    End, Job, LATER, Places, live, looked_at, no_place_holds_a_dead_secret, old_key,
    one_live_key_is_left, what_is_left_can_be_found,
};

/// Runs both, with as many changes of turn as these, each at any point. A look is taken after each
/// step.
fn interleaved(
    jobs: [&Job; 2],
    changes: usize,
    world: &World,
    places: &Places,
    schedule: &mut Schedule,
    look: impl Fn(),
) -> [End; 2] {
    let mut processes = jobs.map(|job| Some(job.start(world, places)));
    let mut ends = [None, None];
    let (mut turn, mut left) = (0, changes);
    while let Some(process) = processes[turn].take() {
        match process.stride(world) {
            ControlFlow::Continue(next) => processes[turn] = Some(next),
            ControlFlow::Break(end) => ends[turn] = Some(end),
        }
        look();
        let other = 1 - turn;
        if processes[other].is_some() {
            if ends[turn].is_some() {
                turn = other;
            } else if left > 0 && schedule.decide() {
                (turn, left) = (other, left - 1);
            }
        }
    }
    ends.map(|end| end.expect("both have ended"))
}

/// It is done, or it leaves the other one alone.
fn gives_way(end: &End) {
    match end {
        Ok(_) | Err(ReplaceError::Busy { left: None, .. }) => {}
        Err(ReplaceError::AlreadyReplaced { .. }) => {}
        // The other one has ended since the keys were searched.
        Err(ReplaceError::Read(error)) if error.field() == Some("id") => {}
        Err(error) => panic!("{error}"),
    }
}

#[test]
fn one_of_two_lives_in_every_order() {
    let mut nobody_lived = 0;
    let runs = every_schedule(|schedule| {
        let (world, places) = old_key(2, |builder| builder);
        let look = || {
            no_place_holds_a_dead_secret(&world, &places);
            what_is_left_can_be_found(&world);
        };
        let job = Job::plain();
        let ends = interleaved([&job, &job], 4, &world, &places, schedule, look);
        let done = ends.iter().filter(|end| end.is_ok()).count();
        ends.iter().for_each(gives_way);
        assert!(done <= 1);
        nobody_lived += usize::from(done == 0);
        world.pass(LATER);
        let _ = looked_at(job.start(&world, &places), &world, look);
        one_live_key_is_left(&world, &places);
    });
    println!("{runs} orders, and none of the two lives in {nobody_lived}");
    assert!(nobody_lived < runs / 5);
}

#[test]
fn with_a_search_that_lags_both_may_live_and_no_place_goes_dark() {
    let runs = every_schedule(|schedule| {
        let (world, places) = old_key(2, |builder| builder);
        world.emulator.set_search_lag(Duration::from_secs(5));
        let look = || no_place_holds_a_dead_secret(&world, &places);
        let job = Job::plain();
        let ends = interleaved([&job, &job], 3, &world, &places, schedule, look);
        ends.iter().for_each(gives_way);
        // What is in use tells which of two is left, where every place has the same.
        world.pass(LATER);
        let agreed = places.borrow().iter().all(|secret| *secret == places.borrow()[0]);
        let end = looked_at(Job::plain().reading_back().start(&world, &places), &world, look);
        if agreed {
            assert!(matches!(end, Ok(_) | Err(ReplaceError::AlreadyReplaced { .. })), "{end:?}");
            one_live_key_is_left(&world, &places);
        }
    });
    println!("{runs} orders");
}

#[test]
fn one_that_is_told_to_resume_stops_a_living_one_and_what_is_deployed_is_not_lost() {
    let runs = every_schedule(|schedule| {
        let (world, places) = old_key(1, |builder| builder);
        let living = Job::plain().reading_back();
        let resuming = Job::plain().reading_back().with(ReplaceAccessKey::resume);
        let ends = interleaved([&living, &resuming], 3, &world, &places, schedule, || {});
        for end in &ends {
            match end {
                Err(ReplaceError::Overtaken { .. }) => {}
                // What it retired was activated again, since it is in use.
                Err(ReplaceError::OldLeft { .. }) => {}
                end => gives_way(end),
            }
        }
        assert!(!live(&world).is_empty());
        // Which of two wrote last is not known, but what is stored is healed.
        world.pass(LATER);
        let end = looked_at(Job::plain().reading_back().start(&world, &places), &world, || {});
        assert!(matches!(end, Ok(_) | Err(ReplaceError::AlreadyReplaced { .. })), "{end:?}");
        no_place_holds_a_dead_secret(&world, &places);
    });
    println!("{runs} orders");
}
