"""Which model files may be loaded: only those whose SHA-256 stands in a manifest.

One manifest comes with LastSeen (``SHIPPED``), the other is this installation's own, ``models/manifest.json``: a pack's
files come into it when its verified zip is installed, or when an admin trusts them by hand (`cli.py models trust`).
"""

import json
import os
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from data.errors import ModelMissing
from recognition.engines.weights import sha256_of_each

MANIFEST = "manifest.json"

# SHA-256 to what it is. The packages' own files were read from wheels that are pinned by hash; those of InsightFace's
# packs stand in at least two public projects that pinned them (docs/decisions/0022-hostile-input.md).
SHIPPED = {
    "ea6b0c3e685ebee3165326ad6484acc95f2ef78f1c94fbf40a55704fa989f7b5": "mtcnn 1.0.0, pnet.lz4",
    "cb00e6460f3c98b0bfafaba3c0a0ded4bdf6e62cee7174d969e8670d7e757fee": "mtcnn 1.0.0, rnet.lz4",
    "94f6ea2f4cf985275ee958cdd762d17b6009348a4fb9d8c6be39ba73ffd22ca3": "mtcnn 1.0.0, onet.lz4",
    "55533b28a95800a551ba546ba62fe69625c7e95a7061c338adffead08719da30": "dlib_face_recognition_resnet_model_v1.dat",
    "fbdc2cb80eb9aa7a758672cbfdda32ba6300efe9b6e6c7a299ff7e736b11b92f": "shape_predictor_68_face_landmarks.dat",
    "5838f7fe053675b1c7a08b633df49e7af5495cee0493c7dcf6697200b85b5b91": "buffalo_l det_10g, antelopev2 scrfd_10g_bnkps",
    "4c06341c33c2ca1f86781dab0e829f88ad5b64be9fba56e56bc9ebdefc619e43": "buffalo_l and buffalo_m w600k_r50",
    "df5c06b8a0c12e422b2ed8947b8869faa4105387f199c477af038aa01f9a45cc": "InsightFace 1k3d68",
    "f001b856447c413801ef5c42091ed0cd516fcd21f2d6b79635b1e733a7109dbf": "InsightFace 2d106det",
    "4fde69b1c810857b88c64a335084f1c3fe8f01246c9a191b48c7bb756d6652fb": "InsightFace genderage",
    "4ab1d6435d639628a6f3e5008dd4f929edf4c4124b1a7169e1048f9fef534cdf": "antelopev2 glintr100",
    "5e4447f50245bbd7966bd6c0fa52938c61474a04ec7def48753668a9d8b4ea3a": "buffalo_s and buffalo_sc det_500m",
    "9cc6e4a75f0e2bf0b1aed94578f144d15175f357bdc05e815e5c4a02b319eb4f": "buffalo_s and buffalo_sc w600k_mbf",
    "61e9e03c97c8e441cfcdbc0052ab32a3e135270d5b2a59dec6b0f7100d97f118": "test_small w_mobilefacenet, for tests",
}


def trusted_hashes(models_dir: Path) -> frozenset[str]:
    """Every SHA-256 that may be loaded.

    Raises
    ------
    ModelMissing
        When this installation's manifest is there and cannot be read.
    """
    return frozenset(SHIPPED) | frozenset(_own(models_dir))


def check_trusted(hashes: Mapping[str, str], models_dir: Path | None, *, where: str, how: str) -> None:
    """Refuse files (name to SHA-256) that stand in no manifest.

    Parameters
    ----------
    models_dir
        Where this installation's manifest lies; None asks the shipped one alone.
    where, how
        What the message calls the place, and what it says is to be done.

    Raises
    ------
    ModelMissing
        When one of them does not; it names the file and its hash.
    """
    known = frozenset(SHIPPED) if models_dir is None else trusted_hashes(models_dir)
    for name, sha256 in hashes.items():
        if sha256 not in known:
            raise ModelMissing(f"{where}: {name} is not known here (SHA-256 {sha256}) and was not loaded; {how}")


def pack_hashes(folder: Path) -> dict[str, str]:
    """The SHA-256 of each .onnx file of a pack, by name; InsightFace opens them all."""
    return sha256_of_each({file.name: file for file in sorted(folder.glob("*.onnx"))})


def check_pack(folder: Path, models_dir: Path, *, pack: str) -> None:
    """Refuse a pack with a file that stands in no manifest; ModelMissing says how to trust it."""
    how = f"if it is what you put there, an admin can let it in with: cli.py models trust {pack}"
    check_trusted(pack_hashes(folder), models_dir, where=str(folder), how=how)


def trust(models_dir: Path, pack: str, hashes: Mapping[str, str], *, by: str) -> Path:
    """Enter files (name to SHA-256) into this installation's manifest, and give its path."""
    models_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    now = datetime.now(UTC).isoformat(timespec="seconds")
    known = _own(models_dir)
    known |= {sha256: {"pack": pack, "file": name, "by": by, "at": now} for name, sha256 in hashes.items()}
    path = models_dir / MANIFEST
    partial = models_dir / f".{MANIFEST}.{os.getpid()}"
    partial.write_text(json.dumps({"trusted": known}, indent=1, sort_keys=True), encoding="utf-8")
    partial.chmod(0o600)
    partial.replace(path)
    return path


def _own(models_dir: Path) -> dict[str, dict[str, str]]:
    """This installation's manifest: SHA-256 to pack, file, who let it in and when."""
    path = models_dir / MANIFEST
    try:
        found: dict[str, dict[str, str]] = json.loads(path.read_bytes())["trusted"]
        return {str(sha256): dict(row) for sha256, row in found.items()}
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ModelMissing(f"{path}: cannot be read; remove it and trust your packs again") from error
