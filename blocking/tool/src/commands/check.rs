//! `descope-keys check`

use std::time::Duration;

use clap::Args;
use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use descope_blocking::descope_core::Now;
use descope_blocking::{AccessKey, KeyPolicy, KeyRule, SearchAccessKeys};
use serde_json::json;

use crate::app::App;
use crate::failure::{Exit, Failure};
use crate::keys::key_order;
use crate::text::table::{Cell, Fit, render, terminal_width};
use crate::text::time;

/// Check all access keys against a policy
///
/// Each broken rule of a key is a line on standard output. Inactive and expired keys are skipped, since
/// nobody can use them. Nothing is changed.
#[derive(Debug, Args)]
#[command(before_help = "\
Examples:
  descope-keys check
  descope-keys check --expires-within 7d --allow any-address,no-owner --json")]
#[command(after_help = "\
Exit codes:
  1  a key breaks the policy, or could not be checked")]
pub(crate) struct Check {
    /// A key breaks expires-soon when it expires within this time
    #[arg(long, value_name = "DURATION", value_parser = time::duration, default_value = "14d")]
    expires_within: Duration,
    /// A key breaks too-old when it was created longer ago than this
    #[arg(long, value_name = "DURATION", value_parser = time::duration, default_value = "365d")]
    max_age: Duration,
    /// Leave out this rule, or several separated by commas; can be repeated
    #[arg(long, value_name = "RULE", value_delimiter = ',', value_parser = rules())]
    allow: Vec<KeyRule>,
}

fn rules() -> impl TypedValueParser<Value = KeyRule> {
    let values =
        KeyRule::ALL.iter().map(|rule| PossibleValue::new(rule.as_str()).help(asks(*rule)));
    PossibleValuesParser::new(values).map(|name| {
        let rule = KeyRule::ALL.iter().find(|rule| rule.as_str() == name);
        *rule.expect("it is one of these names")
    })
}

/// What a rule asks of a key.
fn asks(rule: KeyRule) -> &'static str {
    match rule {
        KeyRule::NeverExpires => "The key has an expiry",
        KeyRule::ExpiresSoon => "It does not expire soon",
        KeyRule::AnyAddress => "It is bound to IP addresses",
        KeyRule::ProjectRoles => "With tenants, it has no project-level roles",
        KeyRule::TooOld => "It is not too old",
        KeyRule::NoOwner => "It is bound to a user, or the service knows who created it",
        KeyRule::NoDescription => "It has a description",
        _ => "",
    }
}

impl Check {
    pub(crate) fn run(self, app: &App) -> Result<(), Failure> {
        let client = app.client()?;
        let found = client.access_keys().search_readable(&SearchAccessKeys::new())?;
        let mut keys = found.keys;
        key_order::sort(&mut keys, &[]);
        let policy = KeyPolicy::new().expires_within(self.expires_within).max_age(self.max_age);
        let policy = self.allow.iter().copied().fold(policy, KeyPolicy::without);
        let now = client.now();
        let broken: Vec<(&AccessKey, Vec<KeyRule>)> = keys
            .iter()
            .map(|key| (key, policy.broken_by(key, now)))
            .filter(|(_, rules)| !rules.is_empty())
            .collect();
        let value = json!({
            "checked": keys.len(),
            "broken": broken.iter().map(|(key, rules)| json!({
                "id": key.id(),
                "name": key.name(),
                "rules": rules.iter().map(|rule| rule.as_str()).collect::<Vec<_>>(),
            })).collect::<Vec<_>>(),
            "unreadable": found.left_out.iter().map(ToString::to_string).collect::<Vec<_>>(),
            "missing": found.missing,
        });
        app.out.data(&value, || table(&broken, now))?;
        for key in &found.left_out {
            app.out.warn(format_args!("not checked: {key}"));
        }
        let unseen = found.missing + found.left_out.len() as u64;
        let all = keys.len();
        match (broken.len(), unseen) {
            (0, 0) => {
                app.out.note(format_args!("{all} keys checked; none breaks the policy."));
                Ok(())
            }
            (0, 1) => Err(Failure::Found(Exit::Refused, "1 key could not be checked".to_owned())),
            (0, unseen) => {
                Err(Failure::Found(Exit::Refused, format!("{unseen} keys could not be checked")))
            }
            (count, _) => Err(Failure::Found(
                Exit::Refused,
                format!("{count} of {all} keys break the policy"),
            )),
        }
    }
}

/// A line for each rule that a key breaks.
fn table(broken: &[(&AccessKey, Vec<KeyRule>)], now: Now) -> String {
    if broken.is_empty() {
        return String::new();
    }
    let columns = [
        ("ID", Fit::Whole),
        ("NAME", Fit::AtLeast(12)),
        ("RULE", Fit::Whole),
        ("WHY", Fit::AtLeast(16)),
    ];
    let rows = broken.iter().flat_map(|(key, rules)| {
        rules.iter().map(|rule| {
            let why = Cell::new(why(key, *rule, now));
            vec![Cell::new(key.id()), Cell::new(key.name()), Cell::new(rule.as_str()), why]
        })
    });
    render(&columns, rows.collect(), terminal_width())
}

/// What it is about the key that breaks the rule.
fn why(key: &AccessKey, rule: KeyRule, now: Now) -> String {
    let now = now.unix_seconds();
    match rule {
        KeyRule::ExpiresSoon => time::relative(key.expire_time(), now),
        KeyRule::TooOld => format!("created {}", time::relative(key.created_time(), now)),
        KeyRule::ProjectRoles => key.role_names().join(", "),
        KeyRule::NeverExpires => "has no expiry".to_owned(),
        KeyRule::AnyAddress => "permits every address".to_owned(),
        KeyRule::NoOwner => "bound to no user, creator unknown".to_owned(),
        KeyRule::NoDescription => "nothing says what it is for".to_owned(),
        _ => String::new(),
    }
}
