import { runProcess } from '@datakeep/service-host';
import { startExecutors } from './bootstrap.ts';

await runProcess('executors', startExecutors);
