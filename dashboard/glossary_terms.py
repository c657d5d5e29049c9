"""What the words and the numbers on the pages mean: the glossary, in the order of the work."""

from dataclasses import dataclass

from dashboard.words import later, t


@dataclass(frozen=True)
class Term:
    """A word of the pages, and what it means."""

    word: str
    meaning: str


@dataclass(frozen=True)
class Chapter:
    title: str
    icon: str
    terms: tuple[Term, ...]


CHAPTERS = (
    Chapter(
        later("The case"),
        ":material/person_search:",
        (
            Term(
                later("Case"),
                later("One missing person, all that is known of them, and all that is done to find them."),
            ),
            Term(
                later("Reference photo"),
                later(
                    "A photo of the person alone, with which faces are compared. Recent, sharp and from the front is "
                    "best; every candidate is compared with all of them."
                ),
            ),
            Term(
                later("Quality of a photo"),
                later(
                    "How well a face can be compared, from 0 to 1: its size, sharpness, light and how far it is "
                    "turned. Under 0.45 a clearer photo helps."
                ),
            ),
            Term(
                later("Sighting"),
                later(
                    "A place and a time at which the person was: seen by someone, told by a phone or a card, or a "
                    "confirmed match."
                ),
            ),
            Term(
                later("± m and ± min"),
                later(
                    "How far off the place and the time of a sighting can be at most. The disc on the map is as wide "
                    "as ± m. Too small a number excludes the right camera; too large a one makes the list long."
                ),
            ),
            Term(
                later("Authority"),
                later(
                    "The legal basis, who permitted the search, its purpose, its owner and its last day. No face is "
                    "searched for while one of the five is missing, or after that day."
                ),
            ),
            Term(
                later("Role"),
                later(
                    "What somebody may do in one case: viewers read, analysts add and search, reviewers decide, "
                    "supervisors govern, auditors read the record."
                ),
            ),
        ),
    ),
    Chapter(
        later("The map and the ranking"),
        ":material/map:",
        (
            Term(
                later("Window, or minutes to ask for"),
                later(
                    "From when until when somebody no faster than the top speed of their way of moving can have been "
                    "in a camera's view. It rests on the sightings and the streets alone, so what lies outside can "
                    "be left out."
                ),
            ),
            Term(
                later("Rank"),
                later(
                    "The order in which to ask: cameras that more of the likely routes pass come first, and those "
                    "that show nothing new come later. It orders the work and excludes nothing."
                ),
            ),
            Term(
                later("Chance of a camera"),
                later(
                    "The share of likely routes that pass it, times the chance to be seen there. It is made for "
                    "comparing cameras with one another, and is no probability to swear to."
                ),
            ),
            Term(
                later("Reach"),
                later("Everywhere the person can be at one moment, given the sightings before and after it."),
            ),
            Term(
                later("Heading and field of view"),
                later(
                    "Where a camera points, in degrees clockwise from north, and how wide it sees. A camera without a "
                    "heading is taken to see all around it."
                ),
            ),
            Term(
                later("Search area"),
                later("Shapes that you draw or type. Cameras outside leave the list, not the store."),
            ),
            Term(
                later("Recorder's clock"),
                later(
                    "What the recorder shows is often wrong by minutes. Once its offset is known, every page says "
                    "true time, and beside it what the recorder shows, so that the owner finds the right minutes."
                ),
            ),
        ),
    ),
    Chapter(
        later("Requests and footage"),
        ":material/videocam:",
        (
            Term(
                later("Request"),
                later("What a camera's owner is asked for: draft, sent, received, refused or overwritten."),
            ),
            Term(
                later("Overwritten from"),
                later(
                    "When a recorder begins to record over the minutes asked for: their time plus how long it keeps "
                    "recordings. Pressing means that it happens before an answer usually comes."
                ),
            ),
            Term(
                later("Original and SHA-256"),
                later(
                    "The file as it came in, byte for byte. SHA-256 is a number made from all its bytes: if one bit "
                    "changes, so does the number. Originals are read and compared with it again and again."
                ),
            ),
            Term(
                later("Searched, not searched, unreadable"),
                later(
                    "What happened to each stretch of a recording. Only searched ones say anything about who was "
                    "there, and even there a hidden or small face is missed."
                ),
            ),
            Term(
                later("Track"),
                later(
                    "One face followed through neighbouring frames. Its best shots are compared, and it counts once "
                    "however long it is in view."
                ),
            ),
            Term(
                later("Thoroughness"),
                later(
                    "How many frames of a recording are looked at. Quiet stretches can be skipped; a part of them is "
                    "examined as a check, and the page says what that found."
                ),
            ),
        ),
    ),
    Chapter(
        later("Candidates and decisions"),
        ":material/fact_check:",
        (
            Term(
                later("Candidate"),
                later(
                    "A track that resembles the person. It is an investigative lead, not an identification: somebody "
                    "has to look, and needs something beside the face."
                ),
            ),
            Term(
                later("Similarity"),
                later(
                    "How alike the engine finds two faces; 1 is the same picture. It is no probability, and numbers of "
                    "different engines cannot be compared."
                ),
            ),
            Term(
                later("Review floor and alert threshold"),
                later(
                    "Below the floor a track is not offered. Above the threshold it is a strong lead. Both are set "
                    "so that only so many strangers in a thousand tracks come that high."
                ),
            ),
            Term(
                later("Expected false matches"),
                later(
                    "How many strangers would reach a similarity among the faces of this recording, as measured on "
                    "people known to be different. With many faces, some will."
                ),
            ),
            Term(
                later("Face size"),
                later(
                    "The shorter side of the face in pixels. Small faces look alike: the fewer the pixels, the less a "
                    "similarity says."
                ),
            ),
            Term(
                later("Confirmed"),
                later(
                    "Two people have said, each without knowing what the other said, that it is this person. Only "
                    "then it becomes a sighting and moves the ranking."
                ),
            ),
            Term(
                later("In dispute"),
                later("Two people disagree. A supervisor who is neither of them settles it."),
            ),
            Term(
                later("Set aside"),
                later("Looks like somebody who was rejected before. It is kept, and can be put back into the queue."),
            ),
        ),
    ),
    Chapter(
        later("Alerts"),
        ":material/notifications:",
        (
            Term(
                later("Alert"),
                later(
                    "A message to those who are told of the case. Only the team is told of candidates, as leads; "
                    "guardians and authorities of what two people have confirmed."
                ),
            ),
            Term(
                later("Digest"),
                later("One message instead of many, once the case's limit of messages is reached."),
            ),
            Term(
                later("May have gone out, or not"),
                later(
                    "The machine stopped, or the other side gave no clear answer, while it was sent. It is not sent "
                    "again by itself: ask whether it came."
                ),
            ),
        ),
    ),
    Chapter(
        later("The record and what is kept"),
        ":material/history_edu:",
        (
            Term(
                later("Record"),
                later(
                    "Who did what and when. Each entry carries the hash of the one before it, so that a change, a "
                    "gap or an entry dated back is found."
                ),
            ),
            Term(
                later("Signed head"),
                later(
                    "A signature over the newest entry. Kept elsewhere, it shows later if the record was swapped or "
                    "cut."
                ),
            ),
            Term(
                later("Face vector"),
                later(
                    "The numbers that an engine makes of a face. They are biometric data: those of bystanders are "
                    "kept only where the authority says so, and for a time."
                ),
            ),
            Term(
                later("Legal hold"),
                later("While it lasts nothing of the case is deleted, by people or by clocks."),
            ),
            Term(
                later("Redacted"),
                later("A copy in which nobody but the person sought is to be seen."),
            ),
            Term(
                later("Engine"),
                later(
                    "The software that finds and compares faces, with its own licence and its own measured error rates."
                ),
            ),
        ),
    ),
)


def meaning(word: str) -> str:
    """What a word of the glossary means, in the reader's language: the `help` beside a number says no other thing."""
    return next(t(term.meaning) for chapter in CHAPTERS for term in chapter.terms if term.word == word)
