//! Measures a thing against its baseline: both in turn, so that a machine that slows down slows both.

use std::time::{Duration, Instant};

/// One row of the table.
pub(crate) struct Row {
    pub(crate) what: &'static str,
    pub(crate) baseline: &'static str,
    pub(crate) ours: Duration,
    pub(crate) baselines: Duration,
    pub(crate) goal: f64,
}

impl Row {
    pub(crate) fn print(&self) {
        let ratio = self.ours.as_secs_f64() / self.baselines.as_secs_f64();
        println!(
            "| {} | {} | {:.2?} | {:.2?} | {:.3} | ≤ {:.2} |",
            self.what, self.baseline, self.ours, self.baselines, ratio, self.goal
        );
    }
}

/// The medians over `rounds` rounds of `calls` calls each, in turn.
pub(crate) fn in_turn(
    rounds: usize,
    calls: u32,
    mut ours: impl FnMut(),
    mut baseline: impl FnMut(),
) -> (Duration, Duration) {
    let mut times = (Vec::with_capacity(rounds), Vec::with_capacity(rounds));
    for round in 0..=rounds {
        let measured = (time(calls, &mut ours), time(calls, &mut baseline));
        // The first round warms up.
        if round > 0 {
            times.0.push(measured.0);
            times.1.push(measured.1);
        }
    }
    (median(times.0), median(times.1))
}

fn time(calls: u32, call: &mut impl FnMut()) -> Duration {
    let began = Instant::now();
    for _ in 0..calls {
        call();
    }
    began.elapsed() / calls
}

pub(crate) fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}
