import { describe, expect, it } from 'vitest';
import { lampStrideFloats, meshLamps } from '../../src/layers/lampMesh';

describe('meshLamps', () => {
  const positions = Float32Array.from({ length: 30 }, (_, i) => i * 1.5);
  const chunk = { start: 3, count: 4 };
  const mesh = meshLamps(positions, chunk);
  const vertex = (index: number): number[] =>
    [...mesh.vertices.subarray(index * lampStrideFloats, (index + 1) * lampStrideFloats)];

  it('gives each lamp of the chunk, and no other, one pole from lamp to ground', () => {
    expect(mesh.poles.length).toBe(8);
    for (let i = 0; i < 4; i++) {
      const place = [...positions.subarray(3 * (3 + i), 3 * (3 + i) + 3)];
      expect(vertex(mesh.poles[2 * i]!)).toEqual([...place, 3 + i, 0, 0]);
      expect(vertex(mesh.poles[2 * i + 1]!)).toEqual([...place, 3 + i, 0, 1]);
    }
  });

  it('gives each lamp a square pool of two triangles around it', () => {
    for (let i = 0; i < 4; i++) {
      const corners = [...mesh.pools.subarray(6 * i, 6 * i + 6)].map((index) => vertex(index).slice(3));
      expect(corners.every(([slot]) => slot === 3 + i)).toBe(true);
      const [a, b, c] = corners as [number[], number[], number[]];
      expect((b[1]! - a[1]!) * (c[2]! - a[2]!) - (b[2]! - a[2]!) * (c[1]! - a[1]!)).toBe(4);
      expect(new Set(corners.map(([, x, y]) => `${x} ${y}`)).size).toBe(4);
    }
  });
});
