//! `schemas/plan.schema.json` says what a plan may hold, and nothing else.

use std::collections::BTreeSet;

use highwater::backtest::Plan;
use serde_json::Value;

use crate::schema;

fn as_json(plan: &str) -> Value {
    let table: toml::Table = plan.parse().unwrap();
    serde_json::to_value(table).unwrap()
}

#[test]
fn the_template_and_the_sample_plans_satisfy_the_schema() {
    schema::assert_satisfies("plan", &as_json(Plan::template()));
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/data/plans");
    let mut plans = 0;
    for file in std::fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        if path.extension().is_some_and(|end| end == "toml") {
            schema::assert_satisfies("plan", &as_json(&std::fs::read_to_string(path).unwrap()));
            plans += 1;
        }
    }
    assert!(plans >= 2);
}

/// The fields that a plan knows at a place, as it says itself when it meets one that it does not know.
fn known(from: &str, to: &str) -> BTreeSet<String> {
    assert!(Plan::template().contains(from), "`{from}`");
    let text = Plan::template().replacen(from, to, 1);
    let error = Plan::parse(&text).unwrap_err();
    let message = error.message;
    assert!(message.starts_with("unknown field `zzzz`"), "{message}");
    let words = message.split('`').skip(3).step_by(2);
    words.map(str::to_owned).collect()
}

#[test]
fn the_schema_has_the_fields_of_a_plan_and_no_others() {
    let text = include_str!("../../schemas/plan.schema.json");
    let schema: Value = serde_json::from_str(text).unwrap();
    let fields = |place: &Value| -> BTreeSet<String> {
        let properties = place["properties"].as_object();
        properties.unwrap().keys().cloned().collect()
    };
    let root = &schema["properties"];
    let within =
        |table: &str, line: &str| known(&format!("\n[{table}]"), &format!("\n[{table}]\n{line}"));
    assert_eq!(fields(&schema), known("name =", "zzzz = 1\nname ="));
    for table in [
        "period",
        "levels",
        "entry",
        "exit",
        "size",
        "portfolio",
        "cost",
        "cash",
    ] {
        assert_eq!(fields(&root[table]), within(table, "zzzz = 1"), "[{table}]");
    }
    let nested = |table: &str, field: &str| within(table, &format!("{field} = {{ zzzz = 1 }}"));
    // The template has no table `[rebalance]`.
    assert_eq!(
        fields(&root["rebalance"]),
        known("\n[exit]", "\n[rebalance]\nzzzz = 1\n[exit]")
    );
    for (table, field) in [("entry", "order"), ("exit", "trail"), ("size", "drawdown")] {
        assert_eq!(
            fields(&root[table]["properties"][field]),
            nested(table, field),
            "{table}.{field}"
        );
    }
    assert_eq!(
        fields(&schema["$defs"]["rule"]),
        known("stop = {", "stop = { zzzz = 1,")
    );
}
