//! Prints what a fleet goes through, with memory and without.

use std::ops::RangeInclusive;
use std::process::ExitCode;

use clap::Parser;
use descope_simulation::fleet::{Run, Scenario, simulate};
use descope_simulation::{random_scenario, report, scenarios};

/// Simulates a fleet of processes that use the SDK, against an emulated service, in virtual time.
#[derive(Parser)]
#[command(name = "descope-simulation")]
struct Options {
    /// Which scenarios to run; all where none is named
    scenarios: Vec<String>,
    /// How many processes there are
    #[arg(long, default_value_t = 100)]
    processes: usize,
    /// What makes all chances
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Runs so many random combinations of faults instead, one a seed, from the first seed on
    #[arg(long, value_name = "N")]
    seeds: Option<u64>,
    /// Names the scenarios
    #[arg(long)]
    list: bool,
}

fn main() -> ExitCode {
    let options = Options::parse();
    if options.list {
        for scenario in scenarios::all() {
            println!("{:24} {}", scenario.name, scenario.about);
        }
        return ExitCode::SUCCESS;
    }
    if let Some(count) = options.seeds {
        return random_runs(options.seed..=options.seed + count - 1, options.processes);
    }
    let mut chosen = Vec::new();
    for name in &options.scenarios {
        let Some(scenario) = scenarios::named(name) else {
            eprintln!("there is no scenario named {name}; see --list");
            return ExitCode::from(2);
        };
        chosen.push(scenario);
    }
    if chosen.is_empty() {
        chosen = scenarios::all();
    }
    let mut failed = false;
    for scenario in chosen {
        let run = |memory| {
            let scenario = Scenario { memory, ..scenario.clone() };
            simulate(&scenario, options.processes, options.seed)
        };
        let (with, without) = (run(true), run(false));
        println!("{}", report(&with, &without));
        failed |= !with.faults().is_empty();
    }
    exit_code(failed)
}

/// One line for each seed that failed.
fn random_runs(seeds: RangeInclusive<u64>, processes: usize) -> ExitCode {
    let (mut failed, mut requests) = (0_u64, 0.0);
    let runs = seeds.end() + 1 - seeds.start();
    for seed in seeds {
        let run: Run = simulate(&random_scenario(seed), processes, seed);
        requests += run.requests_each(run.whole()) * processes as f64;
        let faults = run.faults();
        if !faults.is_empty() {
            failed += 1;
            println!("seed {seed}: {}", faults.join("; "));
        }
    }
    println!("{runs} runs of {processes} processes, {requests} requests: {failed} failed");
    exit_code(failed > 0)
}

fn exit_code(failed: bool) -> ExitCode {
    if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}
