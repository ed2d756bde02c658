//! API to lake: client, pacing, retries, keys, balance; import of a user's own files.
