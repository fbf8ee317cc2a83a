import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * A B+ tree in shared memory, which all processes of a machine can read. It neither bounds nor
 * expires; like `Map` it is emptied now and then. Keys and values are bytes, commits do not wait
 * for a disk, and each add is a transaction, as in a server that has one session to store.
 * @type {import('./types.ts').Contender}
 */
export const lmdb = {
  package: 'lmdb',
  bounds: false,
  expires: false,
  evicts: 'none',
  // An add takes microseconds.
  largest: 100_000,
  async make(size) {
    const { open } = await import('lmdb');
    const path = mkdtempSync(join(tmpdir(), 'sesscache-lmdb-'));
    process.once('exit', () => rmSync(path, { recursive: true, force: true }));
    /** @type {import('lmdb').RootDatabase<Uint8Array, Uint8Array>} */
    const store = open({
      path: join(path, 'sessions'),
      encoding: 'binary',
      keyEncoding: 'binary',
      noSync: true,
      useWritemap: true,
      mapSize: 4096 * Math.ceil(size / 1000) * 4096,
    });
    const most = 4 * size;
    let number = 0;
    return {
      add(id, data) {
        if (number === most) {
          store.clearSync();
          number = 0;
        }
        store.putSync(id, data);
        number++;
      },
      view: (id) => store.getBinaryFast(id),
      copy: (id) => store.getBinary(id),
      remove(id) {
        if (store.removeSync(id)) number--;
      },
      clear() {
        store.clearSync();
        number = 0;
      },
      count: () => number,
      close: () => void store.close(),
    };
  },
};
