"""A table of metrics from a long file: `highwater metrics --returns FILE` beside polars, in one run on one machine.

5,000 series of 2,520 daily returns below each other, 12.6 million rows: a time, a name, a return. The file is Parquet
with zstd, row groups of about a million rows, names stored as a dictionary, sorted by name and time. Both compute, per
series, 252 periods a year, no risk-free rate: total return, CAGR, volatility, downside deviation, Sharpe, Sortino,
Calmar, max drawdown, best, worst and win rate. Answers are held to agree within 1e-9.

highwater   the whole command: its start, reading, measuring, 5,000 lines of CSV, its end
polars      expressions over scan_parquet, within a running Python: neither its start nor any output counts. Also told
            that the names are sorted, which it believes unseen; highwater finds out by itself

The commands run in turn with polars, and the least of several rounds is taken of each: what else the machine does
meanwhile falls on both. What decoding alone takes is measured by `cargo bench -p highwater-benches --bench long_file
--features ingest`.

`benches/peers/run long_file` makes the environment and calls this. HIGHWATER_BINARY names a built program; without it,
`cargo build --release` makes one.
"""

import csv
import io
import math
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

try:
    import numpy as np
    import polars as pl
except ImportError as missing:
    print(f"SKIPPED: a table from a long file ({missing.name} is not installed)")
    sys.exit(1 if os.environ.get("HIGHWATER_REQUIRE") == "all" else 0)

SERIES, ROWS, YEAR, ROUNDS = 5_000, 2_520, 252.0, 9
METRICS = [
    "total_return",
    "cagr",
    "volatility",
    "downside_deviation",
    "sharpe",
    "sortino",
    "calmar",
    "max_drawdown",
    "best",
    "worst",
    "win_rate",
]


def write(path):
    returns = np.random.default_rng(7).normal(0.0005, 0.02, SERIES * ROWS)
    days = np.datetime64("2016-01-01", "us") + np.arange(ROWS) * np.timedelta64(1, "D")
    names = pl.Series([f"S{number:04}" for number in range(SERIES)])
    frame = pl.DataFrame(
        {
            "time": np.tile(days, SERIES),
            "name": names.gather(np.repeat(np.arange(SERIES, dtype=np.uint32), ROWS)),
            "value": returns,
        }
    )
    frame.write_parquet(path, compression="zstd", row_group_size=1_000_000)


def with_polars(path, told_sorted):
    """Elementwise columns once over all rows, then plain aggregates: the fastest of several forms that we tried.

    `told_sorted`: polars is told, and believes unseen, that the names are sorted; it then groups by runs.
    """
    frame = pl.scan_parquet(path)
    if told_sorted:
        frame = frame.set_sorted("name")
    r, f = pl.col("value"), pl.col("factor")
    total, mean, n = pl.col("total_return"), pl.col("mean"), pl.col("n")
    root = math.sqrt(YEAR)
    value = f.cum_prod()
    return (
        frame.with_columns(factor=1.0 + r, low=pl.min_horizontal(r, 0.0) ** 2, won=r > 0.0)
        .group_by("name")
        .agg(
            n=pl.len(),
            mean=r.mean(),
            volatility=r.std(ddof=1) * root,
            downside_deviation=pl.col("low").mean().sqrt() * root,
            total_return=f.product() - 1.0,
            max_drawdown=(value / value.cum_max().clip(lower_bound=1.0)).min() - 1.0,
            best=r.max(),
            worst=r.min(),
            win_rate=pl.col("won").mean(),
        )
        .with_columns(
            cagr=(total + 1.0) ** (YEAR / n) - 1.0,
            sharpe=mean * YEAR / pl.col("volatility"),
            sortino=mean * YEAR / pl.col("downside_deviation"),
        )
        .with_columns(calmar=pl.col("cagr") / pl.col("max_drawdown").abs())
        .collect()
    )


def with_highwater(binary, path):
    arguments = ["metrics", "--returns", str(path), "--periods-per-year", str(int(YEAR)), "--format", "csv"]
    # A folder of its own, so that no settings of whoever runs this are read.
    found = subprocess.run([binary, *arguments], check=True, capture_output=True, cwd=Path(path).parent)
    return found.stdout


def agree(table, frame):
    rows = list(csv.DictReader(io.StringIO(table.decode())))
    assert [row["name"] for row in rows] == frame["name"].to_list(), "the same series in the same order"
    for name in METRICS:
        ours = np.array([float(row[name]) for row in rows])
        theirs = frame[name].to_numpy()
        np.testing.assert_allclose(ours, theirs, rtol=1e-9, atol=1e-12, err_msg=name)


def processor_seconds():
    """Of all threads of this process, and of the commands that it has run: what a busy machine changes least."""
    used = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(one.ru_utime + one.ru_stime for one in used)


def built():
    binary = os.environ.get("HIGHWATER_BINARY")
    if binary:
        return str(Path(binary).resolve())
    root = Path(__file__).resolve().parents[2]
    subprocess.run(["cargo", "build", "--release"], check=True, cwd=root)
    return str(Path(os.environ.get("CARGO_TARGET_DIR", root / "target")).resolve() / "release" / "highwater")


def main():
    binary = built()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "long.parquet"
        write(path)
        table = with_highwater(binary, path)
        for told_sorted in (False, True):
            agree(table, with_polars(path, told_sorted).sort("name"))
        works = {
            "highwater metrics --returns, whole command": lambda: with_highwater(binary, path),
            f"polars {pl.__version__}": lambda: with_polars(path, False),
            f"polars {pl.__version__}, told that names are sorted": lambda: with_polars(path, True),
            f"polars {pl.__version__}, reading the file alone": lambda: pl.read_parquet(path),
        }
        wall, processor = dict.fromkeys(works, math.inf), dict.fromkeys(works, math.inf)
        for _ in range(ROUNDS):
            for name, work in works.items():
                start, used = time.perf_counter(), processor_seconds()
                work()
                wall[name] = min(wall[name], time.perf_counter() - start)
                processor[name] = min(processor[name], processor_seconds() - used)
        size = path.stat().st_size
    print(f"{SERIES:,} series of {ROWS:,} rows, {size / 1e6:.0f} MB of Parquet, {os.cpu_count()} cores, least of {ROUNDS} rounds")
    print(f"{'':<46} {'time':>10} {'x':>6} {'processor':>12} {'x':>6}")
    ours = next(iter(works))
    for name in works:
        times = f"{wall[name] * 1e3:>7.0f} ms {wall[name] / wall[ours]:>6.2f}"
        print(f"{name:<46} {times} {processor[name] * 1e3:>9.0f} ms {processor[name] / processor[ours]:>6.2f}")


if __name__ == "__main__":
    main()
