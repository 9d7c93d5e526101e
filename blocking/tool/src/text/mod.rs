//! Text for people, and where it goes.

pub(crate) mod foreign_text;
pub(crate) mod lines;
pub(crate) mod logger;
pub(crate) mod standard_streams;
pub(crate) mod style;
pub(crate) mod table;
pub(crate) mod time;
