import { describe, expect, it } from 'vitest';
import { commandsFor, orderOf, payloadOf, type Draft } from '../../../src/workplaces/commands/draft';
import { models } from './fakeCommands';

const names = (...target: Parameters<typeof commandsFor>): string[] => commandsFor(...target).map(({ name }) => name);
const command = (name: string) => commandsFor({ kind: 'filter', value: '' }, models).find((one) => one.name === name)!;
const draft = (change: Partial<Draft> = {}): Draft => ({
  target: { kind: 'twin', value: 'l-1' }, payload: '40', withinMinutes: 15, forMinutes: 0, reason: ' ', by: ' aigul ',
  isStaged: false, stageSize: '20', stageMinutes: '5', failedPercentMax: '20', ...change,
});

describe('the commands that are offered', () => {
  it('are those that the target has, each once', () => {
    expect(names({ kind: 'twin', value: 'm-1', model: 'meter' }, models)).toEqual(['readNow', 'setValve']);
    expect(names({ kind: 'cabinet', value: 'cab-1' }, models)).toEqual(['setDimLevel', 'setContactor']);
    expect(names({ kind: 'street', value: 'Abay' }, models)).toEqual(['setDimLevel']);
    expect(names({ kind: 'district', value: 'd-1' }, models)).toEqual(
      ['setContactor', 'setDimLevel', 'readNow', 'setValve']);
    expect(names({ kind: 'filter', value: '' }, undefined)).toEqual([]);
  });
});

describe('a value', () => {
  it.each([
    ['setDimLevel', '40', 40], ['setDimLevel', '12,5', 12.5], ['setDimLevel', '0', 0], ['setDimLevel', '100', 100],
    ['setDimLevel', '100.1', undefined], ['setDimLevel', '-1', undefined], ['setDimLevel', '', undefined],
    ['setDimLevel', 'full', undefined], ['setContactor', 'true', true], ['setContactor', 'false', false],
    ['setContactor', '1', undefined], ['setValve', 'closed', 'closed'], ['readNow', '', null],
  ])('of %s typed as “%s” is %s', (name, typed, value) => expect(payloadOf(command(name), typed)).toBe(value));
});

describe('an order', () => {
  it('says whom, what, until when and who', () => {
    expect(orderOf(draft(), command('setDimLevel'), 'o-1')).toEqual({
      id: 'o-1', name: 'setDimLevel', payload: 40, targets: { twins: ['l-1'] }, withinMinutes: 15, by: 'aigul',
    });
    expect(orderOf(draft({
      target: { kind: 'cabinet', value: ' cab-1 ' }, forMinutes: 120, reason: 'storm', isStaged: true,
    }), command('setDimLevel'), 'o-2')).toEqual({
      id: 'o-2', name: 'setDimLevel', payload: 40, targets: { cabinet: 'cab-1' }, withinMinutes: 15, forMinutes: 120,
      reason: 'storm', stageSize: 20, stageMinutes: 5, failedShareMax: 0.2, by: 'aigul',
    });
    const read = orderOf(draft({ target: { kind: 'filter', value: 'kind=utilityMeter' } }), command('readNow'), 'o-3');
    expect(read).toEqual(
      { id: 'o-3', name: 'readNow', targets: { query: 'kind=utilityMeter' }, withinMinutes: 15, by: 'aigul' });
  });

  it.each([
    ['target', { target: { kind: 'street', value: '  ' } }], ['payload', { payload: '140' }],
    ['stages', { isStaged: true, stageSize: '2.5' }], ['stages', { isStaged: true, stageMinutes: '0' }],
    ['stages', { isStaged: true, failedPercentMax: '101' }], ['by', { by: ' ' }],
  ] as const)('is not sent without its %s', (missing, change) =>
    expect(orderOf(draft(change), command('setDimLevel'), 'o')).toBe(missing));

  it('needs a command', () => expect(orderOf(draft(), undefined, 'o')).toBe('command'));
});
