"""Every error LastSeen raises on purpose, in one tree.

    LastSeenError
    ├── BadInput            the user gave something unusable; says what and what to do   (exit 3)
    │   ├── UnreadableFootage   no picture could be decoded, or the kind of file is refused
    │   ├── UnreadableImage     a photo that is no picture, or one too large to open safely
    │   ├── NoFace              a reference photo shows no usable face
    │   ├── SeveralFaces        a reference photo shows more than one
    │   ├── BadTime             a time without zone, in the future, or out of order
    │   ├── BadPlace            a latitude or longitude off the globe
    │   ├── TooLarge            a file or a piece of one beyond what is taken in
    │   ├── WrongSum            bytes that do not hash to what their sender said
    │   └── NotGoverned         a case lacks what it needs before it may be searched, or has expired  (422)
    ├── NotSignedIn         nobody is signed in, or the session has ended   (401)
    │   └── TooSoon             too many tries failed; says how long to wait    (429)
    ├── NotAllowed          the person's roles do not cover it; says which would   (403)
    ├── NotFound            an id that names nothing in the store
    │   └── Gone                an upload that was here and has expired
    ├── Conflict            someone else changed it first, or the step was already taken
    │   ├── Locked              someone else writes to this upload at this moment
    │   ├── WrongOffset         a piece of a file that does not begin where the last one ended
    │   └── TooMany             as many files as may be are on their way in already
    │   └── LeaseLost           another worker has the job now, or a person paused or cancelled it
    ├── ModelMissing        the engine asked for is not installed; says how to get it
    ├── DiskFull            the disk has no room; nothing half-written stays
    ├── Damaged             a backup is not as it was written; names what is missing or changed
    ├── NotReachable        a database, folder or storage named by a setting does not answer here
    ├── ChildKilled         a file cost the process that looked at it its life: memory, time or a crash
    └── ScanFailed          a scan that could not be finished; says how far it came

Messages are one line, in plain words, and name the file or field. Doors (cli, api, pages) translate them.
"""


class LastSeenError(Exception):
    """Catches everything below."""


class BadInput(LastSeenError, ValueError):
    """The input cannot be used as given."""


class UnreadableFootage(BadInput):
    """No picture of the footage could be decoded, or its container is not on the allow-list."""


class UnreadableImage(BadInput):
    """The file is not a picture, or is larger than is safe to open."""


class NoFace(BadInput):
    """No usable face was found where one is needed."""


class SeveralFaces(BadInput):
    """More than one face was found where exactly one is needed."""


class BadTime(BadInput):
    """A time that lacks its zone, lies in the future, or contradicts another."""


class BadPlace(BadInput):
    """A latitude or longitude that is not on the globe."""


class TooLarge(BadInput):
    """The file, or this piece of it, is larger than is taken in."""


class WrongSum(BadInput):
    """The bytes that arrived do not hash to what their sender said."""


class NotGoverned(BadInput):
    """The case lacks a legal basis, an authority, a purpose, an owner or time left; names what is missing."""


class NotSignedIn(LastSeenError):
    """Nobody is signed in, or the session has ended."""


class TooSoon(NotSignedIn):
    """Too many tries to sign in have failed lately; `wait_s` says when the next one is looked at."""

    def __init__(self, wait_s: int) -> None:
        super().__init__(f"Too many tries failed. Wait {wait_s} seconds, then try again.")
        self.wait_s = wait_s


class NotAllowed(LastSeenError):
    """The person who asks has no role that covers this; the message says which role would."""


class NotFound(LastSeenError, LookupError):
    """The id names nothing in the store."""


class Gone(NotFound):
    """The upload was here, and has expired."""


class Conflict(LastSeenError):
    """The thing was changed meanwhile, or the step does not fit its state."""


class Locked(Conflict):
    """Someone else is writing to this upload at this moment."""


class WrongOffset(Conflict):
    """The piece does not begin where the bytes that are here end."""


class TooMany(Conflict):
    """As many files as may be are on their way in, or wait for their details, already."""


class LeaseLost(Conflict):
    """The job is no longer this worker's: another one has it, or a person paused or cancelled it."""


class ModelMissing(LastSeenError):
    """The engine asked for has no model files here."""


class DiskFull(LastSeenError, OSError):
    """There is not enough room on the disk."""


class Damaged(LastSeenError):
    """A backup holds something else than was written, or lacks it."""


class NotReachable(LastSeenError, OSError):
    """The database or the storage of the files does not answer, or not to this machine."""


class ChildKilled(LastSeenError):
    """The process that looked at a file ended before its answer: `what` names the file, `why` the plain reason."""

    def __init__(self, what: str, why: str) -> None:
        super().__init__(f"{what}: the process that looked at it {why}; the file may be damaged or harmful")
        self.what = what
        self.why = why


class ScanFailed(LastSeenError):
    """A scan ended before its footage did."""
