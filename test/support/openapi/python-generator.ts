import { pythonEnvironment } from '../python-environment.ts';

/** The program openapi-python-client, from PyPI, where it is available. */
export async function pythonGenerator(suite: string): Promise<string | undefined> {
  const environment = await pythonEnvironment('openapi-python-client-0.29.1', ['openapi-python-client==0.29.1'], suite);
  return environment?.program('openapi-python-client');
}
