"""What one writes by hand instead of Edgeloom: poll registers with pymodbus, publish changes with paho. No store, no cloud.

bridge.py MODBUS_PORT MQTT_PORT PERIOD_MS
"""

import asyncio
import json
import sys

import paho.mqtt.client as mqtt
from pymodbus.client import AsyncModbusTcpClient


async def main(modbus_port: int, mqtt_port: int, period: float) -> None:
    broker = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2)
    broker.connect("127.0.0.1", mqtt_port)
    broker.loop_start()
    device = AsyncModbusTcpClient("127.0.0.1", port=modbus_port)
    await device.connect()
    last: list[int] = []
    print("ready", flush=True)
    while True:
        registers = (await device.read_holding_registers(0, count=2, device_id=1)).registers
        for index, value in enumerate(registers):
            if not last or last[index] != value:
                broker.publish(f"peer/r{index}", json.dumps({"value": value}), qos=1, retain=True)
        last = registers
        await asyncio.sleep(period)


asyncio.run(main(int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]) / 1000))
