/** `quantize`: smaller and faster models for streaming and prediction. What does it is loaded when it is called. */
import type { Model } from "./model.ts";

/**
 * The same model with 8-bit matrices: its file is about a quarter as large, and steps of large layers are two to three
 * times as fast. For streaming, prediction and traces; it is not trained further.
 *
 * Every row of a matrix, and every entry of an embedding, becomes whole steps from −63 to 63 and one float32 scale;
 * biases and other vectors stay float32. While it runs, each row of values that meets a matrix is rounded to as many
 * steps of its own largest value; sums of integers are exact, so that a stream, a batch and a single sequence still have
 * the same bits, in every runtime. `parameters()` gives the rounded weights, in the shapes they had.
 *
 * Rounding as in Jacob et al., "Quantization and Training of Neural Networks for Efficient Integer-Arithmetic-Only
 * Inference", 2018, symmetric, with scales for each row. Judge the result with `evaluate` on data of your own: a language
 * model loses well under one per cent; an input whose values have very different sizes should be scaled first.
 *
 * @param model - a trained model; it stays as it is, and both are to be closed
 * @returns a model of the same architecture, facts and engine, `weights: "i8"`; quantized again it is itself
 * @throws {ArgumentError} if it is no model, or does not know yet how many values its input has
 * @throws {CellstateError} with code `"memory"` if there is not enough; with code `"closed"` if the model has been closed
 * @example const small = await quantize(model); await saveModel(small, "small.safetensors");
 */
export async function quantize<N extends string>(model: Model<N>): Promise<Model<N>> {
  const { quantizeModel } = await import("./int8/quantize.ts");
  return quantizeModel(model);
}
