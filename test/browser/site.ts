// A small web server whose answers all carry the strict policy.

import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize } from 'node:path';

/** No inline script, no eval, nothing from elsewhere; WebAssembly may be compiled. */
export const POLICY = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'";

const TYPES: Record<string, string> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.wasm': 'application/wasm',
};

export interface Site {
  /** Where it is, without a slash at the end. */
  readonly origin: string;
  /** What was asked for and is not there. */
  readonly missing: string[];
  close(): Promise<void>;
}

/**
 * Serves `pages`, path by path, and below them the files of `folders`, by what paths begin with.
 */
export async function serve(
  pages: Record<string, string>,
  folders: Record<string, string> = {},
  policy: string = POLICY,
  headers: Record<string, string> = {},
): Promise<Site> {
  const missing: string[] = [];
  const contentOf = async (path: string): Promise<string | Buffer | undefined> => {
    if (path === '/favicon.ico') return '';
    if (Object.hasOwn(pages, path)) return pages[path];
    for (const [prefix, folder] of Object.entries(folders)) {
      if (!path.startsWith(prefix)) continue;
      const file = join(folder, normalize(path.slice(prefix.length)));
      return readFile(file).catch(() => undefined);
    }
    return undefined;
  };
  const server = createServer((request, response) => {
    const path = (request.url ?? '/').split('?')[0]!;
    void contentOf(path).then((content) => {
      if (content === undefined) missing.push(path);
      const type = TYPES[extname(path)] ?? 'text/html';
      response.writeHead(content === undefined ? 404 : 200, {
        'content-type': `${type}; charset=utf-8`,
        'content-security-policy': policy,
        'x-content-type-options': 'nosniff',
        ...headers,
      });
      response.end(content);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    missing,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** A page that runs a module. */
export function pageOf(script: string, head = ''): string {
  return `<!doctype html><title>test</title>${head}<script type="module" src="${script}"></script>`;
}

/** A script of a page that starts a worker and waits for its word. */
export function starterOf(worker: string, type: 'module' | 'classic' = 'module'): string {
  return `const worker = new Worker('${worker}', { type: '${type}' });
    worker.onmessage = ({ data }) => (globalThis.outcome = data);
    worker.onerror = (event) => (globalThis.outcome = { error: 'worker: ' + event.message, violations: [] });`;
}
