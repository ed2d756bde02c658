"""Rolling 90-day Sharpe, Sortino and max drawdown by Python's libraries, beside ours, in one run on one machine.

500 series of 2,520 daily returns, 365 periods a year, no risk-free rate; a value from the first whole window on.

numba       the fastest kernel that we could write: running sums for Sharpe and Sortino, and for the drawdown suffixes
            of one block and prefixes of the next, O(1) a window without a division; parallel over series, several
            series abreast so that LLVM may use wide registers. Running sums keep the rounding of what has left.
bottleneck  running means and deviations; numpy for the downside; no drawdown
numpy       sliding windows, the drawdown by cumulative products of each window; timed on a part and scaled up

`benches/peers/run rolling` makes the environment and calls this.
"""

import subprocess
import sys
import time

import numba
import numpy as np

SERIES, ROWS, WINDOW, PART = 500, 2_520, 90, 20
YEAR = 365.0
ABREAST = 8
prange = numba.prange


def with_numpy(panel):
    windows = np.lib.stride_tricks.sliding_window_view(panel, WINDOW, axis=1)
    mean = windows.mean(axis=2)
    sharpe = mean / windows.std(axis=2, ddof=1) * np.sqrt(YEAR)
    sortino = mean / np.sqrt((np.minimum(windows, 0.0) ** 2).mean(axis=2)) * np.sqrt(YEAR)
    value = np.cumprod(1.0 + windows, axis=2)
    peak = np.maximum(np.maximum.accumulate(value, axis=2), 1.0)
    return np.stack([sharpe, sortino, (value / peak - 1.0).min(axis=2)])


@numba.njit(parallel=True, fastmath={"reassoc", "nsz", "contract"})
def with_numba(panel):
    series, rows = panel.shape
    w, root = WINDOW, np.sqrt(YEAR)
    found = np.full((3, series, rows), np.nan)
    for at in prange(series):
        one = panel[at]
        sum_ = squares = low_squares = 0.0
        sharpe, sortino, fall = found[0, at], found[1, at], found[2, at]
        for row in range(rows):
            r = one[row]
            low = r if r < 0.0 else 0.0
            sum_ += r
            squares += r * r
            low_squares += low * low
            if row >= w:
                old = one[row - w]
                old_low = old if old < 0.0 else 0.0
                sum_ -= old
                squares -= old * old
                low_squares -= old_low * old_low
            if row >= w - 1:
                mean = sum_ / w
                sharpe[row] = mean / np.sqrt((squares - sum_ * mean) / (w - 1)) * root
                sortino[row] = mean / np.sqrt(low_squares / w) * root
        worsts, unders = np.ones(w + 1), np.ones(w + 1)
        for start in range(0, rows, w):
            stop = min(start + w, rows)
            value = lowest = under = worst = 1.0
            for row in range(start, stop):
                f = 1.0 + one[row]
                value *= f
                lowest = min(lowest, value)
                under = min(1.0, under * f)
                worst = min(worst, under)
                if row >= w - 1:
                    before = row - start + 1
                    fall[row] = min(min(worst, worsts[before]), unders[before] * lowest) - 1.0
            end = lowest = under = worst = 1.0
            for row in range(stop - 1, start - 1, -1):
                f = 1.0 + one[row]
                end *= f
                lowest = f * min(1.0, lowest)
                worst = min(worst, lowest)
                under = min(under, end)
                worsts[row - start], unders[row - start] = worst, under
    return found


@numba.njit(parallel=True, fastmath={"reassoc", "nsz", "contract"})
def with_numba_abreast(panel):
    """The same, eight series abreast: every inner loop is over series, for wide registers."""
    series, rows = panel.shape
    w, root = WINDOW, np.sqrt(YEAR)
    scale_sharpe, scale_sortino = np.sqrt((w - 1.0) / w) * root, root
    found = np.empty((3, series, rows))
    groups = (series + ABREAST - 1) // ABREAST
    for group in prange(groups):
        first = min(group * ABREAST, max(series - ABREAST, 0))
        turned = np.empty((rows, ABREAST))
        for k in range(ABREAST):
            for row in range(rows):
                turned[row, k] = panel[first + k, row]
        out = np.empty((3, rows, ABREAST))
        sums, squares, lows = np.zeros(ABREAST), np.zeros(ABREAST), np.zeros(ABREAST)
        for row in range(rows):
            if row >= w:
                for k in range(ABREAST):
                    r, old = turned[row, k], turned[row - w, k]
                    low, old_low = min(r, 0.0), min(old, 0.0)
                    sums[k] += r - old
                    squares[k] += r * r - old * old
                    lows[k] += low * low - old_low * old_low
            else:
                for k in range(ABREAST):
                    r = turned[row, k]
                    low = min(r, 0.0)
                    sums[k] += r
                    squares[k] += r * r
                    lows[k] += low * low
            for k in range(ABREAST):
                out[0, row, k] = sums[k] / np.sqrt(w * squares[k] - sums[k] * sums[k]) * scale_sharpe
                out[1, row, k] = sums[k] / np.sqrt(lows[k] * w) * scale_sortino
        worsts, unders = np.ones((w + 1, ABREAST)), np.ones((w + 1, ABREAST))
        value, lowest, under, worst = np.ones(ABREAST), np.ones(ABREAST), np.ones(ABREAST), np.ones(ABREAST)
        for start in range(0, rows, w):
            stop = min(start + w, rows)
            value[:] = 1.0
            lowest[:] = 1.0
            under[:] = 1.0
            worst[:] = 1.0
            for row in range(start, stop):
                before = row - start + 1
                for k in range(ABREAST):
                    f = 1.0 + turned[row, k]
                    value[k] *= f
                    lowest[k] = min(lowest[k], value[k])
                    under[k] = min(1.0, under[k] * f)
                    worst[k] = min(worst[k], under[k])
                    out[2, row, k] = min(min(worst[k], worsts[before, k]), unders[before, k] * lowest[k]) - 1.0
            value[:] = 1.0
            lowest[:] = 1.0
            under[:] = 1.0
            worst[:] = 1.0
            for row in range(stop - 1, start - 1, -1):
                for k in range(ABREAST):
                    f = 1.0 + turned[row, k]
                    value[k] *= f
                    lowest[k] = f * min(1.0, lowest[k])
                    worst[k] = min(worst[k], lowest[k])
                    under[k] = min(under[k], value[k])
                    worsts[row - start, k], unders[row - start, k] = worst[k], under[k]
        for metric in range(3):
            for k in range(ABREAST):
                found[metric, first + k, : w - 1] = np.nan
                for row in range(w - 1, rows):
                    found[metric, first + k, row] = out[metric, row, k]
    return found


def with_bottleneck(panel):
    import bottleneck as bn

    mean = bn.move_mean(panel, WINDOW, axis=1)
    sharpe = mean / bn.move_std(panel, WINDOW, axis=1, ddof=1) * np.sqrt(YEAR)
    below = bn.move_mean(np.minimum(panel, 0.0) ** 2, WINDOW, axis=1)
    return sharpe, mean / np.sqrt(below) * np.sqrt(YEAR)


def best_of(times, work):
    best = np.inf
    for _ in range(times):
        start = time.perf_counter()
        work()
        best = min(best, time.perf_counter() - start)
    return best


def main():
    panel = np.random.default_rng(7).normal(0.0005, 0.02, (SERIES, ROWS))
    reference = with_numpy(panel[:PART])
    for kernel in (with_numba, with_numba_abreast):
        np.testing.assert_allclose(kernel(panel)[:, :PART, WINDOW - 1 :], reference, rtol=1e-7, atol=1e-9)
    figures = []
    for threads in dict.fromkeys([1, min(2, numba.config.NUMBA_NUM_THREADS)]):
        numba.set_num_threads(threads)
        of = f"numba, {threads} thread{'s' * (threads > 1)}"
        figures += [
            (f"{of}: three metrics", best_of(50, lambda: with_numba(panel))),
            (f"{of}: three metrics, {ABREAST} abreast", best_of(50, lambda: with_numba_abreast(panel))),
        ]
    try:
        figures.append(("bottleneck: Sharpe and Sortino alone", best_of(10, lambda: with_bottleneck(panel))))
    except ImportError:
        print("SKIPPED: bottleneck (not installed)")
    figures.append(
        (f"numpy: three metrics ({SERIES // PART} x {PART} series)", best_of(2, lambda: with_numpy(panel[:PART])) * SERIES / PART)
    )
    for name, seconds in figures:
        print(f"{name:<44} {seconds * 1e3:>8.2f} ms  {seconds * 1e9 / panel.size:>6.3f} ns a window")
    if "--peers-only" not in sys.argv:
        sys.stdout.flush()
        command = ["cargo", "run", "-q", "--release", "-p", "highwater-metrics", "--example", "rolling"]
        subprocess.run(command, check=True)


if __name__ == "__main__":
    main()
