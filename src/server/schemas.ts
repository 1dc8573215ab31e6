// Schemas of what the REST interface takes and gives. The OpenAPI document is made from these; requests are parsed with them.

import { z } from "zod";
import { analysisSchema, baselineSchema, blurSchema, episodesSchema, transportSchema } from "../core/config.js";
import { countersSchema, engineInForceSchema, roles, streamIdSchema, streamStatusSchema } from "../core/feed.js";
import { resultFormats } from "../core/result-formats.js";
import { emotionNames } from "../core/emotions.js";
import { parsePrior } from "../core/prior.js";
import { privacyDeclarationSchema } from "../core/privacy.js";
import { analysisInfoSchema, resultFormatSchema } from "./services.js";

const analysis = analysisSchema.shape;
const episodes = episodesSchema.shape;

/** Differences from the configured analysis settings: the same keys, none required, no defaults. */
export const analysisOverrideSchema = z
  .strictObject({
    maxSide: analysis.maxSide.unwrap().optional(),
    largeMaxSide: analysis.largeMaxSide.unwrap().optional(),
    maxFps: analysis.maxFps,
    blur: z.strictObject({ enabled: blurSchema.shape.enabled.unwrap().optional(), sigma: blurSchema.shape.sigma.unwrap().optional() }).optional(),
    minFaceSize: analysis.minFaceSize,
    regions: analysis.regions,
    thorough: analysis.thorough.unwrap().optional(),
    detection: analysis.detection.unwrap().optional(),
    motionGate: analysis.motionGate.unwrap().optional(),
    emotionsEveryMs: analysis.emotionsEveryMs.unwrap().optional(),
    mirror: analysis.mirror.unwrap().optional(),
    smoothingMs: analysis.smoothingMs.unwrap().optional(),
    uncertainBelow: analysis.uncertainBelow,
    trackGapMs: analysis.trackGapMs.unwrap().optional(),
    episodes: z
      .strictObject({
        onsetAt: episodes.onsetAt.unwrap().optional(),
        offsetBelow: episodes.offsetBelow.unwrap().optional(),
        minDurationMs: episodes.minDurationMs.unwrap().optional(),
        maxGapMs: episodes.maxGapMs.unwrap().optional(),
      })
      .optional(),
    baseline: z.strictObject({ mode: baselineSchema.shape.mode.unwrap().optional(), seconds: baselineSchema.shape.seconds.unwrap().optional() }).optional(),
  })
  .describe("Analysis settings that differ from the server's configuration.");

export type AnalysisOverride = z.infer<typeof analysisOverrideSchema>;

export const streamRequestSchema = z
  .strictObject({
    id: streamIdSchema.optional().describe("Absent: made from the source."),
    name: z.string().trim().min(1).max(200).optional().describe("For people."),
    source: z.string().trim().min(1).max(4096).describe("Address (rtsp, rtsps, http, https, ...), device, or path of a file in the media root."),
    transport: transportSchema.optional().describe("RTSP transport."),
    loop: z.boolean().optional().describe("Play a file again when it ends."),
    hwaccel: z.string().regex(/^[a-z0-9_]+$/, "expected the name of an FFmpeg hwaccel").optional().describe("FFmpeg's -hwaccel value."),
    analysis: analysisOverrideSchema.optional(),
  })
  .describe("A stream to add.");

/** What a client says when it adds a stream. */
export type StreamRequest = z.infer<typeof streamRequestSchema>;

export const streamInfoSchema = z
  .object({
    id: streamIdSchema,
    name: z.string().optional(),
    source: z.string().describe("Credentials are left out."),
    ...streamStatusSchema.shape,
    seq: z.int().min(-1).describe("Last frame's seq; -1 before the first."),
    counters: countersSchema,
    settings: z.object({ live: z.boolean(), loop: z.boolean(), transport: transportSchema, hwaccel: z.string().optional(), analysis: analysisSchema }),
    persistent: z.boolean().describe("Whether the stream comes back after a restart of the server."),
    createdAt: z.iso.datetime(),
  })
  .describe("One stream.");

export type StreamInfo = z.infer<typeof streamInfoSchema>;

export const streamListSchema = z.object({ streams: z.array(streamInfoSchema) });
export const streamParamsSchema = z.strictObject({ id: streamIdSchema });
export const snapshotQuerySchema = z.strictObject({
  timeoutMs: z.coerce.number().int().min(100).max(30_000).default(5000).describe("How long to wait for the next picture, milliseconds."),
});

export const baselineQuerySchema = z.strictObject({
  track: z.coerce.number().int().min(1).optional().describe("Only this face's. Absent: those of all faces in the last frame."),
});

export const baselineStartedSchema = z.object({
  tracks: z.array(z.int().min(1)).describe("Their ids. After `seconds` they get `corrected`, also where `baseline.mode` is off."),
  seconds: z.number().describe("How long their resting faces are looked at."),
});

const formats = z.array(resultFormatSchema).min(1).max(resultFormats.length);

export const analysisRequestSchema = z
  .strictObject({
    path: z.string().min(1).max(4096).describe("File in the media root."),
    name: z.string().trim().min(1).max(200).optional(),
    formats: formats.optional().describe("Default: jsonl, csv."),
    settings: analysisOverrideSchema.optional(),
  })
  .describe("A file of the media root to analyse.");

export const analysisQuerySchema = z.strictObject({
  name: z.string().trim().min(1).max(200).optional().describe("Name of an uploaded file."),
  formats: z
    .string()
    .optional()
    .transform((text) => text?.split(","))
    .pipe(formats.optional())
    .describe("Result formats of an upload, separated by commas. Default: jsonl,csv."),
});

export const analysisListSchema = z.object({ analyses: z.array(analysisInfoSchema) });

export const predictQuerySchema = z.strictObject({
  equalize: z.enum(["true", "false"]).default("false").describe("Equalise the histogram of each face before it is classified. For comparison: the default net was trained without."),
  prior: z
    .string()
    .max(400)
    .transform((text, context) => {
      const prior = parsePrior(text);
      if (prior === undefined) context.addIssue("expected training, a number from 0 to 2, or anger=0.1,disgust=0.02,... with all seven emotions");
      return prior ?? z.NEVER;
    })
    .optional()
    .describe("How often each emotion is expected: `training`, a number from 0 to 2, or `anger=0.1,disgust=0.02,...`. Default: as the server is configured."),
  truth: z.enum(emotionNames).optional().describe("What the picture shows: the answer then says whether its largest face was named so."),
});

const limit = z.int().min(0);

export const infoSchema = z
  .object({
    name: z.literal("emostream"),
    version: z.string(),
    role: z.enum(roles).describe("What the asking client may do: `view` looks, `admin` changes things, too."),
    feedVersion: z.int(),
    engine: engineInForceSchema,
    labels: z.array(z.string()),
    privacy: privacyDeclarationSchema.optional(),
    features: z.object({ analyses: z.boolean(), predict: z.boolean() }),
    limits: z.object({ streams: limit, analyses: limit, feedClients: limit, pushClients: limit, pushFrameBytes: limit, uploadBytes: limit, pictureBytes: limit }),
  })
  .describe("What this server is and what it allows.");

export const healthSchema = z.object({ status: z.enum(["ok", "stopping"]) });
