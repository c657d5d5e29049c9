"""dlib's face recognition network as an ONNX graph, read from its own file with numpy.

The file (``dlib_face_recognition_resnet_model_v1.dat``, CC0, from the `face_recognition_models` wheel) is dlib's
serialisation of the network of ``dnn_face_recognition_ex.cpp``: a ResNet with 29 convolutions, each followed by an
affine layer that stands for batch normalisation. Layers lie in the order in which they run, each with its tag.
Integers are a control byte (low four bits: number of bytes, high bit: negative) and little-endian bytes.
"""

import re
from dataclasses import dataclass
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from data.errors import ModelMissing

BUILDER_VERSION = 1

# residual units in the order in which they run: (filters, halves the picture)
_UNITS = (
    *((32, False),) * 3,
    *((64, True), (64, False), (64, False), (64, False)),
    *((128, True), (128, False), (128, False)),
    *((256, True), (256, False), (256, False)),
    (256, True),
)
# dlib's input_rgb_image_sized: averages of red, green and blue, then division by 256
_MEAN_BGR = np.array([104.298, 117.001, 122.782], np.float32)
CHIP_PX = 150


@dataclass(frozen=True)
class _Conv:
    """A convolution with its affine layer folded in."""

    kernel: NDArray[np.float32]
    bias: NDArray[np.float32]
    stride: int
    pad: int


class _Reader:
    """Reads dlib's numbers from `data`, starting at `at`."""

    def __init__(self, data: bytes, at: int) -> None:
        self.data = data
        self.at = at

    def integer(self) -> int:
        control = self.data[self.at]
        size = control & 0x0F
        value = int.from_bytes(self.data[self.at + 1 : self.at + 1 + size], "little")
        self.at += 1 + size
        return -value if control & 0x80 else value

    def tensor(self) -> NDArray[np.float32]:
        """Version, four dimensions, raw floats."""
        if self.integer() != 2:
            raise ValueError("a tensor of an unknown version")
        shape = [self.integer() for _ in range(4)]
        count = int(np.prod(shape))
        values = np.frombuffer(self.data, "<f4", count, self.at).reshape(shape)
        self.at += 4 * count
        return values


def _read_layers(data: bytes) -> tuple[list[_Conv], NDArray[np.float32]]:
    """The 29 convolutions and the ``(256, 128)`` matrix at the end."""
    convs: list[_Conv] = []
    matrix = np.zeros((0, 0), np.float32)
    channels = 3
    conv: _Conv | None = None
    for tag in re.finditer(rb"\x01\x05con_4|\x01\x07affine_|\x01\x04fc_2", data):
        reader = _Reader(data, tag.end())
        if tag.group().endswith(b"con_4"):
            conv = _read_conv(reader, channels)
            channels = len(conv.bias)
        elif tag.group().endswith(b"affine_") and conv is not None:
            gamma_beta = reader.tensor().reshape(2, channels)
            convs.append(_folded(conv, *gamma_beta))
        else:
            outputs, inputs = reader.integer(), reader.integer()
            matrix = reader.tensor().reshape(inputs, outputs)
    if len(convs) != 1 + 2 * len(_UNITS) or matrix.shape != (256, 128):
        raise ValueError("other layers than expected")
    return convs, matrix


def _read_conv(reader: _Reader, channels: int) -> _Conv:
    values = reader.tensor().ravel()
    filters, rows, columns, stride, _, pad, _ = (reader.integer() for _ in range(7))
    kernel = values[:-filters].reshape(filters, channels, rows, columns)
    return _Conv(kernel, values[-filters:], stride, pad)


def _folded(conv: _Conv, gamma: NDArray[np.float32], beta: NDArray[np.float32]) -> _Conv:
    kernel = conv.kernel * gamma[:, None, None, None]
    return _Conv(kernel, conv.bias * gamma + beta, conv.stride, conv.pad)


class _Graph:
    """Collects nodes; sizes are known beforehand, since chips are always 150 x 150."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.tensors: list[onnx.TensorProto] = []

    def constant(self, value: NDArray[np.float32] | NDArray[np.int64]) -> str:
        name = f"w{len(self.tensors)}"
        self.tensors.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def node(self, kind: str, *inputs: str, output: str = "", **attributes: Any) -> str:
        name = output or f"x{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, list(inputs), [name], **attributes))
        return name

    def conv(self, x: str, conv: _Conv) -> str:
        weights = self.constant(conv.kernel), self.constant(conv.bias)
        return self.node("Conv", x, *weights, strides=[conv.stride] * 2, pads=[conv.pad] * 4)

    def padded(self, x: str, *, channels: int, side: int) -> str:
        """`x` with that many more zero channels, and zero rows and columns at the end, as dlib's add_prev does."""
        if not channels and not side:
            return x
        pads = np.array([0, 0, 0, 0, 0, channels, side, side], np.int64)
        return self.node("Pad", x, self.constant(pads))


def build_dlib(data: bytes) -> bytes:
    """The ONNX graph of the network whose file is `data`.

    It takes chips ``(n, 150, 150, 3)``, float32, BGR, 0 to 255, and gives the raw descriptors ``(n, 128)``.

    Raises
    ------
    ModelMissing
        When the file is not that network.
    """
    try:
        convs, matrix = _read_layers(data)
    except (ValueError, IndexError) as error:
        raise ModelMissing("dlib_face_recognition_resnet_model_v1.dat: not the network that is expected") from error
    graph = _Graph()
    x = graph.node("Sub", "chips", graph.constant(_MEAN_BGR))
    x = graph.node("Mul", x, graph.constant(np.array(1 / 256, np.float32)))
    x = graph.node("Transpose", x, perm=[0, 3, 1, 2])
    # the file's first kernel expects red, green, blue
    stem = _Conv(convs[0].kernel[:, ::-1], convs[0].bias, convs[0].stride, convs[0].pad)
    x = graph.node("Relu", graph.conv(x, stem))
    x = graph.node("MaxPool", x, kernel_shape=[3, 3], strides=[2, 2])
    side, channels = 35, 32  # 150 -> 72 by the first convolution -> 35
    for (filters, halves), first, second in zip(_UNITS, convs[1::2], convs[2::2], strict=True):
        x, side = _unit(graph, x, first, second, halves=halves, side=side, more_channels=filters - channels)
        channels = filters
    x = graph.node("GlobalAveragePool", x)
    x = graph.node("Flatten", x)
    graph.node("MatMul", x, graph.constant(matrix), output="descriptors")
    return _model(graph)


def _unit(
    graph: _Graph, x: str, first: _Conv, second: _Conv, *, halves: bool, side: int, more_channels: int
) -> tuple[str, int]:
    """One residual unit; gives its output and that one's side in pixels."""
    y = graph.conv(graph.node("Relu", graph.conv(x, first)), second)
    if halves:
        # 3x3 without padding against 2x2 averages: the sides may differ by one
        conv_side, pool_side = (side - 3) // 2 + 1, side // 2
        x = graph.node("AveragePool", x, kernel_shape=[2, 2], strides=[2, 2])
        side = max(conv_side, pool_side)
        x = graph.padded(x, channels=more_channels, side=side - pool_side)
        y = graph.padded(y, channels=0, side=side - conv_side)
    return graph.node("Relu", graph.node("Add", x, y)), side


def _model(graph: _Graph) -> bytes:
    chips = helper.make_tensor_value_info("chips", TensorProto.FLOAT, ["n", CHIP_PX, CHIP_PX, 3])
    descriptors = helper.make_tensor_value_info("descriptors", TensorProto.FLOAT, ["n", 128])
    proto = helper.make_graph(graph.nodes, "dlib", [chips], [descriptors], graph.tensors)
    model = helper.make_model(proto, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    return bytes(model.SerializeToString())
