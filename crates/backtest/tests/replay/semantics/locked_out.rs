//! Sizes that a rule made zero, to the end.

use highwater_backtest::{LockingRule, Outcome};
use highwater_market::Direction::Long;

use super::{FLAT, no_levels};
use crate::world::{World, day};

/// A plan of this size that leaves a bar after it entered, on a day's event each, and a token that falls on day 2.
fn losing(size: &str, bars: usize, events: &[i64]) -> World {
    let mut days = vec![[75.0; 4]; bars];
    days[0] = FLAT;
    let world = no_levels()
        .plan("[exit]\n", "[exit]\ntime = \"1 bars\"\n")
        .plan("fraction = \"50%\"", size)
        .asset("A", &days);
    events
        .iter()
        .fold(world, |world, &day| world.event(day, Long))
}

const KELLY: &str = "fraction = \"50%\"\nkelly = 1.0\nkelly_trades = 1";
const DRAWDOWN: &str = "fraction = \"50%\"\ndrawdown = { from = \"0%\", to = \"10%\" }";

fn locked(outcome: &Outcome) -> Option<(LockingRule, i64, usize)> {
    let locked = outcome.counts.locked_out?;
    let since = locked.since.days_since_epoch() - day(0).days_since_epoch();
    Some((locked.by, since, locked.entries))
}

#[test]
fn what_a_rule_sized_at_zero_is_counted_apart_from_a_lack_of_cash() {
    let outcome = losing(KELLY, 5, &[1, 3, 5]).run();
    let counts = &outcome.counts;
    assert_eq!(
        (
            counts.entered,
            counts.kelly_fraction_zero,
            counts.drawdown_too_deep,
            counts.no_cash
        ),
        (1, 2, 0, 0)
    );
    let outcome = losing(DRAWDOWN, 5, &[1, 3, 5]).run();
    let counts = &outcome.counts;
    assert_eq!(
        (
            counts.entered,
            counts.kelly_fraction_zero,
            counts.drawdown_too_deep,
            counts.no_cash
        ),
        (1, 0, 2, 0)
    );
    // Kelly is asked first: what it makes nothing no drawdown makes less.
    let both = losing(
        &format!("{KELLY}\ndrawdown = {{ from = \"0%\", to = \"10%\" }}"),
        3,
        &[1, 3],
    );
    let counts = both.run().counts;
    assert_eq!(
        (counts.kelly_fraction_zero, counts.drawdown_too_deep),
        (1, 0)
    );
}

#[test]
fn a_plan_that_locks_itself_out_says_so() {
    for (size, rule, words) in [
        (
            KELLY,
            LockingRule::Kelly,
            "since Kelly's fraction of the closed trades was 0 or below",
        ),
        (
            DRAWDOWN,
            LockingRule::Drawdown,
            "since the drawdown was as deep as the plan bears",
        ),
    ] {
        let outcome = losing(size, 5, &[1, 3, 5]).run();
        assert_eq!(locked(&outcome), Some((rule, 3, 2)));
        let verdict = outcome.verdict();
        let said = format!(
            "; locked out: from 2024-01-04 to the end every entry (2) was refused, {words}"
        );
        assert!(verdict.contains(&said), "{verdict}");
        let verdict = losing(size, 5, &[1, 3]).run().verdict();
        assert!(
            verdict.contains("the one entry that came was refused"),
            "{verdict}"
        );
        // Without a later entry nothing was refused.
        let outcome = losing(size, 5, &[1]).run();
        assert_eq!(locked(&outcome), None);
        assert!(!outcome.verdict().contains("locked out"));
    }
    // What keeps entries out for other reasons does not end it.
    let outcome = losing(KELLY, 5, &[1, 3, 5])
        .plan("[cost]", "[portfolio]\ncooldown = \"3 bars\"\n[cost]")
        .run();
    assert_eq!(outcome.counts.cooldown, 1);
    assert_eq!(locked(&outcome), Some((LockingRule::Kelly, 5, 1)));
}

#[test]
fn an_entry_or_an_open_position_ends_what_locked_out() {
    // By the last two trades: after a loss and a gain of B, which was entered before, Kelly lets A in again.
    let kelly = "fraction = \"25%\"\nkelly = 1.0\nkelly_trades = 1";
    let world = |b: &[[f64; 4]], exit: &str, events: &[i64]| {
        losing(kelly, 7, events)
            .plan("time = \"1 bars\"\n", exit)
            .asset("B", b)
            .event(1, Long)
    };
    let gains = [
        FLAT, FLAT, FLAT, [400.0; 4], [400.0; 4], [400.0; 4], [400.0; 4],
    ];
    let exit = "stop = { distance = \"20%\" }\ntarget = { distance = \"90%\" }\n";
    // A is stopped on day 2, refused on day 3, and B has its target on day 4.
    let outcome = world(&gains, exit, &[1, 3, 5]).run();
    assert_eq!(outcome.counts.kelly_fraction_zero, 1);
    assert_eq!((outcome.counts.entered, locked(&outcome)), (3, None));
    // While B stands, what it will be closed at may change that.
    let outcome = world(&[FLAT; 7], exit, &[1, 3, 5]).run();
    assert_eq!(locked(&outcome), Some((LockingRule::Kelly, 3, 2)));
    assert!(!outcome.verdict().contains("locked out"));
    // A drawdown that is looked for in a window passes by itself.
    let window =
        "fraction = \"50%\"\ndrawdown = { from = \"0%\", to = \"10%\", window = \"3 bars\" }";
    let outcome = losing(window, 5, &[1, 3]).run();
    assert_eq!(outcome.counts.drawdown_too_deep, 1);
    assert_eq!(locked(&outcome), None);
}
