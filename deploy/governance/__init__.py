"""The page on which an information-governance lead finds every rule of sharing, and the tests of `tests/spec` that hold it."""
