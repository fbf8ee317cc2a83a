import { join } from 'node:path';
import { run } from '../support/commands.ts';

/** What the child says: how many sessions there were, and of how many it has found something. */
export interface Search {
  secrets: number;
  resumed: number;
  /** While the caches were open. */
  before: number;
  /** After they were closed. */
  left: number;
}

const CHILD = join(import.meta.dirname, 'secrets-child.ts');

/** Runs secrets-child.ts. */
export async function searchSecrets(
  kind: 'memory' | 'cluster' | 'redis',
  seal: 'sealed' | 'unsealed',
  port = 0,
): Promise<Search> {
  const args = ['--no-warnings', '--import', 'tsx', CHILD, kind, seal, `${port}`];
  const said = await run(process.execPath, args);
  return JSON.parse(said) as Search;
}
