"""Words of the layers below the pages, named here once so that catalogues know them; `t(...)` shows them."""

from casework.access import who_may
from casework.team import ROLE_WORDS
from dashboard.words import later, t
from data.models import Permission, Role

_WORDS = (
    # what somebody may do (data.models.Permission)
    later("read the case"),
    later("see the photos of a subject under 18"),
    later("change the case"),
    later("add footage"),
    later("search footage"),
    later("review candidates"),
    later("govern the case"),
    later("export the case"),
    later("read the record"),
    later("open cases"),
    later("change cameras"),
    later("manage accounts"),
    # what somebody is in a case, and does (data.models.Role, casework.team)
    later("viewer"),
    later("analyst"),
    later("reviewer"),
    later("supervisor"),
    later("auditor"),
    later("reads the case"),
    later("adds photos, sightings, footage and requests, and has footage searched"),
    later("decides on candidates"),
    later("does all of it, governs the case and its team"),
    later("reads the case and its record"),
    # which stretches of a recording were looked at (casework.seen.Sight)
    later("searched"),
    later("unreadable"),
    later("left out after crashes"),
    later("not searched"),
    # what is kept (casework.retention)
    later("case"),
    later("footage"),
    later("photo"),
    # who may (casework.access.who_may), but for the roles
    later("only an admin may"),
    later("an admin's account sees no cases; use an account of your own for them"),
)
_ROLES = (
    later("it needs the role {roles}, which a supervisor of this case gives on its Case page, under Team"),
    later("it needs the role {roles}, which a supervisor of any case gives on its Case page, under Team"),
)


def role_words(role: Role) -> str:
    """A role, and what it does."""
    return f"{t(role)}: {t(ROLE_WORDS[role])}"


def who_may_words(permission: Permission) -> str:
    """Who may do it, and who gives the role for it."""
    words = who_may(permission)
    for template in _ROLES:
        before, after = template.split("{roles}")
        if words.startswith(before) and words.endswith(after):
            roles = words[len(before) : len(words) - len(after)].split(" or ")
            return t(template, roles=t(" or ").join(t(role) for role in roles))
    return t(words)
