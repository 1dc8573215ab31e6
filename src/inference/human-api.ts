// The part of @vladmandic/human 3.3 that is used here, as types. Its own declarations need TensorFlow's, for the browser.

/** A tensor of tfjs, opaque but for its size. */
export interface Tensor {
  readonly shape: readonly number[];
  data(): Promise<Float32Array>;
  dispose(): void;
}

/** A model of tfjs. */
export interface GraphModel {
  readonly inputs: readonly { readonly shape?: readonly number[] }[];
  execute(input: Tensor): Tensor | readonly Tensor[];
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
  /** The face cut out of the picture, [height, width, 3], 0 to 1; the caller's to dispose. */
  readonly tensor?: Tensor;
}

export interface Human {
  readonly version: string;
  readonly config: { readonly face: { readonly emotion: { enabled: boolean } } };
  readonly models: { readonly models: Readonly<Record<string, GraphModel | null | undefined>>; loaded(): string[] };
  load(): Promise<void>;
  detect(input: Tensor): Promise<{ readonly face: readonly HumanFace[]; readonly error: string | null }>;
}

export interface TensorFlow {
  readonly io: { registerLoadRouter(router: (url: unknown) => { load(): Promise<Readonly<Record<string, unknown>>> } | null): void };
  getBackend(): string;
  memory(): { readonly numTensors: number; readonly numBytes: number };
  readonly image: { resizeBilinear(images: Tensor, size: readonly [height: number, width: number]): Tensor };
  tensor4d(data: Float32Array, shape: readonly [number, number, number, number]): Tensor;
  zeros(shape: readonly number[]): Tensor;
  tensor1d(data: readonly number[]): Tensor;
  stack(tensors: readonly Tensor[]): Tensor;
  mul(a: Tensor, b: Tensor | number): Tensor;
  sub(a: Tensor, b: Tensor | number): Tensor;
  sum(x: Tensor, axis: number, keepDims: boolean): Tensor;
  /** Runs `work` and frees every tensor that it made but the result. */
  tidy(work: () => Tensor): Tensor;
  engine(): { startScope(name: string): void; endScope(): void };
}
