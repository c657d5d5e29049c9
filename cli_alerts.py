"""The shell door to alerts: `cli.py alerts …`. Mounted by cli.py."""

from typing import Annotated, Any

import typer

from settings import Settings

alerts = typer.Typer(no_args_is_help=True, help="Alerts: what was sent to whom, and a test to oneself.")
To = Annotated[str, typer.Argument(help="A phone number, an e-mail address or an Apprise URL")]


@alerts.command("test")
def try_out(
    to: To,
    *,
    language: Annotated[str, typer.Option("--language", help="en or fi")] = "en",
    by: Annotated[str, typer.Option("--by", help="Whose test it is, for the record")] = "command line",
) -> None:
    """Send a test to yourself, now, and say what became of it."""
    from casework.alerting.contacts import checked_address, shown
    from casework.alerting.outcomes import Result
    from casework.alerting.sending import send_test
    from cli import one_line_errors, store_of
    from data.alert_models import Language
    from data.errors import BadInput

    with one_line_errors():
        settings = Settings()
        if language not in list(Language):
            raise BadInput(f"--language: {language[:20]!r} is not one of {', '.join(Language)}")
        channels = channels_of(settings)
        schemes = channels.apprise.schemes if channels.apprise else frozenset()
        kind = kind_of(to)
        address = checked_address(kind, to, apprise_schemes=schemes)
        store = store_of(settings)
        try:
            outcome = send_test(
                store, channels.senders(), kind=kind, address=address, language=Language(language), by=by
            )
        finally:
            store.close()
        if outcome.result is not Result.ACCEPTED:
            typer.echo(f"{shown(kind, address)}: {outcome.result} ({outcome.why})", err=True)
            raise typer.Exit(1)
        typer.echo(f"{shown(kind, address)}: taken over by the provider {outcome.provider_id}".rstrip())


@alerts.command("list")
def list_alerts(
    case: Annotated[str, typer.Argument(help="Number or id of the case")],
    *,
    most: Annotated[int, typer.Option("--most", min=1, help="So many, the newest")] = 50,
) -> None:
    """What was sent, what waits and why, and what became of it."""
    from casework.alerting.choosing import held
    from casework.alerting.contacts import shown
    from casework.alerting.ledger import alerts as alerts_of
    from cli import case_named, one_line_errors, store_of
    from data import alert_rows as rows

    with one_line_errors():
        store = store_of(Settings())
        try:
            case_id = case_named(store, case, field="").id
            with store.database.reading() as connection:
                recipients = {r.id: r for r in rows.recipients(connection, case_id, removed_too=True)}
                counts = rows.counts(connection, case_id)
            for one in held(store, case_id):
                if one.why:
                    typer.echo(f"{one.waiting.count} for {one.recipient.name} wait: {one.why}")
            for alert in alerts_of(store, case_id, most=most):
                who = recipients[alert.recipient_id]
                part = f" (in {alert.digest_id})" if alert.digest_id else ""
                status = f" {alert.provider_id} {alert.provider_status}".rstrip()
                line = f"{alert.id}  {alert.created_at:%Y-%m-%d %H:%M:%SZ}  {alert.state}  {alert.event}"
                typer.echo(f"{line}  {who.name} {shown(who.kind, who.address)}{part}{status}  {alert.why}".rstrip())
            typer.echo(", ".join(f"{count} {state}" for state, count in sorted(counts.items())) or "nothing was sent")
        finally:
            store.close()


@alerts.command("resend")
def resend(
    alert: Annotated[str, typer.Argument(help="Id of an alert that failed or is unknown")],
    *,
    by: Annotated[str, typer.Option("--by", help="Who decided so, for the record")],
) -> None:
    """Queue once more what failed or may not have gone out; a running sender sends it."""
    from casework.alerting.ledger import resend as queue_again
    from cli import one_line_errors, store_of

    with one_line_errors():
        store = store_of(Settings())
        try:
            typer.echo(f"queued as {queue_again(store, alert, by=by).id}")
        finally:
            store.close()


def channels_of(settings: Settings, judge: Any = None) -> Any:
    """What this installation's settings can reach; `judge` says which addresses may be called."""
    from api.alert_status import status_url
    from casework.alerting.apprise_sender import AppriseSettings
    from casework.alerting.channels import Channels
    from casework.alerting.contacts import schemes_of
    from casework.alerting.smtp import SmtpSecurity, SmtpSettings
    from casework.alerting.twilio_sms import TwilioSettings

    smtp = twilio = apprise = None
    if settings.smtp_host:
        smtp = SmtpSettings(
            settings.smtp_host, settings.smtp_from, settings.smtp_port, SmtpSecurity(settings.smtp_security),
            settings.smtp_user, settings.smtp_password, settings.smtp_ca_file,
        )  # fmt: skip
    if settings.twilio_account_sid:
        twilio = TwilioSettings(
            settings.twilio_account_sid, settings.twilio_auth_token, settings.twilio_from, settings.twilio_url,
            status_url(settings.public_url),
        )  # fmt: skip
    if schemes := schemes_of(settings.apprise_schemes):
        apprise = AppriseSettings(schemes)
    return Channels(smtp, twilio, apprise, judge)


def post_of(settings: Settings, store: Any, judge: Any = None) -> Any:
    """The queue of this installation with what empties it."""
    from casework.alerting.cap import Origin
    from casework.alerting.channels import cap_maker
    from casework.alerting.sending import Post

    origin = Origin(settings.smtp_from or "lastseen@localhost")
    return Post(store, channels_of(settings, judge).senders(), makes_cap=cap_maker(store, origin))


def kind_of(address: str) -> Any:
    """What kind of address this is, by its looks."""
    from data.alert_models import AddressKind

    if "://" in address:
        return AddressKind.APPRISE
    return AddressKind.EMAIL if "@" in address else AddressKind.SMS
