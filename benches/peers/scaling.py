"""How time grows with bars and with trades: the figures of `backtest_speed` as slopes, and as a picture.

A slope is that of the straight line through the points, both axes in logarithms: 1 is time in proportion.
"""

import math

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 490, 320, 62, 148, 34, 44
COLOURS = ("#0b6e4f", "#3a86c8", "#c8553d", "#8a5fb0", "#777777", "#b8860b")


def slope(points):
    xs, ys = ([math.log10(value) for value in column] for column in zip(*points))
    x, y = sum(xs) / len(xs), sum(ys) / len(ys)
    return sum((a - x) * (b - y) for a, b in zip(xs, ys)) / sum((a - x) ** 2 for a in xs)


def decades(values):
    return math.floor(math.log10(min(values))), math.ceil(math.log10(max(values)))


def human(power):
    return f"{10**power:,}" if 0 <= power < 5 else (f"1e{power}" if power >= 5 else f"{10.0**power:g}")


def panel(left, title, axis, series):
    """One picture: `series` is a list of (name, points), a point being a number and milliseconds."""
    points = [point for _, of_one in series for point in of_one]
    (x0, x1), (y0, y1) = decades([x for x, _ in points]), decades([y for _, y in points])
    inner_w, inner_h = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM

    def at(x, y):
        across = left + LEFT + (math.log10(x) - x0) / (x1 - x0) * inner_w
        return across, TOP + (y1 - math.log10(y)) / (y1 - y0) * inner_h

    parts = [f'<text x="{left + LEFT}" y="18" font-weight="600">{title}</text>']
    for power in range(x0, x1 + 1):
        x, y = at(10**power, 10**y0)
        parts.append(f'<line x1="{x:.1f}" y1="{TOP}" x2="{x:.1f}" y2="{y:.1f}" stroke="#e4e4e4"/>')
        parts.append(f'<text x="{x:.1f}" y="{y + 16:.1f}" text-anchor="middle">{human(power)}</text>')
    for power in range(y0, y1 + 1):
        x, y = at(10**x0, 10.0**power)
        parts.append(f'<line x1="{x:.1f}" y1="{y:.1f}" x2="{x + inner_w:.1f}" y2="{y:.1f}" stroke="#e4e4e4"/>')
        parts.append(f'<text x="{x - 6:.1f}" y="{y + 4:.1f}" text-anchor="end">{human(power)}</text>')
    parts.append(f'<text x="{left + LEFT + inner_w / 2}" y="{HEIGHT - 8}" text-anchor="middle">{axis}</text>')
    middle = TOP + inner_h / 2
    parts.append(
        f'<text transform="translate({left + 14} {middle}) rotate(-90)" text-anchor="middle">milliseconds</text>'
    )
    labels = []
    for colour, (name, of_one) in zip(COLOURS, series):
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in (at(*point) for point in of_one))
        parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        for point in of_one:
            x, y = at(*point)
            parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>')
        labels.append((at(*of_one[-1])[1] + 4, colour, f"{name}: {slope(of_one):.2f}"))
    lowest = TOP
    for y, colour, text in sorted(labels):
        lowest = max(y, lowest + 13)
        parts.append(f'<text x="{left + LEFT + inner_w + 8}" y="{lowest:.1f}" fill="{colour}">{text}</text>')
    return parts


def picture(file, panels):
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH * len(panels)} {HEIGHT}" '
        'font-family="system-ui, sans-serif" font-size="11" fill="#222">',
        f'<rect width="{WIDTH * len(panels)}" height="{HEIGHT}" fill="#ffffff"/>',
    ]
    for place, (title, axis, series) in enumerate(panels):
        parts += panel(place * WIDTH, title, axis, series)
    file.write_text("\n".join([*parts, "</svg>", ""]))
