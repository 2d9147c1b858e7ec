import { isIP, isIPv4, isIPv6 } from "node:net";

/**
 * The string formats that Kubernetes checks (apiextensions-apiserver pkg/apiserver/validation/formats.go, the list of
 * 1.32); all others are accepted whatever the text.
 */
const FORMATS: Readonly<Record<string, (text: string) => boolean>> = {
  bsonobjectid: (text) => /^[0-9a-f]{24}$/i.test(text),
  uri: isRequestUri,
  email: (text) => /^[^\s@<>]+@[^\s@<>]+$/.test(text),
  hostname: (text) =>
    text.length <= 255 &&
    /^(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)*[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/i.test(text),
  ipv4: isIPv4,
  ipv6: isIPv6,
  cidr: isCidr,
  mac: (text) => /^(?:[0-9a-f]{2}([:-]))(?:[0-9a-f]{2}\1){4}(?:(?:[0-9a-f]{2}\1){2})?[0-9a-f]{2}$/i.test(text),
  uuid: (text) => /^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$/i.test(text),
  uuid3: (text) => /^[0-9a-f]{8}-?[0-9a-f]{4}-?3[0-9a-f]{3}-?[0-9a-f]{4}-?[0-9a-f]{12}$/i.test(text),
  uuid4: (text) => /^[0-9a-f]{8}-?[0-9a-f]{4}-?4[0-9a-f]{3}-?[89ab][0-9a-f]{3}-?[0-9a-f]{12}$/i.test(text),
  uuid5: (text) => /^[0-9a-f]{8}-?[0-9a-f]{4}-?5[0-9a-f]{3}-?[89ab][0-9a-f]{3}-?[0-9a-f]{12}$/i.test(text),
  isbn10: (text) => isIsbn10(text.replaceAll(/[\s-]/g, "")),
  isbn13: (text) => isIsbn13(text.replaceAll(/[\s-]/g, "")),
  isbn: (text) => isIsbn10(text.replaceAll(/[\s-]/g, "")) || isIsbn13(text.replaceAll(/[\s-]/g, "")),
  creditcard: (text) => isLuhn(text.replaceAll(/\D/g, "")),
  ssn: (text) => /^\d{3}[- ]?\d{2}[- ]?\d{4}$/.test(text),
  hexcolor: (text) => /^#?(?:[0-9a-f]{3}|[0-9a-f]{6})$/i.test(text),
  rgbcolor: (text) =>
    /^rgb\(\s*(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\s*,\s*){2}(?:25[0-5]|2[0-4]\d|1?\d?\d)\s*\)$/.test(text),
  byte: (text) => /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(text),
  date: (text) => /^\d{4}-\d\d-\d\d$/.test(text) && isDay(text),
  duration: isDuration,
  "date-time": isDateTime,
  datetime: isDateTime,
};

/** Whether a text has a format; a format that is not checked accepts everything. */
export function hasFormat(text: string, format: string): boolean {
  const check = FORMATS[format];
  return check === undefined || check(text);
}

function isRequestUri(text: string): boolean {
  return text.startsWith("/") ? !/[\s<>"]/.test(text) : /^[a-z][a-z0-9+.-]*:/i.test(text) && URL.canParse(text);
}

/** `10.0.0.0/8` or `fd00::/8`. */
export function isCidr(text: string): boolean {
  const match = /^([^/]+)\/(\d{1,3})$/.exec(text);
  const address = match?.[1] ?? "";
  const bits = isIP(address) === 4 ? 32 : 128;
  return isIP(address) !== 0 && Number(match?.[2]) <= bits && !/^0\d/.test(match?.[2] ?? "");
}

function isIsbn10(text: string): boolean {
  if (!/^\d{9}[\dX]$/.test(text)) {
    return false;
  }
  const sum = [...text].reduce((total, char, i) => total + (i + 1) * (char === "X" ? 10 : Number(char)), 0);
  return sum % 11 === 0;
}

function isIsbn13(text: string): boolean {
  if (!/^\d{13}$/.test(text)) {
    return false;
  }
  return [...text].reduce((total, char, i) => total + Number(char) * (i % 2 === 0 ? 1 : 3), 0) % 10 === 0;
}

function isLuhn(digits: string): boolean {
  if (digits.length < 13 || digits.length > 19) {
    return false;
  }
  const sum = [...digits].reverse().reduce((total, char, i) => {
    const value = Number(char) * (i % 2 === 0 ? 1 : 2);
    return total + (value > 9 ? value - 9 : value);
  }, 0);
  return sum % 10 === 0;
}

function isDateTime(text: string): boolean {
  const match = /^(\d{4}-\d\d-\d\d)[Tt ](\d\d):(\d\d):(\d\d)(?:\.\d+)?(?:[Zz]|[+-]\d\d:\d\d)$/.exec(text);
  return (
    match !== null && isDay(match[1] ?? "") && Number(match[2]) < 24 && Number(match[3]) < 60 && Number(match[4]) < 61
  );
}

/** Rejects 30 February, which Date rolls over to March. */
function isDay(text: string): boolean {
  const day = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(day.getTime()) && day.toISOString().startsWith(text);
}

/** A Go duration (`1h30m`) or a number with a word (`2 days`), as strfmt accepts. */
function isDuration(text: string): boolean {
  return (
    /^[+-]?(?:0|(?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+)$/.test(text) ||
    /^\d+\s*(?:ns|nanos?|us|micros?|ms|millis?|s|secs?|seconds?|m|mins?|minutes?|h|hrs?|hours?|d|days?|w|weeks?)$/i.test(
      text,
    )
  );
}
