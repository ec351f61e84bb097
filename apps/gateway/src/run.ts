import { runProcess } from '@datakeep/service-host';
import { startGatewayProcess } from './start-process.ts';

await runProcess('gateway', startGatewayProcess);
