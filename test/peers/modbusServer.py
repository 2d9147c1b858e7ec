"""A Modbus TCP server and client of somebody else's making (pymodbus), for the tests to talk to.

Prints the server's port, then answers lines on stdin: "set holding|coil ADDRESS VALUE" and "get holding|coil ADDRESS".
Both go over TCP through pymodbus' own client, as another master on the network would.
"""

import asyncio
import sys

from pymodbus.client import AsyncModbusTcpClient
from pymodbus.server import ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice


async def main(port: int) -> None:
    bits = SimData(0, values=False, count=200, datatype=DataType.BITS)
    words = SimData(0, values=0, count=200, datatype=DataType.REGISTERS)
    server = ModbusTcpServer(SimDevice(1, simdata=([bits], [bits], [words], [words])), address=("127.0.0.1", port))
    await server.listen()
    port = server.transport.sockets[0].getsockname()[1]
    client = AsyncModbusTcpClient("127.0.0.1", port=port)
    await client.connect()
    print(port, flush=True)
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while line := await reader.readline():
        verb, kind, address, *rest = line.decode().split()
        at = int(address)
        if verb == "set" and kind == "coil":
            await client.write_coil(at, bool(int(rest[0])), device_id=1)
            print("ok", flush=True)
        elif verb == "set":
            await client.write_register(at, int(rest[0]), device_id=1)
            print("ok", flush=True)
        elif kind == "coil":
            print(int((await client.read_coils(at, count=1, device_id=1)).bits[0]), flush=True)
        else:
            print((await client.read_holding_registers(at, count=1, device_id=1)).registers[0], flush=True)


asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else 0))
