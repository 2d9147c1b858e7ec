import { type Environment, Optional } from "@marcbachmann/cel-js";
import { hasFormat } from "../../schema/formats.ts";
import {
  label1035Mistakes,
  labelKeyMistakes,
  labelMistakes,
  labelValueMistakes,
  subdomainMistakes,
} from "../../schema/names.ts";

type Check = (text: string) => readonly string[];

/** A named format; `validate` answers what is wrong with a text, or nothing. */
class CelFormat {
  readonly check: Check;

  constructor(check: Check) {
    this.check = check;
  }
}

/** A prefix may end in a dash, because a suffix follows. */
const asPrefix =
  (check: Check): Check =>
  (text) =>
    check(text.replace(/-+$/, ""));
const byFormat =
  (name: string): Check =>
  (text) =>
    hasFormat(text, name) ? [] : [`invalid ${name}`];

const FORMATS: Readonly<Record<string, Check>> = {
  dns1123Label: labelMistakes,
  dns1123LabelPrefix: asPrefix(labelMistakes),
  dns1123Subdomain: subdomainMistakes,
  dns1123SubdomainPrefix: asPrefix(subdomainMistakes),
  dns1035Label: label1035Mistakes,
  dns1035LabelPrefix: asPrefix(label1035Mistakes),
  qualifiedName: labelKeyMistakes,
  labelValue: labelValueMistakes,
  uri: byFormat("uri"),
  uuid: byFormat("uuid"),
  byte: byFormat("byte"),
  date: byFormat("date"),
  datetime: byFormat("date-time"),
};

/** format.named(name), format.<name>() and validate(text). */
export function addFormats(environment: Environment): Environment {
  class FormatNamespace {}
  environment
    .registerType("kubernetes.NamedFormat", { ctor: CelFormat, fields: {} })
    .registerType("FormatNamespace", FormatNamespace)
    .registerConstant("format", "FormatNamespace", new FormatNamespace())
    .registerFunction("FormatNamespace.named(string): optional<kubernetes.NamedFormat>", (_: unknown, name: string) => {
      const check = FORMATS[name];
      return check === undefined ? Optional.none() : Optional.of(new CelFormat(check));
    })
    .registerFunction(
      "kubernetes.NamedFormat.validate(string): optional<list<string>>",
      ({ check }: CelFormat, text: string) => {
        const mistakes = check(text);
        return mistakes.length === 0 ? Optional.none() : Optional.of([...mistakes]);
      },
    );
  for (const [name, check] of Object.entries(FORMATS)) {
    environment.registerFunction(`FormatNamespace.${name}(): kubernetes.NamedFormat`, () => new CelFormat(check));
  }
  return environment;
}
