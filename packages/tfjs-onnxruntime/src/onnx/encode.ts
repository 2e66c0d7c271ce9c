import protobuf from "protobufjs/minimal.js";
import {
  ELEMENT_TYPE,
  type OnnxAttribute,
  type OnnxGraph,
  type OnnxModel,
  type OnnxNode,
  type OnnxTensor,
  type OnnxValue,
  OPSET,
} from "./model.ts";

type Writer = protobuf.Writer;

const VARINT = 0;
const BYTES = 2;
const FLOAT = 5;
const IR_VERSION = 9;

function tag(field: number, wire: number): number {
  return (field << 3) | wire;
}

function message(writer: Writer, field: number, body: () => void): void {
  writer.uint32(tag(field, BYTES)).fork();
  body();
  writer.ldelim();
}

function text(writer: Writer, field: number, value: string): void {
  writer.uint32(tag(field, BYTES)).string(value);
}

function integer(writer: Writer, field: number, value: number): void {
  writer.uint32(tag(field, VARINT)).int64(value);
}

function writeAttribute(writer: Writer, name: string, value: OnnxAttribute): void {
  text(writer, 1, name);
  if ("i" in value) {
    integer(writer, 3, value.i);
    integer(writer, 20, 2);
  } else if ("f" in value) {
    writer.uint32(tag(2, FLOAT)).float(value.f);
    integer(writer, 20, 1);
  } else if ("s" in value) {
    text(writer, 4, value.s);
    integer(writer, 20, 3);
  } else if ("g" in value) {
    message(writer, 6, () => writeGraph(writer, value.g));
    integer(writer, 20, 5);
  } else if ("is" in value) {
    for (const item of value.is) integer(writer, 8, item);
    integer(writer, 20, 7);
  } else {
    for (const item of value.fs) writer.uint32(tag(7, FLOAT)).float(item);
    integer(writer, 20, 6);
  }
}

function writeNode(writer: Writer, node: OnnxNode): void {
  for (const input of node.inputs) text(writer, 1, input);
  for (const output of node.outputs) text(writer, 2, output);
  if (node.name) text(writer, 3, node.name);
  text(writer, 4, node.op);
  for (const [name, value] of Object.entries(node.attributes ?? {})) {
    message(writer, 5, () => writeAttribute(writer, name, value));
  }
  if (node.domain) text(writer, 7, node.domain);
}

function writeTensor(writer: Writer, tensor: OnnxTensor): void {
  for (const dim of tensor.dims) integer(writer, 1, dim);
  integer(writer, 2, ELEMENT_TYPE[tensor.type]);
  text(writer, 8, tensor.name);
  writer.uint32(tag(9, BYTES)).bytes(tensor.data);
}

function writeValue(writer: Writer, value: OnnxValue): void {
  text(writer, 1, value.name);
  message(writer, 2, () =>
    message(writer, 1, () => {
      integer(writer, 1, ELEMENT_TYPE[value.type]);
      message(writer, 2, () => {
        for (const dim of value.dims) {
          message(writer, 1, () =>
            typeof dim === "string" ? text(writer, 2, dim) : integer(writer, 1, dim),
          );
        }
      });
    }),
  );
}

function writeGraph(writer: Writer, graph: OnnxGraph): void {
  for (const node of graph.nodes) message(writer, 1, () => writeNode(writer, node));
  text(writer, 2, graph.name ?? "graph");
  for (const tensor of graph.initializers ?? []) message(writer, 5, () => writeTensor(writer, tensor));
  for (const input of graph.inputs) message(writer, 11, () => writeValue(writer, input));
  for (const output of graph.outputs) message(writer, 12, () => writeValue(writer, output));
}

/**
 * Serializes a graph as an ONNX `ModelProto` (field numbers: onnx.proto of ONNX 1.16, IR version 9).
 *
 * @returns the bytes of a self-contained `.onnx` file
 */
export function encodeModel(model: OnnxModel): Uint8Array {
  const writer = protobuf.Writer.create();
  integer(writer, 1, IR_VERSION);
  text(writer, 2, "tfjs-onnxruntime");
  if (model.doc) text(writer, 6, model.doc);
  message(writer, 7, () => writeGraph(writer, model));
  const domains = new Set(model.nodes.map((node) => node.domain ?? ""));
  domains.add("");
  for (const domain of domains) {
    message(writer, 8, () => {
      text(writer, 1, domain);
      integer(writer, 2, domain === "" ? OPSET : 1);
    });
  }
  for (const [key, value] of Object.entries(model.metadata ?? {})) {
    message(writer, 14, () => {
      text(writer, 1, key);
      text(writer, 2, value);
    });
  }
  return writer.finish();
}
