"""Hypothesis draws the same examples in every run; `--hypothesis-profile search` looks for new ones."""

from hypothesis import HealthCheck, settings

settings.register_profile("ci", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("search", parent=settings.get_profile("ci"), derandomize=False, print_blob=True)
settings.load_profile("ci")
