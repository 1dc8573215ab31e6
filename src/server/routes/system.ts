// What the server is, how it is doing, and the documents that describe it.

import { z } from "zod";
import type { Config } from "../../core/config.js";
import { emotionNames } from "../../core/emotions.js";
import type { EngineInfo } from "../../core/engine.js";
import { AppError } from "../../core/errors.js";
import { feedVersion, type Role } from "../../core/feed.js";
import { declarationOf } from "../../core/privacy.js";
import type { Metrics } from "../metrics.js";
import { reply, route, type Route } from "../router.js";
import { healthSchema, infoSchema } from "../schemas.js";

export interface SystemDeps {
  readonly config: Config;
  readonly version: string;
  readonly engineInfo: EngineInfo;
  readonly features: { readonly analyses: boolean; readonly predict: boolean };
  readonly metrics: Metrics;
  readonly isReady: () => boolean;
  /** The documents, made once all routes are known. */
  readonly openApi: () => object;
  readonly asyncApi: () => object;
}

/** Route of `/healthz`, which needs no token: the process runs and answers. */
export function healthRoute(isReady: () => boolean): Route {
  return route(
    { method: "get", path: "/healthz", operationId: "health", summary: "The process runs. Needs no token.", responses: { 200: { description: "It answers.", schema: healthSchema } }, errors: [] },
    (_input, _req, res) => reply(res, 200, healthSchema, { status: isReady() ? "ok" : "stopping" }),
  );
}

/** The remaining routes about the server itself. */
export function systemRoutes({ config, version, engineInfo, features, metrics, isReady, openApi, asyncApi }: SystemDeps): readonly Route[] {
  const anyJson = z.looseObject({});
  const { server, feed, push } = config;
  const privacy = declarationOf(config.privacy);
  return [
    route(
      { method: "get", path: "/readyz", operationId: "ready", summary: "The server takes requests.", responses: { 200: { description: "Ready.", schema: healthSchema } }, errors: [] },
      (_input, _req, res) => {
        if (!isReady()) throw new AppError("shutting_down", "The server is starting or stopping.");
        reply(res, 200, healthSchema, { status: "ok" });
      },
    ),
    route(
      { method: "get", path: "/v1/info", operationId: "info", summary: "Version, engine and limits.", responses: { 200: { description: "About this server.", schema: infoSchema } }, errors: [] },
      (_input, _req, res) =>
        reply(res, 200, infoSchema, {
          name: "emostream",
          version,
          role: res.locals["role"] as Role,
          feedVersion,
          engine: { name: engineInfo.name, version: engineInfo.version, models: [...engineInfo.models] },
          labels: [...emotionNames],
          ...(privacy && { privacy }),
          features,
          limits: { streams: server.maxStreams, analyses: server.maxAnalyses, feedClients: feed.maxClients, pushClients: push.maxClients, pushFrameBytes: push.maxFrameBytes, uploadBytes: server.maxUploadBytes, pictureBytes: server.maxPictureBytes },
        }),
    ),
    route(
      { method: "get", path: "/metrics", operationId: "metrics", summary: "Prometheus metrics.", responses: { 200: { description: "Metrics.", contentTypes: ["text/plain"] } }, errors: [] },
      async (_input, _req, res) => {
        res.set("content-type", metrics.contentType).send(await metrics.text());
      },
    ),
    route(
      { method: "get", path: "/openapi.json", operationId: "openApi", summary: "This description (OpenAPI 3.1).", responses: { 200: { description: "The document.", schema: anyJson } }, errors: [] },
      (_input, _req, res) => reply(res, 200, anyJson, { ...openApi() }),
    ),
    route(
      { method: "get", path: "/asyncapi.json", operationId: "asyncApi", summary: "Description of the WebSocket feed (AsyncAPI 3.0).", responses: { 200: { description: "The document.", schema: anyJson } }, errors: [] },
      (_input, _req, res) => reply(res, 200, anyJson, { ...asyncApi() }),
    ),
  ];
}
