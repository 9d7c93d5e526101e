//! What is sent again, when, and what a call then says: the rules of the state machine, with no
//! socket and no sleep.

mod attempts;
mod backoff;
mod cooldown;
mod deadlines;
mod judge;
mod license_tier;
mod outcomes;
mod property;
mod retry_after;
mod rules;
mod salvage;
mod wording;
