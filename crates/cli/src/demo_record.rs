//! Which simulated market a demo's folder holds, so that another one is never shown as it.

use std::path::Path;

use highwater_simulate::SimulatedMarket;
use serde::{Deserialize, Serialize};

use crate::{
    failure::{self, Failure, Outcome},
    whole_file,
};

const FILE_NAME: &str = "demo.toml";

/// What makes a simulated market.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct DemoRecord {
    seed: u64,
    first_day: String,
    last_day: String,
}

impl DemoRecord {
    pub(crate) fn of(seed: u64, market: &SimulatedMarket) -> Self {
        Self {
            seed,
            first_day: market.first_day().date(),
            last_day: market.last_day().date(),
        }
    }

    /// Keep the record in a demo's folder; refuse a folder whose lake holds another market, or one of unknown origin.
    pub(crate) fn keep(&self, dir: &Path, lake: &Path) -> Outcome {
        let path = dir.join(FILE_NAME);
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return self.keep_first(&path, dir, lake);
            }
            Err(error) => return Err(failure::io("read", &path)(error)),
        };
        let before: Self = toml::from_str(&text).map_err(|error| {
            Failure::usage(format!(
                "{} is not the record of a demo: {}",
                path.display(),
                error.message()
            ))
            .hint("choose another folder with `--dir`")
        })?;
        if before == *self {
            return Ok(());
        }
        let same_seed = if before.seed == self.seed {
            String::new()
        } else {
            format!(", or run it with `--seed {}`", before.seed)
        };
        Err(Failure::usage(format!(
            "{} holds the demo of {before}, not of {self}",
            dir.display()
        ))
        .hint(format!(
            "choose another folder with `--dir`{same_seed}, or remove {} first",
            dir.display()
        )))
    }

    /// The record stands before the lake, so that a demo that was cut short is known too.
    fn keep_first(&self, path: &Path, dir: &Path, lake: &Path) -> Outcome {
        if lake.exists() {
            return Err(Failure::usage(format!(
                "{} is there, and {} does not say of which demo",
                lake.display(),
                path.display()
            ))
            .hint(format!(
                "choose another folder with `--dir`, or remove {} if it is an old demo",
                dir.display()
            )));
        }
        let fields = toml::to_string(self)
            .map_err(|error| Failure::usage(format!("{}: {error}", path.display())))?;
        let text = format!("# The simulated market of `highwater demo` in this folder.\n{fields}");
        whole_file::write(path, text.as_bytes())
    }
}

impl std::fmt::Display for DemoRecord {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "seed {} ({} to {})",
            self.seed, self.first_day, self.last_day
        )
    }
}
