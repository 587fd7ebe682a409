"""The rows of the register as plain values, one noun a file: no rules, no SQL. What the use cases speak about and the store keeps."""
