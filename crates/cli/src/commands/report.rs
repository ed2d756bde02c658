//! `highwater report`: HTML pages of the lake, and of the plans that are replayed over it.

use crate::{
    args,
    failure::Outcome,
    overrides::Overrides,
    pages::{self, PlanPage},
    replay::{self, Replayed},
    session::{self, Session},
    settings::Settings,
    terminal::Terminal,
};

pub(crate) fn run(args: &args::Report, settings: &Settings, terminal: &Terminal) -> Outcome {
    let convention = session::convention(settings, args.convention.as_ref())?;
    let session = Session::open(settings, &args.as_of)?;
    let mut plans = Vec::new();
    for (place, path) in args.plans.iter().enumerate() {
        let plan = replay::plan_of(path, Overrides::default())?;
        let file = pages::file_of(&plan.plan.name, place);
        let replayed = Replayed::over_lake(
            plan,
            settings,
            args.as_of.as_of,
            &args.as_of.sources,
            &convention,
            None,
        )?;
        terminal.say(format_args!(
            "{}: {}",
            replayed.plan.name, replayed.summary.verdict
        ));
        plans.push(PlanPage { file, replayed });
    }
    let written = pages::write(
        &session,
        &args.symbols,
        args.timeframe,
        &convention,
        &plans,
        &args.out,
        terminal,
    )?;
    for path in written {
        terminal.data(None, format!("{}\n", path.display()).as_bytes())?;
    }
    Ok(())
}
