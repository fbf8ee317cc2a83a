// The key of the hash, from a source of true randomness that costs a program's start nothing. Node
// loads WebCrypto on its first use, or node:crypto, with dozens of modules of its own: 2 ms in Node
// 20 and 5 in Node 26, a third of all that importing this package and making a first cache took.
// The kernel's generator, from which Node seeds OpenSSL's, takes 0.1 ms.

type Files = {
  openSync(path: string): number;
  readSync(file: number, bytes: Uint8Array): number;
  closeSync(file: number): void;
};

type Host = {
  readonly platform?: string;
  readonly versions?: { readonly bun?: string; readonly deno?: string };
  getBuiltinModule?(name: 'node:fs'): Files | undefined;
};

/** Unpredictable bytes. */
export function randomBytes(length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  return readFromKernel(bytes) ? bytes : crypto.getRandomValues(bytes);
}

/** Fills `bytes` and returns true, or returns false where that cannot be done. */
function readFromKernel(bytes: Uint8Array): boolean {
  const host = (globalThis as { process?: Host }).process;
  // Windows has no such file, but any user may make one there. Deno would ask its user for
  // permission to read it, and like Bun has WebCrypto at hand.
  if (host?.platform === 'win32' || host?.versions?.bun || host?.versions?.deno) return false;
  const files = host?.getBuiltinModule?.('node:fs');
  if (files === undefined) return false;
  try {
    const file = files.openSync('/dev/urandom');
    try {
      return files.readSync(file, bytes) === bytes.length;
    } finally {
      files.closeSync(file);
    }
  } catch {
    return false; // no such file in this jail, or --permission
  }
}
