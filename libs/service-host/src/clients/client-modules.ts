import { type DynamicModule, Inject, Module, type OnApplicationShutdown } from '@nestjs/common';
import {
  DATA_STORAGE,
  type DataStorage,
  defaultExecutionLimits,
  type ExecutionService,
  RUN_COORDINATOR,
  RUN_DIRECTORY,
  RUNTIMES,
  VIEW_MANAGER,
} from '@datakeep/contracts';
import { type Clock, CLOCK, type Config, DatakeepError, type Logger, LOGGER, PolledValue } from '@datakeep/kernel';
import {
  createRpcClient,
  dataStorageService,
  executionService,
  foreignStorage,
  type RpcClient,
  type RpcClientOptions,
  runCoordinatorService,
  viewManagerService,
  type ViewsPort,
} from '@datakeep/transport';
import { readServiceTls } from './service-tls.ts';

type Shared = Omit<RpcClientOptions, 'servers'>;

const inject = [CLOCK, LOGGER];
const shared = (config: Config, clock: Clock, logger: Logger): Shared => ({
  secret: config.serviceSecret,
  tls: readServiceTls(config),
  clock,
  logger,
});

/** Provides `DATA_STORAGE` over the services of STORAGE_SERVERS, or the program of STORAGE_URL. */
@Module({})
export class StorageClientModule implements OnApplicationShutdown {
  readonly #storage: DataStorage;

  constructor(@Inject(DATA_STORAGE) storage: DataStorage) {
    this.#storage = storage;
  }

  static forRoot(config: Config): DynamicModule {
    const storage = {
      provide: DATA_STORAGE,
      inject,
      useFactory: (clock: Clock, logger: Logger) =>
        foreignStorage(config, clock) ??
        remoteDataStorage(
          createRpcClient(dataStorageService, { ...shared(config, clock, logger), servers: config.storageServers }),
          clock,
        ),
    };
    return { module: StorageClientModule, global: true, providers: [storage], exports: [DATA_STORAGE] };
  }

  onApplicationShutdown(): Promise<void> {
    return this.#storage.close();
  }
}

/** A `DataStorage` from a client of the service: `close` closes the client, and changes are watched for by asking. */
export function remoteDataStorage(
  client: { readonly port: Omit<DataStorage, 'close' | 'watchChanges'>; readonly control: { close(): Promise<void> } },
  clock: Clock,
): DataStorage {
  const polled = new PolledValue(() => client.port.lastChange(), clock);
  const close = (): Promise<void> => {
    polled.stop();
    return client.control.close();
  };
  return { ...client.port, watchChanges: (wake) => polled.watch(wake), close };
}

/** The client of the views services: `reach` says whether one of them takes calls. */
export const VIEWS_CLIENT = Symbol('RpcClient of views');

interface Client<Port> {
  readonly port: Port;
  readonly control: RpcClient;
}

const portOf = <Port>({ port }: Client<Port>): Port => port;

abstract class ViewsClientModule implements OnApplicationShutdown {
  readonly #client: Client<unknown>;

  constructor(@Inject(VIEWS_CLIENT) client: Client<unknown>) {
    this.#client = client;
  }

  onApplicationShutdown(): Promise<void> {
    return this.#client.control.close();
  }
}

/** Provides `VIEW_MANAGER` and `RUN_DIRECTORY` over the services of VIEWS_SERVERS. */
@Module({})
export class ViewManagerClientModule extends ViewsClientModule {
  static forRoot(config: Config): DynamicModule {
    const client = {
      provide: VIEWS_CLIENT,
      inject,
      useFactory: (clock: Clock, logger: Logger): Client<ViewsPort> =>
        createRpcClient(viewManagerService, { ...shared(config, clock, logger), servers: config.viewsServers }),
    };
    const ports = [VIEW_MANAGER, RUN_DIRECTORY].map((provide) => ({
      provide,
      inject: [VIEWS_CLIENT],
      useFactory: portOf<ViewsPort>,
    }));
    return {
      module: ViewManagerClientModule,
      global: true,
      providers: [client, ...ports],
      exports: [VIEWS_CLIENT, VIEW_MANAGER, RUN_DIRECTORY],
    };
  }
}

/** Provides `RUN_COORDINATOR` over the services of VIEWS_SERVERS, as those offer it. */
@Module({})
export class RunCoordinatorClientModule extends ViewsClientModule {
  static forRoot(config: Config): DynamicModule {
    const client = {
      provide: VIEWS_CLIENT,
      inject,
      useFactory: (clock: Clock, logger: Logger) =>
        createRpcClient(runCoordinatorService, { ...shared(config, clock, logger), servers: config.viewsServers }),
    };
    const port = { provide: RUN_COORDINATOR, inject: [VIEWS_CLIENT], useFactory: portOf };
    return {
      module: RunCoordinatorClientModule,
      global: true,
      providers: [client, port],
      exports: [VIEWS_CLIENT, RUN_COORDINATOR],
    };
  }
}

/** Provides `RUNTIMES` over the services of EXECUTORS_SERVERS, for the view manager. */
@Module({})
export class ExecutionClientModule implements OnApplicationShutdown {
  readonly #runtimes: ReadonlyMap<string, ExecutionService>;

  constructor(@Inject(RUNTIMES) runtimes: ReadonlyMap<string, ExecutionService>) {
    this.#runtimes = runtimes;
  }

  static forRoot(config: Config): DynamicModule {
    const provider = {
      provide: RUNTIMES,
      inject,
      useFactory: (clock: Clock, logger: Logger) =>
        new Map(
          config.runtimes.map(({ name }) => [name, remoteExecution(name, config, shared(config, clock, logger))]),
        ),
    };
    return { module: ExecutionClientModule, global: true, providers: [provider], exports: [RUNTIMES] };
  }

  async onApplicationShutdown(): Promise<void> {
    await Promise.all([...this.#runtimes.values()].map((runtime) => runtime.close()));
  }
}

/** One runtime of the executors: `close` closes the client, and it executes nothing. */
function remoteExecution(runtime: string, config: Config, options: Shared): ExecutionService {
  const { viewWallTimeMs: wallTimeMs, viewMemoryMiB: memoryMiB, executorsServers: servers } = config;
  const client = createRpcClient(executionService(runtime), { ...options, servers, deadlineMs: 30_000 });
  const elsewhere = 'Runs are executed by the workers of the run queue.';
  return {
    ...client.port,
    runtime,
    defaultLimits: { ...defaultExecutionLimits, wallTimeMs, memoryMiB },
    execute: () => Promise.reject(new DatakeepError('execution-service-unreachable', elsewhere)),
    close: () => client.control.close(),
  };
}
