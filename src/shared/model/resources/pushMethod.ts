import { z } from "zod";
import { openObject } from "./schema.ts";

const text = (description: string) => z.string().optional().describe(description);
const whole = (description: string, format: "int64" | "int32" = "int64") =>
  z.int().optional().meta({ description, format });

const influxdb2 = z.object({
  influxdb2ClientConfig: z
    .object({ url: text("Address of InfluxDB."), org: text("Organisation."), bucket: text("Bucket to write to.") })
    .optional()
    .describe("How InfluxDB is reached."),
  influxdb2DataConfig: z
    .object({
      measurement: text("Measurement to write to."),
      tag: z.record(z.string(), z.string()).optional().describe("Tags of every point."),
      fieldKey: text("Field that takes the value."),
    })
    .optional()
    .describe("How values become points."),
});

const redis = z.object({
  redisClientConfig: z
    .object({
      addr: text("Address, host:port."),
      db: whole("Database number."),
      poolsize: whole("Most connections."),
      minIdleConns: whole("Least idle connections."),
    })
    .optional()
    .describe("How Redis is reached."),
});

const tdengine = z.object({
  TDEngineClientConfig: z
    .object({ addr: text("Address, host:port."), dbName: text("Database.") })
    .optional()
    .describe("How TDengine is reached."),
});

const kwdb = z.object({
  KWDBClientConfig: z
    .object({ addr: text("Address, host:port."), dbName: text("Database.") })
    .optional()
    .describe("How KaiwuDB is reached."),
});

const mysql = z.object({
  mysqlClientConfig: z
    .object({ addr: text("Address, host:port."), database: text("Database."), userName: text("User name.") })
    .optional()
    .describe("How MySQL is reached."),
});

/** KubeEdge's push methods, field for field: kept, and answered by the condition PushMethodIgnored. */
export const pushMethod = z
  .object({
    http: z
      .object({
        hostName: text("Host that takes the values."),
        port: whole("Its port."),
        requestPath: text("Path of the request."),
        timeout: whole("Longest wait for an answer."),
      })
      .optional()
      .describe("Values go to an HTTP server."),
    mqtt: z
      .object({
        address: text("Address of the broker."),
        topic: text("Topic to publish on."),
        qos: whole("Quality of service: 0, 1 or 2.", "int32"),
        retained: z.boolean().optional().describe("Whether the broker keeps the last value."),
      })
      .optional()
      .describe("Values go to another MQTT broker."),
    otel: z
      .object({ endpointURL: text("Address of the collector.") })
      .optional()
      .describe("Values go to an OpenTelemetry collector."),
    dbMethod: z
      .object({
        influxdb2: influxdb2.optional().describe("InfluxDB 2."),
        redis: redis.optional().describe("Redis."),
        TDEngine: tdengine.optional().describe("TDengine."),
        Kwdb: kwdb.optional().describe("KaiwuDB."),
        mysql: mysql.optional().describe("MySQL."),
      })
      .optional()
      .describe("Values go to a database."),
    anomalyDetection: openObject("Anomaly detection, in the words of the mapper that does it.").optional(),
  })
  .optional()
  .describe(
    "Where a mapper pushes the values besides the twin. Kept for manifests written for KubeEdge; Edgeloom does not push (condition PushMethodIgnored): subscribe to devices/{namespace}/{name}/{property} at the edge instead.",
  );
