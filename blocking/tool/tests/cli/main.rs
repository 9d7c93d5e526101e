//! The program from outside, against an emulator: what it prints where, and how it ends.

mod batches;
mod cache;
mod check;
mod completions;
mod create;
mod emulator;
mod exec;
mod exit_codes;
mod find_unconfirmed;
mod hardly_meant;
mod help;
mod intermediaries;
#[cfg(unix)]
mod interrupts;
mod leaked;
mod load_and_update;
#[cfg(unix)]
mod lost_secrets;
mod misplaced_secrets;
#[cfg(target_os = "linux")]
mod no_threads;
mod recipes;
mod replace;
mod replace_again;
mod rotate;
mod search;
mod secrets;
mod sessions;
mod settings;
mod validate;
mod whoami;
mod world;
