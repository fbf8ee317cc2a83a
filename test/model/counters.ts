/** What `stats()` returns of a new cache. */
export function newCounters() {
  return {
    number: 0,
    connect: 0,
    connectGood: 0,
    connectRenegotiate: 0,
    accept: 0,
    acceptGood: 0,
    acceptRenegotiate: 0,
    hits: 0,
    cbHits: 0,
    misses: 0,
    timeouts: 0,
    cacheFull: 0,
    missCauses: {
      absent: 0,
      expired: 0,
      context: 0,
      version: 0,
      notResumable: 0,
      extendedMasterSecret: 0,
      foreignId: 0,
      future: 0,
    },
    removals: {
      removed: 0,
      evicted: 0,
      expired: 0,
      flushed: 0,
      replaced: 0,
      revoked: 0,
      aborted: 0,
      refused: 0,
      closed: 0,
    },
    resumptionAges: Array.from({ length: 32 }, () => 0),
  };
}

export type Counters = ReturnType<typeof newCounters>;
