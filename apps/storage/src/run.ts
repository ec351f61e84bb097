import { runProcess } from '@datakeep/service-host';
import { startStorage } from './bootstrap.ts';

await runProcess('storage', startStorage);
