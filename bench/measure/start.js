// What a program pays before its first session.

/** @returns {Promise<{ milliseconds: number }>} to import the package and make a cache */
export async function startUp() {
  const start = performance.now();
  const { SessionCache } = await import('sesscache');
  const cache = new SessionCache();
  const milliseconds = performance.now() - start;
  cache.close();
  return { milliseconds };
}
