// Figures of caches that this benchmark does not measure: recorded once, each with its own way to
// count, with the same TLS 1.2 session of 158 bytes (ECDSA, no client certificate).

/** @type {{ name: string, perMiB: number, how: string }[]} */
export const density = [
  {
    name: 'nginx 1.22.1',
    perMiB: 2688,
    how: 'shared:SSL:1m on 64 bits, filled, then walked from the newest to the first that was gone. Its manual says about 4,000, which 32 bits give.',
  },
  {
    name: 'Apache 2.4.71',
    perMiB: 3967,
    how: 'shmcb of 1 MiB, filled, walked the same way: a lower bound, its parts fill unevenly.',
  },
  {
    name: 'HAProxy 2.6.12',
    perMiB: 4297,
    how: 'holds exactly tune.ssl.cachesize sessions; 244 bytes each by its structures.',
  },
];
