import { describe, expect, it } from 'vitest';
import { MalformedError } from '../../src/twins/binary';
import { SceneBytes } from '../../src/twins/cityApi';
import { CityScenes } from '../../src/twins/CityScenes';
import { TwinKind } from '../../src/twins/columns';
import { decodeScene, sceneId, sceneIndexOf } from '../../src/twins/sceneFile';
import { encodeScene, type Place } from './encoding';

const places: readonly Place[] = [
  { handle: 4, id: 'b-000004', at: [76.9, 43.25], outline: [0, 0, 10, 0, 10, 8], height: 27, tag: 0 },
  { handle: 9, id: 'b-9', at: [76.95, 43.2], outline: [0, 0, 5, 0, 5, 5, 0, 5], height: 6, tag: 1 },
  { handle: 12, id: 'b-000012', at: [77, 43.3], tag: 2 },
];

describe('decodeScene', () => {
  it('reads what was written', () => {
    const scene = decodeScene(encodeScene(TwinKind.building, 77, places));

    expect(scene).toMatchObject({ kind: TwinKind.building, epoch: 77, count: 3 });
    expect([...scene.longitude]).toEqual([76.9, 76.95, 77]);
    expect([...scene.outlineStart]).toEqual([0, 3, 7, 7]);
    expect([...scene.outline.subarray(6)]).toEqual([0, 0, 5, 0, 5, 5, 0, 5]);
    expect([...scene.tag]).toEqual([0, 1, 2]);
    expect([0, 1, 2].map((i) => sceneId(scene, i))).toEqual(['b-000004', 'b-9', 'b-000012']);
    expect([4, 9, 12, 5, 0, 13].map((handle) => sceneIndexOf(scene, handle))).toEqual([0, 1, 2, -1, -1, -1]);
  });

  it('never accepts a scene that was cut short', () => {
    const whole = encodeScene(TwinKind.building, 77, places);
    const paddingBytes = 1;
    for (let length = 0; length < whole.byteLength - paddingBytes; length++) {
      expect(() => decodeScene(whole.slice(0, length)), `${length} bytes`).toThrow(MalformedError);
    }
  });

  it('refuses handles that do not ascend and bytes that follow', () => {
    expect(() => decodeScene(encodeScene(TwinKind.building, 1, [places[1]!, places[0]!]))).toThrow(MalformedError);
    const whole = new Uint8Array(encodeScene(TwinKind.building, 1, places));
    const longer = new Uint8Array(whole.length + 4);
    longer.set(whole);
    expect(() => decodeScene(longer.buffer)).toThrow(MalformedError);
  });
});

describe('SceneBytes', () => {
  it('gathers a scene whatever the pieces, and says how far it is', () => {
    const whole = new Uint8Array(encodeScene(TwinKind.building, 77, places));
    for (const step of [1, 7, 31, 32, 33, whole.length]) {
      const gathered = new SceneBytes();
      let share = 0;
      for (let at = 0; at < whole.length; at += step) {
        const now = gathered.add(whole.subarray(at, at + step));
        expect(now).toBeGreaterThanOrEqual(share);
        share = now;
      }
      expect(share).toBe(1);
      expect(new Uint8Array(gathered.whole())).toEqual(whole);
    }
  });

  it('refuses more and less than the header says', () => {
    const whole = new Uint8Array(encodeScene(TwinKind.building, 77, places));
    const short = new SceneBytes();
    short.add(whole.subarray(0, whole.length - 8));
    expect(() => short.whole()).toThrow(MalformedError);
    const long = new SceneBytes();
    long.add(whole);
    expect(() => long.add(Uint8Array.of(0))).toThrow(MalformedError);
    expect(() => new SceneBytes().whole()).toThrow(MalformedError);
  });
});

describe('CityScenes', () => {
  it('finds ids and tags by handle', () => {
    const scenes = new CityScenes();
    scenes.set(decodeScene(encodeScene(TwinKind.building, 77, places)));

    expect(scenes.idOf(TwinKind.building, 9)).toBe('b-9');
    expect(scenes.tagOf(TwinKind.building, 12)).toBe(2);
    expect(scenes.idOf(TwinKind.building, 10)).toBeUndefined();
    expect(scenes.idOf(TwinKind.streetlight, 9)).toBeUndefined();
    expect(scenes.findId(4)).toBe('b-000004');
  });
});
