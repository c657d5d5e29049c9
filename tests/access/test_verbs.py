"""Every verb of casework with everybody: 100 % of what is there, found in the code, against a table written by hand."""

import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import casework
from casework.access import Machine
from data.errors import NotAllowed, NotFound
from tests.access.calls import GOVERNS, MACHINES, READS, REVIEWS, ROWS, UNDECORATED, readies_something
from tests.access.scene import EVERYBODY, LETTERS, Scene, desk_on

ON = ("store", "desk", "workshop")
SEES_NOTHING = ("admin", "other")
EXPORTS_ROWS = {row for row in ROWS if row.startswith("export")}
"""The command line exports too."""


def on_what(function: Any) -> str | None:
    """Which of a function's parameters holds a store; None where none does."""
    for parameter in inspect.signature(function).parameters.values():
        held = (
            parameter.annotation
            if isinstance(parameter.annotation, str)
            else getattr(parameter.annotation, "__name__", "")
        )
        if parameter.name in ON or held in ("Store", "Desk", "Workshop"):
            return parameter.name
    return None


def found() -> Iterator[tuple[str, Any]]:
    """Each public function, class and method of casework that works on a store, by its short name."""
    for known in pkgutil.walk_packages(casework.__path__, "casework."):
        module = importlib.import_module(known.name)
        short = known.name.removeprefix("casework.")
        for name, thing in vars(module).items():
            if name.startswith("_") or getattr(thing, "__module__", None) != known.name:
                continue
            if inspect.isclass(thing):
                yield from _of_class(f"{short}.{name}", thing)
            elif inspect.isfunction(thing) and on_what(thing):
                yield f"{short}.{name}", thing


def _of_class(name: str, thing: Any) -> Iterator[tuple[str, Any]]:
    own = {key: value for key, value in vars(thing).items() if inspect.isfunction(value)}
    init = own.get("__init__")
    if init is not None and init.__code__.co_filename != "<string>" and on_what(init):  # no dataclass's own
        yield name, thing
    for key, method in own.items():
        if not key.startswith("_") and (hasattr(method, "needed") or on_what(method)):
            yield f"{name}.{key}", method


VERBS = dict(found())


def test_every_verb_says_what_it_needs_and_stands_in_the_table() -> None:
    in_table = {name.partition("(")[0] for name in ROWS} | MACHINES
    assert {name for name, thing in VERBS.items() if not hasattr(thing, "needed")} == set(UNDECORATED), (
        "a verb without @needs, or a reason without its verb"
    )
    decorated = {name for name, thing in VERBS.items() if hasattr(thing, "needed")}
    assert decorated - in_table == set(), "verbs without a row in tests/access/calls.py"
    assert in_table - decorated == set(), "rows without a verb"
    assert len(decorated) > 90


def test_verbs_for_machines_are_those_of_the_list() -> None:
    assert {name for name, thing in VERBS.items() if getattr(thing, "needed", None) == "machine"} == MACHINES


@pytest.mark.parametrize("row", sorted(ROWS))
def test_each_may_what_the_table_says_and_nothing_else(row: str, scene_for: Callable[[str], Scene]) -> None:
    letters, ready = ROWS[row]
    allowed = {LETTERS[letter] for letter in letters}
    shared = scene_for("nobody yet")
    for who in EVERYBODY:
        if who in allowed:
            ready(shared.seen_by(who) if letters == READS else scene_for(who))()  # whatever it raises fails the test
            continue
        scene = scene_for(who) if readies_something(ready) else shared.seen_by(who)
        call = ready(scene)
        before = scene.kept()
        with pytest.raises((NotAllowed, NotFound)) as refused:
            call()
        assert scene.kept() == before, f"{who} was refused, and something was written"
        _check_words(who, refused.value)


def _check_words(who: str, error: Exception) -> None:
    words = str(error)
    assert "\n" not in words
    for told in ("2026-001", "Aino", "scar"):
        assert told not in words, f"{who} is told of the case: {words}"
    if isinstance(error, NotAllowed) and who not in ("anonymous", *SEES_NOTHING) and "may not sign" not in words:
        assert "only" in words or "it needs the role" in words or "itself" in words, words


@pytest.mark.parametrize(
    "row", sorted(row for row in ROWS if not row.startswith(("accounts.", "custody.", "cameras.")))
)
def test_who_has_no_role_in_a_case_is_not_even_told_that_it_is_there(
    row: str, scene_for: Callable[[str], Scene]
) -> None:
    letters, ready = ROWS[row]
    if "O" in letters or row in ("tokens.make_key", "uploads.begin_upload(cameras)"):
        return
    with pytest.raises(NotFound):
        ready(scene_for("other"))()


@pytest.mark.parametrize("name", sorted(MACHINES))
def test_what_machines_do_no_person_does(name: str, town: Path, scene_for: Callable[[str], Scene]) -> None:
    shared = scene_for("nobody yet")
    for who in EVERYBODY:
        scene = shared.seen_by(who)
        before = scene.kept()
        with pytest.raises(NotAllowed):
            _called(name, scene)
        assert scene.kept() == before


def _called(name: str, scene: Scene) -> None:
    verb = VERBS[name]
    first = next(iter(inspect.signature(verb).parameters))
    on = {"store": scene.store, "desk": scene.desk}.get(first, SimpleNamespace(store=scene.store))
    verb(on, *[None] * 9)  # it never comes to look at the rest


def test_a_machine_works_on_every_case_and_neither_decides_nor_governs(scene_for: Callable[[str], Scene]) -> None:
    shared = AsMachine(*_parts(scene_for("supervisor")))
    refused = {row for row, (letters, _) in ROWS.items() if letters in (REVIEWS, GOVERNS)} - EXPORTS_ROWS
    for row in sorted(refused):
        ready = ROWS[row][1]
        scene = AsMachine(*_parts(scene_for("supervisor"))) if readies_something(ready) else shared
        with pytest.raises(NotAllowed):
            ready(scene)()
    for row in sorted(row for row in ROWS if row.startswith(("jobs.", "footage.add", "search.set"))):
        ROWS[row][1](AsMachine(*_parts(scene_for("supervisor"))))()
    assert len(refused) > 15


class AsMachine(Scene):
    """The town as a worker or the shell sees it."""

    @property
    def store(self) -> Any:
        return self.whole.guarded(Machine("worker"))

    @property
    def desk(self) -> Any:
        return desk_on(self.store, self.home)


def _parts(scene: Scene) -> tuple[Any, ...]:
    return scene.home, scene.whole, scene.who


def test_nobody_signs_under_another_name(scene_for: Callable[[str], Scene]) -> None:
    scene = scene_for("analyst")
    for verb_name, (letters, ready) in ROWS.items():
        if "A" not in letters or "by" not in inspect.signature(VERBS[verb_name.partition("(")[0]]).parameters:
            continue
        forged = Forger(*_parts(scene_for("analyst")))
        kept = [forged.kept()]

        def forge(ready: Any = ready, forged: Scene = forged, kept: list[str] = kept) -> None:
            act = ready(forged)  # some make first what is then done
            kept.append(forged.kept())
            act()

        with pytest.raises(NotAllowed, match="may not sign as 'Sam'"):
            forge()
        assert forged.kept() == kept[-1], verb_name
    assert scene.by == "Ann"


class Forger(Scene):
    """Somebody who works under another's name."""

    @property
    def by(self) -> str:
        return "Sam"
