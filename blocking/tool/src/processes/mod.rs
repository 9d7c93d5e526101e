//! Commands that are run, and signals.

pub(crate) mod child;
pub(crate) mod interrupts;
