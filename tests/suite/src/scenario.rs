//! Calls driven by scripted replies, under a clock that only the script and the machine move: no
//! socket, no sleep.
//!
//! ```text
//! let played = Scenario::new().then(status(503)).then(json(200, KEY)).play(LoadAccessKey::new("K2"));
//! assert_eq!(played.sends.len(), 2);
//! ```

use std::collections::VecDeque;
use std::time::Duration;

use descope_core::{
    CallOptions, Config, Context, Endpoint, Error, Failure, FailureKind, Machine, Now, Outgoing,
    Reply, Step,
};
use http::{HeaderName, HeaderValue, Response, StatusCode};

/// The project of all scenarios.
pub const PROJECT: &str = "P2aBcDeFgHiJkLmNoPqRsTuVwXyZ";
/// Its management key.
pub const MANAGEMENT_KEY: &str = "rig-management-key";
/// An answer to load and update.
pub const KEY: &str = r#"{"key":{"id":"K2","name":"ci"}}"#;
/// An answer to create and rotate.
pub const CREATED: &str = r#"{"cleartext":"K2-cleartext","key":{"id":"K2","name":"ci"}}"#;
/// The wall clock when a scenario begins: 2027-01-15 08:00:00 UTC.
pub const UNIX_START: u64 = 1_800_000_000;

/// A configuration with a management key.
#[must_use]
pub fn config() -> Config {
    Config::builder(PROJECT).management_key(MANAGEMENT_KEY).build().unwrap()
}

/// The scenario's clocks after so much time.
#[must_use]
pub fn at(elapsed: Duration) -> Now {
    // The monotonic clock has an origin of its own.
    Now::new(Duration::from_secs(5_000) + elapsed, Duration::from_secs(UNIX_START) + elapsed)
}

/// The first request of a call, or why there is none.
///
/// # Panics
///
/// When the call begins with something else than a request or a refusal.
pub fn first<E: Endpoint>(
    context: &Context,
    endpoint: E,
    options: CallOptions,
) -> Result<Outgoing, Error> {
    match context.call(endpoint, options, at(Duration::ZERO)) {
        Step::Send(outgoing, _) => Ok(outgoing),
        Step::Done(Err(error)) => Err(error),
        other => panic!("a call began with {other:?}"),
    }
}

/// Replies to come, one a request.
#[derive(Debug)]
#[must_use]
pub struct Scenario {
    context: Context,
    options: CallOptions,
    script: VecDeque<(Duration, Reply)>,
    always: Option<(Duration, fn() -> Reply)>,
    elapsed: Duration,
    oversleep: Duration,
}

/// What a call did.
#[derive(Debug)]
pub struct Played<T> {
    /// How it ended.
    pub result: Result<T, Error>,
    /// The requests that it handed out, each with when.
    pub sends: Vec<(Duration, Outgoing)>,
    /// The pauses that it asked for, each with the text of its reason.
    pub sleeps: Vec<(Duration, String)>,
    /// How long it took.
    pub elapsed: Duration,
}

impl<T> Played<T> {
    /// The error that the call ended in.
    ///
    /// # Panics
    ///
    /// When it succeeded.
    pub fn error(&self) -> &Error {
        self.result.as_ref().err().expect("the call failed")
    }

    /// The names of the operations sent, in their order.
    pub fn operations(&self) -> Vec<&'static str> {
        self.sends.iter().map(|(_, outgoing)| outgoing.operation.name).collect()
    }

    /// The lengths of the pauses.
    pub fn delays(&self) -> Vec<Duration> {
        self.sleeps.iter().map(|(delay, _)| *delay).collect()
    }
}

impl Default for Scenario {
    fn default() -> Self {
        Self::new()
    }
}

impl Scenario {
    /// With the ordinary configuration.
    pub fn new() -> Self {
        Self::of(Context::new(config(), [1; 32]))
    }

    /// With a context that may have learnt something.
    pub fn of(context: Context) -> Self {
        Self {
            context,
            options: CallOptions::new(),
            script: VecDeque::new(),
            always: None,
            elapsed: Duration::ZERO,
            oversleep: Duration::ZERO,
        }
    }

    /// With options for the call.
    pub fn options(mut self, options: CallOptions) -> Self {
        self.options = options;
        self
    }

    /// The next request is replied to after 10 ms.
    pub fn then(self, reply: Reply) -> Self {
        self.then_after(Duration::from_millis(10), reply)
    }

    /// The next request is replied to after this time.
    pub fn then_after(mut self, time: Duration, reply: Reply) -> Self {
        self.script.push_back((time, reply));
        self
    }

    /// Every request that the script does not reach is replied to so.
    pub fn always(mut self, time: Duration, reply: fn() -> Reply) -> Self {
        self.always = Some((time, reply));
        self
    }

    /// Every pause takes this much longer than it should.
    pub fn oversleeping(mut self, time: Duration) -> Self {
        self.oversleep = time;
        self
    }

    /// Drives a call to its end.
    ///
    /// # Panics
    ///
    /// When it sends more requests than there are replies, or leaves replies over.
    pub fn play<E: Endpoint>(self, endpoint: E) -> Played<E::Output> {
        let step = self.context.call(endpoint, self.options.clone(), at(self.elapsed));
        self.drive(step)
    }

    fn drive<M: Machine>(mut self, mut step: Step<M>) -> Played<M::Output> {
        let mut sends = Vec::new();
        let mut sleeps = Vec::new();
        let result = loop {
            step = match step {
                Step::Send(outgoing, sent) => {
                    assert!(sends.len() < 10_000, "a call without end");
                    sends.push((self.elapsed, outgoing));
                    let always = || self.always.map(|(time, reply)| (time, reply()));
                    let (time, reply) = self.script.pop_front().or_else(always).expect("a reply");
                    self.elapsed += time;
                    sent.reply(reply, at(self.elapsed))
                }
                Step::Sleep(delay, asleep) => {
                    sleeps.push((delay, asleep.reason().to_string()));
                    self.elapsed += delay + self.oversleep;
                    asleep.wake(at(self.elapsed))
                }
                Step::Wait(..) => panic!("a call of one endpoint waits for nobody"),
                Step::Done(result) => break result,
            };
        };
        assert!(self.script.is_empty(), "{} replies were not asked for", self.script.len());
        Played { result, sends, sleeps, elapsed: self.elapsed }
    }
}

/// A complete answer with a body.
///
/// # Panics
///
/// When HTTP has no such status.
pub fn json(status: u16, body: &str) -> Reply {
    let mut response = Response::new(body.as_bytes().to_vec());
    *response.status_mut() = StatusCode::from_u16(status).unwrap();
    Ok(response)
}

/// A complete answer without a body.
pub fn status(status: u16) -> Reply {
    json(status, "")
}

/// A refusal of the service's: with a code of its own.
pub fn refused(status: u16, code: &str) -> Reply {
    json(status, &format!(r#"{{"errorCode":"{code}","errorDescription":"not this time"}}"#))
}

/// A failure after which the request may have been received.
pub fn lost(kind: FailureKind) -> Reply {
    Err(Failure::new(kind))
}

/// A failure before any byte of the request was written.
pub fn not_sent(kind: FailureKind) -> Reply {
    Err(Failure::not_sent(kind))
}

/// Adds a header to an answer, or to the part of one that arrived.
///
/// # Panics
///
/// When there is no answer, or no such header can be.
pub fn with_header(mut reply: Reply, name: &str, value: &str) -> Reply {
    let headers = match &mut reply {
        Ok(response) => response.headers_mut(),
        Err(failure) => failure.partial.as_mut().expect("an answer").headers_mut(),
    };
    let name: HeaderName = name.parse().unwrap();
    headers.append(name, HeaderValue::from_str(value).unwrap());
    reply
}

/// The connection ends when only a part of this answer has arrived.
///
/// # Panics
///
/// When the reply is no answer.
pub fn cut(answer: Reply) -> Reply {
    Err(Failure::new(FailureKind::Closed).with_partial(answer.expect("an answer")))
}
