// Which tags have been revoked lately. A handshake or a lookup that was under way when a tag was
// revoked must not bring a session with that tag back.

import type { Session } from '../session/session.ts';

/** Tags that are remembered; then all are forgotten at once. */
const TAGS_MAX = 32_768;

export class Revocations {
  /** How many there have been: what `since` takes. */
  count = 0;
  /** `count` when the tags before it were forgotten. */
  private forgotten = 0;
  /** By tag, `count` after its last revocation. */
  private readonly tags = new Map<string, number>();

  note(tag: Uint8Array): void {
    if (this.tags.size >= TAGS_MAX) {
      this.tags.clear();
      this.forgotten = this.count;
    }
    this.tags.set(keyOf(tag), ++this.count);
  }

  /**
   * Whether one of the tags has been revoked since `count` was `since`, or that is not known any
   * more. Where threads share the cache, `session` says which one would come back: another thread
   * may have removed it.
   */
  since(since: number, tags: readonly Uint8Array[], _session?: Session): boolean {
    if (this.count === since || tags.length === 0) return false;
    if (this.forgotten > since) return true;
    return tags.some((tag) => (this.tags.get(keyOf(tag)) ?? 0) > since);
  }
}

function keyOf(tag: Uint8Array): string {
  return String.fromCharCode(...tag);
}
