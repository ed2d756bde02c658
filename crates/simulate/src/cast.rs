//! Who plays: the tokens of the simulated market.
//!
//! Four carry well-known tickers, with the vendor's own ids; the others, and every price, are invented.

use crate::calendar;
use highwater_market::Timestamp;

/// A group of tokens that move together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sector {
    Layer1,
    Defi,
    Gaming,
    Ai,
    Meme,
    Stable,
}

impl Sector {
    pub(crate) const ALL: [Self; 6] = [
        Self::Layer1,
        Self::Defi,
        Self::Gaming,
        Self::Ai,
        Self::Meme,
        Self::Stable,
    ];

    /// Id, name and slug, as the vendor lists categories.
    pub(crate) const fn category(self) -> (i64, &'static str, &'static str) {
        match self {
            Self::Layer1 => (28, "Layer 1", "layer-1"),
            Self::Defi => (14, "DeFi", "defi"),
            Self::Gaming => (31, "Gaming", "gaming"),
            Self::Ai => (57, "Artificial Intelligence", "artificial-intelligence"),
            Self::Meme => (42, "Meme", "meme"),
            Self::Stable => (9, "Stablecoin", "stablecoin"),
        }
    }
}

/// What sets a token apart.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Fate {
    /// Nothing.
    Ordinary,
    /// It is worth a dollar, and once for a few days less.
    Stable,
    /// From this day it loses almost everything within some weeks.
    Collapses { on: &'static str },
    /// Its last day.
    Delisted { after: &'static str },
}

/// One token.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Part {
    pub(crate) id: i64,
    pub(crate) symbol: &'static str,
    pub(crate) name: &'static str,
    pub(crate) slug: &'static str,
    pub(crate) sector: Sector,
    /// Its first day; empty: that of the market.
    pub(crate) listed: &'static str,
    pub(crate) fate: Fate,
    /// The first price, in dollars, and the decimals of all its prices.
    pub(crate) price: f64,
    pub(crate) decimals: u32,
    /// Days' returns per return of the market.
    pub(crate) beta: f64,
    /// Deviation of its own daily returns.
    pub(crate) own: f64,
    /// A usual day's volume.
    pub(crate) volume: f64,
    /// Coins in circulation.
    pub(crate) supply: f64,
    /// What its fundamental grade keeps near.
    pub(crate) quality: f64,
    pub(crate) class: &'static str,
    pub(crate) exchanges: &'static [(&'static str, &'static str)],
}

impl Part {
    /// The number of its first day.
    pub(crate) fn first_day(&self) -> usize {
        day(self.listed).unwrap_or(0)
    }

    /// The number after its last day.
    pub(crate) fn end_day(&self) -> usize {
        match self.fate {
            Fate::Delisted { after } => day(after).map_or(calendar::DAYS, |last| last + 1),
            _ => calendar::DAYS,
        }
    }

    pub(crate) fn is_stable(&self) -> bool {
        self.fate == Fate::Stable
    }
}

/// The number of a day of the market.
pub(crate) fn day(text: &str) -> Option<usize> {
    let instant: Timestamp = text.parse().ok()?;
    usize::try_from(calendar::number(instant)).ok()
}

const EVERYWHERE: &[(&str, &str)] = &[
    ("binance", "Binance"),
    ("kraken", "Kraken"),
    ("gate", "Gate"),
];
const USUAL: &[(&str, &str)] = &[("binance", "Binance"), ("gate", "Gate")];
const OBSCURE: &[(&str, &str)] = &[("gate", "Gate")];

const PLAIN: Part = Part {
    id: 0,
    symbol: "",
    name: "",
    slug: "",
    sector: Sector::Layer1,
    listed: "",
    fate: Fate::Ordinary,
    price: 1.0,
    decimals: 6,
    beta: 1.2,
    own: 0.024,
    volume: 4.0e7,
    supply: 5.0e8,
    quality: 55.0,
    class: "emerging",
    exchanges: USUAL,
};

/// Every token, in the order in which the vendor lists them.
pub(crate) const CAST: [Part; 24] = [
    Part {
        id: 3375,
        symbol: "BTC",
        name: "Bitcoin",
        slug: "bitcoin",
        price: 30_480.0,
        decimals: 2,
        beta: 0.85,
        own: 0.008,
        volume: 9.1e8,
        supply: 19_700_000.0,
        quality: 86.0,
        class: "storeOfValue",
        exchanges: EVERYWHERE,
        ..PLAIN
    },
    Part {
        id: 3306,
        symbol: "ETH",
        name: "Ethereum",
        slug: "ethereum",
        price: 1_930.0,
        decimals: 4,
        beta: 1.05,
        own: 0.0088,
        volume: 4.2e8,
        supply: 120_300_000.0,
        quality: 83.0,
        class: "blueChip",
        exchanges: EVERYWHERE,
        ..PLAIN
    },
    Part {
        id: 3377,
        symbol: "LTC",
        name: "Litecoin",
        slug: "litecoin",
        price: 106.0,
        decimals: 4,
        beta: 0.95,
        own: 0.0144,
        volume: 6.0e7,
        supply: 74_000_000.0,
        quality: 64.0,
        class: "blueChip",
        exchanges: EVERYWHERE,
        ..PLAIN
    },
    Part {
        id: 3988,
        symbol: "SOL",
        name: "Solana",
        slug: "solana",
        price: 19.2,
        decimals: 5,
        beta: 1.3,
        own: 0.0192,
        volume: 1.6e8,
        supply: 460_000_000.0,
        quality: 76.0,
        class: "blueChip",
        exchanges: EVERYWHERE,
        ..PLAIN
    },
    Part {
        id: 41_207,
        symbol: "TUNDR",
        name: "Tundra Chain",
        slug: "tundra-chain",
        price: 7.4,
        decimals: 5,
        quality: 61.0,
        ..PLAIN
    },
    Part {
        id: 41_388,
        symbol: "KELPO",
        name: "Kelp Network",
        slug: "kelp-network",
        price: 0.61,
        beta: 1.35,
        own: 0.0272,
        ..PLAIN
    },
    Part {
        id: 47_150,
        symbol: "FLOES",
        name: "Floe Protocol",
        slug: "floe-protocol",
        listed: "2024-11-05",
        price: 3.3,
        decimals: 5,
        beta: 1.4,
        own: 0.0296,
        ..PLAIN
    },
    Part {
        id: 42_011,
        symbol: "MARSH",
        name: "Marshlend",
        slug: "marshlend",
        sector: Sector::Defi,
        price: 62.0,
        decimals: 4,
        own: 0.0208,
        supply: 15_000_000.0,
        quality: 70.0,
        class: "blueChip",
        exchanges: EVERYWHERE,
        ..PLAIN
    },
    Part {
        id: 42_034,
        symbol: "SLUCE",
        name: "Sluice Finance",
        slug: "sluice-finance",
        sector: Sector::Defi,
        price: 0.74,
        own: 0.0248,
        ..PLAIN
    },
    Part {
        id: 42_077,
        symbol: "BRINE",
        name: "Brine Swap",
        slug: "brine-swap",
        sector: Sector::Defi,
        price: 5.1,
        decimals: 5,
        own: 0.0232,
        quality: 63.0,
        ..PLAIN
    },
    Part {
        id: 48_120,
        symbol: "BRINE",
        name: "Brine Arcade",
        slug: "brine-arcade",
        sector: Sector::Gaming,
        price: 0.0183,
        decimals: 8,
        own: 0.036,
        volume: 1.1e6,
        supply: 2.0e9,
        quality: 28.0,
        class: "highRisk",
        exchanges: OBSCURE,
        ..PLAIN
    },
    Part {
        id: 42_102,
        symbol: "WEIRR",
        name: "Weir Exchange",
        slug: "weir-exchange",
        sector: Sector::Defi,
        price: 1.42,
        decimals: 5,
        beta: 1.05,
        own: 0.0224,
        ..PLAIN
    },
    Part {
        id: 42_160,
        symbol: "TALLO",
        name: "Tallow Credit",
        slug: "tallow-credit",
        sector: Sector::Defi,
        fate: Fate::Collapses { on: "2025-01-20" },
        price: 2.25,
        decimals: 7,
        own: 0.0256,
        quality: 41.0,
        class: "speculative",
        ..PLAIN
    },
    Part {
        id: 43_015,
        symbol: "OTTRX",
        name: "Otterverse",
        slug: "otterverse",
        sector: Sector::Gaming,
        price: 0.42,
        own: 0.0264,
        ..PLAIN
    },
    Part {
        id: 43_058,
        symbol: "PUFFN",
        name: "Puffin Arena",
        slug: "puffin-arena",
        sector: Sector::Gaming,
        price: 0.088,
        decimals: 7,
        own: 0.0304,
        volume: 7.0e6,
        class: "speculative",
        quality: 44.0,
        ..PLAIN
    },
    Part {
        id: 43_091,
        symbol: "HERON",
        name: "Heron Guild",
        slug: "heron-guild",
        sector: Sector::Gaming,
        fate: Fate::Delisted {
            after: "2025-11-14",
        },
        price: 1.05,
        own: 0.0296,
        volume: 3.0e6,
        quality: 36.0,
        class: "speculative",
        exchanges: OBSCURE,
        ..PLAIN
    },
    Part {
        id: 44_020,
        symbol: "SILTY",
        name: "Silt Compute",
        slug: "silt-compute",
        sector: Sector::Ai,
        price: 1.9,
        decimals: 5,
        beta: 1.3,
        own: 0.0288,
        quality: 66.0,
        ..PLAIN
    },
    Part {
        id: 44_063,
        symbol: "REEDN",
        name: "Reed Networks",
        slug: "reed-networks",
        sector: Sector::Ai,
        listed: "2024-02-12",
        price: 0.95,
        own: 0.0304,
        ..PLAIN
    },
    Part {
        id: 44_127,
        symbol: "MOSSA",
        name: "Mossa Models",
        slug: "mossa-models",
        sector: Sector::Ai,
        listed: "2025-04-22",
        price: 4.4,
        decimals: 5,
        beta: 1.45,
        own: 0.0336,
        ..PLAIN
    },
    Part {
        id: 44_171,
        symbol: "LOAMY",
        name: "Loam Data",
        slug: "loam-data",
        sector: Sector::Ai,
        price: 0.27,
        own: 0.0288,
        volume: 5.0e6,
        quality: 39.0,
        class: "speculative",
        exchanges: OBSCURE,
        ..PLAIN
    },
    Part {
        id: 45_009,
        symbol: "GULLY",
        name: "Gull Inu",
        slug: "gull-inu",
        sector: Sector::Meme,
        price: 0.000_071,
        decimals: 11,
        beta: 1.5,
        own: 0.036,
        supply: 9.0e12,
        quality: 33.0,
        class: "speculative",
        ..PLAIN
    },
    Part {
        id: 45_088,
        symbol: "NEWTS",
        name: "Newt Token",
        slug: "newt-token",
        sector: Sector::Meme,
        listed: "2026-05-25",
        price: 0.0062,
        decimals: 9,
        beta: 1.5,
        own: 0.044,
        supply: 1.0e10,
        quality: 25.0,
        class: "highRisk",
        ..PLAIN
    },
    Part {
        id: 45_112,
        symbol: "TOADY",
        name: "Toad Club",
        slug: "toad-club",
        sector: Sector::Meme,
        price: 0.0021,
        decimals: 9,
        own: 0.04,
        volume: 6.0e5,
        supply: 6.0e9,
        quality: 18.0,
        class: "highRisk",
        exchanges: OBSCURE,
        ..PLAIN
    },
    Part {
        id: 46_001,
        symbol: "TLUSD",
        name: "Tideline Dollar",
        slug: "tideline-dollar",
        sector: Sector::Stable,
        fate: Fate::Stable,
        price: 1.0,
        beta: 0.0,
        own: 0.0006,
        volume: 2.4e8,
        supply: 3.1e9,
        quality: 72.0,
        class: "blueChip",
        exchanges: EVERYWHERE,
        ..PLAIN
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_unique_and_one_symbol_is_shared() {
        let mut ids: Vec<i64> = CAST.iter().map(|part| part.id).collect();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), CAST.len());
        let mut symbols: Vec<&str> = CAST.iter().map(|part| part.symbol).collect();
        symbols.sort_unstable();
        symbols.dedup();
        assert_eq!(symbols.len(), CAST.len() - 1);
        assert_eq!(CAST.iter().filter(|part| part.symbol == "BRINE").count(), 2);
    }

    #[test]
    fn every_written_day_is_one_of_the_market() {
        for part in CAST {
            assert!(part.first_day() < part.end_day() && part.end_day() <= calendar::DAYS);
            assert!(
                part.listed.is_empty() || day(part.listed).is_some(),
                "{}",
                part.symbol
            );
            match part.fate {
                Fate::Collapses { on } => assert!(day(on).is_some()),
                Fate::Delisted { after } => assert!(day(after).is_some()),
                Fate::Ordinary | Fate::Stable => {}
            }
        }
    }
}
