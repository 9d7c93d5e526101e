//! What can be a credential.

use crate::base::Secret;
use crate::error::Error;

/// The text as a bearer credential: white space around it trimmed (a key read from a file often ends
/// in a newline), and refused, without being shown, when what is left is empty or holds anything but
/// visible ASCII.
pub(crate) fn credential<'a>(secret: &'a Secret, field: &'static str) -> Result<&'a str, Error> {
    let text = secret.expose().trim();
    if text.is_empty() {
        return Err(Error::invalid_argument(field, "is empty"));
    }
    if !text.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(Error::invalid_argument(
            field,
            "holds a character other than visible ASCII (not shown here); was something pasted \
             with it?",
        ));
    }
    Ok(text)
}
