"""Stop and target of every entry through backtesting.py and vectorbt, as near to SEMANTICS.md as their settings allow.

What they do otherwise stands beside each: as changes of the plain loop's rules, one at a time.
"""

import os
import warnings

os.environ.setdefault("TQDM_DISABLE", "1")

import numpy as np
import pandas as pd
import vectorbt as vbt
from backtesting import Backtest, Strategy

# Cash that no replay here runs out of: each trade is one coin.
CASH = 1e12


def reason_of(sign, entry_bar, exit_bar, rules, entry, exit, open_):
    """They name no reason: a price says which."""
    stop, target = entry * (1.0 - sign * rules.stop), entry * (1.0 + sign * rules.targets[0][0])
    if exit == stop:
        return "stop"
    if exit == target:
        return "target"
    if exit == open_ and exit_bar > entry_bar:
        return "stop-gap" if sign * exit <= sign * stop else "target-gap" if sign * exit >= sign * target else "end"
    return "end"


def agrees(one, other):
    """Exit time, exit price and reason; `end` is any word for a position that stood at the end."""
    word = lambda reason: "end" if reason == "end-of-data" else reason
    return one[:2] == other[:2] and word(one[2]) == word(other[2])


def frame_of(bars):
    index = pd.DatetimeIndex(np.array(bars.time, dtype="datetime64[us]"))
    columns = {"Open": bars.open, "High": bars.high, "Low": bars.low, "Close": bars.close}
    return pd.DataFrame(columns, index=index)


def signs_at_open(bars, events):
    """Per bar what the latest event known at its open says: 1, -1, or 0 for none."""
    signs = np.zeros(len(bars.time), dtype=int)
    at = np.searchsorted(bars.time, [event.known for event in events])
    for bar, event in zip(at, events):
        if bar < len(signs):
            signs[bar] = event.sign
    return signs


def checked_profits(trades, profits, rules):
    """Profit of one coin after fees, as the library has it, is what the prices and the fee say."""
    for (_, sign, entry, _, exit, reason), profit in zip(trades, profits):
        fees = rules.fee * (entry + (0.0 if reason == "end" else exit))
        meant = sign * (exit - entry) - fees
        # A position that stands at the end: backtesting.py closes it, and pays.
        assert reason == "end" or abs(profit - meant) <= 1e-9 * entry, (entry, exit, profit, meant)
    return trades


def backtesting_py(bars, events, rules, ours):
    signs, opens = signs_at_open(bars, events), bars.open

    class Entries(Strategy):
        def init(self):
            pass

        def next(self):
            bar = len(self.data)
            if bar >= len(opens) or self.position:
                return
            sign = int(signs[bar])
            if sign and sign in rules.sides:
                # It wants prices where a fill is not known yet: they are given those of the fill to come.
                entry = opens[bar]
                order = self.buy if sign > 0 else self.sell
                try:
                    order(size=1, sl=entry * (1.0 - sign * rules.stop), tp=entry * (1.0 + sign * rules.targets[0][0]))
                except ValueError:
                    # The last close lies beyond one of them, across a hole in the bars.
                    pass

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        test = Backtest(frame_of(bars), Entries, cash=CASH, commission=rules.fee, finalize_trades=True)
        table = test.run()["_trades"].sort_values("EntryBar")
    trades = []
    for row in table.itertuples():
        sign = 1 if row.Size > 0 else -1
        reason = reason_of(sign, row.EntryBar, row.ExitBar, rules, row.EntryPrice, row.ExitPrice, opens[row.ExitBar])
        trades.append(
            (bars.time[row.EntryBar], sign, row.EntryPrice, bars.time[row.ExitBar], row.ExitPrice, reason)
        )
    return checked_profits(trades, table["PnL"], rules)


def vectorbt(engine):
    def trades_of(bars, events, rules, ours):
        frame, signs = frame_of(bars), signs_at_open(bars, events)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            portfolio = vbt.Portfolio.from_signals(
                frame["Close"],
                entries=pd.Series((signs > 0) & (1 in rules.sides), index=frame.index),
                short_entries=pd.Series((signs < 0) & (-1 in rules.sides), index=frame.index),
                open=frame["Open"],
                high=frame["High"],
                low=frame["Low"],
                price=frame["Open"],
                size=1.0,
                size_type="amount",
                fees=rules.fee,
                init_cash=CASH,
                sl_stop=rules.stop,
                tp_stop=rules.targets[0][0],
                stop_entry_price="fillprice",
                stop_exit_price="stoplimit",
                upon_opposite_entry="ignore",
                engine=engine,
            )
            table = portfolio.positions.records
        trades = []
        for row in table.itertuples():
            sign = 1 if row.direction == 0 else -1
            entry, exit = float(row.entry_price), float(row.exit_price)
            reason = reason_of(sign, row.entry_idx, row.exit_idx, rules, entry, exit, bars.open[row.exit_idx])
            reason = "end" if row.status == 0 else reason
            trades.append((bars.time[row.entry_idx], sign, entry, bars.time[row.exit_idx], exit, reason))
        return checked_profits(trades, table["pnl"], rules)

    return trades_of


REFUSED = "refused: the last close, which it checks in the place of the fill, lies beyond the stop or the target"
STOP_FIRST = "its stop comes first even where the bar opens beyond the target"
NO_ENTRY_BAR = "the bar entered at its open ends nothing: stop and target are looked at from the next bar on"
END_AT_OPEN = "a position that stands at the end is closed at the last bar's open"
VECTORBT_RULES = [
    (STOP_FIRST, {"gap_order": "stop"}),
    (NO_ENTRY_BAR, {"entry_bar_exits": False}),
]
PEERS = [
    (
        "backtesting.py 0.6.6",
        backtesting_py,
        [
            (REFUSED, {"refused_by_close": True}),
            (STOP_FIRST, {"gap_order": "stop"}),
            (END_AT_OPEN, {"end": "open"}),
        ],
    ),
    (f"vectorbt {vbt.__version__}, numba", vectorbt("numba"), VECTORBT_RULES),
]
try:
    import vectorbt_rust  # noqa: F401

    PEERS.append((f"vectorbt {vbt.__version__}, rust", vectorbt("rust"), VECTORBT_RULES))
except ImportError:
    print("SKIPPED: vectorbt's engine in Rust (vectorbt-rust is not installed)")
