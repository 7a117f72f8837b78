"""How hypothesis runs here: no deadline, since a busy machine is no failure."""

from hypothesis import HealthCheck, settings

settings.register_profile("pql", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("pql")
