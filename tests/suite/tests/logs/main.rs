//! What is logged of every request, and that no secret is in it or in anything else that is shown.
//!
//! In a process of its own: a logger is for all of it.

mod capture;
mod content;
mod secrets;
