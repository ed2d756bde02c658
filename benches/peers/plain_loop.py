"""What a replay does to one token, as a plain loop over its bars: written from `crates/backtest/SEMANTICS.md` and the
words of the plan's template alone, so that it can disagree with the engine.

`Rules` says which exits there are. Its last four fields are not ours: they are what other libraries do instead, each a
change of one rule, so that what they book differently can be told and counted.
"""

from dataclasses import dataclass, replace
from typing import NamedTuple


class Bars(NamedTuple):
    """Columns of bars: the times of their opens in microseconds, ascending, and how long a bar is."""

    time: list
    open: list
    high: list
    low: list
    close: list
    length: int


class Event(NamedTuple):
    """News of a moment: 1 long, -1 short."""

    known: int
    sign: int


@dataclass(frozen=True)
class Rules:
    """Shares are fractions: 0.05 is 5 %."""

    stop: float | None = None
    targets: tuple = ()  # (distance from the entry, share of the position), the nearest first
    trail: float | None = None
    trail_from: str = "extreme"
    break_even: float | None = None
    time: int | None = None
    signal: str = "none"
    doubtful: str = "stop-first"
    sides: tuple = (1, -1)
    amount: float = 1000.0
    fee: float = 0.0
    slippage: float = 0.0
    # What others do.
    gap_order: str = "open"  # or "stop": a bar that touches both is a stop, even if its open lies beyond the target
    entry_bar_exits: bool = True  # False: the bar that was entered at its open cannot end the position
    refused_by_close: bool = False  # True: no entry if the last close is not between the stop and the target
    end: str = "close"  # or "open": at which price of the last bar a standing position is marked


class Trade(NamedTuple):
    """A position, or the part of it that one exit closed."""

    entry_time: int
    sign: int
    entry: float
    exit_time: int
    exit: float
    reason: str
    quantity: float
    pnl: float
    entry_bar: int
    exit_bar: int


def breakouts(bars, lookback):
    """A close beyond the range of the bars before it, where that turns the trend or begins it; known at the close."""
    events, trend = [], 0
    for bar in range(lookback, len(bars.time)):
        close = bars.close[bar]
        if close > max(bars.high[bar - lookback : bar]):
            sign = 1
        elif close < min(bars.low[bar - lookback : bar]):
            sign = -1
        else:
            continue
        if sign != trend:
            trend = sign
            events.append(Event(bars.time[bar] + bars.length, sign))
    return events


def loses(sign, price, at):
    """At or past, on the losing side."""
    return sign * price <= sign * at


class Position:
    def __init__(self, rules, bars, bar, sign):
        self.sign, self.bar = sign, bar
        self.entry = bars.open[bar] * (1.0 + sign * rules.slippage)
        self.stop = None if rules.stop is None else self.entry * (1.0 - sign * rules.stop)
        if rules.trail is not None:
            behind = self.entry * (1.0 - sign * rules.trail)
            if self.stop is None or sign * behind > sign * self.stop:
                self.stop = behind
        self.targets = [(self.entry * (1.0 + sign * away), share) for away, share in rules.targets]
        self.quantity = self.left = rules.amount / self.entry
        self.best = self.entry
        self.whole = sum(share for _, share in rules.targets) > 1.0 - 1e-9

    def holds_between(self, price):
        """Whether a price lies between the stop and the target."""
        return self.sign * self.stop < self.sign * price < self.sign * self.targets[0][0]

    def after_close(self, rules, high, low, close):
        """The stop moves after the close of a bar, and never back."""
        sign = self.sign
        extreme = high if sign > 0 else low
        places = []
        if rules.trail is not None:
            seen = extreme if rules.trail_from == "extreme" else close
            self.best = max(self.best, seen) if sign > 0 else min(self.best, seen)
            places.append(self.best * (1.0 - sign * rules.trail))
        if rules.break_even is not None and loses(-sign, extreme, self.entry * (1.0 + sign * rules.break_even)):
            places.append(self.entry)
        for place in places:
            if self.stop is None or sign * place > sign * self.stop:
                self.stop = place

    def part(self):
        """Coins that the next target closes."""
        _, share = self.targets[0]
        if len(self.targets) == 1 and self.whole:
            return self.left
        return min(self.quantity * share, self.left)


def finer_verdict(finer, time, length, sign, stop, target, policy_says_target, starts):
    """Which of stop and target came first by finer bars: "stop", "target", or None if they cannot say; then the policy
    that looks at the finer bar which holds both, or at the whole."""
    expected = time
    at = starts.get(time)
    while at is not None and expected < time + length and at < len(finer.time) and finer.time[at] == expected:
        high, low, open_ = finer.high[at], finer.low[at], finer.open[at]
        worst, best = (low, high) if sign > 0 else (high, low)
        stopped, gained = loses(sign, worst, stop), loses(-sign, best, target)
        if stopped and gained:
            if loses(sign, open_, stop):
                return "stop"
            if loses(-sign, open_, target):
                return "target"
            return "target" if policy_says_target(open_, worst, best) else "stop"
        if stopped:
            return "stop"
        if gained:
            return "target"
        expected += finer.length
        at += 1
    return None


def replay(bars, events, rules, finer=None, first=0):
    """Every trade, by its entry; the position that stands at the end is marked at the last close. Looks at the bars from
    the first on."""
    trades, position, read = [], None, 0
    starts = {} if finer is None else {time: at for at, time in enumerate(finer.time)}

    def exits(bar, price, reason, quantity):
        sign, entry = position.sign, position.entry
        fee = rules.fee
        if reason not in ("target", "target-gap", "end-of-data"):
            price = price * (1.0 - sign * rules.slippage)
        fees = quantity * entry * fee + (0.0 if reason == "end-of-data" else quantity * price * fee)
        pnl = quantity * (sign * (price - entry)) - fees
        position.left -= quantity
        trades.append(
            Trade(
                bars.time[position.bar],
                sign,
                entry,
                bars.time[bar],
                price,
                reason,
                quantity,
                pnl,
                position.bar,
                bar,
            )
        )

    def target_first(open_, worst, best):
        if rules.doubtful == "nearer-extreme":
            return abs(best - open_) < abs(open_ - worst)
        return rules.doubtful == "target-first"

    for bar in range(first, len(bars.time)):
        if not position and read == len(events):
            break
        time, open_, high, low = bars.time[bar], bars.open[bar], bars.high[bar], bars.low[bar]
        latest = None
        while read < len(events) and events[read].known <= time:
            latest = events[read].sign
            read += 1
        stood = position.sign if position else 0

        # What the open decides.
        if position:
            sign = position.sign
            worst = low if sign > 0 else high
            stop_wins = rules.gap_order == "stop" and position.stop is not None and loses(sign, worst, position.stop)
            if position.stop is not None and loses(sign, open_, position.stop):
                exits(bar, open_, "stop-gap", position.left)
            elif not stop_wins:
                while position.targets and position.left > 0.0 and loses(-sign, open_, position.targets[0][0]):
                    exits(bar, open_, "target-gap", position.part())
                    position.targets.pop(0)
            if position.left > 0.0 and latest == -sign and rules.signal == "opposite-event":
                exits(bar, open_, "opposite-event", position.left)
            elif position.left > 0.0 and rules.time is not None and bar - position.bar >= rules.time:
                exits(bar, open_, "time", position.left)
            if position.left <= 0.0:
                position = None

        # Entries at the open.
        reverses = stood == 0 or (stood == -(latest or 0) and rules.signal == "opposite-event")
        if latest is not None and latest in rules.sides and reverses:
            position = Position(rules, bars, bar, latest)
            if rules.refused_by_close and not position.holds_between(bars.close[bar - 1]):
                position = None

        # Inside the bar.
        if position and (rules.entry_bar_exits or position.bar < bar):
            sign = position.sign
            worst, best = (low, high) if sign > 0 else (high, low)
            stopped = position.stop is not None and loses(sign, worst, position.stop)
            reached = 0
            while reached < len(position.targets) and loses(-sign, best, position.targets[reached][0]):
                reached += 1
            takes = reached
            if stopped and reached:
                verdict = None
                if finer is not None:
                    assert len(position.targets) == 1, "finer bars with a ladder are not written here"
                    verdict = finer_verdict(
                        finer,
                        time,
                        bars.length,
                        sign,
                        position.stop,
                        position.targets[0][0],
                        target_first,
                        starts,
                    )
                if verdict is None:
                    verdict = "target" if target_first(open_, worst, best) else "stop"
                takes = reached if verdict == "target" else 0
            for _ in range(takes):
                exits(bar, position.targets[0][0], "target", position.part())
                position.targets.pop(0)
            if stopped and position.left > 0.0:
                exits(bar, position.stop, "stop", position.left)
            if position.left <= 0.0:
                position = None
        if position:
            position.after_close(rules, high, low, bars.close[bar])

    if position:
        last = bars.close[-1] if rules.end == "close" else bars.open[-1]
        exits(len(bars.time) - 1, last, "end-of-data", position.left)
    return trades


def of_one_entry(bars, bar, sign, rules):
    """The trade that an entry at the open of a bar becomes, whatever else happened; `None` if there is no entry."""
    events = [Event(bars.time[bar], sign)]
    trades = replay(bars, events, replace(rules, sides=(1, -1)), first=bar)
    return trades[0] if trades else None
