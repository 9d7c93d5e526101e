//! Commands that are run, and signals.

pub(crate) mod child;
#[cfg(unix)]
mod ignored_signals;
pub(crate) mod interrupts;
