//! A service with an old key, the places where its secret is stored, and the processes that replace it.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::rc::Rc;
use std::time::Duration;

use descope_core::{
    CallOptions, Context, DeployError, Error, Now, Outgoing, ReplaceAccessKey, ReplaceError,
    ReplaceFlow, Replaced, Replacing, RetireDue, RetiredDue, Step,
};
use descope_emulator::{Builder, Key, Status};
use descope_simulation::{Process, Schedule, Task, World};

pub(crate) const OLD: &str = "K2old";
/// Longer than a run takes to be given up.
pub(crate) const LATER: Duration = Duration::from_secs(2 * 3_600);

/// What a replacement ends in.
pub(crate) type End = Result<Replaced, ReplaceError>;

/// The secrets that are stored, each in a place of its own. All processes share them.
pub(crate) type Places = Rc<RefCell<Vec<String>>>;

/// A service whose old key is stored in so many places.
pub(crate) fn old_key(places: usize, build: impl FnOnce(Builder) -> Builder) -> (World, Places) {
    let mut key =
        Key::new("ci").with_id(OLD).tenant_roles("acme", ["deployer"]).description("deploys");
    key.created_time = 1_700_000_000;
    let world = World::new(|builder| build(builder.key(key)));
    let secret = world.emulator.key(OLD).unwrap().cleartext().to_owned();
    (world, Rc::new(RefCell::new(vec![secret; places])))
}

/// How a process replaces the old key.
#[derive(Clone)]
pub(crate) struct Job {
    pub(crate) replace: ReplaceAccessKey,
    /// Whether it reads back what is stored.
    pub(crate) reads_back: bool,
    /// It fails after so many places, and says that nothing was deployed where none was.
    pub(crate) fails_after: Option<usize>,
    pub(crate) grace: Option<Duration>,
}

impl Job {
    pub(crate) fn plain() -> Self {
        Self {
            replace: ReplaceAccessKey::new(OLD),
            reads_back: false,
            fails_after: None,
            grace: None,
        }
    }

    pub(crate) fn with(self, change: impl FnOnce(ReplaceAccessKey) -> ReplaceAccessKey) -> Self {
        Self { replace: change(self.replace), ..self }
    }

    pub(crate) fn with_grace(self, grace: Duration) -> Self {
        Self { grace: Some(grace), ..self.with(|replace| replace.grace(grace)) }
    }

    pub(crate) fn reading_back(self) -> Self {
        Self { reads_back: true, ..self }
    }

    /// A process that has done nothing yet.
    pub(crate) fn start(&self, world: &World, places: &Places) -> Process<End> {
        let (job, places, now) = (self.clone(), Rc::clone(places), world.now());
        let step = context(world).replace(job.replace.clone(), CallOptions::new(), now);
        Process::new(job.goes_on(step, now, places))
    }

    fn goes_on(self, step: Step<ReplaceFlow>, now: Now, places: Places) -> Task<End> {
        Task::drive(step, now, move |end, now| match end {
            Err(error) => Task::Done(Err(error.into())),
            Ok(Replacing::Done(result)) => Task::Done(result),
            Ok(Replacing::ReadBack(asked)) => {
                // A reader speaks for every place, or not at all.
                let stored: BTreeSet<String> = places.borrow().iter().cloned().collect();
                let secret = stored.into_iter().collect::<Vec<_>>();
                let secret = match &secret[..] {
                    [one] if self.reads_back => Some(one.as_str().into()),
                    _ => None,
                };
                self.goes_on(asked.secret(secret, now), now, places)
            }
            Ok(Replacing::Deploy(asked)) => {
                let secret = asked.successor().cleartext.expose().to_owned();
                let fails_after = self.fails_after;
                let next = Rc::clone(&places);
                deploys(secret, places, 0, fails_after, move |result, now| {
                    self.goes_on(asked.deployed(result, now), now, next)
                })
            }
        })
    }
}

/// Stores the secret in one place after the other, and can be killed between any two.
fn deploys(
    secret: String,
    places: Places,
    place: usize,
    fails_after: Option<usize>,
    then: impl FnOnce(Result<(), DeployError>, Now) -> Task<End> + 'static,
) -> Task<End> {
    Task::point(move |now| {
        if fails_after == Some(place) {
            let failed = match place {
                0 => DeployError::not_deployed("the vault is sealed"),
                _ => DeployError::from("the vault is sealed"),
            };
            return then(Err(failed), now);
        }
        if place == places.borrow().len() {
            return then(Ok(()), now);
        }
        places.borrow_mut()[place].clone_from(&secret);
        deploys(secret, places, place + 1, fails_after, then)
    })
}

/// A process that retires what is due.
pub(crate) fn retiring_due(world: &World) -> Process<Result<RetiredDue, Error>> {
    let step = context(world).retire_due(RetireDue::new(), CallOptions::new(), world.now());
    Process::new(Task::drive(step, world.now(), |result, _| Task::Done(result)))
}

fn context(world: &World) -> Context {
    Context::new(world.config().build().unwrap(), [7; 32])
}

/// Takes steps with one disturbance at most, wherever the schedule says: it is killed, or a
/// connection is cut. The service is looked at after each step. What comes back is the request that a
/// killed one has left on the wire.
pub(crate) fn disturbed(
    mut process: Process<End>,
    world: &World,
    schedule: &mut Schedule,
    look: impl Fn(),
) -> Option<Outgoing> {
    loop {
        match schedule.pick(if process.is_on_the_wire() { 3 } else { 2 }) {
            0 => match process.step(world) {
                ControlFlow::Continue(next) => process = next,
                ControlFlow::Break(_) => return None,
            },
            1 => return process.kill(),
            _ => {
                let _ = looked_at(process.cut_connection(world), world, look);
                return None;
            }
        }
        look();
    }
}

/// Takes steps to the end, undisturbed.
pub(crate) fn looked_at(mut process: Process<End>, world: &World, look: impl Fn()) -> End {
    loop {
        match process.step(world) {
            ControlFlow::Continue(next) => process = next,
            ControlFlow::Break(end) => return end,
        }
        look();
    }
}

/// Every secret that any place holds works.
pub(crate) fn no_place_holds_a_dead_secret(world: &World, places: &Places) {
    let keys = world.emulator.keys();
    for (place, secret) in places.borrow().iter().enumerate() {
        let key = keys.iter().find(|key| key.cleartext() == secret);
        let status = key.map(|key| key.status);
        assert_eq!(status, Some(Status::Active), "place {place}: {:#?}", summary(world));
    }
}

/// Of the live keys of the line at most one is not found by `unfinished`, but for the old one.
pub(crate) fn what_is_left_can_be_found(world: &World) {
    let finished = live(world).into_iter().filter(|key| !key.description.contains("[replacing "));
    let finished: Vec<_> = finished.filter(|key| key.id != OLD).collect();
    assert!(finished.len() <= 1, "{:#?}", summary(world));
    assert!(
        finished.iter().all(|key| key.description.ends_with("[replaced K2old]")),
        "{finished:?}"
    );
}

/// One live key is left, and every place holds its secret.
pub(crate) fn one_live_key_is_left(world: &World, places: &Places) {
    let live = live(world);
    let [key] = &live[..] else { panic!("{:#?}", summary(world)) };
    assert_ne!(key.id, OLD, "{:#?}", summary(world));
    assert_eq!(key.description, "deploys [replaced K2old]");
    let stored = places.borrow();
    assert!(stored.iter().all(|secret| secret == key.cleartext()), "{:#?}", summary(world));
}

/// The active keys of the line.
pub(crate) fn live(world: &World) -> Vec<Key> {
    let keys = world.emulator.keys().into_iter();
    keys.filter(|key| key.name == "ci" && key.status == Status::Active).collect()
}

fn summary(world: &World) -> Vec<String> {
    let keys = world.emulator.keys().into_iter();
    keys.map(|key| format!("{} {:?} {}", key.id, key.status, key.description)).collect()
}
