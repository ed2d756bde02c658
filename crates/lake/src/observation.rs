//! One stored row in memory, and when two say the same.

use highwater_market::{Scope, Source, Timestamp, Value};
use sha2::{Digest as _, Sha256};

/// The key above the rows: who said it, about what.
pub(crate) type Subject = (Source, Scope);

/// One row of a file, without its source and scope.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Observation {
    /// Absent only in the marker of an empty answer.
    pub(crate) event_time: Option<Timestamp>,
    pub(crate) observed_at: Timestamp,
    /// The single writer's counter, one step an answer.
    pub(crate) sequence: i64,
    pub(crate) partial: bool,
    /// Position in a whole answer; 0 in a dated table.
    pub(crate) item: i64,
    /// Rows of a whole answer, 0 in the marker of an empty one; 1 in a dated table.
    pub(crate) items: i64,
    pub(crate) values: Vec<Value>,
    pub(crate) extra: Option<String>,
}

impl Observation {
    /// Distinguishes every row of one subject of one table, in whatever files it stands.
    pub(crate) fn identity(&self) -> (Option<Timestamp>, Timestamp, i64, i64) {
        (self.event_time, self.observed_at, self.sequence, self.item)
    }

    /// Whether another row says the same: floats by their bits, any NaN like any other.
    pub(crate) fn says_the_same(&self, other: &Self) -> bool {
        self.event_time == other.event_time
            && self.partial == other.partial
            && self.items == other.items
            && self.extra == other.extra
            && self.values.len() == other.values.len()
            && self
                .values
                .iter()
                .zip(&other.values)
                .all(|pair| match pair {
                    (Value::Float(a), Value::Float(b)) => canonical_bits(*a) == canonical_bits(*b),
                    (a, b) => a == b,
                })
    }

    /// Feed what the row says into a hash; equal exactly where [`Observation::says_the_same`] holds.
    pub(crate) fn feed(&self, hash: &mut Canonical) {
        hash.time(self.event_time);
        hash.int(i64::from(self.partial));
        hash.int(self.items);
        for value in &self.values {
            match value {
                Value::Null => hash.tag(0),
                Value::Float(number) => {
                    hash.tag(1);
                    hash.int(canonical_bits(*number) as i64);
                }
                Value::Int(number) => {
                    hash.tag(2);
                    hash.int(*number);
                }
                Value::Text(text) => {
                    hash.tag(3);
                    hash.text(text);
                }
                Value::Time(instant) => {
                    hash.tag(4);
                    hash.int(instant.micros());
                }
            }
        }
        match &self.extra {
            None => hash.tag(0),
            Some(text) => {
                hash.tag(1);
                hash.text(text);
            }
        }
    }
}

fn canonical_bits(number: f64) -> u64 {
    if number.is_nan() {
        f64::NAN.to_bits()
    } else {
        number.to_bits()
    }
}

/// A SHA-256 over tagged, length-prefixed fields: no two sequences of fields share their bytes.
#[derive(Debug, Default)]
pub(crate) struct Canonical(Vec<u8>);

impl Canonical {
    pub(crate) fn tag(&mut self, tag: u8) {
        self.0.push(tag);
    }

    pub(crate) fn int(&mut self, number: i64) {
        self.0.extend_from_slice(&number.to_le_bytes());
    }

    pub(crate) fn text(&mut self, text: &str) {
        self.int(text.len() as i64);
        self.0.extend_from_slice(text.as_bytes());
    }

    pub(crate) fn time(&mut self, instant: Option<Timestamp>) {
        match instant {
            None => self.tag(0),
            Some(instant) => {
                self.tag(1);
                self.int(instant.micros());
            }
        }
    }

    /// The hash of the fields so far; then begin anew, in the same memory.
    pub(crate) fn finish(&mut self) -> [u8; 32] {
        let digest = Sha256::digest(&self.0).into();
        self.0.clear();
        digest
    }
}

/// Hexadecimal text, two digits a byte.
pub(crate) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
