"""MTCNN's three nets as ONNX graphs, from the weights in the `mtcnn` wheel (MIT).

Zhang et al. 2016, "Joint Face Detection and Alignment using Multitask Cascaded Convolutional Networks". The
wheel holds Keras weight lists: convolutions as (height, width, in, out), dense layers as (in, out), layer by layer.

Every graph takes float32 pictures ``(n, height, width, 3)``, BGR, 0 to 255, and answers with box shifts
``(n, 4, …)``, for the last net also points ``(n, 10)``, and the chance of a face ``(n, …)``.
"""

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from recognition.engines.trusted import SHIPPED
from recognition.engines.weights import trusted_bytes
from recognition.faces import Float

Weights = list[NDArray[np.float32]]

BUILDER_VERSION = 3


class _Net:
    """Collects the nodes of one graph; every step follows the last one unless told otherwise."""

    def __init__(self, weights: Weights) -> None:
        self._weights: Iterator[Float] = iter(weights)
        self.nodes: list[onnx.NodeProto] = []
        self.tensors: list[onnx.TensorProto] = []
        self.last = "picture"

    def constant(self, value: NDArray[np.float32]) -> str:
        name = f"w{len(self.tensors)}"
        self.tensors.append(numpy_helper.from_array(np.ascontiguousarray(value, dtype=np.float32), name))
        return name

    def step(self, kind: str, *inputs: str, output: str = "", **attributes: Any) -> str:
        name = output or f"x{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, [self.last, *inputs], [name], **attributes))
        self.last = name
        return name

    def normalise(self) -> None:
        """To -1 .. 1, channels first."""
        self.step("Sub", self.constant(np.array(127.5, np.float32)))
        self.step("Mul", self.constant(np.array(1 / 128, np.float32)))
        self.step("Transpose", perm=[0, 3, 1, 2])

    def conv(self, *, output: str = "", first: bool = False) -> None:
        kernel, bias = next(self._weights), next(self._weights)
        if first:
            kernel = kernel[:, :, ::-1]  # trained on RGB, fed with BGR
        self.step("Conv", self.constant(kernel.transpose(3, 2, 0, 1)), self.constant(bias), output=output)

    def prelu(self) -> None:
        """As slope * x + (1 - slope) * relu(x): ONNX Runtime's own PRelu takes twice the time of all the rest."""
        slope = next(self._weights)
        slope = slope.reshape(-1, 1, 1) if slope.ndim == 3 else slope
        x = self.last
        self.step("Relu")
        bent = self.step("Mul", self.constant(1 - slope))
        self.last = x
        self.step("Mul", self.constant(slope))
        self.step("Add", bent)

    def pool(self, size: int) -> None:
        self.step("MaxPool", kernel_shape=[size, size], strides=[2, 2], ceil_mode=1)

    def dense(self, *, output: str = "") -> None:
        matrix, bias = next(self._weights), next(self._weights)
        self.step("Gemm", self.constant(matrix), self.constant(bias), output=output)

    def flatten(self) -> None:
        """Width before height before channel, as these weights were trained."""
        self.step("Transpose", perm=[0, 3, 2, 1])
        self.step("Flatten")

    def chance(self) -> None:
        """The second of two classes.

        The sigmoid of their difference would be the same but for rounding near 1, where it orders other boxes first.
        """
        self.step("Softmax", axis=1)
        self.tensors.append(numpy_helper.from_array(np.array(1, np.int64), "second"))
        self.step("Gather", "second", axis=1, output="chance")

    def model(self, outputs: list[str], rank: int) -> bytes:
        picture = helper.make_tensor_value_info("picture", TensorProto.FLOAT, ["n", "height", "width", 3])
        shapes = {name: [None] * (rank - (name == "chance")) for name in outputs}
        answers = [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in shapes.items()]
        graph = helper.make_graph(self.nodes, "mtcnn", [picture], answers, self.tensors)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
        onnx.checker.check_model(model)
        return bytes(model.SerializeToString())


def _pnet(weights: Weights) -> bytes:
    net = _Net(weights)
    net.normalise()
    net.conv(first=True)
    net.prelu()
    net.pool(2)
    for _ in range(2):
        net.conv()
        net.prelu()
    features = net.last
    net.conv(output="shifts")
    net.last = features
    net.conv()
    net.chance()
    return net.model(["shifts", "chance"], rank=4)


def _rnet(weights: Weights) -> bytes:
    net = _Net(weights)
    net.normalise()
    _convolve(net, pools=(3, 3, 0))
    features = net.last
    net.dense(output="shifts")
    net.last = features
    net.dense()
    net.chance()
    return net.model(["shifts", "chance"], rank=2)


def _onet(weights: Weights) -> bytes:
    net = _Net(weights)
    net.normalise()
    _convolve(net, pools=(3, 3, 2, 0))
    features = net.last
    net.dense(output="shifts")
    net.last = features
    net.dense(output="points")
    net.last = features
    net.dense()
    net.chance()
    return net.model(["shifts", "points", "chance"], rank=2)


def _convolve(net: _Net, pools: tuple[int, ...]) -> None:
    """Convolutions, each with its pooling (0: none), then one dense layer."""
    for index, size in enumerate(pools):
        net.conv(first=index == 0)
        net.prelu()
        if size:
            net.pool(size)
    net.flatten()
    net.dense()
    net.prelu()


def build_mtcnn(paths: dict[str, Path]) -> dict[str, bytes]:
    """The graphs "pnet.onnx", "rnet.onnx" and "onet.onnx" from the wheel's "pnet.lz4", "rnet.lz4" and "onet.lz4"."""
    builders = {"pnet": _pnet, "rnet": _rnet, "onet": _onet}
    return {f"{name}.onnx": make(_weights(paths[f"{name}.lz4"])) for name, make in builders.items()}


def _weights(path: Path) -> Weights:
    # joblib's format is a pickle, the only one read anywhere: these very bytes must hash to a known sum first
    loaded: Weights = joblib.load(io.BytesIO(trusted_bytes(path, SHIPPED)))
    return loaded
