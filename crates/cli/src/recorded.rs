//! A manifest that was written earlier: what to replay again, and what it said.

use std::{num::NonZeroUsize, path::Path};

use highwater_backtest::RangeDraw;
use highwater_market::{Source, Timestamp};
use highwater_metrics::Convention;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::{
    failure::{self, Failure, Outcome},
    replay::PlanText,
    signals::Beside,
};

/// What a manifest says of how its result came about.
pub(crate) struct Recorded {
    pub(crate) plan: PlanText,
    pub(crate) moment: Option<Timestamp>,
    pub(crate) sources: Vec<Source>,
    pub(crate) convention: Convention,
    pub(crate) range: Option<RangeDraw>,
    manifest: Value,
}

impl Recorded {
    pub(crate) fn read(path: &Path) -> Outcome<Self> {
        let text = std::fs::read(path).map_err(failure::io("read", path))?;
        let what = path.display();
        let no_manifest = |why: String| {
            Failure::usage(format!("{what}: {why}"))
                .hint("name the manifest.json of a result of `highwater backtest`")
        };
        let manifest: Value = serde_json::from_slice(&text)
            .map_err(|error| no_manifest(format!("is no JSON: {error}")))?;
        let text: String = field(&manifest, "plan_text").map_err(no_manifest)?;
        // A result stands in a folder of its own, most often in that of its plan.
        let pinned = manifest["signal_file"]["sha256"].as_str();
        let beside = Beside::of_result(path, pinned);
        let plan = PlanText::parse(text, &format!("{what}, `plan_text`"))?.beside(beside);
        let recorded = Self {
            moment: field(&manifest, "moment").map_err(no_manifest)?,
            sources: field(&manifest, "sources").map_err(no_manifest)?,
            convention: field(&manifest, "convention").map_err(no_manifest)?,
            range: range(&manifest).map_err(no_manifest)?,
            plan,
            manifest,
        };
        let hash: String = field(&recorded.manifest, "plan_hash").map_err(no_manifest)?;
        if hash != recorded.plan.plan.hash() {
            return Err(no_manifest(
                "its plan is not the one of its `plan_hash`: the file was altered".to_owned(),
            ));
        }
        Ok(recorded)
    }

    /// The fields in which another manifest says something else: name, here, there.
    pub(crate) fn differences<'v>(
        &'v self,
        other: &'v Value,
    ) -> Vec<(&'v str, &'v Value, &'v Value)> {
        let fields = self.manifest.as_object().into_iter().flatten();
        fields
            .filter_map(|(name, value)| {
                let there = other.get(name)?;
                (there != value).then_some((name.as_str(), value, there))
            })
            .collect()
    }
}

/// The random resolutions of doubtful bars that were asked for.
fn range(manifest: &Value) -> Result<Option<RangeDraw>, String> {
    let replays: Option<NonZeroUsize> = field(manifest, "doubtful_replays")?;
    let seed: Option<u64> = field(manifest, "seed")?;
    match (replays, seed) {
        (Some(replays), Some(seed)) => Ok(Some(RangeDraw { replays, seed })),
        (None, None) => Ok(None),
        _ => Err("`doubtful_replays` and `seed` stand together".to_owned()),
    }
}

fn field<T: DeserializeOwned>(manifest: &Value, name: &str) -> Result<T, String> {
    let value = manifest
        .get(name)
        .ok_or_else(|| format!("it has no field `{name}`"))?;
    serde_json::from_value(value.clone()).map_err(|error| format!("field `{name}`: {error}"))
}
