"""R8: odd workbooks. The corpus and thousands of mutations, through the reader, the checks and the marks."""

from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

from tests.fuzz import books, desk, shapes
from tests.reliability.frame import Counts, Stage, Sweep, Trial

SEEDS = 10_000
BATCH = 250
SHAPES = 2_000
FILES = 60
"""Files of the corpus in one trial."""
_LARGEST = 300_000
"""Bytes of a file of the corpus that is mutated; all are read as they are."""


@cache
def corpus(folder: Path | None) -> tuple[Path, ...]:
    """Return the odd workbooks of *folder*."""
    return tuple(sorted(file for file in (folder / "workbooks").rglob("*") if file.is_file())) if folder else ()


@cache
def _contents(folder: Path | None) -> Sequence[books.File]:
    small = (file for file in corpus(folder) if file.stat().st_size <= _LARGEST)
    return tuple((file.name, file.read_bytes()) for file in small)


def mutations(stage: Stage, first: int, last: int) -> Counts:
    """Feed the mutations of the seeds *first* to *last*."""
    more = _contents(stage.corpora)
    made = (
        (f"{seed}-{name[-60:]}", raw) for seed in range(first, last + 1) for name, raw in [books.mutated(seed, more)]
    )
    counts = desk.run(made, stage.folder())
    return counts | {"mutations": counts.pop("files")}


def shaped(stage: Stage, start: int) -> Counts:
    """Feed a batch of packages grown from their grammar."""
    made = ((f"{at}-{name}", raw) for at, (name, raw) in enumerate(shapes.drawn(shapes.packages(), BATCH, start)))
    counts = desk.run(made, stage.folder())
    return counts | {"shapes": counts.pop("files")}


def files(stage: Stage, first: int, last: int) -> Counts:
    """Feed files of the corpus as they are."""
    chosen = corpus(stage.corpora)[first : last + 1]
    return desk.run(((f"{at}-{file.name}", file.read_bytes()) for at, file in enumerate(chosen)), stage.folder(), 1)


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
    id="R8",
    title="Odd workbooks are told, never fatal",
    bar="0 crashes, 0 over 10 s, a code for each",
    trials=trials,
    broken=(
        "the guards around the reader were taken out: its errors (``read_here``), its panics (the child) and its "
        "death (``WorkbookReader.read``) were let through. Of the first 250 grown packages 61 ended as an internal "
        "error."
    ),
    zeros=("crashes", "slow", "unsettled"),
    least={"files": 326, "mutations": SEEDS, "shapes": SHAPES},
    remarks=(
        "Files are those of a folder of odd workbooks that other projects keep for their tests (named with "
        "``--corpora``, no part of this project); without it only our own are mutated. Mutations are drawn by their "
        "seed, in the bytes, the zip's directory, the parts, the XML or the cells; shapes are grown by hypothesis: "
        "our own report in parts, relations, namespaces and kinds of cell that nobody writes. Each goes the way of "
        "``ingest --as``, 250 to one database, in one process and with one reader; of every tenth answer to a "
        "mutation or shape, and every answer to a file, the mail and the marked workbook are made and opened."
    ),
)
