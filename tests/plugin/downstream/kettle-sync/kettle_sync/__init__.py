"""Nightly: evaluates segments on Adobe Experience Platform and brings their members home."""
