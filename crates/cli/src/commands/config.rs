//! `highwater config`: every setting, its value, and where the value came from.

use std::sync::Arc;

use highwater_ingest::{Client, ClientOptions, IngestError, Key, SystemClock};

use crate::{
    args,
    failure::{Failure, Outcome},
    session,
    settings::{KEY_VARIABLE, Origin, Setting, Settings},
    sheet::{Cell, Sheet},
    terminal::Terminal,
};

pub(crate) fn run(args: &args::Config, settings: &Settings, terminal: &Terminal) -> Outcome {
    let mut sheet = Sheet::new(["setting", "value", "from"]);
    let mut show = |name: &str, value: Option<String>, origin: &Origin| {
        sheet.push(vec![
            Cell::text(name),
            Cell::option(value, Cell::Text),
            Cell::text(origin.to_string()),
        ]);
    };
    fn text<T: ToString>(setting: &Setting<T>) -> Option<String> {
        Some(setting.value.to_string())
    }
    let Settings {
        lake,
        base_url,
        key_file,
        requests_per_minute,
        sources,
        convention,
    } = settings;
    show("lake", Some(lake.value.display().to_string()), &lake.origin);
    show("base_url", text(base_url), &base_url.origin);
    show(
        "key_file",
        key_file
            .value
            .as_ref()
            .map(|path| path.display().to_string()),
        &key_file.origin,
    );
    show(
        "requests_per_minute",
        requests_per_minute.value.map(|rate| rate.to_string()),
        &requests_per_minute.origin,
    );
    let names: Vec<_> = sources.value.iter().map(ToString::to_string).collect();
    show(
        "sources",
        (!names.is_empty()).then(|| names.join(",")),
        &sources.origin,
    );
    show("convention", text(convention), &convention.origin);
    // Whether there is a key is a setting; what it is, nobody is told.
    match std::env::var_os(KEY_VARIABLE) {
        Some(value) if !value.is_empty() => show(
            "api_key",
            Some("(set, not shown)".to_owned()),
            &Origin::Environment(KEY_VARIABLE),
        ),
        _ => show("api_key", None, &Origin::Default),
    }
    sheet.write(args.output.format, args.output.output.as_deref(), terminal)?;
    let mut problems = problems(settings);
    let last = problems.pop();
    for problem in &problems {
        terminal.error(problem);
    }
    last.map_or(Ok(()), Err)
}

/// What the command that uses a setting would refuse.
fn problems(settings: &Settings) -> Vec<Failure> {
    let convention = session::convention(settings, None).err();
    // A client is made, with a key that is none, and nothing is asked.
    let client = Key::new("tm-none").map(|key| {
        Client::new(
            ClientOptions {
                base_url: settings.base_url.value.clone(),
                key: Some(key),
                ..ClientOptions::default()
            },
            Arc::new(SystemClock::new()),
        )
    });
    let base_url = match client {
        Ok(Err(error @ IngestError::BaseUrl { .. })) => Some(Failure::from(error).about(format!(
            "base_url is `{}` ({})",
            settings.base_url.value, settings.base_url.origin
        ))),
        _ => None,
    };
    base_url.into_iter().chain(convention).collect()
}
