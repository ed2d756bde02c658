//! The vendor's endpoints as data: paths, parameters, wire rows, paging rules. No I/O.
