//! Only the service's word counts: what others answer in its place concludes nothing about a key, and
//! what the service itself says does.

mod another_key;
mod conclusions;
mod flows;
mod pages;
mod searches;
mod settling;

use std::time::Duration;

use descope_blocking::{
    AccessKey, Client, CreateAccessKey, Error, Expiry, SearchAccessKeys, UpdateAccessKey,
};
use descope_emulator::{Builder, Emulator, Key, Operation, Status};
use descope_suite::service::Service;

/// Ids as the service makes them.
pub(crate) const LIVE: &str = "K2liveliveliveliveliveliveli";
pub(crate) const OFF: &str = "K2offoffoffoffoffoffoffoffof";
pub(crate) const SECRET: &str = "the-secret-of-live";

pub(crate) type Call = fn(&Client) -> Result<(), Error>;

/// Whether it is done, by the emulator's keys.
pub(crate) type IsDone = fn(&Emulator) -> bool;

/// Every operation on keys, each with what is true of the emulator's keys once it is done.
pub(crate) const CALLS: [(Operation, Call, IsDone); 11] = [
    (
        Operation::Create,
        |client| client.access_keys().create(&CreateAccessKey::new("new", Expiry::Never)).map(drop),
        |emulator| created(emulator) > 0,
    ),
    (
        Operation::Load,
        |client| client.access_keys().load(LIVE).map(|key| assert_eq!(key.id(), LIVE)),
        |_| true,
    ),
    (
        Operation::Search,
        |client| {
            let found = client.access_keys().search(&SearchAccessKeys::new())?;
            let mut ids: Vec<_> = found.iter().map(AccessKey::id).collect();
            ids.sort_unstable();
            assert_eq!(ids, [LIVE, OFF], "all of them, or an error");
            Ok(())
        },
        |_| true,
    ),
    (
        Operation::Update,
        |client| client.access_keys().update(&UpdateAccessKey::new(LIVE, "other")).map(drop),
        |emulator| emulator.key(LIVE).is_some_and(|key| key.name == "other"),
    ),
    (
        Operation::Activate,
        |client| client.access_keys().activate(OFF),
        |emulator| is(emulator, OFF, Status::Active),
    ),
    (
        Operation::Deactivate,
        |client| client.access_keys().deactivate(LIVE),
        |emulator| is(emulator, LIVE, Status::Inactive),
    ),
    (
        Operation::Delete,
        |client| client.access_keys().delete(LIVE),
        |emulator| emulator.key(LIVE).is_none(),
    ),
    (
        Operation::Rotate,
        |client| client.access_keys().rotate(LIVE).map(drop),
        |emulator| emulator.key(LIVE).is_some_and(|key| key.cleartext() != SECRET),
    ),
    (
        Operation::ActivateBatch,
        |client| client.access_keys().activate_batch([LIVE, OFF]),
        |emulator| [LIVE, OFF].iter().all(|id| is(emulator, id, Status::Active)),
    ),
    (
        Operation::DeactivateBatch,
        |client| client.access_keys().deactivate_batch([LIVE, OFF]),
        |emulator| [LIVE, OFF].iter().all(|id| is(emulator, id, Status::Inactive)),
    ),
    (
        Operation::DeleteBatch,
        |client| client.access_keys().delete_batch([LIVE, OFF]),
        |emulator| [LIVE, OFF].iter().all(|id| emulator.key(id).is_none()),
    ),
];

fn is(emulator: &Emulator, id: &str, status: Status) -> bool {
    emulator.key(id).is_some_and(|key| key.status == status)
}

/// How many keys there are besides the two.
pub(crate) fn created(emulator: &Emulator) -> usize {
    emulator.keys().iter().filter(|key| ![LIVE, OFF].contains(&key.id.as_str())).count()
}

pub(crate) fn makes_a_secret(operation: Operation) -> bool {
    matches!(operation, Operation::Create | Operation::Rotate)
}

/// A project with a live key and one that is inactive.
pub(crate) fn project() -> Builder {
    Emulator::builder().keys([
        Key::new("live").with_id(LIVE).with_cleartext(SECRET),
        Key::new("off").with_id(OFF).inactive(),
    ])
}

/// A service, and a client that does not wait long before it sends again.
pub(crate) fn service() -> (Service, Client) {
    let service = Service::in_process(project());
    let client =
        service.client(|client| client.limits(|limits| limits.backoff = Duration::from_micros(1)));
    (service, client)
}

/// The host that was asked is named, so that it can be told from the one that was meant.
#[track_caller]
pub(crate) fn assert_names_the_host(service: &Service, error: &Error, context: &str) {
    let base_url = service.emulator.base_url();
    let host = base_url.split("://").nth(1).unwrap();
    assert_eq!(error.server(), Some(host), "{context}: {error}");
    assert!(error.to_string().contains(host), "{context}: {error}");
}
