import { describe, expect, it } from 'vitest';
import { CityScenes } from '../../src/twins/CityScenes';
import { Freshness, TwinKind } from '../../src/twins/columns';
import { decodeScene } from '../../src/twins/sceneFile';
import { TwinStore } from '../../src/twins/TwinStore';
import { LatencyRing, SamplesMax, SamplesPerFrameMax } from '../../src/workplaces/LatencyRing';
import { summarize } from '../../src/workplaces/summary';
import { encodeScene, section } from '../twins/encoding';

const { building, streetlight, airQualitySensor, utilityMeter, feeder } = TwinKind;
const { stale, lost, neverReported } = Freshness;

describe('summarize', () => {
  const scenes = new CityScenes();
  scenes.set(decodeScene(encodeScene(airQualitySensor, 1, [
    { handle: 1, id: 'a1', at: [76.9, 43.2], tag: 0 }, { handle: 2, id: 'a2', at: [76.9, 43.2], tag: 1 },
    { handle: 3, id: 'a3', at: [76.9, 43.2], tag: 1 }, { handle: 4, id: 'a4', at: [76.9, 43.2], tag: 0 },
  ])));
  const store = new TwinStore();
  store.apply(section(building, 5, [
    { handle: 10, measures: [1000, 50, 20] }, { handle: 11, measures: [500, NaN, 5] },
    { handle: 12, measures: [9000, 900, 900], freshness: stale }, { handle: 13, freshness: neverReported },
  ]));
  store.apply(section(streetlight, 3, [
    { handle: 20, condition: 2 }, { handle: 21, condition: 3 }, { handle: 22, condition: 1 },
    { handle: 23, condition: 4 }, { handle: 26, condition: 5 }, { handle: 27, condition: 6 },
    { handle: 24, condition: 2, freshness: lost }, { handle: 25, condition: 0 },
  ]));
  store.apply(section(airQualitySensor, 5, [
    { handle: 1, condition: 2 }, { handle: 2, condition: 6 }, { handle: 3, condition: 3 },
    { handle: 4, condition: 5, freshness: stale }, { handle: 99, condition: 4 },
  ]));
  store.apply(section(utilityMeter, 2, [{ handle: 30, condition: 2 }, { handle: 31, condition: 4, freshness: lost }]));
  store.apply(section(feeder, 4, [{ handle: 40, condition: 2 }]));
  const summary = summarize(store, scenes);

  it('adds up what is current, and says of how many', () => {
    expect(summary.power).toEqual({ sum: 1500, count: 2 });
    expect(summary.coldWater).toEqual({ sum: 50, count: 1 });
    expect(summary.hotWater).toEqual({ sum: 25, count: 2 });
  });

  it('does not count a light that is no longer heard as on', () => {
    expect(summary.lights).toEqual({ on: 3, off: 1, failed: 2, notCurrent: 2 });
    expect(summary).toMatchObject({ leaks: 1, noSupply: 1, feedersOut: 1 });
  });

  it('keeps official posts and indicative sensors apart, and counts neither what it cannot tell', () => {
    expect(summary.official).toEqual({ reporting: 1, total: 2, levels: [0, 0, 1, 0, 0, 0, 0], worst: 2 });
    expect(summary.indicative).toEqual({ reporting: 2, total: 2, levels: [0, 0, 0, 1, 0, 0, 1], worst: 6 });
  });
});

describe('LatencyRing', () => {
  const many = section(streetlight, 3,
    Array.from({ length: 5000 }, (_, i) => ({ handle: i, measuredAt: 1_000_000 + i })));

  it('samples some of a large frame, evenly', () => {
    const ring = new LatencyRing();
    ring.pick([many]);
    const picked = ring.take();
    expect(picked.length).toBe(SamplesPerFrameMax);
    expect(picked.at(-1)!.handle).toBeGreaterThan(4500);
    expect(ring.take()).toEqual([]);
  });

  it('keeps the newest', () => {
    const ring = new LatencyRing();
    for (let shownAt = 1; shownAt * SamplesPerFrameMax <= SamplesMax + 500; shownAt++) {
      ring.pick([many]);
      ring.shown(ring.take(), shownAt);
    }
    const samples = ring.all();
    expect(samples.length).toBe(SamplesMax);
    const order = samples.map(({ shownAtMs }) => shownAtMs);
    expect(order).toEqual([...order].sort((one, other) => one - other));
    expect(order[0]).toBeGreaterThan(1);
  });

  it('does not take a twin that went stale, or never spoke, for a measurement', () => {
    const ring = new LatencyRing();
    ring.pick([section(streetlight, 3, [{ handle: 1, measuredAt: 5, freshness: stale }, { handle: 2 }])]);
    expect(ring.take()).toEqual([]);
  });
});
