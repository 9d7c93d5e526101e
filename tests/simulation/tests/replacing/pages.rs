//! Something answers in the service's place, at any step.

use descope_core::ReplaceError;
use descope_emulator::{Fault, Page};
use descope_simulation::every_schedule;

use crate::setting::{
    End, Job, LATER, looked_at, no_place_holds_a_dead_secret, old_key, one_live_key_is_left,
    what_is_left_can_be_found,
};

/// One request, any of them, or two in a row, are answered by a page: before the service has seen them,
/// or after.
fn one_page(job: &Job, page: Page) -> usize {
    every_schedule(|schedule| {
        let (world, places) = old_key(1, |builder| builder);
        let look = || {
            no_place_holds_a_dead_secret(&world, &places);
            what_is_left_can_be_found(&world);
        };
        let at = u32::try_from(schedule.pick(10)).unwrap();
        let fault = Fault::page(page).after(at).times(1 + schedule.pick(2) as u32);
        let carried_out = schedule.decide();
        world.emulator.inject(if carried_out { fault.carried_out() } else { fault });
        let end = looked_at(job.start(&world, &places), &world, look);
        // It is finished, or it says that it is not.
        if matches!(end, Ok(ref replaced) if replaced.unmarked.is_none()) {
            one_live_key_is_left(&world, &places);
        }
        world.emulator.clear_faults();
        world.pass(LATER);
        let end = looked_at(
            Job { fails_after: None, ..job.clone() }.start(&world, &places),
            &world,
            look,
        );
        is_replaced(&end);
        one_live_key_is_left(&world, &places);
    })
}

fn is_replaced(end: &End) {
    assert!(matches!(end, Ok(_) | Err(ReplaceError::AlreadyReplaced { .. })), "{end:?}");
}

#[test]
fn a_page_concludes_nothing() {
    let job = Job::plain();
    for page in Page::ALL {
        one_page(&job, *page);
        one_page(&job.clone().reading_back(), *page);
        one_page(&Job { fails_after: Some(0), ..job.clone() }, *page);
    }
}
