//! The emulator of a first try, with a few keys in it.

use descope_emulator::{Emulator, Key};

use crate::connection::{Setting, Settings};

/// The cleartext of the key named `ci-deployer`.
pub(crate) const ACCESS_KEY: &str = "K2SampleAccessKeyOfTheEmulatorThatIsNoSecret";

const DAY: i64 = 86_400;

pub(crate) fn emulator() -> Emulator {
    on_port(0).expect("a free port of 127.0.0.1 can be listened on")
}

pub(crate) fn on_port(port: u16) -> std::io::Result<Emulator> {
    let emulator = Emulator::builder()
        .port(port)
        .tenant("acme", "Acme Inc.")
        .tenant("globex", "Globex Corporation")
        .role("deployer", ["deploy", "read"])
        .role("viewer", ["read"])
        .try_start()?;
    let now = emulator.now();
    let keys = [
        (
            120,
            Key::new("ci-deployer")
                .with_cleartext(ACCESS_KEY)
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
    for (age, mut key) in keys {
        key.created_time = now - age * DAY;
        emulator.seed(key);
    }
    Ok(emulator)
}

pub(crate) fn settings(emulator: &Emulator) -> Settings {
    let mut settings = Settings::default();
    let base_url = emulator.base_url();
    let values = [
        ("DESCOPE_PROJECT_ID", emulator.project_id()),
        ("DESCOPE_MANAGEMENT_KEY", emulator.management_key()),
        ("DESCOPE_BASE_URL", &base_url),
    ];
    for (name, value) in values {
        settings.set(name, Setting::new(value, "the emulator"));
    }
    settings
}
