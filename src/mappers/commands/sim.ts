/** What `edgeloom sim` runs. */
export { runModbusSimulator } from "../modbus/simulator/simulator.ts";
