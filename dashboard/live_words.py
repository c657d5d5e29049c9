"""What a camera that is watched live shows, in words and icons."""

from casework.live import Watched
from dashboard import parts
from dashboard.words import later, t
from data.live_models import LiveState
from data.models import Case

STATES = {
    LiveState.WAITING: (":material/hourglass_empty:", later("no worker watches it yet")),
    LiveState.CONNECTING: (":material/cable:", later("connecting")),
    LiveState.WATCHING: (":material/visibility:", later("watched")),
    LiveState.STALLED: (":material/pause_circle:", later("stalled: the connection stands, and no picture comes")),
    LiveState.DISCONNECTED: (":material/link_off:", later("disconnected: it is tried again and again")),
    LiveState.DEAD: (":material/videocam_off:", later("dead: no picture for 20 seconds or more")),
    LiveState.FROZEN: (
        ":material/ac_unit:", later("frozen: the same picture again and again; the camera may hang, or nothing moves")
    ),
    LiveState.BLACK: (":material/dark_mode:", later("black: covered, or too dark to see anybody")),
    LiveState.UNREADABLE: (":material/broken_image:", later("unreadable: something comes, and it is no picture")),
}  # fmt: skip
GAPS = {
    LiveState.WAITING: later("nobody watched"),
    LiveState.CONNECTING: later("connecting"),
    LiveState.WATCHING: later("watched"),
    LiveState.STALLED: later("stalled"),
    LiveState.DISCONNECTED: later("disconnected"),
    LiveState.DEAD: later("no picture"),
    LiveState.FROZEN: later("frozen"),
    LiveState.BLACK: later("black"),
    LiveState.UNREADABLE: later("unreadable"),
}
SLOW_RATE = 5.0
"""Pictures a second under which it is said that a camera is slow."""


def state_words(one: Watched, case: Case) -> str:
    """What it shows, since when and why, as Markdown."""
    icon, words = STATES[one.state]
    since = one.watch.state_since if one.has_worker else None
    told = f"{icon} **{t(words)}**"
    if since is not None:
        told += " · " + t("since {at}", at=parts.local(since, case))
    if why := one.watch.why if one.has_worker else one.job.note:
        told += f"  \n:gray[{parts.plain(why)}]"
    return told


def picture_words(one: Watched, case: Case) -> str:
    """What comes from it: pictures a second, their size, the last one, and how much was looked at."""
    watch = one.watch
    if watch.last_picture_at is None:
        return t("no picture so far")
    words = [t("{rate:.1f} pictures a second", rate=watch.rate)]
    if 0 < watch.rate < SLOW_RATE:
        words[0] += t(" (slow)")
    words.append(t("{width} × {height} pixels", width=watch.width_px, height=watch.height_px))
    words.append(t("last picture {at}", at=parts.local(watch.last_picture_at, case)))
    words.append(t("looked at {looks:,} times, {faces:,} faces seen", looks=watch.looks, faces=watch.faces))
    return " · ".join(words)
