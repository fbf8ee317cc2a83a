// Packages of frameworks.test.ts that bring no declarations of their own: what is used of them.

declare module 'express' {
  type Handler = (request: unknown, response: { send(text: string): void }) => void;
  const express: () => import('node:http').RequestListener & {
    get(path: string, handler: Handler): void;
  };
  export default express;
}

declare module 'koa' {
  export default class Koa {
    use(handler: (context: { body: unknown }) => void): void;
    callback(): import('node:http').RequestListener;
  }
}

declare module 'http-proxy' {
  interface Proxy {
    web(...exchange: Parameters<import('node:http').RequestListener>): void;
    close(): void;
  }
  const httpProxy: { createProxyServer(options: { target: string }): Proxy };
  export default httpProxy;
}
