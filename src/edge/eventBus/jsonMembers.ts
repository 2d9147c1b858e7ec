/**
 * The members of a JSON object, each as it is written: JSON.parse would turn 9007199254740993 into another number.
 * undefined if the text is no JSON object. Of members of one name the last counts, as for JSON.parse.
 */
export function jsonMembers(text: string): ReadonlyMap<string, string> | undefined {
  try {
    const parsed: unknown = JSON.parse(text);
    if (typeof parsed !== "object" || parsed === null || Array.isArray(parsed)) return undefined;
  } catch {
    return undefined; // not JSON
  }
  return slices(text);
}

/** The text is a JSON object for certain, so this only has to find its way. */
function slices(text: string): ReadonlyMap<string, string> {
  const members = new Map<string, string>();
  for (let at = skip(text, text.indexOf("{") + 1); text[at] !== "}"; at = skip(text, at)) {
    const nameEnd = endOf(text, at);
    const name = String(JSON.parse(text.slice(at, nameEnd)));
    const value = skip(text, nameEnd);
    at = endOf(text, value);
    members.set(name, text.slice(value, at));
  }
  return members;
}

/** The next place that is not white space, comma or colon. */
function skip(text: string, from: number): number {
  let at = from;
  while (" \t\r\n,:".includes(text[at] ?? "x")) at++;
  return at;
}

/** Where the value ends that begins here. */
function endOf(text: string, from: number): number {
  const first = text[from];
  if (first === '"') return endOfString(text, from);
  if (first === "{" || first === "[") return endOfNested(text, from);
  let at = from;
  while (!" \t\r\n,]}".includes(text[at] ?? " ")) at++;
  return at;
}

function endOfString(text: string, from: number): number {
  let at = from + 1;
  while (text[at] !== '"') at += text[at] === "\\" ? 2 : 1;
  return at + 1;
}

function endOfNested(text: string, from: number): number {
  let depth = 0;
  for (let at = from; ; ) {
    const character = text[at];
    if (character === '"') {
      at = endOfString(text, at);
      continue;
    }
    if (character === "{" || character === "[") depth += 1;
    if (character === "}" || character === "]") depth -= 1;
    at += 1;
    if (depth === 0) return at;
  }
}
