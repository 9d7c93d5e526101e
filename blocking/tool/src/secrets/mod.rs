//! A new secret, from the service into hands that keep it: a file, an output, a command.

pub(crate) mod replacement;
pub(crate) mod replacement_report;
pub(crate) mod secret_output;
