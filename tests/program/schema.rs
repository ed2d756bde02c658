//! Machine-readable answers against their schemas in `schemas/`.
//!
//! The schemas use a small part of JSON Schema, and so does this check: `type`, `enum`, `anyOf`, `$ref` into `$defs`,
//! `required`, `properties`, `additionalProperties`, `items`, `minimum`.

use serde_json::Value;

/// Panic with the place if a document does not satisfy the schema of a name.
#[track_caller]
pub(crate) fn assert_satisfies(name: &str, document: &Value) {
    let path = format!("{}/schemas/{name}.schema.json", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
    let schema: Value =
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{path}: {error}"));
    if let Err(reason) = check(&schema, &schema, document, "$") {
        panic!("{name}: {reason}");
    }
}

fn check(root: &Value, schema: &Value, document: &Value, at: &str) -> Result<(), String> {
    if let Some(reference) = schema["$ref"].as_str() {
        let name = reference.trim_start_matches("#/$defs/");
        let target = root["$defs"]
            .get(name)
            .ok_or_else(|| format!("no definition {name}"))?;
        return check(root, target, document, at);
    }
    if let Some(choices) = schema["anyOf"].as_array() {
        let mut refusals = Vec::new();
        for choice in choices {
            match check(root, choice, document, at) {
                Ok(()) => return Ok(()),
                Err(reason) => refusals.push(reason),
            }
        }
        return Err(refusals.join("; "));
    }
    if let Some(allowed) = schema["enum"].as_array()
        && !allowed.contains(document)
    {
        return Err(format!("{at}: {document} is none of {allowed:?}"));
    }
    let kinds: Vec<&str> = match &schema["type"] {
        Value::String(kind) => vec![kind],
        Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    if !kinds.is_empty() && !kinds.iter().any(|kind| is_a(document, kind)) {
        return Err(format!("{at}: {document} is no {kinds:?}"));
    }
    if let (Some(least), Some(number)) = (schema["minimum"].as_f64(), document.as_f64())
        && number < least
    {
        return Err(format!("{at}: {number} is below {least}"));
    }
    if let Some(items) = document.as_array() {
        for (index, item) in items.iter().enumerate() {
            check(root, &schema["items"], item, &format!("{at}[{index}]"))?;
        }
    }
    if let Some(fields) = document.as_object() {
        for required in schema["required"].as_array().into_iter().flatten() {
            let required = required.as_str().unwrap_or("");
            if !fields.contains_key(required) {
                return Err(format!("{at}: `{required}` is missing"));
            }
        }
        for (name, value) in fields {
            let at = format!("{at}.{name}");
            match (&schema["properties"][name], &schema["additionalProperties"]) {
                (Value::Null, Value::Bool(false)) => {
                    return Err(format!("{at}: is not in the schema"));
                }
                (Value::Null, more @ Value::Object(_)) => check(root, more, value, &at)?,
                (Value::Null, _) => {}
                (known, _) => check(root, known, value, &at)?,
            }
        }
    }
    Ok(())
}

fn is_a(document: &Value, kind: &str) -> bool {
    match kind {
        "null" => document.is_null(),
        "string" => document.is_string(),
        "number" => document.is_number(),
        "integer" => document.is_i64() || document.is_u64(),
        "boolean" => document.is_boolean(),
        "array" => document.is_array(),
        "object" => document.is_object(),
        _ => false,
    }
}

#[test]
fn the_check_refuses_what_a_schema_does_not_say() {
    let schema = serde_json::json!({
        "type": "object", "required": ["a"], "additionalProperties": false,
        "properties": { "a": { "type": ["number", "null"] }, "b": { "$ref": "#/$defs/count" } },
        "$defs": { "count": { "type": "integer", "minimum": 0 } }
    });
    let judge = |document: Value| check(&schema, &schema, &document, "$").is_ok();
    assert!(judge(serde_json::json!({ "a": null, "b": 3 })));
    assert!(!judge(serde_json::json!({ "b": 3 })), "a is missing");
    assert!(
        !judge(serde_json::json!({ "a": "1" })),
        "a text is no number"
    );
    assert!(
        !judge(serde_json::json!({ "a": 1, "b": -1 })),
        "below the minimum"
    );
    assert!(
        !judge(serde_json::json!({ "a": 1, "c": 1 })),
        "not in the schema"
    );
}

/// What the schema says of the metrics, made of the catalogue: the file is rewritten with `HIGHWATER_WRITE_SCHEMA=1`.
#[test]
fn the_schema_of_metrics_names_the_catalogue() {
    use highwater::metrics::{CATALOGUE, Unit};
    let unit = |unit| match unit {
        Unit::Fraction => "a fraction",
        Unit::FractionPerYear => "a fraction a year",
        Unit::Ratio => "a number",
        Unit::Periods => "periods",
    };
    let properties: serde_json::Map<String, Value> = CATALOGUE
        .iter()
        .map(|metric| {
            let text = format!(
                "{}, {}: {}",
                metric.title,
                unit(metric.unit),
                metric.formula
            );
            let schema = serde_json::json!({ "type": ["number", "null"], "description": text });
            (metric.name.to_owned(), schema)
        })
        .collect();
    let path = format!("{}/schemas/metrics.schema.json", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(&path).unwrap();
    let mut schema: Value = serde_json::from_str(&text).unwrap();
    let metrics = &mut schema["$defs"]["series"]["properties"]["metrics"];
    metrics["properties"] = Value::Object(properties);
    metrics["additionalProperties"] = Value::Bool(false);
    let made = serde_json::to_string_pretty(&schema).unwrap() + "\n";
    if std::env::var_os("HIGHWATER_WRITE_SCHEMA").is_some() {
        std::fs::write(&path, &made).unwrap();
    }
    let stands = std::fs::read_to_string(&path).unwrap();
    assert!(
        stands == made,
        "schemas/metrics.schema.json is not that of the catalogue: HIGHWATER_WRITE_SCHEMA=1 rewrites it"
    );
}

/// What became of signal rows, made of the counts that there are: the files are rewritten with `HIGHWATER_WRITE_SCHEMA=1`.
#[test]
fn the_schemas_of_a_backtest_name_every_count() {
    let counts = serde_json::to_value(highwater::backtest::Counts::default()).unwrap();
    let counts = counts.as_object().unwrap();
    let names: Vec<&String> = counts.keys().collect();
    let count = serde_json::json!({ "type": "integer", "minimum": 0 });
    for name in ["backtest-summary", "backtest-manifest"] {
        let path = format!("{}/schemas/{name}.schema.json", env!("CARGO_MANIFEST_DIR"));
        let stands = std::fs::read_to_string(&path).unwrap();
        let mut schema: Value = serde_json::from_str(&stands).unwrap();
        let of_counts = &mut schema["$defs"]["counts"];
        of_counts["required"] = serde_json::json!(names);
        // What is no number says in the file itself what it is.
        let of_count = |(name, value): (&String, &Value)| {
            let stands = &of_counts["properties"][name];
            let said = if value.is_number() { &count } else { stands };
            (name.clone(), said.clone())
        };
        let properties: serde_json::Map<String, Value> = counts.iter().map(of_count).collect();
        of_counts["properties"] = Value::Object(properties);
        let made = serde_json::to_string_pretty(&schema).unwrap() + "\n";
        if std::env::var_os("HIGHWATER_WRITE_SCHEMA").is_some() {
            std::fs::write(&path, &made).unwrap();
        }
        let stands = std::fs::read_to_string(&path).unwrap();
        assert!(
            stands == made,
            "schemas/{name}.schema.json names other counts than there are: HIGHWATER_WRITE_SCHEMA=1 rewrites it"
        );
    }
}
