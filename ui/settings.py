"""Everything that is read from the environment, in one place. Knows nothing of what is built from it.

LOTSEN_DATA       folder for the index and for feedback (default: the user's data directory)
LOTSEN_INDEX      folder of the index (default: $LOTSEN_DATA/index)
LOTSEN_CORPUS     folder with `catalogue.toml` and `pdf/` (default: the starter corpus)
LOTSEN_EMBEDDER   "encoder", "static", or a sentence-transformers name or path (default: encoder)
LOTSEN_LANGUAGE   sv or en: the first language of the chat and of `lotsen ask` (default: sv)
LOTSEN_LOG_LEVEL  debug, info, warning or error (default: warning)
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import platformdirs

import corpus
from corpus.catalogue import near_miss

PREFIX = "LOTSEN_"
LANGUAGES = ("sv", "en")
LOG_LEVELS = ("debug", "info", "warning", "error")
DEFAULT_EMBEDDER = "encoder"
DEFAULT_LANGUAGE = "sv"
DEFAULT_LOG_LEVEL = "warning"

NAMES = (
    "LOTSEN_CORPUS",
    "LOTSEN_DATA",
    "LOTSEN_EMBEDDER",
    "LOTSEN_INDEX",
    "LOTSEN_LANGUAGE",
    "LOTSEN_LOG_LEVEL",
)


class SettingsError(Exception):
    """A setting that cannot be used; the message names it and what is allowed."""

    def __init__(self, name: str, message: str) -> None:
        super().__init__(message)
        self.name = name


@dataclass(frozen=True)
class Settings:
    """Where things lie and how they are built."""

    data: Path
    index: Path
    corpus: Path
    embedder: str = DEFAULT_EMBEDDER
    language: str = DEFAULT_LANGUAGE
    log_level: str = DEFAULT_LOG_LEVEL

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> Settings:
        """Settings from `environment` (the process's own if None).

        Raises `SettingsError` for a name beginning with LOTSEN_ that is not known, with the near
        miss, and for a value that is not allowed. An empty value counts as not set.
        """
        values = os.environ if environment is None else environment
        for name in values:
            if name.startswith(PREFIX) and name not in NAMES:
                raise SettingsError(name, f"Unknown setting {name}. {near_miss(name, NAMES)}")
        data = _folder(values, "LOTSEN_DATA", platformdirs.user_data_path("lotsen", appauthor=False))
        return cls(
            data=data,
            index=_folder(values, "LOTSEN_INDEX", data / "index"),
            corpus=_folder(values, "LOTSEN_CORPUS", Path(corpus.__file__).parent),
            embedder=values.get("LOTSEN_EMBEDDER") or DEFAULT_EMBEDDER,
            language=_choice(values, "LOTSEN_LANGUAGE", LANGUAGES, DEFAULT_LANGUAGE),
            log_level=_choice(values, "LOTSEN_LOG_LEVEL", LOG_LEVELS, DEFAULT_LOG_LEVEL),
        )

    def with_index(self, index: Path | None) -> Settings:
        """The same settings with another index folder; None keeps the one there is."""
        return self if index is None else replace(self, index=index)


def _folder(values: Mapping[str, str], name: str, default: Path) -> Path:
    given = values.get(name)
    return Path(given).expanduser() if given else default


def _choice(values: Mapping[str, str], name: str, allowed: tuple[str, ...], default: str) -> str:
    given = (values.get(name) or default).lower()
    if given not in allowed:
        raise SettingsError(name, f'{name} is "{given}". {near_miss(given, allowed)}')
    return given
