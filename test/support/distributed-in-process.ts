import type { HostAndPort } from '@datakeep/kernel';
import type { ProcessStart } from '@datakeep/service-host';
import { startExecutors } from '../../apps/executors/src/bootstrap.ts';
import { startGatewayProcess } from '../../apps/gateway/src/start-process.ts';
import { startStorage } from '../../apps/storage/src/bootstrap.ts';
import { startViews } from '../../apps/views/src/bootstrap.ts';
import type { Started } from './distributed-by-npm.ts';
import { freePorts } from './free-ports.ts';

/** Two of each service in this process, over real connections, by the bootstraps of production. */
export async function distributedInProcess(given: ProcessStart): Promise<Started> {
  const running: { close(): Promise<void> }[] = [];
  const two = async (): Promise<readonly HostAndPort[]> =>
    (await freePorts(2)).map((port) => ({ host: '127.0.0.1', port }));
  const servers = { storageServers: await two(), viewsServers: await two(), executorsServers: await two() };
  const [first, second] = (await freePorts(2)) as [number, number];
  // The other services know the first gateway by it.
  const port = given.config.port === 0 ? first : given.config.port;
  const config = { ...given.config, ...servers, port };
  const start = async <One extends { close(): Promise<void> }>(
    boot: (start: ProcessStart) => Promise<One>,
    wishes: readonly Partial<ProcessStart['config']>[],
  ): Promise<One[]> => {
    const made: One[] = [];
    for (const wish of wishes) {
      const one = await boot({ ...given, config: { ...config, ...wish } });
      running.push(one);
      made.push(one);
    }
    return made;
  };
  const at = (addresses: readonly HostAndPort[]) => addresses.map((address) => ({ servicePort: address.port }));
  const close = async (): Promise<void> => {
    for (const one of running.toReversed()) await one.close();
  };
  try {
    await start(startStorage, at(servers.storageServers));
    await start(startViews, at(servers.viewsServers));
    await start(startExecutors, at(servers.executorsServers));
    const gateways = await start(startGatewayProcess, [{ port }, { port: second }]);
    return { urls: gateways.map(({ gateway }) => gateway.url), routes: gateways[0]!.gateway.routes.list(), close };
  } catch (error) {
    await close();
    throw error;
  }
}
