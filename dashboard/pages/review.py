import streamlit as st

from casework import pictures, review
from casework.footage import true_time
from dashboard import parts, session
from data.models import MatchState, Verdict

case = parts.case_needed()
store = session.store()
SHOWN = {
    "To review": (MatchState.TO_REVIEW,),
    "Unsure": (MatchState.UNSURE,),
    "Confirmed": (MatchState.CONFIRMED,),
    "Rejected": (MatchState.REJECTED,),
}

st.title("Review")
st.caption(f"Each candidate is an {review.LEAD}. Only your decision puts it on the map as a sighting.")
found = review.candidates(store, case.id)
counts = {name: sum(c.match.state in states for c in found) for name, states in SHOWN.items()}
chosen = st.segmented_control(
    "Show", list(SHOWN), default="To review", format_func=lambda name: f"{name} ({counts[name]})", key="review_show"
)
queue = [c for c in found if c.match.state in SHOWN[chosen or "To review"]]
done = session.recall("decided")
if done and st.button("Undo the last decision", icon=":material/undo:"):
    with parts.errors_shown():
        review.decide(store, done, verdict=Verdict.UNDO, by=parts.name_needed())
        session.forget("decided")
        st.rerun()
if session.recall("moved"):
    session.forget("moved")
    st.success("Confirmed: the pin stands on the map as the newest knowledge, and the ranking has moved.")
    st.page_link("pages/map.py", label="See the map", icon=":material/map:", query_params={"case": case.id})
if not queue:
    if not found:
        st.info("No candidates yet. Add footage on the Footage page; they appear here while it is searched.")
        st.page_link("pages/footage.py", label="Go to footage", icon=":material/videocam:")
    else:
        st.success("Nothing here. Candidates you have decided on are under the other headings.")
        st.page_link("pages/map.py", label="See the map", icon=":material/map:")
    st.stop()

ids = [c.match.id for c in queue]
wanted = session.recall("match") or st.query_params.get("match")
at = ids.index(wanted) if wanted in ids else 0
back, words, forward = st.columns([1, 3, 1], vertical_alignment="center")
if back.button("Previous", icon=":material/arrow_back:", disabled=at == 0, width="stretch"):
    session.keep("match", ids[at - 1])
    st.rerun()
if forward.button("Next", icon=":material/arrow_forward:", disabled=at == len(ids) - 1, width="stretch"):
    session.keep("match", ids[at + 1])
    st.rerun()
candidate = queue[at]
match, track = candidate.match, candidate.match.track
words.markdown(f"**Candidate {at + 1} of {len(ids)}** · {parts.plain(candidate.camera.name or candidate.camera.id)}")
session.keep("match", match.id)

references = [p for p in store.photos(case.id) if p.is_usable]
standing = review.standing_verdict(store.reviews(match.id))


def decide(verdict: Verdict, note: str) -> None:
    by = parts.name_needed()
    with parts.errors_shown():
        sighting = review.decide(store, match.id, verdict=verdict, by=by, note=note)
        session.keep("decided", None if verdict is Verdict.UNDO else match.id)
        session.keep("match", ids[at + 1] if at + 1 < len(ids) else None)
        if sighting is not None:
            session.keep("moved", True)
        st.rerun()


left, right, facts = st.columns([1, 1, 2])
with left:
    st.markdown("**Reference**")
    for face in [face for photo in references if (face := pictures.reference_face(store, photo))][:2]:
        st.image(face, width=210, alt="face in the reference photo")
with right:
    st.markdown("**Candidate**")
    face = pictures.crop(store, match)
    if face:
        st.image(face, width=210, alt="face of the candidate")
with facts:
    st.markdown(parts.similarity_words(match))
    best = true_time(candidate.footage, track.best_s)
    st.markdown(f"**{parts.local(best, case)}** true time · {parts.plain(candidate.camera.name or candidate.camera.id)}")
    width = min(track.best_box_px[2] - track.best_box_px[0], track.best_box_px[3] - track.best_box_px[1])
    if width < parts.USEFUL_FACE_PX:
        st.warning(
            f"The face is only {width:.0f} pixels wide. Below {parts.USEFUL_FACE_PX} the comparison means little: "
            "look for clothes, gait, company."
        )
    if track.time_source != "container":
        st.warning("The file carries no usable times here; this time is estimated.")
    if standing is not None:
        said = f"{parts.STATE_WORDS[match.state]} by {parts.plain(standing.by)}, {parts.local(standing.at, case)}"
        st.info(f"{said}. {parts.plain(standing.note)}")
    note = st.text_input("Note", key=f"note_{match.id}", placeholder="what you saw: clothes, company, direction")
    confirm, reject, unsure = st.columns(3)
    if confirm.button("It is this person", type="primary", icon=":material/check:", width="stretch"):
        decide(Verdict.CONFIRM, note)
    if reject.button("Someone else", icon=":material/close:", width="stretch"):
        decide(Verdict.REJECT, note)
    if unsure.button("Cannot tell", icon=":material/question_mark:", width="stretch"):
        decide(Verdict.UNSURE, note)
    if standing is not None and st.button("Take this decision back", icon=":material/undo:"):
        decide(Verdict.UNDO, note)

frame, details = st.columns([3, 1])
with frame:
    whole = pictures.context(store, match)
    if whole:
        st.image(whole, caption="The whole picture at the best moment; the box marks the face.", alt="whole picture")
with details:
    st.markdown(
        f"In view {parts.clock(track.start_s)} to {parts.clock(track.end_s)} of the file, best at "
        f"{parts.clock(track.best_s)}  \n{track.shots} shots compared, quality of the best {track.quality:.2f}"
    )
    st.markdown(f"{candidate.camera.lat:.5f}, {candidate.camera.lon:.5f}  \n{parts.plain(candidate.camera.owner)}")
    st.caption(f"File {parts.plain(candidate.footage.original_name)}  \nEngine {parts.plain(match.engine)}")
