import streamlit as st

from casework import request_papers, requests
from casework.governance import is_minor
from dashboard import parts, session
from dashboard.glossary_terms import meaning
from dashboard.request_cards import owner_card
from dashboard.words import t, tn
from data.models import Permission, RequestState, utc_now

FIRST = 10
CHOICES = 200
case = parts.case_needed()
store = session.store()
now = utc_now()
ranking = session.ranking(case)
told = requests.lines(store, case, ranking=ranking, now=now)
place_of = {r.camera.id: place for place, r in enumerate(ranking.cameras[:CHOICES], start=1)}
by_id = {r.camera.id: r for r in ranking.cameras[:CHOICES]}
asked = {line.camera.id for line in told}

parts.heading(t("Requests"), case)
st.caption(
    t(
        "What each camera's owner is asked for. The most pressing comes first: what the camera is worth, "
        "times the chance that it is overwritten before the owner answers."
    )
)


def choice(camera_id: str) -> str:
    camera = by_id[camera_id].camera
    return f"{place_of[camera_id]}. {camera.name or camera.id}" + (f" · {camera.owner}" if camera.owner else "")


def choose() -> None:
    if not ranking.cameras:
        st.info(
            t("No camera is ranked yet. Requests need a sighting and cameras: then the minutes to ask for are known.")
        )
        st.page_link("pages/case.py", label=t("Add a sighting"), icon=":material/person_search:")
        st.page_link("pages/cameras.py", label=t("Add cameras"), icon=":material/nest_cam_outdoor:")
        return
    wanted = st.multiselect(
        t("Cameras, in the order of the ranking"),
        list(by_id),
        default=[camera_id for camera_id in by_id if camera_id not in asked][:FIRST],
        format_func=choice,
        key=f"wanted_{case.id}_{len(told)}",
        help=t(
            "The minutes to ask for come from the ranking. Nothing is sent: you print the letters or send the list."
        ),
    )
    label = tn("Draft {n} request", "Draft {n} requests", len(wanted))
    if st.button(label, type="primary", icon=":material/edit_note:", disabled=not wanted):
        with parts.errors_shown():
            made = requests.make_requests(store, case, wanted, ranking=ranking, by=session.who())
            words = [tn("{n} request drafted", "{n} requests drafted", len(made.added))]
            words += [t("{n} given new minutes", n=len(made.changed))] if made.changed else []
            words += [t("{n} asked for already", n=len(made.kept))] if made.kept else []
            session.keep("requests_made", " · ".join(words))
            st.rerun()


done = session.recall("requests_made")
if done:
    st.success(done, icon=":material/check_circle:")
    session.forget("requests_made")
may_edit = parts.may(Permission.EDIT, case)
if may_edit:
    with st.expander(t("Choose cameras and draft requests"), expanded=not told, icon=":material/playlist_add:"):
        choose()
if not told:
    how = t("No requests yet.")
    if may_edit:
        how = t("No requests yet. Choose cameras above; the first ten of the ranking are chosen already.")
    st.info(how)
    st.stop()

counts = {state: sum(line.state is state for line in told) for state in RequestState}
pressing = [line for line in told if line.is_pressing]
left, right = st.columns([3, 2], vertical_alignment="bottom")
left.markdown(
    t(
        "**{draft}** to send · **{sent}** waiting · **{received}** received · **{refused}** refused · "
        "**{expired}** overwritten",
        **{str(state): number for state, number in counts.items()},
    ),
    help=meaning("Overwritten from"),
)
if pressing:
    left.markdown(f":material/warning: **{tn('{n} request pressing', '{n} requests pressing', len(pressing))}**")
is_kept_in = is_minor(case, now) and not case.release_reason
names_person = left.checkbox(
    t("Name the person in the letters"),
    value=False,
    disabled=is_kept_in,
    help=t("Under 18: a supervisor has to release name and pictures first, under Authority on the Case page.")
    if is_kept_in
    else t("Off: the letters carry the case number only."),
)
right.download_button(
    t("All as a table (CSV)"),
    request_papers.requests_csv(case, told, now=now).encode("utf-8-sig"),
    file_name=f"requests-{request_papers.file_part(case.number)}.csv",
    mime="text/csv",
    icon=":material/download:",
    on_click="ignore",
    width="stretch",
)
for owner in requests.by_owner(told):
    owner_card(case, owner, now=now, names_person=names_person and not is_kept_in)
