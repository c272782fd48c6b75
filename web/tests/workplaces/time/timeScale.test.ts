import { describe, expect, it } from 'vitest';
import {
  formatLink, fromField, parseLink, ticks, toField, zoneOffsetMs,
} from '../../../src/workplaces/time/timeScale';

const Almaty = 'Etc/GMT-5';
const at = (hour: number, minute = 0, second = 0): number => Date.UTC(2026, 10, 21, hour, minute, second);

describe('the scale of time', () => {
  it('reads and writes the clocks of the city, whatever zone the browser is in', () => {
    expect(zoneOffsetMs(Almaty, at(9))).toBe(5 * 3_600_000);
    expect(toField(at(9, 5, 7), Almaty)).toBe('2026-11-21 14:05:07');
    expect(fromField('2026-11-21 14:05:07', Almaty)).toBe(at(9, 5, 7));
    expect(fromField('2026-11-22T02:00', Almaty)).toBe(at(21));
    for (const wrong of ['', '2026-11-21', '2026-13-21 14:05', '14:05']) {
      expect(fromField(wrong, Almaty)).toBeUndefined();
    }
  });

  it('keeps to a zone whose clocks are turned', () => {
    // Berlin went from UTC+2 to UTC+1 on 25 October 2026 at 01:00 UTC.
    expect(fromField('2026-10-24T12:00:00', 'Europe/Berlin')).toBe(Date.UTC(2026, 9, 24, 10));
    expect(fromField('2026-10-25T12:00:00', 'Europe/Berlin')).toBe(Date.UTC(2026, 9, 25, 11));
  });

  it('marks whole hours of the city, and its midnight as a day', () => {
    const marks = ticks({ from: at(17, 30), to: at(21, 30) }, Almaty, 6);
    expect(marks.map((mark) => mark.at)).toEqual([at(18), at(19), at(20), at(21)]);
    expect(marks.map((mark) => mark.share)).toEqual([0.125, 0.375, 0.625, 0.875]);
    expect(marks.map((mark) => mark.isDay)).toEqual([false, true, false, false]); // 19:00 UTC is midnight there
  });

  it.each([
    [60_000, 12], [3_600_000, 12], [26 * 3_600_000, 12], [8 * 86_400_000, 8], [400 * 86_400_000, 12],
  ])('never has more marks than fit: %s ms', (length, countMax) => {
    const marks = ticks({ from: at(7, 13, 11), to: at(7, 13, 11) + length }, Almaty, countMax);
    expect(marks.length).toBeLessThanOrEqual(countMax);
    for (const { share } of marks) expect(share >= 0 && share <= 1).toBe(true);
  });

  it('has no marks where there is no span', () => {
    expect(ticks({ from: at(9), to: at(9) }, Almaty, 12)).toEqual([]);
  });

  it('takes a link back as it was written', () => {
    const link = { at: at(9), speed: 60 };
    expect(formatLink(link)).toBe('?at=2026-11-21T09:00:00Z&speed=60');
    expect(parseLink(formatLink(link))).toEqual(link);
    expect(formatLink({ at: at(9), speed: 0 })).toBe('?at=2026-11-21T09:00:00Z');
    expect(formatLink(undefined)).toBe('');
    expect(parseLink('')).toBeUndefined();
    expect(parseLink('?at=yesterday')).toBeUndefined();
    expect(parseLink('?at=2026-11-21T09:00:00Z&speed=99999')).toEqual({ at: at(9), speed: 0 });
  });
});
