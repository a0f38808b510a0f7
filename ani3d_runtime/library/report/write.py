"""Write: the report of a library, from its store to a page that replaces the last one."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from ani3d_runtime.errors import Ani3dError, UsageError
from ani3d_runtime.library.record import not_baked, read_catalogue
from ani3d_runtime.library.report.changes import Change, changes_between
from ani3d_runtime.library.report.facts import LibraryFacts
from ani3d_runtime.library.report.gather import library_facts
from ani3d_runtime.library.report.page import facts_of_page, page_html
from ani3d_runtime.library.report.pictures import pictures_of
from ani3d_runtime.library.status import read_status
from ani3d_runtime.library.store import LibraryStore, open_store
from ani3d_runtime.package.reader import Package
from ani3d_runtime.progress import ProgressCallback

PAGE = "index.html"


@dataclass(frozen=True)
class WrittenReport:
    """What a report came to.

    Attributes:
        place: where the page lies.
        bytes: its length.
        facts: that it shows.
        changes: since the one before.
        since: when that was written; None where this is the first.
    """

    place: str
    bytes: int
    facts: LibraryFacts
    changes: tuple[Change, ...]
    since: str | None


def write_report(
    place: str,
    name: str,
    output: Path | None,
    *,
    doubt: Callable[[Ani3dError], None],
    progress: ProgressCallback,
) -> WrittenReport:
    """Write the report of a library, whole or not at all.

    Args:
        place: folder or URL of its store.
        name: of the library.
        output: the .html file; ``index.html`` in the store where None.
        doubt: takes why a character could not be shown.
        progress: of the previews, which take the longest.

    Raises:
        NotFoundError: ``library-not-baked``. UsageError: ``output-exists`` where another page lies there.
        ResourceError, ServiceError: why the store cannot be read, or the page written.
    """
    store = open_store(place)
    target, file = (store, PAGE) if output is None else (open_store(str(output.parent)), output.name)
    before = _facts_before(target, file)
    catalogue = read_catalogue(store)
    if not catalogue:
        raise not_baked(store)
    failures = read_status(store).failures
    facts = library_facts(catalogue, failures, name=name, written=time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime()))

    def open_package(package: str) -> AbstractContextManager[Package]:
        return Package.open(f"{place.rstrip('/')}/{package}" if "://" in place else Path(place) / package)

    pictures = pictures_of(facts.characters, open_package, doubt, progress)
    changes = [] if before is None else changes_between(before, facts.to_json())
    since = None if before is None else str(before.get("written"))
    page = page_html(facts, pictures, changes, since).encode()
    target.publish(file, page)
    return WrittenReport(f"{target.name}/{file}", len(page), facts, tuple(changes), since)


def _facts_before(target: LibraryStore, file: str) -> dict[str, object] | None:
    """The facts of the report that is there; None where there is no page.

    Raises:
        UsageError: ``output-exists`` where it is no report.
    """
    page = target.read(file)
    if page is None:
        return None
    facts = facts_of_page(page.decode("utf-8", "replace"))
    if facts is None:
        raise UsageError(
            "output-exists",
            f"{target.name}/{file}",
            found="a file that is no report of a library",
            expected="a new file, or the last report, which is replaced",
            fix="Choose another name with -o, or remove the file.",
        )
    return dict(facts)
