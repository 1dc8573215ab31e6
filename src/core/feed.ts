// The messages of the feed, as zod schemas and types. AsyncAPI (served at /asyncapi.json) and docs/feed.md are made from these.
// `feedVersion` rises when a field changes its meaning or goes away; new fields do not raise it, clients ignore what they do not know.

import { z } from "zod";
import { dropReasons } from "./source.js";
import { emotionNames } from "./emotions.js";
import { modelPrecisions } from "./engine.js";
import { errorCodes, type ErrorCode } from "./errors.js";
import { emotionSettingsSchema } from "./prior.js";
import { privacyDeclarationSchema } from "./privacy.js";

export const feedVersion = 1;

const probability = z.number().min(0).max(1);
const codes = Object.keys(errorCodes) as [ErrorCode, ...ErrorCode[]];

/** Stream ids: what stands well in a URL, a metric label and a file name. */
export const streamIdSchema = z
  .string()
  .regex(/^[a-z0-9][a-z0-9_-]{0,63}$/, "expected 1 to 64 of a-z, 0-9, - and _, starting with a letter or digit")
  .describe("Stream id.");

export const boxSchema = z
  .object({ x: z.number(), y: z.number(), width: z.number().min(0), height: z.number().min(0) })
  .describe("Rectangle in pixels of the source picture; may reach past its edges.");

const pointSchema = z.tuple([z.number(), z.number()]);

export const landmarksSchema = z
  .tuple([pointSchema, pointSchema, pointSchema, pointSchema, pointSchema])
  .describe("Left eye, right eye, nose, left and right mouth corner (left and right of the image), in pixels of the source picture.");

export const emotionScoresSchema = z
  .object(Object.fromEntries(emotionNames.map((n) => [n, probability])) as Record<(typeof emotionNames)[number], typeof probability>)
  .describe("Probability of each emotion; they sum to 1 within rounding.");

/** What the sender of a request may do. `view`: look at everything. `admin`: change it, too, and open sources. */
export const roles = ["view", "admin"] as const;
export type Role = (typeof roles)[number];

const difference = z.number().min(-1).max(1);

export const correctedScoresSchema = z
  .object(Object.fromEntries(emotionNames.map((n) => [n, difference])) as Record<(typeof emotionNames)[number], typeof difference>)
  .describe("`smoothed` less the medians of `emotions` in the track's first seconds (`analysis.baseline`), -1 to 1. Absent without a baseline and before those seconds are over.");

const degrees = z.number().min(-180).max(180);

export const poseSchema = z
  .object({
    yaw: degrees.describe("Positive: turned to the image's right."),
    pitch: degrees.describe("Positive: up."),
    roll: degrees.describe("Positive: tilted clockwise in the image."),
  })
  .describe("Where the head is turned, degrees; a coarse estimate from the landmarks. Absent where they make no face.");

export const faceSchema = z.object({
  trackId: z.int().min(1).describe("The same face keeps its id through short gaps; ids are not used again within a stream."),
  box: boxSchema,
  score: probability.describe("Confidence of the face detector."),
  landmarks: landmarksSchema,
  emotions: emotionScoresSchema,
  smoothed: emotionScoresSchema.describe("`emotions` smoothed over the track's recent time."),
  corrected: correctedScoresSchema.optional(),
  label: z.enum(emotionNames).describe("Most probable emotion of `smoothed`."),
  uncertain: z.boolean().describe("True when the most probable emotion stays below the threshold of certainty."),
  pose: poseSchema.optional(),
  sharpness: z.number().min(0).optional().describe("Fine detail of the face as the emotion model sees it (48 pixels a side), whatever the light: near 0 is blurred or far away. Absent where another emotion model than ours is in use, and with `carriedMs`."),
  carriedMs: z.number().min(0).optional().describe("The face was not classified in this frame (`analysis.emotionsEveryMs`): `emotions`, `smoothed` and `corrected` are those of so many milliseconds ago, in the source's time. Absent: they are this frame's."),
});

const head = { v: z.literal(feedVersion).describe("Version of the feed's schema.") };
const streamHead = { ...head, streamId: streamIdSchema, seq: z.int().min(0).describe("Number of the frame within the stream. Gaps are dropped frames.") };

export const frameMessageSchema = z
  .object({
    type: z.literal("frame"),
    ...streamHead,
    frameId: z.int().min(0).optional().describe("The client's own number of a pushed frame. Only in pushed streams."),
    epoch: z.int().min(0).optional().describe("Rises when ptsMs starts anew (reconnect, jump backwards). Absent: 0."),
    ptsMs: z.number().describe("Time of the frame in the source's own clock, milliseconds, strictly increasing within an epoch."),
    receivedAt: z.iso.datetime().optional().describe("When the server had the whole frame. Absent in results of files."),
    capturedAt: z.iso.datetime().optional().describe("When the picture was taken, only where the source tells it."),
    latencyMs: z.number().min(0).optional().describe("From receivedAt to this message."),
    width: z.int().min(1).describe("Width of the source picture as shown, pixels."),
    height: z.int().min(1).describe("Height of the source picture as shown, pixels."),
    faces: z.array(faceSchema),
  })
  .describe("Result of one analysed frame.");

export const episodeEvents = ["onset", "peak", "offset"] as const;

export const episodeMessageSchema = z
  .object({
    type: z.literal("episode"),
    ...streamHead,
    seq: z.int().min(0).describe("Number of the frame in which it happened: an earlier one than the last, as onsets are told when the episode is long enough, peaks with its end."),
    epoch: z.int().min(0).optional().describe("That frame's. Absent: 0."),
    ptsMs: z.number().describe("That frame's time."),
    event: z.enum(episodeEvents).describe("onset: the first frame; peak: the frame with the largest `raw`; offset: the last frame."),
    episodeId: z.int().min(1).describe("The same for the three events of an episode; counts up within a stream."),
    trackId: z.int().min(1).describe("Whose face."),
    emotion: z.enum(emotionNames),
    raw: probability.describe("Probability of the emotion in that frame, as in the face's `emotions`."),
    smoothed: probability.describe("The same out of the face's `smoothed`, which begins and ends episodes."),
    sinceOnsetMs: z.number().min(0).describe("From the onset to this, milliseconds; also where `ptsMs` started anew in between."),
  })
  .describe("An emotion of a face began, had its peak or ended.");

export const streamStates = ["connecting", "live", "stalled", "reconnecting", "paused", "ended", "stopped", "failed"] as const;

export const countersSchema = z
  .object({
    decoded: z.int().min(0),
    analysed: z.int().min(0),
    inFlight: z.int().min(0),
    dropped: z.object(Object.fromEntries(dropReasons.map((r) => [r, z.int().min(0)])) as Record<(typeof dropReasons)[number], z.ZodInt>),
  })
  .describe("Frames by fate; decoded = analysed + inFlight + sum of dropped, at every moment.");

export const paceReasons = ["every_frame", "engine_busy", "latency"] as const;

export const paceSchema = z
  .object({
    fps: z.number().min(0).describe("Frames a second that go to the engine."),
    wantedFps: z.number().min(0).describe("Frames a second that the source brings."),
    reason: z.enum(paceReasons).describe("every_frame: all of them; engine_busy: the streams share the engine's time; latency: results came too late (`live.latencyTargetMs`) and less of that time is given out."),
  })
  .describe("Absent while no frames come, and for pushed streams.");

export const streamStatusSchema = z.object({
  state: z.enum(streamStates),
  reason: z
    .object({ code: z.enum(codes), message: z.string() })
    .optional()
    .describe("Why the stream is not live, in words a user understands."),
  nextTryAt: z.iso.datetime().optional().describe("When the next connection attempt starts (state reconnecting)."),
  attempt: z.int().min(0).describe("Connection attempts in a row that failed."),
  width: z.int().optional(),
  height: z.int().optional(),
  codec: z.string().optional(),
  sourceFps: z.number().optional().describe("As the source states it."),
  fps: z.number().min(0).describe("Analysed frames a second, over the last seconds."),
  latencyMs: z.number().min(0).optional().describe("Median from frame received to result, over the last seconds."),
  pace: paceSchema.optional(),
  stillFrames: z.int().min(0).optional().describe("Analysed frames in which faces were not looked for, since the picture was empty and nothing had moved (`analysis.motionGate`). Absent: 0."),
});

const baselineInForceSchema = z.object({ mode: z.literal("first"), seconds: z.number() });

/** The engine as clients are told of it. */
export const engineInForceSchema = z.object({
  name: z.string(),
  version: z.string(),
  models: z.array(z.object({ name: z.string(), role: z.string(), version: z.string(), precision: z.enum(modelPrecisions).optional().describe("What it calculates with; mixed: some of its nets with int8. Absent where its maker does not say.") })),
});

export const helloMessageSchema = z
  .object({
    type: z.literal("hello"),
    ...head,
    server: z.string().describe("Name and version."),
    role: z.enum(roles).describe("What this client may do: `view` looks, `admin` changes things, too."),
    engine: engineInForceSchema,
    emotion: emotionSettingsSchema.optional().describe("Prior and temperature in force. Absent where another emotion model than ours is in use."),
    uncertainBelow: z.number().min(0).max(1).optional().describe("In force: below this top probability a face is uncertain, where a stream sets nothing else."),
    baseline: baselineInForceSchema.optional().describe("In force where a stream sets nothing else: faces get `corrected` after so many seconds. Absent: off."),
    privacy: privacyDeclarationSchema.optional().describe("What the operator declared; with mode strict no pictures are sent. Absent: nothing."),
    labels: z.array(z.enum(emotionNames)),
    streams: z.array(streamIdSchema).describe("Ids of the streams that exist."),
  })
  .describe("First message on every connection.");

export const streamMessageSchema = z
  .object({
    type: z.literal("stream"),
    ...streamHead,
    seq: z.int().min(-1).describe("The last frame's; -1 before the first."),
    status: streamStatusSchema,
    counters: countersSchema,
    removed: z.boolean().optional(),
  })
  .describe("A stream appeared, changed its state or was removed; also once a second while its figures change.");

export const errorMessageSchema = z
  .object({
    type: z.literal("error"),
    ...head,
    code: z.enum(codes),
    message: z.string(),
    streamId: streamIdSchema.optional(),
    issues: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
  })
  .describe("A message of the client was refused. The connection stays open.");

export const dropsMessageSchema = z
  .object({ type: z.literal("drops"), ...head, frames: z.int().min(0), previews: z.int().min(0), episodes: z.int().min(0).optional().describe("Absent: 0.") })
  .describe("The client reads too slowly: so many messages were left out for it since the connection began. Newest wins.");

export const byeMessageSchema = z.object({ type: z.literal("bye"), ...head, code: z.enum(codes), message: z.string() }).describe("Last message before the server closes the connection.");

export const serverMessageSchema = z.discriminatedUnion("type", [
  helloMessageSchema,
  streamMessageSchema,
  frameMessageSchema,
  episodeMessageSchema,
  dropsMessageSchema,
  errorMessageSchema,
  byeMessageSchema,
]);

export const subscribeMessageSchema = z
  .strictObject({
    type: z.literal("subscribe"),
    streams: z.array(streamIdSchema).max(256).optional().describe("Absent: all streams, also those added later."),
    preview: z.enum(["none", "jpeg"]).optional().describe("`jpeg` adds binary messages with the picture of each frame."),
    previewStreams: z.array(streamIdSchema).max(256).optional().describe("Pictures of these streams only. Absent: of all streams that this connection gets."),
    resume: z.record(streamIdSchema, z.int().min(-1)).optional().describe("Last seq seen of each stream; buffered later frames are sent again."),
  })
  .describe("Changes what this connection gets.");

export const clientMessageSchema = z.discriminatedUnion("type", [subscribeMessageSchema]);

export type Face = z.infer<typeof faceSchema>;
export type FrameMessage = z.infer<typeof frameMessageSchema>;
export type EpisodeMessage = z.infer<typeof episodeMessageSchema>;
export type StreamState = (typeof streamStates)[number];
export type StreamStatus = z.infer<typeof streamStatusSchema>;
export type Pace = z.infer<typeof paceSchema>;
export type Counters = z.infer<typeof countersSchema>;
export type StreamMessage = z.infer<typeof streamMessageSchema>;
export type HelloMessage = z.infer<typeof helloMessageSchema>;
export type DropsMessage = z.infer<typeof dropsMessageSchema>;
export type ErrorMessage = z.infer<typeof errorMessageSchema>;
export type ByeMessage = z.infer<typeof byeMessageSchema>;
export type ServerMessage = z.infer<typeof serverMessageSchema>;
export type SubscribeMessage = z.infer<typeof subscribeMessageSchema>;
export type ClientMessage = z.infer<typeof clientMessageSchema>;
