/** The process that attacks: `attacker.ts <name> <url> <token> <app id>`, until it is killed. */
import { AppClient } from '../../test/support/keep-client.ts';
import { attacks } from './attacks.ts';

// Also where no connection is left that could be waited for.
setInterval(() => undefined, 60_000);
const [name, url, token, appId] = process.argv.slice(2) as [string, string, string, string];
await attacks.find((attack) => attack.name === name)?.run(new AppClient(url, token, appId));
