"""Formats and dialects that know nothing of AEP: JSON Patch, Lucene's queries, SQL, and rows as Parquet or NDJSON."""
