//! Every way in which a test can go: which process has its turn, where one is killed, what is lost.

use std::thread;

/// The decisions of one run. A test asks it wherever things can go more than one way.
#[derive(Debug)]
pub struct Schedule {
    /// What was picked, and out of how many.
    picks: Vec<(usize, usize)>,
    /// How many of them this run has asked for.
    asked: usize,
}

impl Schedule {
    /// A number below `ways`: which of them this run takes.
    ///
    /// # Panics
    ///
    /// When there is no way, or when the test is not the same in each run.
    pub fn pick(&mut self, ways: usize) -> usize {
        assert!(ways > 0, "there is no way to go on");
        if self.asked == self.picks.len() {
            self.picks.push((0, ways));
        }
        let (picked, of) = self.picks[self.asked];
        assert_eq!(of, ways, "a run with the same picks went another way");
        self.asked += 1;
        picked
    }

    /// Yes or no; no at first.
    pub fn decide(&mut self) -> bool {
        self.pick(2) == 1
    }

    /// Moves on to the next run; says whether there is one.
    fn advance(&mut self) -> bool {
        self.asked = 0;
        while let Some((picked, ways)) = self.picks.pop() {
            if picked + 1 < ways {
                self.picks.push((picked + 1, ways));
                return true;
            }
        }
        false
    }
}

/// A run that panics tells its picks, for [`replay`].
impl Drop for Schedule {
    fn drop(&mut self) {
        if thread::panicking() {
            eprintln!("to have this run again: replay(&{:?}, …)", self.picks);
        }
    }
}

/// Runs a test once for every sequence of picks, and says how many those were. The test must be the
/// same each time but for its picks.
pub fn every_schedule(mut test: impl FnMut(&mut Schedule)) -> usize {
    let mut schedule = Schedule { picks: Vec::new(), asked: 0 };
    let mut runs = 0;
    loop {
        test(&mut schedule);
        runs += 1;
        if !schedule.advance() {
            return runs;
        }
    }
}

/// Runs a test once, with the picks that a failing run told.
pub fn replay(picks: &[(usize, usize)], test: impl FnOnce(&mut Schedule)) {
    test(&mut Schedule { picks: picks.to_vec(), asked: 0 });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_sequence_of_picks_has_one_run() {
        let mut seen = Vec::new();
        let runs = every_schedule(|schedule| {
            // The second question depends on the first answer.
            let first = schedule.pick(3);
            let second = if first == 1 { usize::from(schedule.decide()) } else { 7 };
            seen.push((first, second));
        });
        assert_eq!(seen, [(0, 7), (1, 0), (1, 1), (2, 7)]);
        assert_eq!(runs, 4);
    }

    #[test]
    fn a_run_can_be_had_again() {
        replay(&[(2, 3), (1, 2)], |schedule| {
            assert_eq!((schedule.pick(3), schedule.decide()), (2, true));
        });
    }
}
