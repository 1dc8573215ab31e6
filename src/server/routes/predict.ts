// /v1/predict: one picture in, its faces out.

import type { Config } from "../../core/config.js";
import { AppError } from "../../core/errors.js";
import { refusePictures, type Privacy } from "../../core/privacy.js";
import { reply, route, type Route } from "../router.js";
import { predictQuerySchema } from "../schemas.js";
import { predictionSchema, type PredictService } from "../services.js";

/** Decoded pictures are large: more than this many at a time are refused. */
const maxConcurrent = 4;

/** Route over the prediction service. */
export function predictRoutes(service: PredictService, { maxPictureBytes }: Config["server"], privacy: Privacy): readonly Route[] {
  let running = 0;
  return [
    route(
      {
        method: "post",
        path: "/v1/predict",
        operationId: "predict",
        summary: "Faces and emotions of one picture, as JSON, or drawn on it with `Accept: image/png`.",
        query: predictQuerySchema,
        binaryBody: { contentTypes: ["image/*", "application/octet-stream"], description: "JPEG, PNG, WebP, AVIF, GIF or TIFF.", maxBytes: maxPictureBytes },
        responses: { 200: { description: "The faces.", schema: predictionSchema, contentTypes: ["image/png"] } },
        errors: ["unsupported_media_type", "payload_too_large", "invalid_picture", "picture_too_large", "too_many", "engine_failed", "worker_lost", "worker_hung", "poisonous", "no_pictures"],
      },
      async ({ query }, req, res) => {
        const bytes: unknown = req.body;
        if (!(bytes instanceof Uint8Array) || bytes.length === 0) throw new AppError("invalid_request", "Expected a picture as the body, received no bytes.");
        const drawn = req.accepts(["application/json", "image/png"]) === "image/png";
        if (drawn) refusePictures(privacy, "Drawn pictures");
        if (running >= maxConcurrent) throw new AppError("too_many", `Expected at most ${maxConcurrent} pictures at a time.`);
        const { prior, truth } = query;
        const options = { equalize: query.equalize === "true", ...(prior !== undefined && { prior }), ...(truth !== undefined && { truth }) };
        running++;
        try {
          if (drawn) res.type("image/png").send(Buffer.from(await service.draw(bytes, options)));
          else reply(res, 200, predictionSchema, await service.predict(bytes, options));
        } finally {
          running--;
        }
      },
    ),
  ];
}
