"""A query about many profiles at once, column by column; the same truths as asking ``predicate`` about each."""
