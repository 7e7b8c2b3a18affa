//! A tape of numbers as the source of every choice: shrinking the tape shrinks what is built from it.

/// Reads choices off a list of numbers; beyond its end every choice is the first, plainest one.
#[derive(Debug, Clone)]
pub(super) struct Tape<'a> {
    rest: &'a [u16],
}

impl<'a> Tape<'a> {
    pub(super) fn new(numbers: &'a [u16]) -> Self {
        Tape { rest: numbers }
    }
    fn next(&mut self) -> usize {
        match self.rest.split_first() {
            Some((first, rest)) => {
                self.rest = rest;
                usize::from(*first)
            }
            None => 0,
        }
    }
    /// One of `0..bound`; 0 where there is nothing to choose from.
    pub(super) fn below(&mut self, bound: usize) -> usize {
        self.next() % bound.max(1)
    }
    /// True in so many cases of a hundred; false on an empty tape.
    pub(super) fn chance(&mut self, percent: usize) -> bool {
        self.below(100) >= 100 - percent.min(100)
    }
    /// An index by weight; the first on an empty tape.
    pub(super) fn weighted(&mut self, weights: &[usize]) -> usize {
        let mut at = self.below(weights.iter().sum());
        for (index, weight) in weights.iter().enumerate() {
            if at < *weight {
                return index;
            }
            at -= weight;
        }
        0
    }
    /// One of the items.
    pub(super) fn pick<'b, T>(&mut self, items: &'b [T]) -> Option<&'b T> {
        if items.is_empty() { None } else { Some(&items[self.below(items.len())]) }
    }
}
