from collections.abc import Callable
from zoneinfo import ZoneInfo

import streamlit as st

from casework import pictures, plausibility, references, review, seen
from casework.footage import true_time
from casework.review import Candidate
from casework.verdicts import standing_of
from dashboard import opinions_part, parts, photo_words, session
from data.models import MatchState, Permission, Verdict

SHOWN = {
    "To review": MatchState.TO_REVIEW,
    "Second needed": MatchState.HALF_CONFIRMED,
    "Unsure": MatchState.UNSURE,
    "Disputed": MatchState.DISPUTED,
    "Confirmed": MatchState.CONFIRMED,
    "Rejected": MatchState.REJECTED,
    "Set aside": MatchState.SET_ASIDE,
}
RARE = ("Second needed", "Disputed")
# headings that stand there only while there is something under them
SAID = {
    Verdict.CONFIRM: "Confirmed",
    Verdict.REJECT: "Someone else",
    Verdict.UNSURE: "Cannot tell",
    Verdict.UNDO: "Taken back",
    Verdict.SETTLE_CONFIRM: "Settled as confirmed",
    Verdict.SETTLE_REJECT: "Settled as somebody else",
}
FOLLOWS = {
    MatchState.HALF_CONFIRMED: " It stands on the map once a second person confirms it too, without knowing of your "
    "verdict.",
    MatchState.DISPUTED: " Another person sees it differently, so it is in dispute: a supervisor settles it.",
    MatchState.CONFIRMED: " Its pin stands on the map.",
}
FIRST = 3
SHOWN_OF_GROUP = 5
case = parts.case_needed()
store = session.store()
found = review.candidates(store, case.id)
by_id = {c.match.id: c for c in found}
state_of = {c.match.id: c.match.state for c in found}
photos = [photo for photo in store.photos(case.id) if photo.is_usable]


def place_and_time(candidate: Candidate) -> str:
    at = true_time(candidate.footage, candidate.match.track.best_s)
    return f"{candidate.camera.name or candidate.camera.id}, {parts.local(at, case)}"


def first_to_ask() -> list[str]:
    first = session.ranking(case).cameras[:FIRST]
    return [
        f"**{place}** {parts.plain(r.camera.name or r.camera.id)} · {parts.short_span(r.start, r.end, case)}"
        for place, r in enumerate(first, start=1)
    ]


def moved(act: Callable[[], str], said: str, verdict: Verdict, match_id: str, then: str | None) -> None:
    """Take a decision and remember what it moved; `act` returns what several are taken back by, else nothing."""
    with parts.errors_shown():
        before = first_to_ask()
        together = act()
        follows = FOLLOWS.get(review.seen_state(store, match_id), "")
        session.keep("decided", (match_id, verdict, said + follows, before, first_to_ask(), together))
        session.choose("match", match_id if verdict is Verdict.UNDO else then)
        st.rerun()


def decide(candidate: Candidate, verdict: Verdict, note: str, then: str | None, *, seen: MatchState | None) -> None:
    def act() -> str:
        review.decide(store, candidate.match.id, verdict=verdict, by=session.who(), note=note, seen=seen)
        return ""

    moved(act, f"{SAID[verdict]}: {place_and_time(candidate)}.", verdict, candidate.match.id, then)


def settle(candidate: Candidate, reason: str, *, confirms: bool) -> None:
    verdict = Verdict.SETTLE_CONFIRM if confirms else Verdict.SETTLE_REJECT

    def act() -> str:
        review.settle(store, candidate.match.id, confirms=confirms, reason=reason, by=session.who())
        return ""

    moved(act, f"{SAID[verdict]}: {place_and_time(candidate)}.", verdict, candidate.match.id, candidate.match.id)


def reject_all(candidate: Candidate, alike: list[Candidate], note: str) -> None:
    ids = [candidate.match.id, *(c.match.id for c in alike)]
    then = next((c.match.id for c in queue if c.match.id not in ids), None)
    moved(
        lambda: review.reject_all(store, ids, by=session.who(), note=note),
        f"Someone else: {len(ids)} candidates that look like one person.",
        Verdict.REJECT,
        candidate.match.id,
        then,
    )


def take_back(match_id: str, together: str) -> None:
    if not together:
        decide(by_id[match_id], Verdict.UNDO, "", None, seen=None)
        return

    def act() -> str:
        review.undo_together(store, together, by=session.who())
        return ""

    moved(act, "Taken back: all candidates that were rejected together.", Verdict.UNDO, match_id, None)


def last_decision() -> None:
    match_id, verdict, words, before, after, together = session.recall("decided")
    with st.container(border=True, key="last_decision"):
        said, undo = st.columns([4.4, 1.4], vertical_alignment="top")
        has_moved = " The ranking has moved:" if before != after else " The ranking stays as it was."
        said.markdown(f":material/check_circle: {parts.plain(words)}{has_moved}")
        can_undo = verdict is not Verdict.UNDO and match_id in by_id
        if can_undo and undo.button("Undo", icon=":material/undo:", width="stretch"):
            take_back(match_id, together)
        if before != after:
            was, now, see = st.columns([2.2, 2.2, 1.4])
            was.caption("First to ask before  \n" + "  \n".join(before))
            now.caption("First to ask now  \n" + "  \n".join(after))
            with see:
                st.page_link("pages/map.py", label="See the map", icon=":material/map:", query_params={"case": case.id})


def which_queue() -> str:
    wanted = session.chosen("match")
    of_wanted = next((name for name, state in SHOWN.items() if state is state_of.get(wanted or "")), None)
    session.set_widget("review_show", of_wanted or session.widget("review_show") or "To review")
    counts = {name: sum(state is s for s in state_of.values()) for name, state in SHOWN.items()}
    shown = st.segmented_control(
        "Show",
        [name for name in SHOWN if counts[name] or name not in RARE],
        required=True,
        format_func=lambda name: f"{name} ({counts[name]})",
        key="review_show",
        on_change=lambda: session.choose("match", None),
        label_visibility="collapsed",
    )
    return shown or "To review"


def nothing_here() -> None:
    if not found:
        st.info("No candidates yet. Add footage on the Footage page; they appear here while it is searched.")
        st.page_link("pages/footage.py", label="Go to footage", icon=":material/videocam:")
        return
    st.info("Nothing here. The candidates that were decided on stand under the other headings.")
    st.page_link("pages/map.py", label="See the map", icon=":material/map:", query_params={"case": case.id})


def faces(candidate: Candidate) -> None:
    shown = [face for photo in photos if (face := pictures.reference_face(store, photo))]
    left, right = st.columns(2, wrap=False)
    with left:
        st.markdown("**Reference**")
        for face in shown[:1]:
            st.image(face, width=300, alt="face in the reference photo")
        if len(shown) > 1:
            with st.popover(f"{len(shown) - 1} more"):
                st.image(shown[1:], width=150, alt=["face in a reference photo"] * (len(shown) - 1))
    with right:
        st.markdown("**Candidate**")
        if face := pictures.crop(store, candidate.match):
            st.image(face, width=300, alt="face of the candidate")


def cautions(candidate: Candidate) -> None:
    if review.needs_more_than_the_face(candidate.match):
        st.warning(
            f"The face is only {review.face_px(candidate.match):.0f} pixels wide. Below {review.USEFUL_FACE_PX} it "
            "cannot be confirmed on the face alone: say in the note what else it rests on (clothes, gait, company).",
            icon=":material/photo_size_select_small:",
        )
    if candidate.match.track.time_source != "container":
        st.warning("The file carries no usable times here; this time is estimated.", icon=":material/schedule:")
    if missing := seen.missing_words(store.job(candidate.match.track.scan_id)):
        st.warning(parts.plain(missing), icon=":material/broken_image:")


def ways(candidate: Candidate) -> None:
    lines = []
    for leg in candidate.ways:
        at = parts.short_time(leg.sighting.at, case)
        which = f"from the sighting before, {at}" if leg.is_before else f"to the sighting after, {at}"
        lines.append(f":material/directions_walk: {which}: **{plausibility.speed_words(leg.needed_m_s)}**")
    if lines:
        st.markdown("  \n".join(lines), help=plausibility.ORDER_WORDS)


def what_photos_claim(candidate: Candidate) -> None:
    day = true_time(candidate.footage, candidate.match.track.best_s).astimezone(ZoneInfo(case.timezone)).date()
    newest = references.newest_claim(case, photos, day)
    said = [photo_words.claim_words(newest)] if newest else []
    if newest and newest.is_of_a_child:
        said.append(photo_words.CHILDREN)
    if references.misfits(store, photos, engine=candidate.match.engine):
        said.append("The reference photos do not fit one another: see the Case page.")
    if words := " ".join(filter(None, said)):
        st.caption(f":material/event: {words}")


def set_aside(candidate: Candidate) -> None:
    rejected = store.match(candidate.match.like_match_id) if candidate.match.like_match_id else None
    with st.container(border=True, key="set_aside"):
        picture, words = st.columns([1, 3], wrap=False)
        if rejected and (face := pictures.crop(store, rejected)):
            picture.image(face, width=90, alt="face of the candidate that was rejected before")
        words.markdown("**Set aside:** looks like someone rejected before. Nobody has decided on this one.")
        may_bring_back = session.may(Permission.REVIEW, case)
        if may_bring_back and st.button("Bring back to the queue", icon=":material/undo:"):
            with parts.errors_shown():
                review.bring_back(store, candidate.match.id, by=session.who())
                st.rerun()


def same_person(candidate: Candidate, note: str) -> None:
    group = candidate.match.group_id
    is_open = candidate.match.state in review.REJECTABLE
    others = [
        c
        for c in found
        if group and is_open and c.match.group_id == group and c.match.state in review.REJECTABLE and c is not candidate
    ]
    if not others:
        return
    with st.container(border=True, key="same_person"):
        st.markdown(f"Looks like the same person as **{parts.counted(len(others), 'other candidate')}**")
        with st.container(horizontal=True, gap="small"):
            for other in others[:SHOWN_OF_GROUP]:
                if face := pictures.crop(store, other.match):
                    st.image(face, width=64, alt=f"face at {place_and_time(other)}")
        if len(others) > SHOWN_OF_GROUP:
            st.caption(f"and {len(others) - SHOWN_OF_GROUP} more")
        if st.button(
            f"Someone else: reject all {len(others) + 1}",
            key=f"all_{candidate.match.id}",
            icon=":material/group_remove:",
        ):
            reject_all(candidate, others, note)


def decision(candidate: Candidate, then: str | None) -> None:
    match = candidate.match
    seen = session.drawn_from(f"match_{match.id}", match.state)
    standing = standing_of(candidate.reviews)
    mine = standing.of(session.who())
    opinions_part.said(case, candidate, standing)
    if match.state is MatchState.DISPUTED and (settled := opinions_part.dispute(case, candidate, standing)):
        confirms, reason = settled
        settle(candidate, reason, confirms=confirms)
    if not session.may(Permission.REVIEW, case):
        st.caption(session.why_not(Permission.REVIEW))
        return
    note = st.text_input(
        "Note", key=f"note_{match.id}", placeholder="what you saw: clothes, company, direction", max_chars=2000
    )
    with st.container(horizontal=True, key="verdicts"):
        if st.button("It is this person", key=f"confirm_{match.id}", type="primary", icon=":material/check:"):
            decide(candidate, Verdict.CONFIRM, note, then, seen=seen)
        if st.button("Someone else", key=f"reject_{match.id}", icon=":material/close:"):
            decide(candidate, Verdict.REJECT, note, then, seen=seen)
        if st.button("Cannot tell", key=f"unsure_{match.id}", icon=":material/question_mark:"):
            decide(candidate, Verdict.UNSURE, note, then, seen=seen)
    if mine is not None and st.button("Take my decision back", key=f"undo_{match.id}", icon=":material/undo:"):
        decide(candidate, Verdict.UNDO, note, then, seen=seen)
    same_person(candidate, note)


def details(candidate: Candidate) -> None:
    match, track, camera = candidate.match, candidate.match.track, candidate.camera
    st.markdown(
        f"In view {parts.clock(track.start_s)} to {parts.clock(track.end_s)} of the file, best at "
        f"{parts.clock(track.best_s)}  \n{track.shots} shots compared, quality of the best {track.quality:.2f}"
    )
    st.markdown(f"{camera.lat:.5f}, {camera.lon:.5f}  \n{parts.plain(camera.owner)}")
    st.caption(f"File {parts.plain(candidate.footage.original_name)}  \nEngine {parts.plain(match.engine)}")
    st.caption(parts.plain(seen.result_words(store.job(track.scan_id), match)))


parts.heading("Review", case)
if session.recall("decided"):
    last_decision()
shown = which_queue()
queue = [c for c in found if c.match.state is SHOWN[shown]]
if not queue:
    nothing_here()
    st.stop()
ids = [c.match.id for c in queue]
wanted = session.chosen("match")
at = ids.index(wanted) if wanted in ids else 0
candidate = queue[at]
session.choose("match", candidate.match.id)

words, steps = st.columns([2, 1], vertical_alignment="center")
back, forward = steps.columns(2, wrap=False)
words.markdown(f"**Candidate {at + 1} of {len(ids)}** · **{parts.plain(place_and_time(candidate))}** true time")
if back.button("Previous", icon=":material/arrow_back:", disabled=at == 0, width="stretch"):
    session.choose("match", ids[at - 1])
    st.rerun()
if forward.button("Next", icon=":material/arrow_forward:", disabled=at == len(ids) - 1, width="stretch"):
    session.choose("match", ids[at + 1])
    st.rerun()

left, right = st.columns(2, gap="medium")
with left, st.container(key="faces"):
    faces(candidate)
    what_photos_claim(candidate)
with right:
    st.markdown(parts.similarity_words(candidate.match))
    st.caption(parts.chance_words(candidate.match))
    ways(candidate)
    cautions(candidate)
    if candidate.match.state is MatchState.SET_ASIDE:
        set_aside(candidate)
    decision(candidate, ids[at + 1] if at + 1 < len(ids) else None)
    if candidate.match.state is MatchState.TO_REVIEW:
        st.caption(
            "A yes takes two people, neither of whom knows what the other said: somebody may have looked at this one "
            "already. One no is enough."
        )
    st.caption(f"This is an {review.LEAD}. {parts.scale_words(candidate.match)}")
frame, beside = st.columns([3, 1])
with frame:
    if whole := pictures.context(store, candidate.match):
        st.image(
            whole,
            caption="The whole picture at the best moment; the box marks the face.",
            alt="whole picture at the best moment",
        )
with beside:
    details(candidate)
