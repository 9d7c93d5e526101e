//! What stands on the command line, read and checked.

pub(crate) mod expiry_args;
pub(crate) mod field_args;
pub(crate) mod misplaced_secret;
pub(crate) mod value_parsers;
