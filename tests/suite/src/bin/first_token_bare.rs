//! The same two requests on bare ureq. For the benchmark of start-up.

use descope_suite::bare;

fn main() {
    let base_url = std::env::var("DESCOPE_BASE_URL").unwrap();
    let server = base_url.trim_start_matches("http://").parse().unwrap();
    let agent = bare::agent();
    let token = bare::exchange(&agent, server);
    bare::public_key(&agent, server).verify_token(&token);
    println!("{}", token.len());
}
