import { runProcess } from '@datakeep/service-host';
import { startViews } from './bootstrap.ts';

await runProcess('views', startViews);
