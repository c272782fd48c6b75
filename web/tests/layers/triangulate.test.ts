import { describe, expect, it } from 'vitest';
import { doubleArea, triangulate } from '../../src/layers/triangulate';
import { seeded, starRing } from './seeded';

const areaOf = (ring: readonly number[], triangles: readonly number[]): number => {
  let sum = 0;
  for (let i = 0; i < triangles.length; i += 3) {
    sum += doubleArea(triangles.slice(i, i + 3).flatMap((index) => [ring[2 * index]!, ring[2 * index + 1]!]));
  }
  return sum / 2;
};

describe('triangulate', () => {
  it('covers exactly the area of seeded rings, concave ones among them, with n − 2 triangles', () => {
    const random = seeded(11);
    let concave = 0;
    for (let run = 0; run < 600; run++) {
      const ring = starRing(random, 3 + Math.floor(random() * 30), 40);
      const triangles = triangulate(ring);
      const area = Math.abs(doubleArea(ring)) / 2;
      expect(Math.abs(areaOf(ring, triangles) - area), `run ${run}`).toBeLessThan(1e-9 * Math.max(1, area));
      expect(triangles.length / 3, `run ${run}`).toBe(ring.length / 2 - 2);
      if (ring.length > 8) concave++;
    }
    expect(concave).toBeGreaterThan(300);
  });

  it('turns every triangle counter-clockwise, whichever way the ring goes', () => {
    const random = seeded(12);
    for (let run = 0; run < 100; run++) {
      const ring = starRing(random, 12, 40);
      const reversed = Array.from({ length: 12 }, (_, i) => ring.slice(2 * (11 - i), 2 * (11 - i) + 2)).flat();
      for (const some of [ring, reversed]) {
        const triangles = triangulate(some);
        for (let i = 0; i < triangles.length; i += 3) {
          const corners = triangles.slice(i, i + 3).flatMap((index) => [some[2 * index]!, some[2 * index + 1]!]);
          expect(doubleArea(corners)).toBeGreaterThan(0);
        }
      }
    }
  });

  it.each([
    ['an L', [0, 0, 2, 0, 2, 1, 1, 1, 1, 2, 0, 2], 3],
    ['a comb', [0, 0, 7, 0, 7, 3, 6, 3, 6, 1, 5, 1, 5, 3, 4, 3, 4, 1, 3, 1, 3, 3, 2, 3, 2, 1, 1, 1, 1, 3, 0, 3], 15],
    ['corners in a straight wall', [0, 0, 1, 0, 2, 0, 2, 2, 1, 2, 0, 2], 4],
    ['the same corner twice', [0, 0, 2, 0, 2, 0, 2, 2, 0, 2], 4],
    ['two points', [0, 0, 1, 1], 0],
    ['nothing', [], 0],
    ['a line', [0, 0, 1, 0, 2, 0], 0],
  ])('handles %s', (_, ring, area) => {
    expect(areaOf(ring, triangulate(ring))).toBeCloseTo(area, 12);
  });

  it('ends on a ring that crosses itself', () => {
    expect(triangulate([0, 0, 2, 2, 2, 0, 0, 2]).length % 3).toBe(0);
  });
});
