import type { MongoTarget } from './mongo-target.ts';

/** `MongoTarget.open`, loading the driver only now. */
export async function openMongoTarget(uri: string): Promise<MongoTarget> {
  const { MongoTarget: Target } = await import('./mongo-target.ts');
  return Target.open(uri);
}
