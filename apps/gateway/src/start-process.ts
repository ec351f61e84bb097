import { KeysModule } from '@datakeep/keys';
import { DATA_STORAGE, type DataStorage } from '@datakeep/contracts';
import { DOCUMENTS, DocumentsModule, type DocumentStore } from '@datakeep/documents';
import { EventsModule } from '@datakeep/events';
import { BackupsModule } from '@datakeep/keep-data';
import { MongoModule } from '@datakeep/mongo';
import { RegistryModule } from '@datakeep/registry';
import {
  ProcessModule,
  type ProcessStart,
  requireVariables,
  type RunningProcess,
  StorageClientModule,
  ViewManagerClientModule,
  VIEWS_CLIENT,
} from '@datakeep/service-host';
import { TelemetryModule } from '@datakeep/telemetry';
import { type RpcClient } from '@datakeep/transport';
import { type RunningGateway, serveGateway } from './bootstrap.ts';

class GatewayProcessModule {}

const checks = {
  inject: [DATA_STORAGE, DOCUMENTS, VIEWS_CLIENT],
  useFactory: (storage: DataStorage, documents: DocumentStore, views: { readonly control: RpcClient }) => ({
    storage: () => storage.ping(),
    documents: () => documents.ping(),
    views: () => views.control.reach(),
  }),
};

/** A drill starts an embedded keep, whose program every build has. */
const drillProgram = new URL(
  `../../standalone/src/drill/drill.child.${import.meta.url.endsWith('.ts') ? 'ts' : 'js'}`,
  import.meta.url,
);

/** Starts the gateway as a process: the bootstrap of production, which tests use as well. */
export async function startGatewayProcess(start: ProcessStart): Promise<RunningProcess & RunningGateway> {
  const config = requireVariables(start.config, 'the gateway', ['mongodbUri', 'signingKey', 'serviceSecret']);
  const running = await serveGateway(start, checks, (gateway) => ({
    module: GatewayProcessModule,
    // The last one closes first.
    imports: [
      TelemetryModule.forRoot(start, 'gateway'),
      ProcessModule.forRoot(start),
      KeysModule.forRoot(config),
      MongoModule.forRoot(config),
      DocumentsModule.forRoot(),
      StorageClientModule.forRoot(config),
      ViewManagerClientModule.forRoot(config),
      RegistryModule.forRoot(config),
      EventsModule.forRoot(config),
      BackupsModule.forRoot(config, { drillProgram }),
      gateway,
    ],
  }));
  return { ...running, address: running.gateway.url, close: () => running.gateway.close() };
}
