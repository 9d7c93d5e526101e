//! A small deterministic mutator, so that what a fuzzer runs is run by every test run too.

use crate::random::Random;

/// What JSON, JOSE, HTTP and URLs are sensitive to.
const WORDS: [&str; 46] = [
    "{",
    "}",
    "[",
    "]",
    "\"",
    ":",
    ",",
    "\\",
    "\\u0061",
    "\\ud800",
    "null",
    "true",
    "-1",
    "1e999",
    "9007199254740993",
    "0.5",
    " ",
    "\n",
    "\u{e9}",
    "\u{0}",
    "[[[[",
    "\"exp\":1,",
    "\"roles\":",
    "\"tenants\":",
    "\"dct\":\"acme\",",
    "\"nsec\":{}",
    "\"cnf\":{},",
    "\"kid\":",
    "\"alg\":\"none\"",
    "\"crit\":[]",
    "\"d\":1,",
    ".",
    "..",
    "/",
    "%2e",
    "=",
    "\"cleartext\":\"x\",",
    "\"id\":\"K2\",",
    "\"keys\":[null],",
    "<html>",
    "//",
    "@",
    "#",
    "?",
    "99999999999999999999",
    "GMT",
];

/// One to four changes: a bit, a byte, a part left out, repeated or moved, or a word put in.
#[must_use]
pub fn mutate(seed: &[u8], random: &mut Random) -> Vec<u8> {
    let mut data = seed.to_vec();
    let below = |random: &mut Random, bound: usize| random.below(bound as u64) as usize;
    for _ in 0..=random.below(4) {
        let at = below(random, data.len().max(1));
        let to = at + below(random, (data.len() - at).clamp(1, 12));
        match random.below(6) {
            0 if !data.is_empty() => data[at] ^= 1 << random.below(8),
            1 if !data.is_empty() => data[at] = random.below(256) as u8,
            2 => drop(data.drain(at..to)),
            3 => {
                let part = data[at..to].to_vec();
                let place = below(random, data.len() + 1);
                data.splice(place..place, part);
            }
            _ => {
                let word = random.pick(&WORDS).bytes();
                drop(data.splice(at..at, word));
            }
        }
    }
    data
}

/// Runs an entry point on so many mutations of the seeds, in turn.
pub fn under_mutation(seeds: &[String], times: usize, entry: fn(&[u8])) {
    let mut random = Random::new(7);
    for turn in 0..times {
        entry(&mutate(seeds[turn % seeds.len()].as_bytes(), &mut random));
    }
}
