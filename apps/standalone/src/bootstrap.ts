import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { Clock, Config, Logger } from '@datakeep/kernel';
import { type Gateway, startGateway } from '../../gateway/src/index.ts';
import { composeKeep, type Keep } from './compose.ts';
import { version } from './version.ts';

export interface RunningKeep {
  readonly url: string;
  /** Where the admin is made; only at a first start without ADMIN_PASSWORD. Holds a secret. */
  readonly setupUrl?: string;
  readonly app: NestFastifyApplication;
  readonly gateway: Gateway;
  readonly parts: Keep['parts'];
  /** Readiness answers 503 from now on; requests are still served. */
  announceStop(): void;
  /** Accepts no more, finishes what was accepted, and lets go of everything. */
  close(): Promise<void>;
}

export interface StartOptions {
  readonly config: Config;
  readonly logger: Logger;
  readonly clock: Clock;
}

/** Starts the whole keep in this process: the bootstrap of production, which tests use as well. */
export async function startKeep({ config, logger, clock }: StartOptions): Promise<RunningKeep> {
  let url = '';
  const keep = await composeKeep({ config, logger, clock, version, publicUrl: () => config.publicUrl ?? url });
  try {
    const { admins } = keep.parts;
    if (config.adminPassword !== undefined) await admins.createFirstAdmin(config.adminName, config.adminPassword);
    const setupToken = await admins.prepareSetup();
    const gateway = await startGateway(keep.parts);
    url = gateway.url;
    await keep.start();
    return {
      url,
      ...(setupToken === undefined ? {} : { setupUrl: `${config.publicUrl ?? url}/docs?urls.primaryName=Admin#setup=${setupToken}` }),
      app: gateway.app,
      gateway,
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
