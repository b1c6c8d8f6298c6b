"""R7: malformed mail. Every file of the corpus and thousands of mutations, each through the pipeline to its reader."""

from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

from daysheet.ingest import tnef
from tests.fuzz import desk, mails, shapes
from tests.fuzz.mails import attached
from tests.reliability.frame import Counts, Stage, Sweep, Trial
from tests.unit.ingest.mails import multipart

SEEDS = 10_000
BATCH = 250
SHAPES = 2_000
FILES = 60
"""Files of the corpus in one trial."""


@cache
def corpus(folder: Path | None) -> tuple[Path, ...]:
    """Return the odd mails of *folder*."""
    return tuple(sorted(file for file in (folder / "mail").rglob("*") if file.is_file())) if folder else ()


@cache
def _contents(folder: Path | None) -> Sequence[bytes]:
    return tuple(as_mail(file) for file in corpus(folder))


def mutations(stage: Stage, first: int, last: int) -> Counts:
    """Feed the mutations of the seeds *first* to *last*."""
    more = _contents(stage.corpora)
    made = ((f"{seed}.eml", mails.mutated(seed, more)) for seed in range(first, last + 1))
    counts = desk.run(made, stage.folder())
    return counts | {"mutations": counts.pop("files")}


def shaped(stage: Stage, start: int) -> Counts:
    """Feed a batch of mails grown from their grammar."""
    made = ((f"{at}.eml", raw) for at, raw in enumerate(shapes.drawn(shapes.mails(), BATCH, start)))
    counts = desk.run(made, stage.folder())
    return counts | {"shapes": counts.pop("files")}


def files(stage: Stage, first: int, last: int) -> Counts:
    """Feed files of the corpus as mails, whatever they are called; a winmail.dat by itself is mailed."""
    chosen = corpus(stage.corpora)[first : last + 1]
    return desk.run(((f"{at}-{file.stem}.eml", as_mail(file)) for at, file in enumerate(chosen)), stage.folder(), 1)


def as_mail(file: Path) -> bytes:
    """Return the bytes of *file*, in a mail where they are none."""
    raw = file.read_bytes()
    return multipart(attached(raw, "filename=winmail.dat")) if raw.startswith(tnef.MAGIC) else raw


def trials(stage: Stage) -> Iterator[Trial]:
    """Give every trial: the files of the corpus, then the seeds, then what hypothesis grows."""
    for first in range(0, len(corpus(stage.corpora)), FILES):
        last = first + FILES - 1
        yield Trial(f"files/{first}-{last}", lambda stage, first=first, last=last: files(stage, first, last))
    for first in range(0, SEEDS, BATCH):
        last = first + BATCH - 1
        yield Trial(f"seeds/{first}-{last}", lambda stage, first=first, last=last: mutations(stage, first, last))
    for start in range(SHAPES // BATCH):
        yield Trial(f"shapes/{start}", lambda stage, start=start: shaped(stage, start))


SWEEP = Sweep(
    id="R7",
    title="Malformed mail is told, never fatal",
    bar="0 crashes, 0 over 10 s, each accepted or set aside with a code",
    trials=trials,
    broken=(
        "a charset that nobody knows was let through (``decode_bytes`` in ingest/charset.py caught no LookupError), "
        "and so was what the standard parser gives up with (``read_envelope``): of the first 500 mutations 16 ended "
        "as an internal error, of the first 250 grown mails 12."
    ),
    zeros=("crashes", "slow", "unsettled"),
    least={"files": 178, "mutations": SEEDS, "shapes": SHAPES},
    remarks=(
        "Files are those of a folder of odd mails that other projects keep for their tests (named with "
        "``--corpora``, no part of this project); without it only our own mails are mutated. Mutations are drawn by "
        "their seed, up to four in a mail; shapes are grown by hypothesis: trees of any nesting, with headers that "
        "lie. Each mail goes the way of ``ingest --as``, 250 to one database, in one process and with one reader; of "
        "every tenth answer to a mutation or shape, and every answer to a file, the mail is made and looked at."
    ),
)
