//! Fields, a line each.

use crate::text::foreign_text::shown;
use crate::text::style::DIM;

/// Lines of a name and a value; those without a value are left out.
pub(crate) fn lines(fields: impl IntoIterator<Item = (&'static str, String)>) -> String {
    let line =
        |(name, value): (&str, String)| format!("  {DIM}{name:<12}{DIM:#} {}\n", shown(&value));
    fields.into_iter().filter(|(_, value)| !value.is_empty()).map(line).collect()
}
