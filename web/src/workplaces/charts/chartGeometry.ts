/** One value of a series; without a value there is nothing, or nothing that can be counted with. */
export interface ChartPoint {
  /** Unix milliseconds. */
  readonly at: number;
  readonly value: number | undefined;
  readonly mark?: 'suspect' | 'bad' | undefined;
  /** Said with the value when it is read out. */
  readonly note?: string;
  /** On both sides of the value, of a forecast. */
  readonly spread?: number;
}

export interface Tick {
  readonly at: number;
  readonly kind: 'time' | 'day' | 'month';
}

const HourMs = 3_600_000;
const DayMs = 24 * HourMs;
const stepsMs = [1, 2, 3, 4, 6, 12].map((hours) => hours * HourMs)
  .concat([1, 2, 3, 5, 7, 10, 14].map((days) => days * DayMs));
const monthSteps = [1, 2, 3, 6, 12];

/** Round numbers within a range, as many as there is room for and at least two. */
export function niceTicks(minimum: number, maximum: number, countMax: number): number[] {
  const span = maximum - minimum;
  if (!(span > 0) || !Number.isFinite(span)) return [minimum];
  const rough = span / Math.max(1, countMax);
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((size) => span / size <= countMax) ?? 10 * power;
  const ticks: number[] = [];
  // Without it zero would be told as minus zero.
  for (let i = Math.ceil(minimum / step - 1e-9) || 0; i * step <= maximum + step * 1e-9; i++) ticks.push(i * step);
  return ticks;
}

/** Round times of the city within a span; hours from its midnight, months from their first day. */
export function timeTicks(from: number, to: number, countMax: number, offsetMs: number): Tick[] {
  const step = stepsMs.find((size) => (to - from) / size <= countMax);
  if (step === undefined) return monthTicks(from, to, countMax, offsetMs);
  const ticks: Tick[] = [];
  for (let local = Math.ceil((from + offsetMs) / step) * step; local - offsetMs <= to; local += step) {
    ticks.push({ at: local - offsetMs, kind: local % DayMs === 0 ? 'day' : 'time' });
  }
  return ticks;
}

function monthTicks(from: number, to: number, countMax: number, offsetMs: number): Tick[] {
  const months = (to - from) / (30.4 * DayMs);
  const step = monthSteps.find((size) => months / size <= countMax) ?? 12;
  const first = new Date(from + offsetMs);
  const ticks: Tick[] = [];
  for (let month = Math.ceil(first.getUTCMonth() / step) * step; ; month += step) {
    const at = Date.UTC(first.getUTCFullYear(), month, 1) - offsetMs;
    if (at > to) return ticks;
    if (at >= from) ticks.push({ at, kind: 'month' });
  }
}

/** What may be joined by a line: a gap, a missing and a bad value each end a run. */
export function runsOf(points: readonly ChartPoint[], gapMs: number): ChartPoint[][] {
  const runs: ChartPoint[][] = [];
  let run: ChartPoint[] = [];
  for (const point of points) {
    const before = run.at(-1);
    const isUsable = point.value !== undefined && point.mark !== 'bad';
    if (before && (!isUsable || point.at - before.at > gapMs)) {
      runs.push(run);
      run = [];
    }
    if (isUsable) run.push(point);
  }
  if (run.length > 0) runs.push(run);
  return runs;
}

/** The range of the vertical axis: what can be counted with, some air around it, and zero where bars stand on it. */
export function rangeOf(points: readonly ChartPoint[], withZero: boolean): readonly [number, number] {
  let [low, high] = [Infinity, -Infinity];
  for (const { value, mark, spread = 0 } of points) {
    if (value === undefined || mark === 'bad') continue;
    low = Math.min(low, value - spread);
    high = Math.max(high, value + spread);
  }
  if (low > high) return [0, 1];
  if (withZero) [low, high] = [Math.min(0, low), Math.max(0, high)];
  if (low === high) {
    const room = Math.abs(low) * 0.1 || 1;
    return [low - room, high + room];
  }
  const room = (high - low) * 0.05;
  // Nothing that is never negative begins below zero.
  return [low >= 0 ? Math.max(0, low - room) : low - room, high <= 0 ? Math.min(0, high + room) : high + room];
}

/** How far values may lie apart and still be joined: two of their usual intervals. */
export function gapOf(points: readonly ChartPoint[], intervalMs: number | undefined): number {
  if (intervalMs && intervalMs > 0) return 2 * intervalMs;
  const apart = points.slice(1).map((point, i) => point.at - points[i]!.at).sort((a, b) => a - b);
  return apart.length === 0 ? Infinity : 3 * apart[apart.length >> 1]!;
}

/** The index of the point nearest to a time; −1 of none. The points ascend. */
export function nearest(points: readonly ChartPoint[], at: number): number {
  let [low, high] = [0, points.length - 1];
  if (high < 0) return -1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (points[middle]!.at < at) low = middle + 1;
    else high = middle;
  }
  return low > 0 && at - points[low - 1]!.at <= points[low]!.at - at ? low - 1 : low;
}
