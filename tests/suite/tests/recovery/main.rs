//! After a create of unknown outcome, and before a rotation that strands nobody.

mod twin;
mod unconfirmed;
