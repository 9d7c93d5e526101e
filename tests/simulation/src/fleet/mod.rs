//! A fleet of processes that ask all day, what happens to it, and what came of it.

mod event;
mod job;
mod landings;
mod member;
mod promise;
mod request_kind;
mod rules;
mod run;
mod scenario;
mod service;
mod simulate;
mod worker;

pub use job::{Ask, Job};
pub use promise::Promise;
pub use request_kind::RequestKind;
pub use run::{Run, Second};
pub use scenario::{Effect, Episode, Happening, Scenario};
pub use simulate::simulate;
