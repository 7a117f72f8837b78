"""Simulated time and chance: clock, agenda, lifecycles, keyed draws, Quartz schedules. Knows nothing of AEP."""
