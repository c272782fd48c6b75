// The deployment's Bicep is sound as far as can be said without its compiler, and each check can fail.
import assert from 'node:assert/strict';
import path from 'node:path';
import test from 'node:test';
import { infraFolder, textsBelow } from '../check/files.mjs';
import { Project } from '../check/project.mjs';
import { problemsIn } from '../check/rules.mjs';

const real = textsBelow(path.join(infraFolder, 'bicep'));
const lines = (problems) => problems.map((one) => `${one.path}:${one.line} [${one.rule}] ${one.text}`);

test('the deployment has no problem', () => {
  assert.deepEqual(lines(problemsIn(new Project(real))), []);
});

test('the deployment has the services that the architecture names, and a parameter file for each size', () => {
  const types = new Set();
  for (const file of new Project(real).files.values()) for (const one of file.resources.values()) types.add(one.target.split('@')[0]);
  for (const type of [
    'Microsoft.Devices/IotHubs', 'Microsoft.EventHub/namespaces/eventhubs/consumergroups', 'Microsoft.Storage/storageAccounts',
    'Microsoft.Cache/redisEnterprise/databases/accessPolicyAssignments', 'Microsoft.DBforPostgreSQL/flexibleServers/administrators',
    'Microsoft.App/managedEnvironments', 'Microsoft.App/containerApps', 'Microsoft.ContainerRegistry/registries',
    'Microsoft.KeyVault/vaults', 'Microsoft.ManagedIdentity/userAssignedIdentities', 'Microsoft.Authorization/roleAssignments',
    'Microsoft.Network/privateEndpoints', 'Microsoft.Monitor/accounts', 'Microsoft.AlertsManagement/prometheusRuleGroups',
    'Microsoft.Insights/metricAlerts', 'Microsoft.Consumption/budgets',
  ]) assert.ok(types.has(type), type);
  for (const size of ['dev', 'city', 'country']) assert.ok(real.has(`${size}.bicepparam`), size);
});

test('every file is reached from the main one', () => {
  const project = new Project(real);
  const reached = new Set(['main.bicep']);
  for (const name of reached) {
    const file = project.files.get(name);
    for (const one of [...file.modules.values()]) reached.add(project.resolve(file, one.target));
    for (const one of [...file.imports.values()]) reached.add(project.resolve(file, one.from));
  }
  assert.deepEqual([...project.files.keys()].filter((name) => name.endsWith('.bicep') && !reached.has(name)), []);
});

// A small sound deployment; each case below breaks one thing in it.
const sound = {
  'main.bicep': `targetScope = 'subscription'

import { size } from 'modules/types.bicep'

@minLength(3)
param cityName string
@allowed([
  'Basic'
  'Premium'
])
param sku string = 'Basic'
param one size
param names string[] = []
var name = toLower(cityName)
resource group 'Microsoft.Resources/resourceGroups@2024-11-01' = {
  name: 'rg-\${name}'
  location: 'westeurope'
}
module store 'modules/store.bicep' = {
  scope: group
  name: 'store'
  params: {
    name: name
    copies: one.copies
    sku: sku
  }
}
module more 'modules/store.bicep' = [for (other, i) in names: {
  scope: group
  name: 'store-\${i}'
  params: {
    name: other
    copies: 2
    sku: 'Basic'
  }
}]
output endpoint string = store.outputs.endpoint
output first string = more[0].outputs.endpoint
`,
  'modules/types.bicep': `@export()
type size = {
  tier: 'Small' | 'Large'
  @minValue(1)
  copies: int
  @description('For trying out.')
  note: string?
}
`,
  'modules/roles.bicep': `@export()
var roles = {
  reader: '2a2b9908-6ea1-4ae2-8e65-a410df84e7d1'
}
`,
  'modules/store.bicep': `import { roles } from 'roles.bicep'

param name string
@minValue(1)
@maxValue(9)
param copies int
param sku string
var settings = loadTextContent('settings.yml')
resource account 'Microsoft.Storage/storageAccounts@2025-01-01' = {
  name: name
  tags: {
    copies: string(copies)
    sku: sku
    settings: settings
  }
}
resource blobs 'Microsoft.Storage/storageAccounts/blobServices@2025-01-01' = {
  parent: account
  name: 'default'
}
resource read 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: blobs
  name: guid(blobs.id, name, roles.reader)
  properties: {
    principalId: name
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles.reader)
  }
}
output endpoint string = account.properties.primaryEndpoints.blob
`,
  'modules/settings.yml': 'a: 1\n',
  'city.bicepparam': `using './main.bicep'

param cityName = 'almaty'
param sku = 'Premium'
param one = {
  tier: 'Small'
  copies: 2
}
`,
};

const problemsOf = (texts) => problemsIn(new Project(new Map(Object.entries(texts))));

test('the small deployment that the cases break is sound', () => {
  assert.deepEqual(lines(problemsOf(sound)), []);
});

const parameters = 'city.bicepparam';
const store = 'modules/store.bicep';
const cases = [
  ['a brace that is missing', 'syntax', store, "    copies: string(copies)\n", '    copies: {\n'],
  ['two properties on one line', 'syntax', 'main.bicep', "  name: 'store'\n", "  name: 'store' description: 'x'\n"],
  ['a parameter file that Bicep would not read', 'syntax', parameters, "'Premium'", "'Premium"],
  ['a module that is not there', 'path', 'main.bicep', "'modules/store.bicep' = {", "'modules/shop.bicep' = {"],
  ['a file to load that is not there', 'path', store, 'settings.yml', 'setting.yml'],
  ['a parameter file for another deployment', 'path', parameters, './main.bicep', './man.bicep'],
  ['an import from nowhere', 'path', store, "'roles.bicep'", "'role.bicep'"],
  ['an import of what is not exported', 'import', 'modules/roles.bicep', '@export()\n', ''],
  ['a parameter of a module that is not given', 'parameters', 'main.bicep', '    sku: sku\n', ''],
  ['a parameter that a module has not', 'parameters', 'main.bicep', '    sku: sku\n', '    sku: sku\n    size: 1\n'],
  ['a text where a module wants a number', 'types', 'main.bicep', 'copies: 2\n', "copies: '2'\n"],
  ['a number out of a module\'s bounds', 'types', 'main.bicep', 'copies: 2\n', 'copies: 10\n'],
  ['a parameter of another type', 'types', 'main.bicep', 'name: other', 'name: copiesOf'],
  ['an output of another type', 'types', 'main.bicep', 'copies: one.copies', 'copies: more[0].outputs.endpoint'],
  ['a default that is not allowed', 'types', 'main.bicep', "= 'Basic'", "= 'Standard'"],
  ['an output that is a list and should be a text', 'types', 'main.bicep', 'string = store.outputs.endpoint', 'string = names'],
  ['an output that a module has not', 'outputs', 'main.bicep', 'store.outputs.endpoint', 'store.outputs.uri'],
  ['an output of a module in a list that it has not', 'outputs', 'main.bicep', 'more[0].outputs.endpoint', 'more[0].outputs.uri'],
  ['a list of modules used as one', 'outputs', 'main.bicep', 'more[0].outputs', 'more.outputs'],
  ['a name that is declared nowhere', 'references', 'main.bicep', 'toLower(cityName)', 'toLower(townName)'],
  ['a name in a text that is declared nowhere', 'references', 'main.bicep', "'rg-${name}'", "'rg-${nam}'"],
  ['a function that there is not', 'references', 'main.bicep', 'toLower(', 'lower('],
  ['a decorator that there is not', 'references', 'main.bicep', '@minLength(3)', '@minimumLength(3)'],
  ['a member that a type has not', 'references', 'main.bicep', 'one.copies', 'one.copy'],
  ['a role that there is not', 'references', store, 'roles.reader)\n  properties', 'roles.writer)\n  properties'],
  ['a parent that is declared nowhere', 'resources', store, 'parent: account', 'parent: accounts'],
  ['a parent of another type', 'resources', store, 'parent: account', 'parent: read'],
  ['a child without its parent', 'resources', store, '  parent: account\n', ''],
  ['a resource without a name', 'resources', store, "  parent: account\n  name: 'default'\n", '  parent: account\n'],
  ['a parameter that nobody uses', 'unused', store, 'param sku string\n', 'param sku string\nparam colour string = \'red\'\n'],
  ['a variable that nobody uses', 'unused', 'main.bicep', 'var name', "var spare = 'x'\nvar name"],
  ['an output that nobody takes', 'unused', store, 'output endpoint', "output spare string = 'x'\noutput endpoint"],
  ['an import that nobody uses', 'unused', 'main.bicep', 'param one size', 'param one object'],
  ['a required parameter that the file leaves out', 'parameters', parameters, "param cityName = 'almaty'\n", ''],
  ['a parameter of the file that main has not', 'parameters', parameters, 'param sku', 'param skus'],
  ['a value of the file that is not allowed', 'types', parameters, "'Premium'", "'Gold'"],
  ['a value of the file that is too short', 'types', parameters, "'almaty'", "'al'"],
  ['a member of the file that the type has not', 'types', parameters, '  copies: 2\n', '  copies: 2\n  colour: \'red\'\n'],
  ['a member of the file that is missing', 'types', parameters, '  copies: 2\n', ''],
  ['a member of the file of another type', 'types', parameters, 'copies: 2', "copies: 'two'"],
  ['a member of the file below its bound', 'types', parameters, 'copies: 2', 'copies: 0'],
  ['a member of the file that is none of those named', 'types', parameters, "'Small'", "'Tiny'"],
  ['a value in one branch of the file', 'types', parameters, "'Premium'", "empty('') ? 'Basic' : 'Gold'"],
  ['an API version that is no date', 'api-version', store, 'storageAccounts@2025-01-01', 'storageAccounts@2025-13-01'],
  ['an API version that is a word', 'api-version', store, 'storageAccounts@2025-01-01', 'storageAccounts@latest'],
  ['a name twice', 'duplicate', store, 'param sku string', 'param sku string\nparam name string'],
  ['a property twice', 'duplicate', store, "  name: 'default'\n", "  name: 'default'\n  name: 'other'\n"],
  ['a key in an output', 'secrets', store, 'account.properties.primaryEndpoints.blob', 'account.listKeys().keys[0].value'],
  ['a secret parameter in an output', 'secrets', store, 'param name string', '@secure()\nparam name string', ['= account.properties.primaryEndpoints.blob', '= name']],
  ['a service that takes keys', 'secrets', store, '  name: name\n', '  name: name\n  properties: {\n    allowSharedKeyAccess: true\n  }\n'],
  ['a connection string', 'secrets', store, '  name: name\n', "  name: name\n  properties: {\n    connectionString: 'x'\n  }\n"],
  ['a role for a whole group', 'roles', store, '  scope: blobs\n', ''],
  ['a role assignment under a name that is made up', 'roles', store, 'guid(blobs.id, name, roles.reader)', "'x'"],
  ['a role from outside the list', 'roles', store, "roleDefinitions', roles.reader)", "roleDefinitions', '8e3af657-a8ff-443c-a75c-2fe8c4bcb635')"],
  ['a role without the kind of its holder', 'roles', store, "    principalType: 'ServicePrincipal'\n", ''],
  ['a module of a group called without one', 'scope', 'main.bicep', '  scope: group\n', ''],
];

for (const [what, rule, file, from, to, second] of cases) {
  test(`${what} is told of`, () => {
    assert.ok(sound[file].includes(from), `the case does not fit: ${from}`);
    let text = sound[file].replace(from, () => to);
    if (second !== undefined) text = text.replace(second[0], () => second[1]);
    if (to.includes('copiesOf')) text = text.replace("param names", 'param copiesOf int = 1\nparam names');
    const problems = problemsOf({ ...sound, [file]: text });
    assert.ok(problems.some((one) => one.rule === rule && one.path.includes('bicep')), `${rule} not among:\n${lines(problems).join('\n')}`);
  });
}
