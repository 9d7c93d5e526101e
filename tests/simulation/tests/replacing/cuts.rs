//! Every flow is cut before and after each of its requests and answers, and again in the run that
//! follows.

use descope_core::{Class, ReplaceAccessKey, ReplaceError};
use descope_simulation::every_schedule;

use crate::setting::{
    End, Job, LATER, disturbed, looked_at, no_place_holds_a_dead_secret, old_key,
    one_live_key_is_left, retiring_due, what_is_left_can_be_found,
};

/// Cuts two runs, one after the other, at every point; the third one is left alone. Says how many
/// ways there were.
fn cut_twice(job: &Job) -> usize {
    every_schedule(|schedule| {
        let (world, places) = old_key(2, |builder| builder);
        let look = || {
            no_place_holds_a_dead_secret(&world, &places);
            what_is_left_can_be_found(&world);
        };
        let mut late = None;
        for _ in 0..2 {
            let on_the_wire = disturbed(job.start(&world, &places), &world, schedule, look);
            if let Some(request) = late.take() {
                let _ = world.serve(request);
            }
            if let Some(request) = on_the_wire {
                // It is lost, or it arrives; a create at any time, other changes within a minute.
                match schedule.pick(if request.operation.class == Class::OneShot { 3 } else { 2 }) {
                    0 => {}
                    1 => drop(world.serve(request)),
                    _ => late = Some(request),
                }
            }
            look();
            world.pass(LATER);
        }
        if let Some(request) = late {
            let _ = world.serve(request);
            // It is as young as a successor that is being deployed.
            world.pass(LATER);
        }
        look();
        let undisturbed = Job { fails_after: None, ..job.clone() };
        let end = looked_at(undisturbed.start(&world, &places), &world, look);
        is_replaced(&end);
        if let Some(grace) = job.grace {
            world.pass(grace);
            let _ = retiring_due(&world).run(&world).unwrap();
            look();
            is_replaced(&looked_at(undisturbed.start(&world, &places), &world, look));
        }
        look();
        one_live_key_is_left(&world, &places);
    })
}

/// By this run or an earlier one.
fn is_replaced(end: &End) {
    match end {
        Ok(replaced) => assert!(replaced.unmarked.is_none(), "{replaced:?}"),
        Err(ReplaceError::AlreadyReplaced { .. }) => {}
        Err(error) => panic!("{error}"),
    }
}

#[test]
fn a_plain_replacement() {
    println!("{} ways", cut_twice(&Job::plain()));
}

#[test]
fn one_that_reads_back() {
    println!("{} ways", cut_twice(&Job::plain().reading_back()));
}

#[test]
fn one_that_deletes_the_old_key() {
    println!("{} ways", cut_twice(&Job::plain().with(ReplaceAccessKey::delete_old)));
}

#[test]
fn one_with_a_grace_time() {
    // The next run is within it.
    println!("{} ways", cut_twice(&Job::plain().with_grace(LATER + LATER / 2)));
}

#[test]
fn one_with_a_grace_time_that_is_soon_over() {
    println!("{} ways", cut_twice(&Job::plain().with_grace(LATER / 2)));
}

#[test]
fn one_whose_deployment_fails() {
    for fails_after in [0, 1] {
        let job = Job { fails_after: Some(fails_after), ..Job::plain() };
        println!("{} ways", cut_twice(&job));
    }
}
