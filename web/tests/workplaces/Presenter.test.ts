import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { LiveCity } from '../../src/feed/LiveCity';
import type { MapPort } from '../../src/layers/mapPort';
import { TwinKind, type ChangeColumns } from '../../src/twins/columns';
import { decodeFrame } from '../../src/twins/frame';
import { Presenter } from '../../src/workplaces/Presenter';
import { encodeFrame, section, type Reading } from '../twins/encoding';

const measuredAt = 1_795_219_200_000;

let page: { hidden: boolean; addEventListener: (type: string, listener: () => void) => void };
let visibilityChanged: () => void;
let animationFrames: (() => void)[];
let acknowledged: number[];
let applied: ChangeColumns[];
let failures: unknown[];
let live: LiveCity;
let presenter: Presenter;

const map = { apply: (changes: ChangeColumns) => applied.push(changes) } as unknown as MapPort;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'Date'] });
  page = { hidden: false, addEventListener: (_, listener) => (visibilityChanged = listener) };
  animationFrames = [];
  vi.stubGlobal('document', page);
  vi.stubGlobal('requestAnimationFrame', (callback: () => void) => animationFrames.push(callback));
  [acknowledged, applied, failures] = [[], [], []];
  live = new LiveCity({ distrust: () => undefined, checksum: async () => undefined }, () => undefined);
  presenter = new Presenter(live, (number) => acknowledged.push(number), (error) => failures.push(error));
});

afterEach(() => {
  live.dispose();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

function draw(): void {
  for (const callback of animationFrames.splice(0)) callback();
}

function receive(type: 1 | 2, number: number, epoch: number, ...readings: Reading[]): void {
  const sections = [section(TwinKind.streetlight, 3, readings)];
  const members = new Set(readings.map(({ handle }) => handle)).size;
  presenter.frame(decodeFrame(encodeFrame({ type, epoch, number, previous: number - 1, members, sections })), 1);
}

describe('Presenter', () => {
  beforeEach(() => {
    presenter.useMap(map);
    receive(1, 1, 7, { handle: 4, condition: 1, measuredAt });
    draw();
    presenter.drawn(TwinKind.streetlight, 7);
    draw();
  });

  it('tells a newly drawn map everything that is known', () => {
    expect(applied.map(({ handle, condition }) => [[...handle], [...condition]])).toEqual([[[4], [1]]]);
    expect(acknowledged).toEqual([1]);
  });

  it('applies at once, and acknowledges only when it is drawn', () => {
    receive(2, 2, 7, { handle: 4, condition: 2, measuredAt });
    receive(2, 3, 7, { handle: 4, condition: 4, measuredAt });
    expect(applied.slice(1).map(({ condition }) => [...condition])).toEqual([[2], [4]]);
    expect(acknowledged).toEqual([1]);
    draw();
    expect(acknowledged).toEqual([1, 2, 3]);
    expect(applied.length).toBe(3);
  });

  it('does not wait for a frame that the browser never draws', () => {
    receive(2, 2, 7, { handle: 4, condition: 2, measuredAt });
    vi.advanceTimersByTime(500);
    expect(acknowledged).toEqual([1, 2]);
    draw();
    expect(applied.length).toBe(2);
  });

  it('acknowledges at once while the page is hidden, and shows the newest when it is seen again', () => {
    page.hidden = true;
    for (let number = 2; number < 100; number++) {
      receive(2, number, 7, { handle: 4, condition: number % 5, measuredAt });
      expect(acknowledged.at(-1)).toBe(number);
    }
    expect([applied.length, animationFrames.length]).toEqual([1, 0]);

    page.hidden = false;
    visibilityChanged();
    draw();

    expect(applied.length).toBe(2);
    expect([...applied[1]!.condition]).toEqual([99 % 5]);
    expect(presenter.latency.all()).toEqual([]);
  });

  it('keeps the states of another epoch from a drawing of this one', () => {
    receive(1, 1, 8, { handle: 4, condition: 3, measuredAt });
    draw();
    expect(applied.length).toBe(1);
    presenter.drawn(TwinKind.streetlight, 8);
    draw();
    expect([...applied[1]!.condition]).toEqual([3]);
  });

  it('samples from measured to the end of the turn in which the map was drawn', () => {
    vi.setSystemTime(measuredAt + 400);
    receive(2, 2, 7, { handle: 4, condition: 2, measuredAt });
    draw();
    expect(presenter.latency.all()).toEqual([]);
    vi.setSystemTime(measuredAt + 416);
    vi.advanceTimersByTime(0);
    expect(presenter.latency.all()).toEqual([{ handle: 4, measuredAtMs: measuredAt, shownAtMs: measuredAt + 416 }]);
  });

  it('lets go of a map that fails, and lives on', () => {
    const broken = new Error('no graphics');
    presenter.useMap({ apply: () => { throw broken; } } as unknown as MapPort);
    presenter.drawn(TwinKind.streetlight, 7);
    draw();
    receive(2, 2, 7, { handle: 4, condition: 2, measuredAt });
    draw();
    expect(failures).toEqual([broken]);
    expect(acknowledged).toEqual([1, 2]);
  });
});
