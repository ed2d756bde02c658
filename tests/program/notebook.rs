//! The notebooks in `notebooks/`, executed: their code cells, in order, in one Python.

use std::process::Command;

use crate::run::{Program, skipped};

#[test]
fn notebooks_run_from_top_to_bottom() {
    let python = std::env::var("HIGHWATER_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let able = Command::new(&python)
        .args(["-c", "import duckdb"])
        .output()
        .is_ok_and(|output| output.status.success());
    if !able {
        return skipped(
            "notebooks",
            &format!("{python} cannot import duckdb: set HIGHWATER_PYTHON to one that can"),
        );
    }
    let program = Program::new();
    program.run(&["demo", "--dir", "demo"]).ok();
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/notebooks");
    let mut ran = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path
            .extension()
            .is_none_or(|extension| extension != "ipynb")
        {
            continue;
        }
        let script = program.file("cells.py", &code_of(&path));
        let output = Command::new(&python)
            .arg(script)
            .current_dir(program.folder())
            .env("HIGHWATER", env!("CARGO_BIN_EXE_highwater"))
            .output()
            .unwrap();
        assert!(
            output.status.success(),
            "{}: {}",
            path.display(),
            String::from_utf8_lossy(&output.stderr)
        );
        ran += 1;
    }
    assert!(ran > 0, "there are notebooks in {folder}");
}

fn code_of(notebook: &std::path::Path) -> String {
    let text = std::fs::read_to_string(notebook).unwrap();
    let notebook: serde_json::Value = serde_json::from_str(&text).unwrap();
    let mut code = String::new();
    for cell in notebook["cells"].as_array().unwrap() {
        if cell["cell_type"] == "code" {
            for line in cell["source"].as_array().unwrap() {
                code.push_str(line.as_str().unwrap());
            }
            code.push_str("\n\n");
        }
    }
    code
}
