import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { type ProcessStart, type RunningProcess, version } from '@datakeep/service-host';
import { type Gateway, serveGateway } from '../../gateway/src/index.ts';
import { composeKeep, type Keep } from './compose.ts';

export interface RunningKeep extends RunningProcess {
  readonly url: string;
  /** Where the admin is made; only at a first start without ADMIN_PASSWORD. Holds a secret. */
  readonly setupUrl?: string;
  readonly app: NestFastifyApplication;
  readonly gateway: Gateway;
  readonly parts: Keep['parts'];
}

/** Starts the whole keep in this process: the bootstrap of production, which tests use as well. */
export async function startKeep({ config, logger, clock, giveUp, selfTest }: ProcessStart): Promise<RunningKeep> {
  let url = '';
  const keep = await composeKeep({
    config,
    logger,
    clock,
    giveUp,
    selfTest,
    version,
    publicUrl: () => config.publicUrl ?? url,
    localUrl: () => url,
  });
  try {
    const running = await serveGateway(keep.parts);
    const { gateway } = running;
    url = gateway.url;
    await keep.start();
    return {
      ...running,
      url,
      address: url,
      app: gateway.app,
      parts: keep.parts,
      announceStop: () => keep.parts.readiness.stop(),
      close: async () => {
        keep.parts.readiness.stop();
        await gateway.close();
        await keep.close();
      },
    };
  } catch (error) {
    await keep.close();
    throw error;
  }
}
