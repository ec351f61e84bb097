import type { IConfiguration } from 'dependency-cruiser';
import law, { testCode } from './import-law.ts';

/** The law of folders, which tests do not follow: a spec imports what it tests and what it tests it with. */
const folderLaw: IConfiguration = {
  forbidden: [
    {
      name: 'no-folder-cycle',
      comment: 'A folder is read, tested and moved as one; in a cycle of folders none comes before the others.',
      severity: 'error',
      scope: 'folder',
      from: {},
      to: { circular: true },
    },
  ],
  options: { ...law.options, exclude: { path: `^dist/|${testCode}` } },
};

export default folderLaw;
