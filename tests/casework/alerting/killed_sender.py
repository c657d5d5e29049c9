"""A sender in a process of its own, killed with -9 between the other side's answer and its own record of it.

usage: killed_sender.py HOME KIND URL
"""

import os
import signal
import sys
from pathlib import Path

from casework.access import Machine
from casework.alerting.outcomes import Outcome, Outgoing, Sender
from casework.alerting.sending import Post, send_next
from data.alert_models import AddressKind
from data.store import open_store
from tests.casework.alerting.servers import channels_to


class KilledAfterwards:
    """The real sender, whose process is gone before anybody hears what it says."""

    def __init__(self, real: Sender) -> None:
        self._real = real

    def send(self, message: Outgoing) -> Outcome:
        outcome = self._real.send(message)
        os.kill(os.getpid(), signal.SIGKILL)
        return outcome


home, kind, url = Path(sys.argv[1]), AddressKind(sys.argv[2]), sys.argv[3]
real = channels_to(kind, url, timeout_s=20.0).senders()[kind]
send_next(Post(open_store(home).guarded(Machine("alerts")), {kind: KilledAfterwards(real)}, hold_s=0.5))
