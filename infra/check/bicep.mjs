// Reads Bicep with the tree-sitter grammar into what the checks ask for: declarations, and the nodes behind them.
import { createRequire } from 'node:module';
import { Language, Parser } from 'web-tree-sitter';

const require = createRequire(import.meta.url);

/** A parser of Bicep; made once, as loading the grammar takes longer than any file. */
export const parser = await (async () => {
  await Parser.init();
  const made = new Parser();
  made.setLanguage(await Language.load(require.resolve('tree-sitter-bicep/tree-sitter-bicep.wasm')));
  return made;
})();

/**
 * The declarations of one file.
 * @param {string} path where it is, for messages and relative paths
 * @param {string} text what is in it
 */
export function readBicep(path, text) {
  const isParameterFile = path.endsWith('.bicepparam');
  // The grammar knows no parameter files: in them `param x = …` has no type, as a variable has none.
  const source = isParameterFile ? text.replace(/^param( +\w+ *=)/gm, 'var  $1') : text;
  const root = parser.parse(source).rootNode;
  const file = {
    path, isParameterFile, root,
    using: undefined, targetScope: 'resourceGroup',
    params: new Map(), vars: new Map(), types: new Map(), outputs: new Map(), functions: new Map(),
    resources: new Map(), modules: new Map(), imports: new Map(), duplicates: [],
  };
  let decorators = [];
  for (const node of root.namedChildren) {
    if (node.type === 'decorators') {
      decorators = node.namedChildren.map((decorator) => decorator.namedChildren[0]);
      continue;
    }
    if (node.type.endsWith('comment')) continue;
    take(file, node, decorators);
    decorators = [];
  }
  return file;
}

function take(file, node, decorators) {
  const name = node.namedChildren.find((child) => child.type === 'identifier')?.text;
  const last = node.namedChildren.at(-1);
  const declared = { name, node, decorators };
  switch (node.type) {
    case 'using_statement': file.using = stringOf(node.namedChildren[0]); break;
    case 'target_scope_assignment': file.targetScope = stringOf(node.namedChildren[0]); break;
    case 'import_functionality': takeImport(file, node); break;
    case 'parameter_declaration':
      add(file, file.params, { ...declared, type: node.namedChildren[1], value: node.namedChildren[2] });
      break;
    case 'variable_declaration': add(file, file.isParameterFile ? file.params : file.vars, { ...declared, value: last }); break;
    case 'type_declaration': add(file, file.types, { ...declared, type: last }); break;
    case 'output_declaration': file.outputs.set(name, { ...declared, type: node.namedChildren[1], value: last }); break;
    case 'user_defined_function': add(file, file.functions, { ...declared, value: last }); break;
    case 'resource_declaration':
      add(file, file.resources, {
        ...declared, target: stringOf(node.namedChildren[1]), body: bodyOf(last), loop: last.type === 'for_statement' ? last : undefined,
        isExisting: node.children.some((child) => child.type === 'existing'),
      });
      break;
    case 'module_declaration':
      add(file, file.modules, {
        ...declared, target: stringOf(node.namedChildren[1]), body: bodyOf(last), loop: last.type === 'for_statement' ? last : undefined,
      });
      break;
    default:
  }
}

// Symbols of every sort share one space of names; only outputs have one of their own.
function add(file, into, declared) {
  const kinds = [file.params, file.vars, file.types, file.functions, file.resources, file.modules, file.imports];
  if (kinds.some((kind) => kind.has(declared.name))) file.duplicates.push(declared);
  into.set(declared.name, declared);
}

function takeImport(file, node) {
  const from = stringOf(node.namedChildren.at(-1));
  const names = node.namedChildren.filter((child) => child.type === 'identifier');
  for (const name of names) add(file, file.imports, { name: name.text, node, from });
}

/** The object of a resource or module, whatever loop or condition is around it. */
function bodyOf(node) {
  if (node.type === 'object') return node;
  return bodyOf(node.type === 'for_statement' ? node.childForFieldName('body') : node.namedChildren.at(-1));
}

/** The properties of an object by name. */
export function propertiesOf(object) {
  const properties = new Map();
  for (const child of object?.namedChildren ?? []) {
    if (child.type !== 'object_property') continue;
    const [key, value] = child.namedChildren;
    if (key !== undefined) properties.set(key.type === 'string' ? stringOf(key) : key.text, { key, value, node: child });
  }
  return properties;
}

/** The text of a string without interpolation; undefined for any other node. */
export function stringOf(node) {
  if (node?.type !== 'string' || node.namedChildren.some((child) => child.type === 'interpolation')) return undefined;
  return node.text.slice(1, -1);
}

/** Every node below and including one, depth first. */
export function* nodesOf(node) {
  yield node;
  for (const child of node.children) yield* nodesOf(child);
}

/** Whether two nodes are one: each look at a tree makes new objects. */
export const isSame = (a, b) => a !== null && b !== null && a !== undefined && b !== undefined && a.id === b.id;
