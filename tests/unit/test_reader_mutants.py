"""Mutants of the JavaScript reader fit the reader as it is."""

from __future__ import annotations

import shutil

import pytest

from benchmarks.reader_mutants import READER, judged, mutants
from spec.vectors.harness.vectors import Vector

CANONICAL = Vector("packages/valid/corner-squares-beyond-1.a3d", ("packages",))


def test_every_mutant_changes_one_place() -> None:
    for mutant in mutants():
        text = (READER / mutant.file).read_text(encoding="utf-8")
        assert text.count(mutant.old) == 1, mutant.rule
        assert mutant.old != mutant.new


@pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed")
def test_a_vector_notices_a_mutant_of_its_rule() -> None:
    by_rule = {mutant.rule: mutant for mutant in mutants()}
    assert judged(by_rule["splats: quaternions are not normalised"], [CANONICAL]).noticed_by == CANONICAL.name
    assert not judged(by_rule["driver: links in the order of the table"], [CANONICAL]).noticed_by
