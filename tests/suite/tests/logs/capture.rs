//! A logger that keeps everything, told apart by thread.

use std::sync::{Mutex, Once, PoisonError};
use std::thread::{self, ThreadId};

use log::{Level, LevelFilter, Log, Metadata, Record};

/// One line, as a logger would print it.
#[derive(Debug, Clone)]
pub(crate) struct Line {
    pub(crate) level: Level,
    pub(crate) target: String,
    pub(crate) text: String,
    thread: ThreadId,
}

struct Capture(Mutex<Vec<Line>>);

static CAPTURE: Capture = Capture(Mutex::new(Vec::new()));

impl Log for Capture {
    /// All that this project logs, and what it is made of up to the level that may be left on.
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target().starts_with("descope") || metadata.level() <= Level::Debug
    }

    fn log(&self, record: &Record<'_>) {
        if self.enabled(record.metadata()) {
            self.0.lock().unwrap_or_else(PoisonError::into_inner).push(Line {
                level: record.level(),
                target: record.target().to_owned(),
                text: record.args().to_string(),
                thread: thread::current().id(),
            });
        }
    }

    fn flush(&self) {}
}

/// Begins to keep what is logged.
pub(crate) fn start() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        log::set_logger(&CAPTURE).unwrap();
        log::set_max_level(LevelFilter::Trace);
    });
}

/// What any thread has logged so far.
pub(crate) fn all() -> Vec<Line> {
    CAPTURE.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
}

/// What this thread has logged of the SDK so far.
pub(crate) fn own() -> Vec<Line> {
    let own = thread::current().id();
    all()
        .into_iter()
        .filter(|line| line.thread == own && line.target.starts_with("descope"))
        .collect()
}
