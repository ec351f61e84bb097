import type { ProcessStart, RunningProcess } from '@datakeep/service-host';
import { type RunningGateway, serveGateway } from './bootstrap.ts';
import { composeGateway } from './compose.ts';

/** Starts the gateway as a process of its own: the bootstrap of production, which tests use as well. */
export async function startGatewayProcess(surroundings: ProcessStart): Promise<RunningProcess & RunningGateway> {
  const { parts, close } = await composeGateway(surroundings);
  try {
    const running = await serveGateway(parts);
    return {
      ...running,
      address: running.gateway.url,
      announceStop: () => parts.readiness.stop(),
      close: async () => {
        parts.readiness.stop();
        await running.gateway.close();
        await close();
      },
    };
  } catch (error) {
    await close();
    throw error;
  }
}
