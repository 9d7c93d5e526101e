//! The SDK's log on standard error: its warnings, and with `--verbose` each request. Its lines hold no
//! secret; those of other crates are left out, as nobody promises that of them.

use log::{Level, LevelFilter, Log, Metadata, Record};

use crate::text::standard_streams::tell;
use crate::text::style::{DIM, YELLOW};

struct Stderr;

impl Log for Stderr {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target().starts_with("descope")
    }

    fn log(&self, record: &Record<'_>) {
        if !self.enabled(record.metadata()) {
            return;
        }
        // A line that cannot be written is no reason to fail.
        drop(match record.level() {
            Level::Error | Level::Warn => {
                tell(format_args!("{YELLOW}warning:{YELLOW:#} {}", record.args()))
            }
            _ => tell(format_args!("{DIM}{}{DIM:#}", record.args())),
        });
    }

    fn flush(&self) {}
}

pub(crate) fn start(verbose: bool) {
    if log::set_logger(&Stderr).is_ok() {
        log::set_max_level(if verbose { LevelFilter::Debug } else { LevelFilter::Warn });
    }
}
