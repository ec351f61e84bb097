/** The `ServiceGate` of this process's RPC server. */
export const SERVICE_GATE = Symbol('SERVICE_GATE');
