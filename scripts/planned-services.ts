import type { Config } from '../libs/kernel/src/index.ts';
import type { Environment, Listener } from './check-start.ts';

const kinds = ['storage', 'views', 'executors'] as const;
/** Where the health and metrics of a service are, where nothing says where the services listen. */
const healthPorts = { storage: 8121, views: 8122, executors: 8123 } as const;

/** One process of a keep of several. */
export interface PlannedService {
  readonly name: (typeof kinds)[number] | 'gateway';
  /** `storage`, or `storage 2` where there are several. */
  readonly label: string;
  readonly environment: Environment;
  listeners(config: Config): readonly Listener[];
}

/** The processes that the variables ask for, the gateways last. */
export function planServices(given: Environment): readonly PlannedService[] {
  const ports = (given['PORT'] ?? '').split(',').map((port) => port.trim());
  const shared = { ...given, PORT: ports[0] };
  return [
    ...kinds.flatMap((name) => plan(name, shared)),
    ...ports.map((PORT, index): PlannedService => {
      // Metrics without a token are served by the first alone: there is one METRICS_PORT.
      const environment = { ...shared, PORT, ...(index > 0 ? { METRICS_PORT: '' } : {}) };
      return {
        name: 'gateway',
        label: labelOf('gateway', index, ports.length),
        environment,
        listeners: ({ host, port, metricsPort }) => [
          { variable: 'PORT', host, port },
          { variable: 'METRICS_PORT', host, port: metricsPort },
        ],
      };
    }),
  ];
}

function plan(name: (typeof kinds)[number], shared: Environment): PlannedService[] {
  const variable = `${name.toUpperCase()}_SERVERS`;
  const addresses = (shared[variable] ?? '').split(',');
  return addresses.map((address, index) => {
    const port = /:(\d+)\s*$/.exec(address)?.[1];
    const own = port === undefined ? {} : { SERVICE_PORT: port, HEALTH_PORT: '0' };
    // What else a service listens on, only the first of a kind does.
    const others = index > 0 ? { STORAGE_HTTP_PORT: '0', EXECUTION_PORT: '' } : {};
    return {
      name,
      label: labelOf(name, index, addresses.length),
      environment: { ...shared, ...own, ...others },
      listeners: (config) => {
        const at = (of: string, number: number): Listener => ({
          variable: of,
          host: config.serviceHost,
          port: number,
        });
        return [
          at(variable, config.servicePort ?? config[`${name}Servers`][index]!.port),
          at('HEALTH_PORT', config.healthPort ?? healthPorts[name]),
          ...(name === 'storage' && config.storageKey !== undefined
            ? [at('STORAGE_HTTP_PORT', config.storageHttpPort)]
            : []),
          ...(name === 'executors' ? [at('EXECUTION_PORT', config.executionPort ?? 0)] : []),
        ];
      },
    };
  });
}

function labelOf(name: string, index: number, count: number): string {
  return count === 1 ? name : `${name} ${index + 1}`;
}
