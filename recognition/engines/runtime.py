"""ONNX Runtime sessions that keep to their threads and say where they run."""

from pathlib import Path

import onnxruntime as ort
from onnxruntime.capi import onnxruntime_pybind11_state as state

# what onnxruntime raises on a file that is no usable graph; they share no base but Exception
UNREADABLE_MODEL = (state.InvalidProtobuf, state.InvalidGraph, state.Fail, state.NoModel, state.ModelLoaded,
                    state.InvalidArgument, state.NotImplemented, state.RuntimeException)  # fmt: skip


def session_options(threads: int) -> ort.SessionOptions:
    """Options for a session of `threads` threads that sleep while idle.

    The default spins every core for a while after each run, which starves the decoder beside it.
    """
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    # picture sizes change from call to call, so a remembered memory plan never fits
    options.enable_mem_pattern = False
    return options


def open_session(model: bytes | Path, *, threads: int, providers: list[str]) -> ort.InferenceSession:
    """A session for an ONNX graph given as bytes or as a file, on the first of the providers that works."""
    source = model if isinstance(model, bytes) else str(model)
    return ort.InferenceSession(source, session_options(threads), providers=providers)


def runs_on(session: ort.InferenceSession) -> str:
    """The provider that really runs ("CPU", "CUDA"): a provider asked for may have failed to load."""
    return str(session.get_providers()[0]).removesuffix("ExecutionProvider")
