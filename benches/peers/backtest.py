"""The same entries, stops and targets through highwater, a plain loop, backtesting.py and vectorbt, on bars of your own.

    benches/peers/run backtest FILE...          FILE is CSV or Parquet: timestamp (a bar's open), open, high, low, close
                                                its path is absolute, or from the root of the repository
    benches/peers/run backtest DAILY+HOURLY     the second file's bars decide what came first inside a bar of the first

highwater   the command: `import` into a lake in a temporary folder, `backtest`, and the trades that it writes
plain loop  `plain_loop.py`, written from SEMANTICS.md; has to give every trade of every plan, prices to the last bit
the others  one plan with a stop and a target at a distance from the entry price, without costs and with a fee; entries at
            the open after a close beyond the range of 20 bars. A trade is entry, side, both prices, exit and reason

Where another library books another trade, the loop replays that entry with each of the library's own rules in turn, and
the difference is counted under the rule that gives the library's trade; entries of one side alone follow from an
earlier exit that differs. Then the whole run is replayed under the library's rules, which has to give all its trades.

HIGHWATER_BINARY names a built program; without it, `cargo build --release` makes one.
"""

import os
import subprocess
import sys
import tempfile
from collections import Counter
from dataclasses import replace
from pathlib import Path

from plain_loop import Bars, Event, Rules, breakouts, of_one_entry, replay

try:
    import pandas as pd
    import pyarrow.parquet as pq

    import backtest_peers
except ImportError as missing:
    print(f"SKIPPED: trades beside other libraries ({missing.name} is not installed)")
    sys.exit(1 if os.environ.get("HIGHWATER_REQUIRE") == "all" else 0)

LOOKBACK = 20
MINUTE = 60_000_000
TIMEFRAMES = {MINUTE: "1m", 5 * MINUTE: "5m", 60 * MINUTE: "1h", 24 * 60 * MINUTE: "1d"}
# Stop and target that are reached within some tens of bars.
DISTANCES = {"1m": ("0.4%", "0.6%"), "5m": ("1%", "1.5%"), "1h": ("2%", "3%"), "1d": ("5%", "8%")}
# Those that the other libraries can do as well.
BESIDE_OTHERS = ("stop and target", "stop and target, a fee", "near stop and target")
PLAN = """
name = "Breakouts"
timeframe = "{timeframe}"
universe = "all"
[entry]
signal = "breakout"
lookback = "{lookback} bars"
side = "{side}"
[exit]
doubtful = "{doubtful}"
signal = "{signal}"
{exits}
[size]
amount = 1000
[cost]
fee = "{fee}"
slippage = "{slippage}"
[cash]
initial = 1000000000
"""


def read(path):
    frame = pd.read_parquet(path) if path.suffix == ".parquet" else pd.read_csv(path)
    times = pd.to_datetime(frame["timestamp"], utc=True).dt.tz_localize(None).astype("datetime64[us]")
    times = [int(time) for time in times.astype("int64")]
    columns = [[float(value) for value in frame[name]] for name in ("open", "high", "low", "close")]
    length = min(later - time for time, later in zip(times, times[1:]))
    return Bars(times, *columns, length)


def share(text):
    """A fraction, as the plan's text says it."""
    return float(text.removesuffix("%")) / 100.0


def plans(timeframe):
    """Name, the plan's own words, the loop's rules."""
    stop, target = DISTANCES[timeframe]
    half, twice = f"{share(target) * 50:.10g}%", f"{share(target) * 200:.10g}%"
    bracket = f'stop = {{ distance = "{stop}" }}\ntarget = {{ distance = "{target}" }}'
    rules = Rules(stop=share(stop), targets=((share(target), 1.0),))
    close_by = f"{share(stop) * 40:.10g}%"
    near_text = f'stop = {{ distance = "{close_by}" }}\ntarget = {{ distance = "{close_by}" }}'
    near = replace(rules, stop=share(close_by), targets=((share(close_by), 1.0),))
    ladder = (
        f'stop = {{ distance = "{stop}" }}\n'
        f'target = [{{ distance = "{half}", share = "50%" }}, {{ distance = "{twice}" }}]'
    )
    ladder_rules = replace(rules, targets=((share(half), 0.5), (share(twice), 0.5)))
    rest = ladder.replace(' }]', ', share = "30%" }]')
    rest_rules = replace(rules, targets=((share(half), 0.5), (share(twice), 0.3)), time=50)
    trail = f'trail = {{ distance = "{stop}", from = "close" }}'
    both = {"fee": "0%", "slippage": "0%", "side": "both", "doubtful": "stop-first", "signal": "none"}
    return [
        ("stop and target", both | {"exits": bracket}, rules),
        ("stop and target, a fee", both | {"exits": bracket, "fee": "0.1%"}, replace(rules, fee=share("0.1%"))),
        (
            "stop and target, fee and slippage",
            both | {"exits": bracket, "fee": "0.1%", "slippage": "0.05%"},
            replace(rules, fee=share("0.1%"), slippage=share("0.05%")),
        ),
        ("near stop and target", both | {"exits": near_text}, near),
        (
            "near, target-first",
            both | {"exits": near_text, "doubtful": "target-first"},
            replace(near, doubtful="target-first"),
        ),
        (
            "near, nearer-extreme",
            both | {"exits": near_text, "doubtful": "nearer-extreme"},
            replace(near, doubtful="nearer-extreme"),
        ),
        ("long alone", both | {"exits": bracket, "side": "long"}, replace(rules, sides=(1,))),
        ("short alone", both | {"exits": bracket, "side": "short"}, replace(rules, sides=(-1,))),
        (
            "opposite event, 30 bars",
            both | {"exits": bracket + '\ntime = "30 bars"', "signal": "opposite-event"},
            replace(rules, time=30, signal="opposite-event"),
        ),
        ("ladder of two targets", both | {"exits": ladder}, ladder_rules),
        (
            "ladder, target-first",
            both | {"exits": ladder, "doubtful": "target-first"},
            replace(ladder_rules, doubtful="target-first"),
        ),
        ("ladder with a rest, 50 bars", both | {"exits": rest + '\ntime = "50 bars"'}, rest_rules),
        (
            "trail of closes",
            both | {"exits": trail},
            replace(rules, stop=None, targets=(), trail=share(stop), trail_from="close"),
        ),
        (
            "trail of extremes, a target",
            both
            | {"exits": f'trail = {{ distance = "{stop}" }}\ntarget = {{ distance = "{target}" }}'},
            replace(rules, stop=None, trail=share(stop)),
        ),
        (
            "break-even",
            both | {"exits": bracket + f'\nbreak_even = "{half}"'},
            replace(rules, break_even=share(half)),
        ),
        (
            "ladder, trail and break-even",
            both
            | {"exits": ladder + f'\ntrail = {{ distance = "{target}" }}\nbreak_even = "{half}"'},
            replace(ladder_rules, trail=share(target), break_even=share(half)),
        ),
    ]


class Highwater:
    """The command over a lake of its own."""

    def __init__(self, binary, folder):
        self.binary, self.folder = binary, Path(folder)

    def call(self, *words):
        command = [self.binary, "--quiet", "--lake", self.folder / "lake", *words]
        # The variable is this script's own.
        clean = {name: value for name, value in os.environ.items() if name != "HIGHWATER_BINARY"}
        done = subprocess.run(list(map(str, command)), capture_output=True, text=True, cwd=self.folder, env=clean)
        if done.returncode:
            sys.exit(f"{' '.join(map(str, command))}\n{done.stderr}")

    def holds(self, path, timeframe):
        self.call("import", path.resolve(), "--symbol", "BARS", "--timeframe", timeframe)

    def trades(self, timeframe, words, lookback=LOOKBACK):
        plan = self.folder / "plan.toml"
        plan.write_text(PLAN.format(timeframe=timeframe, lookback=lookback, **words))
        self.call("backtest", plan, "--out", self.folder / "out")
        table = pq.read_table(self.folder / "out" / "trades.parquet").to_pylist()
        micros = lambda time: int(pd.Timestamp(time).value // 1000)
        return [
            (
                micros(row["entry_time"]),
                1 if row["side"] == "long" else -1,
                row["entry_price"],
                micros(row["exit_time"]),
                row["exit_price"],
                row["exit_reason"],
                row["quantity"],
                row["pnl"],
                row["doubtful"],
            )
            for row in table
        ]


def same_as_loop(ours, theirs):
    """Whether the loop has every trade of ours, prices and coins to the last bit; profits but for their rounding."""
    if len(ours) != len(theirs):
        return f"{len(ours)} trades, the loop {len(theirs)}"
    for our, their in zip(ours, theirs):
        near = abs(our[7] - their[7]) <= 1e-12 * 1000.0
        if our[:6] != their[:6] or our[6] != their[6] or not near:
            return f"{our}, the loop {their[:8]}"
    return None


def beside(name, bars, rules, ours, theirs, its_rules):
    """Print what another library does otherwise, each difference under the one rule that gives the library's trade."""
    key = lambda trade: (trade[0], trade[1])
    outcome = lambda trade: (trade[3], trade[4], trade[5])
    our_entries, its_entries = {key(one): one for one in ours}, {key(one): one for one in theirs}
    causes, equal = Counter(), 0
    at = {time: bar for bar, time in enumerate(bars.time)}
    whole = replace(rules, **{name: value for _, change in its_rules for name, value in change.items()})
    tried = [(cause, replace(rules, **change)) for cause, change in its_rules] + [("several of its rules together", whole)]

    def gives(one, entry, its):
        """Whether an entry becomes the library's trade under these rules; no trade if it has none."""
        told = of_one_entry(bars, at[entry[0]], entry[1], one)
        if told is None or its is None:
            return told is its
        return backtest_peers.agrees((told.exit_time, told.exit, told.reason), outcome(its))

    for entry, our in our_entries.items():
        its = its_entries.get(entry)
        if its is not None and our[2] == its[2] and backtest_peers.agrees(outcome(our), outcome(its)):
            equal += 1
            continue
        cause = next((cause for cause, one in tried if gives(one, entry, its)), None)
        if cause is None and its is None:
            cause = "by highwater alone: the library still held an earlier position"
        causes[cause or "NOT EXPLAINED"] += 1
        if cause is None:
            print("   ", our, its)
    for entry in its_entries:
        if entry not in our_entries:
            causes["by the library alone: highwater still held an earlier position"] += 1
    modelled = [trade[:6] for trade in replay(bars, breakouts(bars, LOOKBACK), whole)]
    explained = len(modelled) == len(theirs) and all(
        key(one) == key(its) and one[2] == its[2] and backtest_peers.agrees(outcome(one), outcome(its))
        for one, its in zip(modelled, theirs)
    )
    print(f"  {name}: {len(theirs)} trades, {equal} of highwater's {len(ours)} equal")
    for cause, count in sorted(causes.items()):
        print(f"    {count:>6}  {cause}")
    print(f"    the loop under its rules gives {'all its trades' if explained else 'OTHER TRADES'}")
    return explained and "NOT EXPLAINED" not in causes


def over(path, binary):
    first, _, second = str(path).partition("+")
    bars = read(Path(first))
    timeframe = TIMEFRAMES[bars.length]
    finer = read(Path(second)) if second else None
    print(f"\n{Path(first).name}: {len(bars.time)} bars of {timeframe}" + (f", with {Path(second).name}" if second else ""))
    events = breakouts(bars, LOOKBACK)
    good = True
    with tempfile.TemporaryDirectory() as folder:
        highwater = Highwater(binary, folder)
        highwater.holds(Path(first), timeframe)
        if finer:
            highwater.holds(Path(second), TIMEFRAMES[finer.length])
        for number, (name, words, rules) in enumerate(plans(timeframe)):
            if finer and len(rules.targets) != 1:
                continue
            ours = highwater.trades(timeframe, words)
            why = same_as_loop(ours, replay(bars, events, rules, finer))
            good &= why is None
            reasons = ", ".join(f"{reason} {count}" for reason, count in sorted(Counter(one[5] for one in ours).items()))
            print(f"  {name:<36} {len(ours):>6} trades, the plain loop: {'equal' if why is None else 'DIFFERENT: ' + why}  ({reasons})")
            if name in BESIDE_OTHERS and not finer:
                entries = [(one[0], one[1]) for one in ours]
                assert len(set(entries)) == len(entries)
                for peer, run, its_rules in backtest_peers.PEERS:
                    good &= beside(peer, bars, rules, [one[:6] for one in ours], run(bars, events, rules, ours), its_rules)
    return good


# Entered at 100, stop and target 5 % away: the bar after the entry bar, and what it has to give.
DOUBTFUL = [
    ("long, opens beyond the target, then falls to the stop", 1, (106.0, 107.0, 94.0, 96.0), 106.0, "target-gap"),
    ("short, opens beyond the target, then rises to the stop", -1, (94.0, 106.0, 93.0, 104.0), 94.0, "target-gap"),
    ("long, opens beyond the stop, then rises to the target", 1, (94.0, 106.0, 93.0, 104.0), 94.0, "stop-gap"),
    ("short, opens beyond the stop, then falls to the target", -1, (106.0, 107.0, 94.0, 96.0), 106.0, "stop-gap"),
    ("long, both inside the bar", 1, (100.0, 106.0, 94.0, 100.0), 95.0, "stop"),
    ("short, both inside the bar", -1, (100.0, 106.0, 94.0, 100.0), 105.0, "stop"),
]


def doubtful_bars(binary):
    """The bars that others book as a loss, through each of them."""
    print("\nentered at 100, a stop at 95 and a target at 105 (the other way round for a short), then one bar")
    rules = Rules(stop=0.05, targets=((0.05, 1.0),))
    words = {
        "exits": 'stop = { distance = "5%" }\ntarget = { distance = "5%" }',
        "fee": "0%",
        "slippage": "0%",
        "side": "both",
        "doubtful": "stop-first",
        "signal": "none",
    }
    good = True
    for name, sign, bar, price, reason in DOUBTFUL:
        quiet, turn = (99.0, 100.0, 98.0, 99.0), (99.0, 101.0, 97.0, 101.0 if sign > 0 else 97.0)
        rows = [quiet, quiet, turn, (100.0, 101.0, 99.0, 100.0), bar, (100.0, 100.5, 99.5, 100.0)]
        day = 24 * 60 * MINUTE
        start = 1_577_836_800_000_000
        bars = Bars([start + day * n for n in range(len(rows))], *map(list, zip(*rows)), day)
        events = [Event(bars.time[3], sign)]
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "bars.csv"
            lines = [
                f"{pd.Timestamp(time * 1000)}Z,{','.join(map(str, row))}" for time, row in zip(bars.time, rows)
            ]
            path.write_text("timestamp,open,high,low,close\n" + "\n".join(lines).replace(" ", "T") + "\n")
            highwater = Highwater(binary, folder)
            highwater.holds(path, "1d")
            ours = highwater.trades("1d", words, lookback=2)
        figures = [("highwater", ours[0])] + [("plain loop", replay(bars, events, rules)[0])]
        figures += [(peer, run(bars, events, rules, ours)[0]) for peer, run, _ in backtest_peers.PEERS]
        good &= figures[0][1][4:6] == figures[1][1][4:6] == (price, reason)
        # Only what the open leaves undecided is in doubt.
        good &= ours[0][8] == (reason in ("stop", "target"))
        print(f"  {name}: open {bar[0]:g}, high {bar[1]:g}, low {bar[2]:g}, close {bar[3]:g}")
        for who, trade in figures:
            print(f"    {who:<28} exits at {trade[4]:g} ({trade[5]}), profit {sign * (trade[4] - 100.0):+g}")
    return good


def main():
    files = sys.argv[1:]
    if not files:
        print("SKIPPED: trades beside other libraries (name files of bars: benches/peers/run backtest FILE...)")
        return
    binary = os.environ.get("HIGHWATER_BINARY")
    if not binary:
        subprocess.run(["cargo", "build", "--quiet", "--release"], check=True)
        binary = Path(os.environ.get("CARGO_TARGET_DIR", "target"), "release", "highwater").resolve()
    good = doubtful_bars(binary)
    for path in files:
        good &= over(path, binary)
    if not good:
        sys.exit("not every trade is equal or explained")


if __name__ == "__main__":
    main()
