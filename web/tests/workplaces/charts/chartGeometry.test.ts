import { describe, expect, it } from 'vitest';
import {
  gapOf, nearest, niceTicks, rangeOf, runsOf, timeTicks, type ChartPoint,
} from '../../../src/workplaces/charts/chartGeometry';
import { seeded } from '../../layers/seeded';

const Hour = 3_600_000;
const Almaty = 5 * Hour;
const at = (text: string): number => Date.parse(text);
const local = (time: number): string => new Date(time + Almaty).toISOString().slice(0, 16);

describe('niceTicks', () => {
  it('are round numbers within the range', () => {
    expect(niceTicks(0, 10, 5)).toEqual([0, 2, 4, 6, 8, 10]);
    expect(niceTicks(0.12, 0.48, 5)).toEqual([expect.closeTo(0.2), expect.closeTo(0.3), expect.closeTo(0.4)]);
    expect(niceTicks(-7, 7, 5)).toEqual([-5, 0, 5]);
    expect(niceTicks(5, 5, 5)).toEqual([5]);
  });

  it('are never outside, never more than there is room for, and evenly spaced, whatever the range', () => {
    const random = seeded(3);
    for (let round = 0; round < 500; round++) {
      const low = (random() - 0.5) * 10 ** (random() * 12 - 4);
      const high = low + 10 ** (random() * 12 - 6);
      const ticks = niceTicks(low, high, 5);
      const slack = (high - low) * 1e-6 + Math.abs(low) * 1e-9;
      expect(ticks.length, `${low} ${high}`).toBeGreaterThan(0);
      expect(ticks.length, `${low} ${high}`).toBeLessThanOrEqual(6);
      expect(ticks.every((tick) => tick >= low - slack && tick <= high + slack), `${low} ${high}`).toBe(true);
    }
  });
});

describe('timeTicks', () => {
  it('stand at round hours of the city, its midnight as a day', () => {
    const ticks = timeTicks(at('2026-11-20T12:10:00Z'), at('2026-11-21T12:10:00Z'), 6, Almaty);
    expect(ticks.map((tick) => [local(tick.at), tick.kind])).toEqual([
      ['2026-11-20T20:00', 'time'], ['2026-11-21T00:00', 'day'], ['2026-11-21T04:00', 'time'],
      ['2026-11-21T08:00', 'time'], ['2026-11-21T12:00', 'time'], ['2026-11-21T16:00', 'time'],
    ]);
  });

  it('stand at the city’s midnights over a week, and at first days of months over a year', () => {
    const week = timeTicks(at('2026-11-14T12:00:00Z'), at('2026-11-21T12:00:00Z'), 7, Almaty);
    expect(week.every((tick) => tick.kind === 'day' && local(tick.at).endsWith('T00:00'))).toBe(true);
    expect(week.length).toBe(7);
    const year = timeTicks(at('2025-11-21T12:00:00Z'), at('2026-11-21T12:00:00Z'), 6, Almaty);
    expect(year.map((tick) => local(tick.at))).toEqual([
      '2026-01-01T00:00', '2026-04-01T00:00', '2026-07-01T00:00', '2026-10-01T00:00',
    ]);
    expect(year.every(({ kind }) => kind === 'month')).toBe(true);
  });
});

describe('runsOf', () => {
  const points: ChartPoint[] = [
    { at: 0, value: 1 }, { at: 10, value: 2 }, { at: 40, value: 3 }, { at: 50, value: undefined }, { at: 60, value: 4 },
    { at: 70, value: 900, mark: 'bad' }, { at: 80, value: 5, mark: 'suspect' }, { at: 90, value: 6 },
  ];

  it('bridges neither a gap nor a missing nor a bad value', () => {
    expect(runsOf(points, 20).map((run) => run.map(({ at }) => at))).toEqual([[0, 10], [40], [60], [80, 90]]);
    expect(runsOf([], 20)).toEqual([]);
    expect(runsOf([{ at: 1, value: 9, mark: 'bad' }], 20)).toEqual([]);
  });

  it('scales to what can be counted with', () => {
    expect(rangeOf(points, false)).toEqual([0.75, 6.25]);
    expect(rangeOf(points, true)).toEqual([0, 6.3]);
    expect(rangeOf([], true)).toEqual([0, 1]);
    expect(rangeOf([{ at: 0, value: 50 }], false)).toEqual([45, 55]);
    expect(rangeOf([{ at: 0, value: 0 }], true)).toEqual([-1, 1]);
    expect(rangeOf([{ at: 0, value: 10, spread: 4 }, { at: 1, value: 12 }], false)[0]).toBeLessThan(6.01);
  });

  it('joins what is no further apart than two intervals, or three where nobody knows them', () => {
    expect(gapOf([], 60_000)).toBe(120_000);
    expect(gapOf([0, 10, 20, 60].map((time) => ({ at: time, value: 1 })), undefined)).toBe(30);
    expect(gapOf([{ at: 0, value: 1 }], undefined)).toBe(Infinity);
  });
});

describe('nearest', () => {
  it('is the point that a search through all of them finds', () => {
    const random = seeded(5);
    for (let round = 0; round < 300; round++) {
      const times = [...new Set(Array.from({ length: 1 + Math.floor(random() * 9) }, () => Math.floor(random() * 40)))];
      const points = times.sort((a, b) => a - b).map((time) => ({ at: time, value: 1 }));
      const wanted = random() * 44 - 2;
      const least = Math.min(...times.map((time) => Math.abs(time - wanted)));
      expect(Math.abs(points[nearest(points, wanted)]!.at - wanted)).toBe(least);
    }
    expect(nearest([], 5)).toBe(-1);
  });
});
