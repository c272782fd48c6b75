// Compares resources with Azure's published types (the types.json files of the bicep-types-az repository): is there
// such a version, are required properties there, are there no others, is a literal one of those that are known.
import { propertiesOf, stringOf } from './bicep.mjs';
import { kindOf } from './literals.mjs';

const required = 1;
const readOnly = 2;
// Values that the services take and the types do not list.
const alsoKnown = new Set(['.properties.dataFlows.streams Microsoft-PrometheusMetrics']);
// Properties of Bicep, not of the service.
const ofBicep = new Set(['scope', 'parent', 'dependsOn', 'id', 'type', 'apiVersion']);

/**
 * Problems of all resources of a project.
 * @param {object} project the files
 * @param {(target: string) => object[] | undefined} typesOf the types.json that has a `Type@version`, parsed
 */
export function azureTypeProblems(project, typesOf) {
  const problems = [];
  let checked = 0;
  for (const file of project.files.values()) {
    for (const resource of file.resources.values()) {
      const tell = (node, text) => problems.push({
        path: file.path, line: node.startPosition.row + 1, rule: 'azure-types', text: `${resource.target}: ${text}`,
      });
      const types = typesOf(resource.target);
      const found = types?.find((type) => type.$type === 'ResourceType' && type.name.toLowerCase() === resource.target.toLowerCase());
      if (found === undefined) { tell(resource.node, 'no such type and version'); continue; }
      checked++;
      if (!resource.isExisting) compare(resource.body, at(types, found.body), { types, tell, file, project, trail: '', isTop: true });
    }
  }
  return { problems, checked };
}

const at = (types, reference) => types[Number(reference.$ref.split('/').at(-1))];

function compare(node, type, context) {
  if (node.type === 'ternary_expression') {
    for (const branch of ['consequence', 'alternative']) compare(node.childForFieldName(branch), type, context);
    return;
  }
  switch (type.$type) {
    case 'ObjectType': return compareObject(node, type.properties, type.additionalProperties, context);
    case 'DiscriminatedObjectType': return compareVariant(node, type, context);
    case 'ArrayType': {
      const inner = at(context.types, type.itemType);
      if (node.type === 'array') for (const item of node.namedChildren.filter((one) => !one.type.endsWith('comment'))) compare(item, inner, context);
      else if (node.type === 'for_statement') compare(node.childForFieldName('body'), inner, context);
      else expectKind(node, ['array'], context);
      return;
    }
    case 'UnionType': return compareUnion(node, type, context);
    case 'StringLiteralType':
      if (stringOf(node) !== undefined && stringOf(node) !== type.value) context.tell(node, `${context.trail} is '${type.value}', not ${node.text}`);
      return;
    case 'StringType': return expectKind(node, ['string'], context);
    case 'IntegerType': return expectKind(node, ['int'], context);
    case 'BooleanType': return expectKind(node, ['bool'], context);
    default:
  }
}

function compareUnion(node, type, context) {
  const elements = type.elements.map((element) => at(context.types, element));
  const values = elements.filter((element) => element.$type === 'StringLiteralType').map((element) => element.value);
  const text = stringOf(node);
  // A union that is open to any string lists those that are known: another one is a mistake more often than news.
  if (text !== undefined && values.length > 0 && !values.includes(text) && !alsoKnown.has(`${context.trail} ${text}`)) {
    context.tell(node, `${context.trail}: '${text}' is none of ${values.slice(0, 12).join(', ')}`);
  }
}

function compareVariant(node, type, context) {
  if (node.type !== 'object') return;
  const chosen = stringOf(propertiesOf(node).get(type.discriminator)?.value);
  const variant = type.elements[chosen];
  if (variant === undefined) {
    context.tell(node, `${context.trail}: ${type.discriminator} '${chosen}' is none of ${Object.keys(type.elements).join(', ')}`);
    return;
  }
  const element = at(context.types, variant);
  compareObject(node, { ...type.baseProperties, ...element.properties }, element.additionalProperties, context);
}

function compareObject(node, properties, additional, context) {
  if (node.type !== 'object') return expectKind(node, ['object'], context);
  const given = propertiesOf(node);
  for (const [name, property] of Object.entries(properties)) {
    const isNeeded = (property.flags & required) && !(context.isTop && ofBicep.has(name));
    if (isNeeded && !given.has(name)) context.tell(node, `${context.trail}.${name} is missing`);
  }
  for (const [name, one] of given) {
    if (context.isTop && ofBicep.has(name)) continue;
    const property = properties[name];
    const inner = { ...context, trail: `${context.trail}.${name}`, isTop: false };
    if (property !== undefined) {
      if (property.flags & readOnly) context.tell(one.node, `${inner.trail} is read-only`);
      compare(one.value, at(context.types, property.type), inner);
    } else if (additional === undefined) context.tell(one.node, `${inner.trail} is unknown`);
    else compare(one.value, at(context.types, additional), inner);
  }
}

function expectKind(node, kinds, context) {
  const found = kindOf(node, context);
  const isFit = found === 'any' || kinds.includes(found) || (kinds.includes('array') && found.endsWith('[]'));
  if (!isFit) context.tell(node, `${context.trail} is ${kinds.join(' or ')}, not ${found}`);
}
