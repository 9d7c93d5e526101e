//! Replacements that are killed at every point, and two of them at once.

mod cuts;
mod deployments;
mod pages;
mod runs_at_once;
mod setting;
mod strangers;
