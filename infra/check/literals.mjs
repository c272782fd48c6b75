// What a value is, as far as its text says, and whether a declared type takes it. What only a run can tell is `any`.
import { isSame, propertiesOf, stringOf } from './bicep.mjs';

const returns = {
  string: 'string', concat: 'array', join: 'string', replace: 'string', toLower: 'string', take: 'any', range: 'array',
  map: 'array', flatten: 'array', length: 'int', empty: 'bool', guid: 'string', uniqueString: 'string', max: 'int',
  readEnvironmentVariable: 'string', loadTextContent: 'string', subscriptionResourceId: 'string', split: 'array',
};

/**
 * Problems of a value under a declared type, as sentences.
 * @param {object} value node of the value
 * @param {object} type node of the type
 * @param {object} context `file` the value stands in; `typeOf(name)` finds a type the declaring file can name;
 *   `project` all files
 * @param {object[]} decorators of the declaration
 */
export function problemsOf(value, type, context, decorators = []) {
  const real = unwrapped(value);
  if (real.type === 'ternary_expression') {
    return ['consequence', 'alternative'].flatMap((branch) =>
      problemsOf(real.childForFieldName(branch), type, context, decorators));
  }
  return [...problemsOfType(real, typeNode(type), context), ...problemsOfDecorators(real, decorators)];
}

function problemsOfType(value, type, context) {
  if (type.type === 'nullable_type') {
    return value.type === 'null' ? [] : problemsOfType(value, typeNode(type.namedChildren[0]), context);
  }
  if (type.type === 'union_type' || (type.type === 'binary_expression' && type.text.includes('|'))) {
    const allowed = type.text.split('|').map((one) => one.trim());
    const isLiteral = ['number', 'boolean', 'null'].includes(value.type) || stringOf(value) !== undefined;
    return isLiteral && !allowed.includes(value.text) ? [`${value.text} is none of ${allowed.join(', ')}`] : [];
  }
  if (type.type === 'array_type') {
    const found = kindOf(value, context);
    if (value.type === 'array') {
      return value.namedChildren.filter((item) => !item.type.endsWith('comment'))
        .flatMap((item) => problemsOf(item, type.namedChildren[0], context));
    }
    return isTaken(found, 'array') ? [] : [`a value of ${type.text} is needed, not ${found}`];
  }
  if (type.type === 'identifier') {
    const named = context.typeOf(type.text);
    if (named === undefined) return [];
    const found = kindOf(value, context);
    if (found.startsWith('type ') && found !== `type ${type.text}`) return [`${found} is not ${type.text}`];
    return found.startsWith('type ') ? [] : problemsOfType(value, typeNode(named.type), context);
  }
  if (type.type === 'object') return problemsOfObject(value, type, context);
  const found = kindOf(value, context);
  return isTaken(found, type.text) ? [] : [`a value of ${type.text} is needed, not ${found}`];
}

function problemsOfObject(value, type, context) {
  const found = kindOf(value, context);
  if (value.type !== 'object') return isTaken(found, 'object') ? [] : [`an object is needed, not ${found}`];
  const members = membersOf(type);
  const given = propertiesOf(value);
  const problems = [];
  for (const [name, member] of members) {
    const one = given.get(name);
    if (one !== undefined) {
      problems.push(...problemsOf(one.value, member.type, context, member.decorators).map((problem) => `${name}: ${problem}`));
    } else if (typeNode(member.type).type !== 'nullable_type') problems.push(`${name} is missing`);
  }
  for (const name of given.keys()) if (!members.has(name)) problems.push(`${name} is not a member`);
  return problems;
}

/** The members of an object type, with their decorators. */
export function membersOf(type) {
  const members = new Map();
  let decorators = [];
  for (const child of type.namedChildren) {
    if (child.type === 'decorators') decorators = child.namedChildren.map((one) => one.namedChildren[0]);
    if (child.type !== 'object_property') continue;
    members.set(child.namedChildren[0].text, { type: child.namedChildren[1], decorators });
    decorators = [];
  }
  return members;
}

function problemsOfDecorators(value, decorators) {
  const problems = [];
  for (const decorator of decorators) {
    const name = decorator.childForFieldName('function')?.text;
    const argument = decorator.childForFieldName('arguments')?.namedChildren[0];
    const bound = Number(argument?.text);
    const text = stringOf(value);
    const number = value.type === 'number' ? Number(value.text) : undefined;
    const size = value.type === 'array' ? value.namedChildren.length : text?.length;
    if (name === 'minValue' && number < bound) problems.push(`${number} is below ${bound}`);
    if (name === 'maxValue' && number > bound) problems.push(`${number} is above ${bound}`);
    if (name === 'minLength' && size < bound) problems.push(`${value.text} is shorter than ${bound}`);
    if (name === 'maxLength' && size > bound) problems.push(`${value.text} is longer than ${bound}`);
    if (name === 'allowed' && (text !== undefined || number !== undefined)
      && !argument.namedChildren.some((one) => one.text === value.text)) {
      problems.push(`${value.text} is none of ${argument.namedChildren.map((one) => one.text).join(', ')}`);
    }
  }
  return problems;
}

const isTaken = (found, needed) =>
  found === 'any' || needed === 'any' || found === needed || (needed === 'object' && found.startsWith('type '))
  || (needed === 'array' && found.endsWith('[]')) || (needed.endsWith('[]') && found === 'array')
  || (needed.startsWith('secure') && found.toLowerCase() === needed.slice('secure'.length).toLowerCase());

/** What an expression gives: a primitive, `array`, `x[]`, `object`, `type Name`, or `any` where only a run can tell. */
export function kindOf(value, context) {
  const node = unwrapped(value);
  switch (node.type) {
    case 'string': return 'string';
    case 'number': return 'int';
    case 'boolean': return 'bool';
    case 'array': case 'for_statement': return 'array';
    case 'object': return 'object';
    case 'binary_expression': {
      const operator = node.childForFieldName('operator').text;
      if (['+', '-', '*', '/', '%'].includes(operator)) return 'int';
      return operator === '??' ? 'any' : 'bool';
    }
    case 'unary_expression': return node.text.startsWith('!') ? 'bool' : 'int';
    case 'ternary_expression': {
      const [a, b] = ['consequence', 'alternative'].map((branch) => kindOf(node.childForFieldName(branch), context));
      return a === b ? a : 'any';
    }
    case 'call_expression': return returns[node.childForFieldName('function').text] ?? 'any';
    case 'identifier': return kindOfName(node, context);
    case 'member_expression': return kindOfOutput(node, context);
    default: return 'any';
  }
}

function kindOfName(node, { file, project }) {
  for (let up = node.parent; up; up = up.parent) {
    const loops = up.type === 'for_statement' && (up.childForFieldName('initializer')?.text === node.text
      || up.namedChildren[0]?.text.match(/\w+/g)?.includes(node.text));
    if (loops || up.type === 'lambda_expression') return 'any';
  }
  const param = file.params.get(node.text);
  if (param?.type !== undefined) {
    const type = typeNode(param.type);
    return type.type === 'identifier' ? `type ${type.text}` : type.type === 'primitive_type' || type.type === 'array_type' ? type.text : 'any';
  }
  const variable = file.vars.get(node.text);
  return variable !== undefined && !isSame(variable.value, node) ? kindOf(variable.value, { file, project }) : 'any';
}

// module.outputs.x has the type that the module declares.
function kindOfOutput(node, { file, project }) {
  const object = node.childForFieldName('object');
  const module = object?.type === 'member_expression' && object.childForFieldName('property')?.text === 'outputs'
    ? file.modules.get(object.childForFieldName('object').text.replace(/[!?]$|\[.*$/g, '')) : undefined;
  const output = module && project?.moduleOf(file, module)?.outputs.get(node.childForFieldName('property').text);
  const type = output && typeNode(output.type);
  return type && ['primitive_type', 'array_type'].includes(type.type) ? type.text : 'any';
}

export const typeNode = (node) => (node.type === 'type' && node.namedChildCount === 1 ? typeNode(node.namedChildren[0]) : node);

const unwrapped = (node) =>
  (node.type === 'parenthesized_expression' && node.namedChildCount === 1 ? unwrapped(node.namedChildren[0]) : node);
