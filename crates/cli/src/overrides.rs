//! Other values for single fields of a plan, as they are typed: `--set exit.stop.buffer=0.4%`, `--unset exit.time`.
//!
//! The plan that comes out is read as if it stood in the file. What is wrong with it is told in terms of what was typed:
//! nobody saw the lines of the text that is read.

use highwater_backtest::Plan;
use toml::{Table, Value};

use crate::failure::{Failure, Outcome};

/// What is typed about fields of a plan.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Overrides<'a> {
    /// A field and its value each.
    pub(crate) set: &'a [String],
    /// A field each, taken out before any is set.
    pub(crate) unset: &'a [String],
}

/// One of them.
#[derive(Clone, Copy)]
enum Step<'a> {
    Unset(&'a str),
    Set(&'a str),
}

impl Overrides<'_> {
    pub(crate) fn is_empty(&self) -> bool {
        self.set.is_empty() && self.unset.is_empty()
    }

    fn steps(&self) -> Vec<Step<'_>> {
        let unset = self.unset.iter().map(|field| Step::Unset(field));
        unset
            .chain(self.set.iter().map(|stated| Step::Set(stated)))
            .collect()
    }

    /// The text of a sound plan with the values put in.
    pub(crate) fn of_text(&self, text: &str) -> Outcome<String> {
        let table: Table = text
            .parse()
            .map_err(|error| Failure::usage(format!("the plan: {error}")))?;
        let steps = self.steps();
        let (changed, made) = applied(&table, &steps)?;
        let Err(error) = Plan::parse(&changed) else {
            return Ok(changed);
        };
        // The plan was sound without them, so that one or several of them are wrong: the one without which it is sound.
        let culprits: Vec<usize> = (0..steps.len())
            .filter(|&without| {
                let mut others = steps.clone();
                others.remove(without);
                applied(&table, &others).is_ok_and(|(text, _)| Plan::parse(&text).is_ok())
            })
            .collect();
        let blamed = match culprits[..] {
            [one] => steps[one].typed(),
            _ => {
                let all: Vec<String> = steps.iter().map(|step| step.typed()).collect();
                all.join(" ")
            }
        };
        let mut message = error.message.clone();
        if let Some(word) = &error.suggestion {
            message += &format!(": did you mean `{word}`?");
        }
        let missing = message.starts_with("missing field");
        if let Some(table) = made.first().filter(|_| missing) {
            message =
                format!("the plan has no table `[{table}]`, and this alone makes none: {message}");
        }
        Err(Failure::usage(format!("`{blamed}`: {message}")).hint(error.hint()))
    }
}

impl Step<'_> {
    /// As it was typed.
    fn typed(self) -> String {
        match self {
            Self::Unset(field) => format!("--unset {field}"),
            Self::Set(stated) => format!("--set {stated}"),
        }
    }

    fn wrong(self, why: impl std::fmt::Display) -> Failure {
        Failure::usage(format!("`{}`: {why}", self.typed()))
    }
}

/// The text of a table after some steps, and the tables that had to be made on the way.
fn applied(table: &Table, steps: &[Step<'_>]) -> Outcome<(String, Vec<String>)> {
    let (mut table, mut made) = (table.clone(), Vec::new());
    for &step in steps {
        match step {
            Step::Unset(field) => take_out(&mut table, field, step)?,
            Step::Set(stated) => put_in(&mut table, stated, step, &mut made)?,
        }
    }
    Ok((table.to_string(), made))
}

/// The names of a field, such as `exit`, `stop` and `buffer`.
fn names(field: &str, step: Step<'_>) -> Outcome<Vec<String>> {
    let names: Vec<String> = field.trim().split('.').map(str::to_owned).collect();
    for name in &names {
        let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
        if name.contains(['[', ']']) {
            return Err(step
                .wrong("a list has no fields of its own")
                .hint(WHOLE_LIST));
        }
        if name.is_empty() || !name.chars().all(is_name) {
            return Err(step
                .wrong(if name.is_empty() {
                    "no field is named".to_owned()
                } else {
                    format!("`{name}` is no name of a field")
                })
                .hint(HOW));
        }
    }
    Ok(names)
}

const HOW: &str = "write a field and its value, as in `--set exit.stop.buffer=0.4%`";

const WHOLE_LIST: &str = "set the whole list, in quotes for the shell: `--set 'exit.target=[{ distance = \"1 r\", share = \"50%\" }, { distance = \"3 r\" }]'`";

/// The table that a value is, if it is one.
fn fields_of<'t>(value: &'t mut Value, name: &str, step: Step<'_>) -> Outcome<&'t mut Table> {
    match value {
        Value::Table(table) => Ok(table),
        Value::Array(_) => Err(step
            .wrong(format_args!("`{name}` is a list in this plan"))
            .hint(WHOLE_LIST)),
        _ => Err(step
            .wrong(format_args!("`{name}` holds no fields"))
            .hint(HOW)),
    }
}

/// Put one value into a table: a number, a truth, a list or a table as TOML writes it, else a text.
fn put_in(table: &mut Table, stated: &str, step: Step<'_>, made: &mut Vec<String>) -> Outcome {
    let (field, value) = stated
        .split_once('=')
        .ok_or_else(|| step.wrong("there is no `=`").hint(HOW))?;
    let names = names(field, step)?;
    let value = value_of(value.trim(), field.trim(), step)?;
    let (last, path) = names.split_last().expect("a text has a part");
    let mut table = table;
    for (depth, name) in path.iter().enumerate() {
        if !table.contains_key(name) {
            made.push(path[..=depth].join("."));
        }
        let inner = table
            .entry(name.clone())
            .or_insert_with(|| Value::Table(Table::new()));
        table = fields_of(inner, name, step)?;
    }
    table.insert(last.clone(), value);
    Ok(())
}

fn value_of(text: &str, field: &str, step: Step<'_>) -> Outcome<Value> {
    if text.is_empty() {
        return Err(step
            .wrong("there is no value")
            .hint(format!("`--unset {field}` takes the field out of the plan")));
    }
    let parsed = format!("x = {text}").parse::<Table>();
    if let Err(error) = &parsed
        && text.starts_with(['[', '{', '"', '\''])
    {
        let why = error.message().lines().collect::<Vec<_>>().join(", ");
        return Err(step.wrong(format_args!("`{text}` is no value as TOML writes it: {why}")).hint(
            "texts within it stand in quotes, and the shell takes the whole in quotes of its own: `--set 'universe=[\"BTC\", \"ETH\"]'`",
        ));
    }
    let value = parsed.ok().and_then(|mut parsed| parsed.remove("x"));
    // A plan writes its dates as texts.
    Ok(value
        .filter(|value| !value.is_datetime())
        .unwrap_or_else(|| Value::String(text.to_owned())))
}

/// Take a field out of a table.
fn take_out(table: &mut Table, field: &str, step: Step<'_>) -> Outcome {
    if field.contains('=') {
        let (name, _) = field.split_once('=').unwrap_or((field, ""));
        return Err(step
            .wrong("a field that is taken out has no value")
            .hint(format!("write `--unset {}`", name.trim())));
    }
    let names = names(field, step)?;
    let (last, path) = names.split_last().expect("a text has a part");
    let mut table = table;
    for name in path {
        let Some(_) = table.get(name) else {
            return Err(not_there(table, name, step));
        };
        table = fields_of(&mut table[name], name, step)?;
    }
    if table.remove(last).is_none() {
        return Err(not_there(table, last, step));
    }
    Ok(())
}

/// A field is not in a table, though another may be meant.
fn not_there(table: &Table, name: &str, step: Step<'_>) -> Failure {
    let near = table
        .keys()
        .map(|known| (strsim::jaro_winkler(name, known), known))
        .filter(|&(similarity, _)| similarity > 0.7)
        .max_by(|(a, _), (b, _)| a.total_cmp(b));
    let meant = near.map_or_else(String::new, |(_, known)| {
        format!(": did you mean `{known}`?")
    });
    step.wrong(format_args!("the plan does not state `{name}`{meant}"))
        .hint("what a plan does not state has its default, which `highwater backtest init` shows")
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAN: &str = "name = \"one\"\ntimeframe = \"1d\"\nuniverse = \"all\"\n[entry]\nside = \"long\"\n[exit]\n\
        stop = { distance = \"5%\" }\ntarget = [{ distance = \"1 r\", share = \"50%\" }, { distance = \"3 r\" }]\n\
        time = \"30 bars\"\n[size]\nfraction = \"50%\"\n[cost]\nfee = \"1%\"\nslippage = \"0%\"\n";

    fn with(set: &[&str], unset: &[&str]) -> Outcome<String> {
        let owned = |texts: &[&str]| -> Vec<String> {
            texts.iter().map(|text| (*text).to_owned()).collect()
        };
        let (set, unset) = (owned(set), owned(unset));
        Overrides {
            set: &set,
            unset: &unset,
        }
        .of_text(PLAN)
    }

    #[test]
    fn fields_are_set_and_taken_out() {
        let plan = |set: &[&str], unset: &[&str]| {
            Plan::parse(&with(set, unset).unwrap_or_else(|failure| panic!("{failure}"))).unwrap()
        };
        assert!(plan(&[], &[]).exit.time.is_some());
        assert!(plan(&[], &["exit.time"]).exit.time.is_none());
        assert!(plan(&[], &["exit.stop", "exit.target"]).exit.stop.is_none());
        // What is taken out makes room for what is set.
        let amount = plan(&["size.amount=1000"], &["size.fraction"]);
        assert_eq!(
            (amount.size.fraction, amount.size.amount),
            (None, Some(1000.0))
        );
        // A table that the plan does not have, whose fields all have defaults.
        let most = plan(&["portfolio.max_positions=3"], &[]);
        assert_eq!(most.portfolio.max_positions, Some(3));
    }

    #[test]
    fn what_is_wrong_names_what_was_typed_and_no_line() {
        for (set, unset, says) in [
            (
                &["exit.time=soon"][..],
                &[][..],
                "`--set exit.time=soon`: `soon` is not a number of bars",
            ),
            (&["exit.time="], &[], "hint: `--unset exit.time` takes"),
            (
                &["cash.initial=5", "exit.tim=\"3 bars\""],
                &[],
                "`--set exit.tim=\"3 bars\"`: unknown field `tim`",
            ),
            (
                &["exit.target[0].share=50%"],
                &[],
                "a list has no fields of its own",
            ),
            (
                &["exit.target.share=50%"],
                &[],
                "`target` is a list in this plan",
            ),
            (&["name.first=5"], &[], "`name` holds no fields"),
            (&["=5"], &[], "no field is named"),
            (&["exit stop=5"], &[], "`exit stop` is no name of a field"),
            (&["universe=[BTC]"], &[], "is no value as TOML writes it"),
            (
                &["rebalance.band=2%"],
                &[],
                "the plan has no table `[rebalance]`, and this alone makes none: missing field",
            ),
            (
                &[],
                &["cost"],
                "`--unset cost`: the table `[cost]` is missing",
            ),
            (
                &[],
                &["exit.tim"],
                "the plan does not state `tim`: did you mean `time`?",
            ),
            (&[], &["exit.time=3"], "hint: write `--unset exit.time`"),
            // Both together are wrong, and neither alone.
            (
                &["entry.side=short", "exit.signal=\"none\"", "size.amount=5"],
                &[],
                "`--set size.amount=5`",
            ),
        ] {
            let told = with(set, unset).unwrap_err().to_string();
            assert!(told.contains(says), "{says} in {told}");
            assert!(!told.contains("line "), "{told}");
        }
    }
}
