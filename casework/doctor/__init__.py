"""The doctor: looks at an installation without changing it, and says what is wrong and how to mend it."""

import textwrap
from collections.abc import Iterator, Sequence

from casework.doctor import clock, machine, models, store
from casework.doctor.findings import Check, Finding, Installation, SettingRow, State, error
from data.errors import LastSeenError

__all__ = ["Finding", "Installation", "SettingRow", "State", "examine", "in_words"]

CHECKS: tuple[Check, ...] = (
    machine.settings,
    machine.python,
    machine.libraries,
    machine.home,
    machine.disk,
    clock.clock,
    machine.door,
    machine.port,
    machine.assets,
    machine.base_map,
    models.weights,
    models.engine,
    store.store,
)
SYSTEM_LIBRARIES = (
    "on Debian or Ubuntu: apt-get install libgl1 libglib2.0-0; then .venv/bin/python -m pip install -r requirements.txt"
)
_SIGNS = {State.OK: "ok", State.WARNING: "WARNING", State.ERROR: "ERROR"}
_INDENT = " " * 9


def examine(at: Installation, *, checks: Sequence[Check] = CHECKS) -> Iterator[Finding]:
    """Everything the doctor looks at, in order; a look that fails is a finding too."""
    for check in checks:
        try:
            yield from check(at)
        except ImportError as problem:
            yield error(check.__name__, f"a library cannot be loaded: {problem}", SYSTEM_LIBRARIES)
        except (LastSeenError, OSError, ValueError, RuntimeError) as problem:
            says = f"this could not be looked at: {type(problem).__name__}: {problem}"
            yield error(check.__name__, says, "please report this, with the text of this line")


def in_words(finding: Finding) -> str:
    """A finding as lines for a terminal at night: what is wrong first, then how to mend it."""
    says = finding.says.removeprefix(f"{finding.about}: ")
    text = f"{_SIGNS[finding.state]:<9}{finding.about}: {says}"
    lines = textwrap.wrap(text, 110, subsequent_indent=_INDENT, break_long_words=False, break_on_hyphens=False)
    if finding.mend:
        lines.append(f"{_INDENT}-> {finding.mend}")
    return "\n".join(lines)
