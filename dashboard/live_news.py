"""What happened in a case between two moments, in words for whoever looks on; nothing they may not know of."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from casework.pulse import UNDER_WAY, Pulse
from dashboard.words import t, tn
from data.models import Job, JobState, Verdict


@dataclass(frozen=True)
class News:
    """One thing that happened, and the page on which to see it."""

    words: str
    page: str = ""
    label: str = ""


def between(before: Pulse, now: Pulse, *, reader: str, is_by_itself: bool) -> list[News]:
    """What is new since `before`; what whoever reads did themselves is none.

    Who added a sighting or a file does not stand on it. These are told of only where the page is drawn again
    `is_by_itself`: what somebody did in this tab, they have seen.
    """
    found = [*_candidates(before, now), *_searches(before, now), *_verdicts(before, now, reader), *_alerts(before, now)]
    return found + ([*_things(before, now)] if is_by_itself else [])


def _candidates(before: Pulse, now: Pulse) -> Iterator[News]:
    known = before.candidates
    if new := len(now.to_review - known):
        yield News(tn("{n} new candidate to review.", "{n} new candidates to review.", new), "review", t("Open Review"))


def _alerts(before: Pulse, now: Pulse) -> Iterator[News]:
    if (new := now.alert_trouble - before.alert_trouble) > 0:
        words = tn("{n} alert went wrong: look into it.", "{n} alerts went wrong: look into them.", new)
        yield News(words, "alerts", t("Open Alerts"))


def _searches(before: Pulse, now: Pulse) -> Iterator[News]:
    for id, job in now.jobs.items():
        was = before.jobs.get(id)
        if job.kind != "scan" or was is None or was.state not in UNDER_WAY or job.state in UNDER_WAY:
            continue
        name = now.footages.get(job.of_id, "")
        if job.state is JobState.DONE:
            yield News(_found_words(name, job), "footage", t("Open Footage"))
        elif job.state is JobState.FAILED:
            yield News(t("The search of {name} did not finish.", name=name), "footage", t("Open Footage"))


def _found_words(name: str, job: Job) -> str:
    if not job.candidates:
        return t("{name} is searched: no candidate.", name=name)
    return tn("{name} is searched: {n} candidate.", "{name} is searched: {n} candidates.", job.candidates, name=name)


def _verdicts(before: Pulse, now: Pulse, reader: str) -> Iterator[News]:
    new = [said for id, said in now.verdicts.items() if id not in before.verdicts and said.by != reader]
    for (by, verdict), n in Counter((said.by, said.verdict) for said in new).items():
        yield News(_said_words(by, verdict, n), "review", t("Open Review"))


def _said_words(by: str, verdict: Verdict, n: int) -> str:
    match verdict:
        case Verdict.CONFIRM:
            return tn("{by} confirmed a candidate.", "{by} confirmed {n} candidates.", n, by=by)
        case Verdict.REJECT:
            return tn("{by} rejected a candidate.", "{by} rejected {n} candidates.", n, by=by)
        case Verdict.UNSURE:
            return tn("{by} is unsure of a candidate.", "{by} is unsure of {n} candidates.", n, by=by)
        case Verdict.UNDO:
            return tn("{by} took a decision back.", "{by} took {n} decisions back.", n, by=by)
    return tn("{by} settled a dispute.", "{by} settled {n} disputes.", n, by=by)


def _things(before: Pulse, now: Pulse) -> Iterator[News]:
    if new := len(now.sightings - before.sightings):
        yield News(tn("{n} new sighting on the map.", "{n} new sightings on the map.", new), "map", t("Open the map"))
    if new := len(now.footages.keys() - before.footages.keys()):
        yield News(tn("{n} new footage.", "{n} new footages.", new), "footage", t("Open Footage"))
    moved = [id for id, state in now.requests.items() if before.requests.get(id) != state]
    if moved:
        words = tn("{n} request has moved on.", "{n} requests have moved on.", len(moved))
        yield News(words, "requests", t("Open Requests"))
