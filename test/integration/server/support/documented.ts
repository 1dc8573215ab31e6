// Requests whose answers are held against the documents that the server itself hands out.

import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import { expect } from "vitest";
import type { TestServer } from "./test-server.js";

interface ResponseDoc {
  readonly headers?: Record<string, unknown>;
  readonly content?: Record<string, { schema?: object }>;
}

interface OpenApi {
  readonly openapi: string;
  readonly paths: Record<string, Record<string, { responses: Record<string, ResponseDoc> }>>;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  /** Parsed where it is JSON. */
  readonly body: Record<string, unknown>;
  readonly bytes: Uint8Array;
}

/** JSON Schema over a document with `#/components/...` references. */
export function schemaChecker(document: object): (pointer: string) => ValidateFunction {
  const ajv = new Ajv2020({ strict: false, validateSchema: false, allErrors: true });
  ajv.addFormat("date-time", (text) => !Number.isNaN(Date.parse(text)));
  ajv.addFormat("binary", true);
  ajv.addSchema(document, "document");
  return (pointer) => ajv.compile({ $ref: `document#${pointer}` });
}

/** Makes requests and checks every answer: documented path, method, status, content type, schema. */
export class DocumentedClient {
  readonly document: OpenApi;
  readonly #url: string;
  readonly #headers: Record<string, string>;
  readonly #schema: (pointer: string) => ValidateFunction;
  /** `method path status` of every answer that was checked. */
  readonly seen = new Set<string>();

  private constructor(url: string, headers: Record<string, string>, document: OpenApi) {
    this.#url = url;
    this.#headers = headers;
    this.document = document;
    this.#schema = schemaChecker(document);
  }

  static async open(test: TestServer, headers: Record<string, string> = {}): Promise<DocumentedClient> {
    const response = await fetch(`${test.url}/openapi.json`, { headers });
    return new DocumentedClient(test.url, headers, (await response.json()) as OpenApi);
  }

  post(path: string, body: unknown): Promise<Answer> {
    return this.call("POST", path, { body: JSON.stringify(body), headers: { "content-type": "application/json" } });
  }

  async call(method: string, path: string, init: RequestInit & { duplex?: "half" } = {}): Promise<Answer> {
    const response = await fetch(this.#url + path, { redirect: "manual", ...init, method, headers: { ...this.#headers, ...(init.headers as Record<string, string>) } });
    const bytes = new Uint8Array(await response.arrayBuffer());
    const type = (response.headers.get("content-type") ?? "").split(";")[0] ?? "";
    const body = type.endsWith("json") ? (JSON.parse(new TextDecoder().decode(bytes)) as Record<string, unknown>) : {};
    this.#check(method.toLowerCase(), path.split("?")[0] ?? "", response, type, body);
    return { status: response.status, headers: response.headers, body, bytes };
  }

  #check(method: string, path: string, response: Response, type: string, body: object): void {
    const template = Object.keys(this.document.paths).find((p) => new RegExp(`^${p.replaceAll(".", "\\.").replace(/\{[^}]+\}/g, "[^/]+")}$`).test(path));
    const known = template === undefined ? undefined : this.document.paths[template]?.[method];
    if (template === undefined || known === undefined) {
      // Outside the document only refusals are in order.
      expect([404, 405], `${method} ${path}`).toContain(response.status);
      this.#checkProblem(type, body, response.status);
      return;
    }
    const doc = known.responses[response.status];
    expect(doc, `${method} ${path} answered ${response.status} ${JSON.stringify(body)}`).toBeDefined();
    this.seen.add(`${method} ${template} ${response.status}`);
    for (const name of Object.keys(doc?.headers ?? {})) expect(response.headers.get(name), name).not.toBeNull();
    const contents = Object.keys(doc?.content ?? {});
    if (contents.length === 0) return;
    if (contents.includes("*/*")) return;
    expect(contents).toContain(type);
    if (doc?.content?.[type]?.schema === undefined) return;
    const pointer = ["paths", template, method, "responses", String(response.status), "content", type, "schema"].map((part) => encodeURIComponent(part.replaceAll("~", "~0").replaceAll("/", "~1"))).join("/");
    const validate = this.#schema(`/${pointer}`);
    expect(validate(body), `${method} ${path}: ${JSON.stringify(validate.errors)} in ${JSON.stringify(body)}`).toBe(true);
    if (response.status >= 400) this.#checkProblem(type, body, response.status);
  }

  #checkProblem(type: string, body: object, status: number): void {
    expect(type).toBe("application/problem+json");
    expect(body).toMatchObject({ status, code: expect.any(String), title: expect.any(String), detail: expect.any(String) });
  }
}
