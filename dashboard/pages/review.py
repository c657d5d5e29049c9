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
left, right = st.columns(2)
with left:
    st.subheader("Reference")
    faces = [face for photo in references if (face := pictures.reference_face(store, photo))]
    st.image(faces, width=260)
with right:
    st.subheader("Candidate")
    face = pictures.crop(store, match)
    if face:
        st.image(face, width=260)
    st.markdown(parts.similarity_words(match))

facts, frame = st.columns([2, 3])
with facts:
    best = true_time(candidate.footage, track.best_s)
    st.markdown(f"**{parts.local(best, case)}** true time, at {parts.clock(track.best_s)} of the file")
    st.markdown(
        f"In view {parts.clock(track.start_s)} to {parts.clock(track.end_s)} · {track.shots} shots compared · "
        f"shot quality {track.quality:.2f}"
    )
    if track.time_source != "container":
        st.warning("The file carries no usable times here; this time is estimated.")
    st.markdown(
        f"At {candidate.camera.lat:.5f}, {candidate.camera.lon:.5f} · owner {parts.plain(candidate.camera.owner)}"
    )
    width = min(track.best_box_px[2] - track.best_box_px[0], track.best_box_px[3] - track.best_box_px[1])
    if width < parts.USEFUL_FACE_PX:
        st.warning(
            f"The face is only {width:.0f} pixels wide. Below {parts.USEFUL_FACE_PX} the comparison means little: "
            "look for clothes, gait, company."
        )
    st.caption(f"File {parts.plain(candidate.footage.original_name)} · engine {parts.plain(match.engine)}")
with frame:
    whole = pictures.context(store, match)
    if whole:
        st.image(whole, caption="The whole frame at the best moment; the box marks the face.")

standing = review.standing_verdict(store.reviews(match.id))
if standing is not None:
    st.info(
        f"{parts.STATE_WORDS[match.state]} by {parts.plain(standing.by)}, {parts.local(standing.at, case)}. "
        + parts.plain(standing.note)
    )
note = st.text_input("Note", key=f"note_{match.id}", placeholder="what you saw: clothes, company, direction")


def decide(verdict: Verdict) -> None:
    by = parts.name_needed()
    with parts.errors_shown():
        sighting = review.decide(store, match.id, verdict=verdict, by=by, note=note)
        session.keep("decided", None if verdict is Verdict.UNDO else match.id)
        session.keep("match", ids[at + 1] if at + 1 < len(ids) else None)
        if sighting is not None:
            st.toast("Confirmed: the pin stands on the map, and the ranking has moved.")
        st.rerun()


confirm, reject, unsure, undo = st.columns(4)
if confirm.button("It is this person", type="primary", icon=":material/check:", width="stretch"):
    decide(Verdict.CONFIRM)
if reject.button("Someone else", icon=":material/close:", width="stretch"):
    decide(Verdict.REJECT)
if unsure.button("Cannot tell", icon=":material/question_mark:", width="stretch"):
    decide(Verdict.UNSURE)
if standing is not None and undo.button("Take this decision back", icon=":material/undo:", width="stretch"):
    decide(Verdict.UNDO)
