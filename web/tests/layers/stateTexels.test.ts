import { describe, expect, it } from 'vitest';
import { packTexel, StateTexels, texelsPerRow } from '../../src/layers/stateTexels';
import { seeded } from './seeded';

describe('StateTexels', () => {
  it('puts slot n at column n mod row length, row n div row length, red first', () => {
    const texels = new StateTexels(3 * texelsPerRow);
    texels.set(2 * texelsPerRow + 5, packTexel(1, 2, 3, 250));
    const at = (2 * texelsPerRow + 5) * 4;
    expect([...texels.bytes.subarray(at, at + 4)]).toEqual([1, 2, 3, 250]);
    expect(texels.bytes.reduce((sum, byte) => sum + byte, 0)).toBe(256);
  });

  it('uploads nothing where nothing changed', () => {
    const texels = new StateTexels(2000);
    expect(texels.set(7, 5)).toBe(true);
    texels.takeDirtyRuns();
    expect(texels.set(7, 5)).toBe(false);
    expect(texels.isDirty).toBe(false);
    expect(texels.takeDirtyRuns()).toEqual([]);
  });

  it('refuses slots outside of the layer', () => {
    const texels = new StateTexels(100);
    expect([-1, 100, 511, 512].map((slot) => texels.set(slot, 9))).toEqual([false, false, false, false]);
    expect(texels.isDirty).toBe(false);
  });

  it('joins near rows into one upload and keeps far ones apart', () => {
    const texels = new StateTexels(100 * texelsPerRow);
    for (const row of [3, 4, 13, 60]) texels.set(row * texelsPerRow, 1);
    expect(texels.takeDirtyRuns()).toEqual([{ row: 3, rows: 11 }, { row: 60, rows: 1 }]);
  });

  it('after uploading its runs a copy equals the original, over seeded rounds of changes', () => {
    const random = seeded(3);
    const texels = new StateTexels(40000);
    const copy = new Uint8Array(texels.bytes.length);
    for (let round = 0; round < 60; round++) {
      const changes = Math.floor(random() ** 4 * 2000);
      for (let i = 0; i < changes; i++) {
        texels.set(Math.floor(random() * 40000), Math.floor(random() * 4294967296));
      }
      const runs = texels.takeDirtyRuns();
      for (const run of runs) copy.set(texels.rowBytes(run), run.row * texelsPerRow * 4);
      expect(copy.every((byte, i) => byte === texels.bytes[i]), `round ${round}`).toBe(true);
      if (changes === 0) expect(runs).toEqual([]);
    }
  });
});
