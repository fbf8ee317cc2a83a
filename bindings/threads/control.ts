// What threads that share a cache know of each other, in a separate SharedArrayBuffer, which no
// write of the core can reach. Every access is atomic. A word is 32 bits; the numbers are indices.
//
//   lock     0: free; else the pass of the thread that holds it
//   pass     number of the joining << 8 | slot: no two threads ever have the same
//   slot     number of the joining << 8 | state
//
// A slot is DEAD if its thread is known to have ended, because the other end of the thread's port
// has closed (handle.ts). Nothing else makes it DEAD, however long a thread is silent. It becomes
// FREE again only under the lock, so the lock is never held by a pass whose slot belongs to another
// thread.

/** Distinguishes the memory of a cache from any other, and its formats from each other. */
export const MAGIC = 0x53436301;
export const MAGIC_AT = 0;
export const LOCK = 16;
/** How often the lock was taken; unchanged only if no other thread has changed anything. */
export const SEQUENCE = 17;
/** The pass of a thread that has waited for long; the others let it go first for a while. */
export const HUNGRY = 18;
export const WAITERS = 32;
/** How often the settings below have been changed. */
export const SETTINGS = 48;
export const MODE = 49;
export const VERIFY_PEER = 50;
export const CONTEXT_LENGTH = 51;
/** Eight words. */
export const CONTEXT = 52;
export const IS_CLOSED = 60;
export const JOININGS = 64;
/** Lookups, stores and other calls that gave up waiting for the lock. */
export const BUSY_LOOKUPS = 65;
export const BUSY_STORES = 66;
export const BUSY_OTHERS = 67;
/** How often a thread ended while it held the lock, so that the cache was wiped. */
export const RECOVERIES = 68;
/** How many removals and revocations there have been. */
export const DEPARTURES = 80;
/** By slot; slot 0 is not used. */
const SLOTS = 128;
const SLOTS_END = 256;
/** By a hash of a tag, `DEPARTURES` when a tag with this hash was revoked last. */
const TAGS = 512;
const TAG_COUNT = 65_536;
/** The same for sessions that were removed, by a hash of version and id. */
const IDS = TAGS + TAG_COUNT;
const ID_COUNT = 16_384;
const WORDS = IDS + ID_COUNT;

/** Maximum number of threads that share a cache, including handles that were not used yet. */
export const THREADS_MAX: number = SLOTS_END - SLOTS - 1;

// States of a slot.
const FREE = 0;
/** A handle has been made, and no thread has joined with it yet. */
const OFFERED = 1;
const JOINED = 2;
const DEAD = 3;

const SLOT_BITS = 0xff;
/** Passes are positive numbers; after 2^23 joinings the numbers begin anew. */
const JOINING_MASK = 0x7fffff;

export function makeControl(): Int32Array {
  const control = new Int32Array(new SharedArrayBuffer(4 * WORDS));
  control[MAGIC_AT] = MAGIC;
  return control;
}

/** Whether a value is what `makeControl` has made, in this version of the package. */
export function isControl(buffer: unknown): buffer is SharedArrayBuffer {
  return (
    buffer instanceof SharedArrayBuffer &&
    buffer.byteLength === 4 * WORDS &&
    new Int32Array(buffer)[MAGIC_AT] === MAGIC
  );
}

// ---- Slots ----

/** The pass of a new thread, or 0 if there are THREADS_MAX. */
export function offerSlot(control: Int32Array): number {
  for (let slot = 1; slot < SLOTS_END - SLOTS; slot++) {
    const at = SLOTS + slot;
    const before = Atomics.load(control, at);
    if ((before & SLOT_BITS) !== FREE) continue;
    const joining = ((Atomics.add(control, JOININGS, 1) + 1) & JOINING_MASK) << 8;
    const offered = joining | OFFERED;
    if (Atomics.compareExchange(control, at, before, offered) === before) return joining | slot;
  }
  return 0;
}

/** Takes the slot of a pass. Returns false if it was taken before or does not exist any more. */
export function takeSlot(control: Int32Array, pass: number): boolean {
  return change(control, pass, OFFERED, JOINED);
}

/** The thread of the pass has left the cache, and will not take the lock again. */
export function leaveSlot(control: Int32Array, pass: number): void {
  change(control, pass, JOINED, FREE);
}

/** The thread of the pass has ended, or can never join. */
export function buryThread(control: Int32Array, pass: number): void {
  if (!change(control, pass, JOINED, DEAD)) change(control, pass, OFFERED, DEAD);
}

export function isDead(control: Int32Array, pass: number): boolean {
  return Atomics.load(control, slotOf(pass)) === ((pass & ~SLOT_BITS) | DEAD);
}

/**
 * Frees the slots of dead threads, after `wipe` has wiped what each thread left. The caller holds
 * the lock, so none of these threads does.
 */
export function freeDeadSlots(control: Int32Array, wipe: (slot: number) => void): void {
  for (let at = SLOTS + 1; at < SLOTS_END; at++) {
    const word = Atomics.load(control, at);
    if ((word & SLOT_BITS) !== DEAD) continue;
    wipe(at - SLOTS);
    Atomics.store(control, at, (word & ~SLOT_BITS) | FREE);
  }
}

/** The highest slot that was ever given to a thread. */
export function slotsUsed(control: Int32Array): number {
  return Math.min(Atomics.load(control, JOININGS) >>> 0, THREADS_MAX);
}

export function slotNumberOf(pass: number): number {
  return pass & SLOT_BITS;
}

/** Number of threads that share the cache, including handles that were not used yet. */
export function countThreads(control: Int32Array): number {
  let count = 0;
  for (let at = SLOTS + 1; at < SLOTS_END; at++) {
    const state = Atomics.load(control, at) & SLOT_BITS;
    if (state === OFFERED || state === JOINED) count++;
  }
  return count;
}

function change(control: Int32Array, pass: number, from: number, to: number): boolean {
  const joining = pass & ~SLOT_BITS;
  const before = joining | from;
  return Atomics.compareExchange(control, slotOf(pass), before, joining | to) === before;
}

function slotOf(pass: number): number {
  return SLOTS + (pass & SLOT_BITS);
}

// ---- Removals and revocations ----

/** Index of the word of a tag. */
export function tagAt(tag: Uint8Array): number {
  return TAGS + (hash(tag, 0) & (TAG_COUNT - 1));
}

/** Index of the word of a session. */
export function idAt(id: Uint8Array, version: number): number {
  return IDS + (hash(id, version) & (ID_COUNT - 1));
}

/**
 * FNV-1a, its upper bits folded in. It does not matter if two sessions share a word: the worst
 * result of a chance hit is a full handshake.
 */
function hash(bytes: Uint8Array, version: number): number {
  let h = 0x811c9dc5 ^ version;
  for (let i = 0; i < bytes.length; i++) h = Math.imul(h ^ bytes[i]!, 0x01000193);
  return h ^ (h >>> 15);
}
