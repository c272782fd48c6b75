import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ServerChecksum } from '../../src/feed/Feed';
import { LiveCity } from '../../src/feed/LiveCity';
import { TwinKind, type ChangeColumns } from '../../src/twins/columns';
import { decodeFrame } from '../../src/twins/frame';
import { TwinStore } from '../../src/twins/TwinStore';
import { encodeFrame, section, type FrameToWrite, type Reading } from '../twins/encoding';

let distrusted: string[];
let epochs: number[];
let answers: (() => ServerChecksum | undefined)[];
let live: LiveCity;

beforeEach(() => {
  vi.useFakeTimers();
  distrusted = [];
  epochs = [];
  answers = [];
  live = new LiveCity({
    distrust: (why) => void distrusted.push(why),
    checksum: async () => answers.shift()?.(),
  }, (epoch) => epochs.push(epoch));
});

afterEach(() => {
  live.dispose();
  vi.useRealTimers();
});

const lights = (...readings: Reading[]): ChangeColumns => section(TwinKind.streetlight, 3, readings);
const take = (frame: Partial<FrameToWrite> & { type: 1 | 2; number: number; members: number }): boolean =>
  live.take(decodeFrame(encodeFrame({ epoch: 7, previous: 0, ...frame })));

/** What a server holds that was told the same. */
function expected(number: number, ...told: ChangeColumns[]): ServerChecksum {
  const store = new TwinStore();
  for (const changes of told) store.apply(changes);
  return { epoch: 7, number, ...store.checksum };
}

const first = lights({ handle: 1, condition: 2 }, { handle: 2, condition: 1 });
const second = lights({ handle: 2, condition: 4 }, { handle: 3, condition: 1 });

describe('LiveCity', () => {
  it('holds what the frames say', () => {
    expect(take({ type: 1, number: 1, members: 2, sections: [first] })).toBe(true);
    expect(take({ type: 2, number: 2, members: 3, sections: [second] })).toBe(true);
    expect(live.store.get(2)?.condition).toBe(4);
    expect(epochs).toEqual([7]);
    expect(distrusted).toEqual([]);
  });

  it('finds itself equal to a server that is a frame behind', async () => {
    take({ type: 1, number: 1, members: 2, sections: [first] });
    take({ type: 2, number: 2, members: 3, sections: [second] });
    answers = [() => expected(1, first)];
    expect(await live.verify()).toMatchObject({ equal: true, local: { members: 2, number: 1 } });
  });

  it('waits for the frame that the server speaks of', async () => {
    take({ type: 1, number: 1, members: 2, sections: [first] });
    const ahead = expected(2, first, second);
    answers = [() => ahead, () => ahead];
    const verified = live.verify();
    await vi.advanceTimersByTimeAsync(100);
    take({ type: 2, number: 2, members: 3, sections: [second] });
    await vi.advanceTimersByTimeAsync(1000);
    expect(await verified).toMatchObject({ equal: true, local: { number: 2 } });
  });

  it('asks for everything anew when it differs, once a minute without being asked', async () => {
    take({ type: 1, number: 1, members: 2, sections: [first] });
    answers = [() => expected(1, first), () => expected(1, first, lights({ handle: 1, condition: 3 }))];
    await vi.advanceTimersByTimeAsync(60_000);
    expect(distrusted).toEqual([]);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(distrusted).toEqual(['mismatches']);
  });

  it('says unequal, and blames nobody, when there is no answer', async () => {
    take({ type: 1, number: 1, members: 2, sections: [first] });
    const verified = live.verify();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(await verified).toEqual({ local: undefined, server: undefined, equal: false });
    expect(distrusted).toEqual([]);
  });

  it('notices at once when the number of members is another', () => {
    expect(take({ type: 1, number: 1, members: 3, sections: [first] })).toBe(false);
    expect(distrusted).toEqual(['mismatches']);
  });

  it('refuses what no server should say', () => {
    take({ type: 1, number: 1, members: 2, sections: [first] });
    const asBuilding = section(TwinKind.building, 5, [{ handle: 1 }]);
    expect(take({ type: 2, number: 2, members: 2, sections: [asBuilding] })).toBe(false);
    expect(distrusted).toEqual(['malformed']);
  });

  it('starts from nothing at another epoch', () => {
    take({ type: 1, number: 1, members: 2, sections: [first] });
    const asBuilding = section(TwinKind.building, 5, [{ handle: 1 }]);
    expect(take({ type: 1, epoch: 8, number: 1, members: 1, sections: [asBuilding] })).toBe(true);
    expect(epochs).toEqual([7, 8]);
    expect(live.store.get(2)).toBeUndefined();
    expect(live.changes.take(live.store).map(({ kind }) => kind)).toEqual([TwinKind.building]);
  });

  it('tells the map of twins that a later snapshot no longer names', () => {
    take({ type: 1, number: 1, members: 2, sections: [first] });
    live.changes.take(live.store);
    take({ type: 1, number: 5, members: 1, sections: [lights({ handle: 1, condition: 2 })] });
    const [changes] = live.changes.take(live.store);
    expect([...changes!.handle].sort()).toEqual([1, 2]);
    expect(changes!.condition[[...changes!.handle].indexOf(2)]).toBe(0);
  });
});
