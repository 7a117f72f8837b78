"""What a typed project does with the package: checked by mypy --strict against the wheel, and run."""
