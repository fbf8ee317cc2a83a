// The default clock: whole seconds of `Date`.
//
// Reading the host's clock takes 31–46 ns, as long as the core's part of a lookup. So the second is
// cached until a timer ends it, as lru-cache does. While JavaScript blocks its timers, this clock
// is late by at most the same time. `Date` is read each time if a test tool has replaced it, or if
// timers had been replaced before this module was loaded. It is also read after a number of calls,
// for hosts that delay timers.

/** After this many calls `Date` is read again. */
const READS = 32;

type Timer = { unref?(): void };
declare function setTimeout(callback: () => void, milliseconds: number): Timer | number;
declare function structuredClone<Value>(value: Value): Value;

const { now } = Date;
const startTimer = setTimeout;
const hasTimer = /* @__PURE__ */ isHosts(startTimer, 'setTimeout');
const hostsNow = /* @__PURE__ */ findHostsNow();

let second = 0;
let reads = 0;
let isTimed = false;
let wasReplaced = false;

/** Seconds since the epoch. */
export function systemClock(): number {
  if (reads > 0 && Date.now === now) {
    reads--;
    return second;
  }
  return readClock();
}

/**
 * Milliseconds since the epoch by the host's own clock, also where a test tool has replaced `Date`.
 */
export function hostClock(): number {
  return hostsNow();
}

/** Whether `Date` is not the host's clock, or was not at an earlier call. */
export function isReplaced(): boolean {
  return (wasReplaced ||= Date.now !== hostsNow);
}

/** The same as `systemClock`, but with the host's own clock if a test tool has replaced `Date`. */
export function laterClock(): number {
  const seconds = systemClock();
  return isReplaced() ? Math.max(seconds, Math.floor(hostClock() / 1000)) : seconds;
}

function readClock(): number {
  const milliseconds = Date.now();
  const seconds = Math.floor(milliseconds / 1000);
  if (Date.now !== now || !hasTimer) return seconds;
  second = seconds;
  reads = READS;
  if (!isTimed) {
    isTimed = true;
    const timer = startTimer(endSecond, 1000 - (milliseconds % 1000));
    if (typeof timer === 'object') timer.unref?.(); // it must not keep the process alive
  }
  return seconds;
}

function endSecond(): void {
  isTimed = false;
  reads = 0;
}

/**
 * Whether a function is the host's own of that name: native, or in Node's JavaScript. The functions
 * of test tools are neither, and the text of a bound function does not contain a name.
 */
function isHosts(value: unknown, name: string): boolean {
  const text = Function.prototype.toString.call(value);
  return text.startsWith(`function ${name}(`) && /\{\s*\[native code\]|new Timeout\(/.test(text);
}

/** The host's `Date.now`, also if a test tool replaced `Date` before this module was loaded. */
function findHostsNow(): () => number {
  if (isHosts(now, 'now')) return now;
  try {
    // A clone is made of the host's own Date.
    const { constructor } = structuredClone(new Date(0));
    const { now: hosts } = constructor as DateConstructor;
    if (isHosts(hosts, 'now')) return hosts;
  } catch {
    // without structuredClone it cannot be found
  }
  return now;
}
