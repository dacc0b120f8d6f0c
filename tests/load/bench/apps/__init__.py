"""The applications that the benchmarks compare with the site."""
