"""Files of labels that came later, each judged once by its bytes, before `ingest` reads it.

monitoring/labels/<batch>.json says what was found of each; data/visits/<batch>/refused.json keeps those that were
stopped from `ingest`, see `sources.refused`.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Literal

import pandas as pd
from pydantic import TypeAdapter

from popularity import paths
from popularity.errors import UserError
from popularity.files import read_json, sha256_of, telling, write_json
from popularity.monitoring.label_judge import FileOfLabels, LabelJudge, MakeJudge
from popularity.settings import Section, Settings
from popularity.sources.refused import Refused, read_refused, write_refused


class JudgedFile(Section):
    """A file of labels, and what was found of it. released: it was stopped, and is used by a person's word."""

    file: str
    sha256: str
    answer: Literal["ok", "stop", "not judged", "released"]
    sentence: str

    def __str__(self) -> str:
        return f"{self.file}: {self.answer}: {self.sentence}"


def judge_files(batch: str, make: MakeJudge, settings: Settings) -> list[JudgedFile]:
    """Judge the batch's files that were not yet; put on record what was found, and refuse those that are stopped.

    Returns those that are new on record, and those that still are refused. One that cannot be read is left to `ingest`,
    which says why. Raises UserError where the judge cannot be made.
    """
    folder = paths.visits(batch)
    before = {one.sha256: one for one in read_judged(batch) if one.answer != "not judged"}
    released = {one.sha256 for one in read_refused(folder) if one.released}
    digests = {path: sha256_of(path) for path in sorted(folder.glob("*.csv"))}
    found = [
        before[digest].model_copy(update={"file": path.name}) for path, digest in digests.items() if digest in before
    ]
    new = {path: digest for path, digest in digests.items() if digest not in before}
    if new:
        if (judge := make()) is None:
            return []
        found += _judged(judge, new, [folder / one.file for one in found if one.answer == "ok"], batch, settings)
        found.sort(key=lambda one: one.file)
    found = [_released(one) if one.sha256 in released else one for one in found]
    stopped = {one.sha256: one for one in found if one.answer in ("stop", "released")}
    refused = (
        Refused(file=one.file, sha256=one.sha256, why=one.sentence, released=one.answer == "released")
        for one in stopped.values()
    )
    write_refused(folder, refused)  # first, for the record says that all is done
    known = read_judged(batch)
    if found != known:
        write_json(paths.judged_labels(batch), [one.model_dump() for one in found])
    return [one for one in found if one not in known or one.answer == "stop"]


def _judged(
    judge: LabelJudge, new: Mapping[Path, str], accepted: Iterable[Path], batch: str, settings: Settings
) -> Iterator[JudgedFile]:
    """What is found of new files (path -> SHA-256), each alone and with all that were accepted before it.

    Of a few labels nothing can be told; of many files of a few, it can.
    """
    known = [FileOfLabels.read(path, batch, settings.label).labels for path in accepted]
    for path, digest in new.items():
        try:
            file = FileOfLabels.read(path, batch, settings.label)
        except UserError:
            continue
        verdict = judge.judge_file(file)
        if verdict.answer == "ok" and known:
            every = pd.concat([*known, file.labels]).drop_duplicates("pid", keep="last", ignore_index=True)
            if (together := judge.judge(every)).answer == "stop":
                verdict = replace(together, sentence=f"with the files before it, {together.sentence}")
        if verdict.answer == "ok":
            known.append(file.labels)
        yield JudgedFile(file=path.name, sha256=digest, answer=verdict.answer, sentence=verdict.sentence)


def read_judged(batch: str) -> list[JudgedFile]:
    """What was found of the batch's files; none before any was judged."""
    path = paths.judged_labels(batch)
    if not path.exists():
        return []
    with telling(path):
        return TypeAdapter(list[JudgedFile]).validate_python(read_json(path))


def _released(one: JudgedFile) -> JudgedFile:
    return one.model_copy(update={"answer": "released"}) if one.answer == "stop" else one
