"""What the resources' requests and answers are made of: read off our own values, and read strictly from strangers."""

from datetime import UTC, date, datetime
from typing import Annotated, Any, Self

from fastapi import Response
from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from api.json_types import check_types
from api.rest import CONFLICT, Out, Problem
from data.errors import NotFound
from data.models import in_utc

IF_MATCH: dict[int | str, dict[str, Any]] = CONFLICT | {
    412: {"model": Problem, "description": "It is no longer as `If-Match` says."}
}
"""For `responses` of a route that heeds `If-Match`."""
JPEG: dict[int | str, dict[str, Any]] = {
    200: {"content": {"image/jpeg": {"schema": {"type": "string", "format": "binary"}}}, "description": "The picture."}
}
EARLIEST, LATEST = datetime(1900, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
"""Times beyond these are slips, and leave the calendar once a clock's error is taken off them."""


class Shown(Out):
    """Base of what is told of one of our own values: its fields are those of the same name."""

    model_config = ConfigDict(from_attributes=True)

    @classmethod
    def of(cls, thing: object) -> Self:
        return cls.model_validate(thing)


class Said(BaseModel):
    """Base of what a caller says: a field that is not known is refused, and so is a number that is none."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    @model_validator(mode="before")
    @classmethod
    def _as_json_has_it(cls, given: Any) -> Any:
        return check_types(cls, given)

    @property
    def given(self) -> dict[str, Any]:
        """The fields that the caller named, by name."""
        return {name: getattr(self, name) for name in self.model_fields_set}


def _in_calendar(at: datetime) -> datetime:
    try:
        moment = in_utc(at, "time")
    except OverflowError:
        raise ValueError("lies outside the years 1900 to 2199") from None
    if not EARLIEST <= moment < LATEST:
        raise ValueError("lies outside the years 1900 to 2199")
    return moment


def _is_a_day(day: date) -> date:
    if not EARLIEST.date() <= day < LATEST.date():
        raise ValueError("lies outside the years 1900 to 2199")
    return day


Moment = Annotated[AwareDatetime, AfterValidator(_in_calendar)]
"""A time with its zone, as ISO 8601 writes it; kept in UTC."""
Day = Annotated[date, AfterValidator(_is_a_day)]
Line = Annotated[str, Field(max_length=400)]
Text = Annotated[str, Field(max_length=20_000)]
Reason = Annotated[str, Field(min_length=1, max_length=2000)]
Lat = Annotated[float, Field(ge=-90, le=90)]
Lon = Annotated[float, Field(ge=-180, le=180)]


class Because(Said):
    """Why something is done; it stands in the record."""

    reason: Reason


def jpeg_answer(jpeg: bytes | None) -> Response:
    """A picture, for those who may see it; NotFound for everybody else."""
    if jpeg is None:
        raise NotFound("picture: was not kept, or is hidden: the subject is under 18, and none of your roles covers it")
    return Response(jpeg, media_type="image/jpeg")
