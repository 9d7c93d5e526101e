//! The service as a fleet meets it: an emulator with a capacity, behind a network that fails.

use std::collections::HashMap;
use std::rc::Rc;
use std::time::Duration;

use descope_core::{Class, Failure, FailureKind, Outgoing, Reply};
use descope_emulator::Key;
use fastrand::Rng;
use http::Response;

use super::{Effect, Happening, RequestKind, Scenario};
use crate::World;

/// The cleartext of the key that all processes have.
pub(crate) const CLEARTEXT: &str = "K2-of-the-fleet";
/// Its id.
pub(crate) const KEY_ID: &str = "K2fleet";
/// How old the tokens that validators are shown get.
const SHOWN_FOR: Duration = Duration::from_secs(300);

pub(crate) struct Service {
    pub(crate) world: World,
    random: Rng,
    /// Requests a second, of all processes.
    capacity: Option<u32>,
    /// The current second, and how many requests it has seen.
    second: (u64, u32),
    /// How often each request that must not be carried out twice was, by its id.
    carried_out: HashMap<String, u32>,
    has_rotated: bool,
    /// When the first signing key left the set.
    pub(crate) first_key_retired: Option<Duration>,
    stolen: Rc<str>,
    forged: Vec<Rc<str>>,
    honest: (Duration, Rc<str>),
}

/// What comes back for a request, how long after it arrived.
pub(crate) type Delivery = (Reply, Duration);

impl Service {
    pub(crate) fn new(scenario: &Scenario, processes: usize, random: Rng) -> Self {
        let key = Key::new("fleet").with_id(KEY_ID).with_cleartext(CLEARTEXT);
        let world = World::new(|builder| builder.key(key));
        let token = || world.emulator.token();
        let stolen = token().expires_in(365 * 86_400).mint().into();
        // Of keys that nobody has, and of the right key with a wrong signature.
        let unknown = |n| token().header("kid", format!("unknown-{n}")).expires_in(365 * 86_400);
        let mut forged: Vec<Rc<str>> = (0..15).map(|n| unknown(n).mint().into()).collect();
        forged.push(token().expires_in(365 * 86_400).forged().mint().into());
        Self {
            honest: (Duration::ZERO, token().mint().into()),
            stolen,
            forged,
            capacity: scenario.capacity.map(|each| (each * processes as f64).ceil() as u32),
            second: (0, 0),
            carried_out: HashMap::new(),
            has_rotated: false,
            first_key_retired: None,
            random,
            world,
        }
    }

    /// A token of the current signing key, for validators.
    pub(crate) fn honest(&mut self) -> Rc<str> {
        if self.world.elapsed() >= self.honest.0 + SHOWN_FOR {
            self.issue();
        }
        Rc::clone(&self.honest.1)
    }

    pub(crate) fn stolen(&self) -> Rc<str> {
        Rc::clone(&self.stolen)
    }

    pub(crate) fn forged(&mut self) -> Rc<str> {
        Rc::clone(&self.forged[self.random.usize(..self.forged.len())])
    }

    fn issue(&mut self) {
        self.honest = (self.world.elapsed(), self.world.emulator.token().mint().into());
    }

    /// What happens to the service itself.
    pub(crate) fn happen(&mut self, happening: Happening) {
        let emulator = &self.world.emulator;
        match happening {
            Happening::RotateSigningKey => {
                emulator.rotate_signing_key();
                self.has_rotated = true;
                self.issue();
            }
            Happening::RetireSigningKeys => {
                emulator.retire_signing_keys();
                if self.has_rotated {
                    self.first_key_retired.get_or_insert(self.world.elapsed());
                }
            }
            Happening::RevokeAccessKey => {
                emulator.deactivate(KEY_ID);
            }
            Happening::RestoreAccessKey => {
                let mut key = emulator.key(KEY_ID).expect("it is never deleted");
                key.status = descope_emulator::Status::Active;
                emulator.seed(key);
            }
            Happening::Suspend(..) | Happening::Restart(_) | Happening::ConnectionsDie(_) => {}
        }
    }

    /// Deals with a request that arrives now. None: nothing will come back.
    pub(crate) fn deal_with(
        &mut self,
        outgoing: Outgoing,
        scenario: &Scenario,
    ) -> Option<Delivery> {
        let (kind, now) = (RequestKind::of(&outgoing), self.world.elapsed());
        let met = scenario
            .episodes
            .iter()
            .filter(|episode| episode.may_meet(kind, now))
            .find(|episode| episode.share >= 1.0 || self.random.f64() < episode.share);
        let at_once = |reply| Some((reply, Duration::ZERO));
        let lost = || Err(Failure::new(FailureKind::Closed));
        match met.map(|episode| episode.effect) {
            None if self.is_over_capacity(now) => at_once(Ok(refusal(429, Some(1)))),
            None => at_once(self.carry_out(outgoing)),
            Some(Effect::Refuse(status, retry_after)) => at_once(Ok(refusal(status, retry_after))),
            Some(Effect::Intercept(status, retry_after)) => at_once(Ok(page(status, retry_after))),
            Some(Effect::Unreachable) => at_once(Err(Failure::not_sent(FailureKind::Connect))),
            Some(Effect::LoseRequest) => at_once(lost()),
            Some(Effect::LoseAnswer) => {
                let _ = self.carry_out(outgoing);
                at_once(lost())
            }
            Some(Effect::Silence) => {
                let _ = self.carry_out(outgoing);
                None
            }
            Some(Effect::Slow(least, most)) => {
                let time = least + (most - least).mul_f64(self.random.f64());
                Some((self.carry_out(outgoing), time))
            }
        }
    }

    fn is_over_capacity(&mut self, now: Duration) -> bool {
        let Some(capacity) = self.capacity else { return false };
        if self.second.0 != now.as_secs() {
            self.second = (now.as_secs(), 0);
        }
        self.second.1 += 1;
        self.second.1 > capacity
    }

    fn carry_out(&mut self, outgoing: Outgoing) -> Reply {
        // The license tier is fetched with the id of the call that it is for.
        let is_one_shot = outgoing.operation.class == Class::OneShot;
        let id = outgoing.request.headers().get("x-external-rid").filter(|_| is_one_shot).cloned();
        let reply = self.world.serve(outgoing);
        let done = reply.as_ref().is_ok_and(|answer| answer.status().is_success());
        if let (Some(id), true) = (id, done) {
            let id = id.to_str().expect("a worker's own").to_owned();
            *self.carried_out.entry(id).or_default() += 1;
        }
        reply
    }

    /// Requests that must not be carried out twice, and were.
    pub(crate) fn carried_out_twice(&self) -> impl Iterator<Item = &str> {
        self.carried_out.iter().filter(|(_, times)| **times > 1).map(|(id, _)| id.as_str())
    }

    /// Names that more than one key has: each create has its own.
    pub(crate) fn names_twice(&self) -> Vec<String> {
        let mut names: Vec<_> =
            self.world.emulator.keys().into_iter().map(|key| key.name).collect();
        names.sort_unstable();
        let twice = names.windows(2).filter(|pair| pair[0] == pair[1]);
        twice.map(|pair| pair[0].clone()).collect()
    }
}

/// A refusal in the service's own words.
fn refusal(status: u16, retry_after: Option<u64>) -> Response<Vec<u8>> {
    let code = if status == 429 { "E130429" } else { "E999999" };
    answer(status, retry_after, format!(r#"{{"errorCode":"{code}","errorDescription":"no"}}"#))
}

fn page(status: u16, retry_after: Option<u64>) -> Response<Vec<u8>> {
    answer(status, retry_after, "<html><title>Gateway</title></html>".to_owned())
}

fn answer(status: u16, retry_after: Option<u64>, body: String) -> Response<Vec<u8>> {
    let mut response = Response::builder().status(status);
    if let Some(seconds) = retry_after {
        response = response.header("retry-after", seconds);
    }
    response.body(body.into_bytes()).expect("a status and a number")
}
