"""Faces in footage and photos. Whatever of it is imported, onnxruntime tells nobody about it."""

import os

# onnxruntime 1.29 and later report models, sessions and errors to Microsoft unless this stands there before its import
os.environ["ORT_DISABLE_TELEMETRY"] = "1"
