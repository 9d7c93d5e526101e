//! Every scenario with a small fleet.

use descope_simulation::fleet::simulate;
use descope_simulation::{random_scenario, scenarios};

/// Runs a scenario, and asserts that its promises and the rules over all are kept.
fn holds(name: &str, processes: usize) {
    let scenario = scenarios::named(name).expect("its name");
    let run = simulate(&scenario, processes, 1);
    let faults = run.faults();
    assert!(faults.is_empty(), "{name}, seed 1: {faults:#?}");
}

macro_rules! scenarios {
    ($($test:ident: $name:literal, $processes:literal;)*) => {
        $(
            #[test]
            fn $test() {
                holds($name, $processes);
            }
        )*

        #[test]
        fn every_scenario_has_its_test() {
            let mut tested = [$($name),*];
            let mut all: Vec<String> = scenarios::all().into_iter().map(|it| it.name).collect();
            tested.sort_unstable();
            all.sort_unstable();
            assert_eq!(all, tested);
        }
    };
}

scenarios! {
    a_steady_day: "steady", 2;
    an_outage_and_recovery: "outage", 60;
    an_outage_with_no_tokens_at_hand: "outage-tokens", 40;
    an_outage_with_no_signing_keys_at_hand: "outage-validators", 20;
    a_storm_of_429: "rate-limited", 40;
    a_revoked_key: "revoked", 20;
    a_peer_that_refuses_every_token: "refused-by-a-peer", 4;
    signing_keys_rotated_with_and_without_notice: "rotation", 2;
    forged_tokens_among_honest_ones: "forged", 2;
    a_cold_start_at_a_tenth_of_the_capacity: "cold-start", 40;
    a_service_that_loses_answers: "lost-answers", 10;
    half_of_the_fleet_suspended_for_a_night: "suspended", 6;
    slow_answers_near_the_deadline: "slow", 4;
    managers_that_create_and_rotate_under_all_of_it: "managers", 10;
    one_impatient_caller_among_patient_ones: "impatient", 1;
    an_absurd_pause: "absurd-pause", 15;
    an_absurd_pause_on_a_proxys_word: "absurd-pause-of-a-proxy", 15;
    connections_of_16_threads_that_die_at_once: "dead-connections", 4;
}

#[test]
fn random_combinations() {
    for seed in 1..=4 {
        let run = simulate(&random_scenario(seed), 4, seed);
        let faults = run.faults();
        assert!(faults.is_empty(), "seed {seed}: {faults:#?}");
    }
}

#[test]
fn one_seed_gives_one_run() {
    let scenario = scenarios::named("managers").unwrap();
    let digest = |seed| simulate(&scenario, 5, seed).digest;
    assert_eq!(digest(1), digest(1));
    assert_ne!(digest(1), digest(2));
}
