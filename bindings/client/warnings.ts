// What keeps sessions from being resumed although everything works: said once in a process.

const said = new Set<string>();

/** Emits a process warning, the first time that there is one of this code. */
function warnOnce(code: string, message: string): void {
  if (said.has(code)) return;
  said.add(code);
  process.emitWarning(message, { type: 'SesscacheWarning', code });
}

/** @param option which function or object is never the same */
export function warnOfClosures(option: string): void {
  warnOnce(
    'SESSCACHE_CLOSURE',
    `The option "${option}" is made anew for each connection. Functions and contexts are compared by ` +
      'identity, so these connections resume no session: make it once, and use it again.',
  );
}

/** @param error why this host can have no cache */
export function warnOfHost(error: { readonly message: string }): void {
  warnOnce('SESSCACHE_NO_CACHE', `Connections have no cache, and resume nothing: ${error.message}`);
}
