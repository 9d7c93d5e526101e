//! When a key ends: one of three options.

use std::time::Duration;

use clap::Args;
use descope_blocking::Expiry;

use crate::text::time;

#[derive(Debug, Default, Args)]
#[group(multiple = false)]
pub(crate) struct ExpiryArgs {
    /// The key expires after this time, such as 30d
    #[arg(long, value_name = "DURATION", value_parser = time::duration)]
    expires_in: Option<Duration>,
    /// The key expires at this time, such as 2027-01-31T00:00:00Z
    #[arg(long, value_name = "TIME", value_parser = time::time)]
    expires_at: Option<i64>,
    /// The key does not expire
    #[arg(long)]
    never_expires: bool,
}

impl ExpiryArgs {
    pub(crate) fn expiry(&self) -> Option<Expiry> {
        match (self.expires_in, self.expires_at, self.never_expires) {
            (Some(duration), ..) => Some(Expiry::In(duration)),
            (_, Some(unix), _) => Some(Expiry::AtUnix(unix)),
            (.., true) => Some(Expiry::Never),
            (.., false) => None,
        }
    }
}
