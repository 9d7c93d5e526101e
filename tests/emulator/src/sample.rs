//! A few keys for a first try.

use std::time::Duration;

use crate::Key;
use crate::key::seconds_of;

/// The cleartext of the key named `ci-deployer` of
/// [`Builder::sample`](crate::Builder::sample).
pub const SAMPLE_ACCESS_KEY: &str = "K2SampleAccessKeyOfTheEmulatorThatIsNoSecret";

const DAY: i64 = 86_400;

/// The keys, as of a time.
pub(crate) fn keys(now: Duration) -> impl Iterator<Item = Key> {
    let now = seconds_of(now);
    let keys = [
        (
            120,
            Key::new("ci-deployer")
                .with_cleartext(SAMPLE_ACCESS_KEY)
                .expires_at(now + 30 * DAY)
                .tenant_roles("acme", ["deployer"])
                .tenant("globex")
                .claim("team", "build")
                .description("deploys from the build farm"),
        ),
        (
            200,
            Key::new("nightly-backup").expires_at(now + 5 * DAY).tenant_roles("acme", ["viewer"]),
        ),
        (400, Key::new("old-laptop").expires_at(now - 3 * DAY).role("viewer")),
        (30, Key::new("reporting").inactive().role("viewer").permitted_ip("10.0.0.0/8")),
    ];
    keys.into_iter().map(move |(age, key)| Key { created_time: now - age * DAY, ..key })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::testing::Service;
    use crate::{Emulator, Status};

    #[test]
    fn the_sample_has_a_key_in_each_state() {
        let service = Service::with(Emulator::builder().sample());
        let session = service.session(SAMPLE_ACCESS_KEY, json!({}));
        assert_eq!(session["tenants"]["acme"]["permissions"], json!(["deploy", "read"]));
        let states = service.0.keys().into_iter().map(|key| key.status);
        let expected = [Status::Active, Status::Active, Status::Expired, Status::Inactive];
        assert_eq!(states.collect::<Vec<_>>(), expected);
    }
}
