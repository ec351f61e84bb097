import { runProcess } from '@datakeep/service-host';
import { startKeep } from './bootstrap.ts';

await runProcess('standalone', startKeep);
