"""Errors that speak of a file by the name it came with, not by its hash."""

from collections.abc import Iterator
from contextlib import contextmanager

from data.errors import BadInput, ChildKilled
from data.models import Footage, Photo


@contextmanager
def named(of: Footage | Photo) -> Iterator[None]:
    """Errors inside name the footage or photo as people know it."""
    try:
        yield
    except BadInput as error:
        raise type(error)(str(error).replace(of.sha256, of.original_name)) from error
    except ChildKilled as error:
        raise ChildKilled(of.original_name, error.why.replace(of.sha256, of.original_name)) from error
