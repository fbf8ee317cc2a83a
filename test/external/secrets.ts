import { join } from 'node:path';
import { run } from '../support/commands.ts';

/** The report of the child: how many sessions there were, and parts of how many were found. */
export interface Search {
  secrets: number;
  resumed: number;
  /** While the caches were open. */
  before: number;
  /** After they were closed. */
  left: number;
}

const CHILD = join(import.meta.dirname, 'secrets-child.ts');

/**
 * Runs sealing-child.ts, which opens 600 secrets. `before`: the last one is not overwritten yet.
 */
export async function searchOpened(): Promise<Omit<Search, 'resumed'> & { opened: number }> {
  const child = join(import.meta.dirname, 'sealing-child.ts');
  const said = await run(process.execPath, ['--no-warnings', '--import', 'tsx', child]);
  return JSON.parse(said) as Omit<Search, 'resumed'> & { opened: number };
}

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
