//! Nondeterminism: every open choice of a run is a roll, and [`explore`] plays all of them.

use std::collections::BTreeMap;

/// The rolls of one run. The same question asked twice in a run gets the same answer: a port does not change
/// its uplink between two frames, a hash of two addresses is a function.
#[derive(Debug, Default)]
pub(super) struct Dice {
    /// What was rolled, and out of how many.
    rolls: Vec<(usize, usize)>,
    /// How many rolls of `rolls` this run has used.
    used: usize,
    remembered: BTreeMap<String, usize>,
}

impl Dice {
    /// One of `0..sides`; `question` names the choice. A choice among one is none.
    pub(super) fn roll(&mut self, question: String, sides: usize) -> usize {
        if sides <= 1 {
            return 0;
        }
        if let Some(answer) = self.remembered.get(&question) {
            return *answer;
        }
        if self.used == self.rolls.len() {
            self.rolls.push((0, sides));
        }
        let (answer, _) = self.rolls[self.used];
        self.used += 1;
        self.remembered.insert(question, answer);
        answer
    }

    /// Turns to the next untried run; false when all are done.
    fn advance(&mut self) -> bool {
        self.rolls.truncate(self.used);
        self.used = 0;
        self.remembered.clear();
        while let Some((answer, sides)) = self.rolls.pop() {
            if answer + 1 < sides {
                self.rolls.push((answer + 1, sides));
                return true;
            }
        }
        false
    }
}

/// What the runs came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    Always,
    Never,
    Sometimes,
}

/// Plays `run` over all rolls; stops as soon as both outcomes were seen.
pub(super) fn explore(mut run: impl FnMut(&mut Dice) -> bool) -> Outcome {
    let mut dice = Dice::default();
    let first = run(&mut dice);
    while dice.advance() {
        if run(&mut dice) != first {
            return Outcome::Sometimes;
        }
    }
    if first { Outcome::Always } else { Outcome::Never }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_combination_is_played_once_and_questions_are_remembered() {
        let mut seen = Vec::new();
        let outcome = explore(|dice| {
            let a = dice.roll("a".into(), 2);
            // Asked only on one branch.
            let b = if a == 1 { dice.roll("b".into(), 3) } else { 9 };
            assert_eq!(dice.roll("a".into(), 2), a);
            seen.push((a, b));
            true
        });
        assert_eq!(seen, [(0, 9), (1, 0), (1, 1), (1, 2)]);
        assert_eq!(outcome, Outcome::Always);
        assert_eq!(explore(|dice| dice.roll("x".into(), 2) == 1), Outcome::Sometimes);
        assert_eq!(explore(|dice| dice.roll("x".into(), 2) == 7), Outcome::Never);
    }
}
