"""The compiler: a tree becomes nested closures, built once and called for every profile."""
