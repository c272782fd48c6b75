import { describe, expect, it } from 'vitest';
import { chunkSphere, orderByPlace, Slots } from '../../src/layers/slots';
import { seeded } from './seeded';

describe('Slots', () => {
  it.each([['dense', 1], ['sparse', 1000]])('leads from every handle to its slot and back, %s', (_, step) => {
    const handles = Uint32Array.from({ length: 500 }, (__, i) => 17 + i * step);
    const order = Uint32Array.from({ length: 500 }, (__, i) => (i * 7) % 500);
    const slots = new Slots(handles, order);
    for (let row = 0; row < 500; row++) {
      const slot = slots.slotOf(handles[row]!);
      expect(slots.rowOfSlot[slot]).toBe(row);
      expect(slots.handleOfSlot[slot]).toBe(handles[row]);
    }
    expect([0, 16, 17 + 500 * step, 4294967295].map((handle) => slots.slotOf(handle))).toEqual([-1, -1, -1, -1]);
  });

  it('holds nothing for an empty scene', () => {
    expect(new Slots(new Uint32Array(0), new Uint32Array(0)).slotOf(0)).toBe(-1);
  });
});

describe('orderByPlace', () => {
  it('gives every point one slot, in chunks that are small and lie inside their spheres', () => {
    const random = seeded(5);
    const positions = Float32Array.from({ length: 3 * 5000 }, (_, i) => (i % 3 === 2 ? 9 : 20000 * random() ** 2));
    const { order, chunks } = orderByPlace(positions, 300);
    expect([...order].sort((a, b) => a - b)).toEqual(Array.from({ length: 5000 }, (_, i) => i));
    expect(chunks.reduce((sum, chunk) => sum + chunk.count, 0)).toBe(5000);
    let next = 0;
    for (const chunk of chunks) {
      expect(chunk.start).toBe(next);
      expect(chunk.count).toBeLessThanOrEqual(300);
      next += chunk.count;
      const [x, y, z, radius] = chunkSphere(positions, order, chunk, 1);
      for (let i = chunk.start; i < next; i++) {
        const row = 3 * order[i]!;
        const away = Math.hypot(positions[row]! - x, positions[row + 1]! - y, positions[row + 2]! - z);
        expect(away).toBeLessThanOrEqual(radius);
      }
    }
  });
});
