"""The demo page: /_emulator/. Templates for the first paint, static modules for what lives; no build step."""
