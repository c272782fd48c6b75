import { describe, expect, it } from 'vitest';
import { groundStrideFloats, meshGround } from '../../src/layers/groundMesh';
import { LocalFrame } from '../../src/layers/localFrame';
import type { GroundFeature } from '../../src/layers/mapPort';
import { groundClasses } from '../../src/layers/themes';

const frame = new LocalFrame(76.92, 43.25);

/** Area that a class covers, and the order in which the classes are painted. */
function painted(features: readonly GroundFeature[]): { areas: Map<string, number>; order: string[] } {
  const { vertices, indices } = meshGround({ features }, [], frame);
  const areas = new Map<string, number>();
  const order: string[] = [];
  const place = (index: number): readonly [number, number] => {
    const at = index * groundStrideFloats;
    const halfWidth = vertices[at + 5]!;
    return [vertices[at]! + vertices[at + 3]! * halfWidth, vertices[at + 1]! + vertices[at + 4]! * halfWidth];
  };
  for (let i = 0; i < indices.length; i += 3) {
    const name = groundClasses[vertices[indices[i]! * groundStrideFloats + 6]!]!;
    const [a, b, c] = [place(indices[i]!), place(indices[i + 1]!), place(indices[i + 2]!)];
    const area = Math.abs((b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])) / 2;
    areas.set(name, (areas.get(name) ?? 0) + area);
    if (order.at(-1) !== name) order.push(name);
  }
  return { areas, order };
}

describe('meshGround', () => {
  it('paints a bent avenue as wide as it is, corner included', () => {
    const { areas } = painted([{ class: 'avenue', points: [[76.92, 43.25], [76.93, 43.25], [76.93, 43.26]] }]);
    expect(areas.get('avenue')).toBeGreaterThan(18 * 1915);
    expect(areas.get('avenue')).toBeLessThan(18 * 1930);
  });

  it('paints a park as large as it is, and once, though its ring is closed', () => {
    const ring = [[76.92, 43.25], [76.93, 43.25], [76.93, 43.26], [76.92, 43.26]] as const;
    const open = painted([{ class: 'park', points: ring }]).areas.get('park')!;
    const closed = painted([{ class: 'park', points: [...ring, ring[0]] }]).areas.get('park')!;
    expect(open / (812.1 * 1111)).toBeCloseTo(1, 3);
    expect(closed).toBeCloseTo(open, 3);
  });

  it('paints streets over parks and highways over streets, however the file orders them', () => {
    const line = [[76.92, 43.25], [76.93, 43.25]] as const;
    const features = (['highway', 'street', 'river', 'park', 'avenue'] as const).map((name) => (
      { class: name, points: name === 'park' ? [...line, [76.93, 43.26] as const] : line }));
    expect(painted(features).order).toEqual(['ground', 'park', 'river', 'street', 'avenue', 'highway']);
  });

  it('paints a mountain as an area where its points go around it, and as a ridge where they do not', () => {
    const hill = [[76.9, 43.1], [76.95, 43.1], [76.95, 43.13], [76.9, 43.13]] as const;
    const ridge = [[76.8, 43.1], [76.85, 43.105], [76.9, 43.1], [76.95, 43.104]] as const;
    expect(painted([{ class: 'mountain', points: hill }]).areas.get('mountain')).toBeGreaterThan(13e6);
    expect(painted([{ class: 'mountain', points: ridge }]).areas.get('mountain')).toBeLessThan(13000 * 6.1);
  });

  it('leaves out what has no extent', () => {
    const { areas } = painted([
      { class: 'street', points: [[76.92, 43.25]] },
      { class: 'street', points: [[76.92, 43.25], [76.92, 43.25]] },
    ]);
    expect([...areas.keys()]).toEqual(['ground']);
  });
});
