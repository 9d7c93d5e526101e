//! The sample of the guide "When the program dies", with a directory as its vault: one file a key.

use std::path::PathBuf;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use std::{env, fs, io, thread};

use descope_blocking::descope_core::{Clock, Now};
use descope_blocking::{Client, Secret};

use nightly::{Vault, replace_old_keys};

#[expect(unreachable_pub, reason = "the guide shows it as a library has it")]
#[path = "nightly_replacement/nightly.rs"]
mod nightly;

struct Directory(PathBuf);

impl Vault for Directory {
    fn read(&self, name: &str) -> Option<Secret> {
        fs::read_to_string(self.0.join(name)).ok().map(Secret::new)
    }

    fn write(&self, name: &str, secret: &Secret) -> io::Result<()> {
        let new = self.0.join("new");
        fs::write(&new, secret.expose())?;
        fs::rename(new, self.0.join(name))
    }
}

/// The machine's clock, so many seconds ahead.
struct Ahead(Instant, Duration);

impl Clock for Ahead {
    fn now(&self) -> Now {
        let elapsed = self.0.elapsed();
        #[expect(clippy::disallowed_methods, reason = "a program may read the clock")]
        let unix = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        Now::new(elapsed + self.1, unix + self.1)
    }

    fn sleep(&self, time: Duration) {
        thread::sleep(time);
    }
}

fn main() {
    let variable = |name: &str| env::var(name).unwrap();
    let ahead = Duration::from_secs(variable("SECONDS_AHEAD").parse().unwrap());
    let client = Client::builder(variable("PROJECT"))
        .base_url(variable("URL"))
        .management_key(variable("MANAGEMENT_KEY"))
        .clock(Ahead(Instant::now(), ahead))
        .build()
        .unwrap();
    let vault = Directory(variable("VAULT").into());
    replace_old_keys(&client, &vault, 30).unwrap();
}
