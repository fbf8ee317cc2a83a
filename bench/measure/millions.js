// More sessions than a Map can hold.

import { Ids } from '../data/ids.js';

const ASKED = 1_000_000;
const DATA = 20; // bytes; more would not fit in the 4 GiB of WebAssembly

/**
 * @typedef {{ number: number, memory: number, asked: number, found: number }} Millions `memory` in
 *   bytes; `found` of the `asked` ones, evenly spread
 * @param {{ size: number }} task
 * @returns {Promise<Millions>}
 */
export async function millions({ size }) {
  const { Session, SessionCache } = await import('sesscache');
  const cache = new SessionCache({ size: 0 });
  const ids = new Ids();
  const data = new Uint8Array(DATA);
  const view = new DataView(data.buffer);
  for (let i = 0; i < size; i++) {
    view.setUint32(0, i);
    cache.addSession(new Session({ id: ids.at(i), data, timeout: 36_000 }));
  }
  const asked = Math.min(size, ASKED);
  const step = Math.floor(size / asked);
  let found = 0;
  for (let i = 0; i < asked; i++) {
    const bytes = cache.viewSession(ids.at(i * step))?.data;
    if (bytes && new DataView(bytes.buffer, bytes.byteOffset).getUint32(0) === i * step) found++;
  }
  const { memory, number } = cache.stats();
  return { number, memory, asked, found };
}
