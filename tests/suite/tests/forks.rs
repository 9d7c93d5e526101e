//! Forked children: what they inherit is not what they use. Without the test harness, whose threads a
//! child would miss.

#[cfg(unix)]
#[path = "forks/unix.rs"]
mod unix;

fn main() {
    #[cfg(unix)]
    unix::run();
    #[cfg(not(unix))]
    println!("skipped: nothing forks here");
}
