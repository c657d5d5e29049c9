from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from dashboard.glossary_terms import CHAPTERS
from dashboard.tour import STEPS
from data.store import Store
from tests.factories import a_case

MAIN = Path(__file__).resolve().parents[2] / "dashboard" / "main.py"


@pytest.fixture
def app(page_store: Store) -> AppTest:
    with page_store.writing() as writing:
        writing.add_case(a_case(is_demo=True))
    return AppTest.from_file(MAIN, default_timeout=30)


def shown(app: AppTest) -> str:
    assert not app.exception, app.exception[0].message
    return "\n".join(each.value for each in [*app.markdown, *app.caption, *app.title])


def press(app: AppTest, label: str) -> AppTest:
    button = next(each for each in app.button if each.label.startswith(label))
    return button.click().run()


def test_the_tour_leads_through_the_demonstration_in_five_steps_and_ends_at_the_glossary(app: AppTest) -> None:
    press(app.run(), "Take the tour")
    for number, step in enumerate(STEPS, start=1):
        assert f"Step {number} of 5: {step.title}" in shown(app)
        assert "Go to the page of this step" not in [each.label for each in app.button]
        if number < len(STEPS):
            press(app, "Next step")
    press(app, "Previous step")
    assert "Step 4 of 5" in shown(app)
    press(press(app, "Next step"), "Go on to the glossary")
    assert "Glossary" in shown(app)
    assert "Step" not in shown(app).split("Glossary")[0]


def test_the_tour_can_be_left_at_any_step_and_follows_to_other_pages(app: AppTest) -> None:
    press(app.run(), "Take the tour")
    app.switch_page("pages/record.py").run()
    assert "Step 1 of 5" in shown(app)
    press(app, "Go to the page of this step")
    press(app, "End the tour")
    assert "of 5" not in shown(app)


def test_without_a_demonstration_nobody_is_sent_on_a_tour(page_store: Store) -> None:
    with page_store.writing() as writing:
        writing.add_case(a_case())
    app = AppTest.from_file(MAIN, default_timeout=30).run()
    assert "New here?" not in shown(app)


def test_the_glossary_is_found_by_a_word_and_says_when_there_is_none(app: AppTest) -> None:
    app.run().switch_page("pages/glossary.py").run()
    assert sum(len(chapter.terms) for chapter in CHAPTERS) == shown(app).count("**  \n")
    app.text_input[0].set_value("similarity").run()
    assert "**Similarity**" in shown(app)
    assert "**Legal hold**" not in shown(app)
    app.text_input[0].set_value("xyzzy").run()
    assert app.info[0].value.startswith("No word of the glossary")
