import { describe, expect, it } from 'vitest';
import { ViewState, formatHash, parseHash, type View } from '../../src/workplaces/ViewState';

const usual: View = {
  wall: false, twin: undefined, hidden: new Set(['utilityMeter']), measure: 0, locale: undefined, theme: undefined,
};

describe('the hash', () => {
  it.each<[string, Partial<View>]>([
    ['#', {}],
    ['#wall', { wall: true }],
    ['#twin=b-000017&lang=ru', { twin: 'b-000017', locale: 'ru' }],
    ['#wall&twin=a%26b%3D%D0%B6&hide=streetlight,feeder&measure=3&lang=kk&theme=light',
      {
        wall: true, twin: 'a&b=ж', hidden: new Set(['streetlight', 'feeder']), measure: 3, locale: 'kk', theme: 'light',
      }],
    ['#hide=', { hidden: new Set() }],
  ])('%s comes back as it went', (hash, change) => {
    const view = { ...usual, ...change };
    expect(parseHash(hash)).toEqual({ ...view, hidden: new Set(view.hidden) });
    expect(parseHash(formatHash(view))).toEqual(view);
  });

  it.each(['', '#%E0%A4%A', '#measure=9', '#measure=x', '#lang=de', '#theme=pink', '#&&=&twin='])(
    '%s is a mistyped bookmark, and starts the page all the same', (hash) => expect(parseHash(hash)).toEqual(usual));

  it('drops layers that there are not', () => {
    expect(parseHash('#hide=streetlight,dragons').hidden).toEqual(new Set(['streetlight']));
  });
});

describe('ViewState', () => {
  it('writes what is set, replaces history, and tells what was before', () => {
    const hashes: unknown[] = [];
    const listeners: (() => void)[] = [];
    const window = {
      location: { hash: '#wall' },
      history: { replaceState: (_state: unknown, _title: string, hash: string) => hashes.push(hash) },
      addEventListener: (_type: string, listener: () => void) => listeners.push(listener),
    };
    const state = new ViewState(window as unknown as Window);
    const changes: [string | undefined, string | undefined][] = [];
    const stop = state.listen((view, before) => changes.push([view.twin, before.twin]));

    state.set({ twin: 'b-1' });
    window.location.hash = '#twin=b-2';
    for (const listener of listeners) listener();
    stop();
    state.set({ twin: undefined });

    expect(hashes).toEqual(['#wall&twin=b-1', '#']);
    expect(changes).toEqual([['b-1', undefined], ['b-2', 'b-1']]);
    expect(state.view.wall).toBe(false);
  });
});
