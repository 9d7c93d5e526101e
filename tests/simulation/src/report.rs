//! What a run came to, for a person to read.

use std::fmt::Write as _;

use crate::fleet::{Ask, Run, Second};
use crate::plot::plot;

/// A scenario with memory beside the same without: promises, counts, and requests a second.
#[must_use]
pub fn report(with: &Run, without: &Run) -> String {
    let scenario = &with.scenario;
    let mut text = String::new();
    let _ = writeln!(text, "== {}: {}", scenario.name, scenario.about);
    let (processes, seconds) = (with.processes, scenario.duration.as_secs());
    let _ = writeln!(text, "   {processes} processes, {seconds} s of virtual time\n");
    row(&mut text, "", "with memory", "without", "promised");
    for (promise, other) in with.promises().iter().zip(without.promises()) {
        let mark = if promise.is_kept() { "" } else { "  BROKEN" };
        let bound = format!("≤ {}{mark}", promise.at_most);
        row(&mut text, promise.what, &number(promise.measured), &number(other.measured), &bound);
    }
    for (what, measure) in COUNTS {
        row(&mut text, what, &number(measure(with)), &number(measure(without)), "");
    }
    for (name, run) in [("with memory", with), ("without", without)] {
        let each = |second: &Second| f64::from(second.total()) / run.processes as f64;
        let values: Vec<f64> = run.seconds.iter().map(each).collect();
        let _ = writeln!(text, "\n   requests a process and second, {name}\n\n{}", plot(&values));
    }
    for broken in &with.broken {
        let _ = writeln!(text, "   BROKEN: {broken}");
    }
    text
}

type Count = fn(&Run) -> f64;

const COUNTS: [(&str, Count); 5] = [
    ("requests a process, on average", |run| run.requests_each(run.whole())),
    ("requests of one process at most", Run::most_requests),
    ("requests in any second", |run| run.peak(run.whole())),
    ("requests within a cooldown", |run| run.within_cooldown as f64),
    ("asks refused, in a thousand", |run| {
        let sum = |count: fn(&Run, Ask) -> u64| Ask::ALL.map(|ask| count(run, ask)).iter().sum();
        let served: u64 = sum(|run, ask| run.served(ask, run.whole()));
        let refused: u64 = sum(|run, ask| run.refused(ask, run.whole()));
        1000.0 * refused as f64 / (served + refused).max(1) as f64
    }),
];

fn row(text: &mut String, what: &str, with: &str, without: &str, bound: &str) {
    let _ = writeln!(text, "   {what:<42} {with:>12} {without:>12}   {bound}");
}

fn number(value: f64) -> String {
    if value.is_infinite() {
        "never".to_owned()
    } else if value == value.trunc() {
        format!("{value}")
    } else {
        format!("{value:.3}")
    }
}
