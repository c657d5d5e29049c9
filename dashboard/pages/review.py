from collections.abc import Callable
from pathlib import Path

import streamlit as st

from casework import close_looks, pictures, plausibility, review
from casework.close_looks import AHEAD
from casework.review import Candidate
from casework.verdicts import standing_of
from dashboard import opinions_part, parts, review_faces, review_facts, session
from dashboard.review_keys import keys
from dashboard.review_where import where
from dashboard.review_words import FOLLOWS, RARE, SAID, SHOWN, place_and_time
from dashboard.words import t, tn
from data.models import MatchState, Permission, Verdict

LOOK = Path(__file__).parents[1] / "static" / "lastseen-review.css"
FIRST = 3
SHOWN_OF_GROUP = 5
MOVES_MAP = (Verdict.CONFIRM, Verdict.UNDO, Verdict.SETTLE_CONFIRM)
case = parts.case_needed()
store = session.store()
found = review.candidates(store, case.id)
by_id = {c.match.id: c for c in found}
state_of = {c.match.id: c.match.state for c in found}
photos = [photo for photo in store.photos(case.id) if photo.is_usable]
st.html(LOOK)


def first_to_ask() -> list[str]:
    first = session.ranking(case).cameras[:FIRST]
    return [
        f"**{place}** {parts.plain(r.camera.name or r.camera.id)} · {parts.short_span(r.start, r.end, case)}"
        for place, r in enumerate(first, start=1)
    ]


def moved(act: Callable[[], str], said: str, verdict: Verdict, match_id: str, then: str | None) -> None:
    """Take a decision and remember what it moved; `act` returns what several are taken back by, else nothing."""
    with parts.errors_shown():
        # only what puts a sighting on the map, or takes one off, moves the ranking
        may_move = verdict in MOVES_MAP or state_of.get(match_id) is MatchState.CONFIRMED
        before = first_to_ask() if may_move else []
        together = act()
        follows = FOLLOWS.get(review.seen_state(store, match_id), "")
        said = f"{said} {t(follows)}" if follows else said
        session.keep("decided", (match_id, verdict, said, before, first_to_ask() if may_move else [], together))
        session.choose("match", match_id if verdict is Verdict.UNDO else then)
        st.rerun()


def decide(candidate: Candidate, verdict: Verdict, note: str, then: str | None, *, seen: MatchState | None) -> None:
    def act() -> str:
        review.decide(store, candidate.match.id, verdict=verdict, by=session.who(), note=note, seen=seen)
        return ""

    moved(act, t(SAID[verdict], which=place_and_time(candidate, case)), verdict, candidate.match.id, then)


def settle(candidate: Candidate, reason: str, *, confirms: bool) -> None:
    verdict = Verdict.SETTLE_CONFIRM if confirms else Verdict.SETTLE_REJECT

    def act() -> str:
        review.settle(store, candidate.match.id, confirms=confirms, reason=reason, by=session.who())
        return ""

    said = t(SAID[verdict], which=place_and_time(candidate, case))
    moved(act, said, verdict, candidate.match.id, candidate.match.id)


def reject_all(candidate: Candidate, alike: list[Candidate], note: str) -> None:
    ids = [candidate.match.id, *(c.match.id for c in alike)]
    then = next((c.match.id for c in queue if c.match.id not in ids), None)
    moved(
        lambda: review.reject_all(store, ids, by=session.who(), note=note),
        t("Someone else: {n} candidates that look like one person.", n=len(ids)),
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

    said = t("Taken back: all candidates that were rejected together.")
    moved(act, said, Verdict.UNDO, match_id, None)


def last_decision() -> None:
    match_id, verdict, said, before, after, together = session.recall("decided")
    with st.container(border=True, key="last_decision"):
        words, undo = st.columns([4.4, 1.4], vertical_alignment="center")
        has_moved = t("The ranking has moved:") if before != after else t("The ranking stays as it was.")
        words.markdown(f":material/check_circle: {parts.plain(said)} {has_moved}")
        can_undo = verdict is not Verdict.UNDO and match_id in by_id
        if can_undo and undo.button(t("Undo"), key="undo_last", icon=":material/undo:", width="stretch"):
            take_back(match_id, together)
        if before != after:
            was, now, see = st.columns([2.2, 2.2, 1.4])
            was.caption(f"{t('First to ask before')}  \n" + "  \n".join(before))
            now.caption(f"{t('First to ask now')}  \n" + "  \n".join(after))
            with see:
                see_the_map()


def see_the_map() -> None:
    st.page_link("pages/map.py", label=t("See the map"), icon=":material/map:", query_params={"case": case.id})


def which_queue() -> str:
    wanted = session.chosen("match")
    of_wanted = next((name for name, state in SHOWN.items() if state is state_of.get(wanted or "")), None)
    session.set_widget("review_show", of_wanted or session.widget("review_show") or "To review")
    counts = {name: sum(state is s for s in state_of.values()) for name, state in SHOWN.items()}
    shown = st.segmented_control(
        t("Show"),
        [name for name in SHOWN if counts[name] or name not in RARE],
        required=True,
        format_func=lambda name: f"{t(name)} ({counts[name]})",
        key="review_show",
        on_change=lambda: session.choose("match", None),
        label_visibility="collapsed",
        help=None,
    )
    return shown or "To review"


def nothing_here() -> None:
    if not found:
        st.info(t("No candidates yet. Add footage on the Footage page; they appear here while it is searched."))
        st.page_link("pages/footage.py", label=t("Go to footage"), icon=":material/videocam:")
        return
    st.info(t("Nothing here. The candidates that were decided on stand under the other headings."))
    see_the_map()


def set_aside(candidate: Candidate) -> None:
    rejected = store.match(candidate.match.like_match_id) if candidate.match.like_match_id else None
    with st.container(border=True, key="set_aside"):
        picture, words = st.columns([1, 3], wrap=False)
        if rejected and (face := pictures.crop(store, rejected)):
            picture.image(review_faces.inline(face), width=90, alt=t("face of the candidate that was rejected before"))
        words.markdown(t("**Set aside:** looks like someone rejected before. Nobody has decided on this one."))
        may_bring_back = session.may(Permission.REVIEW, case)
        if may_bring_back and st.button(t("Bring back to the queue"), icon=":material/undo:"):
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
        st.markdown(
            tn(
                "Looks like the same person as **{n} other candidate**",
                "Looks like the same person as **{n} other candidates**",
                len(others),
            )
        )
        with st.container(horizontal=True, gap="small"):
            for other in others[:SHOWN_OF_GROUP]:
                if face := pictures.crop(store, other.match):
                    st.image(
                        review_faces.inline(face), width=64, alt=t("face at {which}", which=place_and_time(other, case))
                    )
        if len(others) > SHOWN_OF_GROUP:
            st.caption(t("and {n} more", n=len(others) - SHOWN_OF_GROUP))
        if st.button(
            t("Someone else: reject all {n}", n=len(others) + 1),
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
        t("Note"), key=f"note_{match.id}", placeholder=t("what you saw: clothes, company, direction"), max_chars=2000
    )
    with st.container(horizontal=True, key="verdicts"):
        yes = st.button(t("It is this person"), key=f"confirm_{match.id}", type="primary", icon=":material/check:")
        no = st.button(t("Someone else"), key=f"reject_{match.id}", icon=":material/close:")
        unsure = st.button(t("Cannot tell"), key=f"unsure_{match.id}", icon=":material/question_mark:")
    for is_pressed, verdict in ((yes, Verdict.CONFIRM), (no, Verdict.REJECT), (unsure, Verdict.UNSURE)):
        if is_pressed:
            decide(candidate, verdict, note, then, seen=seen)
    if mine is not None and st.button(t("Take my decision back"), key=f"undo_{match.id}", icon=":material/undo:"):
        decide(candidate, Verdict.UNDO, note, then, seen=seen)
    same_person(candidate, note)


def look_closer() -> None:
    """Ask for a closer look at this candidate, and at those that come next."""
    if not session.may(Permission.REVIEW, case):
        return
    asked = session.recall("looks_asked", frozenset())
    wanted = [id for id in ids[at : at + 1 + AHEAD] if id not in asked]
    if wanted:
        with parts.errors_shown():
            close_looks.ask_looks(store, wanted, by=session.who())
            session.keep("looks_asked", asked | set(wanted))


parts.heading(t("Review"), case)
with st.container():  # one element, with words or without: what stands below keeps its place while it is drawn anew
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
look_closer()
looked = close_looks.looked_at(store, candidate.match)

words, steps = st.columns([1.25, 1], gap="medium", vertical_alignment="center")
which = parts.plain(place_and_time(candidate, case))
words.markdown(
    f"**{t('Candidate {n} of {all}', n=at + 1, all=len(ids))}** · **{which}** {t('true time')}",
    help=plausibility.ORDER_WORDS,
)
with steps, st.container(horizontal=True, horizontal_alignment="right", vertical_alignment="center", key="steps"):
    keys(
        candidate.match.id,
        told=f"{t('Candidate {n} of {all}', n=at + 1, all=len(ids))} · {place_and_time(candidate, case)}",
        said=(session.recall("decided") or ("", "", ""))[2],
    )
    back = st.button(t("Previous"), key="review_previous", icon=":material/arrow_back:", disabled=at == 0)
    forward = st.button(t("Next"), key="review_next", icon=":material/arrow_forward:", disabled=at == len(ids) - 1)
if back or forward:
    session.choose("match", ids[at + 1 if forward else at - 1])
    st.rerun()

left, right = st.columns([1.25, 1], gap="medium")
with left:
    with st.container(key="faces"):
        review_faces.faces(candidate, photos, looked)
        review_facts.what_photos_claim(case, candidate, photos)
    moment, frame = st.columns(2, gap="small")
    with moment:
        review_faces.film(case, candidate, looked)
    with frame:
        review_faces.whole(candidate)
with right, st.container(key="verdict_part"):
    with st.container():
        st.markdown(parts.similarity_words(candidate.match))
        chance, *measured = parts.chance_words(candidate.match).rsplit("  \n", 1)
        st.caption(chance, help=" ".join(measured) or None)
        review_facts.ways(case, candidate)
        review_facts.cautions(candidate)
        if candidate.match.state is MatchState.SET_ASIDE:
            set_aside(candidate)
    with st.container():
        decision(candidate, ids[at + 1] if at + 1 < len(ids) else None)
    if other := where(case, candidate, found, store.sightings(case.id)):
        session.choose("match", other)
        st.rerun()
    review_facts.details(candidate)
    if candidate.match.state is MatchState.TO_REVIEW:
        st.caption(
            t(
                "A yes takes two people, neither of whom knows what the other said: somebody may have looked at this "
                "one already. One no is enough."
            )
        )
    st.caption(f"{t('This is an {lead}.', lead=review.LEAD)} {parts.scale_words(candidate.match)}")
