"""
The list of erasures: who was forgotten when, by id only.

It lies beside the spool, not in the database: a backup that is put back knows nothing of what was erased
after it, and brings it back.
"""

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

FILE = "erasures.jsonl"
PERSON, CONTACT = "person", "contact"


@dataclass(frozen=True, slots=True)
class Erasure:
    """Somebody was forgotten. *kind*: person or contact; *ids*: their ids in the database."""

    at: datetime
    kind: str
    ids: tuple[int, ...]


def note(data_dir: Path, at: datetime, kind: str, ids: Sequence[int]) -> None:
    """Add an erasure to the list; it is on the disk once this returns."""
    data_dir.mkdir(parents=True, exist_ok=True)
    line = json.dumps({"at": at.isoformat(), "kind": kind, "ids": list(ids)})
    with (data_dir / FILE).open("a", encoding="utf-8") as file:
        file.write(f"{line}\n")
        file.flush()
        os.fsync(file.fileno())


def listed(data_dir: Path, since: datetime | None = None) -> tuple[Erasure, ...]:
    """Return the erasures from *since* on, oldest first; a line that a crash cut off counts for nothing."""
    path = data_dir / FILE
    found = []
    for line in path.read_text(encoding="utf-8").splitlines() if path.exists() else ():
        try:
            said = json.loads(line)
            found.append(Erasure(datetime.fromisoformat(said["at"]), said["kind"], tuple(said["ids"])))
        except (ValueError, KeyError, TypeError):
            continue
    return tuple(one for one in found if since is None or one.at >= since)
