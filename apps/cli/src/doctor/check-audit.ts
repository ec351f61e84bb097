import { existsSync } from 'node:fs';
import { documentsFile, readMongoDocuments, readSqliteDocuments } from '@datakeep/documents';
import type { Config } from '@datakeep/kernel';
import { type FollowedTrail, followTrail } from '../audit-trail.ts';
import { fault, type Finding, well } from './finding.ts';

/** The hash chain of the audit trail, also while a keep adds to it. */
export async function checkAudit(config: Config): Promise<readonly Finding[]> {
  const { mongodbUri } = config;
  const file = documentsFile(config);
  if (mongodbUri === undefined && !existsSync(file)) return [];
  const trail = await followTrail(() =>
    mongodbUri === undefined ? readSqliteDocuments(file) : readMongoDocuments(mongodbUri),
  );
  return [auditFinding(trail)];
}

export function auditFinding({ isWhole, said }: FollowedTrail): Finding {
  if (isWhole) return well('audit trail', said);
  return fault('audit trail', said, 'Not the keep wrote there: docs/deployment.md, "The audit trail".');
}
