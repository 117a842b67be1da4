"""How the properties of `ingest/` are tried: the same examples on every machine, however slow it is."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("lotsen", deadline=None, derandomize=True, database=None)
settings.load_profile("lotsen")
