//! The core driven by hand over a `TcpStream`: `cargo run -p tcp-stream`.
//!
//! Everything that a driver is: a transport (`plain_http.rs`), two clocks, and the loop below. Retries,
//! deadlines, key-set caching and validation are the core's. The transport speaks plain http, so this
//! runs against an emulator on loopback.

mod plain_http;
#[cfg(test)]
mod tests;

use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use descope_core::{
    ActOnAccessKey, CallOptions, Config, Context, CreateAccessKey, Error, ExchangeAccessKey,
    Expiry, Machine, Now, Step,
};
use descope_emulator::Emulator;
use ring::rand::{SecureRandom, SystemRandom};

fn main() -> Result<(), Error> {
    let emulator = Emulator::start();
    println!("An emulator at {}", emulator.base_url());
    let config = Config::builder(emulator.project_id())
        .base_url(emulator.base_url())
        .management_key(emulator.management_key())
        .build()?;
    let driver = Driver::new(config);
    let context = &driver.context;

    let create =
        CreateAccessKey::new("by-hand", Expiry::days(1)).tenant_roles("acme", ["deployer"]);
    let created = driver.drive(context.call(create, CallOptions::new(), driver.now()))?;
    println!("created {}", created.key.id());

    let exchange = ExchangeAccessKey::new(&created.cleartext);
    let session = driver.drive(context.exchange(exchange, CallOptions::new(), driver.now()))?;
    let claims = driver.drive(context.validate(
        session.token().expose(),
        CallOptions::new(),
        driver.now(),
    ))?;
    println!("deployer in acme: {}", claims.tenant("acme").has_role("deployer"));

    driver.drive(context.call(
        ActOnAccessKey::delete(created.key.id()),
        CallOptions::new(),
        driver.now(),
    ))?;
    println!("deleted");
    Ok(())
}

/// What the core leaves to its caller: sending, sleeping, and reading the clocks.
struct Driver {
    context: Context,
    origin: Instant,
}

impl Driver {
    fn new(config: Config) -> Self {
        let mut entropy = [0; 32];
        SystemRandom::new().fill(&mut entropy).expect("the system gives random bytes");
        Self { context: Context::new(config, entropy), origin: Instant::now() }
    }

    fn now(&self) -> Now {
        Now::new(self.origin.elapsed(), unix_time())
    }

    fn drive<M: Machine>(&self, mut step: Step<M>) -> Result<M::Output, Error> {
        loop {
            step = match step {
                Step::Send(outgoing, sent) => sent.reply(plain_http::send(&outgoing), self.now()),
                Step::Sleep(delay, asleep) => {
                    eprintln!("again in {delay:?}: {}", asleep.reason());
                    thread::sleep(delay);
                    asleep.wake(self.now())
                }
                Step::Wait(_flight, limit, waiting) => {
                    // Another thread has the same request under way. To look again every 5 ms is
                    // the simplest way to wait; `descope-blocking` parks the thread.
                    thread::sleep(limit.min(Duration::from_millis(5)));
                    waiting.wake(self.now())
                }
                Step::Done(result) => return result,
            }
        }
    }
}

fn unix_time() -> Duration {
    #[expect(clippy::disallowed_methods, reason = "a driver is where clocks are read")]
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}
