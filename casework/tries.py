"""Work that may cost a process its life: counted before it begins, so that even kill -9 counts; not begun for ever."""

from collections.abc import Callable

from casework.access import for_machines
from casework.scanning import Workshop
from data import leases
from data.errors import ChildKilled
from data.models import Lease


@for_machines
def tried(
    workshop: Workshop, lease: Lease, work: Callable[[], object], *, limit: int, segment: int = leases.WHOLE_JOB
) -> str | None:
    """Do the work, again where it costs a child its life; None once it is done.

    After `limit` crashes, those of workers that were killed in the middle of it counted, it is not begun any more: the
    answer is the reason of the last crash.
    """
    while True:
        with workshop.writing() as writing:
            crashes, why = leases.begin(writing, lease, segment, limit=limit)
        if crashes >= limit:
            return why
        try:
            work()
        except ChildKilled as error:
            with workshop.writing() as writing:
                leases.count_crashes(writing, lease, segment, why=error.why)
        else:
            return None
