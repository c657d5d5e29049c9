"""The tour of the demonstration case: five steps, each on the page where it is done, for who opens LastSeen first."""

from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from dashboard import session
from dashboard.words import later, t
from data.models import Case

_STEP = "tour"


@dataclass(frozen=True)
class Step:
    """One step: on which page, what it is called, what to see there and what to try."""

    page: str
    title: str
    sees: str
    tries: str


STEPS: Sequence[Step] = (
    Step(
        "case",
        later("What is known"),
        later(
            "Everything begins here: photos of the person alone, and where and when they were seen last. Each "
            "sighting says how sure the place (± m) and the time (± min) are; the search is only as narrow as that."
        ),
        later(
            "Try it: open **Add a sighting by hand** and see what is asked. Nothing is kept until you press the button."
        ),
    ),
    Step(
        "map",
        later("Where to look"),
        later(
            "The map ranks the cameras: number 1 is the one the person most likely passed, for the minutes in which "
            "they can have been there. The disc around a sighting is its uncertainty, the wedge of a camera is what "
            "it sees."
        ),
        later("Try it: choose camera 1 in the list. Its card says which minutes to ask for, and why."),
    ),
    Step(
        "requests",
        later("Ask before it is overwritten"),
        later(
            "Recorders overwrite themselves, often within days. Requests are drafted for the best cameras, one "
            "letter for each owner, the most pressing first. Nothing is sent for you: you print the letter or call."
        ),
        later("Try it: draft the requests that are chosen already, and look at a letter."),
    ),
    Step(
        "footage",
        later("Let the machine watch"),
        later(
            "A recording is searched for faces that resemble the photos. The bar under it shows what was searched, "
            "what could not be read, and what was not looked at: nobody was looked for there."
        ),
        later("Try it: open the details of a recording and see how its clock was corrected."),
    ),
    Step(
        "review",
        later("A person decides"),
        later(
            "What the machine found are leads, not identifications. You compare the face with the photos, read how "
            "often strangers come as high, and decide. On the map it stands only once a second person has confirmed "
            "it too."
        ),
        later("Try it: compare the faces, then press **Cannot tell**, and take it back with **Undo**."),
    ),
)


def demonstration() -> Case | None:
    """The demonstration case, where whoever is signed in sees it."""
    return next((case for case in session.store().cases() if case.is_demo), None)


def invitation() -> None:
    """Offers the tour; nothing where there is no demonstration case to show it on."""
    demo = demonstration()
    if demo is None:
        return
    with st.container(border=True, horizontal=True, vertical_alignment="center"):
        st.markdown(t(":material/school: **New here?** The demonstration case shows the whole work in five steps."))
        if st.button(t("Take the tour"), icon=":material/play_arrow:", key="tour_begin", width="content"):
            session.enter_case(demo.id)
            _go(demo, 1)


def guide(case: Case | None, page: str) -> None:
    """The step at hand, at the head of the page; nothing where no tour is being taken in this case."""
    number = session.recall(_STEP) if case is not None and case.is_demo else None
    if case is None or not isinstance(number, int) or not 1 <= number <= len(STEPS):
        return
    step = STEPS[number - 1]
    with st.container(border=True, key="tour_step"):
        place = t("Step {n} of {total}", n=number, total=len(STEPS))
        st.markdown(f":material/school: **{place}: {t(step.title)}**  \n{t(step.sees)}  \n{t(step.tries)}")
        with st.container(horizontal=True, gap="small"):
            _buttons(case, number, is_here=page == step.page)


def _buttons(case: Case, number: int, *, is_here: bool) -> None:
    if not is_here and st.button(t("Go to the page of this step"), key="tour_there", width="content"):
        _go(case, number)
    if number > 1 and st.button(t("Previous step"), icon=":material/arrow_back:", key="tour_back", width="content"):
        _go(case, number - 1)
    if number < len(STEPS):
        words = t("Next step: {title}", title=t(STEPS[number].title))
        if is_here and st.button(words, icon=":material/arrow_forward:", key="tour_next", width="content"):
            _go(case, number + 1)
    if number == len(STEPS) and st.button(t("Go on to the glossary"), key="tour_words", width="content"):
        session.forget(_STEP)
        st.switch_page("pages/glossary.py", query_params={"case": case.id})
    if st.button(t("End the tour"), icon=":material/close:", key="tour_end", width="content"):
        session.forget(_STEP)
        st.rerun()


def _go(case: Case, number: int) -> None:
    session.keep(_STEP, number)
    st.switch_page(f"pages/{STEPS[number - 1].page}.py", query_params={"case": case.id})
