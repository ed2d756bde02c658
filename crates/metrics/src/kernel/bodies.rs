//! What the kernel does, written once for all kinds of lanes.

/// The bodies, over the lanes of the module that holds them.
macro_rules! bodies {
    ($(#[$attribute:meta])*) => {
        /// The sums and paths of four blocks of equal length, none of them empty. `levels` go on through the blocks.
        /// The rows needed next lie `ahead` rows further on.
        $(#[$attribute])*
        pub(super) fn measure<A: super::Asked>(
            blocks: [&[f64]; super::ABREAST],
            target: f64,
            ahead: usize,
            levels: &mut [super::Level; super::ABREAST],
            marks: &mut [super::Mark; super::STRANDS],
        ) -> super::Found {
            let first = blocks.map(|block| block[0]);
            let (zero, one, origin, target) = (every(0.0), every(1.0), each(first), every(target));
            let (mut wins, mut losses, mut below) = (none(), none(), none());
            let (mut best, mut worst) = (origin, origin);
            let (mut end, mut high, mut low) = (one, every(f64::NEG_INFINITY), every(f64::INFINITY));
            let mut level = each(levels.each_ref().map(|of| of.level));
            let mut pain = each(levels.each_ref().map(|of| of.sum));
            let mut ulcer = each(levels.each_ref().map(|of| of.squares));
            let mut strands = [[zero; 5]; super::STRANDS];
            let rows = blocks.iter().map(|block| block.len()).min().unwrap_or(0);
            let strand = |block: usize, at: usize| {
                let end = rows.min((at + 1) * super::STRAND);
                &blocks[block][end.min(at * super::STRAND)..end]
            };
            for (at, (sums, mark)) in strands.iter_mut().zip(marks).enumerate() {
                let before = end;
                let (mut strand_high, mut strand_low) = (every(f64::NEG_INFINITY), every(f64::INFINITY));
                let [mut sum, mut squares, mut cubes, mut fourths, mut shortfall] = *sums;
                let mut take = |row| {
                    let factor = add(one, row);
                    end = mul(end, factor);
                    strand_high = max(end, strand_high);
                    strand_low = min(end, strand_low);
                    let short = min(row, if A::ZERO { zero } else { target });
                    let short = if A::ZERO { short } else { sub(short, target) };
                    shortfall = add(shortfall, mul(short, short));
                    best = max(row, best);
                    worst = min(row, worst);
                    wins = count_above(wins, row, zero);
                    if A::LOSSES {
                        losses = count_above(losses, zero, row);
                    }
                    if A::LOSSES && !A::ZERO {
                        below = count_above(below, target, row);
                    }
                    let deviation = sub(row, origin);
                    let square = mul(deviation, deviation);
                    sum = add(sum, deviation);
                    squares = add(squares, square);
                    if A::DEEP {
                        cubes = add(cubes, mul(deviation, square));
                        fourths = add(fourths, mul(square, square));
                        level = min(mul(level, factor), one);
                        let depth = sub(one, level);
                        pain = add(pain, depth);
                        ulcer = add(ulcer, mul(depth, depth));
                    }
                };
                let (a, a_rest) = strand(0, at).as_chunks::<4>();
                let (b, b_rest) = strand(1, at).as_chunks::<4>();
                let (c, c_rest) = strand(2, at).as_chunks::<4>();
                let (d, d_rest) = strand(3, at).as_chunks::<4>();
                for ((a, b), (c, d)) in a.iter().zip(b).zip(c.iter().zip(d)) {
                    for rows in [a, b, c, d] {
                        super::dispatch::prefetch(rows, ahead);
                    }
                    let [first, second] = turn([a[0], a[1]], [b[0], b[1]], [c[0], c[1]], [d[0], d[1]]);
                    take(first);
                    take(second);
                    let [first, second] = turn([a[2], a[3]], [b[2], b[3]], [c[2], c[3]], [d[2], d[3]]);
                    take(first);
                    take(second);
                }
                for ((a, b), (c, d)) in a_rest.iter().zip(b_rest).zip(c_rest.iter().zip(d_rest)) {
                    take(each([*a, *b, *c, *d]));
                }
                *sums = [sum, squares, cubes, fourths, shortfall];
                high = max(strand_high, high);
                low = min(strand_low, low);
                *mark = super::Mark {
                    before: values(before),
                    high: values(strand_high),
                    low: values(strand_low),
                };
            }
            if A::DEEP {
                let (level, pain, ulcer) = (values(level), values(pain), values(ulcer));
                for (lane, of) in levels.iter_mut().enumerate() {
                    (of.level, of.sum, of.squares) = (level[lane], pain[lane], ulcer[lane]);
                }
            }
            let [s, t, u, v, w, x, y, z] = strands;
            let sum = |at: usize| {
                let early = add(add(s[at], t[at]), add(u[at], v[at]));
                let late = add(add(w[at], x[at]), add(y[at], z[at]));
                values(add(early, late))
            };
            let losses = counted(losses);
            super::Found {
                origin: first,
                sum: sum(0),
                squares: sum(1),
                cubes: sum(2),
                fourths: sum(3),
                shortfall: sum(4),
                best: values(best),
                worst: values(worst),
                wins: counted(wins),
                losses,
                below: if A::ZERO { losses } else { counted(below) },
                end: values(end),
                high: values(high),
                low: values(low),
            }
        }

        /// Folds four series of equal length, block by block, into a room that is cleared for them.
        ///
        /// One function from the first row to the last: what the kernel found of a block stays in registers.
        $(#[$attribute])*
        pub(super) fn fold<A: super::Asked>(
            series: [&[f64]; super::ABREAST],
            target: f64,
            room: &mut super::Room,
        ) {
            let super::Room { joined, deep, trail } = room;
            let rows = series.iter().map(|rows| rows.len()).min().unwrap_or(0);
            for (step, start) in trail.iter_mut().zip((0..rows).step_by(super::ROWS)) {
                let end = rows.min(start + super::ROWS);
                // After the last block it is the turn of the next four series, which in a panel follow these.
                let ahead = if end < rows { super::ROWS } else { super::ABREAST * rows - start };
                let [a, b, c, d] = series;
                let blocks = [&a[start..end], &b[start..end], &c[start..end], &d[start..end]];
                let found = measure::<A>(blocks, target, ahead, &mut deep.levels, &mut step.marks);
                step.base = joined.value;
                (step.end, step.high, step.low) = (found.end, found.high, found.low);
                if A::DEEP {
                    join_shapes(&mut deep.shapes, &found, joined.rows, end - start);
                }
                join(joined, &found, end - start);
            }
        }

        /// Third and fourth moments of the next `rows` rows of every series, joined to those of `before` rows: what
        /// `HigherMoments` does, lane by lane.
        $(#[$attribute])*
        fn join_shapes(joined: &mut super::Shapes, found: &super::Found, before: usize, rows: usize) {
            let (zero, two, three) = (every(0.0), every(2.0), every(3.0));
            let (four, six) = (every(4.0), every(6.0));
            let (s1, s2) = (each(found.sum), each(found.squares));
            let (s3, s4) = (each(found.cubes), each(found.fourths));
            let a = div(s1, every(rows as f64));
            let m2 = sub(s2, mul(s1, a));
            let inner = sub(mul(six, s2), mul(mul(three, a), s1));
            let m4 = add(sub(s4, mul(mul(four, a), s3)), mul(mul(a, a), inner));
            let m3 = sub(s3, mul(a, sub(mul(three, s2), mul(mul(two, a), s1))));
            let m2 = where_above(zero, m2, zero, m2);
            let m4 = where_above(zero, m4, zero, m4);
            if before == 0 {
                joined.origin = found.origin;
                (joined.offset, joined.m2) = (values(a), values(m2));
                (joined.m3, joined.m4) = (values(m3), values(m4));
                return;
            }
            let offset = each(joined.offset);
            let (m2_before, m3_before) = (each(joined.m2), each(joined.m3));
            let m4_before = each(joined.m4);
            let delta = add(sub(each(found.origin), each(joined.origin)), sub(a, offset));
            let n = (before + rows) as f64;
            let (early, late) = (before as f64 / n, rows as f64 / n);
            let square = mul(delta, delta);
            let between = mul(every(n * early * late), square);
            joined.offset = values(add(offset, mul(delta, every(late))));
            joined.m2 = values(add(add(m2_before, m2), between));
            let shifted = sub(mul(every(early), m2), mul(every(late), m2_before));
            let shift = add(mul(between, every(early - late)), mul(three, shifted));
            joined.m3 = values(add(add(m3_before, m3), mul(delta, shift)));
            let spread = mul(between, every(early * early - early * late + late * late));
            let squares = add(mul(every(early * early), m2), mul(every(late * late), m2_before));
            let shifted = sub(mul(every(early), m3), mul(every(late), m3_before));
            let sum = add(add(m4_before, m4), mul(square, add(spread, mul(six, squares))));
            joined.m4 = values(add(sum, mul(mul(four, delta), shifted)));
        }

        /// Joins the next block of every series: what the folds do, lane by lane.
        $(#[$attribute])*
        fn join(joined: &mut super::Joined, found: &super::Found, rows: usize) {
            let before = joined.rows;
            joined.rows += rows;
            let (zero, start) = (every(0.0), every((before + 1) as f64));
            // As `Moments`.
            let sum = each(found.sum);
            let offset = div(sum, every(rows as f64));
            let m2 = max(zero, sub(each(found.squares), mul(sum, offset)));
            if before == 0 {
                joined.origin = found.origin;
                joined.offset = values(offset);
                joined.m2 = values(m2);
            } else {
                let share = rows as f64 / joined.rows as f64;
                let origins = sub(each(found.origin), each(joined.origin));
                let delta = add(origins, sub(offset, each(joined.offset)));
                joined.offset = values(add(each(joined.offset), mul(delta, every(share))));
                let between = mul(mul(delta, delta), every(before as f64 * share));
                joined.m2 = values(add(add(each(joined.m2), m2), between));
            }
            // As `Downside`, `Extremes` and `Wins`.
            joined.shortfall = values(add(each(joined.shortfall), each(found.shortfall)));
            joined.best = values(max(each(found.best), each(joined.best)));
            joined.worst = values(min(each(found.worst), each(joined.worst)));
            for lane in 0..super::ABREAST {
                joined.wins[lane] += found.wins[lane];
                joined.losses[lane] += found.losses[lane];
                joined.below[lane] += found.below[lane];
            }
            // As `Drawdown::pass`.
            let base = each(joined.value);
            let (value, high) = (mul(base, each(found.end)), mul(base, each(found.high)));
            let low = mul(base, each(found.low));
            let (peak, peak_at, deepest) = (each(joined.high), each(joined.high_at), each(joined.ratio));
            let ratio = div(low, peak);
            joined.ratio = values(where_above(deepest, ratio, ratio, deepest));
            joined.peak = values(where_above(deepest, ratio, peak, each(joined.peak)));
            joined.trough = values(where_above(deepest, ratio, low, each(joined.trough)));
            joined.peak_at = values(where_above(deepest, ratio, peak_at, each(joined.peak_at)));
            joined.trough_at = values(where_above(deepest, ratio, start, each(joined.trough_at)));
            let reach = max(high, each(joined.reach));
            joined.reach = values(where_above(deepest, ratio, high, reach));
            let inside = div(each(found.low), each(found.high));
            joined.inside = values(min(inside, each(joined.inside)));
            joined.high = values(where_above(peak, high, peak, high));
            joined.high_at = values(where_above(peak, high, peak_at, start));
            joined.value = values(value);
            // Nothing times zero is zero, but for what is not finite.
            let doubt = add(mul(each(found.squares), zero), mul(high, zero));
            joined.doubt = values(add(each(joined.doubt), doubt));
            joined.lowest = values(min(each(found.low), each(joined.lowest)));
            joined.least = values(min(value, each(joined.least)));
            joined.greatest = values(max(value, each(joined.greatest)));
        }

        /// How many rows stand before the first one (or after the last one) whose value, times `scale`, is at least
        /// `least`; all if there is none. Four stretches of equal length, each with a path that begins with `before`.
        $(#[$attribute])*
        pub(super) fn find<const LAST: bool>(
            stretches: [&[f64]; super::ABREAST],
            before: [f64; super::ABREAST],
            scale: [f64; super::ABREAST],
            least: [f64; super::ABREAST],
        ) -> [usize; super::ABREAST] {
            let rows = stretches.iter().map(|of| of.len()).min().unwrap_or(0);
            let (one, scale, least) = (every(1.0), each(scale), each(least));
            let all = every(rows as f64);
            let mut at = if LAST { sub(all, one) } else { every(0.0) };
            let (mut value, mut found) = (each(before), all);
            let [a, b, c, d] = stretches.map(|of| &of[..rows]);
            let mut take = |row| {
                value = mul(value, add(one, row));
                found = min(where_above(least, mul(value, scale), all, at), found);
                at = if LAST { sub(at, one) } else { add(at, one) };
            };
            let ((a, a_rest), (b, b_rest)) = (a.as_chunks::<2>(), b.as_chunks::<2>());
            let ((c, c_rest), (d, d_rest)) = (c.as_chunks::<2>(), d.as_chunks::<2>());
            for ((a, b), (c, d)) in a.iter().zip(b).zip(c.iter().zip(d)) {
                let [first, second] = turn(*a, *b, *c, *d);
                take(first);
                take(second);
            }
            for ((a, b), (c, d)) in a_rest.iter().zip(b_rest).zip(c_rest.iter().zip(d_rest)) {
                take(each([*a, *b, *c, *d]));
            }
            values(found).map(|found| found as usize)
        }
    };
}
pub(super) use bodies;
