/** An LSTM layer as an ONNX file: one LSTM node, time first, and states as inputs and outputs where it streams. */
import type { Given, Values } from "../given.ts";
import { load } from "./load.ts";
import { biasOf, inputsOf, recurrentOf } from "./weights.ts";

/** What of ONNX's format is needed here; numbers of fields as in onnx.proto. */
const FORMAT = `syntax = "proto2";
message Dimension { optional int64 dim_value = 1; }
message Shape { repeated Dimension dim = 1; }
message TensorType { optional int32 elem_type = 1; optional Shape shape = 2; }
message Type { optional TensorType tensor_type = 1; }
message ValueInfo { optional string name = 1; optional Type type = 2; }
message Tensor { repeated int64 dims = 1; optional int32 data_type = 2; optional string name = 8; optional bytes raw_data = 9; }
message Attribute { optional string name = 1; optional int64 i = 3; optional int32 type = 20; }
message Node { repeated string input = 1; repeated string output = 2; optional string op_type = 4; repeated Attribute attribute = 5; }
message Graph {
  repeated Node node = 1; optional string name = 2; repeated Tensor initializer = 5;
  repeated ValueInfo input = 11; repeated ValueInfo output = 12;
}
message OperatorSet { optional string domain = 1; optional int64 version = 2; }
message Model { optional int64 ir_version = 1; optional Graph graph = 7; repeated OperatorSet opset_import = 8; }`;

const FLOAT = 1; // TensorProto.DataType
const INT = 2; // AttributeProto.AttributeType
const GATES = "iofg"; // ONNX's order; its c is the candidate

interface Protobuf {
  readonly parse: (
    text: string,
    options: { keepCase: boolean },
  ) => { root: { lookupType(name: string): { encode(message: object): { finish(): Uint8Array } } } };
}

export interface Sizes {
  readonly steps: number;
  readonly batch: number;
  readonly units: number;
}

/** Inputs x `[T, B, I]`, h and c `[1, B, H]`; outputs y `[T, 1, B, H]` and, if it streams, hn and cn `[1, B, H]`. */
export async function onnxLstm(given: Given, { steps, batch, units }: Sizes, streams: boolean): Promise<Uint8Array> {
  const protobuf = (await load<{ default: Protobuf }>("protobufjs")).default;
  const info = (name: string, ...shape: number[]): object => ({
    name,
    type: { tensor_type: { elem_type: FLOAT, shape: { dim: shape.map((dim_value) => ({ dim_value })) } } },
  });
  const tensor = (name: string, { shape, values }: Values): object => ({
    name,
    dims: [1, ...shape],
    data_type: FLOAT,
    raw_data: new Uint8Array(Float32Array.from(values).buffer),
  });
  const bias = biasOf(given, 0, GATES).values; // and the recurrent bias, which is zero here
  const both: Values = { shape: [8 * units], values: Float32Array.from([...bias, ...new Float32Array(4 * units)]) };
  const states = ["h", "c"].map((name) => info(name, 1, batch, units));
  const outputs = ["hn", "cn"].map((name) => info(name, 1, batch, units));
  const graph = {
    name: "lstm",
    node: [
      {
        op_type: "LSTM",
        input: ["x", "W", "R", "B", ...(streams ? ["", "h", "c"] : [])],
        output: streams ? ["y", "hn", "cn"] : ["y"],
        attribute: [{ name: "hidden_size", i: units, type: INT }],
      },
    ],
    initializer: [tensor("W", inputsOf(given, 0, GATES)), tensor("R", recurrentOf(given, 0, GATES)), tensor("B", both)],
    input: [info("x", steps, batch, units), ...(streams ? states : [])],
    output: [info("y", steps, 1, batch, units), ...(streams ? outputs : [])],
  };
  const type = protobuf.parse(FORMAT, { keepCase: true }).root.lookupType("Model");
  return type.encode({ ir_version: 8, graph, opset_import: [{ domain: "", version: 14 }] }).finish();
}
