// /v1/streams: cameras and files that are being watched.

import { firstValueFrom, take, takeUntil, timeout, fromEvent, TimeoutError, EmptyError } from "rxjs";
import { AppError } from "../../core/errors.js";
import { refusePictures, type Privacy } from "../../core/privacy.js";
import { reply, route, type Route } from "../router.js";
import { baselineQuerySchema, baselineStartedSchema, snapshotQuerySchema, streamInfoSchema, streamListSchema, streamParamsSchema, streamRequestSchema } from "../schemas.js";
import { streamPatchSchema } from "../stream-patch.js";
import { streamInfo, type StreamRegistry } from "../stream-registry.js";

/** Routes over a registry of streams. */
export function streamRoutes(registry: StreamRegistry, privacy: Privacy): readonly Route[] {
  const one = { description: "The stream.", schema: streamInfoSchema };
  return [
    route(
      {
        method: "post",
        path: "/v1/streams",
        operationId: "addStream",
        summary: "Add a camera, address or file and start it.",
        body: streamRequestSchema,
        responses: { 201: { ...one, headers: { Location: "Path of the stream." } } },
        errors: ["unsupported_protocol", "source_not_allowed", "outside_media_root", "not_found", "stream_exists", "too_many", "disk_full", "write_failed"],
      },
      async ({ body }, _req, res) => {
        const entry = await registry.add(body, { persist: true, trust: "media" });
        res.location(`/v1/streams/${entry.id}`);
        reply(res, 201, streamInfoSchema, streamInfo(entry));
      },
    ),
    route(
      { method: "get", path: "/v1/streams", operationId: "listStreams", summary: "All streams.", responses: { 200: { description: "All streams.", schema: streamListSchema } }, errors: [] },
      (_input, _req, res) => reply(res, 200, streamListSchema, { streams: registry.list().map(streamInfo) }),
    ),
    route(
      {
        method: "get",
        path: "/v1/streams/:id",
        operationId: "getStream",
        summary: "One stream: state, reason, counters, settings.",
        params: streamParamsSchema,
        responses: { 200: one },
        errors: ["stream_not_found"],
      },
      ({ params }, _req, res) => reply(res, 200, streamInfoSchema, streamInfo(registry.get(params.id))),
    ),
    route(
      {
        method: "patch",
        path: "/v1/streams/:id",
        operationId: "changeStream",
        summary: "Change a stream's name and analysis settings, also over a restart: what is given changes, null goes back to the server's.",
        params: streamParamsSchema,
        body: streamPatchSchema,
        responses: { 200: one },
        errors: ["stream_not_found", "disk_full", "write_failed"],
      },
      async ({ params, body }, _req, res) => reply(res, 200, streamInfoSchema, streamInfo(await registry.patch(params.id, body))),
    ),
    route(
      {
        method: "delete",
        path: "/v1/streams/:id",
        operationId: "removeStream",
        summary: "Stop a stream and forget it. Answers when its decoder is gone.",
        params: streamParamsSchema,
        responses: { 204: { description: "Gone." } },
        errors: ["stream_not_found", "disk_full", "write_failed"],
      },
      async ({ params }, _req, res) => {
        await registry.remove(params.id);
        res.status(204).end();
      },
    ),
    route(
      {
        method: "post",
        path: "/v1/streams/:id/pause",
        operationId: "pauseStream",
        summary: "Close the source and keep the stream, also over a restart.",
        params: streamParamsSchema,
        responses: { 200: one },
        errors: ["stream_not_found", "conflict", "disk_full", "write_failed"],
      },
      async ({ params }, _req, res) => reply(res, 200, streamInfoSchema, streamInfo(await registry.pause(params.id))),
    ),
    route(
      {
        method: "post",
        path: "/v1/streams/:id/resume",
        operationId: "resumeStream",
        summary: "Go on after a pause; try again after an end or a failure.",
        params: streamParamsSchema,
        responses: { 200: one },
        errors: ["stream_not_found", "conflict", "disk_full", "write_failed"],
      },
      async ({ params }, _req, res) => reply(res, 200, streamInfoSchema, streamInfo(await registry.resume(params.id))),
    ),
    route(
      {
        method: "post",
        path: "/v1/streams/:id/baseline",
        operationId: "restartBaseline",
        summary: "The faces in view show their resting faces from now on: their baselines begin anew.",
        params: streamParamsSchema,
        query: baselineQuerySchema,
        responses: { 200: { description: "Whose baselines begin.", schema: baselineStartedSchema } },
        errors: ["stream_not_found", "conflict"],
      },
      ({ params, query }, _req, res) => {
        const tracks = registry.restartBaseline(params.id, query.track);
        reply(res, 200, baselineStartedSchema, { tracks: [...tracks], seconds: registry.get(params.id).stream.spec.analysis.baseline.seconds });
      },
    ),
    route(
      {
        method: "get",
        path: "/v1/streams/:id/snapshot.jpg",
        operationId: "getSnapshot",
        summary: "The next picture of a stream.",
        params: streamParamsSchema,
        query: snapshotQuerySchema,
        responses: { 200: { description: "The picture.", contentTypes: ["image/jpeg"], headers: { "Emostream-Seq": "seq of the frame.", "Emostream-Pts-Ms": "Its time in the source's clock, milliseconds." } } },
        errors: ["stream_not_found", "conflict", "timeout", "no_pictures"],
      },
      async ({ params, query }, _req, res) => {
        refusePictures(privacy, "Snapshots");
        const { stream } = registry.get(params.id);
        const { state } = stream.status;
        if (state === "paused" || state === "ended" || state === "stopped" || state === "failed") throw new AppError("conflict", `Expected a stream that runs, ${params.id} is ${state}.`);
        const wait$ = stream.preview$.pipe(timeout({ first: query.timeoutMs }), takeUntil(fromEvent(res, "close")), take(1));
        const preview = await firstValueFrom(wait$).catch((error: unknown) => {
          if (error instanceof TimeoutError) throw new AppError("timeout", `No picture of ${params.id} within ${query.timeoutMs} ms.`);
          if (error instanceof EmptyError) throw new AppError("conflict", `The stream ${params.id} ended while its picture was waited for.`);
          throw error;
        });
        res.set({ "Emostream-Seq": String(preview.seq), "Emostream-Pts-Ms": String(preview.ptsMs) });
        res.type("image/jpeg").send(Buffer.from(preview.jpeg.buffer, preview.jpeg.byteOffset, preview.jpeg.byteLength));
      },
    ),
  ];
}
