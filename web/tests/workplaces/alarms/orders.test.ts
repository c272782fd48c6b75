import { describe, expect, it } from 'vitest';
import type { AlarmEntry } from '../../../src/twins/alarms';
import { Operator } from '../../../src/workplaces/alarms/Operator';
import { orderOf, verbsFor } from '../../../src/workplaces/alarms/orders';

const fields = { by: ' Aigul ', comment: '', reason: '', minutes: 120, oneShot: true, to: '' };
const of = (state: AlarmEntry['state'], kind: AlarmEntry['kind'] = 'alarm'): AlarmEntry =>
  ({ state, kind }) as AlarmEntry;

describe('orderOf', () => {
  it('sends what the action needs and nothing else', () => {
    expect(orderOf('acknowledge', fields)).toEqual({ by: 'Aigul' });
    expect(orderOf('acknowledge', { ...fields, comment: ' seen ', reason: 'x', to: 'y' }))
      .toEqual({ by: 'Aigul', comment: 'seen' });
    expect(orderOf('shelve', { ...fields, reason: 'repair' }))
      .toEqual({ by: 'Aigul', reason: 'repair', minutes: 120, oneShot: true });
    expect(orderOf('assign', { ...fields, to: 'crew 4' })).toEqual({ by: 'Aigul', to: 'crew 4' });
  });

  it('names what is missing, and first of all the name', () => {
    expect(orderOf('shelve', { ...fields, by: ' ' })).toBe('by');
    expect(orderOf('shelve', { ...fields, reason: '  ' })).toBe('reason');
    expect(orderOf('out-of-service', fields)).toBe('reason');
    expect(orderOf('assign', fields)).toBe('to');
  });
});

describe('verbsFor', () => {
  it.each<[AlarmEntry['state'], string[]]>([
    ['unackActive', ['acknowledge', 'shelve', 'assign', 'out-of-service']],
    ['ackActive', ['shelve', 'assign', 'out-of-service']],
    ['latchedUnack', ['acknowledge', 'shelve', 'assign', 'out-of-service']],
    ['latchedAck', ['reset', 'assign', 'out-of-service']],
    ['shelved', ['unshelve']], ['suppressed', ['out-of-service']], ['outOfService', ['return-to-service']],
  ])('%s', (state, verbs) => expect(verbsFor(of(state))).toEqual(verbs));

  it('only acknowledges an incident, and that once', () => {
    expect(verbsFor(of('unackActive', 'incident'))).toEqual(['acknowledge']);
    expect(verbsFor(of('ackActive', 'incident'))).toEqual([]);
  });
});

describe('Operator', () => {
  it('is remembered, and does without a storage that refuses', () => {
    const kept = new Map<string, string>();
    const storage = {
      getItem: (key: string) => kept.get(key) ?? null,
      setItem: (key: string, value: string) => void kept.set(key, value),
    };
    new Operator(storage).name = '  Aigul ';
    expect(new Operator(storage).name).toBe('Aigul');
    const refusing = new Operator({
      getItem: () => { throw new Error('no'); }, setItem: () => { throw new Error('no'); },
    });
    refusing.name = 'Dias';
    expect(refusing.name).toBe('Dias');
  });
});
