//! The report in a real browser: it loads, draws, and asks the network for nothing.

use std::process::Command;

use crate::run::{Program, skipped};

#[test]
fn the_report_opens_in_a_browser_without_a_network() {
    let Some(chromium) = ["chromium", "chromium-browser", "google-chrome"]
        .into_iter()
        .find(|name| {
            Command::new(name)
                .arg("--version")
                .output()
                .is_ok_and(|output| output.status.success())
        })
    else {
        return skipped("the report in a browser", "chromium is not installed");
    };
    let program = Program::new();
    program.run(&["demo", "--dir", "d"]).ok();
    let mut pages: Vec<_> = std::fs::read_dir(program.path("d/report"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "html")
        })
        .collect();
    pages.sort();
    assert!(!pages.is_empty());
    for page in pages {
        let profile = tempfile::tempdir().unwrap();
        let output = Command::new(chromium)
            .args([
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-quic",
                "--no-first-run",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
                "--virtual-time-budget=4000",
                "--dump-dom",
            ])
            .arg(format!("--user-data-dir={}", profile.path().display()))
            .arg(format!("file://{}", page.display()))
            .output()
            .unwrap();
        let dom = String::from_utf8_lossy(&output.stdout);
        assert!(
            dom.contains("<svg") && dom.contains("</html>"),
            "{} draws: {}",
            page.display(),
            String::from_utf8_lossy(&output.stderr)
        );
    }
}
