//! Everything that a program may print, after everything that it may do.

use std::cell::RefCell;
use std::error::Error as StdError;
use std::fmt::{Debug, Display, Write};
use std::io;

use descope_blocking::descope_core::{CallOptions, Config, Step};
use descope_blocking::{
    Client, CreateAccessKey, DeployError, Error, ExchangeAccessKey, Expiry, ReplaceAccessKey,
    ReplaceError, SearchAccessKeys, UpdateAccessKey,
};
use descope_emulator::{Emulator, Fault, Key, Operation};
use http::Response;
use serde_json::{Value, json};

use crate::capture;

const MANAGEMENT_KEY: &str = "K2manage9d4f0b7e21c85a36";
const AUTH_MANAGEMENT_KEY: &str = "K2auth5e8c1f90a7b3d264";
const GATEWAY_KEY: &str = "gateway-7c3b9e5d1f0a2846";

/// What was shown, and what must not be found in it.
#[derive(Default)]
struct Seen {
    shown: RefCell<String>,
    secrets: RefCell<Vec<String>>,
}

impl Seen {
    fn secret(&self, secret: &str) {
        self.secrets.borrow_mut().push(secret.to_owned());
    }

    /// What makes a token one; the rest of it is no secret.
    fn token(&self, token: &str) {
        self.secret(token.rsplit(['.', '!']).next().unwrap());
    }

    fn debug(&self, value: &dyn Debug) {
        write!(self.shown.borrow_mut(), "\n{value:?}\n{value:#?}").unwrap();
    }

    fn display(&self, value: &dyn Display) {
        write!(self.shown.borrow_mut(), "\n{value}").unwrap();
    }

    fn error(&self, error: &(dyn StdError + 'static)) {
        let chain = std::iter::successors(Some(error), |error| (*error).source());
        for error in chain {
            self.debug(&error);
            self.display(&error);
        }
    }

    /// Shows everything that an error tells.
    fn failed<T: Debug>(&self, result: Result<T, Error>) {
        let error = result.expect_err("it is refused");
        self.error(&error);
        let told = (error.body(), error.code(), error.description(), error.message());
        self.debug(&(told, error.request_id(), error.outcome_unknown(), error.cleartext()));
        if let Some(unknown) = error.outcome_unknown() {
            self.display(unknown);
        }
        if let Some(cleartext) = error.cleartext() {
            self.secret(cleartext.expose());
        }
    }

    fn assert_hidden(&self) {
        let mut shown = self.shown.take();
        let lines = capture::all();
        for of in ["descope_blocking", "ureq"] {
            assert!(lines.iter().any(|line| line.target.starts_with(of)), "nothing from {of}");
        }
        for line in lines {
            writeln!(shown, "{} {}", line.target, line.text).unwrap();
        }
        for secret in self.secrets.take() {
            // Enough of one to be of use.
            let parts = secret
                .as_bytes()
                .windows(secret.len().min(12))
                .map(|part| std::str::from_utf8(part).unwrap());
            for part in parts {
                if let Some(at) = shown.find(part) {
                    let line = shown[..at].rfind('\n').map_or(0, |start| start + 1);
                    let end = shown[at..].find('\n').map_or(shown.len(), |end| at + end);
                    let line: String = shown[line..end].chars().take(500).collect();
                    panic!("{part:?} of {secret:?} is shown: {line}");
                }
            }
        }
    }
}

/// The service tells what it was sent, as some do when they refuse.
fn echo() -> Fault {
    Fault::edited(|answer| {
        *answer = json!({
            "errorCode": "E011001", "errorDescription": format!("Bearer P2x:{MANAGEMENT_KEY}"),
            "errorMessage": format!("{AUTH_MANAGEMENT_KEY} with {GATEWAY_KEY}"), "key": answer,
        });
    })
}

/// The same from an edge that knows nothing of JSON.
fn html(status: u16) -> Fault {
    let text = format!("<p>{MANAGEMENT_KEY} {AUTH_MANAGEMENT_KEY} {GATEWAY_KEY}</p>");
    Fault::answer(Response::builder().status(status).body(text.into_bytes()).unwrap())
}

#[test]
fn no_secret_is_shown_whatever_happens() {
    capture::start();
    let seen = Seen::default();
    let emulator = Emulator::builder()
        .management_key(MANAGEMENT_KEY)
        .auth_management_key(AUTH_MANAGEMENT_KEY)
        .key(
            Key::new("off")
                .with_id("K2off")
                .with_cleartext("K2cleartext-of-the-inactive")
                .inactive(),
        )
        .start();
    let builder = Client::builder(emulator.project_id())
        .base_url(emulator.base_url())
        .management_key(MANAGEMENT_KEY)
        .auth_management_key(AUTH_MANAGEMENT_KEY)
        .header("x-gateway-key", GATEWAY_KEY);
    seen.debug(&builder);
    let client = builder.build().unwrap();
    [MANAGEMENT_KEY, AUTH_MANAGEMENT_KEY, GATEWAY_KEY, "K2cleartext-of-the-inactive"]
        .iter()
        .for_each(|secret| seen.secret(secret));

    what_succeeds(&seen, &client);
    what_is_refused(&seen, &client, &emulator);
    what_is_in_doubt(&seen, &client, &emulator);
    what_is_not_to_be_trusted(&seen, &client, &emulator);
    what_is_replaced(&seen, &client, &emulator);
    what_is_configured_wrongly(&seen);
    for request in emulator.requests() {
        if let Some(bearer) = request.header("authorization") {
            bearer
                .split([' ', ':'])
                .filter(|part| part.starts_with("K2"))
                .for_each(|part| seen.secret(part));
        }
    }
    seen.assert_hidden();
}

fn what_succeeds(seen: &Seen, client: &Client) {
    let keys = client.access_keys();
    let create = CreateAccessKey::new("k", Expiry::Never).claim("c", 1);
    let created = keys.create(&create).unwrap();
    seen.secret(created.cleartext.expose());
    let exchange = ExchangeAccessKey::new(&created.cleartext);
    let session = client.exchange_with(exchange.clone()).unwrap();
    seen.token(session.token().expose());
    let source = client.token_source(&created.cleartext);
    let authorization = source.authorization().unwrap();
    seen.token(authorization.to_str().unwrap().trim_start_matches("Bearer "));
    let rotated = keys.rotate(created.key.id()).unwrap();
    seen.secret(rotated.cleartext.expose());
    seen.debug(&(
        &create,
        &created,
        &exchange,
        &session,
        session.claims(),
        &source,
        &authorization,
    ));
    seen.debug(&(&rotated, client, client.context(), client.context().config(), keys));
    seen.debug(&(created.cleartext, session.token()));
    seen.debug(&keys.search(&SearchAccessKeys::new()).unwrap());
    let step = client.context().exchange(exchange, CallOptions::new(), client.now());
    seen.debug(&step);
    let Step::Send(outgoing, sent) = step else { panic!("an exchange is sent") };
    seen.debug(&(outgoing, sent));
}

fn what_is_refused(seen: &Seen, client: &Client, emulator: &Emulator) {
    let keys = client.access_keys();
    let intruder = Client::builder(emulator.project_id())
        .base_url(emulator.base_url())
        .management_key("K2wrong-0123456789abcdef")
        .build()
        .unwrap();
    seen.secret("K2wrong-0123456789abcdef");
    seen.failed(intruder.access_keys().load("K2off"));
    seen.failed(intruder.exchange("K2cleartext-of-the-inactive"));
    for echoes in [false, true] {
        if echoes {
            emulator.inject(echo().forever());
        }
        seen.failed(keys.load("K2nobody"));
        seen.failed(keys.update(&UpdateAccessKey::new("K2nobody", "n")));
        seen.failed(keys.delete("K2nobody"));
        seen.failed(keys.rotate("K2off"));
        seen.failed(client.exchange("K2cleartext-of-the-inactive"));
        seen.failed(client.exchange("K2cleartext-of-nobody-at-all"));
        seen.failed(client.exchange("K2cleartext\nof two lines"));
        seen.failed(client.token_source("K2cleartext-of-nobody-at-all").token());
    }
    ["K2cleartext-of-nobody-at-all", "K2cleartext\nof two lines"]
        .iter()
        .for_each(|it| seen.secret(it));
    emulator.clear_faults();
}

fn what_is_in_doubt(seen: &Seen, client: &Client, emulator: &Emulator) {
    let keys = client.access_keys();
    let create = CreateAccessKey::new("doubtful", Expiry::Never);
    let unusable: fn(&mut Value) = |answer| answer["key"] = json!(7);
    let faults: [fn() -> Fault; 7] = [
        Fault::lost_answer,
        Fault::cut,
        Fault::garbage,
        || Fault::status(502).carried_out(),
        || html(200),
        || html(403),
        || Fault::status(500).header("x-request-id", MANAGEMENT_KEY).header("cf-ray", GATEWAY_KEY),
    ];
    for fault in faults {
        emulator.inject(fault().on(Operation::Create));
        seen.failed(keys.create(&create));
        emulator.inject(fault().on(Operation::Load).times(3));
        seen.failed(keys.load("K2off"));
    }
    emulator.inject(Fault::edited(unusable).on(Operation::Create));
    seen.failed(keys.create(&create));
    for key in emulator.keys() {
        seen.secret(key.cleartext());
    }
}

fn what_is_not_to_be_trusted(seen: &Seen, client: &Client, emulator: &Emulator) {
    let token = || emulator.token();
    for token in [
        token().forged().mint(),
        token().expires_in(-60).mint(),
        token().claim("iss", "P2other").mint(),
        token().claim("aud", "others").mint(),
        token().header("kid", "other").mint(),
        token().header("alg", "none").mint(),
        token().mint().replace('.', "!"),
    ] {
        seen.token(&token);
        seen.failed(client.validate(&token));
        let sent = token.clone();
        let edit = move |answer: &mut Value| answer["sessionJwt"] = json!(sent);
        let key = emulator.seed(Key::new("another"));
        seen.secret(key.cleartext());
        emulator.inject(Fault::edited(edit).on(Operation::Exchange));
        seen.failed(client.exchange(key.cleartext()));
    }
}

fn what_is_replaced(seen: &Seen, client: &Client, emulator: &Emulator) {
    let show = |result: Result<descope_blocking::Replaced, ReplaceError>| match result {
        Ok(replaced) => seen.debug(&replaced),
        Err(error) => seen.error(&error),
    };
    let keys = client.access_keys();
    let key = || emulator.seed(Key::new("old")).id;
    let deploy = |new: &descope_blocking::CreatedAccessKey| {
        seen.secret(new.cleartext.expose());
        Ok(())
    };
    let fail = |new: &descope_blocking::CreatedAccessKey| {
        deploy(new)?;
        Err(DeployError::not_deployed("the vault is sealed"))
    };
    let fail_late = |new: &descope_blocking::CreatedAccessKey| {
        deploy(new)?;
        Err(io::Error::other("the vault is sealed").into())
    };
    show(keys.replace(key(), deploy));
    show(keys.replace(ReplaceAccessKey::new(key()).delete_old(), deploy));
    show(keys.replace(key(), fail_late));
    show(keys.replace(key(), fail));
    show(keys.replace("K2off", deploy));
    emulator.inject(Fault::status(403).on(Operation::Delete));
    show(keys.replace(key(), fail));
    emulator.inject(Fault::status(403).on(Operation::Deactivate));
    show(keys.replace(key(), deploy));
    let secret = emulator.seed(Key::new("another")).cleartext().to_owned();
    seen.secret(&secret);
    let read_back = |id| ReplaceAccessKey::new(id).resume().read_back(|| Some((&*secret).into()));
    let id = key();
    show(keys.replace(&*id, fail_late));
    show(keys.replace(read_back(&id), deploy));
    emulator.inject(Fault::cut().on(Operation::Create));
    show(keys.replace(key(), deploy));
    for key in emulator.keys() {
        seen.secret(key.cleartext());
    }
}

fn what_is_configured_wrongly(seen: &Seen) {
    for key in ["K2wrong key 0123456789", "K2wrong\u{7f}0123456789", "K2wröng-0123456789"] {
        let build = |client: descope_blocking::ClientBuilder| client.build().map(drop);
        seen.failed(build(Client::builder("P2x").management_key(key)));
        seen.failed(build(Client::builder("P2x").auth_management_key(key)));
        seen.failed(Config::builder("P2x").header("x-key", format!("{key}\n")).build());
    }
    seen.secret("0123456789");
}
