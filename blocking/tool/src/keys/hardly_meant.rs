//! Arguments that the service takes, and that are hardly meant: where somebody can be asked, they are.

use descope_blocking::Client;
use descope_blocking::descope_core::Endpoint;

use crate::app::App;
use crate::failure::Failure;

/// Asks on a terminal. Elsewhere the SDK's log warns, and it goes out as given.
pub(crate) fn ask_if_meant(
    app: &App,
    client: &Client,
    endpoint: &impl Endpoint,
) -> Result<(), Failure> {
    let warnings = endpoint.warnings(client.now());
    if warnings.is_empty() || app.input.can_ask().is_err() {
        return Ok(());
    }
    let lines: String = warnings.iter().map(|warning| format!("{warning}.\n")).collect();
    match app.input.ask(&format!("{lines}Is this meant? [y/N] "))? {
        true => Ok(()),
        false => Err(Failure::Declined),
    }
}
