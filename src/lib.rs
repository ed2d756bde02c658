//! highwater: a local quant analytics engine for crypto research.
