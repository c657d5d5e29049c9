"""Every error LastSeen raises on purpose, in one tree.

    LastSeenError
    ├── BadInput            the user gave something unusable; says what and what to do   (exit 3)
    │   ├── UnreadableFootage   no picture could be decoded, or the kind of file is refused
    │   ├── UnreadableImage     a photo that is no picture, or one too large to open safely
    │   ├── NoFace              a reference photo shows no usable face
    │   ├── SeveralFaces        a reference photo shows more than one
    │   ├── BadTime             a time without zone, in the future, or out of order
    │   └── BadPlace            a latitude or longitude off the globe
    ├── NotFound            an id that names nothing in the store
    ├── Conflict            someone else changed it first, or the step was already taken
    ├── ModelMissing        the engine asked for is not installed; says how to get it
    ├── DiskFull            the disk has no room; nothing half-written stays
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


class NotFound(LastSeenError, LookupError):
    """The id names nothing in the store."""


class Conflict(LastSeenError):
    """The thing was changed meanwhile, or the step does not fit its state."""


class ModelMissing(LastSeenError):
    """The engine asked for has no model files here."""


class DiskFull(LastSeenError, OSError):
    """There is not enough room on the disk."""


class ScanFailed(LastSeenError):
    """A scan ended before its footage did."""
