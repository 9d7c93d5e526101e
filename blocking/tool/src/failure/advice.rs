//! What to do after a failure, as commands to type.

use descope_blocking::descope_core::{Class, Target};
use descope_blocking::{Error, ErrorKind, OutcomeUnknown, ReplaceError};

use crate::failure::own_words::run_again;
use crate::failure::{Failure, Interrupted, LostSecret};
use crate::text::foreign_text::shown;
use crate::text::time;

/// What to do next, where there is more to say than the message does.
pub(crate) fn advice(failure: &Failure) -> Option<String> {
    match failure {
        Failure::Replace { id, error } => replacement(id, error),
        Failure::Unidentified(_) => Some(
            "So it cannot be told which key this is: one that is inactive, has expired, or may not be \
             used\nfrom this address, or none of this project. `descope-keys search` lists all keys."
                .to_owned(),
        ),
        Failure::SecretLost(LostSecret { key_id: Some(id), .. }) => {
            let id = quoted(id);
            Some(format!(
                "The key is there, and nobody has its secret. For a new one, or no key:\n  \
                 descope-keys rotate {id}\n  descope-keys delete {id}"
            ))
        }
        Failure::Interrupted(interrupted) => Some(interrupted.advice.clone()),
        Failure::SecretLost(_) => after_one_shot(failure.error()?),
        _ => {
            let error = failure.error()?;
            let arrived = || error.cleartext().map(|_| after_arrival(error));
            settings(error).or_else(arrived).or_else(|| after_one_shot(error))
        }
    }
}

/// After a replacement that did not end well. Its secret goes to the command alone, so it is of no use
/// here.
fn replacement(id: &str, error: &ReplaceError) -> Option<String> {
    let again = format!("descope-keys replace {} --resume -- COMMAND", quoted(id));
    match error {
        ReplaceError::Read(error) => settings(error),
        ReplaceError::Create(error) => settings(error).or_else(|| {
            let find = find(error.outcome_unknown()?)?;
            Some(format!(
                "See whether a new key was made all the same, now and in two minutes:\n  {find}\n\
                 The next run retires what this finds. {}:\n  {again}",
                run_again()
            ))
        }),
        ReplaceError::SuccessorLeft { successor, .. } => Some(format!(
            "When it is clear what went wrong:\n  descope-keys delete {}",
            quoted(successor)
        )),
        ReplaceError::MayBeDeployed { .. } | ReplaceError::OldLeft { .. } => {
            Some(format!("When it is clear what went wrong:\n  {again}"))
        }
        ReplaceError::Busy { left, .. } => {
            let left = left.iter().map(|left| format!("\n  descope-keys delete {}", quoted(left)));
            let left: String = left.collect();
            Some(format!("Wait until that run has ended. {}:\n  {again}{left}", run_again()))
        }
        ReplaceError::Unfinished { of, .. } => {
            Some(format!("  descope-keys replace {} -- COMMAND", quoted(of)))
        }
        ReplaceError::AlreadyReplaced { due: Some(due), .. } => Some(format!(
            "That is {}; then `descope-keys retire-due` retires it.",
            time::absolute(*due)
        )),
        ReplaceError::TooMany { .. } => Some(
            "When it is clear which key is in use, deactivate the others:\n  \
             descope-keys unfinished"
                .to_owned(),
        ),
        _ => None,
    }
}

/// What an interrupted replacement leaves. `new` is the key whose secret was handed out.
pub(crate) fn interrupted_replacement(id: &str, new: Option<&str>) -> Interrupted {
    let what = match new {
        Some(new) => format!(
            "the secret of the new key {} was handed to the command, and may be deployed; the old key \
             {id} may be active still",
            shown(new)
        ),
        None => format!("nothing was deployed; there may be a new key beside {id}"),
    };
    let advice = format!(
        "`descope-keys unfinished` lists it. {}:\n  descope-keys replace {} --resume -- COMMAND",
        run_again(),
        quoted(id)
    );
    Interrupted { what, left: new.map(str::to_owned), advice }
}

/// The secret did arrive, of the key that was asked for or of another one.
fn after_arrival(error: &Error) -> String {
    match (error.target(), error.cleartext_id()) {
        (Some(Target::Id(asked)), Some(answered)) if answered != asked => format!(
            "The secret that arrived is that of another key, {}. See what became of the one asked \
             for:\n  descope-keys load {}",
            quoted(answered),
            quoted(asked)
        ),
        _ => "The secret did arrive, so the key is there and can be used.".to_owned(),
    }
}

/// A setting that is missing.
fn settings(error: &Error) -> Option<String> {
    let text = match error.kind() {
        ErrorKind::MissingCredential => {
            "Set DESCOPE_MANAGEMENT_KEY, or give --management-key-file FILE."
        }
        ErrorKind::InvalidArgument if error.field() == Some("DESCOPE_PROJECT_ID") => {
            "Set it, or give --project-id ID, or try it with --emulator."
        }
        _ => return None,
    };
    Some(text.to_owned())
}

/// After a create or rotate whose outcome is unknown.
fn after_one_shot(error: &Error) -> Option<String> {
    let unknown = error.outcome_unknown()?;
    if let Some(find) = find(unknown) {
        return Some(after_create(&find));
    }
    match unknown.target.as_ref()? {
        Target::Id(id) if unknown.operation.class == Class::OneShot => Some(after_rotate(id)),
        _ => None,
    }
}

/// What an interrupted create leaves, which was sent at this time.
pub(crate) fn interrupted_create(
    name: &str,
    marker: Option<&str>,
    sent: i64,
    now: i64,
) -> Interrupted {
    Interrupted {
        what: format!(
            "the key {} may have been created, and nobody has its secret. Do not just create it again",
            shown(name)
        ),
        left: None,
        advice: after_create(&find_command(name, marker, sent, now)),
    }
}

/// What an interrupted rotate leaves.
pub(crate) fn interrupted_rotate(id: &str) -> Interrupted {
    Interrupted {
        what: format!("the old secret of {id} may be dead, and nobody has the new one"),
        left: None,
        advice: after_rotate(id),
    }
}

fn after_create(find: &str) -> String {
    format!(
        "See whether it is there, now and in two minutes:\n  {find}\n\
         For a key that this finds, `descope-keys rotate ID` gives a new secret, and \
         `descope-keys delete ID` removes it."
    )
}

fn after_rotate(id: &str) -> String {
    format!(
        "See whether the old secret still works:\n  descope-keys exchange --access-key-file FILE\n\
         If it is refused, `descope-keys rotate {}` gives a new one, once a minute has passed.",
        quoted(id),
    )
}

/// The command that looks for the key that a create may have made.
fn find(unknown: &OutcomeUnknown) -> Option<String> {
    let (name, marker) = match unknown.target.as_ref()? {
        Target::Name(name) => (name, None),
        Target::Marked { name, marker } => (name, Some(marker.as_str())),
        _ => return None,
    };
    let (sent, failed) = (unknown.sent.unix_seconds(), unknown.failed.unix_seconds());
    Some(find_command(name, marker, sent, failed))
}

fn find_command(name: &str, marker: Option<&str>, sent: i64, failed: i64) -> String {
    let [sent, failed] = [sent, failed].map(time::absolute);
    let marker = marker.map(|it| format!(" --marker {}", quoted(it))).unwrap_or_default();
    let name = quoted(name);
    format!("descope-keys find-unconfirmed {name} --sent {sent} --failed {failed}{marker}")
}

/// A word for a shell.
fn quoted(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:@".contains(c);
    let text = shown(text);
    if text.chars().all(plain) { text } else { format!("'{}'", text.replace('\'', "'\\''")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_one_for_a_shell() {
        for (text, word) in [
            ("ci-deployer", "ci-deployer"),
            ("two words", "'two words'"),
            ("$(it's)", r"'$(it'\''s)'"),
            ("a\nb", "'a\u{fffd}b'"),
        ] {
            assert_eq!(quoted(text), word);
        }
    }
}
