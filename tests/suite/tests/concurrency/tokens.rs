//! Token sources: one exchange for all who need it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use descope_blocking::descope_core::{Step, TokenCache, Transport, transport_fn};
use descope_blocking::{
    CallOptions, Client, Error, ExchangeAccessKey, Session, TokenLimits, TokenSource,
};
use descope_emulator::{Emulator, Fault, Operation};

use crate::gate::{Events, Gate};
use crate::{CLEARTEXT, all_together, client_through, configured, project, together};

const EXCHANGE: &str = "exchange access key";

fn exchanges(emulator: &Emulator) -> u64 {
    emulator.count(Operation::Exchange)
}

/// A source whose token is over. The service's clock is behind, so that the token was good for the
/// exchange, within the leeway, and for nothing after it.
fn expired_source(emulator: &Emulator) -> TokenSource {
    let hour = Duration::from_secs(3600);
    let client = configured(emulator).config(|config| config.leeway(hour)).build().unwrap();
    let tokens = client.token_source(CLEARTEXT);
    let now = client.now().unix().as_secs();
    emulator.set_time(now - 700);
    tokens.token().unwrap();
    emulator.set_time(now);
    tokens
}

#[test]
fn sixty_four_threads_on_an_expired_source_make_one_exchange() {
    for _ in 0..5 {
        let emulator = project().start();
        let tokens = expired_source(&emulator);
        let sessions = all_together(64, |_| tokens.token().unwrap());
        assert!(sessions.iter().all(|session| Arc::ptr_eq(session, &sessions[0])));
        assert_eq!(exchanges(&emulator), 1 + 1);
        let authorization = tokens.authorization().unwrap();
        assert_eq!(&authorization, sessions[0].authorization());
        assert_eq!(exchanges(&emulator), 2, "it is fresh");
    }
}

#[test]
fn clones_of_a_source_share_and_sources_do_not() {
    let emulator = project().start();
    let client = configured(&emulator).build().unwrap();
    let source = client.token_source(CLEARTEXT);
    all_together(8, |_| source.clone().token().unwrap());
    assert_eq!(exchanges(&emulator), 1);
    client.token_source(CLEARTEXT).token().unwrap();
    assert_eq!(exchanges(&emulator), 2);
}

/// Obtains a session, and says so when it has to wait for another thread's exchange.
fn obtain(client: &Client, cache: &TokenCache, waiting: &Events) -> Result<Arc<Session>, Error> {
    let step = cache.obtain(CallOptions::new(), client.now());
    if matches!(step, Step::Wait(..)) {
        waiting.happened();
    }
    client.drive(step)
}

/// Lets 16 threads need a token at once, and the exchange begin when 15 wait for it.
fn sixteen_at_once(
    emulator: &Emulator,
    interfere: impl Fn() + Send + Sync + 'static,
) -> Vec<thread::Result<Result<Arc<Session>, Error>>> {
    let (gate, waiting, done) = (Gate::closed_to(EXCHANGE), Events::default(), Events::default());
    let client = client_through(emulator, |transport| {
        let held = gate.before(transport);
        transport_fn(move |outgoing| {
            let is_exchange = outgoing.operation.name == EXCHANGE;
            let reply = held.send(outgoing);
            if is_exchange {
                interfere();
            }
            reply
        })
    });
    let exchange = ExchangeAccessKey::new(CLEARTEXT);
    let cache = client.context().token_cache(exchange, TokenLimits::default());
    thread::scope(|scope| {
        scope.spawn(|| {
            waiting.wait_for(15);
            gate.open();
            // One of them may panic.
            done.wait_for(15);
        });
        together(16, |_| {
            let obtained = obtain(&client, &cache, &waiting);
            done.happened();
            obtained
        })
    })
}

#[test]
fn all_who_wait_for_an_exchange_get_its_session() {
    let emulator = project().start();
    let sessions: Vec<_> =
        sixteen_at_once(&emulator, || {}).into_iter().map(|it| it.unwrap().unwrap()).collect();
    assert!(sessions.iter().all(|session| Arc::ptr_eq(session, &sessions[0])));
    assert_eq!(exchanges(&emulator), 1);
}

#[test]
fn the_failure_of_an_exchange_is_shared() {
    let emulator = project().start();
    emulator.inject(Fault::status(503).on(Operation::Exchange).forever());
    for result in sixteen_at_once(&emulator, || {}) {
        let error = result.unwrap().unwrap_err();
        assert_eq!((error.status().unwrap().as_u16(), error.attempts()), (503, 3));
    }
    assert_eq!(exchanges(&emulator), 3, "the attempts of one");
}

#[test]
fn when_the_one_who_exchanges_panics_another_one_does() {
    let emulator = project().start();
    let panics = AtomicBool::new(true);
    let results = sixteen_at_once(&emulator, move || {
        assert!(!panics.swap(false, Ordering::Relaxed), "as it should");
    });
    let panicked = results.iter().filter(|result| result.is_err()).count();
    let passed = results.iter().filter(|result| matches!(result, Ok(Ok(_)))).count();
    assert_eq!((panicked, passed), (1, 15));
    assert_eq!(exchanges(&emulator), 2);
}

#[test]
fn one_exchange_is_under_way_at_a_time_however_short_tokens_live() {
    let emulator = project().start();
    let (under_way, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let client = client_through(&emulator, |transport| {
        let (under_way, most) = (Arc::clone(&under_way), Arc::clone(&most));
        transport_fn(move |outgoing| {
            if outgoing.operation.name != EXCHANGE {
                return transport.send(outgoing);
            }
            most.fetch_max(under_way.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            let reply = transport.send(outgoing);
            under_way.fetch_sub(1, Ordering::SeqCst);
            reply
        })
    });
    let mut limits = TokenLimits::default();
    limits.max_age = Duration::from_millis(2);
    let tokens = client.token_source_with(ExchangeAccessKey::new(CLEARTEXT), limits);
    all_together(8, |_| {
        while exchanges(&emulator) < 50 {
            let session = tokens.token().unwrap();
            client.validate(session.token().expose()).unwrap();
        }
    });
    assert_eq!(most.load(Ordering::SeqCst), 1);
}

#[test]
fn a_token_that_a_peer_refused_is_replaced_once_however_many_noticed() {
    let emulator = project().start();
    let client = configured(&emulator).build().unwrap();
    let mut limits = TokenLimits::default();
    limits.min_age = Duration::ZERO;
    let tokens = client.token_source_with(ExchangeAccessKey::new(CLEARTEXT), limits);
    let refused = tokens.token().unwrap();
    // In the same second the service would issue the same token.
    emulator.advance(Duration::from_secs(2));
    let sessions = all_together(32, |_| {
        tokens.invalidate(&refused);
        tokens.token().unwrap()
    });
    assert!(sessions.iter().all(|session| session.token() != refused.token()));
    assert_eq!(exchanges(&emulator), 2);
}

/// Lets 64 threads ask for half a second, as fast as they can.
fn storm(ask: impl Fn() + Sync) {
    let start = Instant::now();
    all_together(64, |_| {
        while start.elapsed() < Duration::from_millis(500) {
            ask();
        }
    });
}

#[test]
fn however_many_threads_ask_a_service_that_refuses_is_asked_once() {
    for fault in [Fault::status(401), Fault::status(429).retry_after(30)] {
        let emulator = project().start();
        emulator.inject(fault.forever());
        let client = configured(&emulator).build().unwrap();
        let (tokens, token) = (client.token_source(CLEARTEXT), emulator.token().mint());
        storm(|| drop(tokens.token().unwrap_err()));
        storm(|| drop(client.validate(&token).unwrap_err()));
        assert_eq!(exchanges(&emulator), 1);
        assert_eq!(emulator.count(Operation::SigningKeys), 1);
    }
}

#[test]
fn a_service_that_is_down_is_asked_a_few_times_and_served_from_when_it_is_back() {
    let emulator = project().start();
    emulator.inject(Fault::status(503).forever());
    let client = configured(&emulator).build().unwrap();
    let tokens = client.token_source(CLEARTEXT);
    storm(|| drop(tokens.token().unwrap_err()));
    // Three attempts, and a pause of half a second at least.
    assert!(exchanges(&emulator) <= 3 + 2, "{}", exchanges(&emulator));
    emulator.clear_faults();
    let told = tokens.token().map_or_else(|error| error.retry_after().unwrap(), |_| Duration::ZERO);
    assert!(told <= Duration::from_secs(2), "{told:?}");
    thread::sleep(told);
    let sessions = all_together(64, |_| tokens.token().unwrap());
    assert!(sessions.iter().all(|session| session.token() == sessions[0].token()));
}

#[test]
fn one_impatient_thread_spoils_nothing_for_the_patient() {
    let emulator = project().start();
    emulator.inject(Fault::delayed(Duration::from_millis(200)).on(Operation::Exchange).forever());
    let client = configured(&emulator).build().unwrap();
    let tokens = client.token_source(CLEARTEXT);
    let hurry = CallOptions::new().deadline(Duration::from_millis(50));
    let impatient = client.with_options(hurry);
    let cache =
        client.context().token_cache(ExchangeAccessKey::new(CLEARTEXT), TokenLimits::default());
    let options = CallOptions::new().deadline(Duration::from_millis(50));
    let results = all_together(16, |number| match number {
        0 => impatient.drive(cache.obtain(options.clone(), impatient.now())),
        _ => client.drive(cache.obtain(CallOptions::new(), client.now())),
    });
    assert!(results[0].is_err() && results[1..].iter().all(Result::is_ok), "{results:?}");
    tokens.token().unwrap();
}
