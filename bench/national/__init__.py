"""The national year: twelve questions on a generated year of continuing education, ours beside pandas, polars and bare DuckDB."""
