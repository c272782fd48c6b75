import { describe, expect, it } from 'vitest';
import { MalformedError } from '../../src/twins/binary';
import { Freshness, TwinKind, freshnessOf, qualityOf } from '../../src/twins/columns';
import { decodeFrame } from '../../src/twins/frame';
import { encodeFrame, section } from './encoding';

const bytesOf = (hex: string): Uint8Array =>
  Uint8Array.from(hex.replace(/\s/g, '').match(/../g)!, (pair) => parseInt(pair, 16));

// Written by hand from docs/contracts.md §2.1: a delta with two streetlights at detail "condition".
const golden = bytesOf(`
  414c4631 02 03 0100  07000000  2a000000  29000000  05000000  000060b8a07e7942
  07 00 0000 02000000
  10000000 00010000
  00000165 01000165
  f401 0000
  02 04 0000
  01 06 0000`);

describe('decodeFrame', () => {
  it('reads the golden bytes', () => {
    const frame = decodeFrame(golden);

    expect(frame).toMatchObject({
      type: 'delta', first: true, last: true, epoch: 7, number: 42, previous: 41, members: 5,
    });
    expect(frame.serverTime).toBe(new DataView(golden.buffer).getFloat64(24, true));
    const [lights] = frame.sections;
    expect(lights!.kind).toBe(TwinKind.streetlight);
    expect([...lights!.handle]).toEqual([16, 256]);
    expect([...lights!.measuredAtSeconds]).toEqual([0x65010000, 0x65010001]);
    expect([...lights!.measuredAtMilliseconds]).toEqual([500, 0]);
    expect([...lights!.condition]).toEqual([2, 4]);
    expect([...lights!.flags].map(freshnessOf)).toEqual([Freshness.live, Freshness.stale]);
    expect([...lights!.flags].map(qualityOf)).toEqual([0, 1]);
    expect(lights!.measures).toEqual([]);
  });

  it('reads a frame that does not start at the start of its buffer', () => {
    for (let offset = 1; offset < 9; offset++) {
      const message = new Uint8Array(golden.length + offset);
      message.set(golden, offset);
      expect(decodeFrame(message.subarray(offset)).sections[0]!.handle[1]).toBe(256);
    }
  });

  it('reads measures in the order of their columns', () => {
    const meters = section(TwinKind.utilityMeter, 2, [
      { handle: 3, measures: [1.5, 1000] }, { handle: 9, measures: [NaN, 7] }, { handle: 11, measures: [-0.25, NaN] },
    ]);

    const frame = decodeFrame(encodeFrame(
      { type: 1, epoch: 1, number: 1, previous: 0, members: 3, sections: [meters] }));

    expect(frame.sections[0]!.measures.map((column) => [...column])).toEqual([[1.5, NaN, -0.25], [1000, 7, NaN]]);
  });

  it('never accepts a frame that was cut short', () => {
    // Three twins, so that the last column ends in padding: cut there, nothing is missing yet.
    const lights = section(TwinKind.streetlight, 3, [{ handle: 1 }, { handle: 2 }, { handle: 300 }]);
    const whole = encodeFrame({ type: 2, epoch: 1, number: 2, previous: 1, members: 3, sections: [lights, lights] });
    const paddingBytes = 1;
    for (let length = 0; length < whole.length - paddingBytes; length++) {
      expect(() => decodeFrame(whole.slice(0, length)), `${length} bytes`).toThrow(MalformedError);
    }
    expect(decodeFrame(whole).sections.length).toBe(2);
  });

  it.each([
    ['another magic', 0, 0x42], ['type 0', 4, 0], ['type 3', 4, 3], ['a delta that is only a first part', 5, 1],
    ['an unknown kind', 32, 9], ['six measures', 33, 6], ['more sections than there are', 6, 2],
    ['fewer sections than there are', 6, 0], ['more twins than there are', 36, 3],
    ['a server time that is none', 31, 0x7f],
  ])('refuses %s', (what, at, value) => {
    const broken = golden.slice();
    broken[at] = value;
    if (what.startsWith('a server time')) broken[30] = 0xf8;
    expect(() => decodeFrame(broken)).toThrow(MalformedError);
  });

  it('refuses a count that overflows', () => {
    const broken = golden.slice();
    broken.fill(0xff, 36, 40);
    expect(() => decodeFrame(broken)).toThrow(MalformedError);
  });
});
