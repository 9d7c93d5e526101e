//! Descriptions that people edit, append to and forge.

use descope_core::{DeployError, ReplaceError};
use descope_emulator::Key;
use descope_simulation::every_schedule;

use crate::setting::{
    Job, LATER, OLD, disturbed, live, looked_at, no_place_holds_a_dead_secret, old_key,
    one_live_key_is_left,
};

fn edit(world: &descope_simulation::World, id: &str, change: impl Fn(&str) -> String) {
    let mut key = world.emulator.key(id).unwrap();
    key.description = change(&key.description);
    world.emulator.seed(key);
}

/// After a run that was killed anywhere, somebody appends to every description.
#[test]
fn tags_are_found_in_what_people_append_to() {
    let runs = every_schedule(|schedule| {
        let (world, places) = old_key(1, |builder| builder);
        let look = || no_place_holds_a_dead_secret(&world, &places);
        let _ = disturbed(Job::plain().start(&world, &places), &world, schedule, look);
        for key in world.emulator.keys() {
            edit(&world, &key.id, |text| format!("[x] {text}, says [Bob]"));
        }
        world.pass(LATER);
        let end = looked_at(Job::plain().start(&world, &places), &world, look);
        assert!(matches!(end, Ok(_) | Err(ReplaceError::AlreadyReplaced { .. })), "{end:?}");
        let live = live(&world);
        let [key] = &live[..] else { panic!("{live:?}") };
        assert!(key.description.contains("[replaced K2old]"), "{key:?}");
        assert!(key.description.starts_with("[x] deploys"), "{key:?}");
    });
    println!("{runs} ways");
}

/// Where its tag was taken off, a key is one that nobody knows of: it stays, and costs a deployment.
#[test]
fn without_its_tag_a_successor_is_left_and_nothing_goes_dark() {
    let (world, places) = old_key(1, |builder| builder);
    let job = Job { fails_after: Some(1), ..Job::plain() };
    let error = job.start(&world, &places).run(&world).unwrap_err();
    let ReplaceError::MayBeDeployed { successor, .. } = error else { panic!("{error}") };
    edit(&world, &successor, |_| "mine".to_owned());
    world.pass(LATER);
    let look = || no_place_holds_a_dead_secret(&world, &places);
    let replaced = looked_at(Job::plain().start(&world, &places), &world, look).unwrap();
    let live: Vec<_> = live(&world).into_iter().map(|key| key.id).collect();
    assert_eq!(live, [successor.as_str(), replaced.key.id()]);
}

/// A key whose description says that it replaces another condemns nobody but itself.
#[test]
fn a_forged_tag_takes_no_other_key_down() {
    for tag in ["[replacing K2old 0000beef]", "[replaced K2old]"] {
        let (world, places) = old_key(1, |builder| builder);
        for (id, name) in [("K2mallory", "mallory"), ("K2ci", "ci")] {
            // Of another tenant, though the name may be the same.
            let forged = Key::new(name).with_id(id).tenant_roles("evil", ["deployer"]);
            world.emulator.seed(forged.description(tag));
        }
        let replaced = Job::plain().start(&world, &places).run(&world).unwrap();
        let mut left_alone = replaced.left_alone.clone();
        left_alone.sort();
        assert_eq!(
            (replaced.retired, left_alone),
            (vec![OLD.to_owned()], vec!["K2ci".to_owned(), "K2mallory".to_owned()])
        );
        for id in ["K2mallory", "K2ci"] {
            assert!(world.emulator.deactivate(id), "it is as it was");
        }
        one_live_key_is_left(&world, &places);
    }
    // A due tag names a day and a successor, on a key that its writer may edit.
    let (world, places) = old_key(1, |builder| builder);
    let mallory = world.emulator.seed(Key::new("mallory"));
    let due = format!("[retire after 1, for {OLD}]");
    edit(&world, &mallory.id, |_| due.clone());
    let done = crate::setting::retiring_due(&world).run(&world).unwrap();
    assert_eq!(done.retired, [mallory.id]);
    no_place_holds_a_dead_secret(&world, &places);
}

/// The parts of an answer that nobody deploys.
#[test]
fn an_error_of_the_deployment_shows_no_secret() {
    let (world, places) = old_key(1, |builder| builder);
    let job = Job { fails_after: Some(1), ..Job::plain() };
    let error = job.start(&world, &places).run(&world).unwrap_err();
    let stored = places.borrow()[0].clone();
    assert!(!format!("{error} {error:?} {:?}", DeployError::from("x")).contains(&stored));
}
