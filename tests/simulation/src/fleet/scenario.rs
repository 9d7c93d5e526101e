//! What happens to a fleet: who is in it, what goes wrong, and when.

use std::ops::Range;
use std::time::Duration;

use super::{Job, Promise, RequestKind, Run};

/// A fleet and what happens to it. All times are counted from the beginning.
#[derive(Debug, Clone)]
pub struct Scenario {
    /// What it is called on the command line.
    pub name: String,
    /// What happens, in a line.
    pub about: &'static str,
    /// How long it takes.
    pub duration: Duration,
    /// All processes start within this time.
    pub start_within: Duration,
    /// How long a request and its answer take, together.
    pub latency: Duration,
    /// How many requests a process and second the service answers; it tells all others to come back
    /// after a second.
    pub capacity: Option<f64>,
    /// Whether clients remember between calls.
    pub memory: bool,
    /// The workers of a process; the processes take turns with these crews.
    pub crews: Vec<Vec<Job>>,
    /// What goes wrong with requests. The first one that meets a request has it.
    pub episodes: Vec<Episode>,
    /// What happens at one moment.
    pub happenings: Vec<(Duration, Happening)>,
    /// When the trouble is over: from then on it counts how long each worker has to wait.
    pub over: Duration,
    /// What the run must keep to.
    pub promises: fn(&Run) -> Vec<Promise>,
}

/// A time in which something goes wrong with requests.
#[derive(Debug, Clone)]
pub struct Episode {
    /// From when to when.
    pub during: Range<Duration>,
    /// The part of requests that meet it, from 0 to 1.
    pub share: f64,
    /// Of which kinds; of all where there is none.
    pub kinds: Vec<RequestKind>,
    /// What becomes of them.
    pub effect: Effect,
}

/// What becomes of a request.
#[derive(Debug, Clone, Copy)]
pub enum Effect {
    /// The service refuses it: a status, and the seconds of its `Retry-After`.
    Refuse(u16, Option<u64>),
    /// A proxy or a gateway refuses it in the service's place.
    Intercept(u16, Option<u64>),
    /// There is no connection.
    Unreachable,
    /// It is lost, and the connection closed.
    LoseRequest,
    /// It is carried out, and the connection closed before the answer.
    LoseAnswer,
    /// It is carried out, and nothing comes back.
    Silence,
    /// It is carried out, and its answer comes so much later: at least, at most.
    Slow(Duration, Duration),
}

/// What happens at one moment.
#[derive(Debug, Clone, Copy)]
pub enum Happening {
    /// The service signs with a new key; the old ones stay in the set.
    RotateSigningKey,
    /// The old signing keys leave the set.
    RetireSigningKeys,
    /// The access key that all processes have is deactivated.
    RevokeAccessKey,
    /// It is activated again.
    RestoreAccessKey,
    /// One process in so many is suspended for this time: its monotonic clock stands.
    Suspend(usize, Duration),
    /// One process in so many dies and is started again.
    Restart(usize),
    /// Every process has so many pooled connections that are dead.
    ConnectionsDie(usize),
}

impl Scenario {
    /// A fleet in which every process has these workers, and nothing happens.
    #[must_use]
    pub fn new(name: impl Into<String>, about: &'static str, crew: Vec<Job>) -> Self {
        Self {
            name: name.into(),
            about,
            duration: Duration::from_secs(3600),
            start_within: Duration::from_secs(1),
            latency: Duration::from_millis(50),
            capacity: None,
            memory: true,
            crews: vec![crew],
            episodes: Vec::new(),
            happenings: Vec::new(),
            over: Duration::ZERO,
            promises: |_| Vec::new(),
        }
    }

    /// Of so many seconds.
    #[must_use]
    pub fn lasting(self, seconds: u64) -> Self {
        Self { duration: Duration::from_secs(seconds), ..self }
    }

    /// With a further kind of process.
    #[must_use]
    pub fn crew(mut self, crew: Vec<Job>) -> Self {
        self.crews.push(crew);
        self
    }

    /// With trouble for all requests from one second to another.
    #[must_use]
    pub fn trouble(self, seconds: Range<u64>, effect: Effect) -> Self {
        self.episode(Episode::new(seconds, effect))
    }

    /// With an episode, after whose end the trouble is over.
    #[must_use]
    pub fn episode(mut self, episode: Episode) -> Self {
        self.over = self.over.max(episode.during.end);
        self.episodes.push(episode);
        self
    }

    /// With the trouble over at this second.
    #[must_use]
    pub fn over_at(self, second: u64) -> Self {
        Self { over: Duration::from_secs(second), ..self }
    }

    /// With something that happens at this second.
    #[must_use]
    pub fn at(mut self, second: u64, happening: Happening) -> Self {
        self.happenings.push((Duration::from_secs(second), happening));
        self
    }

    /// With what the run must keep to.
    #[must_use]
    pub fn promising(self, promises: fn(&Run) -> Vec<Promise>) -> Self {
        Self { promises, ..self }
    }
}

impl Episode {
    /// All requests from one second to another.
    #[must_use]
    pub fn new(seconds: Range<u64>, effect: Effect) -> Self {
        let during = Duration::from_secs(seconds.start)..Duration::from_secs(seconds.end);
        Self { during, share: 1.0, kinds: Vec::new(), effect }
    }

    /// A part of them alone.
    #[must_use]
    pub fn share(self, share: f64) -> Self {
        Self { share, ..self }
    }

    /// Those of a kind alone.
    #[must_use]
    pub fn on(mut self, kind: RequestKind) -> Self {
        self.kinds.push(kind);
        self
    }

    pub(crate) fn may_meet(&self, kind: RequestKind, at: Duration) -> bool {
        self.during.contains(&at) && (self.kinds.is_empty() || self.kinds.contains(&kind))
    }
}
