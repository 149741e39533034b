//! What the steps of a test run came to.

use std::time::Instant;

use crate::shell::Result;

/// Passed and failed so far.
#[derive(Default)]
pub struct Report {
    passed: usize,
    failed: usize,
    failures: Vec<String>,
}

/// Tests of one step.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Tests that held.
    pub passed: usize,
    /// Tests that did not hold, could not run or held only when tried again.
    pub failed: usize,
}

impl Report {
    /// Runs a step that holds or does not hold as a whole.
    pub fn check(&mut self, name: &str, step: impl FnOnce() -> Result) {
        self.count(name, || step().map(|()| Counts { passed: 1, failed: 0 }));
    }

    /// Runs a step that counts its own tests.
    pub fn count(&mut self, name: &str, step: impl FnOnce() -> Result<Counts>) {
        println!("\n── {name}");
        let started = Instant::now();
        let counts = step().unwrap_or_else(|problem| {
            eprintln!("{problem}");
            Counts { passed: 0, failed: 1 }
        });
        let seconds = started.elapsed().as_secs_f64();
        let Counts { passed, failed } = counts;
        println!("── {name}: {passed} passed, {failed} failed in {seconds:.1} s");
        self.passed += passed;
        self.failed += failed;
        if failed > 0 {
            self.failures.push(format!("{name} ({failed})"));
        }
    }

    /// Prints the sums on a line of their own; an error when anything failed.
    pub fn finish(self) -> Result {
        println!();
        if !self.failures.is_empty() {
            println!("Failed: {}", self.failures.join(", "));
        }
        println!("{} passed, {} failed", self.passed, self.failed);
        if self.failed == 0 { Ok(()) } else { Err("Not everything holds.".into()) }
    }
}

/// How a test runner writes its result.
#[derive(Clone, Copy)]
pub enum Runner {
    /// `Summary [ 1.1s] 6 tests run: 5 passed (1 slow), 1 failed, 0 skipped`
    Nextest,
    /// `test result: ok. 5 passed; 1 failed; …`, once per binary
    CargoTest,
    /// `Tests  1 failed | 11 passed (12)`
    Vitest,
    /// `1 failed` and `11 passed (3.2s)`, on lines of their own
    Playwright,
}

impl Runner {
    /// The counts in a runner's output; `None` when it ran no test.
    pub fn counts(self, output: &str) -> Option<Counts> {
        let mut counts = Counts::default();
        for line in output.lines().filter(|line| self.is_summary(line)) {
            counts.passed += number_before(line, "passed");
            for word in ["failed", "timed", "flaky", "interrupted", "did"] {
                counts.failed += number_before(line, word);
            }
        }
        (counts != Counts::default()).then_some(counts)
    }

    fn is_summary(self, line: &str) -> bool {
        let line = line.trim();
        match self {
            Self::Nextest => line.starts_with("Summary ["),
            Self::CargoTest => line.starts_with("test result:"),
            Self::Vitest => line.starts_with("Tests "),
            Self::Playwright => {
                let mut words = line.split(' ');
                words.next().is_some_and(|number| number.parse::<usize>().is_ok())
                    && words
                        .next()
                        .is_some_and(|word| ["passed", "failed", "flaky", "interrupted", "did"].contains(&word))
            }
        }
    }
}

/// The number in `5 passed`, `5 timed out`, `5 did not run`; 0 when there is none.
fn number_before(line: &str, word: &str) -> usize {
    let words: Vec<&str> = line.split([' ', ',', ';']).filter(|part| !part.is_empty()).collect();
    let number = words.windows(2).find(|pair| pair[1] == word).and_then(|pair| pair[0].parse().ok());
    number.unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::{Counts, Runner};

    #[test]
    fn reads_what_runners_write() {
        let cases = [
            (
                Runner::Nextest,
                "     Summary [   1.1s] 9 tests run: 5 passed (1 slow), 2 failed, 2 timed out, 0 skipped\n",
                5,
                4,
            ),
            (
                Runner::CargoTest,
                "test result: ok. 5 passed; 0 failed; 0 ignored\nx\ntest result: FAILED. 1 passed; 2 failed; 0",
                6,
                2,
            ),
            (Runner::Vitest, " Test Files  1 failed | 2 passed (3)\n      Tests  1 failed | 11 passed (12)\n", 11, 1),
            (Runner::Playwright, "Running 4 tests\n  1 failed\n    a › b\n  1 did not run\n  2 passed (3.2s)\n", 2, 2),
        ];
        for (runner, output, passed, failed) in cases {
            assert_eq!(runner.counts(output), Some(Counts { passed, failed }), "{output}");
        }
        assert_eq!(Runner::Vitest.counts("No test files found"), None);
    }
}
