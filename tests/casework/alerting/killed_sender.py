"""A sender in a process of its own, killed with -9 between the other side's answer and its own record of it.

usage: killed_sender.py HOME TWILIO_URL
"""

import os
import signal
import sys
from pathlib import Path

from casework.alerting.outcomes import Outcome, Outgoing
from casework.alerting.sending import Post, send_next
from casework.alerting.twilio_sms import TwilioSender, TwilioSettings
from data.alert_models import AddressKind
from data.store import open_store
from tests.casework.alerting.servers import SID, TOKEN


class KilledAfterwards:
    """The real sender, whose process is gone before anybody hears what it says."""

    def __init__(self, url: str) -> None:
        self._real = TwilioSender(TwilioSettings(SID, TOKEN, "+15550001111", base_url=url, timeout_s=20.0))

    def send(self, message: Outgoing) -> Outcome:
        outcome = self._real.send(message)
        os.kill(os.getpid(), signal.SIGKILL)
        return outcome


home, url = Path(sys.argv[1]), sys.argv[2]
send_next(Post(open_store(home), {AddressKind.SMS: KilledAfterwards(url)}, hold_s=2.0))
