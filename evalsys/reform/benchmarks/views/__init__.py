"""Pages of benchmarks: reading, keeping the library, sheets of figures."""
