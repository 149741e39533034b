//! Chance, always from a given seed.

use rand::rngs::Xoshiro256PlusPlus;
use rand::{RngExt, SeedableRng};

/// Dice that fall the same way whenever they are made from the same seed, on every machine and with every version of
/// the library: the generator is named, not "the standard one".
pub struct Dice(Xoshiro256PlusPlus);

impl Dice {
    /// Dice of one seller in the demo of a seed: adding sellers changes nobody's history.
    pub fn of_seller(seed: u64, seller: usize) -> Dice {
        Dice(Xoshiro256PlusPlus::seed_from_u64(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ seller as u64))
    }

    /// True with this probability, 0 to 1.
    pub fn chance(&mut self, probability: f64) -> bool {
        self.unit() < probability
    }

    /// Evenly from 0 up to but not including 1.
    pub fn unit(&mut self) -> f64 {
        self.0.random::<f64>()
    }

    /// Evenly from `low` to `high`, both included.
    pub fn between(&mut self, low: i64, high: i64) -> i64 {
        self.0.random_range(low..=high)
    }

    pub fn pick<'a, T>(&mut self, choices: &'a [T]) -> &'a T {
        &choices[self.0.random_range(0..choices.len())]
    }

    /// One of the choices, each as likely as its weight.
    pub fn pick_weighted<T: Copy>(&mut self, choices: &[(T, f64)]) -> T {
        let mut left = self.unit() * choices.iter().map(|(_, weight)| weight).sum::<f64>();
        for (choice, weight) in choices {
            left -= weight;
            if left < 0.0 {
                return *choice;
            }
        }
        choices[choices.len() - 1].0
    }

    /// A waiting time with this mean.
    pub fn wait(&mut self, mean: f64) -> f64 {
        -mean * (1.0 - self.unit()).ln()
    }

    /// How many of something that comes `mean` times on average.
    pub fn count(&mut self, mean: f64) -> usize {
        let mut count = 0;
        let mut passed = self.wait(1.0);
        while passed < mean {
            count += 1;
            passed += self.wait(1.0);
        }
        count
    }

    /// A size around `median`: as often twice it as half of it, rarely ten times.
    pub fn size(&mut self, median: f64, spread: f64) -> f64 {
        let normal = (-2.0 * (1.0 - self.unit()).ln()).sqrt() * (std::f64::consts::TAU * self.unit()).cos();
        median * (spread * normal).exp()
    }
}
