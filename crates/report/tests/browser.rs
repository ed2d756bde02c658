//! Pages in a real browser: the script runs, nothing overflows on a narrow screen, marks and lines are drawn, tables
//! sort, the theme toggles, and no request leaves the page.

#![allow(
    clippy::print_stdout,
    reason = "a test says what it measured, and what it skipped"
)]

mod sample;

use std::{
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use highwater_report::{render, render_overview};

const BROWSERS: [&str; 4] = [
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
];

/// The browser, or `None` after saying that the test is skipped; a failure if nothing may be skipped.
fn browser() -> Option<&'static str> {
    let found = BROWSERS.into_iter().find(|name| {
        Command::new(name)
            .arg("--version")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .is_ok_and(|status| status.success())
    });
    if found.is_none() {
        assert_ne!(
            std::env::var("HIGHWATER_REQUIRE").as_deref(),
            Ok("all"),
            "chromium is required and missing"
        );
        println!("SKIPPED: pages in a browser (chromium is not installed)");
    }
    found
}

fn folder(name: &str) -> PathBuf {
    let folder =
        Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

/// Open a page in a frame of that width, run `probe` when it has loaded, and return what the probe returned.
fn observe(browser: &str, name: &str, html: &str, width: u32, probe: &str) -> String {
    let folder = folder(name);
    let page = folder.join("page.html");
    let probed = html.replace(
        "</body>",
        &format!(
            "<script>addEventListener(\"load\", () => {{ let told; try {{ told = (() => {{ {probe} }})(); }} catch (error) {{ told = \"error: \" + error; }} parent.document.getElementById(\"told\").textContent = told; }});</script></body>"
        ),
    );
    // A window is never narrower than 500 pixels; a frame inside it may be.
    let probed = format!(
        "<!DOCTYPE html><meta charset=\"utf-8\"><pre id=\"told\"></pre><iframe style=\"border:0;width:{width}px;height:900px\" srcdoc=\"{}\"></iframe>",
        probed.replace('&', "&amp;").replace('"', "&quot;")
    );
    std::fs::write(&page, probed).unwrap();
    let out = folder.join("dom.html");
    let mut child = Command::new(browser)
        .args([
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--hide-scrollbars",
            "--dump-dom",
        ])
        .arg("--window-size=1600,1000")
        .arg(format!(
            "--user-data-dir={}",
            folder.join("profile").display()
        ))
        .arg(format!("file://{}", page.display()))
        .stdout(std::fs::File::create(&out).unwrap())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let begun = Instant::now();
    let ended = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break status.success();
        }
        if begun.elapsed() > Duration::from_secs(120) {
            child.kill().unwrap();
            child.wait().unwrap();
            break false;
        }
        std::thread::sleep(Duration::from_millis(20));
    };
    assert!(ended, "the browser did not end well");
    let dom = std::fs::read_to_string(&out).unwrap();
    std::fs::remove_dir_all(&folder).unwrap();
    let (_, told) = dom.split_once("<pre id=\"told\">").expect("the probe ran");
    told.split("</pre>").next().unwrap().to_owned()
}

/// What a page must hold to be readable, one word per fault.
const READABLE: &str = r#"
    const faults = [];
    if (innerWidth !== WIDTH) faults.push(`the window is ${innerWidth} wide`);
    const root = document.documentElement;
    if (root.scrollWidth > innerWidth) faults.push(`wider than the window: ${root.scrollWidth} > ${innerWidth}`);
    if (document.getElementById("theme").hidden) faults.push("the script did not run");
    const box = (part) => part.getBoundingClientRect();
    document.querySelectorAll(".stretched path, .spark path").forEach((path) => {
        if (path.closest(".panel") && getComputedStyle(path.closest(".panel")).display === "none") return;
        const { width, height } = box(path);
        if (path.getAttribute("d") && width + height === 0) faults.push(`not drawn: ${path.getAttribute("class")}`);
    });
    document.querySelectorAll(".plot use").forEach((mark) => {
        const inside = box(mark), outside = box(mark.closest("figure"));
        if (inside.width === 0) faults.push(`no mark: ${mark.getAttribute("href")}`);
        if (inside.left < outside.left - 12 || inside.right > outside.right + 12) faults.push("a mark lies outside its chart");
    });
    const shown = [...document.querySelectorAll(".plot text")].filter((text) => getComputedStyle(text).display !== "none");
    shown.forEach((text) => {
        if (box(text).right > innerWidth + 1) faults.push(`text is cut off: ${text.textContent}`);
        if (box(text).left < -1) faults.push(`text begins outside: ${text.textContent}`);
    });
    document.querySelectorAll(".plot").forEach((plot) => {
        const times = shown.filter((text) => plot.contains(text) && text.classList.contains("time")).map(box);
        times.forEach((time, i) => { if (i && time.left < times[i - 1].right + 4) faults.push("dates overlap"); });
    });
    const asked = performance.getEntriesByType("resource").map((entry) => entry.name).filter((name) => !name.startsWith("data:"));
    faults.push(...asked.map((name) => `asked for ${name}`));
    return faults.length ? faults.join("; ") : "readable";
"#;

#[test]
fn pages_are_readable_from_narrow_to_wide() {
    let Some(browser) = browser() else { return };
    let pages = [
        ("backtest", render(&sample::small())),
        ("overview", render_overview(&sample::overview())),
        ("large", render(&sample::large(3, 1_096, 30))),
    ];
    for (name, html) in pages {
        for width in [400, 1400] {
            let told = observe(
                browser,
                &format!("{name}-{width}"),
                &html,
                width,
                &READABLE.replace("WIDTH", &width.to_string()),
            );
            assert_eq!(told, "readable", "{name} at {width}");
        }
    }
}

#[test]
fn tables_sort_by_a_click_and_by_another_the_other_way() {
    let Some(browser) = browser() else { return };
    let told = observe(
        browser,
        "sort",
        &render_overview(&sample::overview()),
        1000,
        r#"
        const table = document.querySelector("table.sortable");
        const order = () => [...table.tBodies[0].rows].map((row) => row.cells[0].firstChild.textContent).join(" ");
        const head = [...table.tHead.rows[0].cells].find((head) => head.textContent === "Sharpe ratio");
        const told = [order()];
        head.querySelector("button").click();
        told.push(order(), head.getAttribute("aria-sort"));
        head.querySelector("button").click();
        told.push(order(), head.getAttribute("aria-sort"));
        table.tHead.rows[0].cells[0].querySelector("button").click();
        told.push(order());
        return told.join(", ");
        "#,
    );
    assert_eq!(
        told, "BTC USDX ETH, BTC ETH USDX, descending, ETH BTC USDX, ascending, BTC ETH USDX",
        "what has no value stays last"
    );
}

#[test]
fn the_theme_toggles_and_the_windows_switch() {
    let Some(browser) = browser() else { return };
    let told = observe(
        browser,
        "theme",
        &render_overview(&sample::overview()),
        1000,
        r#"
        const paper = () => getComputedStyle(document.body).backgroundColor;
        const seen = [paper()];
        document.getElementById("theme").click();
        seen.push(paper());
        document.getElementById("theme").click();
        seen.push(paper());
        const panels = () => [...document.querySelectorAll(".panel")].map((panel) => getComputedStyle(panel).display).join(" ");
        const before = panels();
        document.querySelectorAll(".tabs label")[1].click();
        return [seen[0] !== seen[1], seen[0] === seen[2], before, panels()].join(", ");
        "#,
    );
    assert_eq!(told, "true, true, block none, none block");
}

#[test]
fn the_cross_hair_reads_the_date_and_value_under_the_pointer() {
    let Some(browser) = browser() else { return };
    let page = sample::small();
    let told = observe(
        browser,
        "read",
        &render(&page),
        1000,
        r#"
        const outer = document.querySelector('#equity figure .outer');
        const box = outer.getBoundingClientRect();
        outer.dispatchEvent(new PointerEvent("pointermove", { clientX: box.right, clientY: box.top + 20 }));
        const read = document.querySelector('#equity figure .read');
        return read.hidden ? "hidden" : read.textContent;
        "#,
    );
    let (date, value) = told.split_once("   ").expect("date and value");
    assert_eq!(date, page.chosen.times[39].date());
    let value: f64 = value.replace(',', "").parse().unwrap();
    let expected = page.chosen.equity[39];
    // Four digits are shown, and a tenth of a pixel is a few units of money.
    assert!(
        (value / expected - 1.0).abs() < 1e-3,
        "{value} beside {expected}"
    );
}
