//! `highwater backtest`: a plan replayed over the lake; trades, equity, summary and manifest into a folder.

use std::path::Path;

use highwater_backtest::{Plan, RangeDraw};

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
        let within = manifest.join("manifest.json");
        let manifest = if manifest.is_dir() { &within } else { manifest };
        return reproduce(manifest, settings, terminal);
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
    results::write(&replayed, out, terminal)?;
    match (args.run.by, args.run.format) {
        (Some(by), format) => {
            group_table::of(&replayed.summary.groups, by).write(format, None, terminal)?;
        }
        (None, Format::Json) => terminal.json(None, &replayed.summary)?,
        (None, format @ (Format::Table | Format::Markdown)) => {
            figures::for_people(&replayed, &shown).write(format, None, terminal)?;
            figures::tell_undefined(&replayed, &shown, terminal);
        }
        (None, format) => {
            figures::for_machines(&replayed, &shown).write(format, None, terminal)?;
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
    if args.run.prove {
        let proof = proof::of(&replayed, terminal)?;
        let publication = proof::publication(&replayed);
        terminal.json(
            Some(&out.join("proof.json")),
            &proof::Document::new(&replayed, &proof, publication.as_deref()),
        )?;
        // Both are told before either fails.
        let told = publication.map_or(Ok(()), |found| proof::tell_publication(&found, terminal));
        proof::tell(&proof, terminal)?;
        told?;
    }
    Ok(())
}

/// Replay what a manifest says, and compare with the files beside it.
fn reproduce(path: &Path, settings: &Settings, terminal: &Terminal) -> Outcome {
    let recorded = Recorded::read(path)?;
    let replayed = Replayed::over_lake(
        recorded.plan.clone(),
        settings,
        recorded.moment,
        &recorded.sources,
        &recorded.convention,
        recorded.range,
    )?;
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut differing = Vec::new();
    for (name, bytes) in results::files(&replayed)? {
        let beside = match name {
            "manifest.json" => path.to_owned(),
            name => folder.join(name),
        };
        let found = std::fs::read(&beside).map_err(failure::io("read", &beside))?;
        if found != bytes {
            differing.push(name);
        }
    }
    if differing.is_empty() {
        terminal.say(format_args!(
            "equal: trades, orders, positions, equity, summary and manifest come out as they are in {}, byte for byte",
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
