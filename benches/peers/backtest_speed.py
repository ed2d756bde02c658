"""One replay with a stop and a target over minute bars: highwater beside a numba loop and vectorbt, in one run.

A price that moves 0.1 % a bar, an entry (long, at the open) in one bar of fifty if nothing is held, stop and target 1, 5,
10 and 20 % from the entry price. The kernels are held to give the same trades and the same profit.

numba     two loops: one bar after the other with what is held as a state, as loops are usually written; and the fastest
          that we could write, which goes from entry to entry and has nothing but two comparisons inside
highwater the example `minutes`: kernels that do the same by a scan and by the pyramid of first touches; then the engine:
          `totals` (a replay without a list of trades), `trades` (the trades, with all costs and excursions, and the
          scenarios) and `run` (the equity at every bar besides), each from nothing, or with the pyramid built before
vectorbt  `Portfolio.from_signals` and its positions, and `value` besides, with numba and with rust, each in a process of
          its own, compiled before. It looks at stops from the bar after the entry bar on, so a few trades differ

`benches/peers/run backtest_speed` makes the environment and calls this; numbers of bars may be named after it.
"""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

try:
    import numba
    import numpy as np
except ImportError as missing:
    print(f"SKIPPED: minute bars beside numba and vectorbt ({missing.name} is not installed)")
    sys.exit(1 if os.environ.get("HIGHWATER_REQUIRE") == "all" else 0)

import scaling

LEVELS = (1, 5, 10, 20)
EVERY = 50


def write(folder, bars, every=EVERY):
    draws = np.random.default_rng(11)
    close = 100.0 * np.exp(np.cumsum(draws.normal(0.0, 0.001, bars)))
    open_ = np.concatenate([[100.0], close[:-1]])
    high = np.maximum(open_, close) * (1.0 + 0.0003 * draws.random(bars))
    low = np.minimum(open_, close) * (1.0 - 0.0003 * draws.random(bars))
    entries = np.flatnonzero(draws.random(bars) < 1.0 / every)
    columns = {"open": open_, "high": high, "low": low, "close": close}
    for name, column in columns.items():
        column.tofile(folder / f"{name}.f64")
    entries = entries[entries > 0].astype("uint32")
    entries.tofile(folder / "entry.u32")


def read(folder):
    columns = [np.fromfile(folder / f"{name}.f64") for name in ("open", "high", "low", "close")]
    return columns, np.fromfile(folder / "entry.u32", dtype="uint32")


@numba.njit
def bar_by_bar(open_, high, low, close, enters, away):
    trades, profit, held = 0, 0.0, False
    price = stop = target = 0.0
    for bar in range(len(open_)):
        if held:
            out = 0.0
            if open_[bar] <= stop or open_[bar] >= target:
                out = open_[bar]
            elif low[bar] <= stop:
                out = stop
            elif high[bar] >= target:
                out = target
            if out > 0.0:
                profit += out / price - 1.0
                held = False
        elif enters[bar]:
            held = True
            trades += 1
            price = open_[bar]
            stop, target = price * (1.0 - away), price * (1.0 + away)
            if low[bar] <= stop or high[bar] >= target:
                profit += (stop if low[bar] <= stop else target) / price - 1.0
                held = False
    if held:
        profit += close[-1] / price - 1.0
    return trades, profit


@numba.njit
def entry_by_entry(open_, high, low, close, entries, away):
    trades, profit, at, bars = 0, 0.0, 0, len(open_)
    while at < len(entries):
        entry = np.int64(entries[at])
        price = open_[entry]
        stop, target = price * (1.0 - away), price * (1.0 + away)
        trades += 1
        bar = entry
        while bar < bars and low[bar] > stop and high[bar] < target:
            bar += 1
        if bar == bars:
            profit += close[-1] / price - 1.0
            break
        if bar > entry and (open_[bar] <= stop or open_[bar] >= target):
            profit += open_[bar] / price - 1.0
        elif low[bar] <= stop:
            profit += stop / price - 1.0
        else:
            profit += target / price - 1.0
        while at < len(entries) and entries[at] <= bar:
            at += 1
    return trades, profit


def least(rounds, work):
    best = np.inf
    for _ in range(rounds):
        start = time.perf_counter()
        answer = work()
        best = min(best, time.perf_counter() - start)
    return best, answer


def with_numba(folder, rounds):
    (open_, high, low, close), entries = read(folder)
    enters = np.zeros(len(open_), dtype=np.bool_)
    enters[entries] = True
    found = {}
    for percent in LEVELS:
        away = percent / 100.0
        for name, work in (
            ("numba-bar-by-bar", lambda: bar_by_bar(open_, high, low, close, enters, away)),
            ("numba-entry-by-entry", lambda: entry_by_entry(open_, high, low, close, entries, away)),
        ):
            work()
            found[name, percent] = least(rounds, work)
    return found


def peak_bytes():
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    return 0


def vectorbt_alone(folder, engine, rounds, curve):
    """In a process of its own: prints `name level seconds trades profit` and what memory it took beyond its input."""
    import pandas as pd
    import vectorbt as vbt

    def replay(columns, enters, percent):
        open_, high, low, close = columns
        portfolio = vbt.Portfolio.from_signals(
            close,
            entries=enters,
            exits=False,
            open=open_,
            high=high,
            low=low,
            price=open_,
            size=1.0,
            size_type="amount",
            init_cash=1e12,
            sl_stop=percent / 100.0,
            tp_stop=percent / 100.0,
            stop_entry_price="fillprice",
            stop_exit_price="stoplimit",
            engine=engine,
        )
        return portfolio

    def series(columns, entries, bars):
        enters = np.zeros(bars, dtype=np.bool_)
        enters[entries[entries < bars]] = True
        return [pd.Series(column[:bars].copy()) for column in columns], pd.Series(enters)

    columns, entries = read(folder)
    replay(*series(columns, entries, 2_000), 5).value()
    columns, enters = series(columns, entries, len(columns[0]))
    before = peak_bytes()
    name = f"vectorbt-{engine}{'-value' if curve else ''}"
    for percent in LEVELS:
        if curve:
            seconds, _ = least(rounds, lambda: replay(columns, enters, percent).value())
            print(f"{name} {percent} {seconds} 0 0")
            continue
        seconds, table = least(rounds, lambda: replay(columns, enters, percent).positions.values)
        profit = float(np.sum(table["exit_price"] / table["entry_price"] - 1.0))
        print(f"{name} {percent} {seconds} {len(table)} {profit}")
    print(f"memory-before 0 {before} 0 0\nmemory-after 0 {peak_bytes()} 0 0")


def lines_of(command):
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True)
    if done.returncode:
        sys.exit(done.stderr)
    found = {}
    for line in done.stdout.splitlines():
        name, level, seconds, trades, profit = line.split()
        found[name, int(level)] = (float(seconds), (int(trades), float(profit)))
    return found


def merged(into, found):
    for key, value in found.items():
        if key not in into or value[0] < into[key][0]:
            into[key] = value


def measured(folder, minutes, bars, peers):
    rounds = 5 if bars >= 5_000_000 else 15
    kernels, whole = {}, {}
    # In turn, so that what else the machine does falls on all of them.
    for _ in range(3):
        merged(kernels, lines_of([minutes, folder, rounds, "kernels"]))
        merged(kernels, with_numba(folder, rounds))
    for percent in LEVELS:
        trades, profit = kernels["scan", percent][1]
        for name in ("numba-bar-by-bar", "numba-entry-by-entry"):
            its = kernels[name, percent][1]
            assert its[0] == trades and abs(its[1] - profit) < 1e-6, (name, percent, its, trades, profit)
    for what in ("trades", "run"):
        for _ in range(2):
            merged(whole.setdefault(what, {}), lines_of([minutes, folder, rounds, what]))
    for engine in peers:
        for what in ("positions", "value"):
            command = [sys.executable, __file__, "--vectorbt", engine, folder, 3, what]
            whole[f"vectorbt-{engine}-{what}"] = lines_of(command)
    return kernels, whole


def main():
    if sys.argv[1:2] == ["--vectorbt"]:
        vectorbt_alone(Path(sys.argv[3]), sys.argv[2], int(sys.argv[4]), sys.argv[5] == "value")
        return
    minutes = os.environ.get("HIGHWATER_MINUTES")
    if not minutes:
        build = ["cargo", "build", "--quiet", "--release", "-p", "highwater-benches", "--example", "minutes"]
        subprocess.run(build, check=True)
        minutes = Path(os.environ.get("CARGO_TARGET_DIR", "target"), "release", "examples", "minutes").resolve()
    peers = []
    for engine, module in (("numba", "vectorbt"), ("rust", "vectorbt_rust")):
        done = subprocess.run([sys.executable, "-c", f"import {module}"], capture_output=True)
        if done.returncode:
            print(f"SKIPPED: vectorbt with {engine} ({module} is not installed)")
        else:
            peers.append(engine)
    sizes = [int(float(word)) for word in sys.argv[1:]] or [100_000, 300_000, 1_000_000, 3_000_000, 10_000_000]
    found = {}
    for bars in sizes:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            write(folder, bars)
            kernels, whole = found[bars] = measured(folder, minutes, bars, peers)
        print(f"\n{bars:,} bars")
        passing, build = kernels["pass", 0][0], kernels["build", 0][0]
        print(f"  a plain pass {passing * 1e3:.2f} ms, building the pyramid {build * 1e3:.2f} ms: {build / passing:.2f} passes")
        for percent in LEVELS:
            fastest = min(kernels[name, percent][0] for name in ("numba-bar-by-bar", "numba-entry-by-entry"))
            print(f"  {percent} %: {kernels['scan', percent][1][0]} trades")
            for (name, level), (seconds, _) in kernels.items():
                if level == percent:
                    print(f"    {name:<22} {seconds * 1e3:>10.3f} ms   fastest numba / this {fastest / seconds:>7.2f}")
            for figures in whole.values():
                for (name, level), (seconds, (trades, _)) in figures.items():
                    if level == percent:
                        print(f"    {name:<22} {seconds * 1e3:>10.3f} ms   {trades} trades")
        for who, figures in whole.items():
            before, after = figures["memory-before", 0][0], figures["memory-after", 0][0]
            print(f"  {who}: {(after - before) / 2**20:.0f} MiB beyond its input, {(after - before) / bars:.0f} bytes a bar")
    if len(sizes) > 1:
        scaling_of(found)


def scaling_of(found):
    """Slopes of time against bars and against trades, printed and drawn."""
    compared = {
        "totals": "totals",
        "trades": "trades",
        "run": "run",
        "numba-bar-by-bar": "numba loop",
        "vectorbt-rust": "vectorbt rust",
        "vectorbt-numba": "vectorbt numba",
    }

    def figures(bars, name):
        """Of each level: trades and milliseconds."""
        kernels, whole = found[bars]
        for one in (kernels, *whole.values()):
            if (name, LEVELS[0]) in one:
                return {level: (one[name, level][1][0], one[name, level][0] * 1e3) for level in LEVELS}
        return {}

    most = max(found)
    measured_ones = {name: title for name, title in compared.items() if figures(most, name)}
    by_bars = [
        (title, sorted((bars, figures(bars, name)[20][1]) for bars in found)) for name, title in measured_ones.items()
    ]
    # At one number of bars: levels nearer by make more trades.
    by_trades = [(title, sorted(figures(most, name).values())) for name, title in measured_ones.items()]
    for axis, lines in (("bars, stop and target at 20 %", by_bars), (f"trades, of {most:,} bars", by_trades)):
        print(f"\nslopes of time against {axis}")
        for title, line in lines:
            print(f"  {title:<16} {scaling.slope(line):.2f}")
    file = Path(os.environ.get("CARGO_TARGET_DIR", "target"), "backtest_speed.svg")
    scaling.picture(
        file,
        [
            ("Bars (stop and target at 20 %), with slopes", "bars", by_bars),
            (f"Trades (of {most:,} bars), with slopes", "trades", by_trades),
        ],
    )
    print(f"drawn to {file}")


if __name__ == "__main__":
    main()
