"""Judgements of answers, kept as one JSON line each. Knows nothing of who judged or what was asked."""

from __future__ import annotations

import json
import os
import threading
import uuid
from datetime import UTC, datetime
from pathlib import Path

FILE_NAME = "feedback.jsonl"


class FeedbackFile:
    """A file that grows by whole lines, each on the disk before it is acknowledged."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / FILE_NAME
        self._lock = threading.Lock()

    def append(self, *, answer_id: str, helpful: bool, reason: str | None, needs_follow_up: bool) -> str:
        """Keep one judgement and return its id. Raises `OSError` when it cannot be written."""
        feedback_id = uuid.uuid4().hex
        record = {
            "id": feedback_id,
            "at": datetime.now(UTC).isoformat(timespec="seconds"),
            "answer_id": answer_id,
            "helpful": helpful,
            "reason": reason,
            "needs_follow_up": needs_follow_up,
        }
        line = (json.dumps(record, ensure_ascii=False) + "\n").encode()
        with self._lock:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with self.path.open("ab") as file:
                file.write(line)
                file.flush()
                os.fsync(file.fileno())
        return feedback_id
