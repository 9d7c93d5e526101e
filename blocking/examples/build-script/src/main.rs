//! A program with settings that were fetched when it was built.

const SETTINGS: &str = include_str!(concat!(env!("OUT_DIR"), "/settings.txt"));

fn main() {
    match SETTINGS {
        "" => println!("built with no settings: SETTINGS_URL was not set"),
        settings => println!("built with these settings:\n{settings}"),
    }
}
