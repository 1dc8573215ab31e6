// Puts the server together, and takes it down in order.

import type { Server } from "node:http";
import { zodIssues, type Config } from "../core/config.js";
import type { EngineInfo } from "../core/engine.js";
import { AppError, toAppError } from "../core/errors.js";
import type { Logger } from "../core/logger.js";
import type { OpenPushedSource } from "../core/pushed-source.js";
import { throttledWarn } from "../core/throttled-log.js";
import { asyncApiDocument } from "./asyncapi.js";
import { createAuth } from "./auth.js";
import { createClientOf } from "./client-address.js";
import { feedDoor } from "./feed/feed-door.js";
import { FeedHub } from "./feed/feed-hub.js";
import { loadTokens, tokenFile } from "./first-token.js";
import { createHttpApp } from "./http-app.js";
import { createHttpServer, listen } from "./listen.js";
import { Metrics } from "./metrics.js";
import { openApiDocument } from "./openapi.js";
import { createDoor, isLoopback } from "./origin.js";
import { pushDoor } from "./push/push-door.js";
import { PushHub } from "./push/push-hub.js";
import { RateLimit } from "./rate-limit.js";
import type { Route } from "./router.js";
import { analysisRoutes } from "./routes/analyses.js";
import { predictRoutes } from "./routes/predict.js";
import { socketRoutes } from "./routes/sockets.js";
import { streamRoutes } from "./routes/streams.js";
import { healthRoute, systemRoutes } from "./routes/system.js";
import { streamRequestSchema, type StreamInfo, type StreamRequest } from "./schemas.js";
import type { AnalysisService, PredictService } from "./services.js";
import { StateStore } from "./state-store.js";
import { streamInfo, StreamRegistry, type MakeStream } from "./stream-registry.js";
import type { ParseSource } from "./stream-spec.js";
import { acceptUpgrades } from "./upgrade.js";
import { cleanUploads, uploadFolder } from "./upload.js";

/** Share of the shutdown time that clients get to answer `bye`. */
const byeTimeoutMs = 1000;

/** Everything the server needs, as values; it imports neither pipeline nor ingest. */
export interface ServerDeps {
  readonly config: Config;
  readonly logger: Logger;
  readonly version: string;
  readonly engineInfo: EngineInfo;
  readonly makeStream: MakeStream;
  /** Makes the source of a client that pushes its frames. */
  readonly openPushedSource: OpenPushedSource;
  readonly parseSource: ParseSource;
  /** Absent: no /v1/analyses. The owner closes it. */
  readonly analyses?: AnalysisService;
  /** Absent: no /v1/predict. */
  readonly predict?: PredictService;
  /** Folder of the viewer's files. */
  readonly webDir: string;
  /** Milliseconds since 1970, for tests. */
  readonly now?: () => number;
}

export interface EmostreamServer {
  /** To open in a browser, without a trailing slash. */
  readonly url: string;
  readonly port: number;
  /** Present where this start made the admin token: to be told once, for only its hash is kept. */
  readonly madeToken?: string;
  /**
   * Adds a stream for the operator. `trusted`: its file may lie outside the media root.
   * @throws AppError `invalid_request`, `stream_exists`, `too_many`, ...
   */
  addStream(request: StreamRequest, options: { readonly persist: boolean; readonly trusted?: boolean }): Promise<StreamInfo>;
  /** Tells clients `bye`, stops all streams and resolves when the port is free; within `shutdownTimeoutMs`. Idempotent. */
  close(): Promise<void>;
}

/**
 * Starts a server: listens, then brings back the streams of the state file.
 * @throws AppError `address_in_use`, `invalid_config`
 */
export async function createServer(deps: ServerDeps): Promise<EmostreamServer> {
  const { config, version, engineInfo, now = Date.now } = deps;
  const logger = deps.logger.child({ component: "server" });
  const { host, port, stateFile, shutdownTimeoutMs, limits, allowedOrigins, trustedProxies } = config.server;
  const { holders, made } = await loadTokens(config.server);
  const clientOf = createClientOf(trustedProxies);
  const limit = (name: "failedTokensPerMinute" | "changesPerMinute" | "feedConnectsPerMinute", what: string) => new RateLimit({ perMinute: limits[name], what, setting: `server.limits.${name}`, now });
  const auth = createAuth(holders, limit("failedTokensPerMinute", "wrong tokens"), clientOf);
  const door = createDoor({ host, secured: auth.required, allowedOrigins });
  const store = new StateStore(stateFile, logger, now);
  const registry = new StreamRegistry({ config, logger, makeStream: deps.makeStream, parseSource: deps.parseSource, store, now });
  const hub = new FeedHub({ config: config.feed, analysis: config.analysis, privacy: config.privacy, version, engineInfo, registry, now });
  const pushHub = new PushHub({ config, registry, openPushedSource: deps.openPushedSource, logger });
  const metrics = new Metrics(registry, () => hub.stats, () => pushHub.stats);

  let closing = false;
  let ready = false;
  let restored: Promise<void> = Promise.resolve();

  const health = healthRoute(() => !closing);
  const features = { analyses: deps.analyses !== undefined, predict: deps.predict !== undefined };
  const documents = { openApi: () => openApi, asyncApi: () => asyncApi };
  const routes: readonly Route[] = [
    ...streamRoutes(registry, config.privacy),
    ...socketRoutes(door),
    ...(deps.analyses ? analysisRoutes(deps.analyses, config.server, config.privacy) : []),
    ...(deps.predict ? predictRoutes(deps.predict, config.server, config.privacy) : []),
    ...systemRoutes({ config, version, engineInfo, features, metrics, isReady: () => ready && !closing, ...documents }),
  ];
  const openApi = openApiDocument([health, ...routes], version, auth.required);
  const asyncApi = asyncApiDocument(version, auth.required);

  const isClosing = () => closing;
  const app = createHttpApp({ auth, logger, door, clientOf, changes: limit("changesPerMinute", "requests that change something"), bodyTimeoutMs: limits.bodyTimeoutMs, isClosing, restored: () => restored, health, routes, webDir: deps.webDir });
  const closeParts = async () => {
    const timeoutMs = Math.min(byeTimeoutMs, shutdownTimeoutMs);
    await Promise.all([hub.close(timeoutMs), pushHub.close(timeoutMs), registry.close()]);
    metrics.close();
  };
  const giveUp = async (error: unknown) => {
    await closeParts();
    throw error;
  };
  const server = await createHttpServer(app, config).catch(giveUp);
  acceptUpgrades(server, { routes: [feedDoor(hub), pushDoor(pushHub, config.push)], auth, door, clientOf, connects: limit("feedConnectsPerMinute", "WebSocket connections"), isClosing, logger });
  const address = await listen(server, host, port).catch(giveUp);
  // Connections that could not be taken, for want of file descriptors.
  const warnRefused = throttledWarn(logger, "connection not taken");
  server.on("error", (error) => warnRefused(toAppError(error)));
  await made?.keep().catch(async (error: unknown) => {
    server.close();
    await giveUp(error);
  });
  if (!auth.required && !isLoopback(host)) logger.warn({ host }, "everybody on this network can use the server: server.insecure is set");
  if (auth.required && config.server.token === undefined) logger.info({ file: tokenFile(config.server) }, "the admin token is the one that the first start printed; delete the file to have a new one made");
  restored = registry.restore();
  await cleanUploads(uploadFolder(config.server.workDir)).catch((error: unknown) => logger.warn({ err: error }, "old uploads could not be removed"));
  await restored;
  ready = true;
  logger.info({ url: address.url, streams: registry.list().length }, "listening");

  let closed: Promise<void> | undefined;
  return {
    ...address,
    ...(made === undefined ? {} : { madeToken: made.token }),
    async addStream(request, { persist, trusted = false }) {
      const parsed = streamRequestSchema.safeParse(request);
      if (!parsed.success) throw new AppError("invalid_request", "The stream does not fit its schema.", { issues: zodIssues(parsed.error) });
      return streamInfo(await registry.add(parsed.data, { persist, trust: trusted ? "any" : "media" }));
    },
    close() {
      closing = true;
      closed ??= closeWithin(server, closeParts, shutdownTimeoutMs, logger);
      return closed;
    },
  };
}

async function closeWithin(server: Server, closeParts: () => Promise<void>, timeoutMs: number, logger: Logger): Promise<void> {
  const gone = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeIdleConnections();
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<"late">((resolve) => {
    timer = setTimeout(() => resolve("late"), timeoutMs);
  });
  const outcome = await Promise.race([closeParts(), deadline]);
  clearTimeout(timer);
  if (outcome === "late") logger.warn({ timeoutMs }, "shutdown took too long; what is left is cut off");
  server.closeAllConnections();
  await gone;
}
