//! Safety claims of reachability and plans, judged by the referee on random hosts.
//!
//! The cases are the same in every run; `PROPTEST_RNG_SEED` takes other ones and `PROPTEST_CASES` more of them.

mod agreement;
mod complete;
mod directed;
mod planning;

use proptest::test_runner::{Config, FileFailurePersistence, RngSeed};

/// The same cases every time, unless the environment asks for others.
fn config() -> Config {
    let mut config = Config::default();
    if std::env::var_os("PROPTEST_RNG_SEED").is_none() {
        config.rng_seed = RngSeed::Fixed(20);
    }
    config.failure_persistence = Some(Box::new(FileFailurePersistence::WithSource("seeds")));
    config
}

/// A fixed sample of cases.
#[allow(clippy::expect_used, reason = "a test")]
fn sample(count: usize) -> Vec<esxi_tests::arb::Case> {
    use proptest::strategy::{Strategy, ValueTree};
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let strategy = esxi_tests::arb::case();
    let tree = |_| strategy.new_tree(&mut runner).expect("tapes are never rejected").current();
    (0..count).map(tree).collect()
}
