//! A full disk: a clear word, and a lake that is as it was.

use std::process::Command;

use crate::run::{Program, skipped};

/// A file system of its own, with little room; unmounted when dropped.
struct SmallDisk(std::path::PathBuf);

impl SmallDisk {
    fn mount(path: std::path::PathBuf) -> Result<Self, String> {
        std::fs::create_dir(&path).map_err(|error| error.to_string())?;
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=96k", "tmpfs"])
            .arg(&path)
            .output()
            .map_err(|error| error.to_string())?;
        if mounted.status.success() {
            Ok(Self(path))
        } else {
            Err(String::from_utf8_lossy(&mounted.stderr).trim().to_owned())
        }
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(&self.0).status();
    }
}

#[test]
fn a_full_disk_is_named_and_costs_nothing() {
    let program = Program::new();
    let disk = match SmallDisk::mount(program.path("small")) {
        Ok(disk) => disk,
        Err(why) => return skipped("a full disk", &format!("cannot mount a small one: {why}")),
    };
    let import = |file: &str, symbol: &str| {
        program.run(&[
            "import",
            file,
            "--symbol",
            symbol,
            "--timeframe",
            "1d",
            "--lake",
            "small/lake",
        ])
    };
    let mut small = "timestamp,open,high,low,close\n".to_owned();
    let mut large = small.clone();
    for day in 0..20_000 {
        let time = 946_684_800 + 86_400 * i64::from(day);
        let price = 100.0 + f64::from(day * 7919 % 10_007) / 97.0;
        let line = format!("{time},{price},{},{},{price}\n", price + 1.5, price - 1.25);
        if day < 50 {
            small.push_str(&line);
        }
        large.push_str(&line);
    }
    program.file("small.csv", &small);
    program.file("large.csv", &large);
    import("small.csv", "ONE").ok();
    let before = program
        .run(&["lake", "ls", "--lake", "small/lake", "--format", "csv"])
        .ok()
        .stdout;
    import("large.csv", "TWO").fails(2, &["small/lake", "space"]);
    let after = program
        .run(&["lake", "ls", "--lake", "small/lake", "--format", "csv"])
        .ok()
        .stdout;
    let bars = |csv: &str| {
        csv.lines()
            .filter(|line| line.starts_with("bars"))
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    assert_eq!(bars(&after), bars(&before));
    program
        .run(&["metrics", "--symbol", "ONE", "--lake", "small/lake"])
        .ok();
    drop(disk);
}

#[test]
fn a_page_that_does_not_fit_leaves_the_old_one_or_none() {
    let program = Program::new();
    let disk = match SmallDisk::mount(program.path("small")) {
        Ok(disk) => disk,
        Err(why) => return skipped("a full disk", &format!("cannot mount a small one: {why}")),
    };
    program.file(
        "bars.csv",
        "timestamp,open,high,low,close\n2024-01-01,1,2,1,2\n2024-01-02,2,2,1,1\n",
    );
    program
        .run(&[
            "import",
            "bars.csv",
            "--symbol",
            "ONE",
            "--timeframe",
            "1d",
            "--lake",
            "lake",
        ])
        .ok();
    std::fs::create_dir(program.path("small/site")).unwrap();
    std::fs::write(program.path("small/filler"), vec![0; 88 << 10]).unwrap();
    let page = program.path("small/site/index.html");
    let report = || program.run(&["report", "--lake", "lake", "--out", "small/site"]);
    let names = || {
        std::fs::read_dir(program.path("small/site"))
            .unwrap()
            .count()
    };
    report().fails(2, &["small/site/index.html", "room"]);
    assert_eq!(names(), 0, "nothing half-written is left");
    std::fs::write(&page, "the old page").unwrap();
    report().fails(2, &["small/site/index.html", "room"]);
    assert_eq!(std::fs::read_to_string(&page).unwrap(), "the old page");
    assert_eq!(names(), 1);
    drop(disk);
}
