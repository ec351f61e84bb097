/** `npm start`: checks variables and ports, builds the program if its sources changed, and becomes the keep. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { startFlags, startVariables } from '../libs/service-host/src/prepare-node.ts';
import { build } from './build.ts';
import { checkProcesses, orEnd, withoutMisspelt } from './check-start.ts';

const environment = withoutMisspelt(process.env);
await orEnd(() =>
  checkProcesses([
    {
      environment,
      listeners: ({ host, port, metricsPort, serviceHost, executionPort = 0 }) => [
        { variable: 'PORT', host, port },
        { variable: 'METRICS_PORT', host, port: metricsPort },
        { variable: 'EXECUTION_PORT', host: serviceHost, port: executionPort },
      ],
    },
  ]),
);
const program = join(await orEnd(build), 'apps/standalone/src/main.js');
const arguments_ = [...startFlags, program];
const env = { ...startVariables, ...environment };
// In the place of this process, so that signals reach the keep and nothing else stays in memory.
if (process.execve && process.platform !== 'win32')
  process.execve(process.execPath, [process.execPath, ...arguments_], env);
spawn(process.execPath, arguments_, { stdio: 'inherit', env }).once('exit', (code) => {
  process.exitCode = code ?? 1;
});
