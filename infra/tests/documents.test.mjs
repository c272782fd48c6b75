// What the documents say of the deployment is what its files say.
import assert from 'node:assert/strict';
import path from 'node:path';
import test from 'node:test';
import { parse } from 'yaml';
import { nodesOf, propertiesOf, stringOf } from '../check/bicep.mjs';
import { infraFolder, readText, textsBelow } from '../check/files.mjs';
import { Project } from '../check/project.mjs';

const project = new Project(textsBelow(path.join(infraFolder, 'bicep')));
const sizes = ['dev', 'city', 'country'];

/** The rows of the table that begins with a header, as cells. */
function tableOf(text, header) {
  const lines = text.split('\n');
  const start = lines.findIndex((line) => line.startsWith(header));
  assert.ok(start >= 0, `no table ${header}`);
  const rows = [];
  for (const line of lines.slice(start + 2)) {
    if (!line.startsWith('|')) break;
    rows.push(line.split('|').slice(1, -1).map((cell) => cell.trim()));
  }
  return rows;
}

// A parameter by its trail, as `postgres.storageGB`; of several silo sets the first.
function parameter(size, trail) {
  let value = project.files.get(`${size}.bicepparam`).params.get(trail.split('.')[0]).value;
  for (const step of trail.split('.').slice(1)) {
    const object = [...nodesOf(value)].find((node) => node.type === 'object');
    value = propertiesOf(object).get(step).value;
  }
  return stringOf(value) ?? value.text;
}

test('the sizes in capacity.md are those of the parameter files', () => {
  const rows = tableOf(readText('docs', 'capacity.md'), '| parameter | dev');
  assert.ok(rows.length >= 15);
  for (const [trail, ...values] of rows) {
    for (const [i, size] of sizes.entries()) assert.equal(values[i], parameter(size, trail.replaceAll('`', '')), `${size} ${trail}`);
  }
});

test('the monthly cost in capacity.md adds up, and the budgets are above it', () => {
  const rows = tableOf(readText('docs', 'capacity.md'), '| a month, US$ | dev');
  const total = rows.at(-1);
  assert.match(total[0], /total/);
  for (const [i, size] of sizes.entries()) {
    const sum = rows.slice(0, -1).reduce((so_far, row) => so_far + Number(row[i + 1].replaceAll(',', '')), 0);
    assert.equal(Number(total[i + 1].replaceAll(/[*,]/g, '')), sum, size);
    const budget = Number(parameter(size, 'budgetUsd'));
    assert.ok(budget > sum && budget < 1.5 * sum, `${size}: ${sum} and a budget of ${budget}`);
  }
});

test('every product in capacity.md is what its factors make', () => {
  const products = [...readText('docs', 'capacity.md').matchAll(/((?:[\d,.]+(?: [a-z%/.]+)* [×÷] )+[\d,.]+) = ([\d,.]+)/g)];
  assert.ok(products.length >= 12, `${products.length} products`);
  for (const [whole, left, right] of products) {
    const parts = left.match(/[\d][\d,.]*|[×÷]/g);
    let value = Number(parts[0].replaceAll(',', ''));
    for (let i = 1; i < parts.length; i += 2) {
      const factor = Number(parts[i + 1].replaceAll(',', ''));
      value = parts[i] === '×' ? value * factor : value / factor;
    }
    const said = Number(right.replaceAll(',', '').replace(/\.$/, ''));
    assert.ok(Math.abs(value - said) <= 0.01 * said, `${whole}: ${value}`);
  }
});

test('the settings of operations.md are those that Bicep and compose set', () => {
  const told = tableOf(readText('docs', 'operations.md'), '| setting |').flatMap((row) => [...row[0].matchAll(/`(\w+)`/g)].map((match) => match[1]));
  const set = new Set();
  for (const module of ['settings', 'silo', 'gateway']) {
    const text = readText('infra', 'bicep', 'modules', `${module}.bicep`);
    for (const match of text.matchAll(/name: '(\w+__\w+|DIGITALTWIN_\w+|AZURE_CLIENT_ID)'/g)) set.add(match[1]);
  }
  for (const match of readText('infra', 'bicep', 'main.bicep').matchAll(/name: '(\w+__\w+|DIGITALTWIN_\w+)'/g)) set.add(match[1]);
  for (const service of Object.values(parse(readText('infra', 'compose.yaml'), { merge: true }).services)) {
    for (const name of Object.keys(service.environment ?? {})) if (/__|^DIGITALTWIN_/.test(name)) set.add(name);
  }
  assert.deepEqual([...new Set(told)].sort(), [...set].sort());
});

test('no setting is a secret', () => {
  for (const [name] of tableOf(readText('docs', 'operations.md'), '| setting |')) assert.doesNotMatch(name, /password|connectionstring|secret/i);
});

test('the roles of operations.md are those that are assigned', () => {
  const roles = propertiesOf(project.files.get('modules/roles.bicep').vars.get('roles').value);
  const rows = tableOf(readText('docs', 'operations.md'), '| role | id');
  assert.deepEqual(rows.map((row) => row[1].replaceAll('`', '')).sort(), [...roles.values()].map((one) => stringOf(one.value)).sort());
  const source = readText('infra', 'bicep', 'modules', 'roles.bicep');
  for (const [role, id] of rows) assert.ok(source.includes(`'${id.replaceAll('`', '')}' // ${role}\n`), role);
});

test('every role is assigned somewhere', () => {
  const all = [...project.texts.values()].join('\n');
  for (const name of propertiesOf(project.files.get('modules/roles.bicep').vars.get('roles').value).keys()) assert.ok(all.includes(`roles.${name}`), name);
});

test('the metrics that alerts ask for are those that the processes tell', () => {
  const told = readText('gateway', 'DigitalTwin.Gateway', 'Api', 'OperationsApi.cs');
  const expressions = [...readText('infra', 'bicep', 'modules', 'alerts.bicep').matchAll(/expression: '(.*)'/g)].map((match) => match[1]);
  assert.ok(expressions.length >= 4);
  for (const expression of expressions) {
    for (const [name] of expression.matchAll(/\b[a-z]+_[a-z_]+\b/g)) assert.ok(told.includes(`"${name}"`), name);
  }
});
