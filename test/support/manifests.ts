/** A manifest that is wrong, and where the API must say so. */
export interface WrongManifest {
  readonly name: string;
  readonly manifest: { readonly kind: string; readonly metadata: { readonly name: string } };
  readonly errors: readonly { readonly field: string; readonly message: string }[];
}

type Json = Readonly<Record<string, unknown>>;

const API_VERSION = "devices.kubeedge.io/v1beta1";
const TCP = { protocolName: "modbus", configData: { communicateMode: "TCP", ip: "127.0.0.1", port: "5502" } };

/** A DeviceModel with these properties. */
export const model = (name: string, properties: readonly Json[] = [], rest: Json = {}) => ({
  apiVersion: API_VERSION,
  kind: "DeviceModel",
  metadata: { name, namespace: "default" },
  spec: { protocol: "modbus", properties, ...rest },
});

/** A Device with one property, `speed`. */
export const device = (name: string, { visitors, protocol = TCP }: { visitors?: Json; protocol?: Json }) =>
  deviceOf(name, {
    deviceModelRef: { name: "pump" },
    nodeName: "edge-1",
    protocol,
    properties: [
      { name: "speed", desired: { value: "" }, collectCycle: 10_000_000_000, ...(visitors && { visitors }) },
    ],
  });

/** As many properties as a Device may have, half of them inheriting their protocol; numbers are texts, which cost most. */
export function hugeDevice() {
  const configData = {
    register: "HoldingRegister",
    offset: "65535",
    limit: "123",
    scale: "0.1",
    isSwap: "true",
    isRegisterSwap: false,
    dataType: "string",
    table: "holding",
    address: "65535",
    rawType: "bytes",
    length: "123",
    byteOrder: "little",
    wordOrder: "little",
  };
  const properties = Array.from({ length: 1000 }, (_, index) => ({
    name: `property-${index}`,
    visitors: { ...(index % 2 === 0 && { protocolName: "modbus-rtu" }), configData },
  }));
  return deviceOf("huge", { deviceModelRef: { name: "pump" }, protocol: TCP, properties });
}

const deviceOf = (name: string, spec: Json) => ({
  apiVersion: API_VERSION,
  kind: "Device",
  metadata: { name, namespace: "default" },
  spec,
});

const visitor = (configData: Json, protocolName = "modbus") =>
  device("wrong", { visitors: { protocolName, configData } });

const protocol = (configData: Json, protocolName = "modbus") =>
  device("wrong", { protocol: { protocolName, configData } });

const CONFIG = "spec.properties[0].visitors.configData";

/** What issue and contract want refused at apply. */
export const WRONG_MANIFESTS: readonly WrongManifest[] = [
  {
    name: "a Device without a model and a protocol",
    manifest: deviceOf("wrong", { properties: [] }),
    errors: [
      { field: "spec.deviceModelRef", message: "Required value" },
      { field: "spec.protocol", message: "Required value" },
    ],
  },
  {
    name: "a Device whose model and protocol have no name",
    manifest: deviceOf("wrong", { deviceModelRef: {}, protocol: {} }),
    errors: [
      { field: "spec.deviceModelRef.name", message: "Required value" },
      { field: "spec.protocol.protocolName", message: "Required value" },
    ],
  },
  {
    name: "a Device whose model and protocol have an empty name",
    manifest: deviceOf("wrong", { deviceModelRef: { name: "" }, protocol: { protocolName: "" } }),
    errors: [
      { field: "spec.deviceModelRef.name", message: "name the DeviceModel" },
      { field: "spec.protocol.protocolName", message: "name the protocol" },
    ],
  },
  {
    name: "a Device with the same property twice",
    manifest: deviceOf("wrong", {
      deviceModelRef: { name: "pump" },
      protocol: TCP,
      properties: [{ name: "speed" }, { name: "run" }, { name: "speed" }],
    }),
    errors: [{ field: "spec.properties[2]", message: "Duplicate value" }],
  },
  {
    name: "a model with the same property twice, and one without a name",
    manifest: model("wrong", [{ name: "speed" }, { name: "speed" }, { type: "INT" }]),
    errors: [
      { field: "spec.properties[1]", message: "Duplicate value" },
      { field: "spec.properties[2].name", message: "Required value" },
    ],
  },
  {
    name: "a property of type STREAM",
    manifest: model("wrong", [{ name: "camera", type: "STREAM" }]),
    errors: [{ field: "spec.properties[0].type", message: "STREAM has no value to report" }],
  },
  {
    name: "a property of a type that is none, with an access mode that is none",
    manifest: model("wrong", [{ name: "speed", type: "NUMBER", accessMode: "WriteOnly" }]),
    errors: [
      { field: "spec.properties[0].type", message: 'Unsupported value: "NUMBER"' },
      { field: "spec.properties[0].accessMode", message: 'Unsupported value: "WriteOnly"' },
    ],
  },
  {
    name: "a minimum that is no number",
    manifest: model("wrong", [{ name: "speed", minimum: "0", maximum: "fast" }]),
    errors: [{ field: "spec.properties[0].maximum", message: "must be a number as text" }],
  },
  {
    name: "a desired value that is no text",
    manifest: deviceOf("wrong", {
      deviceModelRef: { name: "pump" },
      protocol: TCP,
      properties: [{ name: "speed", desired: { value: 5 } }],
    }),
    errors: [{ field: "spec.properties[0].desired.value", message: "must be of type string" }],
  },
  {
    name: "a time to live that is no number",
    manifest: deviceOf("wrong", {
      deviceModelRef: { name: "pump" },
      protocol: TCP,
      properties: [{ name: "speed", desired: { value: "5", metadata: { ttlMs: "5s" } } }],
    }),
    errors: [{ field: "spec.properties[0].desired.metadata", message: "ttlMs must be milliseconds" }],
  },
  {
    name: "an unknown register type, an offset and a limit out of range",
    manifest: visitor({ register: "HoldRegister", offset: 65_536, limit: 0 }),
    errors: [
      { field: `${CONFIG}.register`, message: "one of CoilRegister, DiscreteInputRegister, InputRegister, Hold" },
      { field: `${CONFIG}.offset`, message: "a whole number from 0 to 65535" },
      { field: `${CONFIG}.limit`, message: "limit must be a whole number from 1" },
    ],
  },
  {
    name: "the same as texts, under another name of the protocol",
    manifest: visitor({ register: "", offset: "-1", limit: "1x" }, "Modbus-TCP"),
    errors: [
      { field: `${CONFIG}.offset`, message: "a whole number from 0 to 65535" },
      { field: `${CONFIG}.limit`, message: "limit must be a whole number from 1" },
    ],
  },
  {
    name: "three registers for a number",
    manifest: visitor({ register: "HoldingRegister", offset: 0, limit: 3, dataType: "int" }),
    errors: [{ field: `${CONFIG}.limit`, message: "limit must be 1, 2 or 4 registers" }],
  },
  {
    name: "a scale that is no number",
    manifest: visitor({ scale: "a lot" }),
    errors: [{ field: `${CONFIG}.scale`, message: "should match" }],
  },
  {
    name: "a swap that is neither true nor false",
    manifest: visitor({ isSwap: "maybe", isRegisterSwap: "1" }),
    errors: [
      { field: `${CONFIG}.isSwap`, message: "should match" },
      { field: `${CONFIG}.isRegisterSwap`, message: "should match" },
    ],
  },
  {
    name: "our own words with wrong values",
    manifest: visitor({ table: "registers", address: 70_000, rawType: "uint8", byteOrder: "middle" }),
    errors: [
      { field: `${CONFIG}.table`, message: "one of coil, discrete, input, holding" },
      { field: `${CONFIG}.address`, message: "a whole number from 0 to 65535" },
      { field: `${CONFIG}.rawType`, message: "one of bool, int16" },
      { field: `${CONFIG}.byteOrder`, message: "one of big, little" },
    ],
  },
  {
    name: "a wrong visitor that inherits the device's protocol",
    manifest: device("wrong", { visitors: { configData: { offset: 70_000 } } }),
    errors: [
      { field: "spec.properties", message: "visitors.configData of property speed: offset must be a whole number" },
    ],
  },
  {
    name: "a wrong visitor in a model, named and inherited",
    manifest: model("wrong", [
      { name: "speed", visitors: { protocolName: "modbus", configData: { offset: -1 } } },
      { name: "run", visitors: { configData: { register: "Coil" } } },
    ]),
    errors: [
      { field: "spec.properties[0].visitors.configData.offset", message: "from 0 to 65535" },
      { field: "spec.properties", message: "visitors.configData of property run: register must be one of" },
    ],
  },
  {
    name: "an address that no device has",
    manifest: protocol({ ip: 5, port: 0, slaveID: 256, communicateMode: "UDP", timeout: -1 }, "MODBUS"),
    errors: [
      { field: "spec.protocol.configData.ip", message: "ip must be a text" },
      { field: "spec.protocol.configData.port", message: "a whole number from 1 to 65535" },
      { field: "spec.protocol.configData.slaveID", message: "a whole number from 0 to 255" },
      { field: "spec.protocol.configData.communicateMode", message: "one of TCP, RTU" },
      { field: "spec.protocol.configData.timeout", message: "a whole number from 0" },
    ],
  },
  {
    name: "a serial line that no port can have",
    manifest: protocol({ baudRate: "1", dataBits: 9, parity: "mark", stopBits: "3" }),
    errors: [
      { field: "spec.protocol.configData.baudRate", message: "a whole number from 50" },
      { field: "spec.protocol.configData.dataBits", message: "a whole number from 5 to 8" },
      { field: "spec.protocol.configData.parity", message: "one of none, even, odd" },
      { field: "spec.protocol.configData.stopBits", message: "a whole number from 1 to 2" },
    ],
  },
  {
    name: "wrong keys for all devices of a model",
    manifest: model("wrong", [], { protocolConfigData: { port: 70_000 } }),
    errors: [{ field: "spec.protocolConfigData.port", message: "a whole number from 1 to 65535" }],
  },
];
