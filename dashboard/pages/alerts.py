import streamlit as st

from casework.alerting import choosing, ledger, rules
from casework.alerting.ledger import Line
from dashboard import parts, session
from dashboard.alert_words import EVENTS, KINDS, STATES, STEPS, trouble_words
from dashboard.words import later, t, tn
from data.alert_models import AlertEvent, AlertState
from data.models import Permission, utc_now

PIECE = 30
SHOWN = {
    "sent": (later("What went out"), (AlertState.SENDING, AlertState.SENT, AlertState.FAILED, AlertState.UNKNOWN)),
    "wait": (later("What waits"), (AlertState.QUEUED,)),
    "not": (later("What was not to be told any more"), (AlertState.OVERTAKEN,)),
}
LONG_S = 60  # a worker looks every second
WRONG = (AlertState.FAILED, AlertState.UNKNOWN)
case = parts.case_needed()
store = session.store()
may_edit = session.may(Permission.EDIT, case)
now = utc_now()


def heading(line: Line) -> str:
    alert = line.alert
    what = t(EVENTS[alert.event])
    if alert.event is AlertEvent.DIGEST:
        what = tn("A digest of {n} piece of news", "A digest of {n} pieces of news", line.parts)
    again = f" · {t('sent again because {by} asked for it', by=parts.plain(alert.asked_by))}" if alert.again_of else ""
    to = t("to **{name}** by {kind}", name=parts.plain(line.name), kind=t(KINDS[line.kind]))
    return f"{what} {to} · {parts.local(alert.claimed_at or alert.created_at, case)}{again}"


def state_words(line: Line) -> str:
    alert = line.alert
    step = STEPS.get(alert.provider_status)
    words = t(STATES[alert.state]) + (f", {t(step)}" if step and alert.state is AlertState.SENT else "")
    if alert.state is AlertState.QUEUED and alert.attempts:
        words += t(", next try at {at}", at=parts.local(alert.due_at, case))
    if alert.left_by:
        words += t(" · {by} looked into it and left it", by=parts.plain(alert.left_by))
    if line.sent_again:
        words += t(" · sent again, see above")
    return words + (f"  \n:gray[{parts.plain(alert.why)}]" if alert.why else "")


def said(line: Line) -> None:
    if line.alert.text:
        with st.popover(t("Its words"), key=f"words_{line.alert.id}"):
            st.text(f"{line.alert.title}\n\n{line.alert.text}".strip())
            if line.alert.provider_id:
                st.caption(t("Its provider's number: {id}", id=parts.plain(line.alert.provider_id)))
            if line.alert.cap:
                name, kind = "alert.cap.xml", "application/cap+xml"
                st.download_button(t("CAP document"), line.alert.cap, name, kind, key=f"cap_{line.alert.id}")


def decided(line: Line) -> None:
    """Send it again, or leave it; what may have gone out goes again only after a question."""
    alert, is_unknown = line.alert, line.alert.state is AlertState.UNKNOWN
    with st.popover(t("Send it again"), key=f"again_{alert.id}", icon=":material/replay:"):
        if is_unknown:
            st.markdown(t("**It may arrive twice.** Ask {name} first whether it came.", name=parts.plain(line.name)))
        st.caption(t("It tells how things stand then, at once, in quiet hours too."))
        words = t("It did not come: send it again") if is_unknown else t("Send it now")
        if st.button(words, key=f"resend_{alert.id}", type="primary"):
            with parts.errors_shown():
                ledger.resend(store, alert.id, by=session.who())
                session.keep("told", t("It is queued once more."))
                st.rerun()
    if st.button(t("Leave it"), key=f"leave_{alert.id}", help=t("You have looked into it; it is not sent again.")):
        with parts.errors_shown():
            ledger.leave(store, alert.id, by=session.who())
            session.keep("told", t("It stays as it is; the record says that you looked into it."))
            st.rerun()


def message(line: Line) -> None:
    with st.container(border=line.is_trouble):
        words, buttons = st.columns([3, 2], vertical_alignment="center")
        words.markdown(f"{heading(line)}  \n{state_words(line)}")
        with buttons.container(horizontal=True, gap="small", horizontal_alignment="right"):
            said(line)
            if line.is_trouble and may_edit:
                decided(line)


def waiting() -> None:
    """What is due, by recipient: thousands of leads are one line, with the reason why they wait."""
    found = choosing.held(store, case.id, now=now)
    for one in found:
        many = tn("{n} message", "{n} messages", one.waiting.count)
        why = parts.plain(one.why) if one.why else t("goes at once")
        is_late = not one.why and (now - one.waiting.oldest_at).total_seconds() > LONG_S
        st.markdown(f":material/schedule: {many} {t('for **{name}**', name=parts.plain(one.recipient.name))}: {why}")
        if is_late:
            words = t("Nobody has taken it for more than a minute: a worker sends it, see that one runs.")
            st.warning(words, icon=":material/hourglass_top:")
    retried = [line for line in ledger.lines(store, case.id, states=(AlertState.QUEUED,), most=PIECE)
               if line.alert.attempts and line.alert.due_at > now]  # fmt: skip
    for line in retried:
        message(line)
    if not (found or retried):
        st.info(t("Nothing waits."), icon=":material/check:")


def messages(states: tuple[AlertState, ...], shown: str) -> None:
    most = session.recall(f"alerts_{shown}", PIECE)
    lines = ledger.lines(store, case.id, states=states, most=most + 1)
    settled = [line for line in lines[:most] if not line.is_trouble]  # those stand above
    for line in settled:
        message(line)
    if not settled:
        is_nobody_told = shown == "sent" and not rules.recipients(store, case.id)
        nobody = t("Nobody is told of this case yet: say who under Who is told.")
        st.info(nobody if is_nobody_told else t("Nothing yet."), icon=":material/notifications_off:")
    if len(lines) > most and st.button(t("Show more"), width="stretch"):
        session.keep(f"alerts_{shown}", most + PIECE)
        st.rerun()


parts.heading(t("Alerts"), case)
st.caption(t("Messages to those who are told of this case. Who that is, and by which rules, stands on the Case page."))
st.page_link("pages/case.py", label=t("Who is told"), icon=":material/group:")
parts.tell()
wrong = [line for line in ledger.lines(store, case.id, states=WRONG, most=1000) if line.is_trouble]
if wrong:
    st.error(trouble_words(len(wrong)), icon=":material/notifications_active:")
    if not may_edit:
        st.caption(f":material/lock: {parts.plain(session.why_not(Permission.EDIT))}")
    for line in wrong[:PIECE]:
        message(line)
chosen = (
    st.segmented_control(
        t("Show"), list(SHOWN), default="sent", format_func=lambda key: t(SHOWN[key][0]), label_visibility="collapsed"
    )
    or "sent"
)
if chosen == "wait":
    waiting()
else:
    messages(SHOWN[chosen][1], chosen)
