//! A campaign on virtual time.

use super::*;

const FREE: Capacity = Capacity {
    campaign_in_flight: 0,
    campaign_most: 100,
    trunk_in_flight: 0,
    trunk_most: 100,
    bot_free: 100,
    calls_per_second: 5.0,
};

/// Starts whatever is allowed, every `step_ms`, and returns the start times.
fn run(capacity: &Capacity, step_ms: usize, until_ms: u64) -> Vec<u64> {
    let mut pacer = Pacer::default();
    let mut starts = Vec::new();
    for now in (0..until_ms).step_by(step_ms) {
        let calls = pacer.allow(capacity, now).calls;
        pacer.started(calls);
        starts.extend((0..calls).map(|_| now));
    }
    starts
}

#[test]
fn the_rate_holds_over_time_however_often_it_is_asked() {
    for step_ms in [1, 7, 50, 200] {
        let starts = run(&FREE, step_ms, 60_000);
        assert!((296..=301).contains(&starts.len()), "{} calls in a minute at steps of {step_ms}", starts.len());
        let most = starts.iter().map(|t| starts.iter().filter(|u| (*t..t + 1000).contains(u)).count()).max();
        assert!(most <= Some(6), "{most:?} calls in one second at steps of {step_ms}");
    }
}

#[test]
fn the_first_call_does_not_wait_and_a_pause_saves_up_one_second_at_most() {
    let mut pacer = Pacer::default();
    assert_eq!(pacer.allow(&FREE, 1_000_000).calls, 1);
    pacer.started(1);
    assert_eq!(pacer.allow(&FREE, 1_600_000).calls, 5);
}

#[test]
fn a_rate_below_one_still_dials() {
    let slow = Capacity { calls_per_second: 0.1, ..FREE };
    assert_eq!(run(&slow, 100, 35_000), [0, 10_000, 20_000, 30_000]);
    let stopped = Capacity { calls_per_second: 0.0, ..FREE };
    assert_eq!(run(&stopped, 100, 35_000), [0; 0]);
    assert_eq!(Pacer::default().allow(&stopped, 0).retry_after_ms, None);
}

#[test]
fn each_limit_binds_and_is_named() {
    let fast = Capacity { calls_per_second: 1000.0, ..FREE };
    let ask = |capacity: Capacity| {
        let mut pacer = Pacer::default();
        pacer.allow(&capacity, 0);
        let allowance = pacer.allow(&capacity, 1_000);
        (allowance.calls, allowance.limit)
    };
    assert_eq!(ask(Capacity { campaign_in_flight: 97, ..fast }), (3, Limit::Campaign));
    assert_eq!(ask(Capacity { trunk_in_flight: 100, ..fast }), (0, Limit::Trunk));
    assert_eq!(ask(Capacity { trunk_in_flight: 130, ..fast }), (0, Limit::Trunk));
    assert_eq!(ask(Capacity { bot_free: 2, ..fast }), (2, Limit::Bot));
    assert_eq!(ask(FREE), (5, Limit::Rate));
}

#[test]
fn the_wait_that_is_announced_is_the_wait_that_is_needed() {
    let mut pacer = Pacer::default();
    pacer.allow(&FREE, 0);
    pacer.started(1);
    let wait = pacer.allow(&FREE, 0).retry_after_ms;
    assert_eq!(wait, Some(200));
    assert_eq!(pacer.allow(&FREE, 199).calls, 0);
    assert_eq!(pacer.allow(&FREE, 200).calls, 1);
}

#[test]
fn a_clock_that_jumps_back_gives_nothing_away() {
    let mut pacer = Pacer::default();
    pacer.allow(&FREE, 10_000);
    pacer.started(1);
    assert_eq!(pacer.allow(&FREE, 5_000).calls, 0);
    assert_eq!(pacer.allow(&FREE, 10_000).calls, 0);
}
