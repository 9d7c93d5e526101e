//! Processes that are killed at each point, and two of them in every order.

use std::cell::RefCell;
use std::ops::ControlFlow;
use std::rc::Rc;

use descope_core::{CallOptions, Context, CreateAccessKey, Error, Expiry};
use descope_simulation::{Process, Task, World, every_schedule};

/// Where a process stores the cleartexts that it was handed.
type Vault = Rc<RefCell<Vec<String>>>;

/// A process that creates a key with this name, and stores its cleartext.
fn creating(world: &World, name: &str, vault: &Vault) -> Process<Result<(), Error>> {
    let context = Context::new(world.config().build().unwrap(), [7; 32]);
    let create = CreateAccessKey::new(name, Expiry::Never);
    let step = context.call(create, CallOptions::new(), world.now());
    let vault = Rc::clone(vault);
    Process::new(Task::drive(step, world.now(), |result, _| match result {
        Err(error) => Task::Done(Err(error)),
        Ok(created) => Task::point(move |_| {
            vault.borrow_mut().push(created.cleartext.expose().to_owned());
            Task::point(|_| Task::Done(Ok(())))
        }),
    }))
}

/// The cleartexts of all keys that the service has.
fn cleartexts(world: &World) -> Vec<String> {
    world.emulator.keys().iter().map(|key| key.cleartext().to_owned()).collect()
}

#[test]
fn a_create_makes_one_key_or_none_wherever_it_is_cut() {
    let mut ends = Vec::new();
    let runs = every_schedule(|schedule| {
        let world = World::new(|builder| builder);
        let vault = Vault::default();
        let mut process = creating(&world, "ci", &vault);
        let end = loop {
            let ways = if process.is_on_the_wire() { 3 } else { 2 };
            match schedule.pick(ways) {
                0 => match process.step(&world) {
                    ControlFlow::Continue(next) => process = next,
                    ControlFlow::Break(Ok(())) => break "done",
                    ControlFlow::Break(Err(error)) if error.is_outcome_unknown() => break "unknown",
                    ControlFlow::Break(Err(error)) => panic!("{error}"),
                },
                1 => {
                    // What is on the wire may still arrive, after the process has gone.
                    if let (Some(request), true) = (process.kill(), schedule.decide()) {
                        let _ = world.serve(request);
                    }
                    break "killed";
                }
                _ => process = process.cut_connection(&world),
            }
            assert!(vault.borrow().iter().all(|stored| cleartexts(&world).contains(stored)));
        };
        let (made, stored) = (cleartexts(&world).len(), vault.borrow().len());
        ends.push((end, made, stored));
    });
    ends.sort_unstable();
    ends.dedup();
    let expected = [
        ("done", 1, 1),
        ("killed", 0, 0),
        ("killed", 1, 0),
        ("killed", 1, 1),
        ("unknown", 0, 0),
        ("unknown", 1, 0),
    ];
    assert_eq!(ends, expected, "of {runs} runs");
}

#[test]
fn two_that_create_store_what_they_made_in_every_order() {
    let runs = every_schedule(|schedule| {
        let world = World::new(|builder| builder);
        let vault = Vault::default();
        let mut alive = vec![creating(&world, "one", &vault), creating(&world, "other", &vault)];
        while !alive.is_empty() {
            let next = alive.swap_remove(schedule.pick(alive.len()));
            match next.stride(&world) {
                ControlFlow::Continue(process) => alive.push(process),
                ControlFlow::Break(result) => result.unwrap(),
            }
        }
        let (mut made, mut stored) = (cleartexts(&world), vault.take());
        made.sort_unstable();
        stored.sort_unstable();
        assert_eq!(made, stored);
        assert_eq!(made.len(), 2);
    });
    // Four strides each, in every order: 8 over 4.
    assert_eq!(runs, 70);
}
