"""Every setting, once. Read from the environment (prefix LASTSEEN_) and, for PORT, from PORT itself.

Each door builds one `Settings()` and passes plain values down. docs/settings.md documents every field, and a test
holds it to that.
"""

import os
from pathlib import Path
from typing import Any, Literal

from pydantic import AliasChoices, Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from casework.masking import names_a_secret, secrets_in
from data.models import Thoroughness
from recognition.calibration import ALERT_FALSE_PER_1000_TRACKS, REVIEW_FALSE_PER_1000_TRACKS
from recognition.faces import Device

PROJECT = Path(__file__).resolve().parent


class Settings(BaseSettings):
    """All settings of one installation; immutable once read."""

    model_config = SettingsConfigDict(env_prefix="LASTSEEN_", frozen=True, extra="ignore")

    home: Path = Field(
        default=PROJECT / ".lastseen", description="Folder of everything LastSeen remembers: store, files, models."
    )
    database_url: str = Field(
        default="",
        repr=False,  # its password belongs in no log
        description="PostgreSQL database, postgresql+psycopg://USER:PASSWORD@HOST/DATABASE. Empty: SQLite in the home.",
    )
    files_url: str = Field(
        default="",
        repr=False,
        description="Where originals and pictures lie: a shared folder or an fsspec URL. Empty: files in the home.",
    )
    cache_mb: int = Field(
        default=20_480, ge=0, description="Disk space for copies of files that lie behind an fsspec URL, in MiB."
    )
    address: str = Field(default="127.0.0.1", description="Address the web door listens on.")
    port: int = Field(
        default=8501, validation_alias=AliasChoices("PORT", "LASTSEEN_PORT"), description="Port of the web door."
    )
    engine: str = Field(
        default="open", description="Recognition engine: open, insightface:PACK or mtcnn+insightface:PACK."
    )
    device: Device = Field(
        default=Device.AUTO, description="What the recogniser runs on: auto, cpu, cuda or openvino; checked before use."
    )
    threads: int = Field(
        default=2, ge=1, description="Threads of the recogniser, and footages or segments scanned side by side."
    )
    review_false_per_1000_tracks: float = Field(
        default=REVIEW_FALSE_PER_1000_TRACKS,
        gt=0,
        description="Strangers that may be offered for review in a thousand tracks; the review floor follows from it.",
    )
    alert_false_per_1000_tracks: float = Field(
        default=ALERT_FALSE_PER_1000_TRACKS,
        gt=0,
        description="Strangers that may pass the alert threshold in a thousand tracks; the threshold follows from it.",
    )
    max_upload_mb: int = Field(default=4096, ge=1, description="Largest footage file the page takes, in MiB.")
    max_uploads: int = Field(
        default=200, ge=1, description="Files that may be on their way in, or wait for their details, at once."
    )
    allowed_hosts: str = Field(
        default="",
        description="Names, parted by commas, by which browsers reach the page besides this machine's own and its IP.",
    )
    session_idle_min: float = Field(
        default=30.0, gt=0, le=1440, description="After so many minutes in which nobody did anything a session ends."
    )
    session_absolute_h: float = Field(
        default=12.0, gt=0, le=168, description="After so many hours a session ends, whatever happens in it."
    )
    trusted_proxies: str = Field(
        default="",
        description="Addresses or networks, parted by commas, of reverse proxies whose X-Forwarded-* is believed.",
    )
    oidc_issuer: str = Field(default="", description="OpenID provider by which people sign in too. Empty: none.")
    oidc_client_id: str = Field(default="", description="Under which name LastSeen is registered at the provider.")
    oidc_client_secret: str = Field(
        default="", repr=False, description="What LastSeen proves itself with at the provider. Empty: PKCE alone."
    )
    oidc_label: str = Field(
        default="Sign in with your organisation", description="What the link to the provider says on the sign-in page."
    )
    allowed_networks: str = Field(
        default="",
        description="Private networks (10.0.0.0/8, …) that addresses of cameras and webhooks may lead to.",
    )
    api_per_minute: int = Field(
        default=600, ge=0, description="Requests at /api/v1 that a token may make in a minute. 0: as many as it likes."
    )
    retention_days: int = Field(
        default=365,
        ge=1,
        le=36_500,
        description="Days that a case is kept after it was closed or its authority ended, where it says nothing else.",
    )
    inbox: str = Field(
        default="", description="Folder on the server from which footage is taken in by itself. Empty: none."
    )
    max_pixels: int = Field(
        default=40_000_000, ge=1, description="Largest picture or video frame that is opened, in pixels."
    )
    free_disk_mb: int = Field(
        default=512, ge=0, description="Disk space that uploads and scans must leave free, in MiB."
    )
    segment_s: float = Field(
        default=180.0, gt=0, description="Longest piece of footage that is one durable step of a scan, in seconds."
    )
    thoroughness: Thoroughness = Field(
        default=Thoroughness.BALANCED, description="How closely a scan looks: fast, balanced or every-frame."
    )
    min_face_px: float = Field(
        default=24.0, ge=12, description="Smallest face a scan looks for, shorter side in pixels."
    )
    child_memory_mb: int = Field(
        default=2048,
        ge=1024,
        description="Memory that the process which looks at one footage or photo may use, in MiB.",
    )
    child_segment_s: float = Field(
        default=600.0,
        gt=0,
        description="Least time limit for scanning one segment, in seconds; a long one may take 20 times its length.",
    )
    segment_crashes: int = Field(
        default=2, ge=1, description="After how many crashes in one segment of footage it is left out of the search."
    )
    scan_queue: Literal["cpu", "gpu"] = Field(
        default="cpu", description="Queue that searches of footage wait in; workers choose theirs with --queues."
    )
    live_interval_s: float = Field(
        default=2.0, ge=0.5, le=60, description="How often a camera that is watched live is looked at, in seconds."
    )
    live_at_once: int = Field(
        default=4, ge=0, description="How many cameras one worker watches live at most. 0: none, it does not watch."
    )
    checkpoint_minutes: float = Field(
        default=60.0, ge=0, description="After so many minutes the record is signed again, where it grew. 0: never."
    )
    rehash_days: float = Field(
        default=7.0, ge=0, description="After so many days an original is read and hashed again. 0: never."
    )
    rehash_mb_s: float = Field(
        default=20.0, gt=0, description="How fast originals are read to be hashed again, in MiB a second."
    )
    log_format: Literal["text", "json"] = Field(
        default="text", description="How web and worker write their log: text for people, json for a log collector."
    )
    tiles_file: Path | None = Field(
        default=None, description="Base map on this machine: a PMTiles or MBTiles file. Empty: the case's own streets."
    )
    gazetteer_file: Path | None = Field(
        default=None, description="Names of places to search for: GeoNames, OpenStreetMap, GeoJSON or CSV. Empty: none."
    )
    tiles_url: str = Field(
        default="", description="Online map tiles (…/{z}/{x}/{y}.png). Empty: none, nothing leaves the machine."
    )
    tiles_attribution: str = Field(default="", description="Attribution the tile server asks for; shown on the map.")

    smtp_host: str = Field(default="", description="Server that alerts by e-mail are handed to. Empty: no e-mail.")
    smtp_port: int = Field(default=587, ge=1, le=65535, description="Port of the e-mail server.")
    smtp_security: Literal["starttls", "tls", "none"] = Field(
        default="starttls", description="How the connection to the e-mail server is kept secret: starttls, tls or none."
    )
    smtp_user: str = Field(default="", description="Name to sign in to the e-mail server with. Empty: none is needed.")
    smtp_password: str = Field(default="", repr=False, description="Password for the e-mail server.")
    smtp_from: str = Field(default="", description="Address that alerts by e-mail come from, and the sender in CAP.")
    smtp_ca_file: str = Field(
        default="", description="File of certificates to trust for the e-mail server. Empty: the system's."
    )
    twilio_account_sid: str = Field(default="", description="Twilio account that SMS are sent from. Empty: no SMS.")
    twilio_auth_token: str = Field(default="", repr=False, description="Key of the Twilio account.")
    twilio_from: str = Field(default="", description="Number that SMS come from, or a Twilio messaging service (MG…).")
    twilio_url: str = Field(
        default="https://api.twilio.com", description="Where Twilio's interface is reached: itself, or a gateway to it."
    )
    public_url: str = Field(
        default="", description="Address under which others reach this installation, as https://lastseen.example.org."
    )
    apprise_schemes: str = Field(
        default="",
        description="Kinds of Apprise URLs, parted by commas, that alerts may go to: slack, jsons, … Empty: none.",
    )

    tip_max_mb: int = Field(default=64, ge=1, le=4096, description="Largest file that the public may send, in MiB.")
    tips_per_address: int = Field(
        default=20, ge=1, description="Tips that may come from one address to one case within an hour."
    )
    tips_per_case: int = Field(default=200, ge=1, description="Tips that may come to one case within an hour.")
    tips_waiting_mb: int = Field(
        default=4096, ge=1, description="Disk space for files of tips that wait in one case, in MiB; then words only."
    )

    @classmethod
    def variables(cls) -> dict[str, tuple[str, ...]]:
        """Field name to the environment variables it is read from, the first one before the others."""
        found = {}
        for name, field in cls.model_fields.items():
            alias = field.validation_alias
            choices = alias.choices if isinstance(alias, AliasChoices) else [f"LASTSEEN_{name.upper()}"]
            found[name] = tuple(str(choice) for choice in choices)
        return found

    @property
    def secrets(self) -> list[str]:
        """Passwords inside the settings' addresses, and keys in the environment, to be kept out of logs."""
        inside = [secret for name in type(self).model_fields for secret in secrets_in(str(getattr(self, name)))]
        return inside + [value for name, value in os.environ.items() if len(value) >= 8 and names_a_secret(name)]

    @property
    def opening(self) -> dict[str, Any]:
        """How an engine is opened, besides its name: here, and in a process apart (`recognition.apart.Opening`)."""
        return {
            "models_dir": self.models_dir,
            "cache_dir": self.engine_cache_dir,
            "threads": self.threads,
            "calibrations_dir": self.calibrations_dir,
            "review_rate": self.review_false_per_1000_tracks,
            "alert_rate": self.alert_false_per_1000_tracks,
            "device": self.device,
        }

    @property
    def models_dir(self) -> Path:
        """Folder of InsightFace packs, one folder each."""
        return self.home / "models"

    @property
    def calibrations_dir(self) -> Path:
        """Folder of calibrations made here with `cli.py calibrate`."""
        return self.home / "calibrations"

    @property
    def engine_cache_dir(self) -> Path:
        """Folder of the ONNX graphs built from installed weights."""
        return self.home / "engines"
