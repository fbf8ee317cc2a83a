import { COUNTERS, MISS_CAUSES, REMOVAL_CAUSES } from '../../bindings/core/abi.generated.ts';

/** What `stats()` returns of a new cache. */
export function newCounters() {
  return {
    number: 0,
    ...zeros(COUNTERS),
    missCauses: zeros(MISS_CAUSES),
    removals: zeros(REMOVAL_CAUSES),
    resumptionAges: Array.from({ length: 32 }, () => 0),
  };
}

function zeros<Name extends string>(names: readonly Name[]): Record<Name, number> {
  return Object.fromEntries(names.map((name) => [name, 0])) as Record<Name, number>;
}

export type Counters = ReturnType<typeof newCounters>;
