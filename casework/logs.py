"""How every process of LastSeen writes its log: one place, on standard error, without secrets.

Lines of structlog and of all libraries take the same way: read as text by people, or one JSON object a line for a
log collector. Nothing is sent anywhere.
"""

import logging
import sys
import threading
from collections.abc import Collection, MutableMapping
from types import TracebackType
from typing import Any, Literal

import structlog
from structlog.typing import EventDict, Processor

from casework.masking import masked

Format = Literal["text", "json"]
# each says at INFO what only its own developers need, or, of every request, who asked for what
_QUIET = (
    "uvicorn.access",
    "alembic",
    "dbos",
    "fsspec",
    "s3fs",
    "httpx",
    "httpcore",
    "watchdog",
    "matplotlib",
    "PIL",
    "asyncio",
)
# warns whenever something that all pages share is made outside of a page, which is where it belongs
_QUIETER = "streamlit.runtime.scriptrunner_utils.script_run_context"


def configure(format: Format = "text", *, secrets: Collection[str] = ()) -> None:
    """Send every log line of this process to standard error in one format, with `secrets` and all that looks like one
    masked. Harmless to repeat; call it again after a library has set up its own logging."""

    def without_secrets(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> EventDict:
        event.pop("color_message", None)  # uvicorn's, the same once more
        return masked(event, secrets)  # type: ignore[no-any-return]

    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.PositionalArgumentsFormatter(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*shared, structlog.stdlib.ExtraAdder()],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                without_secrets,
                _renderer(format),
            ],
        )
    )
    root = logging.getLogger()
    for old in list(root.handlers):
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
    logging.getLogger(_QUIETER).setLevel(logging.ERROR)
    _take_over()
    _log_what_nobody_catches()


def _renderer(format: Format) -> Processor:
    if format == "json":
        return structlog.processors.JSONRenderer(ensure_ascii=False)
    return structlog.dev.ConsoleRenderer(colors=False, pad_event_to=0)


def _take_over() -> None:
    """Libraries that brought handlers of their own (Streamlit, uvicorn, DBOS) write through ours."""
    for logger in list(logging.root.manager.loggerDict.values()):
        if isinstance(logger, logging.Logger) and (logger.handlers or not logger.propagate):
            for handler in [known for known in logger.handlers if not isinstance(known, logging.NullHandler)]:
                logger.removeHandler(handler)
            logger.propagate = True
    logging.getLogger("dbos").addHandler(logging.NullHandler())  # it brings its own later unless it finds one


def _log_what_nobody_catches() -> None:
    log = structlog.get_logger("lastseen")

    def died(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            sys.__excepthook__(kind, error, trace)
            return
        log.critical("ended by an error nobody expected", exc_info=(kind, error, trace))

    def thread_died(told: threading.ExceptHookArgs) -> None:
        if told.exc_value is not None:
            name = told.thread.name if told.thread else "?"
            log.critical(
                "a thread ended by an error nobody expected", thread=name,
                exc_info=(told.exc_type, told.exc_value, told.exc_traceback),
            )  # fmt: skip

    sys.excepthook = died
    threading.excepthook = thread_died
