//! `highwater config`: every setting, its value, and where the value came from.

use crate::{
    args,
    failure::Outcome,
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
    sheet.write(args.output.format, args.output.output.as_deref(), terminal)
}
