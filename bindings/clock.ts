// The default clock: whole seconds of `Date`.
//
// Reading the host's clock takes 31–46 ns, as long as all of the core's part of a lookup. So the
// second is kept until a timer says that it is over, as lru-cache keeps its clock. JavaScript that
// runs on without a pause beyond the end of a second does not see the next one: its clock is late
// by no more than it keeps timers waiting. `Date` is read every time once it is replaced, as test
// tools do; where timers had been replaced before this module was loaded; and after a number of
// reads in any case, for hosts that hold back their timers.

/** Reads that one look at the clock serves at most. */
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

/** Whether `Date` is, or has once been found to be, another clock than the host's. */
export function isReplaced(): boolean {
  return (wasReplaced ||= Date.now !== hostsNow);
}

/** The same as `systemClock`, but by the host's own clock where a test tool holds `Date` back. */
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
    if (typeof timer === 'object') timer.unref?.(); // it keeps no process alive
  }
  return seconds;
}

function endSecond(): void {
  isTimed = false;
  reads = 0;
}

/**
 * Whether a function is what the host has under that name: written in its own language, or in the
 * JavaScript of Node. Those of test tools are neither, and a bound function has no name in its
 * text.
 */
function isHosts(value: unknown, name: string): boolean {
  const text = Function.prototype.toString.call(value);
  return text.startsWith(`function ${name}(`) && /\{\s*\[native code\]|new Timeout\(/.test(text);
}

/** `Date.now` as it was before a test tool replaced `Date`, should that have been before now. */
function findHostsNow(): () => number {
  if (isHosts(now, 'now')) return now;
  try {
    // A clone is made of the host's own Date.
    const { constructor } = structuredClone(new Date(0));
    const { now: hosts } = constructor as DateConstructor;
    if (isHosts(hosts, 'now')) return hosts;
  } catch {
    // without structuredClone there is none to be found
  }
  return now;
}
