//! `--verbose`: the SDK's log on standard error. Its lines hold no secret; those of other crates
//! are left out, as nobody promises that of them.

use log::{LevelFilter, Log, Metadata, Record};

use crate::output::DIM;

struct Stderr;

impl Log for Stderr {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target().starts_with("descope")
    }

    fn log(&self, record: &Record<'_>) {
        if self.enabled(record.metadata()) {
            anstream::eprintln!("{DIM}{}{DIM:#}", record.args());
        }
    }

    fn flush(&self) {}
}

pub(crate) fn start(verbose: bool) {
    if verbose && log::set_logger(&Stderr).is_ok() {
        log::set_max_level(LevelFilter::Debug);
    }
}
