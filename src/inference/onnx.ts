// The one file that touches ONNX Runtime. `run` holds its thread: sessions live in worker threads or in commands that wait anyway.

// Before the library.
import "./no-telemetry.js";
import { InferenceSession, Tensor } from "onnxruntime-node";
import { AppError } from "../core/errors.js";

/** A dense float tensor, row-major. */
export interface FloatTensor {
  readonly data: Float32Array;
  readonly shape: readonly number[];
}

/** A loaded model: named float tensors in, named float tensors out. */
export interface OnnxModel extends AsyncDisposable {
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** @throws AppError `engine_failed` when names or shapes do not fit the model. */
  run(feeds: Readonly<Record<string, FloatTensor>>): Promise<Readonly<Record<string, FloatTensor>>>;
}

/** Loads a model from its bytes, for one thread; `title` names it in errors. @throws AppError `model_invalid` */
export async function openOnnxModel(bytes: Uint8Array, title = "the model"): Promise<OnnxModel> {
  let session: InferenceSession;
  try {
    // Without memory patterns: they are kept for every shape that was ever seen, and batches vary.
    session = await InferenceSession.create(bytes, { intraOpNumThreads: 1, interOpNumThreads: 1, enableMemPattern: false, logSeverityLevel: 3 });
  } catch (error) {
    throw new AppError("model_invalid", `Expected an ONNX file for ${title}, received ${bytes.length} bytes that ONNX Runtime cannot load.`, { cause: error });
  }
  return {
    inputs: session.inputNames,
    outputs: session.outputNames,
    async run(feeds) {
      const given = Object.fromEntries(Object.entries(feeds).map(([name, { data, shape }]) => [name, new Tensor("float32", data, shape)]));
      let results: InferenceSession.OnnxValueMapType;
      try {
        results = await session.run(given);
      } catch (error) {
        throw new AppError("engine_failed", "ONNX Runtime failed on these inputs.", { cause: error });
      }
      return Object.fromEntries(Object.entries(results).map(([name, t]) => [name, { data: t.data as Float32Array, shape: t.dims }]));
    },
    [Symbol.asyncDispose]: () => session.release(),
  };
}

/** Inputs to run together where so many are `left`: a power of two, at most `most`. ONNX Runtime's arena keeps memory for every shape it has seen, so there are few. */
export function batchOf(left: number, most: number): number {
  return Math.min(most, 2 ** (31 - Math.clz32(left)));
}
