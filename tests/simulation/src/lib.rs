//! Many processes on one virtual clock, against an emulated service: a run takes no real time, and is
//! the same each time.
//!
//! - [`Task`] is what a process does: machines of the core, one after the other.
//! - [`Process`] takes one task a step at a time. It can be killed before and after each request and
//!   answer.
//! - [`World`] is the service and the time. It can be asked for the service's state at every point.
//! - [`every_schedule`] runs a test with every order of steps and every cut that it leaves open.
//! - [`fleet`] has hundreds of processes ask all day, and things go wrong: see [`scenarios`].

pub mod fleet;
mod plot;
mod process;
mod random_scenario;
mod report;
pub mod scenarios;
mod schedule;
mod task;
mod world;

pub use process::Process;
pub use random_scenario::random_scenario;
pub use report::report;
pub use schedule::{Schedule, every_schedule, replay};
pub use task::{OnReply, OnWake, Task};
pub use world::World;
