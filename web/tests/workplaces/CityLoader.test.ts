import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { CityApi } from '../../src/twins/cityApi';
import type { City } from '../../src/twins/cityTypes';
import { TwinKind } from '../../src/twins/columns';
import { decodeScene } from '../../src/twins/sceneFile';
import { CityLoader, type LoadState } from '../../src/workplaces/CityLoader';
import { encodeScene } from '../twins/encoding';

let epoch: number;
let sceneEpoch: number | undefined;
let failures: number;
let loaded: string[];
let states: LoadState[];
let loader: CityLoader;

const api = {
  city: async () => {
    if (failures-- > 0) throw new Error('not yet');
    return { epoch, counts: { streetlight: 1, building: 2, city: 1, utilityMeter: 0 } } as unknown as City;
  },
  models: async () => ({ models: [] }),
  ground: async () => ({ features: [] }),
  scene: async (kind: 'building', progress: (share: number) => void) => {
    progress(0.5);
    return decodeScene(encodeScene(TwinKind[kind], sceneEpoch ?? epoch, []));
  },
} as unknown as CityApi;

beforeEach(() => {
  vi.useFakeTimers();
  epoch = 7;
  sceneEpoch = undefined;
  failures = 0;
  loaded = [];
  states = [];
  loader = new CityLoader(api, {
    state: (state) => states.push(state),
    city: (city) => loaded.push(`city ${city.epoch}`),
    ground: () => loaded.push('ground'),
    scene: (scene) => loaded.push(`scene ${scene.kind}`),
  });
});

afterEach(() => vi.useRealTimers());

const settle = (): Promise<unknown> => vi.advanceTimersByTimeAsync(0);
const everything = (city: number): string[] => [`city ${city}`, 'ground', 'scene 3', 'scene 7'];

describe('CityLoader', () => {
  it('loads what there is, buildings first, and says how far it is', async () => {
    loader.start();
    await settle();
    expect(loaded).toEqual(everything(7));
    expect(states).toContainEqual({ step: 'scene', kind: 'streetlight', share: 0.5 });
    expect(loader.state).toEqual({ step: 'ready' });
  });

  it('tries again until it succeeds', async () => {
    failures = 5;
    loader.start();
    await settle();
    expect(loader.state).toMatchObject({ step: 'failed', reason: 'not yet' });
    await vi.advanceTimersByTimeAsync(60_000);
    expect(loaded).toEqual(everything(7));
  });

  it('loads again when the feed speaks of another epoch, and only then', async () => {
    loader.start();
    await settle();
    loader.require(7);
    await settle();
    expect(loaded.length).toBe(4);
    epoch = 8;
    loader.require(8);
    await settle();
    expect(loaded).toEqual([...everything(7), ...everything(8)]);
  });

  it('waits for a city of the feed’s epoch, and takes no scene of another', async () => {
    loader.require(9);
    loader.start();
    await settle();
    expect(loaded).toEqual([]);
    epoch = 9;
    sceneEpoch = 8;
    await vi.advanceTimersByTimeAsync(2_000);
    expect(loaded.filter((what) => what.startsWith('scene'))).toEqual([]);
    sceneEpoch = undefined;
    await vi.advanceTimersByTimeAsync(60_000);
    expect(loaded.slice(-4)).toEqual(everything(9));
  });
});
