"""/api/v1/jobs: what workers do, how far they are, as it happens; and the searches of footage that people ask for."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from starlette.concurrency import run_in_threadpool

from api.events import Events, Words
from api.resources.looks import Looks
from api.resources.shapes import Because, Shown
from api.rest import CONFLICT, Asks, Caller, Id, Out, Page, Paging, page_of, router
from casework import jobs, seen
from casework.close_looks import KIND as LOOK
from casework.gallery_parts import GALLERY
from data.errors import NotFound
from data.models import Account, Job, JobState
from data.store import Store

STATES = Annotated[frozenset[JobState], Query(description="Only jobs in one of these states.")]
KINDS = Annotated[str, Query(max_length=40, description="Only jobs of this kind: scan, photo, recompare, gallery.")]
OF = Annotated[str, Query(max_length=100, description="Only jobs about this footage, photo or case, by its id.")]
ENDED = frozenset({JobState.DONE, JobState.FAILED, JobState.CANCELLED})


class CoverageOut(Shown):
    """What a scan really looked at: counts of the video's frames and packets, and stretches that could not be read."""

    frames_claimed: int | None
    packets_read: int
    packets_unreadable: int
    frames_decoded: int
    frames_examined: int
    faces_seen: int
    faces_embedded: int
    unreadable_spans_s: tuple[tuple[float, float], ...]
    packets_skipped: int
    quiet_s: float
    thoroughness: str
    frames_estimated: int | None


class JobOut(Shown):
    """A job. `of_id` is what it is about: a footage, a photo or a case. Seconds are those of the footage's time line.

    `given_up`: stretches (from, to, why) that were left out after repeated crashes. `missing` says in words what could
    not be looked at, empty where nothing is known to be missing.
    """

    id: str
    kind: str
    case_id: str
    of_id: str
    state: JobState
    engine: str
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    asked_by: str
    queue: str
    priority: int
    segments_total: int | None
    segments_done: int
    seconds_total: float | None
    seconds_done: float
    faces_seen: int
    tracks: int
    candidates: int
    reference_ids: tuple[str, ...]
    coverage: CoverageOut | None
    given_up: tuple[tuple[float, float, str], ...]
    note: str
    error: str | None
    retry_reason: str
    left_s: float | None = None
    missing: str = ""

    @classmethod
    def told(cls, job: Job) -> "JobOut":
        more: dict[str, Any] = {"left_s": jobs.left_s(job), "missing": seen.missing_words(job)}
        if job.kind == GALLERY:  # its photos are those of cases that whoever asks may not see
            more["reference_ids"] = ()
        return cls.of(job).model_copy(update=more)


class StretchOut(Shown):
    """What happened to a stretch of footage, in seconds of its time line."""

    sight: seen.Sight
    start_s: float
    end_s: float


class ProgressOut(Out):
    """What the events of a job carry: the job as it is now, or null once it is gone."""

    job: JobOut | None


def shown_job(asks: Caller, job_id: str) -> Job:
    """A job that people ask for. Closer looks are none: a worker makes them ahead, for the one who reviews."""
    job = asks.store.job(job_id)
    if job.kind == LOOK:
        raise NotFound(f"job {job_id}: not in the store")
    return job


def jobs_router(
    looks: Looks, *, events: Events, store_now_of: Callable[[Account], Store], engine: str, queue: str
) -> APIRouter:
    """The routes of jobs; `events` are this process's lines, `engine` and `queue` those of new searches."""
    routes = router("jobs")

    @routes.get("/cases/{case_id}/jobs", operation_id="listJobs")
    def list_jobs(
        case_id: Id, asks: Asks, paging: Paging, state: STATES = frozenset(), kind: KINDS = "", of: OF = ""
    ) -> Page[JobOut]:
        """The case's jobs, newest first."""
        found = [
            job
            for job in asks.store.jobs(case_id=looks.case(asks, case_id).id)
            if job.kind != LOOK
            and job.state in (state or JobState)
            and kind in ("", job.kind)
            and of in ("", job.of_id)
        ]
        return page_of(found, paging, key=lambda job: (-job.created_at.timestamp(), job.id), shown=JobOut.told)

    @routes.post("/footage/{footage_id}/scans", operation_id="askScan", status_code=201, responses=CONFLICT)
    def ask_scan(footage_id: Id, asks: Asks, response: Response) -> JobOut:
        """Have a worker search the footage for the case's subject. 422 where the case may not be searched, and why."""
        job = jobs.request_scan(asks.store, footage_id, engine=engine, queue=queue, by=asks.name)
        response.headers["Location"] = f"/api/v1/jobs/{job.id}"
        return JobOut.told(job)

    @routes.get("/jobs/{job_id}", operation_id="readJob")
    def read_job(job_id: Id, asks: Asks) -> JobOut:
        """One job."""
        job = shown_job(asks, job_id)
        looks.case(asks, job.case_id)
        return JobOut.told(job)

    @routes.get("/jobs/{job_id}/stretches", operation_id="listStretches")
    def list_stretches(job_id: Id, asks: Asks) -> list[StretchOut]:
        """What a search did with each stretch of its footage, in order: nobody is "not seen" where nothing was."""
        return [StretchOut.of(stretch) for stretch in seen.stretches(asks.store, shown_job(asks, job_id))]

    _steps(routes)
    _follow(routes, events, store_now_of)
    return routes


def _steps(routes: APIRouter) -> None:
    one = "/jobs/{job_id}"

    @routes.post(f"{one}/pause", operation_id="pauseJob", responses=CONFLICT)
    def pause_job(job_id: Id, asks: Asks) -> JobOut:
        """Have a search stand still; what it has done is kept."""
        return JobOut.told(jobs.pause(asks.store, shown_job(asks, job_id).id, by=asks.name))

    @routes.post(f"{one}/resume", operation_id="resumeJob", responses=CONFLICT)
    def resume_job(job_id: Id, asks: Asks) -> JobOut:
        """Have it go on where it stopped."""
        return JobOut.told(jobs.resume(asks.store, shown_job(asks, job_id).id, by=asks.name))

    @routes.post(f"{one}/cancel", operation_id="cancelJob", responses=CONFLICT)
    def cancel_job(job_id: Id, asks: Asks) -> JobOut:
        """End it for good; candidates that it found stay."""
        return JobOut.told(jobs.cancel(asks.store, shown_job(asks, job_id).id, by=asks.name))

    @routes.post(f"{one}/retry", operation_id="retryJob", responses=CONFLICT)
    def retry_job(job_id: Id, said: Because, asks: Asks) -> JobOut:
        """Do it again from its beginning, where it failed, was cancelled or left something out."""
        return JobOut.told(jobs.retry(asks.store, shown_job(asks, job_id).id, reason=said.reason, by=asks.name))

    @routes.post(f"{one}/first", operation_id="putJobFirst", responses=CONFLICT)
    def put_job_first(job_id: Id, asks: Asks) -> JobOut:
        """Have it go before all that wait now."""
        return JobOut.told(jobs.put_first(asks.store, shown_job(asks, job_id).id, by=asks.name))


def _follow(routes: APIRouter, events: Events, store_now_of: Callable[[Account], Store]) -> None:
    def words_of(account: Account, job_id: str) -> Words:
        try:
            job = store_now_of(account).job(job_id)
        except NotFound:
            return Words(ProgressOut(job=None).model_dump_json(), is_last=True)
        return Words(ProgressOut(job=JobOut.told(job)).model_dump_json(), is_last=job.state in ENDED)

    told: dict[int | str, Any] = {
        200: {"content": {"text/event-stream": {"schema": {"type": "string"}}}, "description": "Events, for long."}
    }

    @routes.get("/jobs/{job_id}/events", operation_id="followJob", response_class=Response, responses=told)
    async def follow_job(job_id: Id, asks: Asks, request: Request) -> Response:
        """The job as it goes on, as server-sent events: each carries all of it, `{"job": …}`. The line ends with the
        job: close it when `state` is done, failed or cancelled, for browsers come again by themselves."""
        await run_in_threadpool(shown_job, asks, job_id)
        return events.line(request, asks.account, (job_id,), words_of)
