// One tree of settings: defaults, units, ranges and descriptions in one place. Parsed once, frozen, passed on as values.
// emostream.example.yaml documents every key; a test proves that it equals these defaults.

import { z } from "zod";
import { AppError } from "./errors.js";
import { priorSchema } from "./prior.js";
import { checkDeclared, privacySchema } from "./privacy.js";

const ms = (value: number, what: string, min = 1, max = 86_400_000) => z.number().min(min).max(max).default(value).describe(`${what} Milliseconds.`);

const perMinute = (value: number, what: string) => z.int().min(0).max(1_000_000).default(value).describe(`${what} 0: no limit.`);

const originSchema = z.string().refine((text) => /^https?:/.test(text) && URL.canParse(text) && new URL(text).origin === text, "expected an origin such as https://app.example.org, without a path");

export const blurSchema = z.strictObject({
  enabled: z.boolean().default(false).describe("Gaussian blur before face detection. Our own cascade finds more without it (models/detector)."),
  sigma: z.number().min(0.3).max(10).default(0.8).describe("Standard deviation in pixels of the analysed picture."),
});

/** How often faces are looked for everywhere: in every frame, or now and then, and in between only where they were. */
export const detectionSchema = z.enum(["every-frame", "tracked"]);
export type Detection = z.infer<typeof detectionSchema>;

/** What the nets of our own models calculate with. */
export const precisionSchema = z.enum(["fp32", "int8"]);
export type Precision = z.infer<typeof precisionSchema>;

export const transportSchema = z.enum(["tcp", "udp"]);

const share = z.number().min(0).max(1);
const score = share;

/** A rectangle of the picture, as shares of its width and height. */
export const regionSchema = z.strictObject({ x: share, y: share, width: share.gt(0), height: share.gt(0) }).refine((r) => r.x + r.width <= 1.000001 && r.y + r.height <= 1.000001, "the region leaves the picture");

/** What counts as an episode of an emotion: two thresholds, so that a curve that lingers at one of them is one episode and not many. */
export const episodesSchema = z
  .strictObject({
    onsetAt: z.number().min(0.2).max(1).default(0.5).describe("An episode begins where the smoothed probability of an emotion reaches this."),
    offsetBelow: z.number().min(0).max(1).default(0.35).describe("It lasts while the smoothed probability does not fall below this; at most onsetAt."),
    minDurationMs: z.number().min(0).max(60_000).default(500).describe("Shorter ones are left out. Milliseconds."),
    maxGapMs: z.number().min(0).max(60_000).default(300).describe("Below offsetBelow, or without the face, for so long an episode goes on. Milliseconds."),
  })
  .refine((e) => e.offsetBelow <= e.onsetAt, "expected offsetBelow to be at most onsetAt");
export type EpisodeSettings = z.infer<typeof episodesSchema>;

export const baselineSchema = z.strictObject({
  mode: z.enum(["off", "first"]).default("off").describe("first: each face's emotions are also given less their medians in the face's first seconds, for people whose resting face does not look neutral. Only where people are asked to look neutral at first."),
  seconds: z.number().min(0.5).max(60).default(5).describe("How long that is; before it is over nothing is corrected. Seconds."),
});
export type BaselineSettings = z.infer<typeof baselineSchema>;

/** Settings of the analysis; a stream may set its own. */
export const analysisSchema = z.strictObject({
  maxSide: z.int().min(64).max(4096).default(640).describe("Longest side, in pixels, of the picture that faces are looked for in."),
  largeMaxSide: z.int().min(0).max(4096).default(1280).describe("Longest side of the second picture that crops and previews are cut from, where the source is larger; 0: none."),
  maxFps: z.number().min(0.1).max(240).optional().describe("Analyse at most so many frames a second. Unset: all."),
  blur: blurSchema.prefault({}),
  minFaceSize: z.number().min(12).max(1000).optional().describe("Smallest face that is looked for, pixels of the analysed picture. Unset: as the detector's manifest says."),
  regions: z.array(regionSchema).min(1).max(16).optional().describe("Faces are looked for only there. Unset: everywhere."),
  thorough: z.boolean().default(false).describe("Faces are looked for more closely: fewer are missed and a few more things taken for faces, in about twice the time. Stills always are. The engine human looks as it always does."),
  detection: detectionSchema.default("every-frame").describe("Where faces are looked for. every-frame: everywhere, in every frame. tracked: everywhere only so often that a new face is found within 200 ms of the video, on a cut and where a face is lost; in between known faces are followed. The engine human looks everywhere all the same."),
  motionGate: z.boolean().default(true).describe("Live streams: faces are not looked for in an empty picture in which nothing moves, for at most 500 ms at a time."),
  emotionsEveryMs: z.number().min(0).max(60_000).default(0).describe("Each face is classified when it appears and then so often; in between its last emotions stand. 0: in every frame. Only with our own emotion model. Milliseconds of the video."),
  mirror: z.boolean().default(false).describe("Each face is classified as it is and in a mirror, and the mean taken: right a little more often, for twice the time of the emotion model. Stills always are. Only with our own emotion model."),
  smoothingMs: z.number().min(0).max(60_000).default(300).describe("Time constant of the exponential smoothing of emotions along a track; 0: none. Milliseconds."),
  uncertainBelow: z.number().min(0).max(1).optional().describe("A face whose most probable emotion stays below this is marked uncertain. Unset: as the emotion model's manifest says; 0.5 without one."),
  trackGapMs: z.number().min(0).max(60_000).default(1000).describe("A face that comes back within this time keeps its track id. Milliseconds."),
  episodes: episodesSchema.prefault({}),
  baseline: baselineSchema.prefault({}),
});

export const configSchema = z.strictObject({
  server: z
    .strictObject({
      host: z.string().min(1).default("127.0.0.1").describe("Address to listen on."),
      port: z.int().min(0).max(65_535).default(8080).describe("Port to listen on; 0: any free one."),
      token: z.string().min(8).max(256).optional().describe("When set, clients must show it (or viewToken); it may do everything. Also EMOSTREAM_TOKEN."),
      viewToken: z.string().min(8).max(256).optional().describe("Who shows this one may look (feed, previews, GET) and change nothing. Also EMOSTREAM_VIEW_TOKEN."),
      insecure: z.boolean().default(false).describe("Listen on another address than loopback without a token; else one is made at the first start."),
      allowedOrigins: z.array(originSchema).default([]).describe("Web sites whose pages may use the server beside its own, such as https://app.example.org; their host names are taken in Host, too."),
      trustedProxies: z.array(z.union([z.ipv4(), z.ipv6()])).default([]).describe("Addresses of proxies whose X-Forwarded-For is believed, for the limits below."),
      tls: z
        .strictObject({ cert: z.string().min(1), key: z.string().min(1) })
        .optional()
        .describe("Serve HTTPS with these PEM files: cert (the whole chain) and key."),
      limits: z
        .strictObject({
          failedTokensPerMinute: perMinute(10, "Wrong tokens from one address before it has to wait."),
          changesPerMinute: perMinute(600, "Requests other than GET from one address."),
          feedConnectsPerMinute: perMinute(3000, "WebSocket connections from one address."),
          headersTimeoutMs: ms(10_000, "Longest time for the headers of a request."),
          bodyTimeoutMs: ms(15_000, "Longest time for a body that is read whole (not uploads)."),
          idleTimeoutMs: ms(120_000, "Silence after which a connection that is no WebSocket is closed.", 1000),
        })
        .prefault({}),
      stateFile: z.string().default(".emostream/state.json").describe("Streams that come back after a restart; written atomically."),
      mediaRoot: z.string().default("media").describe("Folder of files that streams and analyses may name."),
      workDir: z.string().default(".emostream/analyses").describe("Folder of uploads and results."),
      maxUploadBytes: z.int().min(1).default(2_147_483_648).describe("Largest video upload. Bytes."),
      maxPictureBytes: z.int().min(1).default(33_554_432).describe("Largest picture for /v1/predict. Bytes."),
      maxStreams: z.int().min(1).max(1000).default(64).describe("Most streams at a time."),
      maxAnalyses: z.int().min(1).max(10_000).default(100).describe("Most analyses that are kept; the oldest finished ones go first."),
      analysisMaxAgeHours: z.number().min(0).max(876_000).default(720).describe("Finished analyses, their uploads included, are removed after this time; 0: kept until somebody removes them. Hours."),
      shutdownTimeoutMs: ms(5000, "Longest orderly shutdown."),
    })
    .prefault({}),
  feed: z
    .strictObject({
      queueMessages: z.int().min(1).max(10_000).default(32).describe("Messages waiting for one client before the oldest is left out."),
      maxClients: z.int().min(1).max(100_000).default(1000).describe("Most WebSocket clients at a time."),
      pingIntervalMs: ms(15_000, "Time between pings; a client that misses two is closed."),
      resumeFrames: z.int().min(0).max(100_000).default(150).describe("Frame messages of each stream kept for `resume`."),
    })
    .prefault({}),
  push: z
    .strictObject({
      maxClients: z.int().min(1).max(1000).default(16).describe("Most clients that push frames at a time."),
      credits: z.int().min(1).max(64).default(4).describe("Frames of one client that may be without an answer at a time."),
      maxFrameBytes: z.int().min(1024).max(268_435_456).default(16_777_216).describe("Largest pushed frame. Bytes."),
      keepEndedMs: ms(30_000, "How long the stream of a client that is gone stays listed as ended.", 0),
    })
    .prefault({}),
  live: z
    .strictObject({
      latencyTargetMs: z.number().min(0).max(60_000).default(100).describe("Results of live streams should be out so long after their frame was received; streams that together ask too much of the engine are analysed less often, all alike. 0: no such limit, frames wait their turn. Milliseconds."),
    })
    .prefault({}),
  preview: z
    .strictObject({
      maxSide: z.int().min(64).max(4096).default(960).describe("Longest side of preview pictures, pixels."),
      quality: z.int().min(1).max(100).default(75).describe("JPEG quality of previews."),
    })
    .prefault({}),
  ingest: z
    .strictObject({
      ffmpeg: z.string().min(1).default("ffmpeg").describe("Program to decode with."),
      ffprobe: z.string().min(1).default("ffprobe").describe("Program to look into files with."),
      transport: transportSchema.default("tcp").describe("RTSP transport."),
      openTimeoutMs: ms(10_000, "From opening a source to its first frame."),
      stallAfterMs: ms(2000, "Silence after which a live source is called stalled."),
      stallTimeoutMs: ms(10_000, "Silence after which a live source is given up and opened anew."),
      maxConnecting: z.int().min(1).max(1000).default(8).describe("Most streams that open their source at a time; others wait their turn in state `connecting`."),
      poolFrames: z.int().min(2).max(64).default(6).describe("Frame buffers of one stream."),
      hwaccel: z.string().regex(/^[a-z0-9_]+$/).optional().describe("FFmpeg's -hwaccel value (vaapi, cuda, ...). Unset: software."),
      maxPixels: z.int().min(1).default(67_108_864).describe("Largest picture, in pixels, that is decoded."),
      maxMemoryBytes: z.int().min(0).default(8_589_934_592).describe("Most address space of one decoder (where prlimit is installed, software decoding only); 0: no limit. Bytes."),
      privateSources: z.boolean().default(true).describe("Whether sources on this machine and in private networks are opened. false: only public addresses."),
    })
    .prefault({}),
  reconnect: z
    .strictObject({
      minDelayMs: ms(500, "First waiting time."),
      maxDelayMs: ms(30_000, "Longest waiting time."),
      factor: z.number().min(1).max(10).default(2).describe("Growth of the waiting time."),
      jitter: z.number().min(0).max(1).default(0.3).describe("Random share taken off each waiting time."),
    })
    .prefault({}),
  engine: z
    .strictObject({
      name: z.enum(["emostream", "human", "noop"]).default("emostream").describe("Inference engine: emostream is our own cascade and CNN; human is optional (npm i @vladmandic/human, see docs/configuration.md); noop finds nothing (for measuring)."),
      detector: z.string().min(1).default("emostream").describe("Which cascade the engine emostream finds faces with: emostream is our own, others are names of folders in models/, or folders."),
      emotions: z.enum(["emostream", "engine"]).default("emostream").describe("Emotion model: our own CNN, or the engine's own."),
      emotionModel: z.string().min(1).default("emotion").describe("Which CNN of ours: the name of a folder in models/, or a folder with manifest.json and the model."),
      prior: priorSchema.optional().describe(`${priorSchema.description} Unset: as the emotion model's manifest says.`),
      precision: precisionSchema.default("fp32").describe("What our own nets calculate with. int8: integers of 8 bits, faster and a little less accurate, where `emostream models quantize` found that a net gains by it; the manifests say what it costs."),
      workers: z.int().min(0).max(64).default(0).describe("Worker threads; 0: one a core."),
      hungAfterMs: ms(30_000, "A worker that gives no answer about a picture for so long is set aside and replaced; after the second the process ends, so that its supervisor starts it anew.", 500, 600_000),
      minScore: z.number().min(0).max(1).optional().describe("Faces below this detector score are left out. Unset: as the detector says."),
      scaleFactor: z.number().min(0.5).max(0.9).optional().describe("Size of each level of the cascade's image pyramid as a share of the one before. Unset: as its manifest says."),
      scoreThresholds: z.tuple([score, score, score]).optional().describe("Least scores of P-, R- and O-Net. Unset: as the manifest says."),
      maxFaces: z.int().min(1).max(500).default(20).describe("Most faces of one picture, largest first."),
    })
    .prefault({}),
  analysis: analysisSchema.prefault({}),
  privacy: privacySchema.prefault({}),
  log: z.strictObject({ level: z.enum(["fatal", "error", "warn", "info", "debug", "trace", "silent"]).default("info").describe("Least level that is written.") }).prefault({}),
});

export type Config = z.infer<typeof configSchema>;
export type AnalysisSettings = z.infer<typeof analysisSchema>;

/**
 * Parses and freezes a configuration.
 * @throws AppError `invalid_config` with every field that does not fit; `privacy_undeclared`, `use_forbidden`
 */
export function parseConfig(input: unknown): Config {
  const parsed = configSchema.safeParse(input ?? {});
  if (!parsed.success) {
    const issues = zodIssues(parsed.error);
    throw new AppError("invalid_config", `Configuration: ${issues.map((i) => `${i.path || "(root)"}: ${i.message}`).join("; ")}`, { issues });
  }
  checkDeclared(parsed.data.privacy);
  return deepFreeze(parsed.data);
}

/** Zod's issues as path and message. */
export function zodIssues(error: z.ZodError): { path: string; message: string }[] {
  return error.issues.map((i) => ({ path: i.path.join("."), message: i.message }));
}

function deepFreeze<T>(value: T): T {
  if (value !== null && typeof value === "object" && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const v of Object.values(value)) deepFreeze(v);
  }
  return value;
}
