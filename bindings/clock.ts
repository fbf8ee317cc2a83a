// The default clock: whole seconds of `Date`.
//
// Reading the host's clock takes 31–46 ns, as long as all of the core's part of a lookup. So the
// second is kept until a timer says that it is over, as lru-cache keeps its clock. JavaScript that
// runs on without a pause beyond the end of a second does not see the next one: its clock is late
// by no more than it keeps timers waiting. `Date` is read every time once it is replaced, as test
// tools do; and after a number of reads in any case, for hosts that hold back their timers.

/** Reads that one look at the clock serves at most. */
const READS = 32;

type Timer = { unref?(): void };
declare function setTimeout(callback: () => void, milliseconds: number): Timer | number;

const { now } = Date;
const startTimer = setTimeout;

let second = 0;
let reads = 0;
let isTimed = false;

/** Seconds since the epoch. */
export function systemClock(): number {
  if (reads > 0 && Date.now === now) {
    reads--;
    return second;
  }
  return readClock();
}

function readClock(): number {
  const milliseconds = Date.now();
  const seconds = Math.floor(milliseconds / 1000);
  if (Date.now !== now) return seconds;
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
