/** Names, labels and keys as k8s.io/apimachinery/pkg/util/validation checks them. Each function lists what is wrong. */
const LABEL_PATTERN = "[a-z0-9]([-a-z0-9]*[a-z0-9])?";
const SUBDOMAIN_PATTERN = `${LABEL_PATTERN}(\\.${LABEL_PATTERN})*`;
const LABEL_1035_PATTERN = "[a-z]([-a-z0-9]*[a-z0-9])?";
const QUALIFIED_PATTERN = "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]";
const LABEL_VALUE_PATTERN = "(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?";
const CONFIG_KEY_PATTERN = "[-._a-zA-Z0-9]+";

const SUBDOMAIN = new RegExp(`^${SUBDOMAIN_PATTERN}$`);
const LABEL = new RegExp(`^${LABEL_PATTERN}$`);
const LABEL_1035 = new RegExp(`^${LABEL_1035_PATTERN}$`);
const QUALIFIED = new RegExp(`^${QUALIFIED_PATTERN}$`);
const LABEL_VALUE = new RegExp(`^${LABEL_VALUE_PATTERN}$`);
const CONFIG_KEY = new RegExp(`^${CONFIG_KEY_PATTERN}$`);

const SUBDOMAIN_TEXT =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character";
const LABEL_TEXT =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character";
const LABEL_1035_TEXT =
  "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character";
const QUALIFIED_TEXT =
  "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character";
const LABEL_VALUE_TEXT =
  "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character";
const CONFIG_KEY_TEXT = "a valid config key must consist of alphanumeric characters, '-', '_' or '.'";

function tooLong(limit: number): string {
  return `must be no more than ${limit} characters`;
}

/** Go's RegexError: the text, then examples and the expression. */
function withPattern(text: string, pattern: string, examples: readonly string[]): string {
  const list = examples.map((example) => `'${example}'`).join(",  or ");
  return `${text} (e.g. ${list}, regex used for validation is '${pattern}')`;
}

/** The name of most objects: RFC 1123 subdomain. */
export function subdomainMistakes(name: string): string[] {
  return [
    ...(name.length > 253 ? [tooLong(253)] : []),
    ...(SUBDOMAIN.test(name) ? [] : [withPattern(SUBDOMAIN_TEXT, SUBDOMAIN_PATTERN, ["example.com"])]),
  ];
}

/** The name of a namespace: RFC 1123 label. */
export function labelMistakes(name: string): string[] {
  return [
    ...(name.length > 63 ? [tooLong(63)] : []),
    ...(LABEL.test(name) ? [] : [withPattern(LABEL_TEXT, LABEL_PATTERN, ["my-name", "123-abc"])]),
  ];
}

/** The name of a service, a CRD version or plural: RFC 1035 label. */
export function label1035Mistakes(name: string): string[] {
  return [
    ...(name.length > 63 ? [tooLong(63)] : []),
    ...(LABEL_1035.test(name) ? [] : [withPattern(LABEL_1035_TEXT, LABEL_1035_PATTERN, ["my-name", "abc-123"])]),
  ];
}

/** A name that only has to fit into a URL path. */
export function pathSegmentMistakes(name: string): string[] {
  if (name === "." || name === "..") {
    return [`may not be '${name}'`];
  }
  return ["/", "%"].filter((char) => name.includes(char)).map((char) => `may not contain '${char}'`);
}

/** A label key, annotation key or finalizer: `[prefix/]name`. */
export function labelKeyMistakes(key: string): string[] {
  const parts = key.split("/");
  const [first = "", second] = parts;
  if (parts.length > 2) {
    const example = "(e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is";
    return [
      `a qualified name ${QUALIFIED_TEXT} ${example} '${QUALIFIED_PATTERN}') with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`,
    ];
  }
  const mistakes = second === undefined ? [] : prefixMistakes(first);
  const name = second ?? first;
  if (name === "") {
    mistakes.push("name part must be non-empty");
  } else if (name.length > 63) {
    mistakes.push(`name part ${tooLong(63)}`);
  }
  if (!QUALIFIED.test(name)) {
    const examples = ["MyName", "my.name", "123-abc"];
    mistakes.push(`name part ${withPattern(QUALIFIED_TEXT, QUALIFIED_PATTERN, examples)}`);
  }
  return mistakes;
}

function prefixMistakes(prefix: string): string[] {
  return prefix === ""
    ? ["prefix part must be non-empty"]
    : subdomainMistakes(prefix).map((mistake) => `prefix part ${mistake}`);
}

export function labelValueMistakes(value: string): string[] {
  return [
    ...(value.length > 63 ? [tooLong(63)] : []),
    ...(LABEL_VALUE.test(value)
      ? []
      : [withPattern(LABEL_VALUE_TEXT, LABEL_VALUE_PATTERN, ["MyValue", "my_value", "12345"])]),
  ];
}

/** A key of a ConfigMap or Secret. */
export function configKeyMistakes(key: string): string[] {
  const mistakes = key.length > 253 ? [tooLong(253)] : [];
  if (!CONFIG_KEY.test(key)) {
    return [...mistakes, withPattern(CONFIG_KEY_TEXT, CONFIG_KEY_PATTERN, ["key.name", "KEY_NAME", "key-name"])];
  }
  if (key === "." || key === "..") {
    return [...mistakes, `must not be '${key}'`];
  }
  return key.startsWith("..") ? [...mistakes, "must not start with '..'"] : mistakes;
}
