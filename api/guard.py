"""Who may call: nobody from a page of another site, even on this same laptop; and as whom a request is answered.

A browser says in `Origin` which page a request comes from, and in `Host` under which name it reached us. A page of
another site has another origin; one whose name was made to point at this machine (DNS rebinding) brings that name as
host. Programs that are no browser send no origin, and are let in.
"""

import socket
from functools import cache
from ipaddress import ip_address
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.requests import Request

from data.errors import NotSignedIn
from data.models import Account


def refusal(headers: Headers, allowed_hosts: frozenset[str]) -> str | None:
    """Why this request is not let in; None when it is."""
    host = headers.get("host", "")
    name = _name_of(f"//{host}")
    if not name or not (_is_own_name(name) or name in allowed_hosts):
        return f"the name {name[:80]!r} is not one of this machine; set LASTSEEN_ALLOWED_HOSTS to let it in"
    origins = headers.getlist("origin")
    if any(urlsplit(origin).netloc.casefold() != host.casefold() for origin in origins):
        return "a page of another site may not send files here"
    if headers.get("sec-fetch-site", "none") not in ("same-origin", "none"):
        return "a page of another site may not ask here"
    return None


def host_names(text: str) -> frozenset[str]:
    """Names parted by commas, in small letters."""
    return frozenset(name.strip().casefold().rstrip(".") for name in text.split(",") if name.strip())


def _name_of(address: str) -> str:
    try:
        return (urlsplit(address).hostname or "").casefold().rstrip(".")
    except ValueError:
        return ""


def _is_own_name(name: str) -> bool:
    if name == "localhost" or name.endswith(".localhost") or name in _machine_names():
        return True
    try:
        ip_address(name)  # an attacker's page has a name; a bare address is never one made to point here
    except ValueError:
        return False
    return True


@cache
def _machine_names() -> frozenset[str]:
    return frozenset({socket.gethostname().casefold()})


def account_in(request: Request) -> Account:
    """Who asks, as the door (`api.door`) has found out; NotSignedIn where it let nobody in or does not stand there."""
    account = request.scope.get("state", {}).get("account")
    if not isinstance(account, Account):
        raise NotSignedIn("nobody is signed in")
    return account
