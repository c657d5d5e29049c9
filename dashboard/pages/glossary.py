import streamlit as st

from dashboard import tour
from dashboard.glossary_terms import CHAPTERS
from dashboard.words import t

LINE_PX = 760
st.title(t("Glossary"), anchor=False)
st.caption(t("What the words and the numbers on the pages mean. A question mark beside a number says the same there."))
wanted = st.text_input(
    t("Find a word"), placeholder=t("similarity, window, record …"), icon=":material/search:", max_chars=80
)
said = wanted.strip().casefold()
found = 0
for chapter in CHAPTERS:
    terms = [(t(term.word), t(term.meaning)) for term in chapter.terms]
    shown = [(word, meaning) for word, meaning in terms if said in f"{word} {meaning}".casefold()]
    found += len(shown)
    if not shown:
        continue
    st.header(f"{chapter.icon} {t(chapter.title)}", anchor=False)
    st.markdown("\n\n".join(f"**{word}**  \n{meaning}" for word, meaning in shown), width=LINE_PX)
if not found:
    st.info(t("No word of the glossary says that. Try a shorter one."), icon=":material/search_off:")
tour.invitation()
