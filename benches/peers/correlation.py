"""Correlation matrices by numpy and pandas, beside ours, in one run on one machine.

5,000 series of 2,520 daily returns, and 1,000. A matrix is counted as n (n + 1) x rows floating-point operations: a
multiplication and an addition for each product of half the square, whatever a library really does.

numpy       corrcoef: one product of the BLAS that numpy was built with, fused and in its widest registers
pandas      corr, which passes over missing rows pair by pair; on 500 series of which each lacks a row

`benches/peers/run correlation` makes the environment and calls this.
"""

import subprocess
import sys
import time

import numpy as np

ROWS = 2_520


def best_of(times, work):
    best = np.inf
    for _ in range(times):
        start = time.perf_counter()
        work()
        best = min(best, time.perf_counter() - start)
    return best


def show(name, series, seconds):
    flops = series * (series + 1) * ROWS / seconds
    print(f"{name:<44} {seconds * 1e3:>9.1f} ms  {flops / 1e9:>7.2f} GFLOP/s")


def main():
    panel = np.random.default_rng(7).normal(0.0005, 0.02, (5_000, ROWS))
    np.testing.assert_allclose(np.corrcoef(panel[:3])[0, 1], np.corrcoef(panel[0], panel[1])[0, 1], rtol=1e-9)
    for series, times in [(1_000, 10), (5_000, 3)]:
        show(f"numpy: corrcoef of {series} series", series, best_of(times, lambda: np.corrcoef(panel[:series])))
    try:
        import pandas as pd

        holed = panel[:500].copy()
        holed[np.arange(500), np.arange(500)] = np.nan
        frame = pd.DataFrame(holed.T)
        show("pandas: corr of 500 series with holes", 500, best_of(1, lambda: frame.corr()))
    except ImportError:
        print("SKIPPED: pandas (not installed)")
    if "--peers-only" not in sys.argv:
        sys.stdout.flush()
        command = ["cargo", "bench", "-q", "-p", "highwater-benches", "--bench", "correlation"]
        subprocess.run(command, check=True)


if __name__ == "__main__":
    main()
