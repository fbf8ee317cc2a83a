import { engineOf } from '../../bindings/cache/internal.ts';
import type { SessionCache } from '../../bindings/index.ts';

/** Has the debug core check its numbered invariants; throws, with the line, when one is broken. */
export function validate(cache: SessionCache): void {
  const { core } = engineOf(cache).memory;
  if (core.validate === undefined) throw new Error('this is no debug core: npm run build:debug');
  core.validate();
}
