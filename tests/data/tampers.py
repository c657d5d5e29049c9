"""The tampers of scripts/tamper_test.py, for tests to make some of them."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

SCRIPT = Path(__file__).resolve().parents[2] / "scripts" / "tamper_test.py"


def tampers() -> ModuleType:
    spec = importlib.util.spec_from_file_location("tamper_test", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["tamper_test"] = module
    spec.loader.exec_module(module)
    return module
