//! A damaged, truncated, foreign or empty file gives an error that names it; the check lists them all. Never other
//! content, silently: a file's whole content is held against the hash in its name before it is parsed.
#![allow(clippy::print_stdout, reason = "tests print how much they covered")]

mod answers;

use std::{
    fs,
    path::{Path, PathBuf},
};

use answers::{bar, bars, cases, day, level, levels};
use highwater_lake::{Fault, Lake, LakeError, Problem};
use highwater_market::{AsOf, Clock, Timeframe, tables};
use sha2::{Digest, Sha256};

/// A lake of three files: bars, levels, coverage.
fn small_lake() -> (tempfile::TempDir, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("lake");
    let lake = Lake::create(&path).unwrap();
    let answers = [
        bars(
            "simulated",
            1,
            day(9),
            (0..4).map(|n| bar(n, 1.0 + n as f64)).collect(),
        ),
        levels("simulated", 1, day(9), vec![level(0, 4.0)]),
    ];
    lake.writer().unwrap().store(&answers).unwrap();
    (dir, path)
}

fn bar_file(lake: &Path) -> PathBuf {
    fs::read_dir(lake.join("bars_1d"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .find(|path| {
            path.extension()
                .is_some_and(|extension| extension == "parquet")
        })
        .unwrap()
}

/// The name that a content must have.
fn true_name(content: &[u8]) -> String {
    let hash = Sha256::digest(content);
    let digits: String = hash
        .iter()
        .take(16)
        .map(|byte| format!("{byte:02x}"))
        .collect();
    format!("{digits}.parquet")
}

fn read(lake: &Path) -> Result<Vec<highwater_lake::ReadRow>, LakeError> {
    let reader = Lake::open(lake)?.reader(AsOf::latest(Clock::Observed))?;
    reader.rows(tables::bars(Timeframe::D1), None, None)
}

fn check(lake: &Path) -> Vec<Problem> {
    Lake::open(lake).unwrap().check().unwrap()
}

/// Reading, writing and looking name the file; the check lists it, alone.
fn check_named(lake: &Path, file: &Path, fault: Fault, says: &str) {
    let opened = Lake::open(lake).unwrap();
    for error in [
        read(lake).unwrap_err(),
        opened.writer().unwrap_err(),
        opened.ls().unwrap_err(),
        opened
            .revisions(tables::bars(Timeframe::D1), None, None)
            .unwrap_err(),
    ] {
        let text = error.to_string();
        assert!(text.contains(&file.display().to_string()), "{text}");
        assert!(text.contains(says), "`{text}` does not say `{says}`");
        assert!(error.hint().contains("lake check"));
        let kind = match error {
            LakeError::Damaged { .. } => Fault::Damaged,
            LakeError::Foreign { .. } => Fault::Foreign,
            other => panic!("{other}"),
        };
        assert_eq!(kind, fault, "{text}");
    }
    let problems = check(lake);
    assert_eq!(problems.len(), 1, "{problems:?}");
    assert_eq!(
        (problems[0].path.as_path(), problems[0].fault),
        (file, fault)
    );
    assert!(problems[0].reason.contains(says), "{problems:?}");
    // Other tables are read all the same.
    let reader = opened.reader(AsOf::latest(Clock::Observed)).unwrap();
    assert_eq!(reader.rows(&tables::LEVELS, None, None).unwrap().len(), 1);
}

#[test]
fn what_is_wrong_with_a_file_is_told_with_its_name() {
    let (_dir, lake) = small_lake();
    let file = bar_file(&lake);
    let sound = fs::read(&file).unwrap();
    let half = sound.len() / 2;
    let flipped = |at: usize| {
        let mut content = sound.clone();
        content[at] ^= 1;
        content
    };
    // content under the name of another
    for (content, why) in [
        (Vec::new(), "zero length"),
        (sound[..half].to_vec(), "truncated"),
        (sound[..sound.len() - 1].to_vec(), "a byte short"),
        (flipped(4), "the first bit of a page"),
        (flipped(half), "a bit in the middle"),
        (flipped(sound.len() - 1), "the last bit"),
        ([sound.as_slice(), b"more"].concat(), "longer"),
        (b"PAR1 is all of it PAR1".to_vec(), "something else"),
    ] {
        fs::write(&file, &content).unwrap();
        println!("{why}");
        check_named(&lake, &file, Fault::Damaged, "has the hash");
    }
    fs::write(&file, &sound).unwrap();
    assert_eq!(check(&lake), []);
}

#[test]
fn a_file_that_is_named_rightly_must_be_one_of_the_lake_too() {
    let (_dir, lake) = small_lake();
    let folder = lake.join("bars_1d");
    let of_levels = fs::read_dir(lake.join("levels"))
        .unwrap()
        .map(|entry| fs::read(entry.unwrap().path()).unwrap())
        .next()
        .unwrap();
    let sound = fs::read(bar_file(&lake)).unwrap();
    // A footer that lies: the length of the metadata is beyond the file.
    let mut lying = sound.clone();
    let at = lying.len() - 8;
    lying[at..at + 4].copy_from_slice(&u32::MAX.to_le_bytes());
    for (content, fault, says) in [
        (Vec::new(), Fault::Damaged, ""),
        (b"PAR1".to_vec(), Fault::Damaged, ""),
        (vec![7; 4096], Fault::Damaged, ""),
        (lying, Fault::Damaged, ""),
        (of_levels, Fault::Foreign, "a file of table `levels`"),
    ] {
        let file = folder.join(true_name(&content));
        fs::write(&file, &content).unwrap();
        check_named(&lake, &file, fault, says);
        fs::remove_file(&file).unwrap();
    }
}

#[test]
fn a_parquet_file_of_another_program_is_foreign() {
    use std::sync::Arc;

    use arrow_array::{ArrayRef, Int64Array, RecordBatch};

    let (_dir, lake) = small_lake();
    let column: ArrayRef = Arc::new(Int64Array::from(vec![1, 2, 3]));
    let batch = RecordBatch::try_from_iter([("x", column)]).unwrap();
    let mut writer =
        parquet::arrow::ArrowWriter::try_new(Vec::new(), batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    let content = writer.into_inner().unwrap();
    let file = lake.join("bars_1d").join(true_name(&content));
    fs::write(&file, &content).unwrap();
    check_named(&lake, &file, Fault::Foreign, "not written by highwater");
    fs::remove_file(&file).unwrap();
    let file = lake.join("bars_1d").join("export.parquet");
    fs::write(&file, &content).unwrap();
    check_named(&lake, &file, Fault::Foreign, "its name is not the hash");
}

#[test]
fn every_flipped_bit_is_an_error_never_other_content() {
    let (_dir, lake) = small_lake();
    let file = bar_file(&lake);
    let sound = fs::read(&file).unwrap();
    let mut flips = 0;
    // Few cases take every 16th byte, with a bit that changes along.
    let stride = (16 / cases().min(16)) as usize;
    for at in (0..sound.len()).step_by(stride) {
        let mut content = sound.clone();
        content[at] ^= 1 << (at / stride % 8);
        fs::write(&file, &content).unwrap();
        match read(&lake) {
            Err(error @ LakeError::Damaged { .. }) => {
                assert!(error.to_string().contains(&file.display().to_string()));
            }
            other => panic!("bit flipped in byte {at}: {other:?}"),
        }
        flips += 1;
    }
    println!("{flips} bits flipped in {} bytes", sound.len());
}

/// The hash in the name protects from accidents, not from malice: then the parser meets what is broken. It may find
/// nothing amiss, but what it refuses, or panics over, is an error that names the file.
#[test]
fn no_panic_comes_through_where_the_hash_is_right_and_the_content_is_not() {
    let (_dir, lake) = small_lake();
    let sound = fs::read(bar_file(&lake)).unwrap();
    fs::remove_file(bar_file(&lake)).unwrap();
    let (mut errors, mut readable) = (0, 0);
    let stride = (16 / cases().min(16)) as usize;
    for at in (0..sound.len()).step_by(stride) {
        let mut content = sound.clone();
        content[at] ^= 1 << (at / stride % 8);
        let file = lake.join("bars_1d").join(true_name(&content));
        fs::write(&file, &content).unwrap();
        match read(&lake) {
            Ok(_) => readable += 1,
            Err(error) => {
                assert!(
                    error.to_string().contains(&file.display().to_string()),
                    "{error}"
                );
                errors += 1;
            }
        }
        fs::remove_file(&file).unwrap();
    }
    assert!(
        errors > 0,
        "some of the {readable} broken files must be unreadable"
    );
    println!("{errors} files were named in an error, {readable} could be read");
}

#[test]
fn the_check_lists_everything_that_does_not_belong() {
    let (_dir, lake) = small_lake();
    let damaged = bar_file(&lake);
    let sound = fs::read(&damaged).unwrap();
    fs::write(&damaged, &sound[1..]).unwrap();
    let put = |path: &str| {
        let path = lake.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, b"?").unwrap();
        path
    };
    let mut expected = vec![
        (damaged, Fault::Damaged),
        (put("levels/.tmp-0123"), Fault::Leftover),
        (put("levels/notes.txt"), Fault::Foreign),
        (put("levels/export.parquet"), Fault::Foreign),
        (put("strange.csv"), Fault::Foreign),
        (
            put("weather/x.parquet").parent().unwrap().to_owned(),
            Fault::Foreign,
        ),
    ];
    expected.sort();
    let found: Vec<_> = check(&lake)
        .into_iter()
        .map(|problem| {
            assert!(!problem.reason.is_empty());
            (problem.path, problem.fault)
        })
        .collect();
    assert_eq!(found, expected);
}

#[test]
fn what_is_no_parquet_file_does_not_disturb_a_reader() {
    let (_dir, lake) = small_lake();
    for name in [".tmp-0123", ".DS_Store", "notes.txt"] {
        fs::write(lake.join("bars_1d").join(name), b"?").unwrap();
    }
    assert_eq!(read(&lake).unwrap().len(), 4);
    // A writer removes what a dead one left unfinished, and nothing else.
    drop(Lake::open(&lake).unwrap().writer().unwrap());
    assert!(!lake.join("bars_1d/.tmp-0123").exists());
    assert!(lake.join("bars_1d/notes.txt").exists());
}

#[test]
fn rows_of_a_file_that_was_taken_out_are_missed() {
    let (_dir, path) = small_lake();
    assert_eq!(check(&path), []);
    let file = bar_file(&path);
    let aside = path.parent().unwrap().join("aside.parquet");
    fs::rename(&file, &aside).unwrap();

    let problems = check(&path);
    let [problem] = &problems[..] else {
        panic!("{problems:?}");
    };
    assert_eq!(
        (problem.fault, &problem.path),
        (Fault::Lost, &path.join("bars_1d"))
    );
    assert_eq!(
        problem.reason,
        "rows of 1 answer of simulated about #1, are gone"
    );
    let held = |path: &Path| -> Vec<(String, i64, bool)> {
        let claims = Lake::open(path).unwrap().claims(None).unwrap();
        claims
            .into_iter()
            .map(|(claim, is_held)| (claim.table, claim.rows, is_held))
            .collect()
    };
    assert_eq!(
        held(&path),
        [
            ("bars_1d".to_owned(), 4, false),
            ("levels".to_owned(), 1, true)
        ]
    );
    fs::rename(&aside, &file).unwrap();
    assert_eq!(check(&path), []);

    // A whole answer likewise, and the marker of an empty one.
    let empty = levels("simulated", 2, day(9), Vec::new());
    let lake = Lake::open(&path).unwrap();
    lake.writer().unwrap().store(&[empty]).unwrap();
    fs::remove_dir_all(path.join("levels")).unwrap();
    let reasons: Vec<_> = check(&path)
        .into_iter()
        .map(|problem| problem.reason)
        .collect();
    assert_eq!(
        reasons,
        [
            "rows of 1 answer of simulated about #1, are gone",
            "rows of 1 answer of simulated about #2, are gone"
        ]
    );
}

#[test]
fn an_answer_that_is_not_whole_covers_nothing() {
    let (_dir, path) = small_lake();
    let lake = Lake::open(&path).unwrap();
    let broken = highwater_market::Answer {
        whole: false,
        ..bars("simulated", 5, day(9), vec![bar(0, 1.0)])
    };
    let stored = lake.writer().unwrap().store(&[broken]).unwrap();
    assert_eq!(stored.new, 1);
    let claims = lake.claims(None).unwrap();
    assert!(
        claims
            .iter()
            .all(|(claim, _)| claim.scope.to_string() != "5"),
        "{claims:?}"
    );
    assert_eq!(read(&path).unwrap().len(), 5, "its rows are there");
}
