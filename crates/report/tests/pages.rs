//! Pages as bytes: the same every time, self-contained, well formed, escaped, small, and complete.

#![allow(
    clippy::print_stdout,
    reason = "a test says what it measured, and what it skipped"
)]

mod sample;

use highwater_report::{Exit, FewOutcomes, KeptOut, Page, Run, render, render_overview};

/// Compare with the fixture of that name; `HIGHWATER_BLESS=1` writes it anew.
fn check_fixture(name: &str, html: &str) {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fixtures")
        .join(name);
    if std::env::var_os("HIGHWATER_BLESS").is_some() {
        std::fs::write(&path, html).unwrap();
    }
    let expected = std::fs::read_to_string(&path).unwrap_or_default();
    let differs = html
        .bytes()
        .zip(expected.bytes())
        .position(|(a, b)| a != b)
        .or_else(|| (html.len() != expected.len()).then(|| html.len().min(expected.len())));
    if let Some(at) = differs {
        let around = |text: &str| {
            let bytes =
                &text.as_bytes()[at.saturating_sub(60).min(text.len())..(at + 60).min(text.len())];
            String::from_utf8_lossy(bytes).into_owned()
        };
        panic!(
            "{name} differs from byte {at} on:\n  now      {}\n  fixture  {}\nif that is meant, set HIGHWATER_BLESS=1 and look at the difference",
            around(html),
            around(&expected)
        );
    }
}

/// Every tag that is opened is closed in order; attributes are quoted. Text of scripts and styles is skipped.
fn check_well_formed(html: &str) {
    const VOID: [&str; 4] = ["meta", "link", "input", "br"];
    let mut open: Vec<&str> = Vec::new();
    let mut rest = html.strip_prefix("<!DOCTYPE html>").expect("a doctype");
    while let Some(start) = rest.find('<') {
        let (text, tag) = rest.split_at(start);
        assert!(!text.contains('>'), "a stray > in {text:?}");
        let end = tag.find('>').expect("a tag ends");
        let (tag, after) = (&tag[1..end], &tag[end + 1..]);
        rest = after;
        if let Some(name) = tag.strip_prefix('/') {
            assert_eq!(open.pop(), Some(name), "closed out of order");
            continue;
        }
        let name = tag.split([' ', '/']).next().unwrap();
        assert!(
            name.bytes().all(|byte| byte.is_ascii_alphanumeric()),
            "<{tag}>"
        );
        assert_eq!(tag.matches('"').count() % 2, 0, "<{tag}>");
        if VOID.contains(&name) {
            continue;
        }
        open.push(name);
        if name == "script" || name == "style" {
            let end = rest.find(&format!("</{name}>")).expect("it ends");
            assert!(!rest[..end].contains("</"), "no markup inside a {name}");
            rest = &rest[end..];
        }
    }
    assert_eq!(open, [] as [&str; 0], "left open");
}

/// Nothing is loaded from elsewhere, nothing leads elsewhere.
fn check_self_contained(html: &str) {
    for foreign in [
        "http", "src=", "url(", "@import", "//cdn", "<iframe", "<object", "<img", "fetch(",
    ] {
        assert!(!html.contains(foreign), "{foreign}");
    }
    for link in html.split("href=\"").skip(1) {
        let link = link.split('"').next().unwrap();
        assert!(
            link.starts_with('#') || link == "data:," || link == "index.html",
            "{link}"
        );
    }
}

fn pages() -> Vec<(&'static str, String)> {
    let mut empty = sample::small();
    empty.trades.clear();
    empty.assets.clear();
    empty.kept_out.clear();
    empty.manifest.clear();
    empty.metrics.rows.clear();
    empty.backfilled = None;
    empty.chosen = Run::default();
    empty.pessimistic = None;
    empty.optimistic = None;
    let mut bare = sample::overview();
    bare.windows.clear();
    vec![
        ("backtest.html", render(&sample::small())),
        ("overview.html", render_overview(&sample::overview())),
        ("nothing at all", render(&empty)),
        ("no window", render_overview(&bare)),
        ("large", render(&sample::large(3, 2_000, 30))),
    ]
}

#[test]
fn a_fixed_run_gives_fixed_bytes() {
    check_fixture("backtest.html", &render(&sample::small()));
    check_fixture("overview.html", &render_overview(&sample::overview()));
}

#[test]
fn pages_are_well_formed_and_self_contained() {
    for (name, html) in pages() {
        println!("{name}");
        check_well_formed(&html);
        check_self_contained(&html);
    }
}

#[test]
fn the_same_input_gives_the_same_bytes() {
    assert_eq!(pages(), pages());
}

#[test]
fn simulated_data_are_called_so_and_others_are_not() {
    let mut page = sample::small();
    let simulated = render(&page);
    for place in ["<title>[simulated] ", "Simulated data", "Simulated market."] {
        assert!(simulated.contains(place), "{place}");
    }
    page.simulated = false;
    page.source = "tokenmetrics".to_owned();
    let real = render(&page);
    let (_, real) = real.split_once("</style>").unwrap();
    assert!(!real.to_lowercase().contains("simulated"));
}

#[test]
fn text_is_escaped_wherever_it_stands() {
    const EVIL: &str = "</title></script><script>alert(\"x\")</script>&'<b onclick=\"y\">";
    let evil = || EVIL.to_owned();
    let mut page = sample::small();
    page.title = evil();
    page.subtitle = evil();
    page.source = evil();
    page.metrics.convention = evil();
    for row in &mut page.metrics.rows {
        row.name = evil();
        row.title = evil();
        row.note = evil();
        if row.value.is_err() {
            row.value = Err(evil());
        }
    }
    for trade in &mut page.trades {
        trade.symbol = evil();
    }
    for asset in &mut page.assets {
        asset.symbol = evil();
        asset.name = evil();
    }
    page.kept_out.push(KeptOut {
        rule: evil(),
        count: 1,
    });
    page.remarks = vec![evil()];
    page.manifest.push((evil(), evil()));
    page.links.push((evil(), "index.html".to_owned()));
    page.links
        .push(("a trap".to_owned(), "javascript:alert(1)".to_owned()));

    let mut overview = sample::overview();
    overview.title = evil();
    overview.convention = evil();
    overview.remarks = vec![evil()];
    for column in &mut overview.columns {
        column.title = evil();
        column.note = evil();
    }
    for window in &mut overview.windows {
        window.name = evil();
        for row in &mut window.rows {
            row.symbol = evil();
            row.name = evil();
            row.values = vec![Err(evil()); 2];
        }
    }
    for html in [render(&page), render_overview(&overview)] {
        check_well_formed(&html);
        check_self_contained(&html);
        assert!(!html.contains("<script>alert") && !html.contains("<b onclick"));
        assert!(!html.contains("javascript:") && !html.contains("a trap"));
        assert!(
            html.contains("&lt;script&gt;alert(&quot;x&quot;)"),
            "it is shown as text"
        );
    }
}

#[test]
fn what_does_not_exist_is_named_with_its_reason() {
    let html = render(&sample::small());
    assert!(html.contains("undefined: too short a span"));
    assert!(render_overview(&sample::overview()).contains("undefined: no variance"));
}

#[test]
fn every_trade_is_in_the_table_and_every_mark_says_what_it_is() {
    let page = sample::large(4, 400, 500);
    let html = render(&page);
    let (_, table) = html.split_once("id=\"trades\"").unwrap();
    let (table, _) = table.split_once("</table>").unwrap();
    assert_eq!(table.matches("<tr>").count(), 1 + page.trades.len());

    let small = sample::small();
    let html = render(&small);
    for exit in [
        Exit::Stop,
        Exit::StopGap,
        Exit::Target,
        Exit::TargetGap,
        Exit::Signal,
        Exit::LeftUniverse,
        Exit::Time,
        Exit::Liquidation,
        Exit::End,
    ] {
        assert!(
            html.contains(&format!("exit by {} ", exit.name())),
            "{}",
            exit.name()
        );
    }
    // The shapes of the legend, and one per trade.
    assert_eq!(
        html.matches("<use class=\"entry\"").count(),
        small.trades.len()
    );
    assert_eq!(
        html.matches("<use class=\"exit\"").count(),
        small.trades.len()
    );
}

#[test]
fn scenarios_that_are_the_chosen_run_are_said_to_be_and_not_drawn_over_it() {
    let mut page = sample::small();
    let drawn = |page: &Page| {
        let html = render(page);
        (
            html.matches("<path class=\"pessimistic\"").count(),
            html.matches("<path class=\"chosen\"").count(),
            html.contains("all three are the same"),
        )
    };
    assert_eq!(drawn(&page), (1, 1, false));
    page.pessimistic = Some(page.chosen.clone());
    page.optimistic = Some(page.chosen.clone());
    assert_eq!(drawn(&page), (0, 1, true));
    page.optimistic = None;
    assert_eq!(
        drawn(&page),
        (0, 1, false),
        "of two nothing can be said of three"
    );
}

#[test]
fn few_outcomes_of_doubtful_bars_are_told_as_they_are() {
    let mut page = sample::small();
    let html = render(&page);
    assert!(
        html.contains("nine in ten of 1,000 complete replays return between -1.00% and +5.00%")
    );
    let range = page.range.as_mut().unwrap();
    range.few = Some(FewOutcomes {
        lowest: -0.02,
        highest: 0.06,
        outcomes: 2,
        doubtful_trades: 1,
    });
    let html = render(&page);
    assert!(!html.contains("nine in ten"));
    assert!(html.contains(
        "all of 1,000 complete replays return between -2.00% and +6.00% (1 doubtful trade, 2 distinct outcomes)."
    ));
}

#[test]
fn a_scenario_without_a_curve_of_its_own_has_the_drawdown_of_the_chosen_run() {
    let mut page = sample::small();
    page.chosen.equity = vec![100.0, 200.0, 150.0];
    page.chosen.times = (0..3).map(sample::day).collect();
    (page.chosen.initial, page.chosen.end) = (100.0, 150.0);
    let same = Run {
        times: Vec::new(),
        equity: Vec::new(),
        ..page.chosen.clone()
    };
    (page.pessimistic, page.optimistic) = (Some(same.clone()), Some(same));
    let html = render(&page);
    let scenarios = html.split(">Scenarios<").nth(1).unwrap();
    let scenarios = scenarios.split("</table>").next().unwrap();
    assert_eq!(scenarios.matches("-25.00%").count(), 3, "{scenarios}");
}

#[test]
fn the_levels_nearest_to_the_price_are_drawn_and_all_are_listed() {
    let page = sample::large(1, 300, 1);
    assert_eq!(page.assets[0].levels.len(), 15);
    let html = render(&page);
    let (_, article) = html.split_once("<article").unwrap();
    let (article, _) = article.split_once("</article>").unwrap();
    assert_eq!(article.matches("<line class=\"support\"").count(), 4);
    assert_eq!(article.matches("<td>support</td>").count(), 15);
    // Supports of 80, 83 and so on to 122: the highest lie nearest.
    for (price, drawn) in [("122.000", true), ("113.000", true), ("110.000", false)] {
        assert_eq!(
            article.contains(&format!("support {price},")),
            drawn,
            "{price}"
        );
    }
}

#[test]
fn two_tokens_under_one_symbol_keep_their_trades_apart() {
    let mut page = sample::small();
    page.assets[1].symbol = "BTC".to_owned();
    for trade in &mut page.trades {
        trade.symbol = "BTC".to_owned();
    }
    let html = render(&page);
    let article = |n: usize| {
        let (_, rest) = html.split_once(&format!("id=\"token-{n}\"")).unwrap();
        rest.split("</article>")
            .next()
            .unwrap()
            .matches("exit by")
            .count()
    };
    // Nine trades, one in turn each.
    assert_eq!((article(1), article(2)), (5, 4));
}

#[test]
fn large_inputs_stay_small() {
    let page: Page = sample::large(24, 1_096, 25);
    let html = render(&page);
    println!(
        "24 tokens x 1,096 bars, {} trades: {} bytes",
        page.trades.len(),
        html.len()
    );
    assert!(html.len() < 2_000_000, "{}", html.len());

    // A million points of equity are drawn with some 1,500.
    let mut long = sample::small();
    long.assets.clear();
    let fixed = render(&long).len();
    long.chosen = sample::run(1, 1_000_000);
    let html = render(&long);
    assert!(html.len() < fixed + 40_000, "{} beside {fixed}", html.len());
}

#[test]
fn a_spike_survives_thinning() {
    let mut page = sample::small();
    page.assets.clear();
    page.pessimistic = None;
    page.optimistic = None;
    page.chosen = sample::run(1, 100_000);
    page.chosen.equity[54_321] = 1.0;
    let html = render(&page);
    assert!(html.contains("-99.99% on") || html.contains("-100.00% on"));
}

#[test]
fn hostile_numbers_make_a_page() {
    for value in [
        0.0,
        -1.0,
        f64::NAN,
        f64::INFINITY,
        f64::NEG_INFINITY,
        f64::MAX,
        f64::MIN_POSITIVE,
    ] {
        let mut page = sample::small();
        page.chosen.equity.fill(value);
        page.chosen.initial = value;
        page.backfilled = Some(value);
        for trade in &mut page.trades {
            trade.pnl = value;
            trade.entry_price = value;
            trade.exit_price = value;
            trade.quantity = value;
            trade.stop_price = Some(value);
        }
        for row in &mut page.metrics.rows {
            row.value = Ok(value);
        }
        let html = render(&page);
        check_well_formed(&html);
        let (_, body) = html.split_once("</style>").unwrap();
        let (body, _) = body.split_once("<script>").unwrap();
        for wrong in ["NaN", "inf"] {
            let at = body.find(wrong);
            assert_eq!(at.map(|at| &body[at - 40..at + 9]), None, "{value}");
        }
    }
}

#[test]
fn a_doubtful_share_is_one_of_money_wherever_it_stands() {
    let mut page = sample::small();
    page.trades.truncate(3);
    for (trade, (pnl, doubtful)) in
        page.trades
            .iter_mut()
            .zip([(-25.0, true), (50.0, false), (25.0, false)])
    {
        (trade.pnl, trade.doubtful) = (pnl, doubtful);
    }
    let html = render(&page);
    assert!(
        html.contains("<dd>1<small>25.00% of the absolute profit and loss of all trades</small>"),
        "the tile"
    );
    assert!(
        html.contains("25.00% of the absolute profit and loss of all trades (25.00 of 100.00)")
    );
    assert!(html.contains("their profit is -25.00 of +50.00 in all"));
}
