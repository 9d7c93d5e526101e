//! What came of a run.

use std::ops::Range;
use std::time::Duration;

use super::{Ask, Promise, RequestKind, Scenario};

/// What was counted in a run, and what went against the rules that hold over all.
#[derive(Debug, Clone)]
pub struct Run {
    /// What was run.
    pub scenario: Scenario,
    /// How many processes there were.
    pub processes: usize,
    /// What happened in each second.
    pub seconds: Vec<Second>,
    /// How often each process sent a request.
    pub requests: Vec<u64>,
    /// How often each process fetched tokens and signing keys in its busiest minute.
    pub busiest_minutes: Vec<u64>,
    /// How long each worker that can be served, and has the configured deadline, was not, from the end
    /// of the trouble; none for one that was not served again.
    pub waits: Vec<Option<Duration>>,
    /// Requests that were sent although the service had asked for a longer pause.
    pub within_cooldown: u64,
    /// What went against the rules, in words.
    pub broken: Vec<String>,
    /// Differs where any request was sent by another process or at another time.
    pub digest: u64,
}

/// What happened in one second.
#[derive(Debug, Clone, Copy, Default)]
pub struct Second {
    /// Requests that were sent, by [`RequestKind`].
    pub requests: [u32; RequestKind::ALL.len()],
    /// Asks that succeeded, by [`Ask`].
    pub served: [u32; Ask::ALL.len()],
    /// Asks that failed, by [`Ask`], but for those in a hurry.
    pub refused: [u32; Ask::ALL.len()],
    /// Asks that failed of workers with a deadline of their own.
    pub hurried: u32,
    /// Valid tokens of the service that were called invalid.
    pub misjudged: u32,
}

impl Second {
    /// All requests that were sent.
    #[must_use]
    pub fn total(&self) -> u32 {
        self.requests.iter().sum()
    }
}

impl Run {
    /// All seconds.
    #[must_use]
    pub fn whole(&self) -> Range<u64> {
        0..self.scenario.duration.as_secs()
    }

    /// Everything from the end of the trouble.
    #[must_use]
    pub fn afterwards(&self) -> Range<u64> {
        self.scenario.over.as_secs()..self.scenario.duration.as_secs()
    }

    fn during(&self, seconds: Range<u64>) -> &[Second] {
        &self.seconds[seconds.start as usize..seconds.end as usize]
    }

    /// Requests that each process sent, on average.
    #[must_use]
    pub fn requests_each(&self, seconds: Range<u64>) -> f64 {
        let sum: u64 = self.during(seconds).iter().map(|second| u64::from(second.total())).sum();
        sum as f64 / self.processes as f64
    }

    /// Requests that each process sent in a second, on average.
    #[must_use]
    pub fn rate(&self, seconds: Range<u64>) -> f64 {
        let time = seconds.end - seconds.start;
        self.requests_each(seconds) / time as f64
    }

    /// The most requests of any second, for each process.
    #[must_use]
    pub fn peak(&self, seconds: Range<u64>) -> f64 {
        let most = self.during(seconds).iter().map(Second::total).max();
        f64::from(most.unwrap_or_default()) / self.processes as f64
    }

    /// The most requests that one process sent in the whole run.
    #[must_use]
    pub fn most_requests(&self) -> f64 {
        self.requests.iter().max().copied().unwrap_or_default() as f64
    }

    /// The most fetches of tokens and signing keys of one process in any minute.
    #[must_use]
    pub fn busiest_minute(&self) -> f64 {
        self.busiest_minutes.iter().max().copied().unwrap_or_default() as f64
    }

    /// How many seconds after the end of the trouble the last one was served.
    #[must_use]
    pub fn last_served(&self) -> f64 {
        let waits = self.waits.iter().map(|wait| wait.map_or(f64::INFINITY, |it| it.as_secs_f64()));
        waits.fold(0.0, f64::max)
    }

    /// Asks that succeeded.
    #[must_use]
    pub fn served(&self, ask: Ask, seconds: Range<u64>) -> u64 {
        self.during(seconds).iter().map(|second| u64::from(second.served[ask as usize])).sum()
    }

    /// Asks that failed, but for those in a hurry.
    #[must_use]
    pub fn refused(&self, ask: Ask, seconds: Range<u64>) -> u64 {
        self.during(seconds).iter().map(|second| u64::from(second.refused[ask as usize])).sum()
    }

    /// Valid tokens that were called invalid.
    #[must_use]
    pub fn misjudged(&self, seconds: Range<u64>) -> u64 {
        self.during(seconds).iter().map(|second| u64::from(second.misjudged)).sum()
    }

    /// What the scenario promises, with what was measured.
    #[must_use]
    pub fn promises(&self) -> Vec<Promise> {
        (self.scenario.promises)(self)
    }

    /// Everything that is wrong with this run, in words.
    #[must_use]
    pub fn faults(&self) -> Vec<String> {
        let promises = self.promises().into_iter().filter(|promise| !promise.is_kept());
        let promises = promises.map(|Promise { what, measured, at_most }| {
            format!("{what}: {measured:.3}, and at most {at_most} is promised")
        });
        self.broken.iter().cloned().chain(promises).collect()
    }
}
