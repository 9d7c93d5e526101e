//! Guides: more than one call's documentation can say.
// They are files too, with links between them. Of two definitions of a link the first counts: here the
// module, elsewhere the file.

/// [outcome-unknown]: outcome_unknown
/// [when-the-program-dies]: when_the_program_dies
#[doc = include_str!("../docs/rotating-keys.md")]
pub mod rotating_keys {}

#[doc = include_str!("../docs/when-the-program-dies.md")]
pub mod when_the_program_dies {}

/// [writing-a-transport]: writing_a_transport
#[doc = include_str!("../docs/validating-on-a-server.md")]
pub mod validating_on_a_server {}

#[doc = include_str!("../docs/testing-offline.md")]
pub mod testing_offline {}

#[doc = include_str!("../docs/writing-a-transport.md")]
pub mod writing_a_transport {}

/// [rotating-keys]: rotating_keys
/// [when-the-program-dies]: when_the_program_dies
#[doc = include_str!("../docs/outcome-unknown.md")]
pub mod outcome_unknown {}
