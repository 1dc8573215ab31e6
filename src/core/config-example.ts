// Writes the example configuration from the schema: every key with its description and default, so that the file cannot go stale.

import { z } from "zod";
import { configSchema, parseConfig } from "./config.js";

interface SchemaNode {
  readonly description?: string;
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly enum?: readonly unknown[];
  readonly minimum?: number;
  readonly maximum?: number;
}

/** The text of emostream.example.yaml. Keys without a default stand as comments. */
export function exampleConfig(): string {
  const schema = z.toJSONSchema(configSchema, { io: "input", unrepresentable: "any" }) as SchemaNode;
  const lines = ["# Every setting of Emostream with its default. Made by `npm run docs`; copy what you change.", "# Use it with: npx emostream serve --config FILE   (or the environment variable EMOSTREAM_CONFIG)", ""];
  writeNode(schema, parseConfig({}), "", lines);
  return `${lines.join("\n")}\n`;
}

function writeNode(schema: SchemaNode, values: object, indent: string, lines: string[]): void {
  for (const [key, node] of Object.entries(schema.properties ?? {})) {
    const value = (values as Readonly<Record<string, unknown>>)[key];
    if (node.properties !== undefined && value !== undefined) {
      lines.push(`${indent}${key}:`);
      writeNode(node, value as object, `${indent}  `, lines);
      if (indent === "") lines.push("");
      continue;
    }
    lines.push(`${indent}# ${[node.description, allowed(node)].filter(Boolean).join(" ")}`);
    lines.push(value === undefined ? `${indent}# ${key}:` : `${indent}${key}: ${JSON.stringify(value)}`);
  }
}

function allowed(node: SchemaNode): string {
  if (node.enum !== undefined) return `One of ${node.enum.join(", ")}.`;
  if (node.minimum === undefined || node.maximum === undefined) return "";
  return node.maximum === Number.MAX_SAFE_INTEGER ? `At least ${node.minimum}.` : `${node.minimum} to ${node.maximum}.`;
}
