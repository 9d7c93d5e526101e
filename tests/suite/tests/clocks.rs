//! Ages go by the clock that moved further: a machine that sleeps, a clock that is set.

use std::cell::Cell;
use std::time::Duration;

use descope_core::{
    CallOptions, Config, Context, Error, ExchangeAccessKey, Machine, Now, Step, TokenLimits,
    Transport,
};
use descope_emulator::{Emulator, Fault, InProcess, Key, Operation};

const SECOND: Duration = Duration::from_secs(1);
const HOUR: u32 = 3600;
const CLEARTEXT: &str = "K2-clocks-cleartext";

/// A client whose two clocks move apart. The service has the right time.
struct Laptop {
    emulator: Emulator,
    context: Context,
    transport: InProcess,
    monotonic: Cell<Duration>,
    unix: Cell<Duration>,
}

impl Laptop {
    fn new() -> Self {
        let emulator = Emulator::builder()
            .session_lifetime(30 * 24 * HOUR * SECOND)
            .time(1_800_000_000)
            .key(Key::new("k").with_cleartext(CLEARTEXT))
            .in_process();
        let config = Config::builder(emulator.project_id()).base_url(emulator.base_url());
        let context = Context::new(config.build().unwrap(), [1; 32]);
        let transport = emulator.transport();
        let (monotonic, unix) = (100 * SECOND, 1_800_000_000 * SECOND);
        let (monotonic, unix) = (Cell::new(monotonic), Cell::new(unix));
        Self { emulator, context, transport, monotonic, unix }
    }

    /// Time passes for all.
    fn pass(&self, time: Duration) {
        self.monotonic.set(self.monotonic.get() + time);
        self.sleep(time);
    }

    /// The machine is suspended: its monotonic clock stands.
    fn sleep(&self, time: Duration) {
        self.set_ahead(time);
        self.emulator.advance(time);
    }

    /// Somebody sets the machine's wall clock.
    fn set_ahead(&self, time: Duration) {
        self.unix.set(self.unix.get() + time);
    }

    fn now(&self) -> Now {
        Now::new(self.monotonic.get(), self.unix.get())
    }

    fn drive<M: Machine>(&self, mut step: Step<M>) -> Result<M::Output, Error> {
        loop {
            step = match step {
                Step::Send(outgoing, sent) => sent.reply(self.transport.send(outgoing), self.now()),
                Step::Sleep(delay, asleep) => {
                    self.pass(delay);
                    asleep.wake(self.now())
                }
                Step::Wait(..) => panic!("nobody else is there"),
                Step::Done(result) => return result,
            }
        }
    }

    fn validate(&self, token: &str) -> Result<(), Error> {
        self.drive(self.context.validate(token, CallOptions::new(), self.now())).map(drop)
    }

    fn fetches(&self) -> u64 {
        self.emulator.count(Operation::SigningKeys)
    }

    /// A token that both clocks take, whenever.
    fn token(&self) -> String {
        self.emulator.token().expires_in(10_000_000).mint()
    }
}

#[test]
fn a_retired_key_does_not_live_on_in_a_machine_that_slept() {
    let laptop = Laptop::new();
    let retired = laptop.token();
    laptop.validate(&retired).unwrap();
    laptop.emulator.rotate_signing_key();
    laptop.emulator.retire_signing_keys();
    laptop.sleep(8 * HOUR * SECOND);
    let error = laptop.validate(&retired).unwrap_err();
    assert!(error.token_error().unwrap().is_unknown_kid(), "{error}");
    assert_eq!(laptop.fetches(), 2);
    laptop.validate(&laptop.token()).unwrap();
}

#[test]
fn keys_that_got_old_in_sleep_are_refreshed_while_they_may_still_serve() {
    let laptop = Laptop::new();
    let token = laptop.token();
    laptop.validate(&token).unwrap();
    laptop.sleep(600 * SECOND);
    laptop.validate(&token).unwrap();
    assert_eq!(laptop.fetches(), 2);
    laptop.sleep(599 * SECOND);
    laptop.validate(&token).unwrap();
    assert_eq!(laptop.fetches(), 2);
}

#[test]
fn a_wall_clock_that_jumps_ahead_refuses_nothing_while_the_service_cannot_be_reached() {
    let laptop = Laptop::new();
    let token = laptop.token();
    laptop.validate(&token).unwrap();
    laptop.emulator.inject(Fault::closed().on(Operation::SigningKeys).forever());
    laptop.set_ahead(8 * HOUR * SECOND);
    // It is tried, and then not again for a pause; the keys serve meanwhile.
    for _ in 0..10 {
        laptop.validate(&token).unwrap();
    }
    assert_eq!(laptop.fetches(), 1 + 3);
    laptop.pass(HOUR * SECOND);
    laptop.validate(&token).unwrap();
    // Now the monotonic clock says so too.
    laptop.pass(600 * SECOND);
    assert!(laptop.validate(&token).unwrap_err().is_unreachable());
}

#[test]
fn once_the_refresh_is_answered_keys_that_are_too_old_serve_no_more() {
    let laptop = Laptop::new();
    let token = laptop.token();
    laptop.validate(&token).unwrap();
    laptop.emulator.inject(Fault::status(503).on(Operation::SigningKeys).forever());
    laptop.set_ahead(8 * HOUR * SECOND);
    for _ in 0..3 {
        assert_eq!(laptop.validate(&token).unwrap_err().status().unwrap(), 503);
    }
    laptop.emulator.clear_faults();
    laptop.pass(30 * SECOND);
    laptop.validate(&token).unwrap();
}

#[test]
fn a_wall_clock_that_is_set_back_keeps_nothing_alive() {
    let laptop = Laptop::new();
    let retired = laptop.token();
    laptop.validate(&retired).unwrap();
    laptop.emulator.rotate_signing_key();
    laptop.emulator.retire_signing_keys();
    laptop.unix.set(laptop.unix.get() - 10 * SECOND);
    laptop.pass(2 * HOUR * SECOND);
    laptop.unix.set(1_800_000_000 * SECOND);
    let error = laptop.validate(&retired).unwrap_err();
    assert!(error.token_error().unwrap().is_unknown_kid(), "{error}");
}

#[test]
fn a_token_has_its_upper_age_by_either_clock() {
    let later: [fn(&Laptop); 2] = [
        |laptop| laptop.sleep(3600 * SECOND),
        |laptop| laptop.monotonic.set(laptop.monotonic.get() + 3600 * SECOND),
    ];
    for later in later {
        let laptop = Laptop::new();
        let exchange = ExchangeAccessKey::new(CLEARTEXT);
        let cache = laptop.context.token_cache(exchange, TokenLimits::default());
        let obtain = || laptop.drive(cache.obtain(CallOptions::new(), laptop.now()));
        obtain().unwrap();
        laptop.emulator.inject(Fault::status(403).on(Operation::Exchange).forever());
        later(&laptop);
        assert!(obtain().unwrap_err().is_unauthorized());
    }
}

#[test]
fn pauses_and_cooldowns_pass_in_sleep() {
    let laptop = Laptop::new();
    let exchange = ExchangeAccessKey::new(CLEARTEXT);
    let cache = laptop.context.token_cache(exchange, TokenLimits::default());
    let obtain = || laptop.drive(cache.obtain(CallOptions::new(), laptop.now()));
    laptop.emulator.inject(Fault::status(429).retry_after(300).on(Operation::Exchange));
    obtain().unwrap_err();
    laptop.sleep(299 * SECOND);
    assert!(obtain().unwrap_err().is_remembered());
    laptop.sleep(31 * SECOND);
    obtain().unwrap();
}
