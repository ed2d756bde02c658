//! `highwater backtest`: a plan replayed over the lake; trades, equity, summary and manifest into a folder.

use std::{io::ErrorKind, path::Path};

use highwater_backtest::{Plan, RangeDraw};
use highwater_metrics::Selection;

use crate::{
    args,
    failure::{self, Failure, Outcome},
    figures, group_table, proof,
    recorded::Recorded,
    replay::{self, Replayed},
    results, session,
    settings::Settings,
    sheet::Format,
    terminal::Terminal,
};

pub(crate) fn run(args: &args::Backtest, settings: &Settings, terminal: &Terminal) -> Outcome {
    if let Some(args::BacktestCommand::Init) = args.command {
        return terminal.data(None, Plan::template().as_bytes());
    }
    if let Some(manifest) = &args.run.from {
        return again(manifest, &args.run, settings, terminal);
    }
    let (Some(plan), Some(out)) = (&args.run.plan, &args.run.out) else {
        return Err(Failure::usage("a plan and `--out DIR` are needed"));
    };
    let shown = figures::shown(&args.run.metrics)?;
    let convention = session::convention(settings, None)?;
    let range = args.run.doubtful_range.map(|replays| RangeDraw {
        replays,
        seed: args.run.seed,
    });
    let replayed = Replayed::over_lake(
        replay::plan_of(plan, args.run.overrides())?,
        settings,
        args.run.as_of,
        &args.run.sources,
        &convention,
        range,
    )?;
    hand_out(&replayed, out, &args.run, &shown, terminal)
}

/// Write a result, show it, and prove it if that was asked for.
fn hand_out(
    replayed: &Replayed,
    out: &Path,
    args: &args::BacktestRun,
    shown: &Selection,
    terminal: &Terminal,
) -> Outcome {
    results::write(replayed, out, terminal)?;
    match (args.by, args.format()) {
        (Some(by), format) => {
            group_table::of(&replayed.summary.groups, by).write(format, None, terminal)?;
        }
        (None, Format::Json) => terminal.json(None, &replayed.summary)?,
        (None, format @ (Format::Table | Format::Markdown)) => {
            figures::for_people(replayed, shown).write(format, None, terminal)?;
            figures::tell_undefined(replayed, shown, terminal);
        }
        (None, format) => {
            figures::for_machines(replayed, shown).write(format, None, terminal)?;
        }
    }
    replayed.warn_of_left_out(terminal);
    terminal.say(format_args!(
        "{}: {}",
        replayed.plan.name, replayed.summary.verdict
    ));
    if replayed.is_simulated() {
        terminal.say("these prices and signals are simulated");
    }
    terminal.say(format_args!(
        "wrote {} to {}",
        results::names(),
        out.display()
    ));
    if args.prove {
        let proof = proof::of(replayed, terminal)?;
        let publication = proof::publication(replayed);
        terminal.json(
            Some(&out.join("proof.json")),
            &proof::Document::new(replayed, &proof, publication.as_deref()),
        )?;
        // Both are told before either fails.
        let told = publication.map_or(Ok(()), |found| proof::tell_publication(&found, terminal));
        proof::tell(&proof, terminal)?;
        told?;
    }
    Ok(())
}

/// Replay what a manifest says, and compare with the files beside it; hand it out too if a folder is named.
fn again(
    manifest: &Path,
    args: &args::BacktestRun,
    settings: &Settings,
    terminal: &Terminal,
) -> Outcome {
    if let Some((flag, why)) = args.beside_from() {
        return Err(Failure::usage(format!("{flag} beside `--from`: {why}"))
            .hint("`--from MANIFEST --out DIR` makes the result anew; to make another, replay the plan: `highwater backtest PLAN --out DIR`"));
    }
    let within = manifest.join("manifest.json");
    let path = if manifest.is_dir() { &within } else { manifest };
    let recorded = Recorded::read(path)?;
    let folder = match path.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    };
    if let Some(out) = &args.out
        && let (Ok(one), Ok(other)) = (out.canonicalize(), folder.canonicalize())
        && one == other
    {
        return Err(Failure::usage(format!(
            "{} holds the result that is to be compared, and would be written over",
            out.display()
        ))
        .hint("name another folder with `--out`, or leave it out to compare alone"));
    }
    let shown = figures::shown(&args.metrics)?;
    let replayed = Replayed::over_lake(
        recorded.plan.clone(),
        settings,
        recorded.moment,
        &recorded.sources,
        &recorded.convention,
        recorded.range,
    )?;
    match &args.out {
        None => compare(&replayed, &recorded, path, folder, true, terminal),
        Some(out) => {
            // A result that differs is told of even if its proof fails.
            let handed = hand_out(&replayed, out, args, &shown, terminal);
            let compared = compare(&replayed, &recorded, path, folder, false, terminal);
            handed.and(compared)
        }
    }
}

/// Compare a result with the files around its manifest. `whole`: all of them have to be there.
fn compare(
    replayed: &Replayed,
    recorded: &Recorded,
    path: &Path,
    folder: &Path,
    whole: bool,
    terminal: &Terminal,
) -> Outcome {
    let (mut equal, mut differing, mut missing) = (Vec::new(), Vec::new(), Vec::new());
    for (name, bytes) in results::files(replayed)? {
        let beside = match name {
            "manifest.json" => path.to_owned(),
            name => folder.join(name),
        };
        match std::fs::read(&beside) {
            Ok(found) if found == bytes => equal.push(name),
            Ok(_) => differing.push(name),
            Err(error) if !whole && error.kind() == ErrorKind::NotFound => missing.push(name),
            Err(error) => {
                return Err(failure::io("read", &beside)(error).hint(
                    "`--out DIR` writes what the manifest says anew, and compares what there is",
                ));
            }
        }
    }
    if !missing.is_empty() {
        terminal.say(format_args!(
            "not there to be compared: {}",
            missing.join(", ")
        ));
    }
    if differing.is_empty() {
        let what = match &equal[..] {
            [one] => format!("{one} comes"),
            _ if missing.is_empty() => {
                "trades, orders, positions, equity, summary and manifest come".to_owned()
            }
            some => format!("{} come", some.join(", ")),
        };
        terminal.say(format_args!(
            "equal: {what} out as they are in {}, byte for byte",
            folder.display()
        ));
        return Ok(());
    }
    let now = serde_json::to_value(&replayed.manifest)
        .map_err(|error| Failure::usage(format!("cannot write JSON: {error}")))?;
    for (field, then, now) in recorded.differences(&now) {
        terminal.warn(format_args!("{field}: {then} there, {now} here"));
    }
    Err(Failure::data(format!("not equal: {} differ", differing.join(", "))).hint(
        "`view_hash` differs if the lake holds other rows now, `version` if another program wrote the result",
    ))
}
