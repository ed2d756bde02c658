//! A simulated market in the vendor's wire form, for the demo and the tests.
