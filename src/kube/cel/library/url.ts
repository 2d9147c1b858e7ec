import type { Environment } from "@marcbachmann/cel-js";

/** A URL or absolute path as Go's url.ParseRequestURI reads it. */
class CelUrl {
  readonly url: URL;
  readonly isPath: boolean;

  constructor(text: string) {
    this.isPath = text.startsWith("/");
    this.url = this.isPath ? new URL(text, "path://base") : new URL(text);
  }
}

function isUrl(text: string): boolean {
  return text.startsWith("/") || (/^[a-z][a-z0-9+.-]*:/i.test(text) && URL.canParse(text));
}

function parse(text: string): CelUrl {
  if (!isUrl(text)) {
    throw new Error(
      `URL parse error during conversion from string: parse ${JSON.stringify(text)}: invalid URI for request`,
    );
  }
  return new CelUrl(text);
}

/** url, isURL and the getters of a URL. */
export function addUrl(environment: Environment): Environment {
  const part = (name: string, of: (url: URL) => string) =>
    environment.registerFunction(`kubernetes.URL.${name}(): string`, ({ url, isPath }: CelUrl) =>
      isPath && name !== "getEscapedPath" ? "" : of(url),
    );
  environment
    .registerType("kubernetes.URL", { ctor: CelUrl, fields: {} })
    .registerFunction("url(string): kubernetes.URL", parse)
    .registerFunction("isURL(string): bool", isUrl)
    .registerOperator("kubernetes.URL == kubernetes.URL", (a: CelUrl, b: CelUrl) => a.url.href === b.url.href);
  part("getScheme", ({ protocol }) => protocol.slice(0, -1));
  part("getHost", ({ host }) => host);
  part("getHostname", ({ hostname }) => hostname.replace(/^\[|\]$/g, ""));
  part("getPort", ({ port }) => port);
  part("getEscapedPath", ({ pathname }) => pathname);
  return environment.registerFunction("kubernetes.URL.getQuery(): map<string, list<string>>", ({ url }: CelUrl) => {
    const query = new Map<string, string[]>();
    for (const [key, value] of url.searchParams) {
      query.set(key, [...(query.get(key) ?? []), value]);
    }
    return query;
  });
}
