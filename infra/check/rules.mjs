// The checks of Bicep files that no compiler is at hand for. Each gives problems: where, which rule, and what.
import { isSame, nodesOf, propertiesOf, stringOf } from './bicep.mjs';
import { membersOf, problemsOf, typeNode } from './literals.mjs';

const functions = new Set(`any array base64 bool concat contains empty environment first flatten format guid if int
  items intersection join json last length loadFileAsBase64 loadJsonContent loadTextContent loadYamlContent map max min
  null padLeft range readEnvironmentVariable reduce replace resourceGroup resourceId skip sort split startsWith endsWith
  string subscription subscriptionResourceId substring take tenant tenantResourceId toLower toUpper toObject trim union
  uniqueString uri utcNow filter reference extensionResourceId deployment cidrSubnet`.split(/\s+/));
const decoratorNames = new Set(`allowed batchSize description export maxLength maxValue metadata minLength minValue
  sealed secure`.split(/\s+/));
const scopes = new Set(['az', 'sys']);

/** All problems of a project, in the order of its files. */
export function problemsIn(project) {
  const problems = [];
  for (const file of project.files.values()) {
    const tell = (rule, node, text) => problems.push({ path: file.path, line: (node?.startPosition.row ?? 0) + 1, rule, text });
    checkSyntax(file, tell);
    for (const one of file.duplicates) tell('duplicate', one.node, `${one.name} is declared twice`);
    checkPaths(project, file, tell);
    checkModules(project, file, tell);
    if (file.isParameterFile) checkParameterFile(project, file, tell);
    else checkDeclarations(project, file, tell);
    checkReferences(project, file, tell);
    checkResources(file, tell);
    checkSecrets(file, tell);
    checkOutputsUsed(project, file, tell);
  }
  return problems;
}

// What a module gives and nobody takes; what the outermost file gives is for people.
function checkOutputsUsed(project, file, tell) {
  const callers = [...project.files.values()].filter((other) =>
    [...other.modules.values()].some((module) => project.moduleOf(other, module) === file));
  for (const output of callers.length === 0 ? [] : file.outputs.values()) {
    const taken = new RegExp(`\\.outputs\\.${output.name}\\b`);
    if (!callers.some((caller) => taken.test(caller.root.text))) tell('unused', output.node, `nobody takes ${output.name}`);
  }
}

function checkSyntax(file, tell) {
  for (const node of nodesOf(file.root)) {
    if (node.isError || node.isMissing) tell('syntax', node, `not understood: ${node.text.slice(0, 60)}`);
    if (node.type !== 'object' && node.type !== 'array') continue;
    const items = node.namedChildren.filter((child) => !child.type.endsWith('comment') && child.type !== 'decorators');
    for (const [i, item] of items.entries()) {
      const before = items[i - 1];
      // The grammar takes any space between two items; Bicep wants a new line or a comma.
      if (before?.endPosition.row === item.startPosition.row
        && !node.children.some((child) => child.type === ',' && child.startIndex >= before.endIndex && child.endIndex <= item.startIndex)) {
        tell('syntax', item, 'items on one line need a comma');
      }
    }
    if (node.type !== 'object') continue;
    const keys = items.map((item) => item.namedChildren[0]?.text);
    for (const [i, key] of keys.entries()) if (keys.indexOf(key) < i) tell('duplicate', items[i], `${key} is there twice`);
  }
}

function checkPaths(project, file, tell) {
  if (file.isParameterFile && project.fileOf(file, file.using) === undefined) tell('path', file.root, `no file ${file.using}`);
  for (const module of file.modules.values()) {
    if (project.moduleOf(file, module) === undefined) tell('path', module.node, `no module ${module.target}`);
  }
  for (const one of file.imports.values()) {
    const from = project.fileOf(file, one.from);
    if (from === undefined) { tell('path', one.node, `no file ${one.from}`); continue; }
    const exported = from.types.get(one.name) ?? from.vars.get(one.name);
    if (!exported?.decorators.some((decorator) => decorator.text === 'export()')) {
      tell('import', one.node, `${one.from} exports no ${one.name}`);
    }
  }
  for (const node of nodesOf(file.root)) {
    if (node.type !== 'call_expression' || !/^load\w+Content$/.test(node.childForFieldName('function').text)) continue;
    const name = stringOf(node.childForFieldName('arguments').namedChildren[0]);
    if (!project.texts.has(project.resolve(file, name))) tell('path', node, `no file ${name}`);
  }
}

function checkModules(project, file, tell) {
  for (const module of file.modules.values()) {
    const called = project.moduleOf(file, module);
    if (called === undefined) continue;
    const properties = propertiesOf(module.body);
    const given = propertiesOf(properties.get('params')?.value);
    checkArguments(project, file, called, given, module.node, tell);
    if (called.targetScope !== file.targetScope && !properties.has('scope')) {
      tell('scope', module.node, `${module.name} is for a ${called.targetScope} and has no scope`);
    }
  }
}

function checkArguments(project, file, called, given, node, tell) {
  for (const [name, param] of called.params) {
    const one = given.get(name);
    const isOptional = param.value !== undefined || typeNode(param.type).type === 'nullable_type';
    if (one === undefined) {
      if (!isOptional) tell('parameters', node, `${called.path} needs ${name}`);
      continue;
    }
    const context = { file, project, typeOf: (type) => project.typeOf(called, type) };
    for (const text of problemsOf(one.value, param.type, context, param.decorators)) {
      tell('types', one.key ?? one.value, `${name}: ${text}`);
    }
  }
  for (const [name, one] of given) {
    if (!called.params.has(name)) tell('parameters', one.key ?? one.value, `${called.path} has no parameter ${name}`);
  }
}

function checkParameterFile(project, file, tell) {
  const called = project.fileOf(file, file.using);
  if (called !== undefined) checkArguments(project, file, called, file.params, file.root, tell);
}

function checkDeclarations(project, file, tell) {
  const used = new Set();
  for (const node of nodesOf(file.root)) {
    if (node.type === 'identifier' && !isDeclaration(file, node)) used.add(node.text);
    for (const word of node.type === 'interpolation' ? node.text.match(/\w+/g) ?? [] : []) used.add(word);
  }
  const exported = (one) => one.decorators?.some((decorator) => decorator.text === 'export()');
  for (const kind of ['params', 'vars', 'imports', 'types']) {
    for (const one of file[kind].values()) {
      if (!used.has(one.name) && !exported(one)) tell('unused', one.node, `${one.name} is used nowhere`);
    }
  }
  for (const param of file.params.values()) {
    for (const decorator of param.decorators) {
      const name = decorator.childForFieldName?.('function')?.text;
      if (!decoratorNames.has(name)) tell('references', decorator, `no decorator ${name}`);
    }
    if (param.value === undefined) continue;
    const context = { file, project, typeOf: (type) => project.typeOf(file, type) };
    for (const text of problemsOf(param.value, param.type, context, param.decorators)) {
      tell('types', param.node, `${param.name}: ${text}`);
    }
  }
  for (const output of file.outputs.values()) {
    const context = { file, project, typeOf: (type) => project.typeOf(file, type) };
    for (const text of problemsOf(output.value, output.type, context)) tell('types', output.node, `${output.name}: ${text}`);
  }
}

// A name where it is made, not where it is used: declarations, keys of objects, members of import lists.
function isDeclaration(file, node) {
  const parent = node.parent;
  if (['import_functionality', 'parameter'].includes(parent.type)) return true;
  if (parent.type === 'object_property') return isSame(parent.namedChildren[0], node);
  return /_declaration$|user_defined_function|assert_statement/.test(parent.type) && isSame(parent.namedChildren[0], node);
}

function checkReferences(project, file, tell) {
  const declared = new Set(scopes);
  for (const kind of ['params', 'vars', 'types', 'resources', 'modules', 'imports', 'functions']) {
    for (const name of file[kind].keys()) declared.add(name);
  }
  const local = new Set();
  for (const node of nodesOf(file.root)) {
    if (node.type === 'for_statement') {
      for (const child of node.namedChildren[0].type === 'for_loop_parameters' ? node.namedChildren[0].namedChildren : [node.namedChildren[0]]) local.add(child.text);
    }
    if (node.type === 'lambda_expression') for (const name of node.namedChildren[0].text.match(/\w+/g)) local.add(name);
  }
  for (const node of nodesOf(file.root)) {
    if (node.type === 'call_expression') checkCall(file, node, tell);
    if (node.type === 'member_expression') checkMember(project, file, node, tell);
    if (node.type !== 'identifier' || isDeclaration(file, node)) continue;
    if (isSame(node.parent.childForFieldName?.('function') ?? undefined, node)) continue;
    if (!declared.has(node.text) && !local.has(node.text)) tell('references', node, `${node.text} is declared nowhere`);
  }
}

function checkCall(file, node, tell) {
  const callee = node.childForFieldName('function');
  const isDecorator = node.parent.type === 'decorator';
  if (callee.type === 'identifier' && !isDecorator && !functions.has(callee.text) && !file.functions.has(callee.text)) {
    tell('references', node, `no function ${callee.text}`);
  }
}

function checkMember(project, file, node, tell) {
  const object = node.childForFieldName('object');
  const name = node.childForFieldName('property').text;
  const symbol = object.text.replace(/[!?]$|\[.*$/g, '');
  if (object.type === 'member_expression' && object.childForFieldName('property').text === 'outputs') {
    const module = file.modules.get(object.childForFieldName('object').text.replace(/[!?]$|\[.*$/g, ''));
    const called = module && project.moduleOf(file, module);
    if (called && !called.outputs.has(name)) tell('outputs', node, `${called.path} has no output ${name}`);
    return;
  }
  if (object.type !== 'identifier' && object.type !== 'subscript_expression') return;
  const module = file.modules.get(symbol);
  if (module !== undefined && !['outputs', 'name'].includes(name)) tell('outputs', node, `a module has no ${name}`);
  if (module?.loop !== undefined && object.type === 'identifier') tell('outputs', node, `${symbol} is a list: name one by its index`);
  const type = file.params.get(symbol)?.type;
  const members = type && typeNode(type).type === 'identifier'
    ? membersOf(typeNode(project.typeOf(file, typeNode(type).text)?.type ?? type)) : undefined;
  if (members?.size > 0 && !members.has(name)) tell('references', node, `${typeNode(type).text} has no member ${name}`);
  const value = project.varOf(file, symbol)?.value;
  if (value?.type === 'object' && !propertiesOf(value).has(name)) tell('references', node, `${symbol} has no ${name}`);
}

function checkResources(file, tell) {
  for (const resource of file.resources.values()) {
    const match = /^(Microsoft\.\w+(?:\/\w+)+)@(\d{4})-(\d\d)-(\d\d)(-preview)?$/i.exec(resource.target ?? '');
    const [, type, year, month, day] = match ?? [];
    const isDate = match && !Number.isNaN(Date.parse(`${year}-${month}-${day}T00:00:00Z`));
    if (!isDate) { tell('api-version', resource.node, `${resource.target} is no type with a dated version`); continue; }
    const properties = propertiesOf(resource.body);
    if (!properties.has('name')) tell('resources', resource.node, `${resource.name} has no name`);
    const parent = file.resources.get(properties.get('parent')?.value.text.replace(/\[.*$/, ''));
    const parentType = parent?.target.split('@')[0];
    if (properties.has('parent') && type.slice(0, type.lastIndexOf('/')).toLowerCase() !== parentType?.toLowerCase()) {
      tell('resources', resource.node, `${parentType} is not the parent of ${type}`);
    }
    if (!properties.has('parent') && type.split('/').length > 2 && !/\//.test(properties.get('name')?.value.text ?? '')) {
      tell('resources', resource.node, `${type} needs a parent`);
    }
    if (type === 'Microsoft.Authorization/roleAssignments') checkRole(resource, properties, tell);
  }
}

// Least privilege: a role is given on one resource, from the list of roles, under a name that repeats.
function checkRole(resource, properties, tell) {
  const inner = propertiesOf(properties.get('properties')?.value);
  if (!properties.has('scope')) tell('roles', resource.node, `${resource.name} holds for the whole group: name a scope`);
  if (!/^guid\(/.test(properties.get('name')?.value.text ?? '')) tell('roles', resource.node, `${resource.name} needs guid() as its name`);
  const role = /roles\.\w+/.exec(inner.get('roleDefinitionId')?.value.text ?? '')?.[0];
  if (role === undefined) tell('roles', resource.node, `${resource.name} names a role outside roles.bicep`);
  else if (!properties.get('name').value.text.includes(role)) tell('roles', resource.node, `${resource.name}: name and role differ`);
  if (!inner.has('principalType')) tell('roles', resource.node, `${resource.name} has no principalType`);
}

function checkSecrets(file, tell) {
  for (const output of file.outputs.values()) {
    for (const node of nodesOf(output.value)) {
      const secure = file.params.get(node.text)?.decorators.some((decorator) => decorator.text === 'secure()');
      if (secure || /^list\w+$/.test(node.text) || /(key|secret|password|connectionString)s?$/i.test(node.type === 'property_identifier' ? node.text : '')) {
        tell('secrets', output.node, `${output.name} gives a secret away: ${node.text}`);
      }
    }
  }
  const forbidden = { adminUserEnabled: 'true', allowSharedKeyAccess: 'true', passwordAuth: "'Enabled'", disableLocalAuth: 'false', accessKeysAuthentication: "'Enabled'" };
  for (const node of nodesOf(file.root)) {
    if (node.type !== 'object_property') continue;
    const [key, value] = node.namedChildren;
    if (forbidden[key?.text] === value?.text && value !== undefined) tell('secrets', node, `${node.text} lets in with a password or key`);
    if (/^(connectionString|administratorLoginPassword|primaryKey|sharedKey)$/.test(key?.text ?? '')) tell('secrets', node, `${key.text}: identities need none`);
  }
}
