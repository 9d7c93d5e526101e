//! Any replies whatever, in any order, for every operation: a call ends, within its attempts and its
//! deadline, and tells the truth.

use std::time::Duration;

use descope_core::retry::{Ending, Word};
use descope_core::{
    ActOnAccessKey, ActOnAccessKeys, CallOptions, Class, Config, Context, CreateAccessKey,
    Endpoint, Error, ErrorKind, ExchangeAccessKey, Expiry, Failure, FailureKind, FetchLicense,
    FetchSigningKeys, FindUnconfirmed, LoadAccessKey, Now, Outcome, Reply, RotateAccessKey,
    SearchAccessKeys, Step, UpdateAccessKey,
};
use descope_suite::random::{Random, entropy};
use descope_suite::scenario::{
    CREATED, KEY, MANAGEMENT_KEY, PROJECT, Scenario, UNIX_START, status, with_header,
};

use crate::rules::{FAILURES, again, kind, outcome};

const STATUSES: [u16; 30] = [
    100, 200, 201, 204, 299, 301, 304, 307, 400, 401, 403, 404, 408, 409, 425, 429, 429, 429, 500,
    501, 502, 503, 504, 520, 521, 522, 523, 525, 530, 999,
];

const BODIES: [&str; 11] = [
    r#"{"errorCode":"E111502"}"#,
    r#"{"errorCode":"E130429","errorMessage":"rig-management-key"}"#,
    r#"{"errorCode":"E011003","errorDescription":"cut"#,
    "",
    "{}",
    KEY,
    CREATED,
    r#"{"keys":[],"rateLimitTier":"tier1","sessionJwt":"a.b.c"}"#,
    r#"{"cleartext":"K2-cleartext"}"#,
    r#"{"errorCode":"E1","errorMessage":"rig-management-key"}"#,
    "<html>rig-management-key",
];

const WAITS: [&str; 8] = [
    "0",
    "1",
    "9",
    "100",
    "-3",
    "99999999999999999999",
    "Fri, 15 Jan 2027 08:00:05 GMT",
    "Fri, 15 Jan 1999 08:00:05 GMT",
];

fn answer(random: &mut Random) -> http::Response<Vec<u8>> {
    let mut reply = status(*random.pick(&STATUSES));
    if random.one_in(3) {
        reply = with_header(reply, "retry-after", WAITS[random.below(8) as usize]);
    }
    if random.one_in(4) {
        reply = with_header(reply, "date", "Fri, 15 Jan 2027 08:00:01 GMT");
    }
    let mut answer = reply.unwrap();
    *answer.body_mut() = random.pick(&BODIES).as_bytes().to_vec();
    answer
}

fn reply(random: &mut Random) -> Reply {
    if !random.one_in(3) {
        return Ok(answer(random));
    }
    let kind = *random.pick(&FAILURES);
    Err(match random.below(3) {
        0 => Failure::not_sent(kind),
        1 => Failure::new(kind),
        _ => Failure::new(kind).with_partial(answer(random)),
    })
}

fn ending(reply: &Reply) -> Ending {
    match reply {
        Ok(answer) => answered(answer),
        // Of a refusal, what is kept of the body is enough.
        Err(Failure { kind: FailureKind::BodyTooLarge, partial: Some(partial), .. })
            if !partial.status().is_success() =>
        {
            answered(partial)
        }
        Err(failure) => Ending::Failure { kind: failure.kind, sent: failure.sent },
    }
}

fn is_of_the_connection(ending: &Ending) -> bool {
    use descope_core::FailureKind::{Closed, Malformed, Timeout};
    match ending {
        Ending::Failure { kind, .. } => matches!(kind, Closed | Malformed | Timeout),
        Ending::Status { status, .. } => *status == 408 && kind(*ending) == ErrorKind::Api,
        _ => false,
    }
}

fn answered(answer: &http::Response<Vec<u8>>) -> Ending {
    let says = |code: &str| answer.body().windows(code.len()).any(|part| part == code.as_bytes());
    let word = match () {
        () if says("E111502") => Word::KeyNotFound,
        () if says("E130429") => Word::TooManyRequests,
        () if says("E011003") => Word::Service,
        () => Word::Unproven,
    };
    Ending::Status { status: answer.status().as_u16(), word }
}

/// What was fed to the attempts of one call.
#[derive(Default)]
struct Fed {
    endings: Vec<Ending>,
    license_fetches: usize,
    /// Of a batch there is one key.
    looks: usize,
}

struct Run {
    random: Random,
    elapsed: Duration,
    deadline: Duration,
    max_attempts: u32,
    fed: Fed,
}

impl Run {
    fn now(&self) -> Now {
        let start = Duration::from_secs(UNIX_START);
        Now::new(Duration::from_secs(77) + self.elapsed, start + self.elapsed)
    }

    fn drive<E: Endpoint>(&mut self, context: &Context, endpoint: &E) {
        let operation = endpoint.operation();
        let options = CallOptions::new().deadline(self.deadline).max_attempts(self.max_attempts);
        let mut step = context.call(endpoint, options, self.now());
        let mut turns = 0;
        let result = loop {
            turns += 1;
            assert!(turns <= 3 * self.max_attempts.max(1) + 3, "a call without end");
            step = match step {
                Step::Send(outgoing, sent) => {
                    assert!(outgoing.timeout > Duration::ZERO);
                    assert!(self.elapsed + outgoing.timeout <= self.deadline);
                    assert!(outgoing.connect_timeout <= outgoing.timeout);
                    assert!(outgoing.reused_timeout <= outgoing.timeout);
                    let fetch = outgoing.operation == FetchLicense::new().operation()
                        && operation.name != outgoing.operation.name;
                    let look = !fetch && outgoing.operation.name != operation.name;
                    let wants_fresh = operation.class == Class::OneShot
                        || self.fed.endings.last().is_some_and(is_of_the_connection);
                    assert_eq!(outgoing.fresh_connection, !fetch && !look && wants_fresh);
                    let reply = reply(&mut self.random);
                    if fetch {
                        self.fed.license_fetches += 1;
                        let last = *self.fed.endings.last().unwrap();
                        assert_eq!(kind(last), ErrorKind::RateLimited);
                    } else if look {
                        self.fed.looks += 1;
                        let last = *self.fed.endings.last().unwrap();
                        let in_its_place = [ErrorKind::Intermediary, ErrorKind::Decode];
                        assert!(in_its_place.contains(&kind(last)), "{last:?}");
                    } else {
                        self.may_be_sent(operation.class);
                        self.fed.endings.push(ending(&reply));
                        assert_eq!(outgoing.attempt as usize, self.fed.endings.len());
                    }
                    // Up to the timeout, and now and then a little over it.
                    let quick = self.random.below(outgoing.timeout.as_millis() as u64 / 4 + 1);
                    self.elapsed += match self.random.below(8) {
                        0 => outgoing.timeout + Duration::from_millis(quick),
                        _ => Duration::from_millis(quick),
                    };
                    sent.reply(reply, self.now())
                }
                Step::Sleep(delay, asleep) => {
                    assert!(delay.is_zero() || self.elapsed + delay < self.deadline, "{delay:?}");
                    self.elapsed += delay;
                    asleep.wake(self.now())
                }
                Step::Wait(..) => panic!("a call of one endpoint waits for nobody"),
                Step::Done(result) => break result,
            };
        };
        assert!(self.fed.license_fetches <= 1 && self.fed.looks <= 1);
        if let Err(error) = result {
            self.check(&operation, &error);
        }
    }

    /// Every attempt before this one allows it.
    fn may_be_sent(&self, class: Class) {
        assert!((self.fed.endings.len() as u32) < self.max_attempts.max(1), "too many attempts");
        for ending in &self.fed.endings {
            assert!(again(class, *ending), "{class:?} sent again after {ending:?}");
        }
    }

    fn check(&self, operation: &descope_core::Operation, error: &Error) {
        let endings = &self.fed.endings;
        let worst = endings.iter().map(|ending| outcome(operation.class, *ending)).max();
        assert_eq!(error.outcome(), worst.unwrap_or(Outcome::NotSent), "{endings:?}");
        assert_eq!(error.attempts() as usize, endings.len());
        let unknown = operation.class != Class::Read && error.outcome() == Outcome::Unknown;
        assert_eq!(error.is_outcome_unknown(), unknown);
        let shown = format!("{error} {error:?} {}", error.body());
        assert!(!shown.contains("rig-management-key"), "{shown}");
        assert!(!shown.contains("K2-cleartext"), "{shown}");
    }
}

#[test]
fn a_call_ends_within_its_bounds_and_tells_the_truth() {
    let unconfirmed = {
        let lost = Scenario::new().then(status(503)).play(CreateAccessKey::new("n", Expiry::Never));
        FindUnconfirmed::after(lost.error()).unwrap()
    };
    for seed in 0..20_000 {
        let mut random = Random::new(seed);
        let config = Config::builder(PROJECT).management_key(MANAGEMENT_KEY).limits(|limits| {
            if random.one_in(4) {
                limits.backoff = Duration::from_millis(random.below(5_000));
            }
        });
        let context = Context::new(config.build().unwrap(), entropy(seed));
        let mut run = Run {
            elapsed: Duration::ZERO,
            deadline: Duration::from_millis(*random.pick(&[1, 50, 1_000, 10_000, 60_000])),
            max_attempts: *random.pick(&[0, 1, 2, 3, 3, 3, 10]),
            fed: Fed::default(),
            random,
        };
        match seed % 15 {
            0 => run.drive(&context, &CreateAccessKey::new("n", Expiry::days(1)).marker("m")),
            1 => run.drive(&context, &RotateAccessKey::new("K2")),
            2 => run.drive(&context, &LoadAccessKey::new("K2")),
            3 => run.drive(&context, &SearchAccessKeys::new()),
            4 => run.drive(&context, &UpdateAccessKey::new("K2", "n")),
            5 => run.drive(&context, &ActOnAccessKey::activate("K2")),
            6 => run.drive(&context, &ActOnAccessKey::deactivate("K2")),
            7 => run.drive(&context, &ActOnAccessKey::delete("K2")),
            8 => run.drive(&context, &ActOnAccessKeys::activate(["K2"])),
            9 => run.drive(&context, &ActOnAccessKeys::deactivate(["K2"])),
            10 => run.drive(&context, &ActOnAccessKeys::delete(["K2"])),
            11 => run.drive(&context, &ExchangeAccessKey::new("CT")),
            12 => run.drive(&context, &FetchSigningKeys::new()),
            13 => run.drive(&context, &FetchLicense::new()),
            _ => run.drive(&context, &unconfirmed),
        }
    }
}
