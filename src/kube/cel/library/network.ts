import { BlockList, isIP } from "node:net";
import type { Environment } from "@marcbachmann/cel-js";
import { isCidr } from "../../schema/formats.ts";

type Family = "ipv4" | "ipv6";

class CelIp {
  readonly text: string;
  readonly family: Family;

  constructor(text: string) {
    this.text = canonicalIp(text);
    this.family = isIP(text) === 4 ? "ipv4" : "ipv6";
  }
}

class CelCidr {
  readonly address: CelIp;
  readonly bits: number;

  constructor(text: string) {
    const [address = "", bits = "0"] = text.split("/");
    this.address = new CelIp(address);
    this.bits = Number(bits);
  }
}

/** Lower case, the longest run of zeros shortened: what URL makes of a host. */
function canonicalIp(text: string): string {
  return isIP(text) === 6 ? new URL(`http://[${text}]`).hostname.slice(1, -1) : text;
}

/** IPv4 without leading zeros, IPv6 without a zone and not an IPv4 in disguise. */
function isAddress(text: string): boolean {
  return isIP(text) === 4 || (isIP(text) === 6 && !text.includes("%") && !/^::ffff:\d+\./i.test(text));
}

function ip(text: string): CelIp {
  if (!isAddress(text)) {
    throw new Error(`IP Address ${JSON.stringify(text)} parse error during conversion from string`);
  }
  return new CelIp(text);
}

function cidr(text: string): CelCidr {
  if (!isCidr(text)) {
    throw new Error(`network address parse error during conversion from string: ${JSON.stringify(text)}`);
  }
  return new CelCidr(text);
}

function isWithin({ text, family }: CelIp, ...ranges: readonly string[]): boolean {
  return ranges.some((range) => {
    const { address, bits } = new CelCidr(range);
    return address.family === family && blockOf(address, bits).check(text, family);
  });
}

function blockOf({ text, family }: CelIp, bits: number): BlockList {
  const block = new BlockList();
  block.addSubnet(text, bits, family);
  return block;
}

const LOOPBACK = ["127.0.0.0/8", "::1/128"];
const LINK_LOCAL = ["169.254.0.0/16", "fe80::/10"];
const LINK_LOCAL_MULTICAST = ["224.0.0.0/24", "ff02::/16"];
const MULTICAST = ["224.0.0.0/4", "ff00::/8"];
const UNSPECIFIED = ["0.0.0.0/32", "::/128"];
const NOT_GLOBAL = [...LOOPBACK, ...LINK_LOCAL, ...MULTICAST, ...UNSPECIFIED, "255.255.255.255/32"];

/** ip, isIP, cidr, isCIDR and what can be asked of them. */
export function addNetwork(environment: Environment): Environment {
  class IpNamespace {}
  const asks = (name: string, test: (address: CelIp) => boolean) =>
    environment.registerFunction(`net.IP.${name}(): bool`, test);
  environment
    .registerType("net.IP", { ctor: CelIp, fields: {} })
    .registerType("net.CIDR", { ctor: CelCidr, fields: {} })
    .registerType("IpNamespace", IpNamespace)
    .registerConstant("ip", "IpNamespace", new IpNamespace())
    .registerOperator("net.IP == net.IP", (a: CelIp, b: CelIp) => a.text === b.text)
    .registerOperator(
      "net.CIDR == net.CIDR",
      (a: CelCidr, b: CelCidr) => a.address.text === b.address.text && a.bits === b.bits,
    )
    .registerFunction("ip(string): net.IP", ip)
    .registerFunction("isIP(string): bool", isAddress)
    .registerFunction("IpNamespace.isCanonical(string): bool", (_: unknown, text: string) => ip(text).text === text)
    .registerFunction("net.IP.family(): int", ({ family }: CelIp) => (family === "ipv4" ? 4n : 6n))
    .registerFunction("string(net.IP): string", ({ text }: CelIp) => text);
  asks("isUnspecified", (address) => isWithin(address, ...UNSPECIFIED));
  asks("isLoopback", (address) => isWithin(address, ...LOOPBACK));
  asks("isLinkLocalMulticast", (address) => isWithin(address, ...LINK_LOCAL_MULTICAST));
  asks("isLinkLocalUnicast", (address) => isWithin(address, ...LINK_LOCAL));
  asks("isGlobalUnicast", (address) => !isWithin(address, ...NOT_GLOBAL));
  return addCidr(environment);
}

function addCidr(environment: Environment): Environment {
  const containsIp = (range: CelCidr, address: CelIp) =>
    address.family === range.address.family && blockOf(range.address, range.bits).check(address.text, address.family);
  const containsCidr = (range: CelCidr, other: CelCidr) => other.bits >= range.bits && containsIp(range, other.address);
  return environment
    .registerFunction("cidr(string): net.CIDR", cidr)
    .registerFunction("isCIDR(string): bool", isCidr)
    .registerFunction("net.CIDR.containsIP(net.IP): bool", containsIp)
    .registerFunction("net.CIDR.containsIP(string): bool", (range: CelCidr, text: string) =>
      containsIp(range, ip(text)),
    )
    .registerFunction("net.CIDR.containsCIDR(net.CIDR): bool", containsCidr)
    .registerFunction("net.CIDR.containsCIDR(string): bool", (range: CelCidr, text: string) =>
      containsCidr(range, cidr(text)),
    )
    .registerFunction("net.CIDR.ip(): net.IP", ({ address }: CelCidr) => address)
    .registerFunction("net.CIDR.masked(): net.CIDR", masked)
    .registerFunction("net.CIDR.prefixLength(): int", ({ bits }: CelCidr) => BigInt(bits))
    .registerFunction("string(net.CIDR): string", ({ address, bits }: CelCidr) => `${address.text}/${bits}`);
}

/** The network's own address: the bits behind the prefix are zero. */
function masked({ address, bits }: CelCidr): CelCidr {
  const width = address.family === "ipv4" ? 32 : 128;
  const shift = BigInt(width - bits);
  const value = (numberOf(address) >> shift) << shift;
  return new CelCidr(`${addressOf(value, address.family)}/${bits}`);
}

function numberOf({ text, family }: CelIp): bigint {
  if (family === "ipv4") {
    return text.split(".").reduce((value, part) => (value << 8n) | BigInt(part), 0n);
  }
  const [head = "", tail] = text.split("::");
  const front = head === "" ? [] : head.split(":");
  const back = tail === undefined || tail === "" ? [] : tail.split(":");
  const zeros = Array<string>(8 - front.length - back.length).fill("0");
  return [...front, ...zeros, ...back].reduce((value, part) => (value << 16n) | BigInt(`0x${part}`), 0n);
}

function addressOf(value: bigint, family: Family): string {
  const [count, width, radix] = family === "ipv4" ? [4, 8n, 10] : [8, 16n, 16];
  const parts = Array.from(
    { length: count },
    (_, i) => (value >> (width * BigInt(count - 1 - i))) & ((1n << width) - 1n),
  );
  return parts.map((part) => part.toString(radix)).join(family === "ipv4" ? "." : ":");
}
