import { describe, expect, test } from "vitest";
import { kubernetesEnvironment } from "../../../../src/kube/cel/library/environment.ts";

function evaluate(expression: string): unknown {
  const program = kubernetesEnvironment().parse(expression);
  const checked = program.check();
  if (!checked.valid) {
    throw checked.error ?? new Error("invalid");
  }
  const value: unknown = program();
  return value instanceof Map ? Object.fromEntries(value) : value;
}

describe("the functions that Kubernetes gives to rules", () => {
  test.each([
    ["[1, 2, 2].isSorted()", true],
    ["['b', 'a'].isSorted()", false],
    ["[3, 1].min()", 1n],
    ["[3, 1].max()", 3n],
    ["[1, 2].sum()", 3n],
    ["[1.5, 2.0].sum()", 3.5],
    ["[1, 2, 1].indexOf(1)", 0n],
    ["[1, 2, 1].lastIndexOf(1)", 2n],
    ["[1].indexOf(5)", -1n],
    ["sets.contains([1, 2], [1])", true],
    ["sets.equivalent([1], [1, 1])", true],
    ["sets.intersects([1], [2])", false],
    ["'abc'.charAt(1)", "b"],
    ["'abc'.charAt(3)", ""],
    ["'a$b'.replace('$', '$$')", "a$$b"],
    ["'aXbX'.replace('X', '-', 1)", "a-bX"],
    ["'%s is %s'.format(['a', 'b'])", "a is b"],
    ["'%d/%x/%o/%b'.format([255, 255, 8, 2])", "255/ff/10/10"],
    ["'%.2f'.format([1.5])", "1.50"],
    ["'%s'.format([{'a': [1, 2]}])", "{a: [1, 2]}"],
    ["strings.quote('a\"b')", '"a\\"b"'],
    ["'abc123'.find('[0-9]+')", "123"],
    ["'a1b22'.findAll('[0-9]+')", ["1", "22"]],
    ["'a1b22'.findAll('[0-9]+', 1)", ["1"]],
    ["url('https://ex.com:8080/p?q=1').getHost()", "ex.com:8080"],
    ["url('https://[::1]:80/').getHostname()", "::1"],
    ["url('https://ex.com/p?q=1&q=2').getQuery()", { q: ["1", "2"] }],
    ["url('/x/y').getEscapedPath()", "/x/y"],
    ["url('/x/y').getHost()", ""],
    ["isURL('nope')", false],
    ["quantity('1Gi').isGreaterThan(quantity('1G'))", true],
    ["quantity('500m').add(quantity('500m')) == quantity('1')", true],
    ["quantity('2k').asInteger()", 2000n],
    ["quantity('1.5').isInteger()", false],
    ["quantity('-1').sign()", -1n],
    ["quantity('5').sub(2).asInteger()", 3n],
    ["quantity('1').compareTo(quantity('2'))", -1n],
    ["isQuantity('x')", false],
    ["ip('127.0.0.1').isLoopback()", true],
    ["ip('8.8.8.8').isGlobalUnicast()", true],
    ["ip('fe80::1').isLinkLocalUnicast()", true],
    ["ip('fe80::1').family()", 6n],
    ["ip.isCanonical('2001:DB8::1')", false],
    ["isIP('1.2.3')", false],
    ["cidr('10.0.0.0/8').containsIP('10.1.2.3')", true],
    ["cidr('10.0.0.0/8').containsCIDR('10.1.0.0/16')", true],
    ["cidr('10.0.0.0/16').containsCIDR('10.0.0.0/8')", false],
    ["string(cidr('10.1.2.3/8').masked())", "10.0.0.0/8"],
    ["cidr('2001:db8::1/32').masked().ip() == ip('2001:db8::')", true],
    ["cidr('10.0.0.0/8').prefixLength()", 8n],
    ["isCIDR('10.0.0.0/33')", false],
    ["format.dns1123Label().validate('Bad').hasValue()", true],
    ["format.named('uuid').value().validate('00000000-0000-4000-8000-000000000000').hasValue()", false],
    ["format.named('nope').hasValue()", false],
    ["optional.ofNonZeroValue('').hasValue()", false],
    ["{'a': 1}.?b.orValue(5)", 5n],
  ])("%s", (expression, wanted) => {
    expect(evaluate(expression)).toEqual(wanted);
  });

  test.each([
    ["[].min()", "min called on empty list"],
    ["quantity('1.5').asInteger()", "cannot convert value to integer"],
    ["ip('nope')", "parse error"],
    ["cidr('nope')", "parse error"],
    ["url('nope')", "invalid URI for request"],
    ["'%d'.format(['a'])", "only integers"],
    ["'%s%s'.format(['a'])", "out of range"],
    ["'a'.charAt(5)", "index out of range"],
    ["[dyn(1), dyn('a')].sum()", "overload"],
  ])("%s fails", (expression, text) => {
    expect(() => evaluate(expression)).toThrow(text);
  });
});
