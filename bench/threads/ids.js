/**
 * The ids of the benchmarks of threads, 32 bytes each, in an array that can be sent to a thread.
 * @param {number} count
 */
export function makeIds(count) {
  return Array.from({ length: count }, (_, i) => {
    const id = Buffer.alloc(32, i & 0xff);
    id.writeUInt32LE(Math.imul(i, 0x9e3779b1) >>> 0);
    return id;
  });
}
