"""The metrics of a panel by Python's own libraries, beside ours, in one run on one machine.

5,000 series of 2,520 daily returns. Eleven metrics: total return, CAGR, volatility, downside deviation, Sharpe,
Sortino, Calmar, max drawdown, best, worst, win rate (252 periods a year, no risk-free rate).

numpy       whole-panel expressions, a pass or several for each metric
numba       one compiled loop over each series that keeps all sums, parallel over series; and the fastest kernel that
            we could write: one pass, four series abreast, no division in the drawdown. Beside it a plain sum
empyrical   its functions, one series at a time, as its users call them; timed on a part and scaled up

`benches/peers/run` makes the environment and calls this.
"""

import subprocess
import sys
import time

import numba
import numpy as np

SERIES, ROWS, PART = 5_000, 2_520, 100
YEAR = 252.0


def with_numpy(panel):
    value = np.cumprod(1.0 + panel, axis=1)
    total = value[:, -1] - 1.0
    cagr = value[:, -1] ** (YEAR / ROWS) - 1.0
    mean = panel.mean(axis=1)
    deviation = panel.std(axis=1, ddof=1)
    below = np.sqrt((np.minimum(panel, 0.0) ** 2).mean(axis=1))
    peak = np.maximum(np.maximum.accumulate(value, axis=1), 1.0)
    fall = (value / peak - 1.0).min(axis=1)
    return np.stack(
        [
            total,
            cagr,
            deviation * np.sqrt(YEAR),
            below * np.sqrt(YEAR),
            mean / deviation * np.sqrt(YEAR),
            mean / below * np.sqrt(YEAR),
            cagr / -fall,
            fall,
            panel.max(axis=1),
            panel.min(axis=1),
            (panel > 0.0).mean(axis=1),
        ],
        axis=1,
    )


@numba.njit(parallel=True)
def with_numba(panel):
    series, rows = panel.shape
    found = np.empty((series, 11))
    for at in numba.prange(series):
        value, peak, fall = 1.0, 1.0, 0.0
        sum_, below, wins = 0.0, 0.0, 0
        best, worst = -np.inf, np.inf
        for row in range(rows):
            one = panel[at, row]
            value *= 1.0 + one
            peak = max(peak, value)
            fall = min(fall, value / peak - 1.0)
            sum_ += one
            low = min(one, 0.0)
            below += low * low
            wins += one > 0.0
            best = max(best, one)
            worst = min(worst, one)
        mean = sum_ / rows
        squares = 0.0
        for row in range(rows):
            squares += (panel[at, row] - mean) ** 2
        deviation = np.sqrt(squares / (rows - 1))
        below = np.sqrt(below / rows)
        cagr = value ** (YEAR / rows) - 1.0
        found[at] = np.array(
            [
                value - 1.0,
                cagr,
                deviation * np.sqrt(YEAR),
                below * np.sqrt(YEAR),
                mean / deviation * np.sqrt(YEAR),
                mean / below * np.sqrt(YEAR),
                cagr / -fall,
                fall,
                best,
                worst,
                wins / rows,
            ]
        )
    return found


ABREAST = 4


def abreast():
    """The source of the interleaved kernel: numba keeps state in registers only if each number has a name."""
    start, step, end = [], [], []
    for k in range(ABREAST):
        start += [
            f"sum{k} = square{k} = low{k} = fall{k} = wins{k} = 0.0; value{k} = under{k} = 1.0",
            f"best{k} = -np.inf; worst{k} = np.inf; returns{k} = panel[group * {ABREAST} + {k}]",
        ]
        step += [
            f"one{k} = returns{k}[row]; grown{k} = 1.0 + one{k}; value{k} *= grown{k}",
            f"sum{k} += one{k}; square{k} += one{k} * one{k}",
            f"loss{k} = one{k} if one{k} < 0.0 else 0.0; low{k} += loss{k} * loss{k}",
            f"wins{k} += 1.0 if one{k} > 0.0 else 0.0",
            f"under{k} *= grown{k}; under{k} = under{k} if under{k} < 1.0 else 1.0",
            f"fall{k} = under{k} - 1.0 if under{k} - 1.0 < fall{k} else fall{k}",
            f"best{k} = one{k} if one{k} > best{k} else best{k}",
            f"worst{k} = one{k} if one{k} < worst{k} else worst{k}",
        ]
        end += [
            f"mean = sum{k} / rows; below = np.sqrt(low{k} / rows); cagr = value{k} ** (YEAR / rows) - 1.0",
            f"deviation = np.sqrt((square{k} - rows * mean * mean) / (rows - 1)); at = group * {ABREAST} + {k}",
            "found[at, 0] = value%d - 1.0; found[at, 1] = cagr; found[at, 2] = deviation * root" % k,
            "found[at, 3] = below * root; found[at, 4] = mean / deviation * root; found[at, 5] = mean / below * root",
            f"found[at, 6] = cagr / -fall{k}; found[at, 7] = fall{k}; found[at, 8] = best{k}",
            f"found[at, 9] = worst{k}; found[at, 10] = wins{k} / rows",
        ]
    lines = ["def with_numba_abreast(panel):", " series, rows = panel.shape", " root = np.sqrt(YEAR)"]
    lines += [" found = np.empty((series, 11))", f" for group in prange(series // {ABREAST}):"]
    lines += ["  " + line for line in start] + ["  for row in range(rows):"]
    lines += ["   " + line for line in step] + ["  " + line for line in end] + [" return found"]
    return "\n".join(lines)


prange = numba.prange
exec(abreast())
with_numba_abreast = numba.njit(parallel=True, fastmath={"reassoc", "nsz", "contract"})(with_numba_abreast)


@numba.njit(parallel=True, fastmath=True)
def plain_sum(panel):
    sums = np.empty(panel.shape[0])
    for at in prange(panel.shape[0]):
        total = 0.0
        for row in range(panel.shape[1]):
            total += panel[at, row]
        sums[at] = total
    return sums


def with_empyrical(panel):
    import empyrical as ep

    return np.array(
        [
            [
                ep.cum_returns_final(returns),
                ep.annual_return(returns),
                ep.annual_volatility(returns),
                ep.downside_risk(returns),
                ep.sharpe_ratio(returns),
                ep.sortino_ratio(returns),
                ep.calmar_ratio(returns),
                ep.max_drawdown(returns),
                returns.max(),
                returns.min(),
                (returns > 0.0).mean(),
            ]
            for returns in panel
        ]
    )


def best_of(times, work):
    best = np.inf
    for _ in range(times):
        start = time.perf_counter()
        work()
        best = min(best, time.perf_counter() - start)
    return best


def main():
    panel = np.random.default_rng(7).normal(0.0005, 0.02, (SERIES, ROWS))
    reference = with_numpy(panel)
    np.testing.assert_allclose(with_numba(panel), reference, rtol=1e-9)
    np.testing.assert_allclose(with_numba_abreast(panel), reference, rtol=1e-9)
    np.testing.assert_allclose(plain_sum(panel), panel.sum(axis=1), rtol=1e-9, atol=1e-10)
    try:
        np.testing.assert_allclose(with_empyrical(panel[:PART]), reference[:PART], rtol=1e-9)
        empyrical = best_of(3, lambda: with_empyrical(panel[:PART])) * SERIES / PART
    except ImportError:
        print("SKIPPED: empyrical (not installed)")
        empyrical = None

    sys.stdout.flush()
    subprocess.run(
        ["cargo", "run", "-q", "--release", "-p", "highwater-metrics", "--example", "panel"],
        check=True,
    )
    by_numba = []
    for threads in dict.fromkeys([1, min(2, numba.config.NUMBA_NUM_THREADS)]):
        numba.set_num_threads(threads)
        of = f"numba, {threads} thread{'s' * (threads > 1)}"
        by_numba += [
            (f"{of}: sum", best_of(30, lambda: plain_sum(panel))),
            (f"{of}: eleven metrics, plain loop", best_of(10, lambda: with_numba(panel))),
            (f"{of}: eleven metrics, {ABREAST} series abreast", best_of(30, lambda: with_numba_abreast(panel))),
        ]
    figures = [
        ("numpy, one thread: sum", best_of(10, lambda: panel.sum(axis=1))),
        ("numpy, one thread: eleven metrics", best_of(5, lambda: with_numpy(panel))),
        *by_numba,
    ]
    if empyrical is not None:
        figures.append((f"empyrical: eleven metrics ({SERIES // PART} x {PART} series)", empyrical))
    for name, seconds in figures:
        print(f"{name:<44} {seconds * 1e3:>8.2f} ms  {seconds * 1e9 / panel.size:>6.3f} ns an element")


if __name__ == "__main__":
    main()
