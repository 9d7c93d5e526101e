//! One file a command.

pub(crate) mod activate;
pub(crate) mod check;
pub(crate) mod completions;
pub(crate) mod create;
pub(crate) mod deactivate;
pub(crate) mod delete;
pub(crate) mod emulator;
pub(crate) mod exchange;
pub(crate) mod exec;
pub(crate) mod find_unconfirmed;
pub(crate) mod leaked;
pub(crate) mod load;
pub(crate) mod replace;
pub(crate) mod retire_due;
pub(crate) mod rotate;
pub(crate) mod search;
pub(crate) mod token;
pub(crate) mod unfinished;
pub(crate) mod update;
pub(crate) mod validate;
pub(crate) mod whoami;
