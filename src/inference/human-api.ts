// The part of @vladmandic/human 3.3 that is used here, as types. Its own declarations need TensorFlow's, for the browser.

/** A tensor of tfjs, opaque but for its size. */
export interface Tensor {
  readonly shape: readonly number[];
  readonly dtype: string;
  dispose(): void;
}

export interface HumanEmotion {
  /** 0 to 0.99, cut to two decimals. */
  readonly score: number;
  readonly emotion: string;
}

export interface HumanFace {
  /** Left, top, width, height as shares of the picture; not cut at its edges. */
  readonly boxRaw: readonly [number, number, number, number];
  /** Confidence of the detector (BlazeFace), two decimals. */
  readonly boxScore: number;
  /** Confidence of the mesh model that what it saw is a face, two decimals. */
  readonly faceScore: number;
  /** 468 points of the face mesh, or six key points of the detector; whole pixels, cut towards zero. */
  readonly mesh: readonly (readonly [x: number, y: number, z?: number])[];
  readonly emotion?: readonly HumanEmotion[];
}

export interface Human {
  readonly version: string;
  readonly models: { loaded(): string[] };
  load(): Promise<void>;
  detect(input: Tensor): Promise<{ readonly face: readonly HumanFace[]; readonly error: string | null }>;
}

export interface TensorFlow {
  readonly version_core: string;
  readonly io: { registerLoadRouter(router: (url: unknown) => ModelHandler | null): void };
  getBackend(): string;
  memory(): { readonly numTensors: number; readonly numBytes: number };
  tensor4d(data: Float32Array, shape: readonly [number, number, number, number]): Tensor;
  engine(): { startScope(name: string): void; endScope(): void };
}

export interface ModelHandler {
  load(): Promise<Readonly<Record<string, unknown>>>;
}
