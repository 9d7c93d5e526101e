//! A scenario made by chance: who is in the fleet, what goes wrong, and when.

use std::time::Duration;

use fastrand::Rng;

use crate::fleet::{Ask, Effect, Episode, Happening, Job, Promise, RequestKind, Scenario};

/// Until when something may go wrong, in seconds. In every third scenario it is five times as long.
const TROUBLE: u64 = 40 * 60;
/// Then nothing does. The longest cooldown is five minutes.
const CALM: u64 = 10 * 60;

/// The scenario of this seed.
#[must_use]
pub fn random_scenario(seed: u64) -> Scenario {
    let mut random = Rng::with_seed(seed);
    let about = "some of all that can go wrong";
    let slowness = if random.u8(..3) == 0 { 5 } else { 1 };
    let trouble = TROUBLE * slowness;
    let mut scenario = Scenario::new(format!("random-{seed}"), about, crew(&mut random, slowness))
        .crew(crew(&mut random, slowness))
        .lasting(trouble + CALM);
    scenario.latency = Duration::from_millis(random.u64(1..200));
    for _ in 0..random.usize(1..8) {
        let from = random.u64(0..trouble);
        let until = (from + random.u64(1..900 * slowness)).min(trouble);
        let episode = Episode::new(from..until, effect(&mut random));
        let share = if random.bool() { 1.0 } else { random.f64() };
        let kinds = RequestKind::ALL.into_iter().filter(|_| random.u8(..3) == 0);
        scenario = scenario.episode(Episode { kinds: kinds.collect(), share, ..episode });
    }
    for _ in 0..random.usize(..6) {
        let at = random.u64(0..trouble);
        let happening = happening(&mut random, trouble - at);
        scenario = scenario.at(at, happening);
    }
    let restored = scenario.at(trouble, Happening::RestoreAccessKey).over_at(trouble);
    restored.promising(|run| {
        // A worker may have begun to wait for the longest cooldown just before.
        let last = run.whole().end - 60..run.whole().end;
        let refused = [Ask::Token, Ask::Validate, Ask::Load, Ask::Create];
        let refused = refused.map(|ask| run.refused(ask, last.clone())).iter().sum();
        // What one in a hurry fails to fetch is not remembered.
        let mut jobs = run.scenario.crews.iter().flatten();
        let busiest = match jobs.any(|job| job.deadline.is_some()) {
            true => 0.0,
            false => run.busiest_minute(),
        };
        vec![
            Promise::at_most(330.0, "the last one is served after s", run.last_served()),
            Promise::never("asks refused in the last minute", refused),
            Promise::at_most(60.0, "fetches of one process in any minute", busiest),
        ]
    })
}

fn crew(random: &mut Rng, slowness: u64) -> Vec<Job> {
    (0..random.usize(1..5))
        .map(|_| {
            let ask = Ask::ALL[random.usize(..Ask::ALL.len())];
            let job = Job::new(ask).every(random.u64(1..5) * slowness);
            match random.u8(..5) {
                0 => job.deadline(Duration::from_millis(random.u64(1..3000))),
                _ => job,
            }
        })
        .collect()
}

fn effect(random: &mut Rng) -> Effect {
    let pauses = [None, Some(0), Some(1), Some(7), Some(30), Some(120), Some(999_999_999)];
    let pause = pauses[random.usize(..pauses.len())];
    let statuses = [401, 403, 404, 408, 425, 429, 429, 429, 500, 502, 503, 503, 504, 521, 526];
    let status = statuses[random.usize(..statuses.len())];
    match random.u8(..8) {
        0 | 1 => Effect::Refuse(status, pause),
        2 => Effect::Intercept(status, pause),
        3 => Effect::Unreachable,
        4 => Effect::LoseRequest,
        5 => Effect::LoseAnswer,
        6 => Effect::Silence,
        _ => {
            let least = Duration::from_millis(random.u64(..10_000));
            Effect::Slow(least, least + Duration::from_millis(random.u64(..5_000)))
        }
    }
}

/// `left`: for how many seconds something may still go wrong.
fn happening(random: &mut Rng, left: u64) -> Happening {
    match random.u8(..7) {
        0 => Happening::RotateSigningKey,
        1 => Happening::RetireSigningKeys,
        2 => Happening::RevokeAccessKey,
        3 => Happening::RestoreAccessKey,
        4 => Happening::Suspend(random.usize(1..4), Duration::from_secs(random.u64(..=left))),
        5 => Happening::Restart(random.usize(1..4)),
        _ => Happening::ConnectionsDie(random.usize(1..20)),
    }
}
