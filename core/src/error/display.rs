//! How an error reads.

use core::error::Error as StdError;
use core::fmt;

use super::Error;
use crate::base::Outcome;

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let inner = &*self.0;
        if let Some(operation) = inner.operation {
            write!(f, "{}", operation.name)?;
            if let Some(target) = &inner.target {
                write!(f, " {target}")?;
            }
            f.write_str(": ")?;
        }
        if let Some(field) = inner.field {
            write!(f, "{field} ")?;
        }
        if inner.remembered {
            f.write_str("not retried yet after an earlier failure: ")?;
        }
        f.write_str(&inner.what)?;
        #[cfg(feature = "jwt")]
        if let Some(reason) = &inner.token {
            write!(f, ": {reason}")?;
        }
        if let Some(answer) = &inner.answer {
            answer.fmt(f)?;
        }
        if inner.attempts > 1 {
            write!(f, "; tried {} times", inner.attempts)?;
        }
        if let Some(wait) = inner.wait {
            let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
            write!(f, "; next try in {seconds} s")?;
        }
        match &inner.unknown {
            Some(unknown) => write!(f, "; OUTCOME UNKNOWN: {}", unknown.in_doubt())?,
            None if inner.operation.is_some() && inner.outcome == Outcome::NotSent => {
                f.write_str("; nothing was sent")?;
            }
            None => {}
        }
        Ok(())
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let inner = &*self.0;
        let mut debug = f.debug_struct("Error");
        debug
            .field("kind", &inner.kind)
            .field("outcome", &inner.outcome)
            .field("message", &format_args!("{self}"))
            .field("attempts", &inner.attempts);
        if let Some(unknown) = &inner.unknown {
            debug.field("unknown", unknown);
        }
        if let Some(source) = &inner.source {
            debug.field("source", source);
        }
        debug.finish_non_exhaustive()
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        let source: &(dyn StdError + 'static) = self.0.source.as_deref()?;
        Some(source)
    }
}
