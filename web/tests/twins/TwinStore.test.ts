import { describe, expect, it } from 'vitest';
import { MalformedError } from '../../src/twins/binary';
import { ChecksumTrail } from '../../src/twins/ChecksumTrail';
import { ConflatedChanges } from '../../src/twins/ConflatedChanges';
import { Freshness, TwinKind } from '../../src/twins/columns';
import { HandleMax, TwinStore } from '../../src/twins/TwinStore';
import { seeded, section, type Reading } from './encoding';

const kinds = [TwinKind.building, TwinKind.streetlight, TwinKind.utilityMeter] as const;
const measuresOf = { [TwinKind.building]: 5, [TwinKind.streetlight]: 3, [TwinKind.utilityMeter]: 2 };

// One mix written out in arbitrary-precision integers, so that it cannot share a mistake with 32-bit arithmetic.
function slowMix(hash: bigint, word: bigint): bigint {
  const mixed = ((hash ^ word) * 0x85ebca6bn) & 0xffffffffn;
  return mixed ^ (mixed >> 13n);
}

const slowHash = (words: readonly bigint[]): bigint => words.reduce(slowMix, 0x9e3779b9n);

describe('TwinStore', () => {
  it('hashes as the contract says', () => {
    const store = new TwinStore();
    store.apply(section(TwinKind.utilityMeter, 2, [
      {
        handle: 5, condition: 2, freshness: Freshness.stale, quality: 1, measuredAt: 1_700_000_000_250,
        measures: [1, NaN],
      },
      { handle: 6, condition: 1, measuredAt: 1_700_000_001_000, measures: [-2.5, 0] },
    ]));

    const first = slowHash([5n, 2n | (6n << 8n), 1_700_000_000n, 250n, 0x3f800000n, 0x7fc00000n]);
    const second = slowHash([6n, 1n | (1n << 8n), 1_700_000_001n, 0n, 0xc0200000n, 0n]);
    expect(store.checksum).toEqual({
      members: 2, sum: Number((first + second) & 0xffffffffn), xor: Number(first ^ second),
    });
  });

  it('hashes no measures where the watch carries none', () => {
    const store = new TwinStore();
    store.apply(section(TwinKind.streetlight, 0, [{ handle: 1, condition: 2, measuredAt: 1000 }]));
    const hash = Number(slowHash([1n, 2n | (1n << 8n), 1n, 0n]));
    expect(store.checksum).toEqual({ members: 1, sum: hash, xor: hash });
  });

  it('counts by difference what counting anew gives', () => {
    for (let seed = 1; seed <= 20; seed++) {
      const random = seeded(seed);
      const store = new TwinStore();
      const truth = new Map<number, { kind: TwinKind; reading: Reading }>();
      for (let round = 0; round < 30; round++) {
        const kind = kinds[Math.floor(random() * kinds.length)]!;
        const readings = Array.from({ length: Math.floor(random() * 40) }, () => ({
          // Handles beyond the first capacity, so that the columns grow on the way.
          handle: Math.floor(random() * 9000) * 3 + kinds.indexOf(kind),
          condition: Math.floor(random() * 5), freshness: Math.floor(random() * 4), quality: Math.floor(random() * 3),
          measuredAt: Math.floor(random() * 1e12), measures: [random(), NaN, random() * 1e6, -1, 0],
        }));
        store.apply(section(kind, measuresOf[kind], readings));
        for (const reading of readings) truth.set(reading.handle, { kind, reading });
      }

      expect(store.members).toBe(truth.size);
      expect(store.recount()).toEqual(store.checksum);
      for (const kind of kinds) {
        for (let condition = 0; condition < 5; condition++) {
          for (let freshness = 0; freshness < 4; freshness++) {
            const expected = [...truth.values()].filter((twin) => twin.kind === kind &&
              twin.reading.condition === condition && twin.reading.freshness === freshness).length;
            expect(store.count(kind, condition, freshness as Freshness), `seed ${seed}`).toBe(expected);
          }
        }
      }
    }
  });

  it('lets a snapshot replace everything, without a moment of emptiness', () => {
    const store = new TwinStore();
    store.apply(section(TwinKind.streetlight, 3, [{ handle: 1, condition: 2 }, { handle: 2, condition: 1 }]));
    const dropped: number[] = [];

    store.beginSnapshot();
    store.apply(section(TwinKind.streetlight, 3, [{ handle: 2, condition: 4 }]));
    expect(store.get(1)?.condition).toBe(2);
    store.endSnapshot((_, handle) => dropped.push(handle));

    expect(dropped).toEqual([1]);
    expect(store.get(1)).toBeUndefined();
    expect(store.members).toBe(1);
    expect(store.countOfCondition(TwinKind.streetlight, 2)).toBe(0);
    expect(store.countOfFreshness(TwinKind.streetlight, Freshness.live)).toBe(1);
    expect(store.recount()).toEqual(store.checksum);
  });

  it('takes nothing of a section that it refuses', () => {
    const store = new TwinStore();
    store.apply(section(TwinKind.building, 5, [{ handle: 7 }]));
    const before = store.checksum;

    for (const handle of [7, HandleMax, 0xffffffff]) {
      const refused = section(TwinKind.streetlight, 3, [{ handle: 1 }, { handle }]);
      expect(() => store.apply(refused), `${handle}`).toThrow(MalformedError);
    }

    expect(store.checksum).toEqual(before);
    expect(store.get(1)).toBeUndefined();
  });

  it('forgets everything at a new epoch', () => {
    const store = new TwinStore();
    store.apply(section(TwinKind.building, 5, [{ handle: 7, condition: 0 }]));
    store.clear();
    store.apply(section(TwinKind.streetlight, 3, [{ handle: 7, condition: 2 }]));
    expect(store.members).toBe(1);
    expect(store.countOfCondition(TwinKind.building, 0)).toBe(0);
    expect(store.recount()).toEqual(store.checksum);
  });
});

describe('ConflatedChanges', () => {
  it('gives each changed twin once, with its newest state, and an unknown one for a twin that left', () => {
    const store = new TwinStore();
    const changes = new ConflatedChanges();
    for (const condition of [1, 2, 4]) {
      const lights = section(TwinKind.streetlight, 3, [{ handle: 3, condition }, { handle: 40_000, condition: 1 }]);
      store.apply(lights);
      changes.add(lights);
    }
    changes.mark(TwinKind.building, 9);

    const taken = changes.take(store);

    const lights = taken.find(({ kind }) => kind === TwinKind.streetlight)!;
    expect([...lights.handle]).toEqual([3, 40_000]);
    expect([...lights.condition]).toEqual([4, 1]);
    const gone = taken.find(({ kind }) => kind === TwinKind.building)!;
    expect([gone.condition[0], gone.flags[0], gone.measures[0]![0]]).toEqual([0, 0, NaN]);
    expect(changes.isEmpty).toBe(true);
    expect(changes.take(store)).toEqual([]);
  });
});

describe('ChecksumTrail', () => {
  it('remembers the newest frames only', () => {
    const trail = new ChecksumTrail();
    for (let number = 1; number <= 100; number++) trail.record(number, { members: number, sum: 0, xor: 0 });
    expect(trail.at(100)?.members).toBe(100);
    expect(trail.at(37)?.members).toBe(37);
    expect(trail.at(36)).toBeUndefined();
  });
});
