import { describe, expect, it } from 'vitest';
import {
  between, Lens, limited, pannedOnScreen, poseOf, zoomedAbout, type View, type ViewLimits,
} from '../../src/layers/cityCamera';
import { groundHeight, LocalFrame } from '../../src/layers/localFrame';
import { seeded } from './seeded';

const limits: ViewLimits = {
  west: -10000, south: -9000, east: 10000, north: 9000, rangeMin: 70, rangeMax: 40000, pitchMin: -1.55, pitchMax: -0.12,
};

const random = seeded(31);
const views: View[] = Array.from({ length: 100 }, () => ({
  east: 8000 * (random() - 0.5), north: 8000 * (random() - 0.5), heading: 6.28 * random(),
  pitch: -0.3 - 1.1 * random(), range: 100 * 200 ** random(),
}));

describe('the camera', () => {
  it('projects what a pixel\'s ray meets back to that pixel', () => {
    for (const view of views) {
      const lens = new Lens(view, 1366, 768);
      const [x, y] = [1366 * random(), 768 * random()];
      const { origin, direction } = lens.ray(x, y);
      const at = lens.project(...([0, 1, 2].map((i) => origin[i]! + 300 * direction[i]!) as [number, number, number]))!;
      expect(at.x).toBeCloseTo(x, 6);
      expect(at.y).toBeCloseTo(y, 6);
    }
  });

  it('looks at its place, in the middle of the screen, from its range', () => {
    for (const view of views) {
      const ground = groundHeight(view.east, view.north);
      const at = new Lens(view, 1000, 600).project(view.east, view.north, ground)!;
      expect(at.x).toBeCloseTo(500, 6);
      expect(at.y).toBeCloseTo(300, 6);
      expect(at.depth).toBeCloseTo(view.range, 6);
      const { direction, up, right } = poseOf(view);
      expect(Math.hypot(...direction)).toBeCloseTo(1, 12);
      expect(direction[0] * up[0] + direction[1] * up[1] + direction[2] * up[2]).toBeCloseTo(0, 12);
      expect(direction[0] * right[0] + direction[1] * right[1] + direction[2] * right[2]).toBeCloseTo(0, 12);
    }
  });

  it('keeps the place under the pointer there while it zooms', () => {
    for (const view of views) {
      const lens = new Lens(view, 1366, 768);
      const place = lens.ground(700 + 200 * random(), 400 + 200 * random());
      const before = lens.project(place[0], place[1], groundHeight(view.east, view.north))!;
      const near = zoomedAbout(view, 0.7, place, limits);
      const after = new Lens(near, 1366, 768).project(place[0], place[1], groundHeight(near.east, near.north))!;
      expect(Math.hypot(after.x - before.x, after.y - before.y)).toBeLessThan(3);
    }
  });

  it('stays within its limits, whatever is asked', () => {
    const far = limited({ east: 1e9, north: -1e9, heading: -1, pitch: 3, range: 1 }, limits);
    expect(far).toEqual({ east: 10000, north: -9000, heading: 2 * Math.PI - 1, pitch: -0.12, range: 70 });
  });

  it('pans along the screen', () => {
    const south: View = { east: 0, north: 0, heading: Math.PI, pitch: -0.5, range: 1000 };
    const ahead = pannedOnScreen(south, 0, 0.5);
    expect([ahead.east, ahead.north]).toEqual([expect.closeTo(0, 6), expect.closeTo(-500, 6)]);
    const right = pannedOnScreen(south, 0.5, 0);
    expect([right.east, right.north]).toEqual([expect.closeTo(-500, 6), expect.closeTo(0, 6)]);
  });

  it('flies from one view to the other, and turns the shorter way', () => {
    const from: View = { east: 0, north: 0, heading: 6.2, pitch: -0.5, range: 100 };
    const to: View = { east: 900, north: 50, heading: 0.1, pitch: -1, range: 10000 };
    expect(between(from, to, 0)).toEqual({ ...from, range: expect.closeTo(100, 9) });
    const end = between(from, to, 1);
    expect(limited(end, limits)).toEqual({
      east: 900, north: 50, heading: expect.closeTo(0.1, 9), pitch: -1, range: expect.closeTo(10000, 6) });
    const middle = between(from, to, 0.5);
    expect(middle.heading).toBeGreaterThan(6.2);
    expect(middle.range).toBeCloseTo(1000, 6);
  });
});

describe('LocalFrame', () => {
  it('measures a degree of latitude and of longitude as the ellipsoid does at 43.25 degrees', () => {
    const frame = new LocalFrame(76.92, 43.25);
    // WGS 84: 111,098 m a degree of latitude, 81,210 m of longitude there.
    expect(frame.point(76.92, 43.26)[1]).toBeCloseTo(1110.98, 1);
    expect(frame.point(76.93, 43.25)[0]).toBeCloseTo(812.1, 0);
    expect(frame.point(76.92, 43.25, 50)).toEqual([0, 0, 50].map((value) => expect.closeTo(value, 6)));
  });

  it('falls away from its tangent plane as `groundHeight` says', () => {
    const frame = new LocalFrame(76.92, 43.25);
    const [east, north, up] = frame.point(77.05, 43.35);
    expect(up).toBeLessThan(-15);
    expect(Math.abs(up - groundHeight(east, north))).toBeLessThan(0.2);
  });
});
