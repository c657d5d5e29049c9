"""Faces over the API: those in one picture, and how alike two pictures' are. No picture is kept, nobody is named."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from pydantic import Field

from api.picture_body import Picture, decoded, json_in, picture_body
from api.rest import Asks, Caller, Id, Out, Problem, Scope, router, scope
from casework.comparing_pictures import LEAD, PairOfFaces, check_may_compare, compare_pictures
from casework.face_desk import MOST_BYTES, FaceDesk, check_may_look, look_for_faces
from recognition.faces import rounded
from recognition.licences import LANDMARKS

if TYPE_CHECKING:
    from recognition.faces_in import PictureFaces

Point = Annotated[list[float], Field(min_length=2, max_length=2)]
CaseId = Annotated[Id, Query(description="for which case they are compared")]


_REFUSALS: dict[int | str, dict[str, Any]] = {
    413: {"model": Problem, "description": f"The picture has more than {MOST_BYTES:,} bytes."},
    503: {"model": Problem, "description": "The recogniser is not installed here."},
}


# who asks is looked at before what they send is read


def _looker(asks: Asks) -> Caller:
    check_may_look(asks.store)
    return asks


def _comparer(asks: Asks, case_id: CaseId) -> Caller:
    check_may_compare(asks.store, case_id)
    return asks


async def _two_pictures(request: Request) -> tuple[bytes, bytes]:
    said = await json_in(request, 2)
    return decoded(said, "one"), decoded(said, "other")


Looker = Annotated[Caller, Depends(_looker)]
Comparer = Annotated[Caller, Depends(_comparer)]
TwoPictures = Annotated[tuple[bytes, bytes], Depends(_two_pictures)]


class FaceOut(Out):
    """One face. Pixels are those of the picture turned upright, from its upper left corner."""

    box_px: Annotated[list[float], Field(min_length=4, max_length=4, description="left, top, right, bottom")]
    score: Annotated[float, Field(ge=0, le=1.01, description="how sure the detector is, on its own scale")]
    points_px: Annotated[
        list[Point],
        Field(min_length=5, max_length=5, description="the eye on the picture's left, the other, nose, mouth corners"),
    ]
    landmarks_px: Annotated[
        list[Point] | None,
        Field(description="68 points in iBUG's order; null where their model is not here or they were not asked for"),
    ]
    quality: Annotated[float, Field(ge=0, le=1, description="how good a shot it is for comparing: 0 to 1")]
    size_px: Annotated[float, Field(description="shorter side of the box; below 24 hardly anybody can be told apart")]


class FacesOut(Out):
    """The faces of one picture, best detection first. It says where faces are, not whose."""

    width_px: int
    height_px: int
    engine: str
    licence: str
    landmarks_licence: Annotated[str | None, Field(description="of the 68 points, where there are any")]
    faces: list[FaceOut]


class PairOut(Out):
    """A face of the first picture (`one`, its place in `first`) and one of the second, and how alike they are."""

    one: int
    other: int
    similarity: float
    is_lead: Annotated[bool, Field(description="whether it reaches the review floor")]
    meaning: Annotated[list[str], Field(description="what may be said of it, in plain sentences")]


class ComparisonOut(Out):
    """How alike the faces of two pictures are: an investigative lead, never an identification."""

    notice: str
    engine: str
    licence: str
    similarity_meaning: str
    review_floor: Annotated[float, Field(description="from here on a candidate is offered for review")]
    alert_threshold: Annotated[float, Field(description="from here on a candidate may alert the team")]
    first: FacesOut
    second: FacesOut
    pairs: Annotated[list[PairOut], Field(description="every pair, most alike first; at most 100")]


def faces_router(desk_now: Callable[[], FaceDesk]) -> APIRouter:
    """The routes; `desk_now` gives what looks at pictures."""
    routes = router("faces")

    @routes.post(
        "/faces",
        operation_id="findFaces",
        dependencies=[scope(Scope.FACES)],
        responses=_REFUSALS,
        openapi_extra=picture_body("picture"),
        summary="Faces of a picture",
    )
    def find_faces(
        asks: Looker, picture: Picture, landmarks: Annotated[bool, Query(description="68 points, too")] = True
    ) -> FacesOut:
        """Boxes, scores, 5 and 68 points and quality of each face. The picture is looked at and kept nowhere.

        It needs a role that may search footage in some case.
        """
        desk = desk_now()
        return _faces_out(desk, look_for_faces(asks.store, desk, picture, landmarks=landmarks))

    @routes.post(
        "/faces/compare",
        operation_id="compareFaces",
        dependencies=[scope(Scope.FACES)],
        responses=_REFUSALS,
        openapi_extra=picture_body("one", "other"),
        summary="How alike two pictures' faces are",
    )
    def compare_faces(asks: Comparer, case_id: CaseId, two: TwoPictures) -> ComparisonOut:
        """Compares every face of `one` with every face of `other`, for a case that may be searched.

        That it was done, with the pictures' SHA-256, stands in the case's record; the pictures are not kept.
        """
        desk = desk_now()
        found = compare_pictures(asks.store, case_id, desk, *two, by=asks.name)
        info = desk.comparer.info
        return ComparisonOut(
            notice=LEAD,
            engine=info.name,
            licence=info.licence,
            similarity_meaning=info.similarity_meaning,
            review_floor=info.review_floor,
            alert_threshold=info.alert_threshold,
            first=_faces_out(desk, found.one),
            second=_faces_out(desk, found.other),
            pairs=[_pair_out(pair) for pair in found.pairs],
        )

    return routes


def _faces_out(desk: FaceDesk, found: "PictureFaces") -> FacesOut:
    info = desk.comparer.info
    return FacesOut(
        width_px=found.width_px,
        height_px=found.height_px,
        engine=info.name,
        licence=info.licence,
        landmarks_licence=None if found.landmarks_px is None else LANDMARKS,
        faces=[_face_out(found, row) for row in range(len(found))],
    )


def _face_out(found: "PictureFaces", row: int) -> FaceOut:
    faces, marks = found.faces, found.landmarks_px
    return FaceOut(
        box_px=rounded(faces.box_px[row]),
        score=round(float(faces.score[row]), 4),
        points_px=rounded(faces.points_px[row]),
        landmarks_px=None if marks is None else rounded(marks[row]),
        quality=round(float(found.quality[row]), 4),
        size_px=round(float(faces.size_px[row]), 1),
    )


def _pair_out(pair: PairOfFaces) -> PairOut:
    return PairOut(
        one=pair.one,
        other=pair.other,
        similarity=round(pair.similarity, 4),
        is_lead=pair.is_lead,
        meaning=list(pair.words),
    )
