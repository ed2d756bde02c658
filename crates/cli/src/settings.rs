//! Settings: from `highwater.toml`, then the environment, then flags; each remembers where it came from.

use std::{fmt, path::PathBuf};

use highwater_backtest::plan::plain_words;
use highwater_market::Source;
use serde::Deserialize;

use crate::{
    args::Global,
    failure::{self, Failure, Outcome},
};

/// Where a value came from. Later ones win.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    Default,
    File(PathBuf),
    Environment(&'static str),
    Flag(&'static str),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File(path) => write!(f, "file {}", path.display()),
            Self::Environment(name) => write!(f, "environment {name}"),
            Self::Flag(name) => write!(f, "flag {name}"),
        }
    }
}

/// A value and where it came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Setting<T> {
    pub(crate) value: T,
    pub(crate) origin: Origin,
}

impl<T> Setting<T> {
    /// This setting, unless a flag says otherwise.
    pub(crate) fn or_flag(self, name: &'static str, flag: Option<T>) -> Self {
        match flag {
            Some(value) => Self {
                value,
                origin: Origin::Flag(name),
            },
            None => self,
        }
    }
}

/// Every setting that outlives one command.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    pub(crate) lake: Setting<PathBuf>,
    pub(crate) base_url: Setting<String>,
    pub(crate) key_file: Setting<Option<PathBuf>>,
    pub(crate) requests_per_minute: Setting<Option<u32>>,
    pub(crate) sources: Setting<Vec<Source>>,
    pub(crate) convention: Setting<String>,
}

/// The file's form.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct SettingsFile {
    lake: Option<PathBuf>,
    base_url: Option<String>,
    key_file: Option<PathBuf>,
    requests_per_minute: Option<u32>,
    sources: Option<Vec<Source>>,
    convention: Option<String>,
}

const FIELDS: [&str; 6] = [
    "lake",
    "base_url",
    "key_file",
    "requests_per_minute",
    "sources",
    "convention",
];

const FILE_NAME: &str = "highwater.toml";

/// Variables that set something.
const VARIABLES: [&str; 7] = [
    "HIGHWATER_LAKE",
    "HIGHWATER_BASE_URL",
    "HIGHWATER_KEY_FILE",
    "HIGHWATER_REQUESTS_PER_MINUTE",
    "HIGHWATER_SOURCES",
    "HIGHWATER_CONVENTION",
    KEY_VARIABLE,
];

/// Variables of the tests, which may run the program.
const OF_TESTS: [&str; 6] = [
    "HIGHWATER_REQUIRE",
    "HIGHWATER_CASES",
    "HIGHWATER_PYTHON",
    "HIGHWATER_BLESS",
    "HIGHWATER_PEERS",
    "HIGHWATER_LAKE_TEST_CHILD",
];

/// The variable that holds the key itself. Its value is never read here.
pub(crate) const KEY_VARIABLE: &str = "HIGHWATER_API_KEY";

impl Settings {
    /// Read the file that `--config` names (or `highwater.toml` of this folder), the environment, and the global flags.
    pub(crate) fn read(global: &Global) -> Outcome<Self> {
        Self::from_parts(global, |name| std::env::var(name).ok())
    }

    /// The defaults, over a lake of its own: for a command that takes no settings from outside.
    pub(crate) fn of_lake(lake: PathBuf) -> Outcome<Self> {
        let bare = Global {
            config: None,
            lake: Some(lake),
            quiet: false,
            verbose: 0,
            color: crate::terminal::Colour::Auto,
        };
        Self::layer(&bare, Origin::Default, SettingsFile::default(), |_| None)
    }

    fn from_parts(global: &Global, environment: impl Fn(&str) -> Option<String>) -> Outcome<Self> {
        let (path, file) = read_file(global.config.as_ref())?;
        Self::layer(global, Origin::File(path), file, environment)
    }

    fn layer(
        global: &Global,
        origin: Origin,
        file: SettingsFile,
        environment: impl Fn(&str) -> Option<String>,
    ) -> Outcome<Self> {
        let variable = |name: &'static str| environment(name).filter(|value| !value.is_empty());
        let lake = layered(PathBuf::from("lake"), file.lake, &origin)
            .or_environment("HIGHWATER_LAKE", &variable, |text| Ok(PathBuf::from(text)))?
            .or_flag("--lake", global.lake.clone());
        let base_url = layered(
            "https://api.tokenmetrics.com/v2".to_owned(),
            file.base_url,
            &origin,
        )
        .or_environment("HIGHWATER_BASE_URL", &variable, |text| Ok(text.to_owned()))?;
        let key_file = layered(None, file.key_file.map(Some), &origin).or_environment(
            "HIGHWATER_KEY_FILE",
            &variable,
            |text| Ok(Some(PathBuf::from(text))),
        )?;
        let requests_per_minute = layered(None, file.requests_per_minute.map(Some), &origin)
            .or_environment("HIGHWATER_REQUESTS_PER_MINUTE", &variable, |text| {
                text.parse()
                    .map(Some)
                    .map_err(|_| "a whole number above 0".to_owned())
            })?;
        let sources = layered(Vec::new(), file.sources, &origin).or_environment(
            "HIGHWATER_SOURCES",
            &variable,
            |text| {
                text.split(',')
                    .map(|name| name.trim().parse::<Source>())
                    .collect::<Result<_, _>>()
                    .map_err(|error| error.to_string())
            },
        )?;
        let convention = layered("crypto".to_owned(), file.convention, &origin).or_environment(
            "HIGHWATER_CONVENTION",
            &variable,
            |text| Ok(text.to_owned()),
        )?;
        if requests_per_minute.value == Some(0) {
            return Err(Failure::usage(format!(
                "requests_per_minute is 0 ({}): nothing could ever be asked",
                requests_per_minute.origin
            )));
        }
        Ok(Self {
            lake,
            base_url,
            key_file,
            requests_per_minute,
            sources,
            convention,
        })
    }
}

/// A warning for each variable that looks like a setting and is none.
pub(crate) fn unknown_variables(names: impl Iterator<Item = String>) -> Vec<String> {
    let mut unknown: Vec<String> = names
        .filter(|name| name.starts_with("HIGHWATER_"))
        .filter(|name| !VARIABLES.contains(&name.as_str()) && !OF_TESTS.contains(&name.as_str()))
        .collect();
    unknown.sort();
    unknown
        .into_iter()
        .map(|name| {
            let meant = match nearest(&name, &VARIABLES) {
                Some(meant) => format!("did you mean `{meant}`?"),
                None => "`highwater config` shows what there is to set".to_owned(),
            };
            format!("environment variable `{name}` sets nothing: {meant}")
        })
        .collect()
}

impl Settings {
    /// Refuse `--lake` on a command line that reads no lake, or one of its own.
    pub(crate) fn refuse_flag_lake(&self, why: &str, hint: &str) -> Outcome {
        if self.lake.origin == Origin::Flag("--lake") {
            return Err(Failure::usage(format!("`--lake` has no meaning here: {why}")).hint(hint));
        }
        Ok(())
    }
}

fn layered<T>(default: T, file: Option<T>, origin: &Origin) -> Setting<T> {
    match file {
        Some(value) => Setting {
            value,
            origin: origin.clone(),
        },
        None => Setting {
            value: default,
            origin: Origin::Default,
        },
    }
}

impl<T> Setting<T> {
    fn or_environment(
        self,
        name: &'static str,
        variable: &impl Fn(&'static str) -> Option<String>,
        parse: impl Fn(&str) -> Result<T, String>,
    ) -> Outcome<Self> {
        let Some(text) = variable(name) else {
            return Ok(self);
        };
        match parse(&text) {
            Ok(value) => Ok(Self {
                value,
                origin: Origin::Environment(name),
            }),
            Err(wanted) => Err(Failure::usage(format!(
                "environment variable {name} is `{text}`: {wanted}"
            ))),
        }
    }
}

fn read_file(named: Option<&PathBuf>) -> Outcome<(PathBuf, SettingsFile)> {
    let path = named.cloned().unwrap_or_else(|| PathBuf::from(FILE_NAME));
    let text = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if named.is_none() && error.kind() == std::io::ErrorKind::NotFound => {
            return Ok((path, SettingsFile::default()));
        }
        Err(error) => return Err(failure::io("read", &path)(error)),
    };
    match toml::from_str(&text) {
        Ok(file) => Ok((path, file)),
        Err(error) => {
            let message = plain_words(error.message());
            let failure = Failure::usage(format!("{}: {message}", path.display()));
            let place = error.span().map(|span| line_and_column(&text, span.start));
            let failure = match place {
                Some((line, column)) => Failure::usage(format!(
                    "{}, line {line}, column {column}: {message}",
                    path.display()
                )),
                None => failure,
            };
            Err(failure.hint(
                suggestion(error.message())
                    .map(|name| format!("did you mean `{name}`?"))
                    .unwrap_or_default(),
            ))
        }
    }
}

fn line_and_column(text: &str, offset: usize) -> (usize, usize) {
    let before = &text[..offset.min(text.len())];
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or("").chars().count() + 1;
    (line, column)
}

fn suggestion(message: &str) -> Option<&'static str> {
    let misspelt = message.strip_prefix("unknown field `")?.split('`').next()?;
    nearest(misspelt, &FIELDS)
}

/// The name most like a misspelt one, if any is like it but for the beginning that all share.
fn nearest(misspelt: &str, names: &[&'static str]) -> Option<&'static str> {
    let own = |name: &str| name.trim_start_matches("HIGHWATER_").to_lowercase();
    let likeness = |name: &str| strsim::jaro_winkler(&own(misspelt), &own(name));
    names
        .iter()
        .copied()
        .max_by(|a, b| likeness(a).total_cmp(&likeness(b)))
        .filter(|name| likeness(name) > 0.75)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn global(config: Option<PathBuf>, lake: Option<&str>) -> Global {
        Global {
            config,
            lake: lake.map(PathBuf::from),
            quiet: false,
            verbose: 0,
            color: crate::terminal::Colour::Never,
        }
    }

    fn written(text: &str) -> tempfile::NamedTempFile {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), text).unwrap();
        file
    }

    #[test]
    fn a_flag_beats_the_environment_beats_the_file_beats_the_default() {
        let file = written("lake = 'from-file'\nconvention = 'empyrical'\n");
        let config = Some(file.path().to_owned());
        let environment =
            |name: &str| (name == "HIGHWATER_LAKE").then(|| "from-environment".to_owned());

        let settings = Settings::from_parts(&global(config.clone(), None), |_| None).unwrap();
        assert_eq!(settings.lake.value, PathBuf::from("from-file"));
        assert_eq!(settings.convention.value, "empyrical");
        assert_eq!(settings.base_url.origin, Origin::Default);

        let settings = Settings::from_parts(&global(config.clone(), None), environment).unwrap();
        assert_eq!(settings.lake.value, PathBuf::from("from-environment"));
        assert_eq!(settings.lake.origin, Origin::Environment("HIGHWATER_LAKE"));

        let settings = Settings::from_parts(&global(config, Some("flag")), environment).unwrap();
        assert_eq!(settings.lake.value, PathBuf::from("flag"));
        assert_eq!(settings.lake.origin, Origin::Flag("--lake"));
    }

    #[test]
    fn a_misspelt_setting_is_refused_with_its_place_and_the_right_name() {
        let file = written("lake = 'x'\nbase_ulr = 'y'\n");
        let refused = Settings::from_parts(&global(Some(file.path().to_owned()), None), |_| None)
            .unwrap_err()
            .to_string();
        assert!(refused.contains("line 2, column 1"), "{refused}");
        assert!(refused.contains("did you mean `base_url`?"), "{refused}");
    }

    #[test]
    fn a_wrong_number_in_the_environment_names_its_variable() {
        let refused = Settings::from_parts(&global(None, None), |name| {
            (name == "HIGHWATER_REQUESTS_PER_MINUTE").then(|| "many".to_owned())
        })
        .unwrap_err()
        .to_string();
        assert!(
            refused.contains("HIGHWATER_REQUESTS_PER_MINUTE is `many`"),
            "{refused}"
        );
    }

    #[test]
    fn a_wrong_kind_of_value_is_said_in_plain_words() {
        let file = written("requests_per_minute = 2.5\n");
        let refused = Settings::from_parts(&global(Some(file.path().to_owned()), None), |_| None)
            .unwrap_err()
            .to_string();
        assert!(
            refused.contains(
                "line 1, column 23: a whole number up to 4294967295 is wanted here, not 2.5"
            ),
            "{refused}"
        );
    }

    #[test]
    fn variables_that_set_nothing_are_named_with_the_likely_one() {
        let names = [
            "HIGHWATER_LAKES",
            "HIGHWATER_CONVENTOIN",
            "HIGHWATER_LAKE",
            "HIGHWATER_API_KEY",
            "HIGHWATER_REQUIRE",
            "HIGHWATER_ZZZ",
            "PATH",
        ];
        let said = unknown_variables(names.iter().map(|name| (*name).to_owned()));
        let [convention, lakes, other] = &said[..] else {
            panic!("three are unknown: {said:?}");
        };
        assert!(convention.contains("did you mean `HIGHWATER_CONVENTION`?"));
        assert!(lakes.contains("did you mean `HIGHWATER_LAKE`?"));
        assert!(other.contains("HIGHWATER_ZZZ") && other.contains("highwater config"));
    }

    #[test]
    fn a_named_file_that_is_not_there_is_an_error() {
        let missing = Some(PathBuf::from("no-such-file.toml"));
        assert!(Settings::from_parts(&global(missing, None), |_| None).is_err());
    }
}
