/**
 * *Experimental.* The sessions of a server's cache outlive a restart: sealed, through a file, a
 * socket or the channel between two processes. Node only.
 *
 * @module
 */

export { RestoreError } from './errors.ts';
export type { RestoreErrorCode } from './errors.ts';
export { restoreSessionsFromFile, saveSessionsToFile } from './file.ts';
export type { Destination, RestoreOptions, SaveOptions, Source } from './options.ts';
export { destinationTo, sourceFrom } from './process.ts';
export type { ProcessChannel } from './process.ts';
export { restoreSessions } from './restore.ts';
export type { RestoreReport } from './restore.ts';
export { saveSessions } from './save.ts';
export type { SaveReport } from './save.ts';
