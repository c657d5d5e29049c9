"""What the review page tells of a candidate beside its pictures and its score."""

from collections.abc import Sequence
from zoneinfo import ZoneInfo

import streamlit as st

from casework import plausibility, references, review, seen
from casework.footage import true_time
from casework.review import Candidate
from dashboard import parts, photo_words, session
from dashboard.words import t, tn
from data.models import Case, Photo


def cautions(candidate: Candidate) -> None:
    """What makes this candidate weaker than its number."""
    if review.needs_more_than_the_face(candidate.match):
        words = t(
            "The face is only {n} pixels wide. Below {least} it cannot be confirmed on the face alone: say in the note "
            "what else it rests on (clothes, gait, company).",
            n=f"{review.face_px(candidate.match):.0f}",
            least=review.USEFUL_FACE_PX,
        )
        st.warning(words, icon=":material/photo_size_select_small:")
    if candidate.match.track.time_source != "container":
        st.warning(
            t("The file carries no usable times here; this time is estimated."), icon=":material/schedule:"
        )  # fmt: skip
    if missing := seen.missing_words(session.store().job(candidate.match.track.scan_id)):
        st.warning(parts.plain(missing), icon=":material/broken_image:")


def ways(case: Case, candidate: Candidate) -> None:
    """How fast the person would have had to move."""
    lines = []
    for leg in candidate.ways:
        at = parts.short_time(leg.sighting.at, case)
        which = t("from the sighting before, {at}", at=at) if leg.is_before else t("to the sighting after, {at}", at=at)
        lines.append(f":material/directions_walk: {which}: **{plausibility.speed_words(leg.needed_m_s)}**")
    if lines:
        st.markdown("  \n".join(lines), help=plausibility.ORDER_WORDS)


def what_photos_claim(case: Case, candidate: Candidate, photos: Sequence[Photo]) -> None:
    """How much the reference photos can claim, by their age and how they fit."""
    day = true_time(candidate.footage, candidate.match.track.best_s).astimezone(ZoneInfo(case.timezone)).date()
    newest = references.newest_claim(case, photos, day)
    said = [photo_words.claim_words(newest)] if newest else []
    if newest and newest.is_of_a_child:
        said.append(photo_words.CHILDREN)
    if references.misfits(session.store(), photos, engine=candidate.match.engine):
        said.append(t("The reference photos do not fit one another: see the Case page."))
    if words := " ".join(filter(None, said)):
        st.caption(f":material/event: {words}")


def details(candidate: Candidate) -> None:
    """The file, the track and the search behind the candidate."""
    match, track, camera = candidate.match, candidate.match.track, candidate.camera
    with st.expander(t("Where this comes from"), icon=":material/description:"):
        st.markdown(
            t(
                "In view {start} to {end} of the file, best at {best}",
                start=parts.clock(track.start_s),
                end=parts.clock(track.end_s),
                best=parts.clock(track.best_s),
            )
            + "  \n"
            + tn("{n} shot compared,", "{n} shots compared,", track.shots)
            + " "
            + t("quality of the best {quality}", quality=f"{track.quality:.2f}")
        )
        st.markdown(f"{camera.lat:.5f}, {camera.lon:.5f}  \n{parts.plain(camera.owner)}")
        file, engine = parts.plain(candidate.footage.original_name), parts.plain(match.engine)
        st.caption(f"{t('File')} {file}  \n{t('Engine')} {engine}")
        st.caption(parts.plain(seen.result_words(session.store().job(track.scan_id), match)))
