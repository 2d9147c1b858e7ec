import { notAcceptable } from "../status.ts";

export type Format = "json" | "yaml";
export type Shape = "object" | "Table" | "PartialObjectMetadata" | "PartialObjectMetadataList";

/** In which text form, and as what, a client wants its answer. */
export interface Wanted {
  readonly format: Format;
  readonly shape: Shape;
  /** Of meta.k8s.io, for shapes other than "object". */
  readonly metaVersion: "v1" | "v1beta1";
}

export interface MediaRange {
  readonly type: string;
  readonly params: Readonly<Record<string, string>>;
}

export const MEDIA_TYPES = ["application/json", "application/yaml", "application/vnd.kubernetes.protobuf"] as const;

const PLAIN: Wanted = { format: "json", shape: "object", metaVersion: "v1" };

/** The ranges of an Accept header, most wanted first. */
export function parseAccept(header: string | undefined): MediaRange[] {
  return (header ?? "")
    .split(",")
    .map(parseRange)
    .filter(({ type }) => type !== "")
    .map((range, index) => ({ range, index, quality: Number(range.params["q"] ?? 1) }))
    .sort((a, b) => b.quality - a.quality || a.index - b.index)
    .map(({ range }) => range);
}

/** Chooses the first range that can be served; 406 where there is none. No header means JSON. */
export function negotiate(header: string | undefined, shapes: readonly Shape[]): Wanted {
  const ranges = parseAccept(header);
  if (ranges.length === 0) return PLAIN;
  for (const { type, params } of ranges) {
    const format = formatOf(type);
    if (!format) continue;
    const { as } = params;
    if (as === undefined) return { ...PLAIN, format };
    const shape = shapes.find((candidate) => candidate === as);
    const metaVersion = params["v"];
    if (shape && params["g"] === "meta.k8s.io" && (metaVersion === "v1" || metaVersion === "v1beta1")) {
      return { format, shape, metaVersion };
    }
  }
  throw notAcceptable(MEDIA_TYPES);
}

/** For answers that only have one shape; what cannot be served is answered as JSON, so that errors always arrive. */
export function formatWanted(header: string | undefined): Format {
  for (const { type } of parseAccept(header)) {
    const format = formatOf(type);
    if (format) return format;
  }
  return "json";
}

function formatOf(type: string): Format | undefined {
  if (type === "application/json" || type === "*/*" || type === "application/*") return "json";
  return type === "application/yaml" ? "yaml" : undefined;
}

function parseRange(text: string): MediaRange {
  const [type = "", ...rest] = text.split(";").map((part) => part.trim());
  const params: Record<string, string> = {};
  for (const part of rest) {
    const equals = part.indexOf("=");
    if (equals > 0) params[part.slice(0, equals).toLowerCase()] = part.slice(equals + 1).replaceAll('"', "");
  }
  return { type: type.toLowerCase(), params };
}
