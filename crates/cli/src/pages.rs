//! HTML pages of a lake: an overview of tokens, and a page a backtest.

use std::{collections::BTreeSet, path::Path};

use highwater_market::{Source, Timeframe, Timestamp};
use highwater_metrics::{Convention, Selection, Window};
use highwater_report::{
    Backtest, Charted, Overview, Page, TokenRow, cells, columns, convention_words, render,
    render_overview,
};

use crate::{
    failure::{self, Outcome},
    left_out::{self, LeftOut},
    replay::Replayed,
    series::Series,
    session::{Session, display_name},
    spacing::counts_every_day,
    terminal::Terminal,
};

/// A page of a plan, and the file that it goes to.
pub(crate) struct PlanPage {
    pub(crate) file: String,
    pub(crate) replayed: Replayed,
}

/// Tokens charted on a backtest's page: those with most trades.
const CHARTED: usize = 6;

const INDEX: &str = "index.html";

/// A file name of a plan's name: its letters and digits, joined by hyphens; unique by its place.
pub(crate) fn file_of(name: &str, place: usize) -> String {
    let mut slug = String::new();
    for c in name.to_lowercase().chars() {
        if c.is_ascii_alphanumeric() {
            slug.push(c);
        } else if !slug.ends_with('-') && !slug.is_empty() {
            slug.push('-');
        }
    }
    slug.truncate(60);
    let slug = slug.trim_end_matches('-');
    match (slug, place) {
        ("" | "index", place) => format!("plan-{}.html", place + 1),
        (slug, 0) => format!("{slug}.html"),
        (slug, place) => format!("{slug}-{}.html", place + 1),
    }
}

/// Write the overview and the page of each plan into a folder.
pub(crate) fn write(
    session: &Session,
    symbols: &[String],
    timeframe: Timeframe,
    convention: &Convention,
    plans: &[PlanPage],
    out: &Path,
    terminal: &Terminal,
) -> Outcome<Vec<std::path::PathBuf>> {
    std::fs::create_dir_all(out).map_err(failure::io("make the folder", out))?;
    let mut written = Vec::new();
    let mut put = |name: &str, html: String| {
        let path = out.join(name);
        terminal.data(Some(&path), html.as_bytes())?;
        written.push(path);
        Ok::<(), failure::Failure>(())
    };
    let links: Vec<(String, String)> = plans
        .iter()
        .map(|page| (page.replayed.plan.name.clone(), page.file.clone()))
        .collect();
    let mut warnings = BTreeSet::new();
    let overview = overview(
        session,
        symbols,
        timeframe,
        convention,
        links.clone(),
        &mut warnings,
        terminal,
    )?;
    put(INDEX, render_overview(&overview))?;
    warnings.extend(plans.iter().filter_map(|page| page.replayed.left_out()));
    // The pages of one lake mostly leave out the same rows: said once.
    for warning in &warnings {
        terminal.warn(warning);
    }
    for page in plans {
        let mut links: Vec<_> = std::iter::once(("Overview".to_owned(), INDEX.to_owned()))
            .chain(links.iter().cloned())
            .collect();
        links.retain(|(_, file)| *file != page.file);
        put(&page.file, backtest(&page.replayed, links))?;
    }
    Ok(written)
}

fn overview(
    session: &Session,
    symbols: &[String],
    timeframe: Timeframe,
    convention: &Convention,
    links: Vec<(String, String)>,
    warnings: &mut BTreeSet<String>,
    terminal: &Terminal,
) -> Outcome<Overview> {
    let tokens = session.tokens(symbols)?;
    let per_year = convention.periods_per_year(timeframe.per_day()).ok();
    let mut tables: Vec<highwater_report::Window> = Window::USUAL
        .iter()
        .map(|window| highwater_report::Window {
            name: window.to_string(),
            rows: Vec::new(),
        })
        .collect();
    let (mut backfilled, mut keys) = (0, 0);
    let mut ends: Vec<(Timestamp, &str)> = Vec::new();
    let mut left_out: Vec<(&str, LeftOut)> = Vec::new();
    let mut without: Vec<&str> = Vec::new();
    for token in &tokens {
        let versions = session.reader.bar_versions(token, timeframe, None)?;
        backfilled += versions.backfilled;
        keys += versions.keys;
        let (bars, faults) = session.bars(token, timeframe, None)?;
        left_out.push((&token.symbol, faults));
        let Some(per_year) = per_year.filter(|_| bars.len() > 1) else {
            without.push(&token.symbol);
            continue;
        };
        ends.extend(
            bars.open_times()
                .last()
                .map(|&last| (last, token.symbol.as_str())),
        );
        let series = Series::of_bars(
            token.symbol.clone(),
            token.clone(),
            &bars,
            per_year,
            counts_every_day(convention),
        );
        for (window, table) in Window::USUAL.iter().zip(&mut tables) {
            let measured = series.measure(*window, convention, &Selection::core());
            let Some(from) = measured.from() else {
                continue;
            };
            let first = bars.first_open_at_or_after(from);
            table.rows.push(TokenRow {
                symbol: token.symbol.clone(),
                name: format!("{} \u{b7} id {} of {}", token.name, token.id, token.source),
                times: bars.open_times()[first..].to_vec(),
                closes: bars.close()[first..].to_vec(),
                values: cells(&measured.summary),
            });
        }
    }
    let mut remarks = Vec::new();
    if let Some(words) = left_out::words_of(left_out.iter().map(|(name, rows)| (*name, rows))) {
        remarks.push(format!("{words}."));
        warnings.insert(words);
    }
    let latest = ends.iter().map(|(last, _)| *last).max();
    let ended: Vec<String> = ends
        .iter()
        .filter(|(last, _)| Some(*last) != latest)
        .map(|(last, symbol)| format!("{symbol} on {}", last.date()))
        .collect();
    if !ended.is_empty() {
        remarks.push(format!(
            "A window ends with a token's own last bar. Bars that end before those of the others: {}.",
            ended.join(", ")
        ));
    }
    if !without.is_empty() {
        remarks.push(format!(
            "Without two bars of {timeframe} at this moment: {}.",
            without.join(", ")
        ));
        terminal.warn(format_args!(
            "without two bars of {timeframe}, so not on the page: {}",
            without.join(", ")
        ));
    }
    let mut sources: Vec<&Source> = tokens.iter().map(|token| &token.source).collect();
    sources.sort();
    sources.dedup();
    let names: Vec<&str> = sources.iter().map(|source| source.as_str()).collect();
    let as_of = session.reader.as_of();
    let moment = if as_of.moment == Timestamp::MAX {
        "everything in the lake".to_owned()
    } else {
        format!("known at {}", as_of.moment)
    };
    Ok(Overview {
        title: "Metrics by token".to_owned(),
        subtitle: format!(
            "{} tokens, bars of {timeframe}, {moment}, clock {}",
            tokens.len(),
            as_of.clock
        ),
        source: names.join(", "),
        simulated: sources.contains(&&Source::simulated()),
        convention: convention_words(convention, per_year),
        columns: columns(),
        windows: tables,
        backfilled: (keys > 0).then(|| backfilled as f64 / keys as f64),
        remarks,
        links,
    })
}

fn backtest(replayed: &Replayed, links: Vec<(String, String)>) -> String {
    let traded = replayed.traded();
    let mut remarks = vec![replayed.summary.verdict.clone()];
    remarks.extend(replayed.left_out().map(|words| format!("{words}.")));
    let counts = &replayed.outcome.counts;
    for (count, what) in [
        (
            counts.scaled_down,
            "Entries made smaller, since cash was short",
        ),
        (
            counts.decided_by_finer,
            "Exits with both levels inside one bar that finer bars decided",
        ),
    ] {
        if count > 0 {
            remarks.push(format!("{what}: {count}."));
        }
    }
    if traded.len() > CHARTED {
        let all: Vec<_> = traded
            .iter()
            .map(|(token, _, _)| (*token).clone())
            .collect();
        let rest: Vec<_> = all[CHARTED..]
            .iter()
            .map(|token| display_name(token, &all))
            .collect();
        remarks.push(format!(
            "Charts show the {CHARTED} tokens with most trades; also traded: {}.",
            rest.join(", ")
        ));
    }
    let charts = traded
        .into_iter()
        .take(CHARTED)
        .map(|(token, bars, levels)| Charted {
            token,
            bars,
            levels,
        })
        .collect();
    render(&Page::of_backtest(Backtest {
        plan: &replayed.plan,
        outcome: &replayed.outcome,
        convention: &replayed.manifest.convention,
        manifest: &replayed.manifest,
        summary: &replayed.summary,
        charts,
        backfilled: replayed.backfilled(),
        remarks,
        links,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plans_of_any_name_have_files_of_their_own() {
        for (name, place, expected) in [
            (
                "Vendor signals, stops at support",
                0,
                "vendor-signals-stops-at-support.html",
            ),
            ("Vendor signals", 1, "vendor-signals-2.html"),
            ("../../etc/passwd", 0, "etc-passwd.html"),
            ("…", 0, "plan-1.html"),
            ("index", 2, "plan-3.html"),
        ] {
            assert_eq!(file_of(name, place), expected);
        }
    }
}
