// Human's detector, mesh and emotion model out of its npm package, without a network: the demo's faces are aligned and checked with it.

import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

const require = createRequire(import.meta.url);

/**
 * A loaded Human (WebAssembly backend) as a function from RGB pixels to faces.
 * @returns {Promise<(rgb: Uint8Array, width: number, height: number) => Promise<MeshFace[]>>}
 * @typedef {{score: number, box: number[], mesh: number[][], emotions: Record<string, number>}} MeshFace `mesh` in pixels [x, y, z]
 */
export async function loadHuman({ iris = true, emotion = true, rotation = true, minConfidence = 0.3, maxDetected = 8 } = {}) {
  const packageDir = join(dirname(require.resolve("@vladmandic/human")), "..");
  const wasmDir = join(dirname(require.resolve("@tensorflow/tfjs-backend-wasm/package.json")), "dist");
  const restore = serveModelsFromDisk();
  try {
    const { Human } = require(join(packageDir, "dist", "human.node-wasm.js"));
    const human = new Human({
      backend: "wasm", wasmPath: `${wasmDir}/`, modelBasePath: `file://${join(packageDir, "models")}/`, debug: false, cacheSensitivity: 0,
      filter: { enabled: false }, gesture: { enabled: false }, body: { enabled: false }, hand: { enabled: false }, object: { enabled: false }, segmentation: { enabled: false },
      face: {
        enabled: true, detector: { rotation, maxDetected, minConfidence, skipFrames: 0, skipTime: 0 }, mesh: { enabled: true }, iris: { enabled: iris },
        emotion: { enabled: emotion, minConfidence: 0, skipFrames: 0, skipTime: 0 }, description: { enabled: false }, antispoof: { enabled: false }, liveness: { enabled: false },
      },
    });
    await human.load();
    await human.tf.ready();
    return (rgb, width, height) => findFaces(human, rgb, width, height);
  } finally {
    restore();
  }
}

async function findFaces(human, rgb, width, height) {
  const tensor = human.tf.tensor(Int32Array.from(rgb), [1, height, width, 3], "float32");
  try {
    const result = await human.detect(tensor);
    return result.face.map((face) => ({
      score: face.boxScore || face.score,
      box: [...face.box],
      mesh: face.mesh.map((p) => [...p]),
      emotions: Object.fromEntries((face.emotion ?? []).map((e) => [humanNames[e.emotion] ?? e.emotion, e.score])),
    }));
  } finally {
    human.tf.dispose(tensor);
  }
}

const humanNames = { angry: "anger", disgust: "disgust", fear: "fear", happy: "happiness", sad: "sadness", surprise: "surprise", neutral: "neutral" };

/** Node's fetch refuses file: addresses, which is how Human asks for its models. Returns the way back. */
function serveModelsFromDisk() {
  const original = globalThis.fetch;
  globalThis.fetch = async (input, init) => {
    const url = String(input?.url ?? input);
    if (!url.startsWith("file:")) return original(input, init);
    const bytes = await readFile(new URL(url));
    return new Response(bytes, { headers: { "content-type": url.endsWith(".json") ? "application/json" : "application/octet-stream" } });
  };
  return () => {
    globalThis.fetch = original;
  };
}
