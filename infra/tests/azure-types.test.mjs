// The comparison with Azure's published types, on types of the same form made here; the real ones are too large to
// carry along (`npm run types -- FOLDER`).
import assert from 'node:assert/strict';
import test from 'node:test';
import { azureTypeProblems } from '../check/azure-types.mjs';
import { Project } from '../check/project.mjs';

const types = [
  { $type: 'StringType' },
  { $type: 'IntegerType' },
  { $type: 'StringLiteralType', value: 'Basic' },
  { $type: 'StringLiteralType', value: 'Premium' },
  { $type: 'UnionType', elements: [{ $ref: '#/2' }, { $ref: '#/3' }, { $ref: '#/0' }] },
  { $type: 'ArrayType', itemType: { $ref: '#/0' } },
  {
    $type: 'ObjectType', name: 'Properties',
    properties: {
      tier: { type: { $ref: '#/4' }, flags: 1 },
      count: { type: { $ref: '#/1' }, flags: 0 },
      names: { type: { $ref: '#/5' }, flags: 0 },
      state: { type: { $ref: '#/0' }, flags: 2 },
    },
  },
  {
    $type: 'ObjectType', name: 'Shop',
    properties: { name: { type: { $ref: '#/0' }, flags: 1 }, properties: { type: { $ref: '#/6' }, flags: 1 } },
  },
  { $type: 'ResourceType', name: 'Microsoft.Test/shops@2025-01-01', body: { $ref: '#/7' } },
];

const problemsOf = (body, target = 'Microsoft.Test/shops@2025-01-01') =>
  azureTypeProblems(
    new Project(new Map([['main.bicep', `resource shop '${target}' = {\n${body}\n}\n`]])),
    (name) => (name.startsWith('Microsoft.Test/') ? types : undefined),
  ).problems.map((one) => one.text.replace(/^[^:]+: /, ''));

const sound = "name: 'a'\nproperties: {\n  tier: 'Basic'\n  count: 1\n  names: [\n    'x'\n  ]\n}";

test('a resource that fits its type has no problem', () => assert.deepEqual(problemsOf(sound), []));

for (const [what, from, to, told] of [
  ['a property that is missing', "  tier: 'Basic'\n", '', '.properties.tier is missing'],
  ['a property that is unknown', '  count: 1\n', '  amount: 1\n', '.properties.amount is unknown'],
  ['a value that is not among those known', "'Basic'", "'Gold'", ".properties.tier: 'Gold' is none of Basic, Premium"],
  ['a text for a number', 'count: 1', "count: '1'", '.properties.count is int, not string'],
  ['a number in a list of texts', "    'x'", '    7', '.properties.names is string, not int'],
  ['what the service alone sets', '  count: 1\n', "  state: 'on'\n", '.properties.state is read-only'],
  ['a text for an object', "{\n  tier: 'Basic'\n  count: 1\n  names: [\n    'x'\n  ]\n}", "'none'", '.properties is object, not string'],
]) {
  test(`${what} is told of`, () => assert.deepEqual(problemsOf(sound.replace(from, () => to)), [told]));
}

test('a version that there is not is told of', () =>
  assert.deepEqual(problemsOf(sound, 'Microsoft.Test/shops@2024-01-01'), ['no such type and version']));
