"""The write buffer: analytics rows that wait in memory for the next batch insert."""
