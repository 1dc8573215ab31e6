// Human's configuration: face detector, mesh and emotion and nothing else, and no memory of earlier pictures.

export interface HumanLimits {
  readonly minScore: number;
  readonly maxFaces: number;
}

const off = { enabled: false } as const;
/** Human skips models on frames that resemble the last one; here the same picture gives the same result on any worker. */
const everyFrame = { skipFrames: 0, skipTime: 0 } as const;

/** Both paths end in a slash. */
export function humanConfig({ minScore, maxFaces }: HumanLimits, modelBasePath: string, wasmPath: string): object {
  return {
    backend: "wasm",
    wasmPath,
    modelBasePath,
    // Caching means IndexedDB.
    cacheModels: false,
    validateModels: false,
    cacheSensitivity: 0,
    debug: false,
    async: false,
    warmup: "none",
    filter: off,
    gesture: off,
    body: off,
    hand: off,
    object: off,
    segmentation: off,
    face: {
      enabled: true,
      // Human compares with `>` where minScore means `>=`, reads 0 as 1, and rounds the mesh's confidence to two decimals.
      detector: { ...everyFrame, rotation: false, return: true, maxDetected: maxFaces, minConfidence: Math.max(0.001, minScore - 0.001) },
      mesh: { enabled: true },
      // Loaded here, run by human-emotions.ts on the faces that `return` hands out.
      emotion: { ...everyFrame, enabled: true },
      iris: off,
      description: off,
      attention: off,
      antispoof: off,
      liveness: off,
    },
  };
}
