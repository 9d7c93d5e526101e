//! What was probably meant by a command line that clap does not understand.

use std::ffi::OsString;

use clap::Error;
use clap::builder::StyledStr;
use clap::error::{ContextKind, ContextValue, ErrorKind};

/// Puts a tip in place of clap's, where there is a better one.
pub(super) fn add(error: &mut Error, arguments: &[OsString]) {
    let text = |kind| match error.get(kind) {
        Some(ContextValue::StyledStr(text)) => Some(text.to_string()),
        Some(ContextValue::String(text)) => Some(text.clone()),
        Some(ContextValue::Strings(texts)) => texts.first().cloned(),
        _ => None,
    };
    let (Some(usage), Some(argument)) = (text(ContextKind::Usage), text(ContextKind::InvalidArg))
    else {
        return;
    };
    let usage = anstream::adapter::strip_str(&usage).to_string();
    let is_of = |command: &str| usage.contains(&format!("descope-keys {command} "));
    let takes_command = ["exec", "replace", "leaked"].into_iter().any(is_of);
    let tip = match (error.kind(), argument.as_str()) {
        (ErrorKind::UnknownArgument, word) if takes_command && !word.starts_with('-') => {
            if arguments.iter().any(|argument| argument == "--") {
                return;
            }
            "put -- before the command"
        }
        (ErrorKind::UnknownArgument, "--expires-in" | "--expires-at" | "--never-expires")
            if is_of("update") =>
        {
            "the expiry of a key cannot be changed: use `descope-keys replace --expires-in`"
        }
        (ErrorKind::UnknownArgument, "--name") if is_of("create") || is_of("find-unconfirmed") => {
            "the name is given without --name"
        }
        (ErrorKind::MissingRequiredArgument, argument) if argument.starts_with("--sent") => {
            "with --marker MARKER the times are not needed"
        }
        _ => return,
    };
    let tip = ContextValue::StyledStrs(vec![StyledStr::from(tip)]);
    error.insert(ContextKind::Suggested, tip);
}
