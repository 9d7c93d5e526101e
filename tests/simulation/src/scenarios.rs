//! What a fleet goes through, and what is promised of it. A worker asks once a second, where nothing
//! else is said; sessions are of ten minutes.

use std::time::Duration;

use crate::fleet::{Ask, Effect, Episode, Happening, Job, Promise, Run, Scenario};

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;

/// All scenarios.
#[must_use]
pub fn all() -> Vec<Scenario> {
    vec![
        steady(),
        outage(),
        outage_at_start("outage-tokens", vec![Job::new(Ask::Token)]),
        outage_at_start("outage-validators", vec![Job::new(Ask::Validate)]),
        rate_limited(),
        revoked(),
        refused_by_a_peer(),
        rotation(),
        forged(),
        cold_start(),
        lost_answers(),
        suspended(),
        slow(),
        managers(),
        impatient(),
        absurd_pause("absurd-pause", Effect::Refuse(429, Some(999_999_999)), |run| {
            vec![Promise::at_most(360.0, "the last one is served after s", run.last_served())]
        }),
        absurd_pause("absurd-pause-of-a-proxy", Effect::Intercept(429, Some(999_999_999)), |run| {
            vec![Promise::at_most(40.0, "the last one is served after s", run.last_served())]
        }),
        dead_connections(),
    ]
}

/// The scenario of this name.
#[must_use]
pub fn named(name: &str) -> Option<Scenario> {
    all().into_iter().find(|scenario| scenario.name == name)
}

fn tokens() -> Vec<Job> {
    vec![Job::new(Ask::Token)]
}

fn steady() -> Scenario {
    Scenario::new("steady", "a day on which nothing goes wrong", tokens())
        .lasting(24 * HOUR)
        .promising(|run| {
            let per_hour = run.requests_each(run.whole()) / 24.0;
            vec![
                Promise::at_most(15.0, "requests an hour and process", per_hour),
                Promise::never("tokens refused", run.refused(Ask::Token, run.whole())),
            ]
        })
}

fn outage() -> Scenario {
    Scenario::new("outage", "the service answers 503 for half an hour", tokens())
        .trouble(15 * MINUTE..45 * MINUTE, Effect::Refuse(503, None))
        .promising(|run| promises_of_outage(run, 16 * MINUTE))
}

/// The tokens or the signing keys are missing from the beginning.
fn outage_at_start(name: &str, crew: Vec<Job>) -> Scenario {
    Scenario::new(name, "the service answers 503 when all start, and for 20 minutes", crew)
        .lasting(25 * MINUTE)
        .trouble(0..20 * MINUTE, Effect::Refuse(503, None))
        .promising(|run| promises_of_outage(run, MINUTE))
}

fn promises_of_outage(run: &Run, after_a_minute: u64) -> Vec<Promise> {
    let over = run.scenario.over.as_secs();
    vec![
        Promise::at_most(0.1, "requests a second meanwhile", run.rate(after_a_minute..over)),
        Promise::at_most(31.0, "the last one is served after s", run.last_served()),
        Promise::at_most(0.2, "requests in any second afterwards", run.peak(run.afterwards())),
    ]
}

fn rate_limited() -> Scenario {
    Scenario::new("rate-limited", "429 with Retry-After: 30 for ten minutes", tokens())
        .crew(vec![Job::new(Ask::Load)])
        .lasting(15 * MINUTE)
        .trouble(0..10 * MINUTE, Effect::Refuse(429, Some(30)))
        .promising(|run| {
            vec![
                Promise::never("requests before it has passed", run.within_cooldown),
                // Each has two requests to send when it is over, and a tenth of the 30 s is jitter.
                Promise::at_most(0.8, "requests in any second", run.peak(5..run.whole().end)),
                Promise::at_most(35.0, "the last one is served after s", run.last_served()),
            ]
        })
}

fn revoked() -> Scenario {
    Scenario::new("revoked", "the key is revoked for half an hour", tokens())
        .lasting(50 * MINUTE)
        .at(15 * MINUTE, Happening::RevokeAccessKey)
        .at(45 * MINUTE, Happening::RestoreAccessKey)
        .over_at(45 * MINUTE)
        .promising(|run| {
            let meanwhile = run.rate(16 * MINUTE..45 * MINUTE);
            vec![
                Promise::at_most(0.1, "requests a second meanwhile", meanwhile),
                Promise::at_most(31.0, "the last one is served after s", run.last_served()),
            ]
        })
}

fn refused_by_a_peer() -> Scenario {
    let crew = vec![Job::new(Ask::TokenInVain); 4];
    Scenario::new("refused-by-a-peer", "a peer refuses every token, and all invalidate them", crew)
        .lasting(20 * MINUTE)
        .promising(|run| {
            vec![
                Promise::at_most(0.11, "requests a second", run.rate(run.whole())),
                Promise::never("tokens refused", run.refused(Ask::TokenInVain, run.whole())),
            ]
        })
}

fn with_rotations(scenario: Scenario) -> Scenario {
    scenario
        .lasting(80 * MINUTE)
        .at(20 * MINUTE, Happening::RotateSigningKey)
        .at(32 * MINUTE, Happening::RetireSigningKeys)
        .at(60 * MINUTE, Happening::RotateSigningKey)
        .at(60 * MINUTE, Happening::RetireSigningKeys)
}

fn rotation() -> Scenario {
    let crew = vec![Job::new(Ask::Token), Job::new(Ask::Validate)];
    let about = "the signing keys are rotated, with and without notice";
    let scenario = Scenario::new("rotation", about, crew).crew(vec![Job::new(Ask::ValidateStolen)]);
    with_rotations(scenario).promising(|run| {
        vec![
            Promise::never("valid tokens called invalid", run.misjudged(run.whole())),
            Promise::never("tokens refused", run.refused(Ask::Token, run.whole())),
            // Refreshed after ten minutes.
            Promise::never(
                "tokens of a retired key called valid",
                run.served(Ask::ValidateStolen, 42 * MINUTE + 20..run.whole().end),
            ),
        ]
    })
}

fn forged() -> Scenario {
    let crew = vec![Job::new(Ask::Validate), Job::new(Ask::ValidateForged)];
    let about = "the same with a forged token for each honest one";
    with_rotations(Scenario::new("forged", about, crew)).promising(|run| {
        // One fetch in 30 s is left for an unknown `kid`.
        let after_rotation = |minute: u64| minute * MINUTE + 32;
        let honest = run.misjudged(0..20 * MINUTE)
            + run.misjudged(after_rotation(20)..60 * MINUTE)
            + run.misjudged(after_rotation(60)..run.whole().end);
        vec![
            Promise::never("valid tokens called invalid", honest),
            Promise::at_most(0.04, "requests a second", run.rate(run.whole())),
        ]
    })
}

fn cold_start() -> Scenario {
    let about = "all start at once, at a tenth of the capacity that they need";
    let scenario = Scenario::new("cold-start", about, tokens()).lasting(2 * MINUTE);
    Scenario { capacity: Some(0.1), ..scenario }.promising(|run| {
        vec![
            Promise::at_most(10.0, "requests each", run.requests_each(run.whole())),
            Promise::at_most(45.0, "the last one is served after s", run.last_served()),
        ]
    })
}

fn lost_answers() -> Scenario {
    let crew = vec![Job::new(Ask::Token), Job::new(Ask::Load), Job::new(Ask::Create).every(5)];
    let during = 5 * MINUTE..25 * MINUTE;
    Scenario::new("lost-answers", "the service loses a third of its answers", crew)
        .lasting(30 * MINUTE)
        .episode(Episode::new(during.clone(), Effect::LoseAnswer).share(0.3))
        .episode(Episode::new(during, Effect::Silence).share(0.05))
        .promising(|run| {
            vec![
                Promise::never("tokens refused", run.refused(Ask::Token, run.whole())),
                // A create waits for its answer for 30 s, and its worker begins another 5 s later.
                Promise::at_most(36.0, "the last one is served after s", run.last_served()),
            ]
        })
}

fn suspended() -> Scenario {
    let job = |ask| Job::new(ask).every(10);
    let about = "half of the fleet is suspended for a night, and the signing keys are replaced";
    let night = Duration::from_secs(8 * HOUR);
    // One process in two is suspended, and crews take turns: there are some of both in each.
    Scenario::new("suspended", about, vec![job(Ask::Token), job(Ask::Validate)])
        .crew(vec![job(Ask::Token), job(Ask::Validate)])
        .crew(vec![job(Ask::ValidateStolen)])
        .lasting(10 * HOUR)
        .at(HOUR, Happening::Suspend(2, night))
        .at(2 * HOUR, Happening::RotateSigningKey)
        .at(3 * HOUR, Happening::RetireSigningKeys)
        .over_at(9 * HOUR)
        .promising(|run| {
            vec![
                Promise::never("valid tokens called invalid", run.misjudged(run.whole())),
                Promise::at_most(25.0, "the last one is served after s", run.last_served()),
            ]
        })
}

fn slow() -> Scenario {
    let crew = vec![
        Job::new(Ask::Token),
        Job::new(Ask::Validate),
        Job::new(Ask::Load),
        Job::new(Ask::Create).every(5),
    ];
    let (least, most) = (Duration::from_secs(4), Duration::from_secs(12));
    Scenario::new("slow", "answers take from 4 to 12 s, and a call has 10 s", crew)
        .lasting(45 * MINUTE)
        .trouble(5 * MINUTE..35 * MINUTE, Effect::Slow(least, most))
        .promising(|run| {
            vec![
                Promise::at_most(31.0, "the last one is served after s", run.last_served()),
                Promise::at_most(1.0, "requests a second", run.rate(run.whole())),
            ]
        })
}

fn managers() -> Scenario {
    let crew = vec![
        Job::new(Ask::Create).every(2),
        Job::new(Ask::Create).every(7),
        Job::new(Ask::Load).every(3),
    ];
    let minutes = |from: u64, to: u64| from * MINUTE..to * MINUTE;
    Scenario::new("managers", "keys are created and rotated whatever happens", crew)
        .lasting(40 * MINUTE)
        .episode(Episode::new(minutes(2, 6), Effect::Refuse(429, Some(5))).share(0.3))
        .episode(Episode::new(minutes(6, 10), Effect::LoseAnswer).share(0.5))
        .episode(Episode::new(minutes(10, 14), Effect::LoseRequest).share(0.5))
        .episode(Episode::new(minutes(14, 18), Effect::Silence).share(0.3))
        .episode(Episode::new(minutes(18, 22), Effect::Refuse(503, None)).share(0.5))
        .episode(Episode::new(minutes(22, 26), Effect::Unreachable).share(0.5))
        .episode(Episode::new(minutes(26, 30), Effect::Intercept(502, None)).share(0.5))
        .at(28 * MINUTE, Happening::Restart(2))
        .promising(|run| {
            vec![Promise::at_most(31.0, "the last one is served after s", run.last_served())]
        })
}

fn impatient() -> Scenario {
    let hurry = Duration::from_millis(50);
    let mut crew = vec![
        Job::new(Ask::Token).deadline(hurry),
        Job::new(Ask::Validate).deadline(hurry),
        Job::new(Ask::Load).deadline(hurry),
    ];
    for ask in [Ask::Token, Ask::Validate, Ask::Load] {
        crew.extend([Job::new(ask); 3]);
    }
    let about = "one caller in four has 50 ms, as long as an answer takes";
    let restarts = (1..10).map(|n| (Duration::from_secs(n * 3 * MINUTE), Happening::Restart(1)));
    let scenario = Scenario::new("impatient", about, crew).lasting(30 * MINUTE);
    Scenario { happenings: restarts.collect(), ..scenario }.promising(|run| {
        let refused = |ask| run.refused(ask, run.whole());
        vec![
            Promise::never("patient callers refused a token", refused(Ask::Token)),
            Promise::never("patient callers refused a validation", refused(Ask::Validate)),
            Promise::never("patient callers refused a load", refused(Ask::Load)),
        ]
    })
}

fn absurd_pause(name: &str, effect: Effect, promises: fn(&Run) -> Vec<Promise>) -> Scenario {
    Scenario::new(name, "Retry-After: 999999999, for two seconds", tokens())
        .crew(vec![Job::new(Ask::Validate)])
        .crew(vec![Job::new(Ask::Load)])
        .lasting(15 * MINUTE)
        .trouble(0..2, effect)
        .promising(promises)
}

fn dead_connections() -> Scenario {
    let about = "16 pooled connections die at once, under 16 threads and under one";
    let second = 2 * MINUTE;
    let scenario = Scenario::new("dead-connections", about, vec![Job::new(Ask::Load); 16])
        .crew(vec![Job::new(Ask::Load)])
        .lasting(5 * MINUTE)
        .at(second, Happening::ConnectionsDie(16))
        .over_at(second);
    Scenario { start_within: Duration::ZERO, ..scenario }.promising(|run| {
        let second = run.scenario.over.as_secs()..run.scenario.over.as_secs() + 1;
        let attempts = run.requests_each(second.clone()) * run.processes as f64;
        let loads = run.served(Ask::Load, second) as f64;
        vec![
            Promise::never("loads refused", run.refused(Ask::Load, run.whole())),
            Promise::at_most(2.0, "attempts of a load in that second", attempts / loads),
        ]
    })
}
