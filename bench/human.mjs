// Human alone, as benchmarks compare with it: node-wasm, detector, mesh and emotions.
import { openHuman } from "../dist/inference/human-runtime.js";

/** Below this score Human loses faces of the shared clips. */
const minScore = 0.4;

/** Opens it; `detect` takes a decoded frame and resolves with the faces found. */
export async function openHumanAlone(maxFaces) {
  const { human, tf } = await openHuman({ minScore, maxFaces });
  human.config.face.emotion.enabled = true;
  human.config.face.detector.return = false;
  return {
    version: human.version,
    async detect({ width, height, data }) {
      const input = tf.tensor4d(new Float32Array(data), [1, height, width, 3]);
      const { face } = await human.detect(input);
      input.dispose();
      return face;
    },
  };
}
